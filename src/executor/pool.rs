//! Worker threads, started on demand.

use std::{
    panic::{catch_unwind, AssertUnwindSafe},
    sync::Arc,
    thread::{Builder, JoinHandle},
    time::Instant,
};

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::line::{Line, Turn};
use crate::{log_line::log_line, unwind::drop_quietly};

/// What a worker does, called with `true`; with `false`, if the work is dropped before a worker was free for it.
pub(crate) type Work = Box<dyn FnOnce(bool) + Send>;

/// Up to `size` threads, each of which is a place for one body. A thread is started when there is more work than free
/// threads, and lives until the pool is closed.
///
/// A worker that a close has sent away keeps its place until it has ended, so there are never more bodies than places:
///
/// ```text
/// a pool of one     runs a      close     b is submitted: no thread, for the one that runs a will do it
/// ```
///
/// Clones are one pool.
#[derive(Clone)]
pub(crate) struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    size: usize,
    /// The name of the first thread, without its number.
    thread_name: String,
    state: Mutex<State>,
    changed: Condvar,
    /// Notified when a worker ends.
    left: Condvar,
}

#[derive(Default)]
struct State {
    queue: Line,
    threads: Vec<JoinHandle<()>>,
    /// The workers that have not ended. Each looks at the queue before it waits or ends, so those that do no work now
    /// are free, whatever they are about to do.
    alive: usize,
    /// The workers that do work now: the places that are taken.
    running: usize,
    /// The workers ever started, for their names.
    named: usize,
    /// The number of times the pool was closed. A worker of an earlier generation helps until the queue is empty, then
    /// ends.
    generation: u64,
    /// Whether no generation follows.
    is_retired: bool,
}

impl Pool {
    /// A pool with `size` places. Its threads are named `{thread_name}-1` and so on.
    pub(super) fn new(size: usize, thread_name: String) -> Self {
        let (state, changed, left) = Default::default();
        Pool { shared: Arc::new(Shared { size, thread_name, state, changed, left }) }
    }

    /// The number of places.
    pub(crate) fn size(&self) -> usize {
        self.shared.size
    }

    /// How many places are taken, and how much work waits.
    pub(crate) fn load(&self) -> (usize, usize) {
        let state = self.shared.state.lock();
        (state.running, state.queue.len())
    }

    /// Gives `work` to a worker. If there is none, and the system refuses to start one, does it in this thread.
    pub(crate) fn submit(&self, turn: Turn, work: Work) {
        let mut state = self.shared.state.lock();
        state.queue.push(turn, work);
        // Compares with the whole queue and not with 1: a worker that is free now may be on its way to work that is
        // still in the queue. Otherwise three submissions in a row would find the same free worker three times.
        let is_short = state.queue.len() > state.alive - state.running && state.alive < self.shared.size;
        let hired = if is_short { self.shared.hire(&mut state) } else { Ok(()) };
        if let Err(error) = hired {
            // With other workers about, the work waits for them.
            if state.alive == 0 {
                state = self.shared.work_here(state);
            }
            drop(state);
            log_line!(Error, "no worker could be made: {error}");
        } else {
            drop(state);
        }
        self.shared.changed.notify_one();
    }

    /// Takes out the work that waits because all workers are busy, in its order. What a worker is on its way to is not
    /// among it.
    #[must_use = "called with `false`"]
    pub(super) fn take_waiting(&self) -> Vec<Work> {
        let mut state = self.shared.state.lock();
        let begun = state.alive - state.running;
        state.queue.take_after(begun)
    }

    /// Waits until all workers but this thread have ended, until `deadline` at most.
    pub(super) fn wait_until(&self, deadline: Instant) {
        let me = std::thread::current().id();
        let mut state = self.shared.state.lock();
        let mine = usize::from(state.threads.iter().any(|thread| thread.thread().id() == me));
        while state.alive > mine && !self.shared.left.wait_until(&mut state, deadline).timed_out() {}
    }

    /// Ends the workers once everything that was submitted is done. Work that is submitted later is done by new
    /// workers. With `take`, returns the threads of all generations, to wait for: an earlier close may not have waited.
    pub(super) fn close(&self, take: bool) -> Vec<JoinHandle<()>> {
        let mut state = self.shared.state.lock();
        state.generation += 1;
        // Handles of threads that still run stay, for a later close that waits.
        let threads = if take { std::mem::take(&mut state.threads) } else { Vec::new() };
        state.threads.retain(|thread| !thread.is_finished());
        drop(state);
        self.shared.changed.notify_all();
        threads
    }

