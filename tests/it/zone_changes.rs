//! A machine whose zone changes under a running process: by an administrator, a traveller or a parliament.

use punctual::{chrono::Utc, Job, Result, Scheduler};

use crate::support::{hours, is_alone, noon, utc};

/// The zone in which a sentence is said, the one in which its job waits, and when it runs.
type Case = (&'static str, &'static str, fn(&Scheduler) -> Result<Job>, [&'static str; 2]);

/// From now on the machine is set to this zone. A thread looks no more than once a second at what the machine is set to, so
/// `f` has one of its own.
fn in_the_zone<T: Send>(rules: &str, f: impl FnOnce() -> T + Send) -> T {
    std::env::set_var("TZ", rules);
    std::thread::scope(|scope| scope.spawn(f).join().unwrap())
}

/// "A computed next run is after now", and "computed from the slot": the slot that was computed by the old rules comes, then
/// the first one after it by the new rules. What counts elapsed time, or was given as a moment, stays where it is.
#[test]
fn a_zone_whose_rules_change_while_jobs_wait_holds_from_the_next_slot_on() {
    if !is_alone("zone_changes::a_zone_whose_rules_change_while_jobs_wait_holds_from_the_next_slot_on") {
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
    judge(cases);
}

/// The zone's new reading is a new slot: of the same date, 00:15 by the summer time that was abolished, and an hour later 00:15
/// by what holds now.
#[test]
fn a_summer_time_that_is_abolished_while_a_daily_job_waits_makes_two_runs_of_one_date() {
    if !is_alone("zone_changes::a_summer_time_that_is_abolished_while_a_daily_job_waits_makes_two_runs_of_one_date") {
        return;
    }
    let (summer, no_summer) = ("NZST-12NZDT,M9.5.0,M4.1.0/3", "NZST-12");
    judge(&[(summer, no_summer, |s| s.every().day().at("00:15").run(|| {}), ["24-01-11 11:15", "24-01-11 12:15"])]);
    // The other way round there is one run a date, though the two are 23 hours apart.
    judge(&[(no_summer, summer, |s| s.every().day().at("00:15").run(|| {}), ["24-01-10 12:15", "24-01-11 11:15"])]);
}

/// By the new rules the clock shows 08:00 at the slot, and the window opens at 17:00 in UTC.
#[test]
fn a_slot_that_the_new_rules_put_outside_its_window_is_skipped() {
    if !is_alone("zone_changes::a_slot_that_the_new_rules_put_outside_its_window_is_skipped") {
        return;
    }
    let stage = noon();
    let scheduler = Scheduler::with_clock(stage.clock.clone());
    let job = in_the_zone("UTC0", || scheduler.every().hour().between("12:00", "14:00").run(|| {})).unwrap();
    assert_eq!(job.next_run(), Some(utc("2024-01-10 13:00:00")));
    in_the_zone("EST5EDT,M3.2.0,M11.1.0", || {
        stage.clock.advance(hours(1));
        assert_eq!(scheduler.run_pending(), 0);
    });
    assert_eq!(job.next_run(), Some(utc("2024-01-10 17:00:00")));
}

/// A job that is registered in one zone and waits in another: its first two slots.
fn judge(cases: &[Case]) {
    for (before, after, sentence, slots) in cases {
        let stage = noon();
        let scheduler = Scheduler::with_clock(stage.clock.clone());
        let job = in_the_zone(before, || sentence(&scheduler)).unwrap();
        let next = || job.next_run().map(|slot| slot.format("%y-%m-%d %H:%M").to_string());
        assert_eq!(next().as_deref(), Some(slots[0]), "{job} from {before} to {after}");
        in_the_zone(after, || {
            assert_eq!(scheduler.run_pending(), 0);
            stage.clock.advance((job.next_run().unwrap() - stage.clock.now()).to_std().unwrap());
            assert_eq!(scheduler.run_pending(), 1, "{job} from {before} to {after}");
            assert!(job.next_run().unwrap() > stage.clock.now());
        });
        assert_eq!(next().as_deref(), Some(slots[1]), "{job} from {before} to {after}");
    }
}
