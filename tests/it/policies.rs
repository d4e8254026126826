//! Late runs and overlapping runs: `misfire_grace`, `coalesce`, `overlap`. No test sleeps: bodies block on channels, and a
//! manual clock makes slots due.

use std::{
    sync::{
        mpsc::{channel, Receiver, Sender},
        Arc, Mutex,
    },
    time::Duration,
};

use chrono::DateTime;
use punctual::{Coalesce, Event, EventKind, Job, Overlap, Scheduler, Skip, Wait};

use crate::support::{days, hours, minutes, noon, seconds, slot, utc, Stage};

const SECOND: Duration = Duration::from_secs(1);

/// Starts at the Unix epoch, so that the timestamp of a slot is the number of its second.
fn epoch() -> Stage {
    Stage::at("1970-01-01 00:00:00")
}

/// The runs and skips so far, such as `"3"` for a run of the slot at second 3 and `"Misfire 3"`.
fn decisions(scheduler: &Scheduler) -> Arc<Mutex<Vec<String>>> {
    let log = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&log);
    scheduler.on_event(move |event: &Event| {
        let line = match event.kind {
            EventKind::Started => slot(event).timestamp().to_string(),
            EventKind::Skipped(why) => format!("{why:?} {}", slot(event).timestamp()),
            _ => return,
        };
        lines.lock().unwrap().push(line);
    });
    log
}

/// Waits for decisions that another thread may be about to deliver.
fn assert_decided(log: &Mutex<Vec<String>>, expected: &[&str]) {
    let start = std::time::Instant::now();
    while log.lock().unwrap().len() < expected.len() && start.elapsed() < seconds(20) {
        std::thread::yield_now();
    }
    assert_eq!(taken(log), expected);
}

fn taken(log: &Mutex<Vec<String>>) -> Vec<String> {
    std::mem::take(&mut log.lock().unwrap())
}

#[test]
fn a_run_that_is_later_than_its_grace_is_skipped_and_one_that_is_not_runs() {
    for (late, expected) in [(0, "10"), (5, "10"), (6, "Misfire 10")] {
        let stage = epoch();
        let log = decisions(&stage.scheduler);
        let job = stage.every().seconds(10).misfire_grace(seconds(5)).run(|| {}).unwrap();
        stage.wait(seconds(10 + late));
        assert_eq!(taken(&log), [expected], "{late} s late");
        assert_eq!(job.next_run(), Some(utc("1970-01-01 00:00:20")));
        assert_eq!(stage.wait(seconds(10 - late)), 1, "the next one is in time");
    }
}

#[test]
fn without_a_grace_no_run_is_too_late() {
    let stage = noon();
    let job = stage.every().day().at("13:00").coalesce(Coalesce::Earliest).run(|| {}).unwrap();
    assert_eq!(stage.wait(days(400)), 1);
    assert_eq!(job.run_count(), 1);
}

#[test]
fn the_latest_missed_slot_is_found_for_every_kind_of_schedule() {
    let kinds = [
        ("every 7 seconds", "2024-02-19 11:59:58"),
        ("every day at 10:30", "2024-02-19 10:30:00"),
        ("every day at 10:30 and 11:45", "2024-02-19 11:45:00"),
        ("every hour at :30", "2024-02-19 11:30:00"),
        ("every month on day 31 at 08:00", "2024-01-31 08:00:00"),
        ("0 9 * * mon", "2024-02-19 09:00:00"),
        ("every minute between 09:00 and 10:00", "2024-02-19 09:59:00"),
    ];
    for (text, expected) in kinds {
        let stage = noon();
        let (sender, slots) = channel();
        let job =
            stage.scheduler.schedule(text).coalesce(Coalesce::Latest).run_with(move |context: &punctual::Context| {
                sender.send(context.slot()).unwrap();
            });
        let job = job.unwrap_or_else(|error| panic!("{text}: {error}"));
        // 40 days, until noon.
        let late = stage.wait(days(40));
        match text {
            // It is noon, and the window is closed.
            "every minute between 09:00 and 10:00" => assert_eq!(late, 0),
            _ => assert_eq!(slots.try_iter().collect::<Vec<_>>(), [utc(expected)], "{text}"),
        }
        assert!(job.next_run().is_some_and(|next| next > stage.clock.now()), "{text}");
    }
}

