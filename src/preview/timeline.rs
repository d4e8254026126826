//! What a scheduler will do in a span of time.

use std::{fmt, ops::Range, sync::Arc};

use chrono::{DateTime, TimeZone, Utc};

use super::axis::Axis;
use crate::{
    event::{Removal, Skip},
    id::JobId,
    scheduler::{Happening, Scheduler, Simulation},
    timestamp::Timestamp,
    zone::Zone,
};

/// What a scheduler does in a span of time, if it is polled in time: [`Scheduler::timeline`] returns it.
///
/// `Display` draws it with characters, 100 columns wide, as [`to_text`](Timeline::to_text) does for any width;
/// [`to_svg`](Timeline::to_svg) draws a picture.
///
/// ```
/// use punctual::{chrono::{DateTime, TimeDelta, Utc}, Decision, ManualClock, Scheduler};
/// let start = DateTime::UNIX_EPOCH;
/// let scheduler = Scheduler::builder().clock(ManualClock::new(start)).tz(Utc).build()?;
/// scheduler.every().hour().named("poll").run(|| {})?;
/// scheduler.every().day().at("12:00").named("lunch").run(|| {})?;
///
/// let timeline = scheduler.timeline(start..start + TimeDelta::days(1));
/// let names: Vec<_> = timeline.lanes().iter().map(|lane| lane.name.as_ref()).collect();
/// assert_eq!(names, ["poll", "lunch"]);
/// let lunch: Vec<_> = timeline.entries().iter().filter(|entry| *entry.name == *"lunch").collect();
/// assert_eq!((lunch.len(), lunch[0].at, lunch[0].decision), (1, start + TimeDelta::hours(12), Decision::Run));
/// assert!(timeline.to_string().contains("lunch"));
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    from: Timestamp,
    to: Timestamp,
    zone: Zone,
    lanes: Vec<TimelineLane>,
    entries: Vec<TimelineEntry>,
    stopped_at: Option<Timestamp>,
}

/// One thing that happens to a job on a [`Timeline`].
///
/// ```
/// use punctual::{chrono::{DateTime, TimeDelta}, Decision, ManualClock, Scheduler};
/// let (scheduler, now) = (Scheduler::with_clock(ManualClock::new(DateTime::UNIX_EPOCH)), DateTime::UNIX_EPOCH);
/// let job = scheduler.every().minutes(20).named("poll").run(|| {})?;
/// let timeline = scheduler.timeline(now..now + TimeDelta::hours(1));
/// let first = &timeline.entries()[0];
/// assert_eq!((first.at, first.slot), (now + TimeDelta::minutes(20), Some(now + TimeDelta::minutes(20))));
/// assert_eq!((first.job, &*first.name, first.decision), (job.id(), "poll", Decision::Run));
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TimelineEntry {
    /// When it happens.
    pub at: DateTime<Utc>,
    /// The slot; `None` if the job ends.
    pub slot: Option<DateTime<Utc>>,
    /// The job.
    pub job: JobId,
    /// The job's name.
    pub name: Arc<str>,
    /// What happens.
    pub decision: Decision,
}

/// What happens to a slot, or to a job.
///
/// ```
/// use punctual::{Decision, Skip};
/// assert_eq!(Decision::Run.to_string(), "run");
/// let skipped = Decision::Skipped(Skip::Window);
/// assert_eq!(skipped.to_string(), "skipped: the window was closed when the run would have started");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Decision {
    /// The body runs.
    Run,
    /// The slot was missed: it has no run of its own, because an earlier slot was overdue, and its late run serves
    /// both.
    Coalesced,
    /// The slot is skipped.
    Skipped(Skip),
    /// The job ends: it has no more slots.
    Ended(Removal),
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Decision::Run => f.write_str("run"),
            Decision::Coalesced => f.write_str("coalesced with the overdue slot before it"),
            Decision::Skipped(why) => write!(f, "skipped: {why}"),
            Decision::Ended(why) => write!(f, "ended: {why}"),
        }
    }
}

