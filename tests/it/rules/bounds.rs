//! The bounds of a job: a window, a number of runs, a deadline.

use chrono::{Datelike, FixedOffset, TimeDelta, Timelike, Utc};
use punctual::{EventKind, Job, Weekday};

use crate::support::{days, hours, minutes, next, noon, seconds, show, utc, Log, Sentence, Stage};

/// Logs the reason of each removal.
fn removals(stage: &Stage) -> Log {
    let log = Log::default();
    let writer = log.clone();
    stage.scheduler.on_event(move |event| {
        if let EventKind::Removed(why) = event.kind {
            writer.write(format!("{why:?}"));
        }
    });
    log
}

#[test]
fn a_job_runs_only_at_slots_inside_its_window() {
    let cases: &[(&str, Sentence, [&str; 3])] = &[
        (
            "2024-01-10 16:50:30",
            |e| e.minutes(20).between("09:00", "17:30").run(|| {}),
            ["2024-01-10 17:10:30", "2024-01-11 09:10:30", "2024-01-11 09:30:30"],
        ),
        (
            "2024-01-10 15:30:00",
            |e| e.hour().at(":00").between("09:00", "17:00").run(|| {}),
            ["2024-01-10 16:00:00", "2024-01-11 09:00:00", "2024-01-11 10:00:00"],
        ),
        (
            "2024-01-10 12:00:00",
            |e| e.hours(5).between("09:00", "17:00").run(|| {}),
            ["2024-01-11 13:00:00", "2024-01-12 09:00:00", "2024-01-12 14:00:00"],
        ),
        (
            "2024-01-10 12:00:00",
            |e| e.minutes(45).between("12:45", "13:00").run(|| {}),
            ["2024-01-10 12:45:00", "2024-01-11 12:45:00", "2024-01-12 12:45:00"],
        ),
        (
            "2024-01-10 12:00:00",
            |e| e.day().at("08:00").at("10:00").between("09:00", "17:00").run(|| {}),
            ["2024-01-11 10:00:00", "2024-01-12 10:00:00", "2024-01-13 10:00:00"],
        ),
        (
            "2024-01-12 16:30:00",
            |e| e.weekday().at("09:30").at("16:00").between("16:00", "17:00").run(|| {}),
            ["2024-01-15 16:00:00", "2024-01-16 16:00:00", "2024-01-17 16:00:00"],
        ),
        (
            "2024-01-10 08:59:59",
            |e| e.second().between("09:00", "09:00:02").run(|| {}),
            ["2024-01-10 09:00:00", "2024-01-10 09:00:01", "2024-01-11 09:00:00"],
        ),
    ];
    for (now, sentence, slots) in cases {
        let stage = Stage::at(now);
        let job = sentence(stage.every()).unwrap();
        assert_eq!(stage.run_slots_utc(&job, 3), slots, "{job}");
    }
}

#[test]
fn a_window_may_cross_midnight() {
    let stage = Stage::at("2024-01-10 20:30:00");
    let job = stage.every().minutes(90).between("22:00", "02:00").run(|| {}).unwrap();
    let slots = ["2024-01-10 22:00:00", "2024-01-10 23:30:00", "2024-01-11 01:00:00", "2024-01-11 22:00:00"];
    assert_eq!(stage.run_slots_utc(&job, 4), slots);

    let stage = Stage::at("2024-01-10 01:30:00");
    let job = stage.every().hour().at(":00").between("22:00", "02:00").run(|| {}).unwrap();
    assert_eq!(next(&job), "2024-01-10 22:00:00", "the window is half-open: 02:00 is outside");
}

#[test]
fn a_window_may_close_at_the_end_of_the_day() {
    let cases: [Sentence; 3] = [
        |e| e.minutes(45).between("22:00", "24:00").run(|| {}),
        |e| e.minutes(45).between("22:00", "24:00:00").run(|| {}),
        |e| e.minutes(45).between("22:00", "00:00").run(|| {}),
    ];
    for sentence in cases {
        let stage = Stage::at("2024-01-10 22:30:00");
        let job = sentence(stage.every()).unwrap();
        assert_eq!(job.schedule().to_string(), "every 45 minutes between 22:00 and 24:00");
        assert_eq!(stage.run_slots_utc(&job, 2), ["2024-01-10 23:15:00", "2024-01-11 22:30:00"]);
    }
}

