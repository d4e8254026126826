//! What is probably not what was meant.

use std::collections::BTreeSet;

use punctual::{Dialect, Fields, Job, LintKind, Result, Schedule, Unit, Weekday};

use crate::support::{hours, noon, seconds, utc, Log, Stage};

/// The kinds and the messages of what is found on 10 January 2024.
fn lint(schedule: &Schedule) -> Vec<(LintKind, String)> {
    let findings = schedule.lint(utc("2024-01-10 12:00:00")).unwrap();
    findings.into_iter().map(|finding| (finding.kind, finding.message)).collect()
}

fn only(schedule: &Schedule) -> (LintKind, String) {
    let found = lint(schedule);
    assert_eq!(found.len(), 1, "{schedule}: {found:#?}");
    found[0].clone()
}

#[test]
fn usual_schedules_are_clean() {
    let expressions = [
        "30 9 * * MON-FRI",
        "*/15 * * * *",
        "0 */6 * * *",
        "0 0 1 * *",
        "0 0 L * *",
        "0 9-17 * * *",
        "* * * * *",
        "*/10 * * * * *",
        "0 0 1-31 * *",
        "0 0 13 * +5",
        "0 9 1 */3 *",
        "0 0 31 1,3,5 *",
        "@daily",
    ];
    for expression in expressions {
        let schedule = Schedule::cron(expression).unwrap();
        assert_eq!(lint(&schedule), [], "{expression}");
    }
    for schedule in [
        Schedule::every(45, Unit::Minute),
        Schedule::every(1, Unit::Month).and_then(|month| month.on_day(31)?.at("02:30")),
        Schedule::every(1, Unit::Month).and_then(|month| month.on_nth(4, Weekday::Fri)),
    ] {
        assert_eq!(lint(&schedule.unwrap()), []);
    }
}

#[test]
fn what_cannot_be_registered_is_a_finding() {
    let past = Schedule::every(1, Unit::Hour).unwrap().until("2024-01-09").unwrap();
    let (kind, message) = only(&past);
    assert_eq!(kind, LintKind::Never);
    assert!(message.contains("it is in the past"), "{message}");
}

#[test]
fn two_day_fields_are_said_to_mean_what_they_mean_in_their_dialect() {
    let (kind, message) = only(&Schedule::cron("0 0 13 * 5").unwrap());
    assert_eq!(kind, LintKind::BothDayFields);
    assert_eq!(
        message,
        "it runs on dates that match the day \"13\", and also on those that match the day of the week \"5\" \
         (write +5 if both have to match)"
    );
    for (dialect, expression) in [(Dialect::Celery, "0 0 13 * 5"), (Dialect::Vixie, "0 0 1 * */3")] {
        let found = lint(&Schedule::cron_in(dialect, expression).unwrap());
        assert!(found[0].1.starts_with("it runs only on dates that match both"), "{found:?}");
    }
    assert_eq!(lint(&Schedule::cron_in(Dialect::Quartz, "0 0 12 13 * ?").unwrap()), []);
}

#[test]
fn a_step_that_does_not_divide_its_field_is_named_with_its_values() {
    for (expression, expected) in [
        (
            "*/45 * * * *",
            "\"*/45\" is not every 45 minutes: it is minute 0 and 45 of each hour (write every 45 minutes)",
        ),
        (
            "*/7 * * * *",
            "\"*/7\" is not every 7 minutes: it is minute 0, 7, 14, … and 56 of each hour (write every 7 minutes)",
        ),
        (
            "0 */5 * * *",
            "\"*/5\" is not every 5 hours: it is hour 0, 5, 10, 15 and 20 of each day (write every 5 hours)",
        ),
        ("0 0 */2 * *", "\"*/2\" is not every 2 days: it counts from day 1 of each month again (write every 2 days)"),
        ("0 0 1 */5 *", "\"*/5\" is not every 5 months: it is month 1, 6 and 11 of each year (write every 5 months)"),
    ] {
        assert_eq!(only(&Schedule::cron(expression).unwrap()), (LintKind::UnevenStep, expected.to_owned()));
    }
    let fields = Schedule::cron(Fields::new().minute("*/40")).unwrap();
    assert_eq!(only(&fields).0, LintKind::UnevenStep);
}

#[test]
fn every_minute_of_a_limited_hour_is_crowded() {
    for (expression, expected) in [
        (
            "* 9 * * *",
            "\"*\" as the minute runs it 60 times in each hour that matches (write 0 9 * * * to run it once)",
        ),
        (
            "* */15 * * * *",
            "\"*\" as the second runs it 60 times in each minute that matches (write 0 */15 * * * * to run it once)",
        ),
        (
            "* 30 9 * * *",
            "\"*\" as the second runs it 60 times in each minute that matches (write 0 30 9 * * * to run it once)",
        ),
    ] {
        assert_eq!(only(&Schedule::cron(expression).unwrap()), (LintKind::Crowded, expected.to_owned()));
    }
}

