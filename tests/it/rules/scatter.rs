//! Random moments, and slots that are put off by random or stable lengths.

use std::collections::BTreeMap;

use chrono::{TimeDelta, Timelike, Utc};
use punctual::{Every, ManualClock, Schedule, Scheduler, Unit, Weekday};

use crate::support::{days, hours, minutes, next, noon, seconds, utc, Sentence, Stage};

const SEEDS: u64 = 50;

fn seeded(seed: u64) -> Stage {
    let clock = ManualClock::new(utc("2024-01-10 12:00:00"));
    let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).seed(seed).build().unwrap();
    Stage { clock, scheduler }
}

/// By how much each of the first `n` slots is later than the slot of the grid, in milliseconds.
fn lateness(with: Sentence, grid: Sentence, n: usize) -> Vec<i64> {
    let (stage, plain) = (seeded(7), noon());
    let (job, on_grid) = (with(stage.every()).unwrap(), grid(plain.every()).unwrap());
    let slots = stage.run_slots(&job, n);
    slots.iter().zip(plain.run_slots(&on_grid, n)).map(|(slot, of_grid)| (*slot - of_grid).num_milliseconds()).collect()
}

#[test]
fn a_slot_with_jitter_is_its_slot_of_the_grid_and_up_to_the_jitter_later() {
    let cases: &[(Sentence, Sentence)] = &[
        (|e| e.minutes(10).jitter(minutes(5)).run(|| {}), |e| e.minutes(10).run(|| {})),
        (|e| e.hour().at(":30").jitter(minutes(5)).run(|| {}), |e| e.hour().at(":30").run(|| {})),
        (
            |e| e.day().at("9:00").at("18:00").jitter(minutes(5)).run(|| {}),
            |e| e.day().at("9:00").at("18:00").run(|| {}),
        ),
        (|e| e.weeks(2).on(Weekday::Mon).jitter(minutes(5)).run(|| {}), |e| e.weeks(2).on(Weekday::Mon).run(|| {})),
        (
            |e| e.minutes(20).between("9:00", "17:00").jitter(minutes(5)).run(|| {}),
            |e| e.minutes(20).between("9:00", "17:00").run(|| {}),
        ),
        (
            |e| e.hours(6).starting("2024-01-01 03:00").jitter(minutes(5)).run(|| {}),
            |e| e.hours(6).starting("2024-01-01 03:00").run(|| {}),
        ),
    ];
    for (with, grid) in cases {
        let late = lateness(*with, *grid, 200);
        assert!(late.iter().all(|late| (0..=300_000).contains(late)), "{late:?}");
        let (least, most) = (late.iter().min().unwrap(), late.iter().max().unwrap());
        assert!(*least < 15_000 && *most > 285_000, "all lengths are drawn: {least} to {most}");
    }
}

#[test]
fn every_slot_has_its_run_in_order_even_if_the_jitter_is_longer_than_the_interval() {
    let late = lateness(|e| e.minute().jitter(minutes(10)).run(|| {}), |e| e.minute().run(|| {}), 500);
    assert!(late.iter().all(|late| (0..=600_000).contains(late)), "{late:?}");
}

#[test]
fn a_late_run_covers_the_slots_that_are_over_and_no_others() {
    for seed in 0..SEEDS {
        let stage = seeded(seed);
        let job = stage.every().minutes(10).jitter(minutes(4)).run(|| {}).unwrap();
        assert_eq!(stage.wait(hours(5) + minutes(1)), 1, "one run for all");
        let next = job.next_run().unwrap();
        assert!(next > utc("2024-01-10 17:01:00") && next <= utc("2024-01-10 17:04:00"), "17:00 is not over: {next}");
        let second = stage.every().second().jitter(hours(1)).run(|| {}).unwrap();
        assert_eq!(stage.wait(days(20_000)), 2);
        assert!(second.next_run().unwrap() - stage.clock.now() <= TimeDelta::hours(1));
    }
}