#[test]
fn a_window_of_the_whole_day_is_always_open() {
    let stage = noon();
    let job = stage.every().hours(7).between("00:00", "24:00").run(|| {}).unwrap();
    assert_eq!(job.schedule().to_string(), "every 7 hours between 00:00 and 24:00");
    assert_eq!(stage.run_slots_utc(&job, 3), ["2024-01-10 19:00:00", "2024-01-11 02:00:00", "2024-01-11 09:00:00"]);
    assert_eq!(stage.wait(days(3)), 1, "no late run is outside");
}

#[test]
fn a_random_slot_outside_the_window_moves_to_the_next_opening() {
    for _ in 0..20 {
        let stage = Stage::at("2024-01-10 17:28:00");
        let job = stage.every().minutes(5).to(10).between("09:00", "17:30").run(|| {}).unwrap();
        assert_eq!(next(&job), "2024-01-11 09:00:00");
        let night = stage.every().hours(9).to(20).between("22:00", "02:00").run(|| {}).unwrap();
        assert_eq!(next(&night), "2024-01-11 22:00:00");
        assert_eq!(stage.wait_until(utc("2024-01-11 09:00:00")), 1);
        let ahead = job.next_run().unwrap() - stage.clock.now();
        assert!((TimeDelta::minutes(5)..=TimeDelta::minutes(10)).contains(&ahead), "{ahead}");
    }
}

#[test]
fn a_random_yearly_job_moved_into_the_next_month_by_its_window_stays_yearly() {
    let stage = noon();
    let job = stage.every().years(1).to(2).on_date(2, 29).at("01:30").between("01:15", "01:30").run(|| {}).unwrap();
    for _ in 0..20 {
        let before = job.next_run().unwrap();
        assert_eq!(before.format("%m-%d %H:%M").to_string(), "03-01 01:15");
        stage.clock.set(before);
        assert_eq!(stage.scheduler.run_pending(), 1);
        let years = job.next_run().unwrap().year() - before.year();
        assert!((1..=2).contains(&years), "{years} years after {before}");
    }
}

#[test]
fn an_immediate_random_job_counts_from_the_opening_of_its_window() {
    for _ in 0..20 {
        let stage = noon();
        let job = stage.every().minutes(5).to(9).between("13:00", "17:00").immediately().run(|| {}).unwrap();
        assert_eq!(stage.run_slots_utc(&job, 1), ["2024-01-10 13:00:00"]);
        let ahead = job.next_run().unwrap() - stage.clock.now();
        assert!((TimeDelta::minutes(5)..=TimeDelta::minutes(9)).contains(&ahead), "{ahead}");
    }
}

#[test]
fn a_random_job_never_runs_outside_its_window() {
    let stage = noon();
    let job = stage.every().minutes(50).to(250).between("21:15", "03:45").run(|| {}).unwrap();
    for slot in stage.run_slots(&job, 200) {
        let minute = slot.hour() * 60 + slot.minute();
        assert!(!(3 * 60 + 45..21 * 60 + 15).contains(&minute), "{slot}");
    }
}

#[test]
fn a_window_is_in_the_zone_of_its_job() {
    let stage = noon();
    let zone = FixedOffset::west_opt(5 * 3600).unwrap();
    let job = stage.every().hour().between("09:00", "10:00").tz(zone).run(|| {}).unwrap();
    assert_eq!(next(&job), "2024-01-10 14:00:00");
}

#[test]
fn times_counts_failed_and_manual_runs() {
    let stage = noon();
    let log = removals(&stage);
    let job = stage.every().minute().times(4).run(|| Err::<(), _>("disk full")).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert!(job.run_now());
    assert_eq!(stage.scheduler.run_all(), 1);
    assert!(job.is_scheduled());
    assert_eq!(stage.wait(minutes(1)), 1);
    assert!(!job.is_scheduled());
    assert_eq!(job.run_count(), 4);
    assert!(!job.run_now());
    assert_eq!(log.take(), ["Finished"]);
}

#[test]
fn times_counts_panics() {
    let stage = noon();
    let job = stage.every().minute().times(2).run(|| panic!("by design")).unwrap();
    assert_eq!((stage.wait(minutes(1)), stage.wait(minutes(1)), stage.wait(minutes(1))), (1, 1, 0));
    assert!(!job.is_scheduled());
}

#[test]
fn times_counts_a_late_poll_as_one_run() {
    let stage = noon();
    let job = stage.every().minute().times(2).run(|| {}).unwrap();
    assert_eq!(stage.wait(minutes(10)), 1);
    assert!(job.is_scheduled());
    assert_eq!(stage.wait(minutes(10)), 1);
    assert!(!job.is_scheduled());
}

