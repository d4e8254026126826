//! The machine's zone changes while the process runs: an administrator sets it, a laptop travels, a law changes its
//! rules. Each test changes it in the thread that polls, where chrono would go by the old rules for up to a second.

use std::{fs, time::Duration};

use punctual::{
    chrono::{DateTime, Utc},
    Event, EventKind, Job, Removal, Scheduler,
};

use crate::support::{days, hours, is_alone, minutes, noon, seconds, utc, Log, SchedulerSentence, Stage};

const NEW_YORK: &str = "EST5EDT,M3.2.0,M11.1.0";
const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

fn set_zone(rules: &str) {
    std::env::set_var("TZ", rules);
}

/// A scheduler in the machine's zone, at noon UTC on 10 January 2024.
fn stage_in(rules: &str) -> Stage {
    set_zone(rules);
    let clock = noon().clock;
    Stage { scheduler: Scheduler::with_clock(clock.clone()), clock }
}

fn show(slot: Option<DateTime<Utc>>) -> String {
    slot.map_or_else(|| "never".to_owned(), |slot| slot.format("%y-%m-%d %H:%M").to_string())
}

fn next(job: &Job) -> String {
    show(job.next_run())
}

/// The zone in which the job is registered, the one to which it changes, the sentence, its next slot before the change,
/// and the two after it, in UTC.
type Case = (&'static str, &'static str, SchedulerSentence, &'static str, [&'static str; 2]);

/// Dates, readings and windows follow the new rules. Elapsed time and given instants do not depend on the zone.
const CASES: &[Case] = &[
    (
        "UTC0",
        NEW_YORK,
        |s| s.every().day().at("10:30").run(|| {}),
        "24-01-11 10:30",
        ["24-01-10 15:30", "24-01-11 15:30"],
    ),
    (
        NEW_YORK,
        "UTC0",
        |s| s.every().day().at("10:30").run(|| {}),
        "24-01-10 15:30",
        ["24-01-11 10:30", "24-01-12 10:30"],
    ),
    ("UTC0", NEW_YORK, |s| s.every().day().run(|| {}), "24-01-11 12:00", ["24-01-11 17:00", "24-01-12 17:00"]),
    (NEW_YORK, "UTC0", |s| s.every().day().run(|| {}), "24-01-11 12:00", ["24-01-11 07:00", "24-01-12 07:00"]),
    (
        "UTC0",
        NEW_YORK,
        |s| s.every().days(3).at("10:30").run(|| {}),
        "24-01-13 10:30",
        ["24-01-13 15:30", "24-01-16 15:30"],
    ),
    (
        "UTC0",
        "<+0530>-5:30",
        |s| s.every().week().on(punctual::Weekday::Mon).at("10:30").run(|| {}),
        "24-01-15 10:30",
        ["24-01-15 05:00", "24-01-22 05:00"],
    ),
    (
        "UTC0",
        "<+0530>-5:30",
        |s| s.every().hour().at(":15").run(|| {}),
        "24-01-10 12:15",
        ["24-01-10 12:45", "24-01-10 13:45"],
    ),
    (
        "<+0530>-5:30",
        "UTC0",
        |s| s.every().hour().at(":15").run(|| {}),
        "24-01-10 12:45",
        ["24-01-10 12:15", "24-01-10 13:15"],
    ),
    (
        "UTC0",
        "<+0530>-5:30",
        |s| s.every().hours(2).at(":15").run(|| {}),
        "24-01-10 14:15",
        ["24-01-10 13:45", "24-01-10 15:45"],
    ),
    (
        "UTC0",
        "<+0530>-5:30",
        |s| s.every().minute().at(":30").run(|| {}),
        "24-01-10 12:00",
        ["24-01-10 12:00", "24-01-10 12:01"],
    ),
    ("UTC0", NEW_YORK, |s| s.every().hours(2).run(|| {}), "24-01-10 14:00", ["24-01-10 14:00", "24-01-10 16:00"]),
    ("UTC0", "CET-1", |s| s.every().minutes(7).run(|| {}), "24-01-10 12:07", ["24-01-10 12:07", "24-01-10 12:14"]),
    ("UTC0", NEW_YORK, |s| s.after(hours(3)).run(|| {}), "24-01-10 15:00", ["24-01-10 15:00", "never"]),
    ("UTC0", NEW_YORK, |s| s.once("2024-01-10 18:00").run(|| {}), "24-01-10 18:00", ["24-01-10 18:00", "never"]),
    (
        "UTC0",
        NEW_YORK,
        |s| s.every().day().at("10:30").tz(Utc).run(|| {}),
        "24-01-11 10:30",
        ["24-01-11 10:30", "24-01-12 10:30"],
    ),
    (
        "UTC0",
        NEW_YORK,
        |s| s.every().day().at("23:00").until("2024-01-13").run(|| {}),
        "24-01-10 23:00",
        ["24-01-11 04:00", "24-01-12 04:00"],
    ),
    // What was given as an instant is the first slot; the dates after it are those of the new zone.
    (
        "UTC0",
        NEW_YORK,
        |s| s.every().day().starting("2024-01-12 20:00").run(|| {}),
        "24-01-12 20:00",
        ["24-01-12 20:00", "24-01-13 01:00"],
    ),
    (
        "UTC0",
        NEW_YORK,
        |s| s.every().day().at("10:30").starting("2024-01-12 12:00").run(|| {}),
        "24-01-13 10:30",
        ["24-01-12 15:30", "24-01-13 15:30"],
    ),
    (
        "UTC0",
        NEW_YORK,
        |s| s.every().hour().between("12:00", "14:00").run(|| {}),
        "24-01-10 13:00",
        ["24-01-10 17:00", "24-01-10 18:00"],
    ),
    (
        NEW_YORK,
        "UTC0",
        |s| s.every().hour().between("12:00", "14:00").run(|| {}),
        "24-01-10 17:00",
        ["24-01-10 13:00", "24-01-11 12:00"],
    ),
    (
        "CET-1",
        BERLIN,
        |s| s.every().month().on_day(1).at("10:30").run(|| {}),
        "24-02-01 09:30",
        ["24-02-01 09:30", "24-03-01 09:30"],
    ),
    (
        "CET-1",
        BERLIN,
        |s| s.every().year().on_date(4, 1).at("10:30").run(|| {}),
        "24-04-01 09:30",
        ["24-04-01 08:30", "25-04-01 08:30"],
    ),
    (
        BERLIN,
        "CET-1",
        |s| s.every().month().on_day(15).at("10:30").starting("2024-06-01").run(|| {}),
        "24-06-15 08:30",
        ["24-06-15 09:30", "24-07-15 09:30"],
    ),
];

