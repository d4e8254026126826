//! Worker threads, made when they are needed.

use std::{
    collections::VecDeque,
    panic::{catch_unwind, AssertUnwindSafe},
    sync::Arc,
    thread::{Builder, JoinHandle},
};

use parking_lot::{Condvar, Mutex};

use crate::{log_line::log_line, unwind::drop_quietly};

type Work = Box<dyn FnOnce() + Send>;

/// A fixed number of threads at most, which take work in the order in which it came. A thread is made when there is more
/// work than idle threads, and lives until the pool is closed.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    size: usize,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Work>,
    threads: Vec<JoinHandle<()>>,
    /// The workers of this generation that have nothing to do, and how many there are.
    idle: usize,
    hired: usize,
    named: usize,
    /// Counts closings: a worker that was made before the last one ends when the queue is empty.
    generation: u64,
}

impl Pool {
    pub(crate) fn new(size: usize) -> Self {
        Pool { shared: Arc::default(), size }
    }

    /// Has `work` done by a worker. Where the machine gives us no thread at all it is done here and now.
    pub(crate) fn submit(&self, work: Work) {
        let mut state = self.shared.state.lock();
        state.queue.push_back(work);
        let hired =
            if state.queue.len() > state.idle && state.hired < self.size { self.hire(&mut state) } else { Ok(()) };
        let nobody = state.hired == 0;
        let orphan = if nobody { state.queue.pop_back() } else { None };
        drop(state);
        self.shared.changed.notify_one();
        if let Err(error) = hired {
            log_line!(Error, "no worker could be made: {error}");
        }
        orphan.into_iter().for_each(|work| work());
    }

    fn hire(&self, state: &mut State) -> std::io::Result<()> {
        let shared = Arc::clone(&self.shared);
        let name = format!("punctual-worker-{}", state.named + 1);
        let generation = state.generation;
        let thread = Builder::new().name(name).spawn(move || shared.work(generation))?;
        state.named += 1;
        state.hired += 1;
        state.threads.push(thread);
        Ok(())
    }

    /// Lets the workers go when all that was submitted is done; `wait` for that, or return at once. Work that is
    /// submitted later is done by new workers. A worker that closes its own pool does not wait for itself.
    pub(crate) fn close(&self, wait: bool) {
        let threads = {
            let mut state = self.shared.state.lock();
            state.generation += 1;
            state.idle = 0;
            state.hired = 0;
            if wait {
                std::mem::take(&mut state.threads)
            } else {
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
                drop(state);
                if let Err(payload) = catch_unwind(AssertUnwindSafe(work)) {
                    drop_quietly(payload);
                }
                state = self.state.lock();
            } else if state.generation != generation {
                return;
            } else {
                state.idle += 1;
                self.changed.wait(&mut state);
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
    fn workers_are_made_when_there_is_more_work_than_idle_hands_and_never_more_than_the_size() {
        let pool = Pool::new(2);
        let (started, starts) = channel();
        let (go, gate) = channel::<()>();
        let gate = Arc::new(Mutex::new(gate));
        for _ in 0..4 {
            let (started, gate) = (started.clone(), Arc::clone(&gate));
            pool.submit(Box::new(move || {
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
    fn a_closed_pool_makes_new_workers_for_new_work() {
        let pool = Pool::new(1);
        for _ in 0..3 {
            let (done, end) = channel();
            pool.submit(Box::new(move || done.send(()).unwrap()));
            end.recv().unwrap();
            pool.close(true);
            assert!(pool.shared.state.lock().threads.is_empty());
        }
    }
}
