//! What outlives the process: jobs that are stored, and shared by the processes that use the same store.
//!
//! A [`Store`] keeps rows of plain data and knows nothing of schedules, tasks or bodies. [`MemoryStore`] is the
//! reference: a store that does not outlive its process, for tests and simulations. Those that do are crates of
//! their own. Each of them passes [the contract](contract), which you can run on a store of yours, too.
//!
//! ```
//! use punctual::store::{
//!     Claimant, Declaration, Declared, Ending, HolderId, MemoryStore, Micros, Move, NewRun, Plan, Position, Heartbeat, Store,
//! };
//! use std::time::Duration;
//!
//! let store = MemoryStore::new();
//! let holder = HolderId::random();
//! store.join(Micros(0), &Heartbeat::new(holder, "web-1", Duration::from_secs(60)))?;
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
//! # How each slot runs once
//!
//! There is no leader, no lock on a job, and no state between due and moved. The row of a job has its next slot. The
//! process that [fires](Store::fire) the job moves the row to the following slot and inserts a row for the run, in one
//! transaction:
//!
//! ```text
//!  job   next 10:00  --fire at 10:00:02-->  next 11:00
//!  run                                      10:00, token 7f…, holder A   --finish 7f…-->  (removed)
//! ```
//!
//! Of two processes that fire the same job, the second finds that the next slot has moved. A process that dies before
//! the commit has changed nothing, and the slot is still due. One that dies later leaves a run in progress. That run is
//! an *orphan* once the heartbeat of its process has expired. Any process that knows the task may then
//! [reap](Store::reap) it: the run is lost, or is repeated with a new token. Either way, an answer of the first process
//! that comes later is refused.
//!
//! All this depends on the next slot and the version of a row, and never on the history of runs that have ended.
//!
//! # Why each method is one transaction
//!
//! | method | what two transactions would allow |
//! | --- | --- |
//! | [`declare`](Store::declare) | two processes that start together add a job twice, or one overwrites the change of the other |
//! | [`fire`](Store::fire) | a crash between the move and the run loses a slot; between the run and the move, the slot runs twice |
//! | [`finish`](Store::finish) | a run is finished and lost, or is counted and still in progress |
//! | [`reap`](Store::reap) | a process that was slow comes back in between, and two processes have the same run |
//! | [`change`](Store::change) | a pause undoes a reschedule that was made between its read and its write |
//! | [`renew`](Store::renew) | a process renews a heartbeat that was just removed, and continues with runs that others have taken |
//!
//! `fire`, `reap` and `change` take a *plan*: a closure that is called within the transaction, and returns what is to be
//! written. It must be quick, and must not call the store. A store that repeats a transaction, after a deadlock or
//! because a row has changed, calls it again, and uses the last answer. If it panics, nothing is changed.
//!
//! # Clocks
//!
//! The `now` of the caller decides what is due. The store's clock, if it has [one](Store::clock), decides whether a
//! process is dead, because processes whose clocks differ must agree on that. A store without a clock, such as a file,
//! uses the `now` of its callers, which are all on one machine.
//!
//! # How to write a store
//!
//! Read the row, apply what the types of this module say ([`Declaration::compare`], [`Move::apply`], [`Ending::apply`],
//! [`Edit::apply`]), and write it if slot and version are still the same. [`MemoryStore`] does that in about 500 lines.
//! Then run [the contract](contract).

mod change;
mod claim;
pub mod contract;
mod declaration;
mod ending;
mod error;
mod fields;
mod heartbeat;
mod identity;
mod list;
mod memory;
mod micros;
mod orphan;
mod position;
mod row;

pub use self::{
    change::{Change, Changed, Edit},
    claim::{Claim, Claimant, Fired, Move, NewRun, Plan},
    declaration::{Declaration, Declared},
    ending::Ending,
    error::{Result, StoreError},
    heartbeat::Heartbeat,
    identity::{HolderId, Token},
    list::{Filter, Jobs},
    memory::MemoryStore,
    micros::Micros,
    orphan::{Orphan, Reaped, Verdict},
    position::{Next, Position},
    row::{BadRow, JobRow, PastRun, Peer, RunRow},
};