#[test]
fn once_is_times_1() {
    let stage = noon();
    let job = stage.every().day().at("10:30").once().run(|| {}).unwrap();
    assert_eq!(stage.wait(days(1)), 1);
    assert!(!job.is_scheduled());
    assert_eq!(job.next_run(), None);
    assert_eq!(stage.wait(days(1)), 0);
}

#[test]
fn a_job_has_no_next_run_during_its_last_run() {
    let stage = noon();
    let log = Log::default();
    let (scheduler, writer) = (stage.scheduler.clone(), log.clone());
    let body = move || writer.write(format!("{:?}", scheduler.jobs()[0].next_run()));
    stage.every().minute().times(1).run(body).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(log.take(), ["None"]);
}

#[test]
fn until_is_inclusive() {
    let stage = noon();
    let log = removals(&stage);
    let job = stage.every().minute().until("12:03").run(|| {}).unwrap();
    let slots = ["2024-01-10 12:01:00", "2024-01-10 12:02:00", "2024-01-10 12:03:00"];
    assert_eq!(stage.run_slots_utc(&job, 3), slots);
    assert!(!job.is_scheduled());
    assert_eq!((job.next_run(), stage.wait(minutes(1))), (None, 0));
    assert_eq!(log.take(), ["Deadline"]);
}

#[test]
fn a_job_is_removed_once_its_next_slot_would_be_after_until() {
    let stage = noon();
    let job = stage.every().hours(2).until("15:59:59").run(|| {}).unwrap();
    assert_eq!(stage.wait(hours(2)), 1);
    assert!(!job.is_scheduled(), "the next slot would be 16:00");
}

#[test]
fn until_is_compared_with_the_slot_not_with_the_time_of_the_poll() {
    let stage = noon();
    let log = removals(&stage);
    let job = stage.every().minute().until("12:03").run(|| {}).unwrap();
    assert_eq!(stage.wait(minutes(10)), 1, "the slot 12:01 is before the deadline");
    assert!(!job.is_scheduled());
    assert_eq!(log.take(), ["Deadline"]);
}

#[test]
fn a_deadline_at_the_first_slot_allows_that_run() {
    let stage = noon();
    let job = stage.every().hour().until("13:00").run(|| {}).unwrap();
    assert_eq!(stage.wait(hours(1)), 1);
    assert!(!job.is_scheduled());

    let job = stage.every().hour().immediately().until(seconds(0)).run(|| {}).unwrap();
    assert_eq!(stage.scheduler.run_pending(), 1);
    assert!(!job.is_scheduled());
}

#[test]
fn a_deadline_also_bounds_a_single_run() {
    let stage = noon();
    let job = stage.scheduler.after(minutes(1)).until(minutes(1)).run(|| {}).unwrap();
    assert_eq!(stage.wait(minutes(5)), 1);
    assert!(!job.is_scheduled());
    let error = stage.scheduler.after(minutes(2)).until(minutes(1)).run(|| {}).unwrap_err();
    assert!(error.is_invalid());
}

#[test]
fn a_deadline_is_in_the_zone_of_its_job_whether_tz_comes_before_or_after_it() {
    let east = FixedOffset::east_opt(2 * 3600).unwrap();
    let cases: [Sentence; 3] = [
        |e| e.minute().until("14:01").tz("+02:00").run(|| {}),
        |e| e.minute().tz("+02:00").until("2024-01-10 14:01").run(|| {}),
        |e| e.minute().until(utc("2024-01-10 12:01:00")).tz("+02:00").run(|| {}),
    ];
    for sentence in cases {
        let stage = noon();
        let job = sentence(stage.every()).unwrap();
        assert_eq!(stage.wait(minutes(1)), 1);
        assert!(!job.is_scheduled(), "{job}");
    }
    let stage = noon();
    let until = utc("2024-01-10 12:01:00").with_timezone(&east);
    let job = stage.every().minute().until(until).run(|| {}).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert!(!job.is_scheduled());
}

#[test]
fn a_second_deadline_replaces_the_first() {
    let stage = noon();
    let job = stage.every().minute().until("12:01").until("12:02").run(|| {}).unwrap();
    assert_eq!(stage.run_slots_utc(&job, 2), ["2024-01-10 12:01:00", "2024-01-10 12:02:00"]);
    assert!(!job.is_scheduled());
}

#[test]
fn the_bound_that_is_reached_first_ends_the_job() {
    let stage = noon();
    let log = removals(&stage);
    stage.every().minute().times(2).until("12:05").run(|| {}).unwrap();
    stage.every().minute().times(5).until("12:03").run(|| {}).unwrap();
    let runs: Vec<usize> = (0..5).map(|_| stage.wait(minutes(1))).collect();
    assert_eq!(runs, [2, 2, 1, 0, 0]);
    assert_eq!(log.take(), ["Finished", "Deadline"]);
}

