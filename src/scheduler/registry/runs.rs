//! From a due slot to the end of its run, as far as it happens under the lock.
//!
//! ```text
//! queue --claim_due()--> claim --begin_next()--> Started ----------- body ---> end()
//!                            |                                           ^
//!                            +--> Submission --begin_submitted()--> Started
//! begin_by_hand() ------------------------------------------------> Started
//! ```

use std::hint::black_box;

use super::{
    attempts::Ended,
    claims::{Claim, Claims},
    Registry, Removed,
};
#[cfg(feature = "tokio")]
use crate::job::TaskId;
use crate::{
    event::{Removal, Skip},
    id::RunId,
    job::{BoxedBody, Executor, Label, Place, Record, RunFlags, Windows},
    observe::RunSpan,
    outcome::Outcome,
    queue::{Entry, Queue},
    run::RunRecord,
    timestamp::Timestamp,
};

/// A slot that is skipped, with the run that it would have had.
pub(crate) struct Skipped {
    pub(crate) row: u32,
    pub(crate) label: Label,
    pub(crate) run: RunRecord,
    pub(crate) why: Skip,
}

/// What a pass does next.
pub(crate) enum Launch {
    /// A run that has begun, whose body is to be called in this thread.
    Here(Started),
    /// A run that has begun, whose body is async.
    #[cfg(feature = "tokio")]
    Spawn(Started),
    /// A run with hooks, to be called in this thread before it begins. It has its place in the job.
    Hooked(Submission),
    /// A run to submit to the workers. It begins when one of them takes it.
    Submit(Submission),
    /// A claimed run that must not begin.
    Not(Box<Unbegun>),
}

/// What is left to report of a run that does not begin.
#[derive(Default)]
pub(crate) struct Unbegun {
    /// Set if its slot is skipped. Otherwise the job was removed or paused while the run waited for a worker.
    pub(crate) skipped: Option<Skipped>,
    /// Set if it was a further attempt that can no more begin: its run has ended.
    pub(crate) ended: Option<Ended>,
    /// Set if that was the last slot of the job.
    pub(crate) removed: Option<Removed>,
}

/// A run that has begun. It owns the body until it ends.
pub(crate) struct Started {
    pub(crate) row: u32,
    pub(crate) body: BoxedBody,
    pub(crate) label: Label,
    pub(crate) run: RunRecord,
    pub(crate) run_count: u64,
    /// Whether its record counts it, as a run of a parallel job. Kept here because the job may be updated meanwhile.
    pub(crate) is_counted: bool,
    pub(crate) flags: RunFlags,
    /// None until its body is about to be called.
    pub(crate) span: RunSpan,
    /// The task that it is in, if it is in one.
    #[cfg(feature = "tokio")]
    pub(crate) task: TaskId,
}

/// A run that has its place in the job and has not begun: it waits for a worker, or for its hooks.
pub(crate) struct Submission {
    pub(crate) place: Place,
    pub(crate) label: Label,
    pub(crate) run: RunRecord,
    pub(crate) terms: Terms,
}

/// When a run may begin that has to wait.
pub(crate) struct Terms {
    pub(crate) windows: Windows,
    /// The last instant at which it may begin; `None` if it is never too late.
    pub(crate) start_by: Option<Timestamp>,
    /// Whether its record counts it, as a run of a parallel job.
    pub(crate) is_counted: bool,
    /// Whether it begins although its job is paused.
    pub(crate) is_by_hand: bool,
}

impl Terms {
    pub(super) fn new(windows: Windows, start_by: Option<Timestamp>) -> Self {
        Terms { windows, start_by, is_counted: true, is_by_hand: false }
    }

    /// Why the run must not begin at `now`.
    pub(super) fn skip_reason(&self, now: Timestamp) -> Option<Skip> {
        if self.windows.exclude(now) {
            return Some(Skip::Window);
        }
        self.start_by.is_some_and(|last| now > last).then_some(Skip::Misfire)
    }
}

