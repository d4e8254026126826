//! Why a job ran, or did not.

use std::{
    sync::mpsc::{channel, Sender},
    time::Duration,
};

use chrono::Utc;
use punctual::{
    Coalesce, Explanation, Forgotten, Job, ManualClock, Outcome, Overlap, Reason, Removal, Retry, Scheduler, Skip,
    WaitsFor,
};

use crate::support::{days, hours, minutes, noon, seconds, utc};

/// A scheduler at noon that remembers.
fn remembering(limit: usize) -> (ManualClock, Scheduler) {
    let clock = ManualClock::new(utc("2024-01-10 12:00:00"));
    let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).history(limit).workers(1).build().unwrap();
    (clock, scheduler)
}

fn why(job: &Job, time: &str) -> Reason {
    job.explain(time).unwrap().reason
}

/// The explanation with the date and the offset left out, and the zeros of the time.
fn text(explanation: &Explanation) -> String {
    explanation.to_string().replace("2024-01-10 ", "").replace(" +00:00", "").replace(":00:00", ":00")
}

#[test]
fn a_slot_that_ran_has_its_run_and_the_others_share_it() {
    let (clock, scheduler) = remembering(9);
    let slow = clock.clone();
    let job = scheduler.every().minutes(10).named("poll").run(move || slow.advance(seconds(90))).unwrap();
    clock.advance(minutes(35));
    scheduler.run_pending();
    let Reason::Ran(run) = why(&job, "12:10") else { panic!("{:?}", why(&job, "12:10")) };
    assert_eq!((run.outcome, run.started_at), (Some(Outcome::Completed), Some(utc("2024-01-10 12:35:00"))));
    assert_eq!(
        text(&job.explain("12:10").unwrap()),
        "poll ran for the slot at 12:10:00: run 1 started 25m late, took 1m 30s, and completed",
    );
    for missed in ["12:20", "12:30"] {
        assert!(matches!(why(&job, missed), Reason::Coalesced(run) if run.slot == utc("2024-01-10 12:10:00")));
    }
    assert_eq!(
        text(&job.explain("12:30").unwrap()),
        "poll missed the slot at 12:30:00, which shared a run with others: \
         run 1, for the slot at 12:10:00, started 25m late, took 1m 30s, and completed",
    );
    // While it ran, and no slot was.
    assert!(matches!(why(&job, "12:36"), Reason::Ran(run) if run.slot == utc("2024-01-10 12:10:00")));
    assert_eq!(why(&job, "12:40"), Reason::ToCome);
    assert!(text(&job.explain("12:36").unwrap()).starts_with("no slot is at 12:36:00, but poll was running: run 1"));
}

#[test]
fn slots_that_were_missed_together_and_too_late_are_explained_each() {
    for coalesce in [Coalesce::Latest, Coalesce::Earliest, Coalesce::All(9)] {
        let (clock, scheduler) = remembering(9);
        let job = scheduler.every().hour().coalesce(coalesce).misfire_grace(seconds(60)).run(|| {}).unwrap();
        clock.advance(minutes(190));
        assert_eq!(scheduler.run_pending(), 0);
        for slot in ["13:00", "14:00", "15:00"] {
            assert!(matches!(why(&job, slot), Reason::Skipped { why: Skip::Misfire, .. }), "{:?}", why(&job, slot));
        }
    }
}

#[test]
fn a_paused_job_is_said_to_be_while_an_attempt_waits() {
    let (clock, scheduler) = remembering(9);
    let retry = Retry::fixed(seconds(30)).times(1);
    let job = scheduler.every().hour().retry(retry).run(|| Err::<(), _>("no")).unwrap();
    clock.advance(hours(1));
    scheduler.run_pending();
    job.pause();
    assert!(
        matches!(why(&job, "13:00"), Reason::Retrying { paused_since: Some(at), .. } if at == utc("2024-01-10 13:00:00")),
        "{:?}",
        why(&job, "13:00"),
    );
    let text = text(&job.explain("13:00").unwrap());
    assert!(
        text.ends_with("failed: no; attempt 2 begins when it is resumed: it has been paused since 13:00"),
        "{text}"
    );
    job.resume();
    assert!(matches!(why(&job, "13:00"), Reason::Retrying { paused_since: None, at: Some(_), .. }));
}