#[test]
fn the_latest_of_a_billion_missed_slots_is_found_at_once() {
    let stage = epoch();
    let log = decisions(&stage.scheduler);
    stage.every().second().coalesce(Coalesce::Latest).run(|| {}).unwrap();
    stage.scheduler.cron("*/15 * * * *").misfire_grace(SECOND).run(|| {}).unwrap();
    assert_eq!(stage.wait(seconds(1_000_000_000)), 1);
    assert_eq!(taken(&log), ["Misfire 900", "1000000000"]);
}

#[test]
fn each_missed_slot_has_a_run_up_to_the_limit_and_in_order() {
    let stage = epoch();
    let log = decisions(&stage.scheduler);
    let job = stage.every().seconds(10).coalesce(Coalesce::All(3)).run(|| {}).unwrap();
    assert_eq!(stage.wait(seconds(25)), 2);
    assert_eq!(taken(&log), ["10", "20"]);
    assert_eq!(stage.wait(seconds(1_000_000)), 3, "the others share the last run");
    assert_eq!(taken(&log), ["30", "40", "50"]);
    assert_eq!(job.next_run().map(|next| next.timestamp()), Some(1_000_030));
}

/// As APScheduler: of five due times and a grace of 2, three are missed and two run.
#[test]
fn missed_slots_that_are_too_late_do_not_count_for_the_limit() {
    let stage = epoch();
    let log = decisions(&stage.scheduler);
    stage.every().second().coalesce(Coalesce::All(2)).misfire_grace(SECOND).run(|| {}).unwrap();
    assert_eq!(stage.wait(seconds(5)), 2);
    assert_eq!(taken(&log), ["Misfire 1", "4", "5"]);
}

#[test]
fn a_grace_leaves_out_what_is_too_late_before_the_earliest_is_chosen() {
    for (coalesce, expected) in [(Coalesce::Latest, ["50"].as_slice()), (Coalesce::Earliest, &["Misfire 10", "50"])] {
        let stage = epoch();
        let log = decisions(&stage.scheduler);
        stage.every().seconds(10).coalesce(coalesce).misfire_grace(seconds(5)).run(|| {}).unwrap();
        stage.wait(seconds(52));
        assert_eq!(taken(&log), expected);
    }
}

#[test]
fn a_slow_body_makes_the_runs_after_it_late() {
    let stage = epoch();
    let log = decisions(&stage.scheduler);
    let clock = stage.clock.clone();
    stage.every().seconds(10).priority(-1).times(1).run(move || clock.advance(seconds(7))).unwrap();
    stage.every().seconds(10).misfire_grace(seconds(5)).run(|| {}).unwrap();
    stage.wait(seconds(10));
    assert_eq!(taken(&log), ["10", "Misfire 10"], "it was in time when it was claimed");
}

#[test]
fn slots_that_pass_during_a_slow_body_share_the_run_that_is_claimed() {
    for (coalesce, expected) in [
        (Coalesce::Latest, vec!["10", "30"]),
        (Coalesce::Earliest, vec!["10", "10"]),
        (Coalesce::All(9), vec!["10", "10", "20", "30"]),
    ] {
        let stage = epoch();
        let log = decisions(&stage.scheduler);
        let clock = stage.clock.clone();
        stage.every().seconds(10).priority(-1).times(1).run(move || clock.advance(seconds(21))).unwrap();
        stage.every().seconds(10).coalesce(coalesce).run(|| {}).unwrap();
        stage.wait(seconds(10));
        stage.scheduler.run_pending();
        assert_eq!(taken(&log), expected, "{coalesce:?}");
    }
}

/// A job on workers whose body blocks.
struct Gated {
    stage: Stage,
    job: Job,
    log: Arc<Mutex<Vec<String>>>,
    begun: Receiver<()>,
    release: Sender<()>,
}

impl Gated {
    fn new(register: impl FnOnce(&Stage, Box<dyn FnMut() + Send>) -> Job) -> Gated {
        let stage = Stage::with_workers(DateTime::UNIX_EPOCH, 4);
        let log = decisions(&stage.scheduler);
        let (start, begun) = channel();
        let (release, gate) = channel::<()>();
        let body = move || {
            start.send(()).unwrap();
            let _ = gate.recv();
        };
        let job = register(&stage, Box::new(body));
        Gated { stage, job, log, begun, release }
    }

    fn await_begin(&self) {
        self.begun.recv_timeout(seconds(20)).unwrap();
    }

    /// Ends the run in progress.
    fn end_one(&self) {
        let (ended, ends) = channel();
        let listener = self.stage.scheduler.on_event(move |event| {
            if event.kind == EventKind::Executed {
                let _ = ended.send(());
            }
        });
        self.release.send(()).unwrap();
        ends.recv_timeout(seconds(20)).unwrap();
        listener.remove();
    }
}