    /// Closes the pool for good: its workers end as soon as there is nothing to do.
    pub(super) fn retire(&self) {
        self.shared.state.lock().is_retired = true;
        self.close(false);
    }

    /// Whether no worker is left, and nobody is about to submit work.
    pub(super) fn is_over(&self) -> bool {
        // Workers have a handle of it, too.
        Arc::strong_count(&self.shared) == 1
    }
}

impl Shared {
    fn hire(self: &Arc<Self>, state: &mut State) -> std::io::Result<()> {
        #[cfg(test)]
        tests::ask_the_system()?;
        let shared = Arc::clone(self);
        let name = format!("{}-{}", self.thread_name, state.named + 1);
        let generation = state.generation;
        let thread = Builder::new().name(name).spawn(move || shared.work(generation))?;
        state.named += 1;
        state.alive += 1;
        state.threads.push(thread);
        Ok(())
    }

    /// The life of a worker.
    fn work(&self, generation: u64) {
        let mut state = self.state.lock();
        loop {
            if let Some(work) = state.queue.pop() {
                state = self.perform(state, work);
            } else if state.generation != generation || state.is_retired {
                state.alive -= 1;
                self.left.notify_all();
                return;
            } else {
                self.changed.wait(&mut state);
            }
        }
    }

    /// Does the work in this thread, which is a worker meanwhile, until the queue is empty or there is another.
    #[cold]
    fn work_here<'a>(self: &'a Arc<Self>, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        while let Some(work) = state.queue.pop() {
            state.alive += 1;
            state = self.perform(state, work);
            state.alive -= 1;
            if !state.queue.is_empty() && (state.alive > 0 || self.hire(&mut state).is_ok()) {
                break;
            }
        }
        self.left.notify_all();
        state
    }

    /// Does work, without the lock. It takes a place until it has returned or panicked: nothing unwinds from here.
    fn perform<'a>(&'a self, mut state: MutexGuard<'a, State>, work: Work) -> MutexGuard<'a, State> {
        state.running += 1;
        drop(state);
        // A body that panics is caught long before. This is for a user's clock, which may panic, too.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| work(true))) {
            drop_quietly(payload);
        }
        let mut state = self.state.lock();
        state.running -= 1;
        state
    }
}

#[cfg(test)]
mod tests {
    use std::{
        cell::Cell,
        io,
        sync::mpsc::{channel, Receiver, Sender},
        thread,
    };

    use super::*;
    use crate::{id::RunId, timestamp::Timestamp};

    thread_local! {
        /// Whether the system refuses to start threads, for those that this thread asks for.
        static REFUSES: Cell<bool> = const { Cell::new(false) };
    }

    pub(super) fn ask_the_system() -> io::Result<()> {
        if REFUSES.get() {
            return Err(io::Error::other("too many threads"));
        }
        Ok(())
    }

    fn pool(size: usize) -> Pool {
        Pool::new(size, "worker".to_owned())
    }

    fn turn(run: u64) -> Turn {
        Turn { priority: 0, slot: Timestamp::UNIX_EPOCH, run: RunId(run) }
    }

    /// Ends all workers, and waits for them.
    fn close(pool: &Pool) {
        pool.close(true).into_iter().for_each(|thread| thread.join().unwrap());
    }

    /// Work that says in which thread it begins, and ends when the sender is dropped.
    fn gated() -> (Receiver<Option<String>>, Sender<()>, impl Fn() -> Work) {
        let (started, starts) = channel();
        let (go, gate) = channel::<()>();
        let gate = Arc::new(Mutex::new(gate));
        let work = move || -> Work {
            let (started, gate) = (started.clone(), Arc::clone(&gate));
            Box::new(move |_| {
                started.send(thread::current().name().map(str::to_owned)).unwrap();
                let _ = gate.lock().recv();
            })
        };
        (starts, go, work)
    }

    #[test]
    fn workers_are_started_when_there_is_more_work_than_idle_workers_up_to_the_size() {
        let pool = pool(2);
        let (starts, go, work) = gated();
        (0..4).for_each(|run| pool.submit(turn(run), work()));
        let mut names = [starts.recv().unwrap(), starts.recv().unwrap()];
        names.sort();
        assert_eq!(names, ["worker-1", "worker-2"].map(|name| Some(name.to_owned())));
        assert_eq!((pool.load(), pool.shared.state.lock().threads.len()), ((2, 2), 2));
        drop(go);
        close(&pool);
        assert_eq!(starts.try_iter().count(), 2, "what waited was done before the workers went");
        assert_eq!((pool.load(), pool.is_over()), ((0, 0), true));
    }