#[test]
fn days_that_months_lack_are_named_with_their_months() {
    for (expression, expected) in [
        ("0 9 31 * *", "February, April, June, September and November have no day 31, and no run (write L for the last day of the month)"),
        ("0 9 30 * *", "February has no day 30, and no run (write L for the last day of the month)"),
        ("0 9 29 * *", "February has a day 29 in leap years only, and no run in others (write L for the last day of the month)"),
        ("0 9 29 2 *", "it runs in leap years only, every four years or eight (write L for the last day of the month)"),
        ("0 9 31W 4-6 *", "April and June have no day 31, and no run (write L for the last day of the month)"),
    ] {
        assert_eq!(only(&Schedule::cron(expression).unwrap()), (LintKind::MissingDays, expected.to_owned()));
    }
    let fifth = Schedule::every(1, Unit::Month).unwrap().on_nth(5, Weekday::Fri).unwrap();
    assert_eq!(only(&fifth).1, "months without a fifth Fri have no run (say the last one for a run in each month)");
    assert_eq!(only(&Schedule::cron("0 0 * * 5#5").unwrap()).0, LintKind::MissingDays);
}

#[cfg(feature = "tz")]
#[test]
fn times_that_a_change_of_the_clocks_skips_or_repeats_are_named_with_their_dates() {
    let berlin = |expression| Schedule::cron(expression).and_then(|schedule| schedule.tz("Europe/Berlin")).unwrap();
    let found = lint(&berlin("30 2 * * *"));
    let messages: Vec<&str> = found.iter().map(|(_, message)| message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "on 2024-03-31 there is no 02:30 in Europe/Berlin: it runs at 03:30 that day \
             (a time that is not between 02:00 and 03:00 has no such day)",
            "on 2024-10-27 clocks in Europe/Berlin show 02:30 twice: it runs at the first of them \
             (a time that is not between 02:00 and 03:00 has no such day)",
        ]
    );
    let found = lint(&berlin("*/30 2 * * *"));
    assert!(
        found[0].1.contains("it does not run at 02:00") && found[1].1.contains("it runs at 02:00 twice"),
        "{found:?}"
    );
    // Clocks change on Sundays; and a whole day is not limited to the hour.
    for clean in ["30 2 * * MON-FRI", "*/30 * * * *", "30 3 * * *", "30 1 * * *"] {
        assert_eq!(lint(&berlin(clean)), [], "{clean}");
    }
    let daily = Schedule::every(1, Unit::Day).unwrap().at("02:30").unwrap();
    assert_eq!(lint(&daily.clone().tz("Europe/Berlin").unwrap()).len(), 2);
    assert_eq!(lint(&daily.tz("Asia/Tokyo").unwrap()), []);
    let workdays = Schedule::every(1, Unit::Week).and_then(|week| week.on([Weekday::Mon, Weekday::Tue])?.at("02:30"));
    assert_eq!(lint(&workdays.unwrap().tz("Europe/Berlin").unwrap()), []);
}

#[test]
fn each_alternative_is_looked_at() {
    let or = Schedule::cron("30 9 * * *").unwrap().or(Schedule::cron("0 9 31 * *").unwrap()).unwrap();
    assert_eq!(only(&or).0, LintKind::MissingDays);
}

#[test]
fn jobs_at_the_same_instant_are_named_once() {
    let stage = noon();
    for name in ["a", "b", "c", "d", "e"] {
        stage.every().day().at("02:00").named(name).run(|| {}).unwrap();
    }
    stage.every().month().on_day(1).at("02:00").named("monthly").run(|| {}).unwrap();
    stage.every().minutes(5).named("frequent").run(|| {}).unwrap();
    stage.every().day().at("03:00").named("alone").run(|| {}).unwrap();
    let findings = stage.scheduler.lint();
    let found: Vec<String> = findings.iter().map(ToString::to_string).collect();
    let advice = "(give one of them another time, or a priority if the order matters)";
    assert_eq!(
        found,
        [
            format!("a: it is due at the same instant as \"b\", \"c\", \"d\" and 1 more, next on Thu 11 Jan 2024 02:00 {advice}"),
            format!("a: it is due at the same instant as \"b\", \"c\", \"d\" and 2 more, next on Thu 1 Feb 2024 02:00 {advice}"),
        ]
    );
}

#[test]
fn slots_closer_than_polls_are_named_with_both_distances() {
    let stage = noon();
    stage.every().millis(250).named("fast").run(|| {}).unwrap();
    stage.every().seconds(2).named("slow").run(|| {}).unwrap();
    let findings = stage.scheduler.lint_polled_every(seconds(1));
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].kind, findings[0].subject.as_str()), (LintKind::ShorterThanPoll, "fast"));
}

