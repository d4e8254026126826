//! What is suspicious about a schedule that is valid.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use chrono::{DateTime, TimeZone, Utc};
use fastrand::Rng;

use super::{axis::Axis, clock_change, cron_lint};
use crate::{
    error::Result,
    id::JobId,
    job::{compile, Calendars, Slots},
    schedule::{Cadence, On, Schedule},
    scheduler::{Happening, Scheduler},
    text::Length,
    timestamp::{nanos_of, Timestamp},
    trigger::{DayOfMonth, Unit},
    zone::{IntoZone, Zone, DAY},
};

/// Something about a schedule that is probably not what was meant.
///
/// `Display` shows the job, or the schedule, and the message.
///
/// ```
/// use punctual::{chrono::{TimeZone, Utc}, LintKind, Schedule};
/// let noon = Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap();
/// let findings = Schedule::cron("*/45 * * * *")?.lint(noon)?;
/// assert_eq!((findings[0].kind, findings[0].job), (LintKind::UnevenStep, None));
/// assert_eq!(
///     findings[0].to_string(),
///     "cron */45 * * * *: \"*/45\" is not every 45 minutes: it is minute 0 and 45 of each hour \
///      (write every 45 minutes)",
/// );
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The job; `None` if a schedule was asked.
    pub job: Option<JobId>,
    /// The name of the job, or the text of the schedule.
    pub subject: String,
    /// What it is about.
    pub kind: LintKind,
    /// What happens, and what to write instead.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.message)
    }
}

/// What a [`Finding`] is about.
///
/// ```
/// use punctual::{chrono::Utc, LintKind, Schedule};
/// let kinds = |expression| -> punctual::Result<Vec<LintKind>> {
///     Ok(Schedule::cron(expression)?.lint(Utc::now())?.into_iter().map(|finding| finding.kind).collect())
/// };
/// assert_eq!(kinds("0 0 13 * 5")?, [LintKind::BothDayFields]);
/// assert_eq!(kinds("* 9 * * *")?, [LintKind::Crowded]);
/// assert_eq!(kinds("0 9 31 * *")?, [LintKind::MissingDays]);
/// assert_eq!(kinds("30 9 * * 1-5")?, []);
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LintKind {
    /// The schedule has no slot, or no more: it cannot be registered, or its job is paused and would end if it were
    /// resumed.
    Never,
    /// Both day fields of a cron expression are limited, which means "either" in some dialects and "both" in others.
    BothDayFields,
    /// A step of a cron expression does not divide its field, so the last step is shorter.
    UnevenStep,
    /// A cron expression runs at each second or minute of an hour that is limited.
    Crowded,
    /// Some months do not have the day, and so have no run.
    MissingDays,
    /// A change of the clocks skips or repeats a time of the schedule.
    ClockChange,
    /// Slots are closer to one another than polls.
    ShorterThanPoll,
    /// Several jobs of the same priority are due at the same instant. Jobs that count elapsed time, such as every 20
    /// minutes, are left out: they are due at the same instant as almost any job.
    SameInstant,
}

/// How far ahead jobs at the same instant are looked for: a month.
const AHEAD: i64 = 32 * DAY;

/// The most slots that are looked at for that.
const MOST_STEPS: usize = 50_000;

/// The number of slots whose distances are compared with that of polls.
const FEW: usize = 50;

impl Schedule {
    /// Returns what is suspicious about the schedule: see [`LintKind`]. `from` is when it would be registered, and its
    /// zone is used if the schedule names none. The list is empty if nothing is suspicious.
    ///
    /// # Errors
    ///
    /// If the zone of `from` cannot be used. A schedule that could not be registered is a finding.
    ///
    /// ```
    /// # #[cfg(feature = "tz")] {
    /// use punctual::{chrono::TimeZone, chrono_tz::Europe::Berlin, Schedule, Unit};
    /// let noon = Berlin.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap();
    /// let nightly = Schedule::every(1, Unit::Day)?.at("02:30")?;
    /// assert_eq!(
    ///     nightly.lint(noon)?[0].message,
    ///     "on 2024-03-31 there is no 02:30 in Europe/Berlin: it runs at 03:30 that day \
    ///      (a time that is not between 02:00 and 03:00 has no such day)",
    /// );
    /// assert!(Schedule::every(1, Unit::Day)?.at("05:30")?.lint(noon)?.is_empty());
    /// # }
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn lint<Tz: TimeZone + IntoZone>(&self, from: DateTime<Tz>) -> Result<Vec<Finding>> {
        let (zone, now) = (from.timezone().into_zone()?, Timestamp::from(from.with_timezone(&Utc)));
        // A calendar is known to a scheduler, and a seed to a job.
        let calendars = Calendars::default();
        let slots = if calendars.know_all_of(self) { slots(self, &calendars, Some(0), zone, now).err() } else { None };
        let never = slots.map(|error| (LintKind::Never, error.to_string()));
        let found = never.into_iter().chain(of_schedule(self, &calendars, zone, now));
        let finding = |(kind, message)| Finding { job: None, subject: self.to_string(), kind, message };
        Ok(found.map(finding).collect())
    }
}