    #[test]
    fn a_closed_pool_starts_new_workers_for_new_work() {
        let pool = pool(1);
        for run in 0..3 {
            let (done, end) = channel();
            pool.submit(turn(run), Box::new(move |_| done.send(()).unwrap()));
            end.recv().unwrap();
            close(&pool);
            assert!(pool.shared.state.lock().threads.is_empty());
        }
    }

    #[test]
    fn work_that_waits_is_done_by_priority_then_slot_then_run() {
        let pool = pool(1);
        let (starts, go, work) = gated();
        pool.submit(turn(0), work());
        starts.recv().unwrap();
        let (done, order) = channel();
        let mut turns = Vec::new();
        for priority in [1, -1, 0] {
            for seconds in [20, 10] {
                for run in [9, 7, 8] {
                    turns.push(Turn { priority, slot: Timestamp::new(seconds, 0), run: RunId(run) });
                }
            }
        }
        for turn in turns.clone() {
            let done = done.clone();
            pool.submit(turn, Box::new(move |_| done.send(turn).unwrap()));
        }
        drop(go);
        close(&pool);
        turns.sort();
        let key = |turn: &Turn| (turn.priority, turn.slot.datetime(), turn.run);
        assert!(order.try_iter().map(|turn| key(&turn)).eq(turns.iter().map(key)));
    }

    #[test]
    fn what_is_taken_out_is_what_has_the_last_turns_in_its_order() {
        let pool = pool(1);
        let (starts, go, work) = gated();
        pool.submit(turn(0), work());
        starts.recv().unwrap();
        let (dropped, order) = channel();
        for run in [3, 1, 2] {
            let dropped = dropped.clone();
            pool.submit(turn(run), Box::new(move |is_to_begin| dropped.send((run, is_to_begin)).unwrap()));
        }
        pool.take_waiting().into_iter().for_each(|work| work(false));
        assert_eq!(order.try_iter().collect::<Vec<_>>(), [(1, false), (2, false), (3, false)]);
        assert_eq!(pool.load(), (1, 0));
        drop(go);
        close(&pool);
    }

    #[test]
    fn a_worker_that_was_sent_away_keeps_its_place_until_it_has_ended() {
        let pool = pool(2);
        let (starts, go, work) = gated();
        for run in 0..20 {
            pool.submit(turn(run), work());
            if run < 2 {
                starts.recv().unwrap();
            }
            assert!(pool.close(false).is_empty());
        }
        assert_eq!((pool.load(), pool.shared.state.lock().alive), ((2, 18), 2));
        assert!(starts.try_recv().is_err(), "there are two bodies at most");
        drop(go);
        close(&pool);
        assert_eq!(starts.try_iter().count(), 18);
    }

    #[test]
    fn a_place_is_free_again_after_a_panic() {
        let pool = pool(1);
        let (done, end) = channel();
        for run in 0..3 {
            pool.submit(turn(run), Box::new(|_| panic!("a clock that is broken")));
        }
        pool.submit(turn(3), Box::new(move |_| done.send(()).unwrap()));
        end.recv().unwrap();
        assert_eq!(pool.shared.state.lock().named, 1);
        close(&pool);
        assert_eq!(pool.load(), (0, 0));
    }

    #[test]
    fn without_threads_the_work_is_done_by_whoever_submits_it() {
        REFUSES.set(true);
        let pool = pool(1);
        let (done, end) = channel();
        let (again, from) = (pool.clone(), done.clone());
        pool.submit(
            turn(0),
            Box::new(move |_| {
                let me = thread::current().id();
                again.submit(turn(1), Box::new(move |_| from.send((1, thread::current().id() == me)).unwrap()));
                assert_eq!(again.load(), (1, 1), "it waits for the one place");
                done.send((0, true)).unwrap();
            }),
        );
        assert_eq!(end.try_iter().collect::<Vec<_>>(), [(0, true), (1, true)]);
        assert_eq!((pool.load(), pool.is_over()), ((0, 0), true));

        REFUSES.set(false);
        let (starts, go, work) = gated();
        drop(go);
        pool.submit(turn(2), work());
        assert_eq!(starts.recv().unwrap().as_deref(), Some("worker-1"));
        close(&pool);
    }

    #[test]
    fn the_workers_of_a_retired_pool_end_when_there_is_nothing_to_do() {
        let pool = pool(2);
        let (starts, go, work) = gated();
        (0..4).for_each(|run| pool.submit(turn(run), work()));
        pool.retire();
        drop(go);
        pool.submit(turn(4), work());
        (0..5).for_each(|_| drop(starts.recv().unwrap()));
        pool.wait_until(Instant::now() + std::time::Duration::from_secs(60));
        assert_eq!(pool.shared.state.lock().alive, 0);
    }
}