#[test]
fn instants_within_a_second_are_told_apart() {
    let (clock, scheduler) = remembering(9);
    let job = scheduler.every().millis(1_500).named("tick").run(|| {}).unwrap();
    clock.advance(seconds(1));
    let explanation = job.explain(utc("2024-01-10 12:00:02")).unwrap();
    assert_eq!(text(&explanation), "tick has no slot at 12:00:02: the nearest ones are 12:00:01.500 and 12:00:03");
}

#[test]
fn without_history_it_says_what_would_make_it_known() {
    let stage = noon();
    let job = stage.every().minute().named("tick").run(|| {}).unwrap();
    stage.clock.advance(minutes(3));
    stage.scheduler.run_pending();
    assert_eq!(why(&job, "12:02"), Reason::Unknown(Forgotten::NoHistory));
    let said = job.explain("12:02").unwrap().to_string();
    assert!(said.ends_with("`SchedulerBuilder::history(n)` makes it keep the last n runs and skips"), "{said}");
    // What is no slot is known nevertheless, and so is what is to come.
    let Reason::NoSlot { before, after, .. } = why(&job, "12:01:30") else { panic!("{:?}", why(&job, "12:01:30")) };
    assert_eq!((before, after), (Some(utc("2024-01-10 12:01:00")), Some(utc("2024-01-10 12:02:00"))));
    assert_eq!(why(&job, "12:04"), Reason::ToCome);
}

#[test]
fn what_is_forgotten_is_not_taken_for_what_did_not_happen() {
    let (clock, scheduler) = remembering(2);
    let job = scheduler.every().minute().run(|| {}).unwrap();
    for _ in 0..5 {
        clock.advance(minutes(1));
        scheduler.run_pending();
    }
    assert_eq!(why(&job, "12:03"), Reason::Unknown(Forgotten::TooLongAgo));
    assert!(matches!(why(&job, "12:04"), Reason::Ran(_)));
    assert!(
        matches!(why(&job, "11:59"), Reason::NotRegistered { added_at, .. } if added_at == utc("2024-01-10 12:00:00"))
    );
    job.reschedule("every 2 minutes").unwrap();
    assert_eq!(why(&job, "12:04:30"), Reason::Unknown(Forgotten::OtherSchedule));
    assert!(matches!(why(&job, "12:04"), Reason::Ran(_)));
}

#[test]
fn a_pause_is_told_while_it_lasts_and_afterwards() {
    let (clock, scheduler) = remembering(9);
    let job = scheduler.every().minute().named("tick").run(|| {}).unwrap();
    clock.advance(seconds(30));
    job.pause();
    clock.advance(minutes(2));
    let since = utc("2024-01-10 12:00:30");
    for slot in ["12:01", "12:02", "12:05"] {
        assert!(matches!(why(&job, slot), Reason::Paused { since: at, until: None, .. } if at == since), "{slot}");
    }
    assert_eq!(
        text(&job.explain("12:05").unwrap()),
        "tick will not run at 12:05:00: it has been paused since 12:00:30"
    );
    assert_eq!(text(&job.explain("12:01").unwrap()), "tick did not run at 12:01:00: it has been paused since 12:00:30");
    job.resume();
    let resumed = utc("2024-01-10 12:02:30");
    let was = |time: &str| matches!(why(&job, time), Reason::Paused { until, .. } if until == Some(resumed));
    assert!(was("12:01") && was("12:02") && !was("12:03"));
    assert_eq!(
        text(&job.explain("12:02").unwrap()),
        "tick did not run at 12:02:00: it was paused from 12:00:30 to 12:02:30",
    );
}

#[test]
fn a_pause_of_the_whole_scheduler_is_one_of_each_job() {
    let (clock, scheduler) = remembering(9);
    let job = scheduler.every().minute().run(|| {}).unwrap();
    scheduler.pause();
    clock.advance(seconds(90));
    let since = utc("2024-01-10 12:00:00");
    assert!(matches!(why(&job, "12:01"), Reason::Paused { since: at, until: None, .. } if at == since));
    assert!(matches!(why(&job, "12:04"), Reason::Paused { since: at, until: None, .. } if at == since));
    scheduler.resume();
    assert!(matches!(why(&job, "12:01"), Reason::Paused { since: at, until: Some(_), .. } if at == since));
    assert_eq!(why(&job, "12:02"), Reason::ToCome);
}

