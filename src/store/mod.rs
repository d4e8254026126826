//! What outlives the process: jobs that are stored, and shared by the processes that use the same store.
//!
//! A [`Store`] keeps rows of plain data and knows nothing of schedules, tasks or bodies. [`MemoryStore`] is the
//! reference: a store that does not outlive its process, for tests and simulations. Those that do are crates of
//! their own. Each of them passes [the contract](contract), which you can run on a store of yours, too.
//!
//! ```
//! use punctual::store::{
//!     Claimant, Declaration, Declared, Ending, HolderId, MemoryStore, Micros, Move, NewRun, Plan, Position, Sign, Store,
//! };
//! use std::time::Duration;
//!
//! let store = MemoryStore::new();
//! let holder = HolderId::random();
//! store.join(Micros(0), &Sign::new(holder, "web-1", Duration::from_secs(60)))?;
//!
//! // A job that is due at 10, 20, 30 …
//! let report = Declaration { first: Position::at(Micros(10), ""), ..Declaration::new("report", "send") };
//! assert_eq!(store.declare(&[report.clone()])?.remove(0)?, Declared::Added);
//! assert_eq!(store.declare(&[report])?.remove(0)?, Declared::Unchanged);
//!
//! // At 12, any process that knows the task may claim it, and only one does.
//! let claimant = Claimant { now: Micros(12), holder, tasks: &["send"], limit: 100 };
//! let mut plan = |due: &_| {
//!     let due: &punctual::store::JobRow = due;
//!     let slot = due.next.unwrap_or_default();
//!     Plan::Move(Move { to: Position::at(Micros(slot.0 + 10), ""), runs: vec![NewRun::of(slot)] })
//! };
//! let fired = store.fire(&claimant, &mut plan)?;
//! assert_eq!(fired.claims[0].runs[0].slot, Micros(10));
//! assert_eq!(fired.next, Some(Micros(20)));
//! assert!(store.fire(&claimant, &mut plan)?.claims.is_empty());
//!
//! // The run ends by its token, once.
//! let ending = Ending::new(fired.claims[0].runs[0].token, Micros(15), "completed");
//! assert_eq!(store.finish(&[ending.clone()])?, [true]);
//! assert_eq!(store.finish(&[ending])?, [false]);
//! # Ok::<(), punctual::store::StoreError>(())
//! ```
//!
//! # How slots run once
//!
//! There is no leader, no lock on a job, and no state between due and moved. The row of a job has its next slot. Whoever
//! [fires](Store::fire) it moves the row to the slot after that and inserts a row for the run, in one transaction:
//!
//! ```text
//!  job   next 10:00  --fire at 10:00:02-->  next 11:00
//!  run                                      10:00, token 7f…, holder A   --finish 7f…-->  (gone)
//! ```
//!
//! Of two processes that try, one finds that the next slot has moved. A process that dies before the commit has changed
//! nothing: the slot is still due. One that dies after it has left a run in progress, which is an orphan once its life
//! sign has expired. Any other process that knows the task [reaps](Store::reap) it: the run is lost, or it is repeated
//! with another token, and then the late answer of the first process is refused.
//!
//! That rests on the next slot and the version of a row, never on what is kept of runs that have ended.
//!
//! # Why each method is one transaction
//!
//! | method | if it were two |
//! | --- | --- |
//! | [`declare`](Store::declare) | two processes that start together would add a job twice, or one would overwrite what the other has changed |
//! | [`fire`](Store::fire) | a crash between the move and the run loses a slot; between the run and the move, it runs twice |
//! | [`finish`](Store::finish) | a run would be finished and lost, or counted without having ended |
//! | [`reap`](Store::reap) | a dead process could come back in between, and two would have its runs |
//! | [`change`](Store::change) | a pause could undo a reschedule that came between reading and writing |
//! | [`renew`](Store::renew) | a process could renew a sign that was removed, and take itself for alive |
//!
//! `fire`, `reap` and `change` take a *plan*, a closure that is asked within the transaction and says what is to be
//! written. A plan must be quick and must not call the store. A store that repeats a transaction, because of a
//! deadlock or because it compares rows when it writes them, asks again: the last answer counts. A plan that panics
//! leaves its row, and the store, as they were.
//!
//! # Clocks
//!
//! What is due is decided by the `now` of the caller. Who is dead is decided by the store's clock, if it has one
//! ([`Store::clock`]): processes whose clocks differ must agree on that. A store without a clock, such as a file, takes
//! the `now` of its caller, for its callers are on one machine.
//!
//! # How to write a store
//!
//! Read the row, apply what the types of this module say ([`Declaration::compare`], [`Move::apply`], [`Ending::apply`],
//! [`Edit::apply`]), and write it where slot and version are still the same. [`MemoryStore`] does just that in less
//! than 400 lines. Then run [the contract](contract).

mod change;
mod claim;
pub mod contract;
mod declaration;
mod ending;
mod error;
mod fields;
mod identity;
mod list;
mod memory;
mod micros;
mod orphan;
mod position;
mod row;
mod sign;

pub use self::{
    change::{Change, Changed, Edit},
    claim::{Claim, Claimant, Fired, Move, NewRun, Plan},
    declaration::{Declaration, Declared},
    ending::Ending,
    error::{Result, StoreError},
    identity::{HolderId, Token},
    list::{Filter, Jobs},
    memory::MemoryStore,
    micros::Micros,
    orphan::{Orphan, Reaped, Verdict},
    position::{Next, Position},
    row::{JobRow, LeftRow, PastRun, Peer, RunRow},
    sign::Sign,
};

