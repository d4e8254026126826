//! Jobs that are triggered, get another schedule, or are asked for their next slots.

use std::sync::{
    atomic::{AtomicBool, Ordering},
    mpsc::{channel, sync_channel},
    Arc, Mutex,
};

use chrono::TimeDelta;
use punctual::{CancelJob, Context, EventKind, Every, Job, ManualClock, Outcome, Removal, Result, Scheduler};

use crate::support::{days, finish, hours, minutes, next, noon, seconds, show, utc, Log, Stage};

/// A body that writes the slots that it runs for.
fn slots(log: &Log) -> impl FnMut(&Context) + Send + 'static {
    let told = log.clone();
    move |context| told.write(show(context.slot()))
}

fn upcoming(job: &Job, n: usize) -> Vec<String> {
    job.upcoming(n).into_iter().map(show).collect()
}

/// The events of jobs that leave.
fn removals(scheduler: &Scheduler) -> Arc<Mutex<Vec<Removal>>> {
    let all = Arc::<Mutex<Vec<_>>>::default();
    let told = Arc::clone(&all);
    scheduler.on_event(move |event| {
        if let EventKind::Removed(why) = event.kind {
            told.lock().unwrap().push(why);
        }
    });
    all
}

#[test]
fn a_triggered_job_is_due_now_and_its_grid_stays_where_it_is() {
    let stage = noon();
    let log = Log::default();
    let job = stage.every().minutes(10).run_with(slots(&log)).unwrap();
    stage.clock.advance(minutes(4));
    assert!(job.trigger());
    assert_eq!((next(&job), stage.scheduler.next_run()), ("2024-01-10 12:04:00".to_owned(), job.next_run()));
    assert_eq!(job.run_count(), 0, "it does not run by itself");
    stage.assert_consistent();
    assert_eq!(stage.wait(seconds(30)), 1);
    assert_eq!(next(&job), "2024-01-10 12:10:00");
    assert_eq!(stage.wait_until(utc("2024-01-10 12:10:00")), 1);
    assert_eq!(stage.wait_until(utc("2024-01-10 12:20:00")), 1);
    assert_eq!(log.take(), ["2024-01-10 12:04:00", "2024-01-10 12:10:00", "2024-01-10 12:20:00"]);
    stage.assert_consistent();
}

#[test]
fn whatever_its_sentence_a_triggered_job_goes_on_where_it_would_have() {
    type Sentence = fn(&Scheduler, Log) -> Result<Job>;
    let cases: &[Sentence] = &[
        |s, log| s.every().minutes(7).run_with(slots(&log)),
        |s, log| s.every().minute().at(":30").run_with(slots(&log)),
        |s, log| s.every().hours(2).at(":30").at(":45").run_with(slots(&log)),
        |s, log| s.every().days(2).at("10:30").run_with(slots(&log)),
        |s, log| s.every().month().on_last_day().run_with(slots(&log)),
        |s, log| s.every().minutes(20).between("13:00", "14:00").run_with(slots(&log)),
        |s, log| s.every().minutes(7).or(s.every().day().at("12:30").schedule()?).run_with(slots(&log)),
        |s, log| s.every().hours(6).starting("2024-01-12 03:00").run_with(slots(&log)),
        |s, log| s.every().minutes(50).until("13:00").run_with(slots(&log)),
        |s, log| s.after(hours(5)).run_with(slots(&log)),
        |s, log| s.once("18:00").run_with(slots(&log)),
    ];
    for sentence in cases {
        let stage = noon();
        let log = Log::default();
        let job = sentence(&stage.scheduler, log.clone()).unwrap();
        let planned = upcoming(&job, 3);
        stage.clock.advance(seconds(10));
        assert!(job.trigger());
        let expected: Vec<String> = ["2024-01-10 12:00:10".to_owned()].into_iter().chain(planned).collect();
        assert_eq!(upcoming(&job, 4), expected, "{job}");
        assert_eq!(stage.scheduler.run_pending(), 1, "{job}");
        for slot in &expected[1..] {
            assert_eq!((next(&job), stage.wait_until(utc(slot))), (slot.clone(), 1), "{job}");
        }
        assert_eq!(log.take(), expected, "{job}");
    }
}