/// A job on a [`Timeline`].
///
/// ```
/// use punctual::{chrono::{DateTime, TimeDelta, Utc}, ManualClock, Scheduler};
/// let clock = ManualClock::new(DateTime::UNIX_EPOCH);
/// let scheduler = Scheduler::builder().clock(clock).tz(Utc).build()?;
/// scheduler.every().hour().between("09:00", "17:00").named("poll").run(|| {})?;
/// let timeline = scheduler.timeline(DateTime::UNIX_EPOCH..DateTime::UNIX_EPOCH + TimeDelta::days(1));
/// let lane = &timeline.lanes()[0];
/// assert_eq!((lane.name.as_ref(), lane.schedule.as_str()), ("poll", "every hour between 09:00 and 17:00"));
/// assert_eq!(lane.closed.len(), 2, "from 00:00 to 09:00, and from 17:00");
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TimelineLane {
    /// The job.
    pub job: JobId,
    /// The job's name.
    pub name: Arc<str>,
    /// The text of its schedule.
    pub schedule: String,
    /// Whether the job is paused, and so has no entries.
    pub is_paused: bool,
    /// The parts of the span in which the schedule allows no slot, in order. Empty for a span of more than 400 days.
    pub closed: Vec<Range<DateTime<Utc>>>,
}

impl Timeline {
    /// The most entries that a timeline has.
    const MOST_ENTRIES: usize = 1_000_000;

    /// The most slots that are looked at, up to the end of the span.
    const MOST_STEPS: usize = 5_000_000;

    fn of(mut simulation: Simulation, from: Timestamp, to: Timestamp, zone: Zone) -> Self {
        let lanes = lanes(&simulation, from, to, zone);
        let (mut entries, mut steps, mut stopped_at) = (Vec::new(), 0, None);
        while let Some(step) = simulation.next(to) {
            steps += 1;
            if entries.len() == Self::MOST_ENTRIES || steps > Self::MOST_STEPS {
                stopped_at = Some(step.at.max(from));
                break;
            }
            let Ok(lane) = lanes.binary_search_by_key(&step.job, |lane| lane.job) else { continue };
            // What was missed before now may lie anywhere.
            if step.at < from || step.at >= to {
                continue;
            }
            let (slot, decision) = match step.what {
                Happening::Run(slot) => (Some(slot), Decision::Run),
                Happening::Coalesced => (Some(step.at), Decision::Coalesced),
                Happening::Skipped(slot, why) => (Some(slot), Decision::Skipped(why)),
                Happening::Removed(why) => (None, Decision::Ended(why)),
            };
            let (at, slot) = (step.at.datetime(), slot.map(Timestamp::datetime));
            entries.push(TimelineEntry { at, slot, job: step.job, name: Arc::clone(&lanes[lane].name), decision });
        }
        Timeline { from, to: to.max(from), zone, lanes, entries, stopped_at }
    }

    /// What happens, in order. Things that happen at the same instant are in the order in which the scheduler does
    /// them: by priority, then by registration.
    ///
    /// ```
    /// use punctual::{chrono::{DateTime, TimeDelta}, ManualClock, Scheduler};
    /// let start = DateTime::UNIX_EPOCH;
    /// let scheduler = Scheduler::with_clock(ManualClock::new(start));
    /// scheduler.every().minutes(20).run(|| {})?;
    /// let timeline = scheduler.timeline(start..start + TimeDelta::hours(1));
    /// let minutes: Vec<_> = timeline.entries().iter().map(|entry| (entry.at - start).num_minutes()).collect();
    /// assert_eq!(minutes, [20, 40], "the end does not belong to the span");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn entries(&self) -> &[TimelineEntry] {
        &self.entries
    }

    /// The jobs, in the order of their registration, including those without entries.
    ///
    /// ```
    /// use punctual::{chrono::{DateTime, TimeDelta}, ManualClock, Scheduler};
    /// let start = DateTime::UNIX_EPOCH;
    /// let scheduler = Scheduler::with_clock(ManualClock::new(start));
    /// let job = scheduler.every().day().named("report").run(|| {})?;
    /// job.pause();
    /// let timeline = scheduler.timeline(start..start + TimeDelta::days(7));
    /// let lane = &timeline.lanes()[0];
    /// assert_eq!((lane.job, lane.is_paused, timeline.entries().len()), (job.id(), true, 0));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn lanes(&self) -> &[TimelineLane] {
        &self.lanes
    }

    /// The span of time.
    ///
    /// ```
    /// use punctual::{chrono::{DateTime, TimeDelta}, Scheduler};
    /// let span = DateTime::UNIX_EPOCH..DateTime::UNIX_EPOCH + TimeDelta::days(1);
    /// assert_eq!(Scheduler::new().timeline(span.clone()).span(), span);
    /// ```
    pub fn span(&self) -> Range<DateTime<Utc>> {
        self.from.datetime()..self.to.datetime()
    }

    /// Where the timeline stops before the end of its span, because there would be too many entries; `None` if it is
    /// complete.
    ///
    /// ```
    /// use punctual::{chrono::{DateTime, TimeDelta}, ManualClock, Scheduler};
    /// let now = DateTime::UNIX_EPOCH;
    /// let scheduler = Scheduler::with_clock(ManualClock::new(now));
    /// scheduler.every().millis(1).run(|| {})?;
    /// let timeline = scheduler.timeline(now..now + TimeDelta::days(365));
    /// assert_eq!(timeline.entries().len(), 1_000_000);
    /// assert_eq!(timeline.stopped_at(), Some(now + TimeDelta::milliseconds(1_000_001)));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn stopped_at(&self) -> Option<DateTime<Utc>> {
        self.stopped_at.map(Timestamp::datetime)
    }

    /// The entries of each lane.
    pub(super) fn by_lane(&self) -> Vec<Vec<&TimelineEntry>> {
        let mut by_lane = vec![Vec::new(); self.lanes.len()];
        for entry in &self.entries {
            if let Ok(lane) = self.lanes.binary_search_by_key(&entry.job, |lane| lane.job) {
                by_lane[lane].push(entry);
            }
        }
        by_lane
    }

    /// The time axis of the span, in the zone of the scheduler.
    pub(super) fn axis(&self) -> Axis {
        self.zone.glance();
        Axis { from: self.from, to: self.to, zone: self.zone }
    }
}