/// A place where jobs are kept, shared by any number of processes.
///
/// The [module](self) says what the methods have in common. How a store is opened is its own matter.
///
/// Each method may fail with [`StoreError::Unavailable`], [`Busy`](StoreError::Busy) and
/// [`Schema`](StoreError::Schema); then nothing was changed, or all of it. A call must not take for ever: a store has a
/// time limit for each.
pub trait Store: Send + Sync {
    /// The time by the store's own clock; `None` if it has none, and takes the time of its callers.
    ///
    /// # Errors
    ///
    /// If the store cannot be asked.
    fn clock(&self) -> Result<Option<Micros>>;

    /// Gives the first life sign of a process, whose identity must be new. `now` counts for a store without a clock.
    ///
    /// # Errors
    ///
    /// If the store cannot be asked.
    fn join(&self, now: Micros, sign: &Sign) -> Result<()>;

    /// Repeats a life sign. Returns false if there is none: it has expired and was removed by [`reap`](Self::reap), and
    /// others may have the runs. The process must join again, with another identity.
    ///
    /// # Errors
    ///
    /// If the store cannot be asked.
    fn renew(&self, now: Micros, sign: &Sign) -> Result<bool>;

    /// Removes a life sign. Runs that the process still has are orphans at once.
    ///
    /// # Errors
    ///
    /// If the store cannot be asked.
    fn leave(&self, holder: HolderId) -> Result<()>;

    /// The processes, in the order in which they joined, with those that are dead and not removed yet.
    ///
    /// # Errors
    ///
    /// If the store cannot be asked.
    fn peers(&self) -> Result<Vec<Peer>>;

    /// Adds or updates jobs by their keys, all in one transaction, as [`Declaration::compare`] says. Nothing is removed.
    ///
    /// Each declaration has an answer of its own. One that cannot be stored, or whose row cannot be read, is an error
    /// for itself and does not stop the others. Of two with the same key, the second is compared with the first.
    ///
    /// # Errors
    ///
    /// If the store cannot be asked.
    fn declare(&self, declarations: &[Declaration]) -> Result<Vec<Result<Declared>>>;

    /// Claims jobs that are due: those whose next slot is not after [`now`](Claimant::now), whose task is
    /// [known](Claimant::tasks), and which are not paused, in the order of slot, priority and key.
    ///
    /// The plan is asked about each of them once, and again only if the transaction is repeated, until as many have moved
    /// as the [limit](Claimant::limit) says. Rows that the plan leaves, or that cannot be read, do not count and do not stop
    /// others. A job that moves gets its new position and its runs in the same transaction. It is not claimed if its
    /// slot or its version has changed meanwhile. A run for a slot of which the job has one in progress is left out.
    ///
    /// # Errors
    ///
    /// [`StoreError::HolderGone`] if the life sign of the claimant has expired or was removed.
    fn fire(&self, claimant: &Claimant<'_>, plan: &mut dyn FnMut(&JobRow) -> Plan) -> Result<Fired>;

    /// Ends runs by their tokens, all in one transaction: the rows of the runs go, the jobs' counts follow, and what is
    /// to be kept goes into the history. The answer is false for each token that no run in progress has, because it has
    /// ended already or another process has the run.
    ///
    /// # Errors
    ///
    /// If the store cannot be asked.
    fn finish(&self, endings: &[Ending]) -> Result<Vec<bool>>;

    /// Removes the life signs that have expired by the store's clock, and decides what becomes of runs whose process
    /// has none.
    ///
    /// The plan is asked about each orphan whose task is [known](Claimant::tasks), in the order of slot and key, until
    /// as many have been lost or repeated as the [limit](Claimant::limit) says.
    ///
    /// # Errors
    ///
    /// [`StoreError::HolderGone`] if the life sign of the claimant has itself expired or was removed.
    fn reap(&self, claimant: &Claimant<'_>, plan: &mut dyn FnMut(&Orphan) -> Verdict) -> Result<Reaped>;

    /// Changes or removes one job, as the plan says when it sees the row.
    ///
    /// # Errors
    ///
    /// [`StoreError::Data`] if the row cannot be read.
    fn change(&self, key: &str, plan: &mut dyn FnMut(&JobRow) -> Change) -> Result<Changed>;

    /// The row of one job; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`StoreError::Data`] if it cannot be read.
    fn job(&self, key: &str) -> Result<Option<JobRow>>;

    /// The jobs that a filter allows, in the order of their keys.
    ///
    /// # Errors
    ///
    /// If the store cannot be asked.
    fn jobs(&self, filter: &Filter) -> Result<Jobs>;

    /// The runs in progress, of one job or of all, in the order of slot and key.
    ///
    /// # Errors
    ///
    /// If the store cannot be asked.
    fn runs(&self, key: Option<&str>) -> Result<Vec<RunRow>>;

    /// The last runs of a job that have ended, the latest end first, at most `limit`.
    ///
    /// There is a history for jobs whose [endings](Ending::keep) ask for one, of as many runs as the last of these says.
    /// An ending removes at most 500 that are too many. The history goes with its job, and nothing depends on it.
    ///
    /// # Errors
    ///
    /// If the store cannot be asked.
    fn history(&self, key: &str, limit: usize) -> Result<Vec<PastRun>>;
}