#[test]
fn a_random_length_that_was_drawn_outlives_a_trigger() {
    let stage = noon();
    let job = stage.every().minutes(5).to(500).run(|| {}).unwrap();
    let drawn = job.next_run();
    stage.clock.advance(seconds(10));
    assert!(job.trigger());
    assert_eq!(stage.scheduler.run_pending(), 1);
    assert_eq!(job.next_run(), drawn);
}

#[test]
fn a_job_that_is_triggered_twice_or_is_due_already_has_one_run_for_both() {
    let stage = noon();
    let log = Log::default();
    let job = stage.every().minutes(10).run_with(slots(&log)).unwrap();
    stage.clock.advance(minutes(4));
    assert!(job.trigger());
    stage.clock.advance(minutes(1));
    assert!(job.trigger());
    assert_eq!(stage.scheduler.run_pending(), 1);
    assert_eq!((log.take(), next(&job)), (vec!["2024-01-10 12:04:00".to_owned()], "2024-01-10 12:10:00".to_owned()));
    stage.clock.advance(minutes(7));
    assert!(job.trigger(), "it is due since 12:10");
    assert_eq!(stage.scheduler.run_pending(), 1);
    assert_eq!((log.take(), next(&job)), (vec!["2024-01-10 12:10:00".to_owned()], "2024-01-10 12:20:00".to_owned()));
    stage.clock.advance(minutes(1));
    assert!(job.trigger());
    stage.clock.advance(minutes(25));
    assert_eq!(stage.scheduler.run_pending(), 1, "at 12:38 it has missed 12:20 and 12:30 too");
    assert_eq!((log.take(), next(&job)), (vec!["2024-01-10 12:13:00".to_owned()], "2024-01-10 12:40:00".to_owned()));
}

#[test]
fn a_run_by_hand_uses_a_trigger_up() {
    let stage = noon();
    let log = Log::default();
    let job = stage.every().minutes(10).run_with(slots(&log)).unwrap();
    stage.clock.advance(minutes(4));
    assert!(job.trigger() && job.run_now());
    assert_eq!((log.take(), stage.scheduler.run_pending()), (vec!["2024-01-10 12:04:00".to_owned()], 0));
    assert_eq!(next(&job), "2024-01-10 12:10:00");
}

#[test]
fn a_paused_job_is_not_triggered_and_a_pause_takes_a_trigger_back() {
    let stage = noon();
    let job = stage.every().minutes(10).run(|| {}).unwrap();
    assert!(job.pause());
    assert!(!job.trigger());
    assert_eq!((stage.scheduler.run_pending(), job.next_run()), (0, None));
    assert!(job.resume());
    stage.clock.advance(minutes(4));
    assert!(job.trigger() && job.pause());
    assert_eq!(stage.wait(minutes(1)), 0);
    assert!(job.resume());
    assert_eq!((next(&job), stage.scheduler.run_pending()), ("2024-01-10 12:10:00".to_owned(), 0));
    assert!(job.cancel());
    assert!(!job.trigger());
}

#[test]
fn a_job_that_is_to_run_once_leaves_after_the_run_that_was_triggered() {
    let stage = noon();
    let left = removals(&stage.scheduler);
    let log = Log::default();
    let job = stage.every().hour().times(1).run_with(slots(&log)).unwrap();
    stage.clock.advance(minutes(4));
    assert!(job.trigger());
    assert_eq!(stage.scheduler.run_pending(), 1);
    assert!(!job.is_scheduled() && !job.trigger());
    assert_eq!(
        (log.take(), left.lock().unwrap().as_slice()),
        (vec!["2024-01-10 12:04:00".into()], &[Removal::Finished][..])
    );
    assert_eq!(stage.wait(hours(1)), 0);
}

#[test]
fn the_last_run_of_a_job_cannot_trigger_another() {
    let stage = noon();
    let log = Log::default();
    let told = log.clone();
    let body = move |context: &Context| told.write(format!("{}", context.job().unwrap().trigger()));
    stage.every().minute().times(2).run_with(body).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(stage.scheduler.run_pending(), 1, "as the first has asked");
    assert_eq!(log.take(), ["true", "false"]);
    assert!(stage.scheduler.jobs().is_empty());
}