#[test]
fn a_change_of_the_machines_zone_moves_the_next_slot_within_a_minute_of_idle_polls() {
    if !is_alone("zone_changes::a_change_of_the_machines_zone_moves_the_next_slot_within_a_minute_of_idle_polls") {
        return;
    }
    for (before, after, sentence, old, new) in CASES {
        let stage = stage_in(before);
        let job = sentence(&stage.scheduler).unwrap();
        assert_eq!(next(&job), *old, "{job} in {before}");
        // The first poll looks at the zone as it was.
        assert_eq!(stage.scheduler.run_pending(), 0);
        set_zone(after);
        assert_eq!(next(&job), *old, "{job} from {before} to {after}");
        for _ in 0..6 {
            stage.wait(seconds(10));
        }
        if job.run_count() == 0 {
            assert_eq!(next(&job), new[0], "{job} from {before} to {after}");
            stage.assert_consistent();
            stage.wait_until(job.next_run().unwrap());
        }
        assert_eq!(job.run_count(), 1, "{job} from {before} to {after}");
        assert_eq!(next(&job), new[1], "{job} from {before} to {after}");
    }
}

#[test]
fn a_slot_computed_under_the_old_rules_is_found_again_before_it_is_used() {
    if !is_alone("zone_changes::a_slot_computed_under_the_old_rules_is_found_again_before_it_is_used") {
        return;
    }
    let daily: SchedulerSentence = |s| s.every().day().at("10:30").run(|| {});
    let hourly: SchedulerSentence = |s| s.every().hour().between("12:00", "14:00").run(|| {});
    let after = |before, after, sentence: SchedulerSentence, wait: Duration| {
        let stage = stage_in(before);
        let job = sentence(&stage.scheduler).unwrap();
        stage.scheduler.run_pending();
        set_zone(after);
        (stage.wait(wait), next(&job))
    };
    // 10:30 in UTC is overdue, and 05:30 in New York.
    assert_eq!(
        after("UTC0", NEW_YORK, daily, hours(23)),
        (1, "24-01-11 15:30".to_owned()),
        "10 January had a slot at 15:30"
    );
    assert_eq!(after("UTC0", NEW_YORK, daily, hours(3)), (0, "24-01-10 15:30".to_owned()));
    assert_eq!(after("UTC0", "<+14>-14", daily, hours(23)), (1, "24-01-11 20:30".to_owned()));
    // 13:00 in UTC is overdue, and 08:00 in New York, where the window opens four hours later.
    assert_eq!(after("UTC0", NEW_YORK, hourly, hours(1)), (0, "24-01-10 17:00".to_owned()));

    // The slot of a day that has had no other: by the new rules it is not due for five hours.
    let stage = stage_in("UTC0");
    let job = daily(&stage.scheduler).unwrap();
    stage.run_slots(&job, 1);
    stage.clock.advance(days(1));
    set_zone("<-07>7");
    assert_eq!((stage.scheduler.run_pending(), next(&job)), (1, "24-01-12 17:30".to_owned()), "11 January had 17:30");
    stage.clock.advance(hours(6));
    set_zone("<-12>12");
    assert_eq!((stage.scheduler.run_pending(), next(&job)), (0, "24-01-12 22:30".to_owned()));
}