/// Lint.
impl Scheduler {
    /// Returns what is suspicious about the schedules of all jobs, in the order of their registration, and then which
    /// jobs are due at the same instant within a month: see [`LintKind`]. The list is empty if nothing is suspicious.
    /// Nothing changes.
    ///
    /// [`lint_polled_every`](Scheduler::lint_polled_every) also compares slots with polls.
    ///
    /// ```
    /// use punctual::{chrono::{TimeZone, Utc}, LintKind, ManualClock, Scheduler};
    /// let noon = Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap();
    /// let scheduler = Scheduler::builder().clock(ManualClock::new(noon)).tz(Utc).build()?;
    /// scheduler.every().day().at("02:00").named("backup").run(|| {})?;
    /// scheduler.every().day().at("02:00").named("report").run(|| {})?;
    /// let findings = scheduler.lint();
    /// assert_eq!(findings[0].kind, LintKind::SameInstant);
    /// assert_eq!(
    ///     findings[0].to_string(),
    ///     "backup: it is due at the same instant as \"report\", next on Thu 11 Jan 2024 02:00 (give one of them \
    ///      another time, or a priority if the order matters)",
    /// );
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn lint(&self) -> Vec<Finding> {
        self.lint_with(None)
    }

    /// [`lint`](Scheduler::lint) for a scheduler that is polled at this interval: also returns the jobs whose slots are
    /// closer together than polls, so that several slots share one run. (Loops such as
    /// [`run_forever`](Scheduler::run_forever) sleep until the next slot instead.)
    ///
    /// ```
    /// use std::time::Duration;
    /// use punctual::{LintKind, Scheduler};
    /// let scheduler = Scheduler::new();
    /// scheduler.every().millis(250).named("sample").run(|| {})?;
    /// assert_eq!(scheduler.lint(), []);
    /// let findings = scheduler.lint_polled_every(Duration::from_secs(1));
    /// assert_eq!(findings[0].kind, LintKind::ShorterThanPoll);
    /// assert_eq!(
    ///     findings[0].message,
    ///     "its slots are 250ms apart, and polls 1s: one run serves several slots (poll more often, or use \
    ///      run_forever, which sleeps until the next slot)",
    /// );
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn lint_polled_every(&self, poll: Duration) -> Vec<Finding> {
        self.lint_with(Some(poll))
    }

    fn lint_with(&self, poll: Option<Duration>) -> Vec<Finding> {
        let (simulation, zone) = (self.simulation(), self.core().zone());
        let (registry, now) = (simulation.registry(), simulation.now());
        let mut findings = Vec::new();
        for record in registry.all().into_iter().filter_map(|place| registry.record(place)) {
            let (label, schedule) = (record.label(), record.timing().schedule());
            let mut found = of_schedule(&schedule, self.core().calendars(), zone, now);
            let slots = || slots(&schedule, self.core().calendars(), record.seed(), zone, now);
            // Any other job has a slot to come, or it would have left the registry.
            if record.is_paused() {
                found.extend(slots().err().map(|error| (LintKind::Never, error.to_string())));
            }
            if let (Some(poll), Ok(slots)) = (poll, slots()) {
                found.extend(too_close(slots, poll).map(|what| (LintKind::ShorterThanPoll, what)));
            }
            let finding =
                |(kind, message)| Finding { job: Some(label.id), subject: label.name().to_owned(), kind, message };
            findings.extend(found.into_iter().map(finding));
        }
        findings.extend(self.same_instant(zone));
        findings
    }