#[test]
fn a_returned_cancel_job_takes_precedence_over_a_bound_as_the_reason() {
    let stage = noon();
    let log = removals(&stage);
    stage.every().minute().times(1).run(|| punctual::CancelJob).unwrap();
    stage.every().minute().until("12:01").run(|| Some(punctual::CancelJob)).unwrap();
    assert_eq!(stage.wait(minutes(1)), 2);
    assert_eq!(log.take(), ["ReturnedCancelJob", "ReturnedCancelJob"]);
}

#[test]
fn a_window_a_start_a_deadline_and_times_can_be_combined() {
    let stage = noon();
    let job = stage
        .every()
        .hours(3)
        .starting("2024-01-11 08:00")
        .between("09:00", "18:00")
        .until("2024-01-12 12:00")
        .times(5)
        .run(|| {})
        .unwrap();
    let slots = ["2024-01-11 11:00", "2024-01-11 14:00", "2024-01-11 17:00", "2024-01-12 11:00"];
    assert_eq!(stage.run_slots_utc(&job, 4), slots.map(|slot| format!("{slot}:00")));
    assert!(!job.is_scheduled());
}

#[test]
fn a_window_and_times_keep_the_named_days() {
    let stage = noon();
    let job = stage
        .every()
        .weeks(2)
        .on([Weekday::Tue, Weekday::Sat])
        .at("08:30")
        .at("23:30")
        .between("22:00", "06:00")
        .times(3)
        .run(|| {})
        .unwrap();
    let slots: Vec<String> = stage.run_slots(&job, 3).into_iter().map(show).collect();
    assert_eq!(slots, ["2024-01-13 23:30:00", "2024-01-23 23:30:00", "2024-01-27 23:30:00"]);
}

/// Runs the job 60 times, and returns the time between each run and the next.
fn gaps(stage: &Stage, job: &Job) -> Vec<TimeDelta> {
    let runs: Vec<_> = (0..60)
        .map(|_| {
            let next = job.next_run().unwrap();
            stage.clock.set(next);
            assert_eq!(stage.scheduler.run_pending(), 1);
            next
        })
        .collect();
    runs.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[test]
fn a_random_job_keeps_to_its_range_when_its_window_moves_every_slot() {
    let cases: [(Sentence, TimeDelta, TimeDelta); 5] = [
        (|e| e.days(2).to(3).at("20:00").between("09:00", "17:00").run(|| {}), TimeDelta::days(2), TimeDelta::days(3)),
        (|e| e.days(1).to(2).at("08:00").between("09:00", "17:00").run(|| {}), TimeDelta::days(1), TimeDelta::days(2)),
        (
            |e| e.weeks(2).to(3).on(Weekday::Sun).at("20:00").between("09:00", "17:00").run(|| {}),
            TimeDelta::weeks(2),
            TimeDelta::weeks(3),
        ),
        (
            |e| e.months(2).to(3).on_last_day().at("20:00").between("09:00", "17:00").run(|| {}),
            TimeDelta::days(59),
            TimeDelta::days(92),
        ),
        (
            |e| e.hours(2).to(3).at(":30").between("09:00", "17:00").run(|| {}),
            TimeDelta::hours(2),
            TimeDelta::hours(24),
        ),
    ];
    for (sentence, least, most) in cases {
        let stage = Stage::new(utc("2024-01-10 20:00:00"), Utc);
        let job = sentence(stage.every()).unwrap();
        let gaps = gaps(&stage, &job);
        assert!(gaps.iter().all(|gap| (least..=most).contains(gap)), "{job}: {gaps:?}");
    }
}

#[test]
fn two_times_of_a_day_count_from_that_day_when_the_window_moves_one_to_the_next_day() {
    let stage = noon();
    let job = stage.every().days(2).to(3).at("08:00").at("20:00").between("09:00", "10:00").run(|| {}).unwrap();
    let gaps = gaps(&stage, &job);
    for days in 1..=2 {
        assert!(gaps.contains(&TimeDelta::days(days)), "by chance this fails once in 2^29 runs: {gaps:?}");
    }
    assert!(gaps.iter().all(|gap| (1..=2).contains(&gap.num_days())), "{gaps:?}");
}

#[test]
fn immediately_does_not_make_a_schedule_without_slots_valid() {
    let stage = noon();
    let job = stage.every().day().at("08:00").between("09:00", "17:00").immediately().run(|| {});
    assert!(job.unwrap_err().is_never());
    assert_eq!(stage.scheduler.jobs(), []);
}
