//! Explaining why a job ran, or did not.

use chrono::{DateTime, Utc};

use super::Job;
use crate::{
    error::{Error, Result},
    event::{Removal, Skip},
    explanation::{Explanation, Forgotten, Reason, WaitsFor},
    job::{Executor, Nearest, Past, PastSkip, Phase, Place, Record, Slots, WatchedRun, DEFAULT_POOL},
    run::Run,
    schedule::IntoWhen,
    scheduler::{Registry, Scheduler},
    timestamp::Timestamp,
};

impl Job {
    /// Explains why the job ran at an instant or did not, or whether it will. `instant` is a slot or any other moment,
    /// and may be in the past.
    ///
    /// Text is read as [`until`](crate::Every::until) reads it. A time without a date, as in `explain("08:01")`, is
    /// today's, even if it is over, and naive times are in the job's zone: that of [`tz`](crate::Every::tz), else the
    /// scheduler's. Just after midnight, `"23:30"` is therefore the evening to come: to ask about the one before, say
    /// its date.
    ///
    /// What is to come, waits, is in progress or paused is always known. The past is known as far as
    /// [`history(n)`](crate::SchedulerBuilder::history) keeps it: by default not at all. O(n + log m) for m slots in
    /// between.
    ///
    /// # Errors
    ///
    /// If `instant` is text that cannot be read, or a moment outside the calendar.
    ///
    /// ```
    /// use punctual::{chrono::{TimeZone, Utc}, ManualClock, Scheduler};
    /// # let clock = ManualClock::new(Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap());
    /// let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).build()?;
    /// let job = scheduler.every().weekday().at("09:30").named("report").run(|| {})?;
    /// assert_eq!(
    ///     job.explain("2024-01-13 09:30")?.to_string(),
    ///     "report has no slot at 2024-01-13 09:30:00 +00:00: \
    ///      the nearest ones are 2024-01-12 09:30:00 +00:00 and 2024-01-15 09:30:00 +00:00",
    /// );
    /// let today = job.explain("08:01")?.instant;
    /// assert_eq!(Some(today), Utc.with_ymd_and_hms(2024, 1, 10, 8, 1, 0).single(), "although it is noon");
    ///
    /// job.pause();
    /// assert_eq!(
    ///     job.explain("2024-01-12 09:30")?.to_string(),
    ///     "report will not run at 2024-01-12 09:30:00 +00:00: it has been paused since 2024-01-10 12:00:00 +00:00",
    /// );
    /// assert!(job.explain("soon").is_err());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn explain(&self, instant: impl IntoWhen) -> Result<Explanation> {
        let when = instant.into_when();
        let (core, place) = (&self.core, self.place());
        // What is found under the lock is plain data. Rules are asked without it: they may be a user's.
        let (facts, random, now) = {
            let state = core.enter_for_slots();
            let (registry, now) = (&state.registry, state.timekeeper.now());
            let zone = |record: &Record| record.slots(None, now).zone(core.zone());
            let facts = registry.record(place).map(|record| {
                let instant = when.resolve_slot(now, zone(record), "explain")?;
                Ok(Facts::new(registry, place, record, instant, now))
            });
            (facts.transpose()?, registry.random_copy(), now)
        };
        // A record stays while there are handles, so there always is one.
        let facts = facts.ok_or_else(Error::gone)?;
        let zone = facts.slots.zone(core.zone());
        let reason =
            facts.reason(|slots, instant| slots.nearest(instant, core.calendars(), core.zone(), &random), &random);
        let (job, name, instant) = (self.id(), facts.name, facts.instant.datetime());
        Ok(Explanation { job, name, instant, now: now.datetime(), zone, reason })
    }
}

impl Scheduler {
    /// [`Job::explain`] for the registered job with this [`key`](crate::Every::key).
    ///
    /// # Errors
    ///
    /// If no job has the key, or as for [`Job::explain`].
    ///
    /// ```
    /// # use punctual::{ManualClock, Reason, Scheduler};
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    /// scheduler.every().minute().key("report").run(|| {})?;
    /// assert_eq!(scheduler.explain("report", "1970-01-01T00:05:00Z")?.reason, Reason::ToCome);
    ///
    /// let error = scheduler.explain("reports", "12:00").unwrap_err();
    /// assert_eq!(error.to_string(), "unknown key \"reports\": no job has it (expected the key of a registered job)");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn explain(&self, key: impl AsRef<str>, instant: impl IntoWhen) -> Result<Explanation> {
        let key = key.as_ref();
        let unknown =
            || Error::invalid(format!("unknown key {key:?}: no job has it (expected the key of a registered job)"));
        self.find(key).ok_or_else(unknown)?.explain(instant)
    }
}