#[test]
fn a_body_that_triggers_its_own_job_runs_once_more_at_each_poll_and_never_inside_itself() {
    let stage = noon();
    let inside = Arc::<AtomicBool>::default();
    let flag = Arc::clone(&inside);
    let body = move |context: &Context| {
        assert!(!flag.swap(true, Ordering::SeqCst));
        assert!(context.job().unwrap().trigger());
        assert_eq!(context.scheduler().unwrap().run_pending(), 0);
        flag.store(false, Ordering::SeqCst);
    };
    let job = stage.every().minute().run_with(body).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    for runs in 2..5 {
        assert_eq!((stage.scheduler.run_pending(), job.run_count()), (1, runs));
        assert_eq!(job.last_outcome(), Some(Outcome::Completed));
    }
    assert!(job.trigger());
    assert_eq!(stage.wait(seconds(90)), 1);
    assert_eq!(next(&job), "2024-01-10 12:02:30");
}

#[test]
fn a_job_that_was_triggered_by_another_body_waits_for_the_next_pass() {
    let stage = noon();
    let log = Log::default();
    let other = stage.every().hour().named("other").run(log.body("other")).unwrap();
    let handle = other.clone();
    stage.every().minute().run(move || assert!(handle.trigger())).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert!(log.take().is_empty());
    assert_eq!(stage.scheduler.run_pending(), 1);
    assert_eq!((log.take(), next(&other)), (vec!["other".to_owned()], "2024-01-10 13:00:00".to_owned()));
}

#[test]
fn a_triggered_run_is_for_the_workers_if_the_job_is_and_waits_while_one_is_in_progress() {
    let clock = ManualClock::new(utc("2024-01-10 12:00:00"));
    let scheduler = Scheduler::builder().clock(clock.clone()).workers(2).build().unwrap();
    let (begun, begins) = channel();
    let (go_on, gate) = sync_channel::<()>(0);
    let body = move |context: &Context| {
        begun.send((show(context.slot()), std::thread::current().name().map(str::to_owned))).unwrap();
        let _ = gate.recv();
    };
    let job = scheduler.every().hour().parallel().run_with(body).unwrap();
    clock.advance(minutes(4));
    assert!(job.trigger());
    assert_eq!(scheduler.run_pending(), 1);
    let worker = Some("punctual-worker-1".to_owned());
    assert_eq!(begins.recv().unwrap(), ("2024-01-10 12:04:00".to_owned(), worker));
    assert!(job.is_running());
    assert_eq!(next(&job), "2024-01-10 13:00:00");
    clock.advance(minutes(1));
    assert!(job.trigger());
    assert_eq!(scheduler.run_pending(), 0, "one at a time: the slot at 12:05 is skipped");
    assert_eq!(next(&job), "2024-01-10 13:00:00");
    go_on.send(()).unwrap();
    scheduler.shutdown(true);
    assert!(!job.is_running() && job.run_count() == 1);
}

#[test]
fn a_triggered_job_stays_due_when_the_clock_is_set_back_and_its_grid_follows() {
    let stage = noon();
    let job = stage.every().minutes(10).run(|| {}).unwrap();
    let daily = stage.every().day().at("18:00").run(|| {}).unwrap();
    stage.clock.advance(minutes(4));
    assert!(job.trigger() && daily.trigger());
    assert_eq!(stage.set_clock("2024-01-10 11:04:00"), 2);
    assert_eq!((next(&job), next(&daily)), ("2024-01-10 11:10:00".to_owned(), "2024-01-10 18:00:00".to_owned()));
}

#[test]
fn a_loop_wakes_for_a_job_that_is_triggered() {
    let stage = Scheduler::new();
    let (sender, told) = channel();
    let job = stage.every().day().run(move || sender.send(())).unwrap();
    let background = stage.start();
    assert!(job.trigger());
    told.recv_timeout(seconds(60)).unwrap();
    background.stop();
}