/// Of a machine that was asleep for a day and wakes in New York.
#[test]
fn a_slot_overdue_by_the_old_rules_and_by_the_new_ones_runs_once() {
    if !is_alone("zone_changes::a_slot_overdue_by_the_old_rules_and_by_the_new_ones_runs_once") {
        return;
    }
    let stage = stage_in("UTC0");
    let log = Log::default();
    let body = log.clone();
    let job = stage.scheduler.every().day().at("10:30");
    let job = job.run_with(move |context| body.write(show(Some(context.slot())))).unwrap();
    stage.scheduler.run_pending();
    set_zone(NEW_YORK);
    assert_eq!(stage.wait(hours(56)), 1);
    assert_eq!((log.take(), next(&job)), (vec!["24-01-10 15:30".to_owned()], "24-01-13 15:30".to_owned()));
    // That run was for all that were missed: of those before it, none comes again.
    set_zone("UTC0");
    assert_eq!((stage.wait(hours(1)), next(&job)), (0, "24-01-13 10:30".to_owned()));
}

#[test]
fn a_slot_that_has_run_does_not_run_again_and_none_runs_for_a_zone_that_came_and_went() {
    if !is_alone("zone_changes::a_slot_that_has_run_does_not_run_again_and_none_runs_for_a_zone_that_came_and_went") {
        return;
    }
    let stage = stage_in("UTC0");
    let job = stage.scheduler.every().day().at("10:30").run(|| {}).unwrap();
    stage.run_slots(&job, 1);
    for (zone, slot) in [
        ("GMT0", "24-01-12 10:30"),
        (NEW_YORK, "24-01-11 15:30"),
        ("<+01>-1", "24-01-12 09:30"),
        ("<-01>1", "24-01-11 11:30"),
        ("UTC0", "24-01-12 10:30"),
    ] {
        set_zone(zone);
        assert_eq!((stage.wait(minutes(1)), next(&job)), (0, slot.to_owned()), "{zone}");
    }
}

/// If summer time is abolished after the run of 00:15, the wall clock shows 00:15 once more on that date, an hour
/// later.
#[test]
fn abolishing_summer_time_after_the_run_of_a_daily_job_makes_it_run_twice_on_one_date() {
    if !is_alone("zone_changes::abolishing_summer_time_after_the_run_of_a_daily_job_makes_it_run_twice_on_one_date") {
        return;
    }
    let (summer, no_summer) = ("NZST-12NZDT,M9.5.0,M4.1.0/3", "NZST-12");
    let runs = |before, after| {
        let stage = stage_in(before);
        let job = stage.scheduler.every().day().at("00:15").run(|| {}).unwrap();
        let first = show(stage.run_slots(&job, 1).first().copied());
        set_zone(after);
        stage.wait(minutes(1));
        [first, next(&job)]
    };
    assert_eq!(runs(summer, no_summer), ["24-01-11 11:15", "24-01-11 12:15"]);
    // Introducing it leaves one run per date, and two of them are 23 hours apart.
    assert_eq!(runs(no_summer, summer), ["24-01-10 12:15", "24-01-11 11:15"]);
}