#[test]
#[cfg(feature = "tz")]
fn a_random_moment_is_once_a_day_inside_its_hours_also_when_clocks_change() {
    use chrono_tz::{America::New_York, Australia::Lord_Howe, Europe::Berlin};
    let windows = [("09:00", "11:00"), ("01:30", "03:30"), ("02:30", "05:00"), ("01:15", "02:45"), ("22:00", "02:15")];
    for (zone, (open, close)) in [Berlin, New_York, Lord_Howe].into_iter().flat_map(|zone| windows.map(|w| (zone, w))) {
        let stage = Stage::new(utc("2024-01-10 12:00:00"), zone);
        let job = stage.every().day().at_random(open, close).run(|| {}).unwrap();
        let end = stage.clock.now() + TimeDelta::days(366);
        let mut slots = Vec::new();
        while job.next_run().is_some_and(|next| next < end) {
            slots.extend(stage.run_slots(&job, 1));
        }
        let opening = |slot: &chrono::DateTime<Utc>| {
            let wall = slot.with_timezone(&zone).naive_local();
            let time = wall.format("%H:%M").to_string();
            let is_inside =
                if open < close { *open <= *time && *time < *close } else { *open <= *time || *time < *close };
            assert!(is_inside, "{wall} in {zone}, {open} to {close}");
            // After midnight, the day is the one on which it opened.
            if open < close || *time >= *open {
                wall.date()
            } else {
                wall.date().pred_opt().unwrap()
            }
        };
        let dates: Vec<_> = slots.iter().map(opening).collect();
        assert!(dates.windows(2).all(|pair| pair[1] == pair[0].succ_opt().unwrap()), "each day once: {zone} {open}");
        let moments: std::collections::BTreeSet<_> =
            slots.iter().map(|slot| slot.with_timezone(&zone).time()).collect();
        assert!(moments.len() > 350, "they differ: {}", moments.len());
    }
}

#[test]
#[cfg(feature = "tz")]
fn a_random_moment_in_a_gap_is_later_by_the_gap() {
    let stage = Stage::new(utc("2024-03-30 12:00:00"), chrono_tz::Europe::Berlin);
    let job = stage.every().day().at_random("02:10", "02:50").run(|| {}).unwrap();
    let slot = job.next_run().unwrap();
    assert!((utc("2024-03-31 01:10:00")..utc("2024-03-31 01:50:00")).contains(&slot), "{slot}");
    stage.run_slots(&job, 1);
    let slot = job.next_run().unwrap();
    assert!((utc("2024-04-01 00:10:00")..utc("2024-04-01 00:50:00")).contains(&slot), "{slot}");
}

#[test]
fn a_random_moment_is_still_to_come_until_its_hours_are_over() {
    for seed in 0..SEEDS {
        let stage = seeded(seed);
        let (soon, tomorrow) =
            (stage.every().day().at_random("11:00", "13:00"), stage.every().day().at_random("9:00", "12:00"));
        let soon = soon.run(|| {}).unwrap().next_run().unwrap();
        assert!((utc("2024-01-10 12:00:00.001")..utc("2024-01-10 13:00:00")).contains(&soon), "{soon}");
        let tomorrow = tomorrow.run(|| {}).unwrap().next_run().unwrap();
        assert!((utc("2024-01-11 09:00:00")..utc("2024-01-11 12:00:00")).contains(&tomorrow), "{tomorrow}");
        // Every second week counts from the day whose hours are not over.
        let job = stage.every().weeks(2).on(Weekday::Wed).at_random("11:00", "13:00").run(|| {}).unwrap();
        let dates: Vec<_> = job.upcoming(3).iter().map(|slot| slot.date_naive().to_string()).collect();
        assert_eq!(dates, ["2024-01-10", "2024-01-24", "2024-02-07"]);
        let whole = stage.every().day().at_random("00:00", "24:00").run(|| {}).unwrap();
        let dates: Vec<_> = whole.upcoming(2).iter().map(|slot| slot.date_naive().to_string()).collect();
        assert_eq!(dates, ["2024-01-10", "2024-01-11"]);
    }
}

#[test]
fn a_spread_job_has_the_same_minute_after_a_restart_and_by_its_name_alone() {
    let hourly = |every: Every| every.hour().at(":00").spread(hours(1));
    let minute = |now: &str, name: &str, seed: u64| {
        let clock = ManualClock::new(utc(now));
        let scheduler = Scheduler::builder().clock(clock).tz(Utc).seed(seed).build().unwrap();
        let job = hourly(scheduler.every()).named(name).run(|| {}).unwrap();
        let next = job.next_run().unwrap();
        assert!(next - utc(now) <= TimeDelta::hours(1), "it runs as often as without: {next}");
        assert!(job.upcoming(50).windows(2).all(|pair| pair[1] - pair[0] == TimeDelta::hours(1)));
        (next.minute(), next.second(), next.nanosecond())
    };
    let mut minutes = BTreeMap::new();
    for n in 0..100 {
        let name = format!("job {n}");
        let first = minute("2024-01-10 12:00:00", &name, 1);
        assert_eq!(first, minute("2024-01-10 12:31:07", &name, 2));
        assert_eq!(first, minute("2025-07-01 03:59:59", &name, 3));
        *minutes.entry(first.0 / 10).or_insert(0) += 1;
    }
    assert!(minutes.len() == 6 && minutes.values().all(|count| *count > 5), "{minutes:?}");
}