    /// The jobs that are due at the same instant, each named once.
    fn same_instant(&self, zone: Zone) -> Vec<Finding> {
        let mut simulation = self.simulation();
        // What runs through the day meets everything.
        simulation.retain(|record| !runs_through_the_day(&record.timing().schedule()));
        let registry = simulation.registry();
        let records = registry.all().into_iter().filter_map(|place| registry.record(place));
        let jobs: BTreeMap<JobId, (i32, String)> = records
            .map(|record| (record.label(), record.priority()))
            .map(|(label, priority)| (label.id, (priority, label.name().to_owned())))
            .collect();
        let priority = |job: &JobId| jobs.get(job).map_or(0, |(priority, _)| *priority);
        let name = |job: &JobId| jobs.get(job).map_or("", |(_, name)| name);
        let (now, end) = (simulation.now(), simulation.now().later(AHEAD));
        let axis = Axis { from: now, to: end, zone };
        let (mut findings, mut named, mut due): (Vec<Finding>, BTreeSet<JobId>, Vec<JobId>) = Default::default();
        let mut at = now;
        let mut settle = |due: &mut Vec<JobId>, at: Timestamp| {
            due.sort_unstable_by_key(|job| (priority(job), *job));
            due.dedup();
            for due in due.chunk_by(|one, other| priority(one) == priority(other)) {
                let [first, others @ ..] = due else { continue };
                if others.is_empty() || due.iter().all(|job| named.contains(job)) {
                    continue;
                }
                named.extend(due);
                let few: Vec<String> = others.iter().take(3).map(|job| format!("{:?}", name(job))).collect();
                let more = others.len().saturating_sub(3);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                let message = format!(
                    "it is due at the same instant as {}{more}, next on {} (give one of them another time, or a \
                     priority if the order matters)",
                    few.join(", "),
                    axis.show(at),
                );
                let (job, subject) = (Some(*first), name(first).to_owned());
                findings.push(Finding { job, subject, kind: LintKind::SameInstant, message });
            }
            due.clear();
        };
        for _ in 0..MOST_STEPS {
            let Some(step) = simulation.next(end) else { break };
            if let Happening::Run(slot) = step.what {
                // What is overdue runs together, but was not due together.
                if slot != step.at {
                    continue;
                }
                if step.at != at {
                    settle(&mut due, at);
                    at = step.at;
                }
                due.push(step.job);
            }
        }
        settle(&mut due, at);
        findings
    }
}

/// What is suspicious about a schedule and all that is part of it.
fn of_schedule(schedule: &Schedule, calendars: &Calendars, zone: Zone, now: Timestamp) -> Vec<(LintKind, String)> {
    let options = schedule.options.as_deref();
    let zone = options.and_then(|options| options.zone).unwrap_or(zone);
    let mut found = Vec::new();
    let parts = match &schedule.cadence {
        Cadence::Cron(cron) => {
            found.extend(cron_lint::findings(cron));
            &[][..]
        }
        Cadence::Every { on: On::Day(DayOfMonth::Nth(5, weekday)), .. } => {
            let why = "(say the last one for a run in each month)";
            found.push((LintKind::MissingDays, format!("months without a fifth {weekday} have no run {why}")));
            &[]
        }
        Cadence::All(parts) => parts,
        _ => &[],
    };
    found.extend(clock_change::findings(&without_bounds(schedule), calendars, zone, now));
    let others = options.map_or(&[][..], |options| &options.or);
    for part in parts.iter().chain(others) {
        found.extend(of_schedule(part, calendars, zone, now));
    }
    found.dedup();
    found
}

/// The schedule without its alternatives, and without what says where its slots begin and end.
fn without_bounds(schedule: &Schedule) -> Schedule {
    let mut schedule = schedule.clone();
    if let Some(options) = &mut schedule.options {
        options.or.clear();
        (options.starting, options.until, options.times, options.immediately) = (None, None, None, false);
    }
    schedule
}

fn slots(schedule: &Schedule, calendars: &Calendars, seed: Option<u64>, zone: Zone, now: Timestamp) -> Result<Slots> {
    let compiled = compile(schedule.clone(), calendars, now, zone, seed, &mut |low, _| low)?;
    Ok(Slots::of(compiled, now))
}

/// What happens if slots are closer to one another than polls.
fn too_close(mut slots: Slots, poll: Duration) -> Option<String> {
    let mut random = Rng::with_seed(0);
    let slots: Vec<Timestamp> = std::iter::from_fn(|| slots.next(&mut random)).take(FEW).collect();
    let least = slots.windows(2).map(|pair| nanos_of(pair[1] - pair[0])).min()?;
    let least = Duration::from_nanos(u64::try_from(least).unwrap_or(u64::MAX));
    (least < poll).then(|| {
        format!(
            "its slots are {} apart, and polls {}: one run serves several slots (poll more often, or use run_forever, \
             which sleeps until the next slot)",
            Length::exact(least),
            Length::exact(poll)
        )
    })
}

/// Whether one of the alternatives counts elapsed time.
fn runs_through_the_day(schedule: &Schedule) -> bool {
    let options = schedule.options.as_deref();
    let others = options.map_or(&[][..], |options| &options.or);
    let is_elapsed = |schedule: &Schedule| match schedule.cadence {
        Cadence::Every { unit: Unit::Day | Unit::Week | Unit::Month | Unit::Year, .. } => false,
        Cadence::Every { .. } => schedule.options.as_deref().is_none_or(|options| options.at.is_empty()),
        _ => false,
    };
    std::iter::once(schedule).chain(others).any(is_elapsed)
}
