//! Faults that the oracle has found, each with a test of its own.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDateTime, SecondsFormat, TimeZone, Utc};
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

/// On 25 March the clocks skip the window, and the slot of that day is put off to the next. Steps count from the day
/// whose slot it was, so two draws that show the same first run differ in what may follow.
#[test]
fn random_days_count_from_the_day_of_a_slot_that_is_put_off_past_a_skipped_window() {
    let found: BTreeSet<[u32; 3]> = (0..300)
        .map(|seed| {
            let clock = ManualClock::new("1984-03-23T12:00:00Z".parse().unwrap());
            let scheduler = Scheduler::builder().clock(clock.clone()).tz(Berlin).seed(seed).build().unwrap();
            let job = scheduler.every().days(2).to(3).at("01:30").between("02:00", "02:15").run(|| {}).unwrap();
            std::array::from_fn(|_| {
                let slot = job.next_run().unwrap().with_timezone(&Berlin);
                clock.set(slot.to_utc());
                assert_eq!((scheduler.run_pending(), slot.format("%H:%M").to_string().as_str()), (1, "02:00"));
                slot.day()
            })
        })
        .collect();
    let from_25 = [[26, 27, 29], [26, 27, 30], [26, 28, 30], [26, 28, 31]];
    let from_26 = [[26, 28, 30], [26, 28, 31], [26, 29, 31], [26, 29, 1]];
    assert_eq!(found, from_25.into_iter().chain(from_26).collect());
}