#[test]
fn a_new_schedule_counts_from_now_and_the_job_stays_what_it_was() {
    let stage = noon();
    let job = stage.every().hour().named("job").tag("a").key("k").run(|| Err::<(), _>("disk full")).unwrap();
    assert_eq!(stage.wait(hours(1)), 1);
    stage.clock.advance(minutes(7));
    assert!(job.reschedule(stage.every().minutes(5).schedule().unwrap()).unwrap());
    assert_eq!((next(&job), job.schedule().to_string()), ("2024-01-10 13:12:00".into(), "every 5 minutes".into()));
    assert_eq!((job.name().as_str(), job.tags(), job.run_count()), ("job", vec!["a".to_owned()], 1));
    assert_eq!(job.last_run(), Some(utc("2024-01-10 13:00:00")));
    assert_eq!(job.last_outcome(), Some(Outcome::Failed("disk full".to_owned())));
    assert_eq!((stage.scheduler.find("k").as_ref(), stage.scheduler.jobs_tagged("a")), (Some(&job), vec![job.clone()]));
    assert_eq!(stage.run_slots_utc(&job, 2), ["2024-01-10 13:12:00", "2024-01-10 13:17:00"]);
    assert!(job.reschedule(stage.every().day().at("10:30").tz("+02:00").schedule().unwrap()).unwrap());
    assert_eq!(next(&job), "2024-01-11 08:30:00");
    assert!(job.to_string().contains("every day at 10:30 in +02:00"), "{job}");
    stage.assert_consistent();
}

#[test]
fn a_slot_that_was_due_is_dropped_with_the_schedule_that_had_it() {
    let stage = noon();
    let job = stage.every().minutes(10).run(|| {}).unwrap();
    stage.clock.advance(minutes(15));
    assert!(job.reschedule(stage.every().minutes(10).schedule().unwrap()).unwrap());
    assert_eq!((next(&job), stage.scheduler.run_pending()), ("2024-01-10 12:25:00".to_owned(), 0));
    assert!(job.trigger());
    assert!(job.reschedule(stage.every().minutes(20).schedule().unwrap()).unwrap());
    assert_eq!((next(&job), stage.scheduler.run_pending()), ("2024-01-10 12:35:00".to_owned(), 0));
    let at_once = stage.every().minutes(10).immediately().schedule().unwrap();
    assert!(job.reschedule(at_once).unwrap());
    assert_eq!(stage.scheduler.run_pending(), 1);
    assert_eq!(next(&job), "2024-01-10 12:25:00");
}

#[test]
fn a_job_that_another_body_reschedules_before_its_turn_does_not_run_in_that_pass() {
    let stage = noon();
    let log = Log::default();
    let second = Arc::<Mutex<Option<Job>>>::default();
    let (handle, schedule) = (Arc::clone(&second), stage.every().hour().schedule().unwrap());
    let body = move || {
        let job = handle.lock().unwrap().take().unwrap();
        assert!(job.reschedule(schedule.clone()).unwrap());
        CancelJob
    };
    stage.every().minute().run(body).unwrap();
    let job = stage.every().minute().run_with(slots(&log)).unwrap();
    *second.lock().unwrap() = Some(job.clone());
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!((log.take(), next(&job)), (vec![], "2024-01-10 13:01:00".to_owned()));
    stage.assert_consistent();
    assert_eq!(stage.wait(hours(1)), 1);
    assert_eq!(log.take(), ["2024-01-10 13:01:00"]);
}

#[test]
fn a_paused_job_that_is_rescheduled_stays_paused() {
    let stage = noon();
    let job = stage.every().hour().run(|| {}).unwrap();
    assert!(job.pause() && job.is_paused());
    assert!(job.reschedule(stage.every().minutes(5).schedule().unwrap()).unwrap());
    assert!(job.is_paused() && job.next_run().is_none() && stage.scheduler.next_run().is_none());
    assert_eq!(stage.wait(minutes(7)), 0);
    assert!(job.resume() && !job.is_paused());
    assert_eq!(next(&job), "2024-01-10 12:10:00");
}