#[test]
fn each_rule_finds_its_case_and_leaves_the_case_beside_it_alone() {
    type Jobs = fn(&Stage) -> Result<Job>;
    let rules: [(LintKind, Jobs, Jobs); 8] = [
        (
            LintKind::Never,
            |s| {
                let job = s.every().hour().until("2024-01-10 13:30").run(|| {})?;
                job.pause();
                s.clock.advance(hours(1));
                Ok(job)
            },
            |s| {
                let job = s.every().hour().until("2024-01-10 14:30").run(|| {})?;
                job.pause();
                s.clock.advance(hours(1));
                Ok(job)
            },
        ),
        (
            LintKind::BothDayFields,
            |s| s.scheduler.cron("0 9 1,15 * MON").run(|| {}),
            |s| s.scheduler.cron("0 9 1,15 * +MON").run(|| {}),
        ),
        (
            LintKind::UnevenStep,
            |s| s.scheduler.cron("*/25 * * * *").run(|| {}),
            |s| s.scheduler.cron("*/20 * * * *").run(|| {}),
        ),
        (
            LintKind::Crowded,
            |s| s.scheduler.cron("* 9 * * MON-FRI").run(|| {}),
            |s| s.scheduler.cron("* * * * MON-FRI").run(|| {}),
        ),
        (
            LintKind::MissingDays,
            |s| s.scheduler.cron("0 9 29,30 * *").run(|| {}),
            |s| s.scheduler.cron("0 9 28 * *").run(|| {}),
        ),
        (LintKind::ClockChange, |s| clock_change(s, "02:00"), |s| clock_change(s, "03:00")),
        (LintKind::ShorterThanPoll, |s| s.every().seconds(4).run(|| {}), |s| s.every().seconds(5).run(|| {})),
        (
            LintKind::SameInstant,
            |s| {
                s.every().day().at("09:00").run(|| {})?;
                s.scheduler.cron("0 9 * * *").run(|| {})
            },
            |s| {
                s.every().day().at("09:00").run(|| {})?;
                s.scheduler.cron("1 9 * * *").run(|| {})
            },
        ),
    ];
    for (kind, suspicious, clean) in rules {
        if kind == LintKind::ClockChange && cfg!(not(feature = "tz")) {
            continue;
        }
        let found = |jobs: Jobs| {
            let stage = noon();
            jobs(&stage).unwrap();
            let findings = stage.scheduler.lint_polled_every(seconds(5));
            stage.assert_consistent();
            findings.into_iter().map(|finding| finding.kind).collect::<BTreeSet<_>>()
        };
        assert_eq!((found(suspicious), found(clean)), (BTreeSet::from([kind]), BTreeSet::new()), "{kind:?}");
    }
}

#[cfg(feature = "tz")]
fn clock_change(stage: &Stage, time: &str) -> Result<Job> {
    stage.every().day().at(time).tz("Europe/Berlin").run(|| {})
}

#[cfg(not(feature = "tz"))]
fn clock_change(stage: &Stage, time: &str) -> Result<Job> {
    stage.every().day().at(time).run(|| {})
}

#[test]
fn jobs_at_the_same_instant_whose_order_is_given_are_not_named() {
    let stage = noon();
    for (name, priority) in [("a", 0), ("b", 1), ("c", 2)] {
        stage.every().day().at("02:00").named(name).priority(priority).run(|| {}).unwrap();
    }
    assert_eq!(stage.scheduler.lint(), []);
    stage.every().day().at("02:00").named("d").priority(1).run(|| {}).unwrap();
    let findings = stage.scheduler.lint();
    assert_eq!(findings.len(), 1);
    assert!(findings[0].to_string().starts_with("b: it is due at the same instant as \"d\", next"), "{}", findings[0]);
}

#[test]
fn a_job_that_is_due_or_runs_for_the_last_time_is_not_said_to_never_come() {
    let stage = noon();
    stage.scheduler.once("2024-01-10 13:00").run(|| {}).unwrap();
    stage.clock.advance(hours(2));
    assert_eq!(stage.scheduler.lint(), []);
    let weak = stage.scheduler.downgrade();
    let log = Log::default();
    let lines = log.clone();
    stage
        .scheduler
        .once("2024-01-10 15:00")
        .run(move || lines.write(format!("{:?}", weak.upgrade().unwrap().lint())))
        .unwrap();
    stage.wait(hours(1));
    assert_eq!(log.take(), ["[]"]);
}

#[test]
fn asking_changes_nothing() {
    let stage = noon();
    let job = stage.every().minutes(5).to(10).run(|| {}).unwrap();
    stage.every().day().at("02:00").run(|| {}).unwrap();
    let upcoming = job.upcoming(20);
    assert_eq!(stage.scheduler.lint(), stage.scheduler.lint());
    assert_eq!((job.upcoming(20), job.run_count(), job.last_run()), (upcoming, 0, None));
    stage.assert_consistent();
}
