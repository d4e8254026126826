//! Worker threads, started on demand.

use std::{
    collections::VecDeque,
    panic::{catch_unwind, AssertUnwindSafe},
    sync::Arc,
    thread::{Builder, JoinHandle},
    time::Instant,
};

use parking_lot::{Condvar, Mutex};

use crate::{log_line::log_line, unwind::drop_quietly};

/// What a worker does, called with `true`; with `false`, if the work is dropped before a worker was free for it.
type Work = Box<dyn FnOnce(bool) + Send>;

/// Up to `size` threads, which take work in the order of submission. A thread is started when there is more work than
/// idle threads, and lives until the pool is closed.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    size: usize,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    /// Notified when a worker ends.
    left: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Work>,
    threads: Vec<JoinHandle<()>>,
    /// The workers of this generation that wait for work. One that was notified and has not woken up yet still counts.
    idle: usize,
    /// The workers of this generation.
    hired: usize,
    /// The workers of all generations that have not ended, and those of them that do work now.
    alive: usize,
    busy: usize,
    /// The workers ever started, for their names.
    named: usize,
    /// The number of times the pool was closed. A worker of an earlier generation helps until the queue is empty, then
    /// ends; it does not count as hired or idle any more.
    generation: u64,
}

impl Pool {
    pub(crate) fn new(size: usize) -> Self {
        Pool { shared: Arc::default(), size }
    }

    /// Gives `work` to a worker. If there is none, and the system refuses to start one, runs it in this thread.
    pub(crate) fn submit(&self, work: Work) {
        let mut state = self.shared.state.lock();
        state.queue.push_back(work);
        // Compares with the whole queue and not with 1: a worker that is idle now may be on its way to work that is
        // still in the queue. Otherwise three submissions in a row would find the same idle worker three times.
        let hired =
            if state.queue.len() > state.idle && state.hired < self.size { self.hire(&mut state) } else { Ok(()) };
        // With other workers about, the work waits for them, thread or no thread.
        let nobody = state.hired == 0;
        let orphan = if nobody { state.queue.pop_back() } else { None };
        drop(state);
        self.shared.changed.notify_one();
        if let Err(error) = hired {
            log_line!(Error, "no worker could be made: {error}");
        }
        orphan.into_iter().for_each(|work| work(true));
    }

    fn hire(&self, state: &mut State) -> std::io::Result<()> {
        let shared = Arc::clone(&self.shared);
        let name = format!("punctual-worker-{}", state.named + 1);
        let generation = state.generation;
        let thread = Builder::new().name(name).spawn(move || shared.work(generation))?;
        state.named += 1;
        state.hired += 1;
        state.alive += 1;
        state.threads.push(thread);
        Ok(())
    }

    /// Takes out the work that waits because all workers are busy. What a worker is on its way to is not among it.
    #[must_use = "called with `false`"]
    pub(crate) fn take_waiting(&self) -> Vec<Work> {
        let mut state = self.shared.state.lock();
        let begun = (state.alive - state.busy).min(state.queue.len());
        state.queue.drain(begun..).collect()
    }

    /// Like [`close`](Self::close), and waits until `deadline` at most.
    pub(crate) fn close_by(&self, deadline: Instant) {
        self.close(false);
        let me = std::thread::current().id();
        let mut state = self.shared.state.lock();
        let mine = usize::from(state.threads.iter().any(|thread| thread.thread().id() == me));
        while state.alive > mine && !self.shared.left.wait_until(&mut state, deadline).timed_out() {}
    }

    /// Ends the workers once everything that was submitted is done; with `wait`, returns only then. Work that is
    /// submitted later is done by new workers. A worker that closes its own pool does not wait for itself.
    pub(crate) fn close(&self, wait: bool) {
        let threads = {
            let mut state = self.shared.state.lock();
            state.generation += 1;
            state.idle = 0;
            state.hired = 0;
            if wait {
                // All generations: an earlier close may not have waited for its own.
                std::mem::take(&mut state.threads)
            } else {
                // Handles of threads that still run stay, for a later close that waits.
                state.threads.retain(|thread| !thread.is_finished());
                Vec::new()
            }
        };
        self.shared.changed.notify_all();
        let me = std::thread::current().id();
        for thread in threads.into_iter().filter(|thread| thread.thread().id() != me) {
            if let Err(payload) = thread.join() {
                drop_quietly(payload);
            }
        }
    }
}

impl Shared {
    fn work(&self, generation: u64) {
        let mut state = self.state.lock();
        loop {
            if let Some(work) = state.queue.pop_front() {
                state.busy += 1;
                drop(state);
                // A body that panics is caught long before. This is for a user's clock, which may panic, too.
                if let Err(payload) = catch_unwind(AssertUnwindSafe(|| work(true))) {
                    drop_quietly(payload);
                }
                state = self.state.lock();
                state.busy -= 1;
            } else if state.generation != generation {
                state.alive -= 1;
                self.left.notify_all();
                return;
            } else {
                state.idle += 1;
                self.changed.wait(&mut state);
                // `close` has set the count to zero for the next generation.
                if state.generation == generation {
                    state.idle -= 1;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn workers_are_started_when_there_is_more_work_than_idle_workers_up_to_the_size() {
        let pool = Pool::new(2);
        let (started, starts) = channel();
        let (go, gate) = channel::<()>();
        let gate = Arc::new(Mutex::new(gate));
        for _ in 0..4 {
            let (started, gate) = (started.clone(), Arc::clone(&gate));
            pool.submit(Box::new(move |_| {
                started.send(std::thread::current().name().map(str::to_owned)).unwrap();
                let _ = gate.lock().recv();
            }));
        }
        let mut names = [starts.recv().unwrap(), starts.recv().unwrap()];
        names.sort();
        assert_eq!(names, [Some("punctual-worker-1".to_owned()), Some("punctual-worker-2".to_owned())]);
        assert_eq!(pool.shared.state.lock().threads.len(), 2);
        drop(go);
        pool.close(true);
        assert_eq!(starts.try_iter().count(), 2, "what waited was done before the workers went");
    }

    #[test]
    fn a_closed_pool_starts_new_workers_for_new_work() {
        let pool = Pool::new(1);
        for _ in 0..3 {
            let (done, end) = channel();
            pool.submit(Box::new(move |_| done.send(()).unwrap()));
            end.recv().unwrap();
            pool.close(true);
            assert!(pool.shared.state.lock().threads.is_empty());
        }
    }
}