/// What is known of a job about one instant, taken under the lock.
struct Facts {
    name: String,
    instant: Timestamp,
    now: Timestamp,
    slots: Slots,
    /// The next slot, wherever it is: also while the job is paused.
    next: Option<Timestamp>,
    /// What is known of the instant as a slot.
    known: Option<Reason>,
    /// What is known of it in case it is none.
    running: Option<Reason>,
    paused_at: Option<Timestamp>,
    removed: Option<(Removal, Timestamp)>,
    /// When the last run in progress began.
    running_since: Option<Timestamp>,
    /// What a slot waits for that is due now.
    waits_for: WaitsFor,
    past: Option<PastFacts>,
}

/// What is remembered of a job about one instant.
struct PastFacts {
    added_at: Timestamp,
    scheduled_at: Timestamp,
    forgotten: Option<Timestamp>,
    /// The pause that the instant was in.
    pause: Option<(Timestamp, Timestamp)>,
    /// The first run that began at the instant or after.
    next_run: Option<Run>,
    /// The pause that dropped the instant, if it was a slot: it was due before, and no run had begun.
    dropped: Option<(Timestamp, Timestamp)>,
    /// The skip of a slot before, whose run would have been that of the instant, too.
    covered: Option<Reason>,
    /// The slots around it that are remembered.
    before: Option<Timestamp>,
    after: Option<Timestamp>,
}

impl Facts {
    fn new(registry: &Registry, place: Place, record: &Record, instant: Timestamp, now: Timestamp) -> Self {
        let next = registry.due(place).or(record.kept());
        let paused_at = paused_since(registry, record);
        Facts {
            name: record.label().name().to_owned(),
            instant,
            now,
            slots: record.slots(next, now),
            next,
            known: known(registry, place, record, instant),
            running: record.past().and_then(|past| {
                let covers = |run: &&Run| {
                    let started = run.started_at.is_some_and(|started| Timestamp::from(started) <= instant);
                    started && run.ended_at.is_some_and(|ended| instant <= ended.into())
                };
                past.runs.iter().rev().find(covers).cloned().map(Reason::Ran)
            }),
            paused_at: paused_at.filter(|_| record.is_registered()),
            removed: record.removed(),
            running_since: record.last_run().filter(|_| record.is_in_progress()),
            waits_for: holder(record).unwrap_or(WaitsFor::Poll),
            past: record.past().map(|past| PastFacts::new(past, instant)),
        }
    }

    /// The answer. `nearest` finds the slots around an instant.
    fn reason(&self, nearest: impl Fn(&Slots, Timestamp) -> Nearest, random: &fastrand::Rng) -> Reason {
        if let Some(known) = &self.known {
            return known.clone();
        }
        let instant = self.instant;
        if let Some((why, at)) = self.removed.filter(|(_, at)| *at <= instant) {
            return Reason::Removed { why, at: at.datetime() };
        }
        if instant > self.now || self.next.is_some_and(|next| next <= instant) {
            return self.to_come(nearest(&self.slots, instant), random);
        }
        if let Some(past) = &self.past {
            if instant < past.added_at {
                return Reason::NotRegistered { added_at: past.added_at.datetime() };
            }
        }
        if let Some(since) = self.paused_at.filter(|since| *since <= instant) {
            return Reason::Paused { since: since.datetime(), until: None };
        }
        let slots = nearest(&self.slots, instant);
        self.in_the_past(slots)
    }

