//! The wall clock is set back and forth: elapsed time is never faster than the monotonic clock because of it.

use chrono::{DateTime, TimeDelta, Utc};

use crate::support::{hours, minutes, next, noon, seconds, Sentence, Stage};

fn set(stage: &Stage, by: TimeDelta) {
    stage.clock.set(stage.clock.now() + by);
    stage.scheduler.run_pending();
}

/// Lets an amount of minutes pass; the wall clock is `fast` and `slow` by turns, a minute each. It is set in steps.
fn wobble(stage: &Stage, minutes: usize, fast: TimeDelta, slow: TimeDelta) {
    let mut is_at = TimeDelta::zero();
    for minute in 0..minutes {
        let to = if minute % 2 == 0 { fast } else { -slow };
        for part in [5, 3, 2] {
            set(stage, (to - is_at) / part);
            is_at += (to - is_at) / part;
        }
        set(stage, to - is_at);
        is_at = to;
        for _ in 0..2 {
            stage.wait(seconds(30));
        }
    }
    set(stage, -is_at);
}

#[test]
fn a_clock_that_wobbles_adds_no_runs() {
    let sentences: &[(Sentence, u64)] = &[
        (|e| e.hour().run(|| {}), 9),
        (|e| e.minutes(20).run(|| {}), 29),
        (|e| e.hours(2).run(|| {}), 4),
        (|e| e.hour().at(":30").run(|| {}), 10),
        (|e| e.hours(2).at(":30").run(|| {}), 4),
        (|e| e.minutes(10).at(":15").run(|| {}), 59),
        (|e| e.minutes(20).between("12:10", "20:10").run(|| {}), 24),
        (|e| e.minutes(20).to(30).run(|| {}), 29),
        (|e| e.day().at("15:30").run(|| {}), 1),
        (|e| e.minutes(20).until(hours(3)).run(|| {}), 9),
    ];
    for (sentence, most) in sentences {
        let half = TimeDelta::seconds(30);
        // The first time that the clock is fast this counts as time passed, which must not be enough for another run.
        for (fast, slow) in [(half, half), (half / 20, half / 20), (TimeDelta::zero(), half * 40)] {
            let stage = noon();
            let job = sentence(stage.every()).unwrap();
            wobble(&stage, 595, fast, slow);
            let least = if job.schedule().to_string().contains(" to ") { 19 } else { *most };
            assert!((least..=*most).contains(&job.run_count()), "{job}, slow by {slow}: {} runs", job.run_count());
        }
    }
}

/// A loop that wakes when a slot is owed may find the clock a few seconds before the reading.
#[test]
fn a_reading_that_the_clock_does_not_show_yet_is_waited_for() {
    let sentences: [(Sentence, &str); 3] = [
        (|e| e.hours(2).at(":30").run(|| {}), "2024-01-10 14:30:00"),
        (|e| e.hour().at(":30").run(|| {}), "2024-01-10 12:30:00"),
        (|e| e.hour().at(":30").between("10:30", "18:00").run(|| {}), "2024-01-10 12:30:00"),
    ];
    for (sentence, reading) in sentences {
        let stage = noon();
        let job = sentence(stage.every()).unwrap();
        assert_eq!(next(&job), reading);
        let owed: DateTime<Utc> = job.next_run().unwrap();
        stage.clock.set(owed - TimeDelta::seconds(20));
        stage.scheduler.run_pending();
        stage.clock.set(stage.clock.now() - TimeDelta::seconds(3));
        stage.wait(seconds(20));
        assert_eq!(job.run_count(), 0, "{job}: it is owed, and the clock does not show it yet");
        stage.wait(seconds(3));
        assert_eq!(job.run_count(), 1, "{job}");
        stage.wait(seconds(60));
        assert_eq!(job.run_count(), 1, "{job}");
    }
}

/// Every few minutes from 9 to 12, in the evening: the run is put off until tomorrow, at 9.
#[test]
fn a_random_length_that_a_window_puts_off_is_not_put_off_again_by_a_set_back_that_is_undone() {
    let sentences: [Sentence; 2] = [
        |e| e.minutes(5).to(10).between("09:00", "12:00").run(|| {}),
        |e| e.hour().at(":30").to(2).between("09:00", "12:00").run(|| {}),
    ];
    for sentence in sentences {
        for by in [TimeDelta::hours(4), TimeDelta::hours(1), TimeDelta::seconds(30)] {
            let stage = noon();
            stage.set_clock("2024-01-10 18:00:00");
            let job = sentence(stage.every()).unwrap();
            assert_eq!(next(&job), "2024-01-11 09:00:00", "{job}");
            for _ in 0..3 {
                set(&stage, -by);
                set(&stage, by);
                assert_eq!(next(&job), "2024-01-11 09:00:00", "{job} after {by}");
            }
        }
    }
}

#[test]
fn a_length_is_as_long_as_the_monotonic_clock_says_while_the_wall_clock_wobbles() {
    let stage = noon();
    set(&stage, TimeDelta::seconds(-30));
    let job = stage.scheduler.after(seconds(3600)).run(|| {}).unwrap();
    for minute in 1..60 {
        let by = if minute % 2 == 0 { -60 } else { 60 };
        assert_eq!(stage.wait(minutes(1)), 0, "{job} in minute {minute}");
        set(&stage, TimeDelta::seconds(by));
        assert_eq!(job.run_count(), 0, "{job} in minute {minute}");
    }
    assert_eq!(stage.wait(seconds(29)), 0);
    assert_eq!(stage.wait(seconds(31)), 1, "{job} is a registration at a clock that was 30 seconds slow");
}