#[test]
fn a_schedule_without_a_slot_is_an_error_and_the_job_keeps_its_own() {
    let stage = noon();
    let heard = Log::default();
    let job = stage.every().hour().run(|| {}).unwrap();
    let told = heard.clone();
    stage.scheduler.on_event(move |event| told.write(format!("{:?}", event.kind)));
    let never = stage.every().day().at("08:00").between("09:00", "17:00").schedule().unwrap();
    assert!(job.reschedule(never).unwrap_err().is_never());
    let past = stage.scheduler.once("2001-01-01").schedule().unwrap();
    assert!(job.reschedule(past).unwrap_err().is_invalid());
    let over = stage.every().hour().until("2001-01-01").schedule().unwrap();
    assert!(job.reschedule(over).unwrap_err().is_invalid());
    assert_eq!((next(&job), job.schedule().to_string()), ("2024-01-10 13:00:00".into(), "every hour".into()));
    assert!(heard.take().is_empty());
    assert_eq!(stage.wait(hours(1)), 1);
    assert!(job.cancel());
    heard.take();
    assert!(!job.reschedule(stage.every().hour().schedule().unwrap()).unwrap(), "it is gone");
    assert!(heard.take().is_empty() && !job.is_scheduled() && stage.scheduler.next_run().is_none());
}

#[test]
fn a_body_may_reschedule_its_own_job() {
    let stage = noon();
    let log = Log::default();
    let told = log.clone();
    let body = move |context: &Context| {
        told.write(show(context.slot()));
        let (scheduler, job) = (context.scheduler().unwrap(), context.job().unwrap());
        let back_off = scheduler.every().minutes(1 << context.run_count()).schedule().unwrap();
        assert!(job.reschedule(back_off).unwrap());
    };
    let job = stage.every().minute().run_with(body).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!((next(&job), stage.scheduler.run_pending()), ("2024-01-10 12:03:00".to_owned(), 0));
    assert_eq!(stage.wait(minutes(2)), 1);
    assert_eq!(next(&job), "2024-01-10 12:07:00");
    assert_eq!(log.take(), ["2024-01-10 12:01:00", "2024-01-10 12:03:00"]);
    assert_eq!(job.last_outcome(), Some(Outcome::Completed));
    stage.assert_consistent();
}

#[test]
fn a_body_may_give_its_job_a_schedule_in_its_last_run() {
    let stage = noon();
    let body = |context: &Context| {
        let (scheduler, job) = (context.scheduler().unwrap(), context.job().unwrap());
        assert_eq!(job.next_run(), None);
        assert!(job.reschedule(scheduler.every().hour().schedule().unwrap()).unwrap());
    };
    type Sentence = fn(&Scheduler) -> Every<punctual::state::Given>;
    let sentences: [Sentence; 3] = [
        |s| s.schedule(s.every().minute().times(1).schedule().unwrap()),
        |s| s.schedule(s.after(minutes(1)).schedule().unwrap()),
        |s| s.schedule(s.every().minute().until("12:01").schedule().unwrap()),
    ];
    for sentence in sentences {
        let stage = &stage;
        let left = removals(&stage.scheduler);
        stage.clock.set(utc("2024-01-10 12:00:00"));
        let job = sentence(&stage.scheduler).run_with(body).unwrap();
        assert_eq!(stage.wait(minutes(1)), 1);
        assert_eq!(job.last_outcome(), Some(Outcome::Completed), "{job}");
        assert!(left.lock().unwrap().is_empty() && job.is_scheduled(), "{job}");
        assert_eq!(next(&job), "2024-01-10 13:01:00");
        job.cancel();
    }
}

#[test]
fn runs_before_a_reschedule_count_for_times() {
    let stage = noon();
    let left = removals(&stage.scheduler);
    let job = stage.every().minute().run(|| {}).unwrap();
    assert_eq!((stage.wait(minutes(1)), stage.wait(minutes(1))), (1, 1));
    assert!(job.reschedule(stage.every().minute().times(3).schedule().unwrap()).unwrap());
    assert_eq!(upcoming(&job, 5), ["2024-01-10 12:03:00"]);
    assert_eq!(stage.wait(minutes(1)), 1);
    assert!(!job.is_scheduled());
    assert_eq!(*left.lock().unwrap(), [Removal::Finished]);
}