#[test]
fn slots_that_come_during_a_run_wait_up_to_the_limit() {
    let gated =
        Gated::new(|stage, body| stage.every().second().parallel().overlap(Overlap::Queue(2)).run(body).unwrap());
    gated.stage.wait(SECOND);
    gated.await_begin();
    (0..4).for_each(|_| assert_eq!(gated.stage.wait(SECOND), 0));
    assert_decided(&gated.log, &["1", "Overlap 4", "Overlap 5"]);
    for expected in ["2", "3"] {
        gated.end_one();
        assert_eq!(gated.stage.scheduler.idle(), Some(Duration::ZERO), "it may begin");
        assert_eq!(gated.stage.scheduler.run_pending(), 1);
        gated.await_begin();
        assert_decided(&gated.log, &[expected]);
    }
    gated.end_one();
    assert_eq!(gated.stage.scheduler.run_pending(), 0);
    assert_eq!(gated.job.run_count(), 3);
}

#[test]
fn a_run_that_has_waited_too_long_is_skipped() {
    let gated = Gated::new(|stage, body| {
        let sentence = stage.every().second().parallel().overlap(Overlap::Queue(9)).misfire_grace(seconds(3));
        sentence.run(body).unwrap()
    });
    gated.stage.wait(SECOND);
    gated.await_begin();
    (0..5).for_each(|_| assert_eq!(gated.stage.wait(SECOND), 0));
    gated.end_one();
    // At second 6 the slots 2 is more than 3 s late, and 3 is not.
    assert_eq!(gated.stage.scheduler.run_pending(), 1);
    gated.await_begin();
    assert_decided(&gated.log, &["1", "Misfire 2", "3"]);
    drop(gated.release);
    gated.stage.scheduler.shutdown(true);
}

#[test]
fn a_loop_takes_up_what_has_waited_when_a_run_ends() {
    let scheduler = Scheduler::new();
    let (sender, slots) = channel();
    let body = move |context: &punctual::Context| sender.send(context.slot()).unwrap();
    let job = scheduler.every().millis(20).parallel().overlap(Overlap::Queue(100)).times(8).run_with(body).unwrap();
    // In real time: the loop sleeps, and the end of a run on a worker has to wake it.
    scheduler.run_until_empty();
    assert_eq!(job.run_count(), 8);
    let slots: Vec<_> = slots.try_iter().collect();
    assert!(slots.windows(2).all(|pair| pair[0] <= pair[1]), "{slots:?}");
}

#[test]
fn without_overlap_a_slot_that_comes_during_a_run_is_skipped() {
    let gated = Gated::new(|stage, body| stage.every().second().parallel().overlap(Overlap::Skip).run(body).unwrap());
    gated.stage.wait(SECOND);
    gated.await_begin();
    gated.stage.wait(seconds(3));
    gated.end_one();
    assert_eq!(gated.stage.scheduler.run_pending(), 0);
    assert_decided(&gated.log, &["1", "Overlap 4"]); // "coalesced first"
    drop(gated.release);
}

#[test]
fn a_poll_inside_of_a_body_sees_the_policy_too() {
    for (overlap, expected) in [(Overlap::Skip, vec!["1", "Overlap 2"]), (Overlap::Queue(1), vec!["1", "2"])] {
        let stage = epoch();
        let log = decisions(&stage.scheduler);
        let (clock, nested) = (stage.clock.clone(), stage.scheduler.downgrade());
        let mut is_first = true;
        let body = move || {
            if std::mem::take(&mut is_first) {
                clock.advance(SECOND);
                assert_eq!(nested.upgrade().unwrap().run_pending(), 0);
            }
        };
        let job = stage.every().second().overlap(overlap).run(body).unwrap();
        stage.wait(SECOND);
        stage.scheduler.run_pending();
        assert_eq!(taken(&log), expected, "{overlap:?}");
        assert!(job.last_outcome().unwrap().is_success());
    }
}

