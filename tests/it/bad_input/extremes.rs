//! The ends of chrono's calendar: nothing panics there.

use std::{
    fmt::Display,
    sync::mpsc::{channel, RecvTimeoutError},
    thread,
    time::Duration,
};

use chrono::{DateTime, FixedOffset, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use punctual::{IntoZone, Scheduler, Weekday};

use crate::support::{days, hours, noon, seconds, utc, SchedulerSentence as Sentence, Stage};

/// Sentences with each unit and each option.
pub(super) const SENTENCES: &[(&str, Sentence)] = &[
    ("millis", |s| s.every().millis(1).run(|| {})),
    ("second", |s| s.every().second().run(|| {})),
    ("duration", |s| s.every().duration(Duration::from_nanos(1)).run(|| {})),
    ("minute", |s| s.every().minute().run(|| {})),
    ("minute at", |s| s.every().minute().at(":17").run(|| {})),
    ("minutes at", |s| s.every().minutes(7).at(":17").run(|| {})),
    ("hour", |s| s.every().hour().run(|| {})),
    ("hour at", |s| s.every().hour().at("30:15").at(":00").run(|| {})),
    ("hours at", |s| s.every().hours(5).at(":30").run(|| {})),
    ("day", |s| s.every().day().run(|| {})),
    ("day at", |s| s.every().day().at("00:00").at("23:59:59").run(|| {})),
    ("days at", |s| s.every().days(3).at("10:30").run(|| {})),
    ("week", |s| s.every().week().run(|| {})),
    ("weeks on", |s| s.every().weeks(2).on([Weekday::Mon, Weekday::Sun]).run(|| {})),
    ("weekday", |s| s.every().weekday().at("10:30").run(|| {})),
    ("month", |s| s.every().month().run(|| {})),
    ("on_day", |s| s.every().months(2).on_day(31).run(|| {})),
    ("on_last_day", |s| s.every().month().on_last_day().at("10:30").run(|| {})),
    ("on_nth", |s| s.every().month().on_nth(5, Weekday::Fri).run(|| {})),
    ("on_last", |s| s.every().month().on_last(Weekday::Fri).run(|| {})),
    ("year", |s| s.every().year().run(|| {})),
    ("on_date", |s| s.every().years(3).on_date(2, 29).at("10:30").run(|| {})),
    ("to", |s| s.every().seconds(1).to(5).run(|| {})),
    ("days to", |s| s.every().days(1).to(2).at("10:30").run(|| {})),
    ("between", |s| s.every().minutes(7).between("22:00", "02:00").run(|| {})),
    ("to between", |s| s.every().minutes(7).to(9).between("09:00", "09:30").run(|| {})),
    ("at between", |s| s.every().minute().at(":30").between("09:00", "09:30").run(|| {})),
    ("immediately", |s| s.every().day().at("10:30").immediately().run(|| {})),
    ("starting soon", |s| s.every().hour().starting(seconds(5)).run(|| {})),
    ("starting long ago", |s| s.every().hour().starting(DateTime::<Utc>::MIN_UTC).run(|| {})),
    ("at starting long ago", |s| s.every().hour().at(":30").starting(DateTime::<Utc>::MIN_UTC).run(|| {})),
    ("day starting long ago", |s| s.every().day().at("10:30").starting(NaiveDateTime::MIN).run(|| {})),
    ("starting far ahead", |s| s.every().hour().starting(DateTime::<Utc>::MAX_UTC).run(|| {})),
    ("day starting far ahead", |s| s.every().day().starting(NaiveDateTime::MAX).run(|| {})),
    ("starting at a time", |s| s.every().month().starting(NaiveTime::MIN).run(|| {})),
    ("until soon", |s| s.every().second().until(seconds(5)).run(|| {})),
    ("until far ahead", |s| s.every().second().until(DateTime::<Utc>::MAX_UTC).run(|| {})),
    ("until long ago", |s| s.every().second().until(TimeDelta::MIN).run(|| {})),
    ("after nothing", |s| s.after(Duration::ZERO).run(|| {})),
    ("after", |s| s.after(days(1)).run(|| {})),
    ("once now", |s| s.once(TimeDelta::zero()).run(|| {})),
    ("once long ago", |s| s.once(DateTime::<Utc>::MIN_UTC).run(|| {})),
    ("once far ahead", |s| s.once(DateTime::<Utc>::MAX_UTC).run(|| {})),
    ("once by the wall", |s| s.once(NaiveDateTime::MAX).run(|| {})),
];

pub(super) fn ends_of_the_calendar() -> Vec<DateTime<Utc>> {
    let (first, last) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
    let near = [TimeDelta::nanoseconds(1), TimeDelta::hours(1), TimeDelta::days(2), TimeDelta::days(800)];
    let mut all = vec![first, last];
    all.extend(near.iter().flat_map(|near| [first + *near, last - *near]));
    all.extend(["9999-12-31 23:59:59", "9999-12-30 23:59:59", "9998-12-31 00:00:00"].map(utc));
    all.extend([-1, 0, 1].map(|years| utc("0001-01-01 00:00:00") + TimeDelta::days(365 * years)));
    all
}

/// Registers the job, if it is accepted, and calls everything on it while the clock is advanced and set to extremes.
fn exercise(stage: &Stage, sentence: Sentence) {
    if let Ok(job) = sentence(&stage.scheduler) {
        let _shown = format!("{job} {job:?}");
        job.run_now();
        job.pause();
        job.resume();
    }
    let now = stage.clock.now();
    for step in [Duration::ZERO, seconds(1), days(1), days(400), days(40_000), Duration::MAX] {
        stage.wait(step);
        let _read = (stage.scheduler.idle(), stage.scheduler.next_run());
    }
    for wall in [now, DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC, now] {
        stage.clock.set(wall);
        stage.scheduler.run_pending();
        let _shown = format!("{:?} {:?}", stage.scheduler.idle(), stage.scheduler.jobs());
    }
    stage.scheduler.run_all_with_delay(Duration::MAX);
}

/// Runs `f` in its own thread. Returns what went wrong: a panic, or no end within a minute of real time.
fn failure_of(f: impl FnOnce() + Send + 'static) -> Option<&'static str> {
    const LIMIT: Duration = Duration::from_secs(60);
    let (done, is_done) = channel();
    thread::spawn(move || {
        f();
        done.send(())
    });
    match is_done.recv_timeout(LIMIT) {
        Ok(()) => None,
        Err(RecvTimeoutError::Disconnected) => Some("panicked"),
        Err(RecvTimeoutError::Timeout) => Some("does not terminate"),
    }
}

/// Exercises every sentence at both ends of the calendar and near them.
fn exercise_all_at_the_ends(zone: impl IntoZone + Copy + Display + Send + 'static) {
    let mut failures = Vec::new();
    'all: for now in ends_of_the_calendar() {
        for (name, sentence) in SENTENCES {
            let failure = failure_of(move || exercise(&Stage::new(now, zone), *sentence));
            failures.extend(failure.map(|what| format!("{name} at {now} in {zone} {what}")));
            if failure == Some("does not terminate") {
                break 'all;
            }
        }
    }
    assert!(failures.is_empty(), "{} cases:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn nothing_panics_at_the_ends_of_the_calendar() {
    exercise_all_at_the_ends(Utc);
}

#[test]
fn nothing_panics_at_the_ends_of_the_calendar_at_the_largest_offset() {
    exercise_all_at_the_ends(FixedOffset::east_opt(86_399).unwrap());
}

#[test]
fn nothing_panics_at_the_ends_of_the_calendar_at_the_smallest_offset() {
    exercise_all_at_the_ends(FixedOffset::west_opt(86_399).unwrap());
}

#[cfg(feature = "tz")]
#[test]
fn nothing_panics_at_the_ends_of_the_calendar_in_zones_with_transitions() {
    exercise_all_at_the_ends(chrono_tz::Europe::Berlin);
    exercise_all_at_the_ends(chrono_tz::Pacific::Apia);
}

#[test]
fn nothing_panics_when_the_clock_jumps_from_one_end_to_the_other() {
    for (name, sentence) in SENTENCES {
        let jump = || {
            let stage = noon();
            let _job = sentence(&stage.scheduler);
            for _ in 0..2 {
                stage.wait(Duration::from_millis(i64::MAX.unsigned_abs()));
                stage.clock.set(DateTime::<Utc>::MIN_UTC);
                stage.scheduler.run_pending();
            }
        };
        assert_eq!(failure_of(jump), None, "{name}");
    }
}

#[test]
fn the_next_run_is_exact_where_nanoseconds_do_not_fit_into_64_bits() {
    for year in [1600, 1677, 1678, 1969, 2262, 2263, 9998] {
        let stage = Stage::at(&format!("{year}-04-11 23:30:00"));
        let job = stage.every().hour().run(|| {}).unwrap();
        let answers = |scheduler: &Scheduler| (scheduler.next_run(), scheduler.idle());
        assert_eq!(answers(&stage.scheduler), (job.next_run(), Some(hours(1))), "{year}");
        stage.clock.advance(hours(1));
        assert_eq!(stage.scheduler.run_pending(), 1, "{year}");
        assert_eq!(answers(&stage.scheduler), (job.next_run(), Some(hours(1))), "{year}");
        job.pause();
        assert_eq!(answers(&stage.scheduler), (None, None), "{year}");
    }
}

#[test]
fn a_job_can_be_registered_on_the_first_day_of_the_calendar() {
    for zone in ["UTC", "-05:00", "+05:00"] {
        let stage = Stage::new(DateTime::<Utc>::MIN_UTC, zone);
        for job in
            [stage.every().month().run(|| {}), stage.every().years(500).run(|| {}), stage.every().day().run(|| {})]
        {
            assert!(job.unwrap().next_run() > Some(DateTime::<Utc>::MIN_UTC), "{zone}");
        }
    }
}

#[test]
fn a_leap_second_in_a_wall_time_is_the_start_of_the_next_second() {
    let leap = NaiveTime::from_hms_milli_opt(23, 59, 59, 1_500).unwrap();
    for (zone, expected) in [("UTC", "2024-01-11T00:00:00.500Z"), ("-05:00", "2024-01-11T05:00:00.500Z")] {
        let stage = noon();
        let when = noon().clock.now().date_naive().and_time(leap);
        let job = stage.scheduler.once(when).tz(zone).run(|| {}).unwrap();
        assert_eq!(job.next_run(), Some(expected.parse().unwrap()), "{zone}");
    }
}

#[test]
fn a_text_of_megabytes_is_not_quoted_whole() {
    let long = "é".repeat(5_000_000);
    let Stage { scheduler, .. } = noon();
    let refused = [
        scheduler.every().day().at(&long).run(|| {}),
        scheduler.every().day().at(format!("9:00:00:{long}")).run(|| {}),
        scheduler.every().day().between(&long, "9:00").run(|| {}),
        scheduler.every().day().until(&long).run(|| {}),
        scheduler.every().day().until(format!("2030-01-01 9:00{long}")).run(|| {}),
        scheduler.every().day().only_on(long.as_str()).run(|| {}),
        scheduler.every().day().only_in(long.as_str()).run(|| {}),
        scheduler.every().week().on(long.as_str()).run(|| {}),
        scheduler.every().day().tz(&long).run(|| {}),
        scheduler.every().day().tz(format!("+{long}")).run(|| {}),
        scheduler.cron(&long).run(|| {}),
        scheduler.schedule(&long).run(|| {}),
    ];
    for error in refused.map(Result::unwrap_err).map(|error| error.to_string()) {
        assert!(
            error.len() < 700 && error.contains("\"…"),
            "{} bytes: {}",
            error.len(),
            error.get(..200).unwrap_or("")
        );
    }
    assert!(scheduler.calendar(&long, "2030-01-01").unwrap_err().to_string().len() < 700);
    assert!(long.parse::<punctual::Dialect>().unwrap_err().to_string().len() < 700);
}