    /// The answer for an instant that is ahead, or whose slot is due.
    fn to_come(&self, nearest: Nearest, random: &fastrand::Rng) -> Reason {
        let (instant, next) = (self.instant, self.next);
        // A pause drops what was due before it, too.
        if let Some(since) = self.paused_at.filter(|since| *since <= instant || instant <= self.now) {
            return Reason::Paused { since: since.datetime(), until: None };
        }
        if next == Some(instant) && instant > self.now {
            return Reason::ToCome;
        }
        let until = self.slots.until();
        if until.is_some_and(|until| until < instant) || next.is_none() {
            return Reason::AfterEnd { until: until.filter(|until| *until < instant).map(Timestamp::datetime) };
        }
        if self.slots.are_drawn() && next.is_some_and(|next| next < instant) {
            return Reason::NotDrawn;
        }
        if nearest.is_slot != Some(true) && next != Some(instant) {
            let is_excluded = self.slots.is_closed(instant);
            if !is_excluded
                && nearest.after.is_none()
                && nearest.is_slot == Some(false)
                && next.is_some_and(|next| next < instant)
            {
                return Reason::AfterEnd { until: None };
            }
            return self.no_slot(nearest);
        }
        if instant <= self.now {
            return Reason::Waiting(self.waits_for.clone());
        }
        match self.slots.is_within_times(instant, random) {
            true => Reason::ToCome,
            false => Reason::AfterTimes,
        }
    }

    /// The answer for an instant whose slot is over, if it was one.
    fn in_the_past(&self, nearest: Nearest) -> Reason {
        let instant = self.instant;
        let running = |since: Timestamp| Reason::Running { since: since.datetime(), run: None };
        let is_slot = nearest.is_slot;
        let Some(past) = &self.past else {
            return match is_slot {
                // The slot's run, or that of one before it.
                Some(true) => self.running_since.filter(|since| *since >= instant).map(running),
                Some(false) => Some(self.no_slot(nearest)),
                None => None,
            }
            .unwrap_or(Reason::Unknown(Forgotten::NoHistory));
        };
        if instant < past.scheduled_at {
            return Reason::Unknown(Forgotten::OtherSchedule);
        }
        if let Some((from, to)) = past.pause {
            return Reason::Paused { since: from.datetime(), until: Some(to.datetime()) };
        }
        if is_slot != Some(true) {
            if let Some(running) = &self.running {
                return running.clone();
            }
            if let Some(since) = self.running_since.filter(|since| *since <= instant) {
                return running(since);
            }
        }
        if is_slot == Some(false) {
            return self.no_slot(nearest);
        }
        if past.forgotten.is_some_and(|forgotten| instant <= forgotten) {
            return Reason::Unknown(Forgotten::TooLongAgo);
        }
        if is_slot.is_none() {
            return self.no_slot(Nearest { is_slot, before: past.before, after: past.after.or(self.next) });
        }
        if let Some((from, to)) = past.dropped {
            return Reason::Paused { since: from.datetime(), until: Some(to.datetime()) };
        }
        if let Some(skip) = &past.covered {
            return skip.clone();
        }
        match &past.next_run {
            Some(run) => Reason::Coalesced(run.clone()),
            None => self
                .running_since
                .filter(|since| *since >= instant)
                .map(running)
                .unwrap_or(Reason::Unknown(Forgotten::Nothing)),
        }
    }

    fn no_slot(&self, nearest: Nearest) -> Reason {
        Reason::NoSlot {
            before: nearest.before.map(Timestamp::datetime),
            after: nearest.after.map(Timestamp::datetime),
            is_excluded: self.slots.is_closed(self.instant),
        }
    }
}

impl PastFacts {
    fn new(past: &Past, instant: Timestamp) -> Self {
        let started = |run: &&Run| run.started_at.map(Timestamp::from);
        let runs = past.runs.iter().filter(|run| started(run).is_some_and(|started| started >= instant));
        let next_run = runs.min_by_key(started).cloned();
        // Slots that were missed together and came too late are one skip, for the first of them.
        let begun = next_run.as_ref().and_then(|run| started(&run));
        let comes_first = |at: Timestamp| begun.is_none_or(|begun| at <= begun);
        // Each slot that overlaps is skipped on its own.
        let covers = |skip: &&PastSkip| {
            skip.why != Skip::Overlap && skip.slot < instant && instant < skip.at && comes_first(skip.at)
        };
        let covered = past.skips.iter().find(covers);
        let dropped = past.pauses.iter().copied().find(|(from, _)| *from > instant && comes_first(*from));
        let dropped = dropped.filter(|(from, _)| covered.is_none_or(|skip| *from < skip.at));
        let all = || past.runs.iter().map(|run| run.slot.into()).chain(past.skips.iter().map(|skip| skip.slot));
        PastFacts {
            added_at: past.added_at,
            scheduled_at: past.scheduled_at,
            forgotten: past.forgotten,
            pause: past.pauses.iter().copied().find(|(from, to)| *from <= instant && instant <= *to),
            next_run,
            dropped,
            covered: covered.map(|skip| Reason::Skipped { why: skip.why, at: skip.at.datetime() }),
            before: all().filter(|slot| *slot < instant).max(),
            after: all().filter(|slot| *slot > instant).min(),
        }
    }
}

