//! The machine's zone changes while the process runs: an administrator sets it, a laptop travels, a law changes its
//! rules.

use punctual::{chrono::Utc, Scheduler};

use crate::support::{hours, is_alone, noon, utc, SchedulerSentence};

/// The zone in which the job is registered, the zone in which it waits, the sentence, and its first two slots in UTC.
type Case = (&'static str, &'static str, SchedulerSentence, [&'static str; 2]);

/// Sets the machine's zone for this process, then runs `f`. It does so in a new thread, because each thread caches the
/// zone for up to a second.
fn with_machine_zone<T: Send>(rules: &str, f: impl FnOnce() -> T + Send) -> T {
    std::env::set_var("TZ", rules);
    std::thread::scope(|scope| scope.spawn(f).join().unwrap())
}

/// The slot that was computed in the old zone is kept; the slots after it are computed in the new zone. Elapsed time
/// and given instants do not depend on the zone.
#[test]
fn a_change_of_the_machines_zone_applies_after_the_next_slot() {
    if !is_alone("zone_changes::a_change_of_the_machines_zone_applies_after_the_next_slot") {
        return;
    }
    let (utc, new_york, berlin) = ("UTC0", "EST5EDT,M3.2.0,M11.1.0", "CET-1CEST,M3.5.0,M10.5.0/3");
    let cases: &[Case] = &[
        (utc, new_york, |s| s.every().day().at("10:30").run(|| {}), ["24-01-11 10:30", "24-01-11 15:30"]),
        (new_york, utc, |s| s.every().day().at("10:30").run(|| {}), ["24-01-10 15:30", "24-01-11 10:30"]),
        (utc, new_york, |s| s.every().day().run(|| {}), ["24-01-11 12:00", "24-01-11 17:00"]),
        (utc, "<+0530>-5:30", |s| s.every().hour().at(":15").run(|| {}), ["24-01-10 12:15", "24-01-10 12:45"]),
        (utc, new_york, |s| s.every().hours(2).run(|| {}), ["24-01-10 14:00", "24-01-10 16:00"]),
        (utc, "CET-1", |s| s.every().minutes(7).run(|| {}), ["24-01-10 12:07", "24-01-10 12:14"]),
        (utc, new_york, |s| s.every().day().at("10:30").tz(Utc).run(|| {}), ["24-01-11 10:30", "24-01-12 10:30"]),
        (
            utc,
            new_york,
            |s| s.every().day().at("23:00").until("2024-01-13").run(|| {}),
            ["24-01-10 23:00", "24-01-11 04:00"],
        ),
        ("CET-1", berlin, |s| s.every().month().on_day(1).at("10:30").run(|| {}), ["24-02-01 09:30", "24-03-01 09:30"]),
        (
            "CET-1",
            berlin,
            |s| s.every().year().on_date(4, 1).at("10:30").run(|| {}),
            ["24-04-01 09:30", "25-04-01 08:30"],
        ),
    ];
    check(cases);
}

/// If summer time is abolished while the job waits, the wall clock shows 00:15 twice on one date, an hour apart, first
/// by the old rules and then by the new ones. Both are slots.
#[test]
fn abolishing_summer_time_while_a_daily_job_waits_makes_it_run_twice_on_one_date() {
    if !is_alone("zone_changes::abolishing_summer_time_while_a_daily_job_waits_makes_it_run_twice_on_one_date") {
        return;
    }
    let (summer, no_summer) = ("NZST-12NZDT,M9.5.0,M4.1.0/3", "NZST-12");
    check(&[(summer, no_summer, |s| s.every().day().at("00:15").run(|| {}), ["24-01-11 11:15", "24-01-11 12:15"])]);
    // Introducing it leaves one run per date, and two of them are 23 hours apart.
    check(&[(no_summer, summer, |s| s.every().day().at("00:15").run(|| {}), ["24-01-10 12:15", "24-01-11 11:15"])]);
}

/// By the new rules the clock shows 08:00 at the slot, and the window opens at 17:00 in UTC.
#[test]
fn a_slot_that_the_new_rules_put_outside_its_window_is_skipped() {
    if !is_alone("zone_changes::a_slot_that_the_new_rules_put_outside_its_window_is_skipped") {
        return;
    }
    let stage = noon();
    let scheduler = Scheduler::with_clock(stage.clock.clone());
    let job = with_machine_zone("UTC0", || scheduler.every().hour().between("12:00", "14:00").run(|| {})).unwrap();
    assert_eq!(job.next_run(), Some(utc("2024-01-10 13:00:00")));
    with_machine_zone("EST5EDT,M3.2.0,M11.1.0", || {
        stage.clock.advance(hours(1));
        assert_eq!(scheduler.run_pending(), 0);
    });
    assert_eq!(job.next_run(), Some(utc("2024-01-10 17:00:00")));
}

/// Registers each job in one zone, lets it wait in the other, and checks its first two slots.
fn check(cases: &[Case]) {
    for (before, after, sentence, slots) in cases {
        let stage = noon();
        let scheduler = Scheduler::with_clock(stage.clock.clone());
        let job = with_machine_zone(before, || sentence(&scheduler)).unwrap();
        let next = || job.next_run().map(|slot| slot.format("%y-%m-%d %H:%M").to_string());
        assert_eq!(next().as_deref(), Some(slots[0]), "{job} from {before} to {after}");
        with_machine_zone(after, || {
            assert_eq!(scheduler.run_pending(), 0);
            stage.clock.advance((job.next_run().unwrap() - stage.clock.now()).to_std().unwrap());
            assert_eq!(scheduler.run_pending(), 1, "{job} from {before} to {after}");
            assert!(job.next_run().unwrap() > stage.clock.now());
        });
        assert_eq!(next().as_deref(), Some(slots[1]), "{job} from {before} to {after}");
    }
}
