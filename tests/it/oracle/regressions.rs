//! Faults that the oracle has found, each with a test of its own.

use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeZone, Utc};
use chrono_tz::{America::Nuuk, Australia::Lord_Howe, Europe::Berlin, Pacific::Kiritimati, Tz};
use punctual::{Every, Job, ManualClock, Result, Scheduler};

/// The next slots of a sentence that is said at a wall time, polled on time.
fn slots<const N: usize>(zone: Tz, now: &str, sentence: impl Fn(Every) -> Result<Job>) -> [String; N] {
    let wall: NaiveDateTime = now.parse().unwrap();
    let clock = ManualClock::new(zone.from_local_datetime(&wall).unwrap().to_utc());
    let scheduler = Scheduler::builder().clock(clock.clone()).tz(zone).build().unwrap();
    let job = sentence(scheduler.every()).unwrap();
    let show = |slot: DateTime<Utc>| slot.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::AutoSi, true);
    std::array::from_fn(|_| {
        let slot = job.next_run().unwrap();
        clock.advance((slot - clock.now()).to_std().unwrap());
        assert_eq!(scheduler.run_pending(), 1);
        show(slot)
    })
}

#[test]
fn a_window_that_a_day_lacks_is_open_on_the_day_after() {
    let found = slots(Berlin, "2024-03-30T12:00:00", |e| e.minutes(15).between("02:30", "03:00").run(|| {}));
    assert_eq!(found, ["2024-04-01T02:30:00+02:00", "2024-04-01T02:45:00+02:00", "2024-04-02T02:30:00+02:00"]);
}

#[test]
fn a_window_is_open_on_the_day_after_one_that_is_skipped_whole() {
    let found = slots(Kiritimati, "1994-12-30T23:00:00", |e| e.hour().at(":45").between("02:15", "10:15").run(|| {}));
    assert_eq!(found, ["1995-01-01T02:45:00+14:00", "1995-01-01T03:45:00+14:00"]);
}

#[test]
fn hours_with_at_move_with_a_clock_that_is_set_by_half_an_hour_before_their_first_run() {
    let found = slots(Lord_Howe, "2024-10-06T01:00:00", |e| e.hours(2).at(":15").run(|| {}));
    assert_eq!(found, ["2024-10-06T03:15:00+11:00", "2024-10-06T05:15:00+11:00"]);
    let found = slots(Lord_Howe, "2024-04-07T00:30:00", |e| e.hours(2).at(":15").run(|| {}));
    assert_eq!(found, ["2024-04-07T02:15:00+10:30", "2024-04-07T04:15:00+10:30"]);
}

#[test]
fn a_time_that_a_gap_moves_into_the_next_day_runs_between_the_times_of_that_day() {
    let found = slots(Nuuk, "2024-03-31T00:00:30", |e| e.day().at("00:10").at("23:30").run(|| {}));
    assert_eq!(found, ["2024-03-31T00:10:00-01:00", "2024-03-31T00:30:00-01:00", "2024-03-31T23:30:00-01:00"]);
}