#[test]
fn a_job_is_spread_by_its_key_before_its_name() {
    let stage = noon();
    let hourly = || stage.every().hour().at(":00").spread(hours(1));
    let keyed = hourly().key("a").named("b").run(|| {}).unwrap();
    assert_eq!(keyed.next_run(), hourly().named("a").run(|| {}).unwrap().next_run());
    assert_ne!(keyed.next_run(), hourly().named("b").run(|| {}).unwrap().next_run());
    let schedule = hourly().schedule().unwrap();
    let error = stage.scheduler.schedule(&schedule).run(|| {}).unwrap_err();
    assert!(
        error.to_string().ends_with("has neither a key nor a name to spread it by (expected `named` or `key`)"),
        "{error}"
    );
    // A job takes the place that is its own when it is rescheduled.
    let other = stage.every().day().named("a").run(|| {}).unwrap();
    assert!(other.reschedule(&schedule).unwrap());
    assert_eq!(other.next_run(), keyed.next_run());
    let nameless = stage.every().day().run(|| {}).unwrap();
    assert!(nameless.reschedule(schedule).unwrap_err().is_invalid());
}

#[test]
fn a_redeclared_job_keeps_its_moment_unless_its_schedule_is_another() {
    let stage = noon();
    let declare = |open: &str| stage.every().day().at_random(open, "18:00").key("daily").run(|| {}).unwrap();
    let first = declare("9:00").next_run();
    assert_eq!(declare("9:00").next_run(), first);
    assert!(declare("17:59").next_run().unwrap() >= utc("2024-01-10 17:59:00"));
}

#[test]
fn jitter_and_spread_add_up() {
    let stage = noon();
    let spread = stage.every().hour().at(":00").spread(minutes(30)).named("a").run(|| {}).unwrap();
    let both = stage.every().hour().at(":00").spread(minutes(30)).jitter(minutes(10)).named("a").run(|| {}).unwrap();
    for (both, spread) in both.upcoming(100).into_iter().zip(spread.upcoming(100)) {
        assert!((TimeDelta::zero()..=TimeDelta::minutes(10)).contains(&(both - spread)), "{both} {spread}");
    }
}

#[test]
fn no_run_is_put_off_past_the_close_of_its_window() {
    for seed in 0..SEEDS {
        let stage = seeded(seed);
        let job = stage.every().minutes(20).between("12:00", "13:00").jitter(hours(9)).run(|| {}).unwrap();
        let mut runs = 0;
        while stage.clock.now() < utc("2024-01-20 00:00:00") {
            let slot = stage.run_slots(&job, 1)[0];
            assert_eq!(slot.hour(), 12, "{slot}");
            runs += 1;
        }
        assert!(runs > 15, "{runs}");
        job.cancel();
        let spread =
            stage.every().minutes(20).between("12:00", "13:00").spread(hours(9)).named("a").run(|| {}).unwrap();
        assert!(stage.run_slots(&spread, 10).iter().all(|slot| slot.hour() == 12));
    }
}

#[test]
fn whether_a_sentence_is_an_error_does_not_depend_on_a_draw() {
    let cases: &[(Sentence, &str)] = &[
        (|e| e.minutes(10).jitter(hours(5)).until("12:10").run(|| {}), ""),
        (|e| e.minutes(10).jitter(hours(5)).until("12:09:59").run(|| {}), "expected 2024-01-10 12:10:00"),
        (|e| e.minutes(10).to(500).jitter(hours(5)).until("12:10").run(|| {}), ""),
        (|e| e.minutes(10).to(500).jitter(hours(5)).until("12:09").run(|| {}), "expected 2024-01-10 12:10:00"),
        (|e| e.day().at_random("13:00", "23:00").until("13:00").run(|| {}), ""),
        (|e| e.day().at_random("13:00", "23:00").until("12:59").run(|| {}), "expected 2024-01-10 13:00:00"),
        (|e| e.day().at_random("09:00", "23:00").until("12:01").run(|| {}), ""),
    ];
    for (sentence, expected) in cases {
        for seed in 0..SEEDS {
            let stage = seeded(seed);
            match sentence(stage.every()) {
                Ok(job) => assert!(expected.is_empty() && job.is_scheduled(), "{job}: {expected}"),
                Err(error) => assert!(!expected.is_empty() && error.to_string().contains(expected), "{error}"),
            }
        }
    }
}

#[test]
fn every_run_is_within_the_deadline() {
    for seed in 0..SEEDS {
        let stage = seeded(seed);
        let job = stage.every().minutes(10).jitter(minutes(30)).until("13:00").run(|| {}).unwrap();
        let mut last = stage.clock.now();
        while job.next_run().is_some() {
            last = stage.run_slots(&job, 1)[0];
        }
        assert!(last <= utc("2024-01-10 13:00:00"), "{last}");
    }
}