#[test]
fn in_the_only_polling_thread_overlap_changes_no_more_than_the_slot_of_a_late_run() {
    let cases: [(Option<Overlap>, [&str; 3]); 4] = [
        (None, ["10", "20", "40"]),
        (Some(Overlap::Skip), ["10", "30", "40"]),
        (Some(Overlap::Queue(1)), ["10", "30", "40"]),
        (Some(Overlap::Queue(9)), ["10", "30", "40"]),
    ];
    for (overlap, expected) in cases {
        let stage = epoch();
        let log = decisions(&stage.scheduler);
        let clock = stage.clock.clone();
        let mut is_first = true;
        let body = move || {
            if std::mem::take(&mut is_first) {
                clock.advance(seconds(25));
            }
        };
        let sentence = stage.every().seconds(10);
        let sentence = match overlap {
            Some(overlap) => sentence.overlap(overlap),
            None => sentence,
        };
        sentence.run(body).unwrap();
        stage.scheduler.run_until(seconds(40)).unwrap();
        assert_eq!(taken(&log), expected, "{overlap:?}: no slot is skipped, and none waits");
    }
}

#[test]
fn several_runs_at_a_time_and_some_that_wait() {
    let stage = Stage::with_workers(DateTime::UNIX_EPOCH, 8);
    let log = decisions(&stage.scheduler);
    let (start, begun) = channel();
    let (release, gate) = channel::<()>();
    let gate = Mutex::new(gate);
    let body = move || {
        start.send(()).unwrap();
        let _ = gate.lock().unwrap().recv();
    };
    let sentence = stage.every().second().coalesce(Coalesce::All(9)).overlap(Overlap::Queue(1));
    let job = sentence.max_instances(2).run(body).unwrap();
    assert_eq!(stage.wait(seconds(3)), 2, "the third waits for one of the two");
    begun.recv_timeout(seconds(20)).unwrap();
    assert_eq!(stage.wait(SECOND), 0);
    (0..3).for_each(|_| release.send(()).unwrap());
    (0..1).for_each(|_| begun.recv_timeout(seconds(20)).unwrap());
    while job.run_count() < 3 {
        stage.scheduler.run_pending();
        std::thread::yield_now();
    }
    stage.scheduler.shutdown(true);
    let mut decided = taken(&log);
    decided.sort();
    assert_eq!(decided, ["1", "2", "3", "Overlap 4"]);
}

#[test]
fn a_pause_a_reschedule_and_a_removal_forget_what_waits() {
    let changes: [fn(&Stage, &Job); 5] = [
        |_, job| assert!(job.pause() && job.resume()),
        |stage, _| assert!(stage.scheduler.pause() && stage.scheduler.resume()),
        |_, job| assert!(job.reschedule("every hour").unwrap()),
        |_, job| assert!(job.cancel()),
        |stage, _| assert_eq!(stage.scheduler.clear(), 1),
    ];
    for change in changes {
        let gated =
            Gated::new(|stage, body| stage.every().second().parallel().overlap(Overlap::Queue(2)).run(body).unwrap());
        gated.stage.wait(SECOND);
        gated.await_begin();
        gated.stage.wait(SECOND);
        change(&gated.stage, &gated.job);
        gated.end_one();
        assert_eq!(gated.stage.scheduler.run_pending(), 0);
        assert_eq!(gated.job.run_count(), 1);
        assert_decided(&gated.log, &["1"]);
    }
}

#[test]
fn a_shutdown_reports_what_waits() {
    let gated =
        Gated::new(|stage, body| stage.every().second().parallel().overlap(Overlap::Queue(2)).run(body).unwrap());
    gated.stage.wait(SECOND);
    gated.await_begin();
    (0..2).for_each(|_| assert_eq!(gated.stage.wait(SECOND), 0));
    let unfinished = gated.stage.scheduler.shutdown(Wait::No);
    assert_eq!(unfinished.len(), 1);
    assert_decided(&gated.log, &["1", "Shutdown 2", "Shutdown 3"]);
    gated.end_one();
    assert_eq!(gated.stage.scheduler.run_pending(), 0);
    assert!(gated.job.is_scheduled());
}

#[test]
fn the_last_slot_may_wait_too() {
    let gated = Gated::new(|stage, body| {
        let sentence = stage.every().second().until("00:00:02").parallel().overlap(Overlap::Queue(2));
        sentence.run(body).unwrap()
    });
    gated.stage.wait(SECOND);
    gated.await_begin();
    gated.stage.wait(SECOND);
    assert!(gated.job.is_scheduled(), "a run waits");
    gated.end_one();
    assert_eq!(gated.stage.scheduler.run_pending(), 1);
    gated.await_begin();
    gated.end_one();
    assert!(!gated.job.is_scheduled());
    assert_eq!(gated.job.run_count(), 2);
}