#[test]
fn a_job_that_is_rescheduled_for_no_more_runs_than_it_had_leaves() {
    for (times, is_paused) in [(2, false), (3, false), (2, true), (3, true)] {
        let stage = noon();
        let left = removals(&stage.scheduler);
        let job = stage.every().minute().run(|| {}).unwrap();
        (0..3).for_each(|_| assert_eq!(stage.wait(minutes(1)), 1));
        assert!(job.pause());
        assert!(is_paused || job.resume());
        assert!(job.reschedule(stage.every().minute().times(times).schedule().unwrap()).unwrap());
        assert!(!job.is_scheduled() && job.upcoming(1).is_empty() && stage.scheduler.next_run().is_none(), "{job}");
        assert_eq!(*left.lock().unwrap(), [Removal::Finished]);
        assert_eq!((stage.wait(minutes(5)), job.run_count()), (0, 3));
    }
}

#[test]
fn a_job_that_runs_on_a_worker_is_rescheduled_for_its_next_run() {
    let clock = ManualClock::new(utc("2024-01-10 12:00:00"));
    let scheduler = Scheduler::builder().clock(clock.clone()).workers(1).build().unwrap();
    let (begun, begins) = channel();
    let (go_on, gate) = sync_channel::<()>(0);
    let body = move || {
        begun.send(()).unwrap();
        let _ = gate.recv();
    };
    let job = scheduler.every().minute().parallel().run(body).unwrap();
    clock.advance(minutes(1));
    assert_eq!(scheduler.run_pending(), 1);
    begins.recv().unwrap();
    assert!(job.reschedule(scheduler.every().hour().schedule().unwrap()).unwrap());
    assert!(job.is_running() && !job.is_paused());
    drop(go_on);
    scheduler.shutdown(true);
    assert!(!job.is_running());
    assert_eq!((next(&job), job.run_count()), ("2024-01-10 13:01:00".to_owned(), 1));
    clock.advance(hours(1));
    assert_eq!(scheduler.run_pending(), 1);
}

/// What is asked beforehand is what runs, and to ask changes nothing.
#[test]
fn the_upcoming_slots_are_those_that_run() {
    type Sentence = fn(&Stage) -> Result<Job>;
    let cases: &[Sentence] = &[
        |s| s.every().seconds(7).run(|| {}),
        |s| s.every().minutes(20).between("09:00", "17:30").run(|| {}),
        |s| s.every().minute().at(":17").at(":45").run(|| {}),
        |s| s.every().hours(5).at(":30").run(|| {}),
        |s| s.every().day().at("10:30").at("18:00").run(|| {}),
        |s| s.every().weekday().run(|| {}),
        |s| s.every().months(1).on_day(31).at("10:30").run(|| {}),
        |s| s.every().month().on_nth(5, punctual::Weekday::Fri).run(|| {}),
        |s| s.every().year().on_date(2, 29).at("10:30").run(|| {}),
        |s| s.every().hours(6).starting("2024-01-12 03:00").run(|| {}),
        |s| s.every().hours(6).immediately().run(|| {}),
        |s| s.every().hours(6).starting("2024-01-12 03:00").immediately().run(|| {}),
        |s| s.every().minutes(7).or(s.every().minutes(3).schedule()?).run(|| {}),
        |s| s.every().day().at("12:30").or(s.every().hours(11).schedule()?).run(|| {}),
    ];
    for sentence in cases {
        let stage = noon();
        let job = sentence(&stage).unwrap();
        let asked = upcoming(&job, 12);
        assert_eq!(asked.len(), 12, "{job}");
        assert_eq!((upcoming(&job, 12), upcoming(&job, 3)), (asked.clone(), asked[..3].to_vec()), "{job}");
        assert_eq!(next(&job), asked[0]);
        for (n, slot) in asked.iter().enumerate() {
            assert_eq!(upcoming(&job, 12 - n), asked[n..], "{job}");
            assert_eq!((&next(&job), stage.wait_until(utc(slot))), (slot, 1), "{job}");
        }
    }
}