#[test]
fn a_zone_file_that_is_replaced_or_rewritten_is_noticed() {
    if !is_alone("zone_changes::a_zone_file_that_is_replaced_or_rewritten_is_noticed") {
        return;
    }
    // The smallest file that the format allows: one offset, which always applies.
    let zone = |hours: i32, name: &str| {
        let counts = [0, 0, 0, 0, 1, name.len() as i32].map(i32::to_be_bytes).concat();
        [b"TZif".as_slice(), &[0; 16], &counts, &(hours * 3_600).to_be_bytes(), &[0, 0], name.as_bytes()].concat()
    };
    let folder = std::env::temp_dir().join(format!("punctual-zone-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (file, other) = (folder.join("zone"), folder.join("other"));
    fs::write(&file, zone(2, "ABC\0")).unwrap();
    let stage = stage_in(&format!(":{}", file.display()));
    let job = stage.scheduler.every().day().at("10:30").run(|| {}).unwrap();
    assert_eq!((stage.scheduler.run_pending(), next(&job)), (0, "24-01-11 08:30".to_owned()));
    fs::write(&other, zone(3, "ABC\0")).unwrap();
    fs::rename(&other, &file).unwrap();
    assert_eq!((stage.wait(minutes(1)), next(&job)), (0, "24-01-11 07:30".to_owned()));
    fs::write(&file, zone(-5, "ABCD\0")).unwrap();
    assert_eq!(
        (stage.wait_until(utc("2024-01-11 07:30:00")), next(&job)),
        (1, "24-01-11 15:30".to_owned()),
        "10 January"
    );
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn registering_rescheduling_and_upcoming_go_by_the_new_rules_at_once() {
    if !is_alone("zone_changes::registering_rescheduling_and_upcoming_go_by_the_new_rules_at_once") {
        return;
    }
    let daily = || punctual::Schedule::every(1, punctual::Unit::Day).unwrap().at("10:30").unwrap();
    let stage = stage_in("UTC0");
    let [old, plain] = [daily(), punctual::Schedule::every(2, punctual::Unit::Hour).unwrap()]
        .map(|schedule| stage.scheduler.schedule(schedule).run(|| {}).unwrap());
    set_zone(NEW_YORK);
    let new = stage.scheduler.schedule(daily()).run(|| {}).unwrap();
    assert_eq!([next(&old), next(&new)], ["24-01-11 10:30", "24-01-10 15:30"]);
    let slots: Vec<_> = old.upcoming(2).into_iter().map(|slot| show(Some(slot))).collect();
    assert_eq!(slots, ["24-01-10 15:30", "24-01-11 15:30"]);
    assert_eq!([next(&old), next(&new)], ["24-01-10 15:30", "24-01-10 15:30"]);
    set_zone("UTC0");
    plain.reschedule(daily()).unwrap();
    assert_eq!([next(&plain), next(&new)], ["24-01-11 10:30", "24-01-10 15:30"]);
    // The others follow with the next poll, although nothing is due.
    assert_eq!(stage.scheduler.run_pending(), 0);
    assert_eq!([&old, &new, &plain].map(next), ["24-01-11 10:30"; 3]);
}

#[test]
fn two_schedulers_and_a_paused_job_all_follow() {
    if !is_alone("zone_changes::two_schedulers_and_a_paused_job_all_follow") {
        return;
    }
    let (first, second) = (stage_in("UTC0"), stage_in("UTC0"));
    let daily = |stage: &Stage| stage.scheduler.every().day().at("10:30").run(|| {}).unwrap();
    let jobs = [daily(&first), daily(&second), daily(&second)];
    jobs[2].pause();
    set_zone(NEW_YORK);
    first.wait(minutes(1));
    assert_eq!([&jobs[0], &jobs[1]].map(next), ["24-01-10 15:30", "24-01-11 10:30"]);
    second.wait(minutes(1));
    jobs[2].resume();
    assert_eq!([&jobs[1], &jobs[2]].map(next), ["24-01-10 15:30"; 2]);
}

#[test]
fn a_job_whose_deadline_is_before_its_slot_by_the_new_rules_is_removed() {
    if !is_alone("zone_changes::a_job_whose_deadline_is_before_its_slot_by_the_new_rules_is_removed") {
        return;
    }
    let stage = stage_in("UTC0");
    let log = Log::default();
    let heard = log.clone();
    let _listening = stage.scheduler.on_event(move |event: &Event| {
        if event.kind == EventKind::Removed(Removal::Deadline) {
            heard.write("deadline");
        }
    });
    let job = stage.scheduler.every().day().at("23:00").until("2024-01-11").run(|| {}).unwrap();
    assert_eq!(next(&job), "24-01-10 23:00");
    set_zone(NEW_YORK);
    assert_eq!((stage.wait(minutes(1)), log.take()), (0, vec!["deadline".to_owned()]));
    assert!(!job.is_scheduled());
}

/// A loop on a manual clock goes from slot to slot, and looks each time.
#[test]
fn a_loop_follows_the_zone_that_a_body_finds() {
    if !is_alone("zone_changes::a_loop_follows_the_zone_that_a_body_finds") {
        return;
    }
    let stage = stage_in("UTC0");
    let log = Log::default();
    let body = log.clone();
    let daily = stage.scheduler.every().day().at("10:30").times(2);
    daily.run_with(move |context| body.write(show(Some(context.slot())))).unwrap();
    stage.scheduler.after(hours(1)).run(|| set_zone(NEW_YORK)).unwrap();
    assert_eq!(stage.scheduler.run_until_empty(), 3);
    assert_eq!(log.take(), ["24-01-10 15:30", "24-01-11 15:30"]);
}