#[test]
fn times_counts_runs_that_have_waited() {
    let stage = epoch();
    let job = stage.every().second().coalesce(Coalesce::All(10)).times(3).run(|| {}).unwrap();
    assert_eq!(stage.wait(seconds(8)), 3);
    assert!(!job.is_scheduled());
    assert_eq!(job.run_count(), 3);
}

#[test]
fn a_manual_run_takes_the_first_slot_that_waits() {
    let stage = epoch();
    let log = decisions(&stage.scheduler);
    let nested = stage.scheduler.downgrade();
    let job = stage.every().second().coalesce(Coalesce::All(9)).priority(1).run(|| {}).unwrap();
    let by_hand = job.clone();
    stage
        .scheduler
        .every()
        .second()
        .times(1)
        .run(move || {
            drop(nested.upgrade());
            assert!(by_hand.run_now());
        })
        .unwrap();
    assert_eq!(stage.wait(seconds(3)), 3);
    assert_eq!(taken(&log), ["1", "1", "2", "3"]);
    assert_eq!(job.run_count(), 3);
}

#[test]
fn an_update_changes_the_policy() {
    let stage = epoch();
    let log = decisions(&stage.scheduler);
    stage.every().seconds(10).key("a").run(|| {}).unwrap();
    stage.wait(seconds(35));
    stage.every().seconds(10).key("a").misfire_grace(SECOND).run(|| {}).unwrap();
    stage.wait(seconds(10));
    stage.every().seconds(10).key("a").run(|| {}).unwrap();
    stage.wait(seconds(10));
    assert_eq!(taken(&log), ["10", "Misfire 40", "50"]);
}

#[test]
fn a_run_that_was_asked_for_is_judged_by_when_it_was_asked_for() {
    let stage = noon();
    let job = stage.every().day().misfire_grace(minutes(1)).coalesce(Coalesce::All(5)).run(|| {}).unwrap();
    assert!(job.trigger());
    stage.clock.advance(hours(1));
    assert_eq!(stage.scheduler.run_pending(), 0, "it is an hour late");
    assert!(job.trigger());
    assert_eq!(stage.scheduler.run_pending(), 1);
    assert_eq!(job.next_run(), Some(utc("2024-01-11 12:00:00")));
}

#[test]
fn a_clock_that_is_set_back_keeps_what_waits_due() {
    let gated =
        Gated::new(|stage, body| stage.every().second().parallel().overlap(Overlap::Queue(2)).run(body).unwrap());
    gated.stage.wait(seconds(100));
    gated.await_begin();
    gated.stage.wait(SECOND);
    gated.stage.set_clock("1970-01-01 00:00:50");
    gated.end_one();
    assert_eq!(gated.stage.scheduler.run_pending(), 1);
    gated.await_begin();
    assert_decided(&gated.log, &["100", "50"]); // "no run is for a slot in the future"
    gated.end_one();
}

#[test]
fn a_timeline_shows_a_run_for_each_slot() {
    let stage = epoch();
    stage.every().seconds(10).coalesce(Coalesce::All(3)).run(|| {}).unwrap();
    stage.clock.advance(seconds(25));
    let timeline = stage.scheduler.timeline(stage.clock.now()..stage.clock.now() + seconds(10));
    let runs: Vec<_> = timeline.entries().iter().map(|entry| entry.slot.unwrap().timestamp()).collect();
    assert_eq!(runs, [10, 20, 30]);
}

#[test]
fn the_text_of_a_job_says_the_policies() {
    let stage = noon();
    let sentence = stage.every().hour().misfire_grace(minutes(5)).coalesce(Coalesce::All(3)).overlap(Overlap::Queue(2));
    let job = sentence.named("report").run(|| {}).unwrap();
    assert!(
        job.to_string()
            .starts_with("every hour, at most 5m late, up to 3 missed slots each, up to 2 waiting run report"),
        "{job}"
    );
}

#[test]
fn many_jobs_with_policies_are_polled_like_others() {
    let stage = epoch();
    for n in 0..1_000 {
        stage.every().seconds(10 + n % 7).misfire_grace(SECOND).run(|| {}).unwrap();
    }
    let ran: usize = (0..100).map(|_| stage.wait(SECOND)).sum();
    let expected: u64 = (0..1_000_u64).map(|n| 100 / (10 + n % 7)).sum();
    assert_eq!(ran as u64, expected);
}

#[test]
fn skip_is_shown_in_words() {
    assert_eq!(Skip::Misfire.to_string(), "it was too late");
}