#[test]
fn a_set_forward_that_undoes_a_set_back_is_no_time_passed() {
    let sentences: &[Sentence] = &[
        |e| e.minutes(10).run(|| {}),
        |e| e.seconds(600).run(|| {}),
        |e| e.minutes(10).starting(seconds(600)).run(|| {}),
        |e| e.minutes(10).until(hours(3)).run(|| {}),
        |e| e.minutes(10).between("00:00", "23:59").run(|| {}),
        |e| e.minutes(10).times(7).run(|| {}),
    ];
    for sentence in sentences {
        let stage = noon();
        let job = sentence(stage.every()).unwrap();
        stage.wait(minutes(4));
        set(&stage, TimeDelta::hours(-1));
        assert_eq!(next(&job), "2024-01-10 11:10:00", "{job}");
        stage.wait(minutes(2));
        set(&stage, TimeDelta::hours(1));
        assert_eq!((job.run_count(), next(&job)), (0, "2024-01-10 12:10:00".to_owned()), "{job}");
        assert_eq!(stage.wait(minutes(4)), 1, "{job}");
        assert_eq!(next(&job), "2024-01-10 12:20:00", "{job}");
    }
}

#[test]
fn what_a_set_forward_exceeds_the_set_back_by_is_time_passed() {
    let stage = noon();
    let job = stage.every().minutes(10).run(|| {}).unwrap();
    set(&stage, TimeDelta::hours(-1));
    set(&stage, TimeDelta::minutes(20)); // undoes a third of it
    assert_eq!((job.run_count(), next(&job)), (0, "2024-01-10 11:30:00".to_owned()));
    set(&stage, TimeDelta::minutes(47)); // 40 minutes undo the rest
    assert_eq!((job.run_count(), next(&job)), (0, "2024-01-10 12:10:00".to_owned()));
    assert_eq!(stage.wait(minutes(3)), 1);
    // The debt is paid: as after a suspend, the jump makes it late.
    set(&stage, TimeDelta::minutes(47));
    assert_eq!((job.run_count(), next(&job)), (2, "2024-01-10 13:00:00".to_owned()));
}

#[test]
fn a_set_back_that_is_undone_in_small_steps_is_undone() {
    let stage = noon();
    let job = stage.every().minutes(10).run(|| {}).unwrap();
    set(&stage, TimeDelta::seconds(-3));
    for _ in 0..2_000 {
        set(&stage, TimeDelta::microseconds(1_500));
    }
    assert_eq!(next(&job), "2024-01-10 12:10:00");
}

#[test]
fn readings_are_left_out_by_no_set_forward() {
    let stage = noon();
    let job = stage.every().hour().at(":30").run(|| {}).unwrap();
    stage.wait(minutes(25));
    set(&stage, TimeDelta::hours(-1));
    assert_eq!(next(&job), "2024-01-10 11:30:00");
    set(&stage, TimeDelta::hours(1));
    assert_eq!((job.run_count(), next(&job)), (0, "2024-01-10 12:30:00".to_owned()));
    set(&stage, TimeDelta::minutes(-1));
    stage.wait(minutes(6));
    assert_eq!((job.run_count(), next(&job)), (1, "2024-01-10 13:30:00".to_owned()));
    set(&stage, TimeDelta::minutes(1));
    assert_eq!((job.run_count(), next(&job)), (1, "2024-01-10 13:30:00".to_owned()));
}

#[test]
fn a_set_back_that_is_undone_in_uneven_steps_adds_no_run_of_hours_with_at() {
    let stage = noon();
    let hourly = stage.every().hour().at(":30").run(|| {}).unwrap();
    let third = stage.every().hours(3).at(":30").run(|| {}).unwrap();
    stage.set_clock("2024-01-10 12:05:00");
    for steps in [&[-60, 50, 10][..], &[-90, 50, 40], &[-90, 40, 50], &[-125, 60, 65], &[-1, 1], &[-59, 29, 30]] {
        for _ in 0..5 {
            for by in steps {
                set(&stage, TimeDelta::minutes(*by));
                assert_eq!((hourly.run_count(), third.run_count()), (0, 0), "{steps:?}, after {by}");
            }
        }
        assert_eq!([next(&hourly), next(&third)], ["2024-01-10 12:30:00", "2024-01-10 15:30:00"], "{steps:?}");
    }
}

#[test]
fn a_calendar_that_starts_after_a_length_starts_after_that_length_when_a_set_back_is_undone() {
    let stage = noon();
    let job = stage.every().day().at("13:30").starting(hours(2)).run(|| {}).unwrap();
    assert_eq!(next(&job), "2024-01-11 13:30:00");
    set(&stage, TimeDelta::hours(-1));
    assert_eq!(next(&job), "2024-01-10 13:30:00");
    set(&stage, TimeDelta::hours(1));
    assert_eq!(next(&job), "2024-01-11 13:30:00");
}