impl Started {
    /// Begins a run of the job in a row. `None` if that would exceed `times`. After the last run the job leaves the
    /// queue.
    #[inline(always)]
    fn begin(
        record: &mut Record,
        row: u32,
        mut run: RunRecord,
        now: Timestamp,
        queue: &mut Queue,
        is_counted: bool,
    ) -> Option<Started> {
        let (body, is_slot_left) = record.begin(now)?;
        if !is_slot_left {
            queue.remove(row);
        }
        run.started_at = now;
        Some(Started {
            row,
            body,
            label: record.label(),
            run,
            run_count: record.run_count(),
            is_counted,
            flags: RunFlags::default(),
            span: RunSpan::none(),
            #[cfg(feature = "tokio")]
            task: TaskId::NONE,
        })
    }

    /// [`begin`](Self::begin) where speed matters less than that the usual way stays in one piece.
    #[inline(never)]
    pub(super) fn begin_apart(
        record: &mut Record,
        row: u32,
        run: RunRecord,
        now: Timestamp,
        queue: &mut Queue,
        is_counted: bool,
    ) -> Option<Started> {
        let started = Started::begin(record, row, run, now, queue, is_counted)?;
        Some(Started { flags: RunFlags::watched(record.is_watched()), ..started })
    }

    pub(crate) fn place(&self) -> Place {
        Place { id: self.label.id, row: self.row }
    }
}

/// What is left to do after the end of a run, without the lock.
#[derive(Default)]
pub(crate) struct AfterRun {
    /// A body to drop: that of one of several instances, or of a job that was removed or updated while it ran.
    pub(crate) spare: Option<BoxedBody>,
    pub(crate) removed: Option<Removed>,
    /// Whether other slots are due, or earlier, than before.
    pub(crate) is_news: bool,
}

impl Registry {
    /// The record of a new run; `runs` is the number of the last one.
    #[inline]
    pub(super) fn new_run(runs: &mut u64, slot: Timestamp) -> RunRecord {
        *runs += 1;
        RunRecord::new(RunId(*runs), slot)
    }

    /// Claims everything that is due at `now` for a new pass, in due order, and advances each job to its next slot.
    /// Returns the number of the pass, and the slots that are skipped because their jobs have as many runs in progress
    /// as they may have.
    ///
    /// O(k log n) for k due jobs, and usually O(k).
    pub(crate) fn claim_due(&mut self, now: Timestamp) -> (u64, Vec<Skipped>) {
        if !self.suspension.is_none() {
            return (Claims::NO_PASS, Vec::new());
        }
        let pass = self.claims.begin_pass();
        let mut skipped = Vec::new();
        let mut entries = self.queue.take_due(now);
        let is_long = entries.len() >= Claims::LONG;
        for part in entries.chunks_mut(Claims::AHEAD) {
            if is_long {
                load_ahead(&self.records, part.iter().map(Entry::row));
            }
            for entry in part {
                let due = entry.due();
                let next = self.claim(entry.row(), due, now, &mut skipped);
                entry.set_due(next.unwrap_or(Timestamp::NEVER));
            }
        }
        self.queue.put_back(entries);
        (pass, skipped)
    }

    /// Claims the slot of one job, and advances it to its next slot. `None` if it leaves the queue.
    #[inline(always)]
    fn claim(&mut self, row: u32, due: Timestamp, now: Timestamp, skipped: &mut Vec<Skipped>) -> Option<Timestamp> {
        let record = self.records.get_mut(row as usize)?.as_mut()?;
        if !record.is_plain() || record.is_full() {
            return self.claim_with_options(row, due, now, skipped);
        }
        // The next slot is after `now`, not after the run: that is what keeps a slow body from moving the grid.
        let next = record.advance(due, now, &mut self.random);
        // A job that an earlier pass has claimed and not begun has one run for both slots, the first one's.
        if record.ticket().is_none() {
            record.set_ticket(self.claims.push(row, due));
        }
        next
    }