/// A place where jobs are kept, shared by any number of processes. The [module](self) has what the methods have in common.
///
/// How a store is opened, and how its tables are made, is up to the crate that implements it.
///
/// Each method may fail with [`StoreError::Unavailable`], [`Busy`](StoreError::Busy) or
/// [`Schema`](StoreError::Schema). Then the transaction was made as a whole or not at all. A store limits the time that a
/// call takes.
pub trait Store: Send + Sync {
    /// Reads the store's own clock; `None` if it has none, and uses the time of its callers.
    fn clock(&self) -> Result<Option<Micros>>;

    /// Stores the first heartbeat of a process, whose identity must be new. `now` is used by a store without a clock.
    fn join(&self, now: Micros, heartbeat: &Heartbeat) -> Result<()>;

    /// Stores the next heartbeat of a process. Returns false if there was none to renew: it had expired and was removed by
    /// [`reap`](Self::reap), so other processes may have the runs. The process must join again, with a new identity.
    fn renew(&self, now: Micros, heartbeat: &Heartbeat) -> Result<bool>;

    /// Removes the heartbeat of a process. The runs that it still has are orphans at once.
    fn leave(&self, holder: HolderId) -> Result<()>;

    /// Lists the processes in the order in which they joined, including those that are dead and not removed yet.
    fn peers(&self) -> Result<Vec<Peer>>;

    /// Adds or updates jobs by their keys, all in one transaction, as [`Declaration::compare`] says. Removes nothing.
    ///
    /// There is an answer for each declaration. One that cannot be stored, or whose row cannot be read, has an error as its
    /// answer, and does not stop the others. Of two with the same key, the second is compared with the first.
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
    /// [`StoreError::HolderGone`] if the heartbeat of the claimant has expired or was removed.
    fn fire(&self, claimant: &Claimant<'_>, plan: &mut dyn FnMut(&JobRow) -> Plan) -> Result<Fired>;

    /// Ends runs by their tokens, all in one transaction: removes the rows of the runs, updates those of their jobs, and
    /// adds to the history what is to be kept. The answer is false for a token that no run in progress has, because the
    /// run has ended, or another process has it.
    fn finish(&self, endings: &[Ending]) -> Result<Vec<bool>>;

    /// Removes the heartbeats that have expired, and decides what becomes of the orphans: runs whose process has none.
    ///
    /// The plan is asked about each orphan whose task is [known](Claimant::tasks), in the order of slot and key, until
    /// as many have been lost or repeated as the [limit](Claimant::limit) says.
    ///
    /// # Errors
    ///
    /// [`StoreError::HolderGone`] if the heartbeat of the claimant has itself expired or was removed.
    fn reap(&self, claimant: &Claimant<'_>, plan: &mut dyn FnMut(&Orphan) -> Verdict) -> Result<Reaped>;

    /// Changes or removes one job, as the plan says when it sees the row.
    ///
    /// # Errors
    ///
    /// [`StoreError::Data`] if the row cannot be read.
    fn change(&self, key: &str, plan: &mut dyn FnMut(&JobRow) -> Change) -> Result<Changed>;

    /// Reads the row of one job; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`StoreError::Data`] if it cannot be read.
    fn job(&self, key: &str) -> Result<Option<JobRow>>;

    /// Lists the jobs that a filter allows, in the order of their keys.
    fn jobs(&self, filter: &Filter) -> Result<Jobs>;

    /// Lists the runs in progress, of one job or of all, in the order of slot and key.
    fn runs(&self, key: Option<&str>) -> Result<Vec<RunRow>>;

    /// Lists the last runs of a job that have ended, at most `limit`, the one that was recorded last first.
    ///
    /// A job has a history if its [endings](Ending::keep) ask for one, of as many runs as the latest of these says. One
    /// ending removes at most 500 runs from a history that is too long. The history is removed with its job, and nothing
    /// depends on it.
    fn history(&self, key: &str, limit: usize) -> Result<Vec<PastRun>>;
}