#[test]
fn skips_are_told_with_their_reason() {
    let (clock, scheduler) = remembering(9);
    let late = scheduler.every().minute().named("late").misfire_grace(seconds(10)).run(|| {}).unwrap();
    let closed = scheduler.every().minutes(30).named("closed").between("12:00", "13:00").run(|| {}).unwrap();
    clock.advance(minutes(75) + seconds(20));
    scheduler.run_pending();
    assert!(matches!(why(&late, "13:15"), Reason::Skipped { why: Skip::Misfire, .. }), "{:?}", why(&late, "13:15"));
    assert!(matches!(why(&closed, "12:30"), Reason::Skipped { why: Skip::Window, .. }), "{:?}", why(&closed, "12:30"));
    assert_eq!(
        text(&late.explain("13:15").unwrap()),
        "late skipped the slot at 13:15:00, because it was too late: decided at 13:15:20",
    );
    let said = text(&closed.explain("12:30").unwrap());
    assert!(said.contains("because the window was closed when the run would have started"), "{said}");
}

#[test]
fn slots_that_were_missed_together_are_skipped_together() {
    let (clock, scheduler) = remembering(9);
    let sentence = scheduler.every().minute().coalesce(Coalesce::All(9)).misfire_grace(seconds(90));
    let job = sentence.run(|| {}).unwrap();
    clock.advance(minutes(5));
    scheduler.run_pending();
    for late in ["12:01", "12:02", "12:03"] {
        assert!(matches!(why(&job, late), Reason::Skipped { why: Skip::Misfire, .. }), "{late}: {:?}", why(&job, late));
    }
    assert!(["12:04", "12:05"].iter().all(|slot| matches!(why(&job, slot), Reason::Ran(_))));
}

#[test]
fn a_removed_job_says_why_and_what_it_did_before() {
    let (clock, scheduler) = remembering(9);
    let job = scheduler.every().minute().named("tick").run(|| {}).unwrap();
    clock.advance(minutes(1));
    scheduler.run_pending();
    clock.advance(seconds(30));
    job.cancel();
    clock.advance(minutes(2));
    let removed = |reason: Reason| matches!(reason, Reason::Removed { why: Removal::Cancelled, at, .. } if at == utc("2024-01-10 12:01:30"));
    assert!(removed(why(&job, "12:02")) && removed(why(&job, "12:09")));
    assert!(matches!(why(&job, "12:01"), Reason::Ran(_)));
    assert_eq!(
        text(&job.explain("12:09").unwrap()),
        "tick will not run at 12:09:00: it was removed at 12:01:30 (cancelled)",
    );
    // And without history.
    let stage = noon();
    let job = stage.every().minute().run(|| {}).unwrap();
    stage.scheduler.clear();
    assert!(matches!(why(&job, "12:02"), Reason::Removed { why: Removal::Cleared, .. }));
}