#[test]
fn the_next_slots_are_those_that_come() {
    let sentences: &[Sentence] = &[
        |e| e.minutes(10).jitter(minutes(30)).run(|| {}),
        |e| e.day().at_random("09:00", "11:00").run(|| {}),
        |e| e.hour().at(":00").spread(hours(1)).named("a").run(|| {}),
        |e| e.hours(2).jitter(hours(1)).or(Schedule::every(1, Unit::Day)?.at_random("9:00", "10:00")?).run(|| {}),
    ];
    for sentence in sentences {
        let stage = noon();
        let job = sentence(stage.every()).unwrap();
        let upcoming = job.upcoming(50);
        assert_eq!(job.upcoming(50), upcoming);
        assert_eq!(stage.run_slots(&job, 50), upcoming, "{job}");
    }
}

#[test]
fn times_immediately_and_starting_apply_as_without() {
    let stage = noon();
    let job = stage.every().hour().jitter(minutes(1)).immediately().times(3).run(|| {}).unwrap();
    assert_eq!(stage.scheduler.run_pending(), 1);
    assert_eq!(stage.scheduler.run_until_empty(), 2);
    let last = job.last_run().unwrap() - utc("2024-01-10 14:00:00");
    assert!((TimeDelta::zero()..=TimeDelta::minutes(1)).contains(&last), "{last}");
    let stage = noon();
    let job = stage.every().day().at_random("9:00", "11:00").starting("2024-02-01 10:00").run(|| {}).unwrap();
    let slot = job.next_run().unwrap();
    assert!((utc("2024-02-01 10:00:00")..utc("2024-02-01 11:00:00")).contains(&slot), "{slot}");
    let job = stage.every().minutes(7).jitter(seconds(30)).starting("13:00").run(|| {}).unwrap();
    let late = job.next_run().unwrap() - utc("2024-01-10 13:00:00");
    assert!((TimeDelta::zero()..=TimeDelta::seconds(30)).contains(&late), "{late}");
}

#[test]
fn a_run_by_hand_and_a_triggered_one_do_not_move_the_moment() {
    let stage = noon();
    let job = stage.every().hour().jitter(minutes(10)).run(|| {}).unwrap();
    let moment = job.next_run();
    job.run_now();
    assert_eq!(job.next_run(), moment);
    assert!(job.trigger());
    assert_eq!(stage.scheduler.run_pending(), 1);
    assert_eq!(job.next_run(), moment);
}

#[test]
fn a_paused_job_continues_with_the_moment_of_the_next_slot() {
    let stage = noon();
    let job = stage.every().hour().jitter(minutes(10)).run(|| {}).unwrap();
    job.pause();
    stage.wait(hours(3) + minutes(30));
    job.resume();
    let late = job.next_run().unwrap() - utc("2024-01-10 16:00:00");
    assert!((TimeDelta::zero()..=TimeDelta::minutes(10)).contains(&late), "{late}");
}

#[test]
fn when_the_clock_is_set_a_length_keeps_its_distance_and_a_moment_that_ran_does_not_come_again() {
    for seed in 0..SEEDS {
        let stage = seeded(seed);
        let job = stage.every().minutes(10).jitter(minutes(30)).run(|| {}).unwrap();
        stage.run_slots(&job, 5);
        let left = job.next_run().unwrap() - stage.clock.now();
        stage.clock.set(utc("2024-01-10 09:00:00"));
        stage.scheduler.run_pending();
        assert_eq!(job.next_run().unwrap() - utc("2024-01-10 09:00:00"), left);
        let first = stage.run_slots(&job, 1)[0];
        assert!(stage.run_slots(&job, 20)[19] - first > TimeDelta::minutes(160));

        let stage = seeded(seed);
        let daily = stage.every().day().at_random("13:00", "15:00").run(|| {}).unwrap();
        let moment = daily.next_run().unwrap();
        stage.set_clock("2024-01-10 11:30:00");
        assert_eq!(daily.next_run().unwrap().date_naive(), moment.date_naive(), "it has not run");
        let moment = stage.run_slots(&daily, 1)[0];
        stage.clock.set(moment - TimeDelta::hours(1));
        stage.scheduler.run_pending();
        let tomorrow = daily.next_run().unwrap();
        assert_eq!(tomorrow.date_naive(), moment.date_naive().succ_opt().unwrap(), "it has run today");
        stage.clock.set(moment);
        assert_eq!(stage.scheduler.run_pending(), 0);
        assert_eq!(daily.next_run(), Some(tomorrow), "there and back changes nothing");
    }
}

#[test]
fn the_longest_jitter_does_no_harm() {
    let stage = noon();
    let most = std::time::Duration::from_nanos(u64::MAX);
    let job = stage.every().second().jitter(most).run(|| {}).unwrap();
    assert!(next(&job).as_str() > "2024-01-10");
    let far = stage.every().years(5_000).jitter(most).run(|| {}).unwrap();
    assert!(far.next_run().is_some());
}