    /// [`claim`](Self::claim) for any job.
    #[inline(never)]
    fn claim_with_options(
        &mut self,
        row: u32,
        due: Timestamp,
        now: Timestamp,
        skipped: &mut Vec<Skipped>,
    ) -> Option<Timestamp> {
        let record = self.records.get_mut(row as usize)?.as_mut()?;
        if record.policies().is_some() {
            return self.claim_by_policy(row, due, now, skipped);
        }
        // The job is running in a polling thread, perhaps this one. Its slot is not skipped, but waits out of the
        // queue until the run ends. In the queue it would stay due, and the loops of other threads would poll without
        // sleeping.
        let is_full = record.is_full();
        if is_full && record.executor() == Executor::Caller {
            record.keep(due);
            return None;
        }
        let next = record.advance(due, now, &mut self.random);
        if is_full {
            let run = Registry::new_run(&mut self.runs, due);
            skipped.push(Skipped { row, label: record.label(), run, why: Skip::Overlap });
        } else if record.ticket().is_none() {
            record.set_ticket(self.claims.push(row, due));
        }
        next
    }

    /// Begins the next claimed run, of this pass or an earlier one. `None` if the pass is over. With `MAY_BE_HOOKED` it asks
    /// whether the scheduler has hooks, which a pass knows in advance.
    #[inline(always)]
    pub(crate) fn begin_next<const MAY_BE_HOOKED: bool>(&mut self, pass: u64, now: Timestamp) -> Option<Launch> {
        while let Some(Claim { row, slot, .. }) = self.claims.pop(pass) {
            if let Some(rows) = self.claims.rows_ahead() {
                load_ahead(&self.records, rows);
            }
            let Some(record) = self.records.get_mut(row as usize).and_then(Option::as_mut) else { continue };
            record.forget_ticket();
            // What `begin_with_options` would do, in the few steps that are left of it for a job without options.
            if record.is_plain()
                && !(MAY_BE_HOOKED && self.is_hooked)
                && !record.is_outside_window(now)
                && self.queue.first().is_none_or(|first| first.due() > now)
            {
                let run = Registry::new_run(&mut self.runs, slot);
                if let Some(started) = Started::begin(record, row, run, now, &mut self.queue, false) {
                    record.start_instance(false);
                    self.in_progress += 1;
                    return Some(Launch::Here(started));
                }
            } else if let Some(launch) = self.begin_with_options(row, slot, now) {
                return Some(launch);
            }
        }
        None
    }

    /// Begins the run of a claimed slot. `None` if that would exceed `times`.
    #[inline(never)]
    fn begin_with_options(&mut self, row: u32, slot: Timestamp, now: Timestamp) -> Option<Launch> {
        let record = self.records.get_mut(row as usize)?.as_mut()?;
        if record.policies().is_some() {
            return self.begin_by_policy(row, now);
        }
        let run = Registry::new_run(&mut self.runs, slot);
        // Asked here and not at the claim: the window may have closed while an earlier body was running.
        if let Some(why) = record.skip_reason(now) {
            let (place, skipped) =
                (Place { id: record.id, row }, Some(Skipped { row, label: record.label(), run, why }));
            return Some(Launch::Not(Box::new(Unbegun { skipped, ended: None, removed: self.remove_if_over(place) })));
        }
        // Those of the claimed slot, before others may share its run.
        let windows = (record.is_apart() || self.is_hooked).then(|| record.windows());
        // An earlier body of the pass was slow: the slots that passed meanwhile are missed, too, and share this run.
        // Claimed at :01, begun at :04, the next slot is :05 and not :02. Mostly nothing is due by now, which the first
        // entry says at once.
        if self.queue.first().is_some_and(|first| first.due() <= now) {
            if let Some(due) = self.queue.due(row).filter(|due| *due <= now) {
                match record.advance(due, now, &mut self.random) {
                    Some(next) => self.queue.put(row, (next, record.priority(), record.id.0)),
                    None => self.queue.remove(row),
                }
            }
        }
        if let Some(windows) = windows {
            return self.launch_apart(row, run, Terms::new(windows, None), now);
        }
        let started = Started::begin_apart(record, row, run, now, &mut self.queue, false)?;
        record.start_instance(false);
        self.in_progress += 1;
        Some(Launch::Here(started))
    }