#[test]
fn what_is_to_come_ends_with_its_limits() {
    let stage = noon();
    let until = stage.every().hour().until("15:00").run(|| {}).unwrap();
    assert_eq!(why(&until, "15:00"), Reason::ToCome);
    let deadline = Some(utc("2024-01-10 15:00:00"));
    assert!(matches!(why(&until, "16:00"), Reason::AfterEnd { until, .. } if until == deadline));
    assert_eq!(
        text(&until.explain("16:00").unwrap()).split_once(" has ").unwrap().1,
        "no slot at 16:00: it ends at 15:00"
    );

    let times = stage.every().hour().times(2).run(|| {}).unwrap();
    assert_eq!((why(&times, "14:00"), why(&times, "15:00")), (Reason::ToCome, Reason::AfterTimes));

    let window = stage.every().hour().between("09:00", "18:00").named("w").run(|| {}).unwrap();
    assert!(matches!(why(&window, "20:00"), Reason::NoSlot { is_excluded: true, .. }));
    assert_eq!(
        text(&window.explain("20:00").unwrap()),
        "w has no slot at 20:00, a time or date that its schedule excludes: \
         the nearest ones are 17:00 and 2024-01-11 09:00",
    );
    let last = stage.every().hour().between("09:00", "18:00").until("2024-01-11").named("l").run(|| {}).unwrap();
    assert_eq!(
        text(&last.explain("20:00").unwrap()),
        "l has no slot at 20:00, a time or date that its schedule excludes: the last one before is 17:00",
    );
    let random = stage.every().minutes(5).to(10).run(|| {}).unwrap();
    assert_eq!(random.explain(random.next_run().unwrap()).unwrap().reason, Reason::ToCome);
    assert_eq!(why(&random, "18:00"), Reason::NotDrawn);

    let once = stage.scheduler.once("13:00").run(|| {}).unwrap();
    assert_eq!(why(&once, "13:00"), Reason::ToCome);
    assert!(matches!(why(&once, "14:00"), Reason::AfterEnd { until: None, .. }));
}

#[test]
fn what_waits_says_for_what() {
    let (clock, scheduler) = remembering(9);
    let job = scheduler.every().minute().run(|| {}).unwrap();
    clock.advance(seconds(150));
    assert_eq!(why(&job, "12:01"), Reason::Waiting(WaitsFor::Poll));
    assert_eq!(why(&job, "12:02"), Reason::Waiting(WaitsFor::Poll));
    assert!(matches!(why(&job, "12:01:30"), Reason::NoSlot { .. }));
    job.cancel();

    // One worker, on which the first waits to be let go.
    let (release, gate) = channel::<()>();
    let (begun, begins) = channel();
    let first = scheduler.every().minute().named("first").max_instances(2).run({
        let gate = std::sync::Mutex::new(gate);
        move || {
            let _ = begun.send(());
            let _ = gate.lock().unwrap().recv();
        }
    });
    let first = first.unwrap();
    clock.advance(minutes(1));
    scheduler.run_pending();
    begins.recv().unwrap();
    assert!(matches!(why(&first, "12:03:30"), Reason::Running { since, .. } if since == utc("2024-01-10 12:03:30")));
    clock.advance(minutes(1));
    scheduler.run_pending();
    assert_eq!(why(&first, "12:04:30"), Reason::Waiting(WaitsFor::Pool("default".to_owned())));
    clock.advance(minutes(1));
    scheduler.run_pending();
    assert!(matches!(why(&first, "12:05:30"), Reason::Skipped { why: Skip::Overlap, .. }));
    drop(release);
    scheduler.shutdown(true);
    assert!(matches!(why(&first, "12:03:30"), Reason::Ran(_)));
    // Dropped by the shutdown, or begun before it: either way it is known.
    assert!(matches!(why(&first, "12:04:30"), Reason::Ran(_) | Reason::Skipped { why: Skip::Shutdown, .. }));
}

#[test]
fn a_run_in_progress_holds_its_slot() {
    let (clock, scheduler) = remembering(9);
    let (asked, weak) = (clock.clone(), scheduler.downgrade());
    let (sender, answers) = channel();
    let sentence = scheduler.every().minute().named("slow").key("slow");
    let job = sentence.run(move || {
        asked.advance(minutes(1));
        let scheduler = weak.upgrade().unwrap();
        scheduler.run_pending();
        let job = scheduler.find("slow").unwrap();
        sender.send((job.explain("12:01").unwrap(), job.explain("12:02").unwrap(), why(&job, "12:01:30"))).unwrap();
    });
    let job = job.unwrap();
    clock.advance(minutes(1));
    scheduler.run_pending();
    let (this, next, between) = answers.recv().unwrap();
    assert_eq!(text(&this), "slow is running: a run has been in progress since 12:01:00");
    assert_eq!(
        text(&next),
        "slow is due for the slot at 12:02:00, and waits for the end of another run, in progress since 12:01:00",
    );
    assert!(matches!(between, Reason::Running { since, .. } if since == utc("2024-01-10 12:01:00")));
    assert!(matches!(why(&job, "12:01"), Reason::Ran(_)));
}