/// Since when a job, or the whole scheduler, is paused.
fn paused_since(registry: &Registry, record: &Record) -> Option<Timestamp> {
    record.paused_at().into_iter().chain(registry.paused_at()).min()
}

/// What keeps a job from having another run.
fn holder(record: &Record) -> Option<WaitsFor> {
    let attempts = record.attempts();
    if let Some(WatchedRun { run, .. }) = attempts.and_then(|attempts| attempts.first()) {
        return Some(WaitsFor::Run { run: Some(run.id), since: Some(run.started_at.datetime()) });
    }
    let (running, waiting) = (record.runs_in_progress(), record.submitted().count() as u64);
    if let Some(stray) = attempts.and_then(|attempts| attempts.strays.first()) {
        if !record.is_in_progress() {
            return Some(WaitsFor::Body { run: stray.id, since: stray.started_at.datetime() });
        }
    }
    match record.submitted().next() {
        Some(first) if running <= waiting => Some(WaitsFor::Run { run: Some(first.id), since: None }),
        _ if running > 0 => Some(WaitsFor::Run { run: None, since: record.last_run().map(Timestamp::datetime) }),
        _ => None,
    }
}

/// What the registry knows of a slot: its run, its skip, or what it waits for.
fn known(registry: &Registry, place: Place, record: &Record, slot: Timestamp) -> Option<Reason> {
    let datetime = |instant: Timestamp| -> DateTime<Utc> { instant.datetime() };
    let run = record.past().and_then(|past| past.runs.iter().rev().find(|run| run.slot == datetime(slot)));
    if let Some(run) = run {
        return Some(Reason::Ran(run.clone()));
    }
    if let Some(skip) = record.past().and_then(|past| past.skips.iter().rev().find(|skip| skip.slot == slot)) {
        return Some(Reason::Skipped { why: skip.why, at: datetime(skip.at) });
    }
    let paused_at = paused_since(registry, record);
    let watched = record.attempts().and_then(|attempts| attempts.of_slot(slot));
    if let Some(watched) = watched {
        let is_waiting = !matches!(watched.phase, Phase::Running { .. } | Phase::Ending);
        let (run, attempt) = (watched.run.id, watched.run.attempt);
        let at = match watched.phase {
            Phase::Waiting { until } => Some(datetime(until)),
            _ => None,
        };
        return Some(match &watched.failure {
            Some(failure) if is_waiting => {
                let paused_since = paused_at.map(datetime);
                Reason::Retrying { run, attempt, at, failure: failure.clone(), paused_since }
            }
            _ => Reason::Running { since: datetime(watched.run.started_at), run: Some(run) },
        });
    }
    let paused = paused_at.map(|since| Reason::Paused { since: datetime(since), until: None });
    if let Some(submitted) = record.submitted().find(|run| run.slot == slot) {
        let is_in_hooks = submitted.started_at != Timestamp::NEVER || record.executor() == Executor::Caller;
        let waits_for = match is_in_hooks || record.is_async() {
            true => WaitsFor::Hooks,
            false => WaitsFor::Pool(record.pool().unwrap_or(DEFAULT_POOL).to_owned()),
        };
        return paused.or(Some(Reason::Waiting(waits_for)));
    }
    if record.backlog().is_some_and(|backlog| backlog.contains(slot)) {
        let is_first = record.ticket().is_some() && record.backlog().and_then(|backlog| backlog.first()) == Some(slot);
        let waits_for = holder(record).filter(|_| !is_first).unwrap_or(WaitsFor::Poll);
        return paused.or(Some(Reason::Waiting(waits_for)));
    }
    (registry.claimed(place) == Some(slot)).then(|| paused.unwrap_or(Reason::Waiting(WaitsFor::Poll)))
}