#[test]
fn the_upcoming_slots_end_where_the_job_does() {
    let stage = noon();
    let times = stage.every().minute().times(3).run(|| {}).unwrap();
    let all = ["2024-01-10 12:01:00", "2024-01-10 12:02:00", "2024-01-10 12:03:00"];
    assert_eq!(upcoming(&times, 2), all[..2]);
    assert_eq!(upcoming(&times, 9), all);
    let until = stage.every().hour().until("15:30").run(|| {}).unwrap();
    assert_eq!(upcoming(&until, 9), ["2024-01-10 13:00:00", "2024-01-10 14:00:00", "2024-01-10 15:00:00"]);
    let inclusive = stage.every().hour().until("14:00").run(|| {}).unwrap();
    assert_eq!(upcoming(&inclusive, 9), ["2024-01-10 13:00:00", "2024-01-10 14:00:00"]);
    let both = stage.every().hour().times(5).until("14:00").immediately().run(|| {}).unwrap();
    assert_eq!(upcoming(&both, 9), ["2024-01-10 12:00:00", "2024-01-10 13:00:00", "2024-01-10 14:00:00"]);
    let once = stage.scheduler.once("18:00").run(|| {}).unwrap();
    assert_eq!(upcoming(&once, 9), ["2024-01-10 18:00:00"]);
    assert_eq!((once.upcoming(0), upcoming(&once, 1).len()), (vec![], 1));
    assert_eq!(stage.wait(minutes(1)), 2);
    assert_eq!(upcoming(&times, 9), all[1..]);
    assert!(once.pause() && times.cancel());
    assert!(once.upcoming(9).is_empty() && times.upcoming(9).is_empty());
}

#[test]
fn after_a_trigger_the_upcoming_slots_are_that_run_and_those_of_the_grid() {
    let stage = noon();
    let job = stage.every().minutes(10).times(3).run(|| {}).unwrap();
    stage.clock.advance(minutes(4));
    assert!(job.trigger());
    let expected = ["2024-01-10 12:04:00", "2024-01-10 12:10:00", "2024-01-10 12:20:00"];
    assert_eq!(upcoming(&job, 9), expected);
    assert_eq!(stage.scheduler.run_pending(), 1);
    assert_eq!(upcoming(&job, 9), expected[1..]);
}

#[test]
fn while_a_job_runs_its_upcoming_slots_are_those_after_that_run() {
    let stage = noon();
    let log = Log::default();
    let told = log.clone();
    let body = move |context: &Context| told.write(upcoming(&context.job().unwrap(), 9).join(", "));
    stage.every().hour().times(3).run_with(body).unwrap();
    (0..3).for_each(|_| assert_eq!(stage.wait(hours(1)), 1));
    assert_eq!(log.take(), ["2024-01-10 14:00:00, 2024-01-10 15:00:00", "2024-01-10 15:00:00", ""]);
}

#[test]
fn what_is_overdue_is_upcoming_and_what_a_late_poll_will_have_missed_is_not() {
    let stage = noon();
    let job = stage.every().seconds(10).run(|| {}).unwrap();
    stage.clock.advance(seconds(47));
    let asked = upcoming(&job, 3);
    assert_eq!(asked[0], "2024-01-10 12:00:10", "one run for all that was missed");
    assert_eq!(stage.scheduler.run_pending(), 1);
    assert_eq!(upcoming(&job, 2), asked[1..]);
}