#[test]
fn a_queued_slot_waits_for_the_run_that_holds_the_job() {
    let (clock, scheduler) = remembering(9);
    let (asked, weak) = (clock.clone(), scheduler.downgrade());
    let (sender, answers) = channel();
    let mut is_first = true;
    let sentence = scheduler.every().minute().overlap(Overlap::Queue(3)).key("job");
    let job = sentence.run(move || {
        if std::mem::take(&mut is_first) {
            asked.advance(minutes(1));
            let scheduler = weak.upgrade().unwrap();
            scheduler.run_pending();
            sender.send(why(&scheduler.find("job").unwrap(), "12:02")).unwrap();
        }
    });
    let job = job.unwrap();
    clock.advance(minutes(1));
    scheduler.run_pending();
    assert!(matches!(answers.recv().unwrap(), Reason::Waiting(WaitsFor::Run { since: Some(_), .. })));
    assert_eq!(why(&job, "12:02"), Reason::Waiting(WaitsFor::Poll));
    scheduler.run_pending();
    assert!(matches!(why(&job, "12:02"), Reason::Ran(_)));
}

#[test]
fn a_retry_says_when_and_after_what() {
    let (clock, scheduler) = remembering(9);
    let retry = Retry::fixed(seconds(20)).times(2);
    let mut attempt = 0;
    let job = scheduler.every().minute().named("fetch").retry(retry).run(move || {
        attempt += 1;
        if attempt < 3 {
            Err(format!("no answer {attempt}"))
        } else {
            Ok(())
        }
    });
    let job = job.unwrap();
    clock.advance(minutes(1));
    scheduler.run_pending();
    assert_eq!(
        text(&job.explain("12:01").unwrap()),
        "run 1 of fetch for the slot at 12:01:00 failed: no answer 1; attempt 2 begins at 12:01:20",
    );
    for _ in 0..2 {
        clock.advance(seconds(20));
        scheduler.run_pending();
    }
    assert_eq!(
        text(&job.explain("12:01").unwrap()),
        "fetch ran for the slot at 12:01:00: run 1 started attempt 3 40s after its slot and completed",
    );
}

#[test]
fn calendars_are_explained_far_back_and_far_ahead() {
    let (clock, scheduler) = remembering(3);
    let job = scheduler.every().weekday().at("09:30").run(|| {}).unwrap();
    clock.advance(days(30));
    scheduler.run_pending();
    assert!(matches!(why(&job, "2024-01-11 09:30"), Reason::Ran(_)));
    assert!(matches!(why(&job, "2024-01-12 09:30"), Reason::Coalesced(_)));
    let Reason::NoSlot { before, after, .. } = why(&job, "2024-01-13 09:30") else { panic!() };
    assert_eq!((before, after), (Some(utc("2024-01-12 09:30:00")), Some(utc("2024-01-15 09:30:00"))));
    assert_eq!(why(&job, "2924-01-12 09:30"), Reason::ToCome);
    let Reason::NoSlot { before, after, .. } = why(&job, "2924-01-12 09:31") else { panic!() };
    assert_eq!((before, after), (Some(utc("2924-01-12 09:30:00")), Some(utc("2924-01-13 09:30:00"))));
}

#[test]
fn asking_changes_nothing_and_is_quick_however_many_slots_were_missed() {
    let (clock, scheduler) = remembering(3);
    let job = scheduler.every().millis(1).run(|| {}).unwrap();
    let random = scheduler.every().minutes(5).to(10).run(|| {}).unwrap();
    let (next, shown) = (random.next_run(), job.to_string());
    clock.advance(days(3_650));
    assert_eq!(why(&job, "2033-01-10 12:00:00"), Reason::Waiting(WaitsFor::Poll));
    assert!(matches!(job.explain(hours(24 * 100_000)).unwrap().reason, Reason::ToCome));
    scheduler.run_pending();
    assert!(matches!(why(&job, "2033-01-10 12:00:00"), Reason::Coalesced(_)));
    assert_ne!(job.to_string(), shown);
    assert_ne!(random.next_run(), next);
}