    /// Begins a run in a task, submits it to the workers, or leaves it to its hooks. `None` if that would exceed `times`.
    #[inline(never)]
    #[cfg_attr(not(feature = "tokio"), allow(unused_variables))]
    pub(super) fn launch_apart(
        &mut self,
        row: u32,
        run: RunRecord,
        mut terms: Terms,
        now: Timestamp,
    ) -> Option<Launch> {
        let record = self.records.get_mut(row as usize)?.as_mut()?;
        let is_hooked = self.is_hooked || record.hooks().is_some();
        #[cfg(feature = "tokio")]
        if record.is_async() && !is_hooked {
            let started = Started::begin_apart(record, row, run, now, &mut self.queue, true)?;
            record.start_instance(true);
            self.in_progress += 1;
            return Some(Launch::Spawn(started));
        }
        // Counts from here on: otherwise the next pass could submit more than `max_instances` while these wait.
        terms.is_counted = record.executor() == Executor::Workers;
        record.start_instance(terms.is_counted);
        self.in_progress += 1;
        record.add_submitted(run);
        let place = Place { id: record.id, row };
        let is_here = record.executor() == Executor::Caller || record.is_async();
        let submission = Submission { place, label: record.label(), run, terms };
        // The hooks of a run on a worker are called there.
        Some(if is_here { Launch::Hooked(submission) } else { Launch::Submit(submission) })
    }

    /// Begins a run by hand. If the job is due, in the queue or as a claim, this is the run for that slot. Of slots that
    /// wait it takes the first.
    pub(crate) fn begin_by_hand(&mut self, place: Place, now: Timestamp) -> Option<Launch> {
        // While the scheduler is paused nothing is due, as for a job that is paused.
        let due = self.due(place).filter(|due| *due <= now && !self.is_paused());
        self.live(place).filter(|record| !record.is_full())?;
        let claimed = if self.is_paused() { None } else { self.withdraw_first(place) };
        if let Some(due) = due {
            let record = self.records.get_mut(place.row as usize)?.as_mut()?;
            let next = record.advance(due, now, &mut self.random);
            self.set_due(place, next);
        }
        let run = Registry::new_run(&mut self.runs, claimed.or(due).unwrap_or(now));
        let record = self.records.get_mut(place.row as usize)?.as_mut()?;
        let is_counted = record.executor() == Executor::Workers;
        let launch = if self.is_hooked || record.hooks().is_some() {
            record.start_instance(is_counted);
            self.in_progress += 1;
            let terms = Terms { is_counted, is_by_hand: true, ..Terms::new(Windows::default(), None) };
            Some(Launch::Hooked(Submission { place, label: record.label(), run, terms }))
        } else {
            let started = Started::begin_apart(record, place.row, run, now, &mut self.queue, is_counted);
            if started.is_some() {
                record.start_instance(is_counted);
                self.in_progress += 1;
            }
            #[cfg(feature = "tokio")]
            let is_async = record.is_async();
            let started = started.map(|started| Started { flags: started.flags.begun_by_hand(), ..started });
            started.map(|started| match () {
                #[cfg(feature = "tokio")]
                () if is_async => Launch::Spawn(started),
                () => Launch::Here(started),
            })
        };
        // What is left of what waited.
        self.claim_waiting(place);
        launch
    }