#[cfg(feature = "tz")]
#[test]
fn the_upcoming_slots_of_days_keep_their_wall_time_when_the_clocks_change() {
    use chrono_tz::Europe::Berlin;
    // On 31 March 2024 the clocks of Berlin go from 02:00 to 03:00, on 27 October from 03:00 to 02:00.
    for (now, expected) in [
        ("2024-03-29 12:00:00", ["2024-03-30 01:30:00", "2024-03-31 01:30:00", "2024-04-01 00:30:00"]),
        ("2024-10-25 12:00:00", ["2024-10-26 00:30:00", "2024-10-27 00:30:00", "2024-10-28 01:30:00"]),
    ] {
        let stage = Stage::at(now);
        let job = stage.every().day().at("02:30").tz(Berlin).run(|| {}).unwrap();
        assert_eq!(upcoming(&job, 3), expected);
        assert_eq!(stage.run_slots_utc(&job, 3), expected);
    }
    let stage = Stage::at("2024-10-26 12:00:00");
    let hourly = stage.every().hour().at(":30").tz(Berlin).run(|| {}).unwrap();
    stage.clock.advance(hours(12));
    stage.scheduler.run_pending();
    let both = ["2024-10-27 00:30:00", "2024-10-27 01:30:00", "2024-10-27 02:30:00"];
    assert_eq!(upcoming(&hourly, 3), both, "hours are elapsed time: 02:30 comes twice");
}

#[test]
fn upcoming_slots_of_random_lengths_are_examples_in_range_and_draw_nothing() {
    let stage = noon();
    let job = stage.every().minutes(5).to(10).run(|| {}).unwrap();
    let first = job.next_run().unwrap();
    for n in [1, 2, 100] {
        let asked = job.upcoming(n);
        assert_eq!((asked.len(), asked[0], job.next_run()), (n, first, Some(first)));
        let lengths: Vec<_> = asked.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(lengths.iter().all(|length| (5..=10).contains(&length.num_minutes())), "{lengths:?}");
        assert!(lengths.iter().all(|length| length.subsec_nanos() == 0 && length.num_seconds() % 60 == 0));
        assert!(n < 100 || lengths.iter().any(|length| *length != lengths[0]), "each is drawn");
    }
    let daily = stage.every().days(1).to(3).run(|| {}).unwrap();
    let asked = daily.upcoming(20);
    let lengths = asked.windows(2).map(|pair| pair[1] - pair[0]);
    assert!(lengths.into_iter().all(|length| (1..=3).map(TimeDelta::days).any(|days| days == length)), "{asked:?}");
    assert_eq!((stage.wait_until(first), job.run_count()), (1, 1));
}

#[test]
fn whether_a_job_is_paused_or_running_is_told_at_every_moment() {
    let stage = noon();
    let log = Log::default();
    let told = log.clone();
    let body = move |context: &Context| {
        let job = context.job().unwrap();
        let mut state = vec![(job.is_running(), job.is_paused())];
        job.pause();
        state.push((job.is_running(), job.is_paused()));
        job.resume();
        job.cancel();
        state.push((job.is_running(), job.is_paused()));
        told.write(format!("{state:?}"));
    };
    let job = stage.every().minute().run_with(body).unwrap();
    let seen = |job: &Job| (job.is_running(), job.is_paused());
    assert_eq!(seen(&job), (false, false));
    job.pause();
    assert_eq!(seen(&job), (false, true));
    job.resume();
    assert_eq!(seen(&job), (false, false));
    stage.clock.advance(minutes(1));
    assert_eq!(seen(&job), (false, false), "due is not running");
    assert_eq!(stage.scheduler.run_pending(), 1);
    assert_eq!(log.take(), ["[(true, false), (true, true), (true, false)]"]);
    assert_eq!(seen(&job), (false, false));
    assert_eq!(stage.wait(days(1)), 0);
}

#[test]
fn a_run_that_waits_for_a_worker_is_a_run() {
    let clock = ManualClock::new(utc("2024-01-10 12:00:00"));
    let scheduler = Scheduler::builder().clock(clock.clone()).workers(1).build().unwrap();
    let (go_on, gate) = sync_channel::<()>(0);
    let (begun, begins) = channel();
    let busy = scheduler.every().minute().once().parallel().run(move || {
        begun.send(()).unwrap();
        gate.recv()
    });
    let waiting = scheduler.every().minute().parallel().run(|| {}).unwrap();
    clock.advance(minutes(1));
    assert_eq!(scheduler.run_pending(), 2);
    begins.recv().unwrap();
    assert!(busy.unwrap().is_running() && waiting.is_running());
    assert_eq!(waiting.run_count(), 0);
    drop(go_on);
    finish(&scheduler);
    assert_eq!((waiting.is_running(), waiting.run_count()), (false, 1));
}
