//! Random lengths and a deadline: a draw never decides whether a sentence is an error, or when a job ends.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use punctual::{Every, Job, ManualClock, Result, Schedule, Scheduler, Unit, Weekday};

use crate::support::{hours, minutes, show, utc, Sentence, Stage};

const SEEDS: u64 = 200;

/// Noon UTC on Wednesday, 10 January 2024, with random lengths from this seed.
fn seeded(seed: u64) -> Stage {
    let clock = ManualClock::new(utc("2024-01-10 12:00:00"));
    let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).seed(seed).build().unwrap();
    Stage { clock, scheduler }
}

/// The first slots of a sentence, over many seeds, and how often each is drawn.
fn first_slots(sentence: impl Fn(Every) -> Result<Job>) -> BTreeMap<String, u64> {
    let mut slots = BTreeMap::new();
    for seed in 0..SEEDS {
        let stage = seeded(seed);
        let job = sentence(stage.every()).unwrap();
        *slots.entry(show(job.next_run().unwrap())).or_default() += 1;
    }
    slots
}

/// The slots of a sentence until it has none left, polled on time.
fn all_slots(stage: &Stage, job: &Job) -> Vec<DateTime<Utc>> {
    let mut slots = Vec::new();
    while let Some(next) = job.next_run() {
        slots.extend(stage.run_slots(job, 1));
        assert_eq!(slots.last(), Some(&next));
    }
    slots
}

#[test]
fn the_first_slot_is_one_of_those_up_to_the_deadline_whatever_is_drawn() {
    let cases: &[(Sentence, &[&str])] = &[
        (
            |e| e.minutes(5).to(10).until(TimeDelta::minutes(7)).run(|| {}),
            &["2024-01-10 12:05:00", "2024-01-10 12:06:00", "2024-01-10 12:07:00"],
        ),
        (|e| e.minutes(5).to(1_000_000).until("12:05").run(|| {}), &["2024-01-10 12:05:00"]),
        (|e| e.hours(2).to(5).at(":30").until("15:30").run(|| {}), &["2024-01-10 14:30:00", "2024-01-10 15:30:00"]),
        (
            |e| e.days(2).to(5).at("10:30").until("2024-01-14 10:00").run(|| {}),
            &["2024-01-12 10:30:00", "2024-01-13 10:30:00"],
        ),
        (
            |e| e.hours(2).to(40).between("15:00", "16:00").until("2024-01-10 20:00").run(|| {}),
            &["2024-01-10 15:00:00"],
        ),
        (
            |e| e.minutes(10).to(20).starting("11:55").until("12:06").run(|| {}),
            &["2024-01-10 12:05:00", "2024-01-10 12:06:00"],
        ),
    ];
    for (sentence, expected) in cases {
        let slots = first_slots(sentence);
        assert_eq!(slots.keys().collect::<Vec<_>>(), *expected, "{slots:?}");
    }
}