    /// Begins a run that a worker has taken, or whose hooks were called, if it is still wanted and may begin now.
    pub(crate) fn begin_submitted(
        &mut self,
        place: Place,
        run: RunRecord,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<Started, Box<Unbegun>> {
        if run.attempt > 1 {
            return self.begin_submitted_attempt(place, &run, now);
        }
        // Not if a pause has dropped it. One by hand is not noted.
        let is_wanted = self.forget_submitted(place, &run) || terms.is_by_hand;
        // The clock may have been set back.
        let run = RunRecord { slot: run.slot.min(now), ..run };
        let mut skipped = None;
        let is_paused = self.is_paused();
        let record = self.records.get_mut(place.row as usize).and_then(Option::as_mut);
        let is_wanted = |record: &&mut Record| {
            let is_held = record.is_paused() || is_paused;
            record.id == place.id && record.is_registered() && is_wanted && (terms.is_by_hand || !is_held)
        };
        if let Some(record) = record.filter(is_wanted) {
            if let Some(why) = terms.skip_reason(now) {
                skipped = Some(Skipped { row: place.row, label: record.label(), run, why });
            } else if let Some(started) =
                Started::begin_apart(record, place.row, run, now, &mut self.queue, terms.is_counted)
            {
                let flags = if terms.is_by_hand { started.flags.begun_by_hand() } else { started.flags };
                return Ok(Started { flags, ..started });
            } else {
                // Runs that had waited, too, have begun before this one; or one of them has the only body.
                let why = if record.has_no_runs_left() { Skip::Finished } else { Skip::Overlap };
                skipped = Some(Skipped { row: place.row, label: record.label(), run, why });
            }
        }
        Err(Box::new(Unbegun { skipped, ended: None, removed: self.end_unbegun(place, terms.is_counted) }))
    }

    /// Ends a run; `is_counted` is that of [`Started`]. `None` if nothing is left to do without the lock.
    #[inline(always)]
    pub(crate) fn end(
        &mut self,
        place: Place,
        body: BoxedBody,
        is_counted: bool,
        outcome: &Outcome,
    ) -> Option<AfterRun> {
        self.in_progress -= 1;
        let is_routine = |record: &&mut Record| *outcome == Outcome::Completed && record.is_routine(is_counted);
        match self.record_mut(place).filter(is_routine) {
            Some(record) => {
                record.complete(body, is_counted);
                None
            }
            None => self.end_otherwise(place, body, is_counted, outcome),
        }
    }

    /// [`end`](Self::end) of a run that failed or cancelled its job, or after which there is more to do than to put the
    /// body back.
    #[inline(never)]
    fn end_otherwise(
        &mut self,
        place: Place,
        body: BoxedBody,
        is_counted: bool,
        outcome: &Outcome,
    ) -> Option<AfterRun> {
        let next = self.next();
        let gone = |spare| Some(AfterRun { spare: Some(spare), removed: None, is_news: false });
        let Some(record) = self.record_mut(place) else { return gone(body) };
        record.record_outcome(outcome);
        record.end_instance(is_counted);
        if !record.is_registered() {
            // It was removed while it ran, and so the body is still here.
            self.forget_if_unused(place);
            return gone(body);
        }
        let spare = record.put_back(body);
        let mut removed = self.remove_or_requeue(place);
        // The job may have been over in any case: then the reason changes.
        if *outcome == Outcome::Cancelled {
            let why = Removal::ReturnedCancelJob;
            removed = removed.map(|removed| Removed { why, ..removed }).or_else(|| self.remove(place, why));
        }
        let is_news = self.next() != next;
        (removed.is_some() || spare.is_some() || is_news).then_some(AfterRun { spare, removed, is_news })
    }

    /// Ends a run that had its place and has not begun.
    pub(super) fn end_unbegun(&mut self, place: Place, is_counted: bool) -> Option<Removed> {
        self.in_progress -= 1;
        self.record_mut(place)?.end_instance(is_counted);
        self.remove_or_requeue(place)
    }

    /// After the end of a run: returns a slot that was kept meanwhile to the queue, claims one that has waited, and removes
    /// a job that has no slot left.
    pub(in crate::scheduler) fn remove_or_requeue(&mut self, place: Place) -> Option<Removed> {
        let record = self.record_mut(place)?;
        if let Some(due) = record.take_waiting() {
            let key = (due, record.priority(), place.id.0);
            self.queue.put(place.row, key);
        }
        self.claim_waiting(place);
        // What was claimed may have ended, or be one run more than `times` allows.
        if self.record(place).is_some_and(Record::has_void_claim) {
            self.withdraw(place);
        }
        self.forget_if_unused(place);
        self.remove_if_over(place)
    }
}

/// Loads the records of some rows into the cache.
///
/// Jobs that are due one after another are anywhere in memory. With a million of them each run would wait for its
/// record, because calls and locks in between keep the processor from looking ahead. Loaded in one go, they are waited
/// for together.
#[cold]
#[inline(never)]
fn load_ahead(records: &[Option<Record>], rows: impl Iterator<Item = u32>) {
    let records = rows.filter_map(|row| records.get(row as usize)?.as_ref());
    black_box(records.fold(0, |sum, record| sum ^ record.touch()));
}