fn lanes(simulation: &Simulation, from: Timestamp, to: Timestamp, zone: Zone) -> Vec<TimelineLane> {
    let registry = simulation.registry();
    let lane = |place| {
        let record = registry.record(place)?;
        let info = record.snapshot(None, zone);
        let closed = record.timing().closed(from, to).into_iter();
        Some(TimelineLane {
            job: info.id,
            name: info.name.into(),
            schedule: info.schedule.to_string(),
            is_paused: info.is_paused,
            closed: closed.map(|(from, to)| from.datetime()..to.datetime()).collect(),
        })
    };
    registry.all().into_iter().filter_map(lane).collect()
}

/// Preview.
impl Scheduler {
    /// Returns what happens to all jobs in a span of time, in order, if the scheduler is polled in time: what runs,
    /// what is coalesced, what is skipped and why, and which jobs end.
    ///
    /// It is computed by the code that runs jobs, on a copy: there is a pass at the instant of each slot, bodies
    /// succeed and take no time, and runs in progress have ended. The scheduler does not change: random lengths are
    /// drawn from a copy of the random source, so the next runs are those of the timeline, as long as no other length
    /// is drawn meanwhile.
    ///
    /// A slot that is overdue now runs now, and the slots in between are [`Coalesced`](Decision::Coalesced); at most
    /// 1,000 of these are listed for each job. Nothing else is listed before now: the past is not kept. A paused job
    /// does nothing, and nothing happens while the scheduler is [paused](Scheduler::pause).
    ///
    /// There are at most 1,000,000 entries, and at most 5,000,000 slots between now and the end are looked at: see
    /// [`stopped_at`](Timeline::stopped_at).
    ///
    /// ```
    /// use punctual::chrono::{TimeDelta, TimeZone, Utc};
    /// use punctual::{ManualClock, Scheduler};
    ///
    /// let noon = Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap();
    /// let scheduler = Scheduler::builder().clock(ManualClock::new(noon)).tz(Utc).build()?;
    /// scheduler.every().hour().times(2).named("poll").run(|| {})?;
    /// scheduler.every().day().at("13:00").named("lunch").priority(-1).run(|| {})?;
    ///
    /// let timeline = scheduler.timeline(noon..noon + TimeDelta::hours(6));
    /// let lines = timeline.entries().iter().map(|e| format!("{} {} {}", e.at.format("%R"), e.name, e.decision));
    /// assert_eq!(
    ///     lines.collect::<Vec<_>>(),
    ///     ["13:00 lunch run", "13:00 poll run", "14:00 poll run", "14:00 poll ended: finished"],
    /// );
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn timeline<Tz: TimeZone>(&self, span: Range<DateTime<Tz>>) -> Timeline {
        let [from, to] = [&span.start, &span.end].map(|end| Timestamp::from(end.with_timezone(&Utc)));
        Timeline::of(self.simulation(), from, to, self.core().zone())
    }

    /// A copy of the registry, to see what would happen. Nothing but the copy is made under the lock.
    pub(super) fn simulation(&self) -> Simulation {
        let state = self.core().enter_for_slots();
        state.registry.simulation(state.timekeeper.now())
    }
}