#[test]
fn a_sentence_is_refused_if_the_shortest_length_is_past_the_deadline_whatever_is_drawn() {
    let cases: &[(Sentence, &str)] = &[
        (|e| e.minutes(5).to(10).until("12:04:59").run(|| {}), "expected 2024-01-10 12:05:00"),
        (|e| e.hours(2).to(5).at(":30").until("14:29").run(|| {}), "expected 2024-01-10 14:30:00"),
        (|e| e.days(2).to(5).at("10:30").until("2024-01-12").run(|| {}), "expected 2024-01-12 10:30:00"),
        (|e| e.minutes(5).to(10).between("15:00", "16:00").until("14:00").run(|| {}), "expected 2024-01-10 15:00:00"),
        (|e| e.minutes(5).to(10).until("11:00").run(|| {}), "it is in the past (expected 2024-01-10 12:05:00"),
    ];
    for (sentence, expected) in cases {
        for seed in 0..SEEDS {
            let error = sentence(seeded(seed).every()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}

#[test]
fn every_later_slot_is_within_the_deadline_and_the_job_ends_only_when_none_can_be() {
    // The shortest length, and the least time by which a slot after the last would be past the deadline.
    let cases: &[(Sentence, TimeDelta, &str)] = &[
        (|e| e.minutes(5).to(10).until("13:00").run(|| {}), TimeDelta::minutes(5), "2024-01-10 13:00:00"),
        (|e| e.minutes(5).to(900).until("13:00").run(|| {}), TimeDelta::minutes(5), "2024-01-10 13:00:00"),
        (|e| e.hours(2).to(5).at(":30").until("23:45").run(|| {}), TimeDelta::hours(2), "2024-01-10 23:45:00"),
        (|e| e.days(2).to(5).at("10:30").until("2024-02-01").run(|| {}), TimeDelta::days(2), "2024-02-01 00:00:00"),
        (
            |e| e.weeks(1).to(3).on(Weekday::Fri).at("10:30").until("2024-06-01").run(|| {}),
            TimeDelta::weeks(1),
            "2024-06-01 00:00:00",
        ),
        (|e| e.minutes(5).to(10).until(TimeDelta::hours(1)).run(|| {}), TimeDelta::minutes(5), "2024-01-10 13:00:00"),
    ];
    for (sentence, shortest, until) in cases {
        for seed in 0..SEEDS {
            let stage = seeded(seed);
            let job = sentence(stage.every()).unwrap();
            let last = *all_slots(&stage, &job).last().unwrap();
            let until = utc(until);
            assert!(last <= until && last + *shortest > until, "{job}: last {last}, until {until}");
        }
    }
}

#[test]
fn a_slot_that_a_window_puts_off_past_the_deadline_is_not_drawn() {
    for seed in 0..SEEDS {
        let stage = seeded(seed);
        let sentence = stage.every().minutes(20).to(90).between("12:00", "14:00").until("2024-01-11 11:00");
        let job = sentence.run(|| {}).unwrap();
        let last = *all_slots(&stage, &job).last().unwrap();
        assert!(last > utc("2024-01-10 13:40:00") - TimeDelta::nanoseconds(1), "20 minutes fit after {last}");
        assert!(last < utc("2024-01-10 14:00:00"), "{last}");
    }
}

#[test]
fn the_alternatives_draw_within_the_deadline_of_the_whole() {
    for seed in 0..SEEDS {
        let stage = seeded(seed);
        let other = Schedule::every(7, Unit::Minute).unwrap().to(20).unwrap();
        let job = stage.every().minutes(5).to(30).or(other).until("12:31").run(|| {}).unwrap();
        let mut last = stage.clock.now();
        while let Some(next) = job.next_run() {
            assert!(next <= utc("2024-01-10 12:31:00"), "{next}");
            last = stage.run_slots(&job, 1)[0];
        }
        assert!(last + TimeDelta::minutes(7) > utc("2024-01-10 12:31:00"), "{last}");
    }
}

#[test]
fn one_alternative_in_time_is_enough() {
    for seed in 0..SEEDS {
        let stage = seeded(seed);
        let early = Schedule::every(7, Unit::Minute).unwrap().to(20).unwrap();
        let job = stage.every().hours(5).to(30).or(early).until("12:09").run(|| {}).unwrap();
        assert!(job.next_run().unwrap() <= utc("2024-01-10 12:09:00"), "{job}");
    }
}

#[test]
fn times_ends_a_job_before_its_deadline() {
    for seed in 0..SEEDS {
        let stage = seeded(seed);
        let job = stage.every().minutes(5).to(10).times(3).until("12:20").run(|| {}).unwrap();
        let slots = all_slots(&stage, &job);
        assert!(slots.iter().all(|slot| *slot <= utc("2024-01-10 12:20:00")), "{slots:?}");
        let in_vain = slots.last().is_some_and(|last| *last + TimeDelta::minutes(5) > utc("2024-01-10 12:20:00"));
        assert!(slots.len() == 3 || in_vain, "{slots:?}");
    }
}

#[test]
fn after_a_late_poll_any_length_will_do_whose_slot_is_in_time() {
    let mut slots = BTreeMap::new();
    for seed in 0..SEEDS {
        let stage = seeded(seed);
        let job = stage.every().minutes(5).to(10).starting("12:01").until("12:14:30").run(|| {}).unwrap();
        assert_eq!(stage.wait_until(utc("2024-01-10 12:12:00")), 1);
        // From 12:01: 12:16, 12:13, 12:15, 12:17, 12:19 and 12:21.
        let next = job.next_run().map(show);
        assert_eq!(next.as_deref(), Some("2024-01-10 12:13:00"), "in steps of 6 minutes");
        *slots.entry(next).or_insert(0) += 1;
    }
    assert_eq!(slots.into_values().collect::<Vec<_>>(), [SEEDS]);
}

#[test]
fn a_deadline_given_as_a_length_bounds_the_draws_after_a_set_back_too() {
    for seed in 0..SEEDS {
        let stage = seeded(seed);
        let job = stage.every().minutes(5).to(50).until(hours(1)).run(|| {}).unwrap();
        stage.set_clock("2024-01-10 11:00:00");
        let slots = all_slots(&stage, &job);
        let until = utc("2024-01-10 12:00:00");
        let last = *slots.last().unwrap();
        assert!(last <= until && last + TimeDelta::minutes(5) > until, "{slots:?}");
    }
    for seed in 0..SEEDS {
        // Planned again from what the clock shows, and drawn again.
        let stage = seeded(seed);
        let job = stage.every().days(2).to(9).at("10:30").until(hours(100)).run(|| {}).unwrap();
        stage.set_clock("2024-01-05 12:00:00");
        assert!(job.next_run().is_some_and(|next| next <= utc("2024-01-09 16:00:00")), "{job}");
    }
}

#[test]
fn each_length_that_fits_is_drawn_with_equal_chance() {
    let is_even = |slots: &BTreeMap<String, u64>, n: u64, of: u64| {
        let expected = of / n;
        slots.len() as u64 == n && slots.values().all(|count| (expected * 8 / 10..=expected * 12 / 10).contains(count))
    };
    // At the registration.
    let stage = seeded(7);
    let mut first = BTreeMap::new();
    for _ in 0..5_000 {
        let job = stage.every().minutes(5).to(30).until("12:09").run(|| {}).unwrap();
        *first.entry(show(job.next_run().unwrap())).or_default() += 1;
        job.cancel();
    }
    assert!(is_even(&first, 5, 5_000), "{first:?}");
    // After a run, of few lengths and of many.
    let longest = [30, 100_000_000];
    for longest in longest {
        let mut second = BTreeMap::new();
        for _ in 0..5_000 {
            let stage_now = stage.clock.now();
            let start = stage_now + TimeDelta::minutes(1);
            let sentence = stage.every().minutes(5).to(longest).starting(start).until(start + TimeDelta::minutes(9));
            let job = sentence.run(|| {}).unwrap();
            assert_eq!(stage.wait(minutes(1)), 1);
            *second.entry((job.next_run().unwrap() - start).to_string()).or_default() += 1;
            job.cancel();
        }
        assert!(is_even(&second, 5, 5_000), "{second:?}");
    }
}

#[test]
fn a_deadline_that_is_never_reached_changes_no_draw() {
    for seed in 0..20 {
        let (free, bound) = (seeded(seed), seeded(seed));
        let draws = |stage: &Stage, job: &Job| stage.run_slots(job, 50);
        let free_job = free.every().minutes(5).to(500).run(|| {}).unwrap();
        let bound_job = bound.every().minutes(5).to(500).until("2030-01-01").run(|| {}).unwrap();
        assert_eq!(draws(&free, &free_job), draws(&bound, &bound_job));
    }
}

#[test]
fn upcoming_slots_are_within_the_deadline_and_are_those_that_come() {
    for seed in 0..SEEDS {
        let stage = seeded(seed);
        let job = stage.every().minutes(5).to(40).until("13:30").run(|| {}).unwrap();
        let upcoming = job.upcoming(100);
        assert_eq!(upcoming, all_slots(&stage, &job));
    }
}