/// A job with a time limit, whose body was called at 12:01 and blocks until the sender is dropped. A slot that comes
/// meanwhile waits.
fn blocked(clock: &ManualClock, scheduler: &Scheduler, timeout: Duration) -> (Job, Sender<()>) {
    let (release, gate) = channel::<()>();
    let (begun, begins) = channel();
    let sentence = scheduler.every().minute().named("slow").timeout(timeout).parallel().overlap(Overlap::Queue(1));
    let job = sentence.run(move || {
        begun.send(()).unwrap();
        let _ = gate.recv();
    });
    let job = job.unwrap();
    clock.advance(minutes(1));
    scheduler.run_pending();
    begins.recv().unwrap();
    (job, release)
}

#[test]
fn a_body_that_does_not_return_is_what_its_job_waits_for() {
    let (clock, scheduler) = remembering(9);
    let (job, release) = blocked(&clock, &scheduler, seconds(5));
    clock.advance(seconds(4));
    assert_eq!(text(&job.explain("12:01").unwrap()), "slow is running: run 1 has been in progress since 12:01:00",);
    clock.advance(seconds(56));
    scheduler.run_pending();
    assert_eq!(job.last_outcome(), Some(Outcome::TimedOut));
    assert_eq!(
        text(&job.explain("12:02").unwrap()),
        "slow is due for the slot at 12:02:00, and waits for the body of run 1, called at 12:01:00, which has not \
         returned since its time was over",
    );
    drop(release);
    scheduler.shutdown(true);
}

#[test]
fn a_queued_slot_names_the_run_that_holds_the_job() {
    let (clock, scheduler) = remembering(9);
    let (job, release) = blocked(&clock, &scheduler, hours(1));
    clock.advance(minutes(1));
    scheduler.run_pending();
    assert_eq!(
        text(&job.explain("12:02").unwrap()),
        "slow is due for the slot at 12:02:00, and waits for the end of run 1, in progress since 12:01:00",
    );
    drop(release);
    scheduler.shutdown(true);
}

#[test]
fn a_run_whose_hooks_are_called_waits_for_them() {
    let (clock, scheduler) = remembering(9);
    let (sender, answers) = channel();
    let weak = scheduler.downgrade();
    scheduler.before_run(move |_| {
        let job = weak.upgrade().unwrap().find("job").unwrap();
        sender.send(text(&job.explain("12:01").unwrap())).unwrap();
        Ok(())
    });
    scheduler.every().minute().named("mail").key("job").run(|| {}).unwrap();
    clock.advance(minutes(1));
    assert_eq!(scheduler.run_pending(), 1);
    assert_eq!(answers.recv().unwrap(), "mail is due for the slot at 12:01:00, and waits for its hooks");
}

#[test]
fn a_pause_that_dropped_a_slot_is_the_reason_although_the_slot_was_before() {
    let (clock, scheduler) = remembering(9);
    let job = scheduler.every().hour().named("report").run(|| {}).unwrap();
    clock.set(utc("2024-01-10 13:00:05"));
    job.pause();
    let text_of = |time: &str| text(&job.explain(time).unwrap());
    assert_eq!(text_of("13:00"), "report did not run at 13:00: it has been paused since 13:00:05");
    job.resume();
    clock.advance(minutes(60));
    scheduler.run_pending();
    assert_eq!(text_of("13:00"), "report did not run at 13:00: it was paused from 13:00:05 to 13:00:05");
    assert!(matches!(why(&job, "14:00"), Reason::Ran(_)));
    scheduler.pause();
    clock.advance(minutes(60));
    assert_eq!(text_of("15:00"), "report did not run at 15:00: it has been paused since 14:00:05");
}

#[test]
fn a_veto_is_the_reason_for_each_slot_that_its_run_would_have_been_for() {
    let (clock, scheduler) = remembering(9);
    let job = scheduler.every().hour().before_run(|_| Err("no".into())).run(|| {}).unwrap();
    clock.advance(minutes(125));
    scheduler.run_pending();
    clock.advance(minutes(60));
    scheduler.run_pending();
    for slot in ["13:00", "14:00", "15:00"] {
        assert!(matches!(why(&job, slot), Reason::Skipped { why: Skip::Vetoed, .. }), "{:?}", why(&job, slot));
    }
}
