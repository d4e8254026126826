//! Who is who: jobs by key, by number and in a snapshot, the context of a run, schedulers that nobody keeps alive, and
//! seeds.

use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{channel, sync_channel},
        Arc, Mutex,
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use punctual::{
    Context, Every, IntoZone, Job, JobId, JobInfo, ManualClock, OnConflict, Outcome, Result, Run, RunId, Scheduler,
    WeakScheduler,
};

use crate::support::{hours, minutes, next, noon, seconds, show, utc, Log, Stage};

/// Tells when it is dropped.
struct Witness(Log);

impl Drop for Witness {
    fn drop(&mut self) {
        self.0.write("dropped");
    }
}

/// A body that writes what it is called, and when it is dropped.
fn watched(log: &Log, what: &'static str) -> impl FnMut() + Send + 'static {
    let witness = Witness(log.clone());
    move || witness.0.write(what)
}

/// A scheduler on which everything is heard of.
fn stage() -> (Stage, Log) {
    let (stage, heard) = (noon(), Log::default());
    let told = heard.clone();
    stage.scheduler.on_event(move |event| told.write(format!("{} {:?}", event.name, event.kind)));
    (stage, heard)
}

#[test]
fn who_registers_a_key_again_gets_the_same_job_with_its_counts() {
    let (stage, heard) = stage();
    let first = stage.every().minutes(10).key("report").named("old").run(|| Err::<(), _>("disk full")).unwrap();
    assert_eq!(stage.wait(minutes(10)), 1);
    heard.take();
    stage.clock.advance(minutes(3));
    let again = stage.every().minutes(10).key("report").named("new").run(|| {}).unwrap();
    assert_eq!((&again, again.id()), (&first, first.id()));
    assert_eq!(heard.take(), ["new Modified"]);
    assert_eq!(stage.scheduler.jobs(), std::slice::from_ref(&again));
    assert_eq!((first.name().as_str(), first.key().as_deref()), ("new", Some("report")));
    assert_eq!((first.run_count(), first.last_run()), (1, Some(utc("2024-01-10 12:10:00"))));
    assert_eq!(first.last_outcome(), Some(Outcome::Failed("disk full".to_owned())));
    assert_eq!(next(&first), "2024-01-10 12:20:00", "the schedule is the same");
    assert_eq!(stage.wait(minutes(7)), 1);
    assert_eq!((first.run_count(), first.last_outcome()), (2, Some(Outcome::Completed)));
    stage.assert_consistent();
}

#[test]
fn the_next_run_changes_with_the_schedule_and_with_nothing_else() {
    type Sentence = fn(Every) -> Result<Job>;
    let cases: &[(Sentence, &str)] = &[
        (|e| e.minutes(10).key("k").run(|| {}), "2024-01-10 12:10:00"),
        (|e| e.minutes(10).key("k").tag("a").priority(3).named("b").run(|| {}), "2024-01-10 12:10:00"),
        (|e| e.minutes(10).key("k").parallel().run(|| {}), "2024-01-10 12:10:00"),
        (|e| e.minutes(10).key("k").max_instances(3).run(|| {}), "2024-01-10 12:10:00"),
        (|e| e.duration(minutes(10)).key("k").run(|| {}), "2024-01-10 12:14:00"),
        (|e| e.minutes(5).key("k").run(|| {}), "2024-01-10 12:09:00"),
        (|e| e.minutes(10).times(3).key("k").run(|| {}), "2024-01-10 12:14:00"),
        (|e| e.minutes(10).until("18:00").key("k").run(|| {}), "2024-01-10 12:14:00"),
        (|e| e.minutes(10).tz("+02:00").key("k").run(|| {}), "2024-01-10 12:14:00"),
        (|e| e.minutes(10).immediately().key("k").run(|| {}), "2024-01-10 12:04:00"),
        (|e| e.day().at("10:30").key("k").run(|| {}), "2024-01-11 10:30:00"),
    ];
    for (sentence, expected) in cases {
        let stage = noon();
        let job = stage.every().minutes(10).key("k").run(|| {}).unwrap();
        stage.clock.advance(minutes(4));
        assert_eq!(sentence(stage.every()).unwrap(), job);
        assert_eq!(next(&job), *expected, "{job}");
        assert_eq!(stage.wait_until(job.next_run().unwrap()), 1, "{job}");
        stage.assert_consistent();
    }
}

#[test]
fn a_schedule_that_is_said_again_stays_where_it_stands_of_whatever_kind_it_is() {
    type Sentence = fn(&Scheduler) -> Result<Job>;
    let cases: &[Sentence] = &[
        |s| s.every().minute().at(":30").key("k").run(|| {}),
        |s| s.every().hours(3).at(":30").key("k").run(|| {}),
        |s| s.every().days(3).key("k").run(|| {}),
        |s| s.every().months(2).on_last_day().at("10:30").key("k").run(|| {}),
        |s| s.every().minutes(5).to(500).key("k").run(|| {}),
        |s| s.every().hours(7).between("09:00", "17:30").key("k").run(|| {}),
        |s| s.every().minutes(7).or(s.every().day().at("10:30").schedule()?).key("k").run(|| {}),
        |s| s.after(hours(5)).key("k").run(|| {}),
        |s| s.once("18:00").key("k").run(|| {}),
        |s| s.every().hours(6).starting("2024-01-12").times(3).key("k").run(|| {}),
    ];
    for sentence in cases {
        let stage = noon();
        let job = sentence(&stage.scheduler).unwrap();
        let planned = job.upcoming(1);
        stage.clock.advance(seconds(10));
        assert_eq!(sentence(&stage.scheduler).unwrap(), job);
        assert_eq!(job.upcoming(1), planned, "{job}");
        assert_eq!(stage.wait_until(planned[0]), 1, "{job}");
    }
}

#[test]
fn an_update_takes_the_new_body_and_lets_go_of_the_old_one() {
    let stage = noon();
    let log = Log::default();
    let first = stage.every().minute().key("k").run(watched(&log, "first")).unwrap();
    stage.every().minute().key("k").run(watched(&log, "second")).unwrap();
    assert_eq!(log.take(), ["dropped"]);
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(log.take(), ["second"]);
    assert!(first.cancel());
    assert_eq!(log.take(), ["dropped"]);
}

#[test]
fn an_update_replaces_all_labels_and_finds_the_job_by_the_new_ones_alone() {
    let stage = noon();
    let job = stage.every().minute().key("k").tags(["a", "b"]).named("old").run(|| {}).unwrap();
    let other = stage.every().minute().tags(["b", "c"]).run(|| {}).unwrap();
    stage.every().minute().key("k").tags(["c", "d"]).run(|| {}).unwrap();
    assert_eq!(job.tags(), ["c", "d"]);
    assert_ne!(job.name(), "old");
    let tagged = |tag: &str| stage.scheduler.jobs_tagged(tag);
    assert_eq!([tagged("a"), tagged("b"), tagged("d")], [vec![], vec![other.clone()], vec![job.clone()]]);
    assert_eq!(tagged("c"), [job.clone(), other.clone()], "in the order of registration");
    stage.assert_consistent();
    stage.every().minute().key("k").run(|| {}).unwrap();
    assert_eq!((job.tags(), tagged("c"), tagged("d")), (vec![], vec![other], vec![]));
    job.tag("a").unwrap();
    assert_eq!(stage.scheduler.clear_tagged("a"), 1);
    assert!(!job.is_scheduled());
    stage.assert_consistent();
}

#[test]
fn an_update_takes_the_new_priority() {
    let stage = noon();
    let log = Log::default();
    stage.every().minute().key("k").run(|| {}).unwrap();
    stage.every().minute().run(log.body("other")).unwrap();
    stage.wait(minutes(1));
    assert_eq!(log.take(), ["other"]);
    stage.every().minute().key("k").priority(1).run(log.body("last")).unwrap();
    assert_eq!(stage.wait(minutes(1)), 2);
    assert_eq!(log.take(), ["other", "last"]);
    stage.every().minute().key("k").priority(-1).run(log.body("first")).unwrap();
    assert_eq!(stage.wait(minutes(1)), 2);
    assert_eq!(log.take(), ["first", "other"]);
}

#[test]
fn a_paused_job_that_is_updated_stays_paused() {
    let stage = noon();
    let job = stage.every().minutes(10).key("k").run(|| {}).unwrap();
    assert!(job.pause());
    stage.every().minutes(10).key("k").run(|| {}).unwrap();
    assert!(job.is_paused() && job.next_run().is_none());
    stage.clock.advance(minutes(3));
    stage.every().minutes(20).key("k").run(|| {}).unwrap();
    assert!(job.is_paused() && job.next_run().is_none() && stage.scheduler.next_run().is_none());
    assert_eq!(stage.wait(hours(1)), 0);
    assert!(job.resume());
    assert_eq!(next(&job), "2024-01-10 13:23:00", "20 minutes each, from 12:03");
}

#[test]
fn runs_before_an_update_count_for_times() {
    let stage = noon();
    let say = || stage.every().minute().times(3).key("k").run(|| {}).unwrap();
    let job = say();
    stage.wait(minutes(1));
    stage.wait(minutes(1));
    assert_eq!((say(), job.run_count()), (job.clone(), 2));
    assert_eq!(stage.wait(minutes(1)), 1);
    assert!(!job.is_scheduled());
    let new = say();
    assert_eq!((new.run_count(), new == job), (0, false), "the key was free");
}

#[test]
fn a_job_that_is_updated_to_no_more_runs_than_it_had_leaves() {
    let (stage, heard) = stage();
    let job = stage.every().minute().key("k").named("job").run(|| {}).unwrap();
    (0..3).for_each(|_| assert_eq!(stage.wait(minutes(1)), 1));
    heard.take();
    let again = stage.every().minute().times(3).key("k").named("job").run(|| {}).unwrap();
    assert_eq!(heard.take(), ["job Modified", "job Removed(Finished)"]);
    assert!(again == job && !job.is_scheduled() && job.next_run().is_none() && stage.scheduler.find("k").is_none());
    assert_eq!((stage.wait(minutes(1)), job.run_count()), (0, 3));
}

#[test]
fn a_job_updates_itself_while_it_runs() {
    let stage = noon();
    let log = Log::default();
    let (scheduler, told, witness) = (stage.scheduler.clone(), log.clone(), Witness(log.clone()));
    let body = move || {
        scheduler.every().minutes(5).key("k").run(watched(&told, "new")).unwrap();
        witness.0.write("old");
    };
    let job = stage.every().minute().key("k").run(body).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(log.take(), ["old", "dropped"], "the old body is kept until it has ended");
    assert_eq!((job.run_count(), next(&job)), (1, "2024-01-10 12:06:00".to_owned()));
    assert_eq!(stage.wait(minutes(5)), 1);
    assert_eq!((log.take(), job.run_count()), (vec!["new".to_owned()], 2));
}

/// Updates a job while a run of it waits at a gate, polls when it is due again, and tells how many runs were in
/// progress at a time at most.
fn most_at_a_time(parallel: [bool; 2]) -> usize {
    let clock = ManualClock::new(utc("2024-01-10 12:00:00"));
    let scheduler = Scheduler::builder().clock(clock.clone()).workers(4).build().unwrap();
    let (begun, begins) = channel();
    let (go_on, gate) = sync_channel::<()>(0);
    let running = Arc::new(Mutex::new((0, 0)));
    let gate = Arc::new(Mutex::new(Some(gate)));
    let body = move || {
        let (running, gate, begun) = (Arc::clone(&running), Arc::clone(&gate), begun.clone());
        move || {
            let first = {
                let mut running = running.lock().unwrap();
                running.0 += 1;
                running.1 = running.0.max(running.1);
                gate.lock().unwrap().take()
            };
            begun.send(running.lock().unwrap().1).unwrap();
            if let Some(gate) = first {
                let _ = gate.recv();
            }
            running.lock().unwrap().0 -= 1;
        }
    };
    let say = |is_parallel, body| {
        let sentence = scheduler.every().minute().key("k");
        if is_parallel {
            sentence.parallel().run(body)
        } else {
            sentence.run(body)
        }
    };
    let job = say(parallel[0], body()).unwrap();
    std::thread::scope(|scope| {
        clock.advance(minutes(1));
        scope.spawn(|| scheduler.run_pending());
        let most = begins.recv().unwrap();
        assert_eq!(say(parallel[1], body()).unwrap(), job);
        for _ in 0..3 {
            clock.advance(minutes(1));
            scheduler.run_pending();
        }
        if !parallel[0] {
            // What has come to the workers does not wait at the gate. This run does.
            scheduler.shutdown(std::time::Duration::from_millis(20));
        }
        drop(go_on);
        scheduler.shutdown(true);
        begins.try_iter().fold(most, usize::max)
    })
}

#[test]
fn a_job_that_is_updated_while_it_runs_still_has_one_run_at_a_time_wherever_it_ran_and_runs() {
    for parallel in [[false, false], [true, false], [true, true], [false, true]] {
        assert_eq!(most_at_a_time(parallel), 1, "parallel before and after the update: {parallel:?}");
    }
}

#[test]
fn what_is_kept_stays_as_it_is() {
    let (stage, heard) = stage();
    let log = Log::default();
    let job = stage.every().minute().key("k").tag("a").named("old").run(watched(&log, "old")).unwrap();
    heard.take();
    let keep = |every: Every| every.hour().key("k").tag("b").named("new").on_conflict(OnConflict::Keep);
    assert_eq!(keep(stage.every()).run(watched(&log, "new")).unwrap(), job);
    assert_eq!((log.take(), heard.take()), (vec!["dropped".to_owned()], vec![]));
    assert_eq!((job.name(), job.tags(), next(&job)), ("old".into(), vec!["a".into()], "2024-01-10 12:01:00".into()));
    assert_eq!(stage.scheduler.jobs(), std::slice::from_ref(&job));
    assert!(stage.scheduler.jobs_tagged("b").is_empty());
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(log.take(), ["old"]);
    assert!(job.cancel());
    let new = keep(stage.every()).run(|| {}).unwrap();
    assert_eq!((new.name().as_str(), new == job), ("new", false));
}

#[test]
fn a_key_that_is_taken_may_be_a_conflict() {
    let (stage, heard) = stage();
    let log = Log::default();
    let fail = |every: Every| every.hour().key("k").on_conflict(OnConflict::Fail);
    let job = fail(stage.every()).named("first").run(|| {}).unwrap();
    heard.take();
    let error = fail(stage.every()).run(watched(&log, "second")).unwrap_err();
    assert!(error.is_conflict());
    assert!(!error.is_invalid() && !error.is_never() && !error.is_scheduler_gone());
    assert!(error.to_string().contains("\"k\"") && error.to_string().contains("expected"), "{error}");
    assert_eq!((log.take(), heard.take()), (vec!["dropped".to_owned()], vec![]));
    assert_eq!((stage.scheduler.jobs(), next(&job)), (vec![job.clone()], "2024-01-10 13:00:00".to_owned()));
    assert!(job.pause());
    assert!(fail(stage.every()).run(|| {}).unwrap_err().is_conflict(), "a paused job has its key");
}

#[test]
fn a_key_is_free_again_when_its_job_has_left_however_it_did() {
    type Deed = fn(&Stage, &Job);
    let deeds: &[Deed] = &[
        |_, job| assert!(job.cancel()),
        |stage, job| assert!(stage.scheduler.cancel_job(job)),
        |stage, _| assert_eq!(stage.scheduler.clear(), 1),
        |stage, _| assert_eq!(stage.scheduler.clear_tagged("a"), 1),
        |stage, _| assert_eq!(stage.wait(hours(1)), 1),
    ];
    for deed in deeds {
        let stage = noon();
        let say = || {
            let sentence = stage.every().hour().key("k").tag("a").on_conflict(OnConflict::Fail);
            sentence.run(|| punctual::CancelJob)
        };
        let job = say().unwrap();
        deed(&stage, &job);
        assert_eq!(stage.scheduler.find("k"), None);
        let new = say().unwrap();
        assert!(new.id() > job.id());
        assert_eq!(stage.scheduler.find("k"), Some(new.clone()));
        assert!(!job.cancel() && new.is_scheduled(), "the old handle is of no use");
        assert_eq!((stage.scheduler.find("k"), job.key().as_deref()), (Some(new), Some("k")));
    }
}

#[test]
fn keys_are_of_one_scheduler_and_not_the_same_as_names() {
    let stages = [noon(), noon()];
    let jobs = stages.each_ref().map(|stage| stage.every().hour().key("k").run(|| {}).unwrap());
    assert_ne!(jobs[0], jobs[1]);
    let [stage, _] = stages;
    let named = stage.every().hour().named("k").run(|| {}).unwrap();
    let others = ["K", "k ", "kk"].map(|key| stage.every().hour().key(key).run(|| {}).unwrap());
    assert_eq!((named.key(), stage.scheduler.find("k").as_ref()), (None, Some(&jobs[0])));
    assert_eq!(stage.scheduler.jobs().len(), 2 + others.len());
    for policy in [OnConflict::Keep, OnConflict::Update, OnConflict::Fail] {
        let count = stage.scheduler.jobs().len();
        stage.every().hour().on_conflict(policy).named("k").run(|| {}).unwrap();
        assert_eq!(stage.scheduler.jobs().len(), count + 1, "{policy:?} does nothing without a key");
    }
}

#[test]
fn a_sentence_with_a_mistake_changes_nothing_about_the_job_with_its_key() {
    let (stage, heard) = stage();
    let job = stage.every().hour().key("k").tag("a").run(|| {}).unwrap();
    heard.take();
    assert!(stage.every().seconds(0).key("k").run(|| {}).unwrap_err().is_invalid());
    assert!(stage.every().day().until("2001-01-01").key("k").run(|| {}).unwrap_err().is_invalid());
    assert!(stage.every().day().at("08:00").between("09:00", "10:00").key("k").run(|| {}).unwrap_err().is_never());
    assert_eq!((heard.take(), job.tags(), next(&job)), (vec![], vec!["a".into()], "2024-01-10 13:00:00".into()));
    let error = stage.every().hour().key("").run(|| {}).unwrap_err();
    assert_eq!(error.to_string(), "invalid key \"\": the text is empty (expected at least one character)");
}

#[test]
fn a_job_is_found_by_its_number_while_it_is_registered() {
    let stage = noon();
    let jobs: Vec<Job> = (0..5).map(|_| stage.every().hour().run(|| {}).unwrap()).collect();
    assert!(jobs[1].cancel());
    let new = stage.every().hour().run(|| {}).unwrap();
    assert!(new.id() > jobs[4].id(), "no number comes twice");
    for job in jobs.iter().chain([&new]) {
        let expected = (*job != jobs[1]).then(|| job.clone());
        assert_eq!(stage.scheduler.job(job.id()), expected);
        let id: JobId = job.id().to_string().parse().unwrap();
        assert_eq!((id, JobId::from(id.as_u64())), (job.id(), id));
        assert_eq!(stage.scheduler.job(id), expected);
    }
    assert_eq!(stage.scheduler.job(JobId::from(u64::MAX)), None);
    assert!("first".parse::<JobId>().is_err());
    assert!(jobs[0].pause());
    assert_eq!(stage.scheduler.job(jobs[0].id()), Some(jobs[0].clone()), "a paused job is registered");
}

#[test]
fn a_handle_that_was_found_keeps_what_can_be_read_of_a_job_that_is_gone() {
    let stage = noon();
    stage.every().hour().key("k").named("gone").run(|| {}).unwrap();
    let found = stage.scheduler.find("k").unwrap();
    assert_eq!(stage.scheduler.run_all(), 1);
    stage.scheduler.clear();
    // What is registered now may take the place of what has left.
    let new = stage.every().hour().run(|| {}).unwrap();
    assert_eq!((found.name().as_str(), found.run_count(), new.run_count()), ("gone", 1, 0));
}

#[test]
fn a_snapshot_says_of_every_job_what_its_handle_says() {
    let stage = noon();
    let (scheduler, clock) = (&stage.scheduler, &stage.clock);
    scheduler.every().day().at("10:30").named("report").key("r").tags(["a", "b"]).priority(-3).run(|| {}).unwrap();
    scheduler.every().minutes(10).tz("+02:00").run(|| Err::<(), _>("disk full")).unwrap();
    assert!(scheduler.every().minute().run(|| {}).unwrap().pause());
    scheduler.after(hours(5)).parallel().run(|| {}).unwrap();
    clock.advance(minutes(10));
    assert_eq!(scheduler.run_pending(), 1);

    let jobs = scheduler.jobs();
    let all: Vec<JobInfo> = scheduler.snapshot();
    assert!(all.iter().map(|info| info.id).eq(jobs.iter().map(Job::id)));
    for (info, job) in all.iter().zip(&jobs) {
        let JobInfo { key, name, tags, schedule, .. } = info.clone();
        assert_eq!((key, name, tags, schedule), (job.key(), job.name(), job.tags(), job.schedule()));
        let times = (info.next_run, info.last_run, info.run_count);
        assert_eq!(times, (job.next_run(), job.last_run(), job.run_count()));
        let state = (info.last_outcome.clone(), info.is_paused, info.is_running);
        assert_eq!(state, (job.last_outcome(), job.is_paused(), job.is_running()));
    }
    assert!(all.iter().map(|info| info.priority).eq([-3, 0, 0, 0]));
    assert!(all.iter().map(|info| info.is_paused).eq([false, false, true, false]));
    let zones = ["UTC", "+02:00", "UTC", "UTC"].map(|zone| zone.into_zone().unwrap());
    assert!(all.iter().map(|info| info.zone).eq(zones));
    assert_eq!(all[0].schedule.to_string(), "every day at 10:30");
    assert_eq!(all[1].last_outcome, Some(Outcome::Failed("disk full".to_owned())));

    scheduler.clear();
    assert!(scheduler.snapshot().is_empty());
    assert_eq!(all[0].name, "report", "it is plain data");
}

#[test]
fn a_snapshot_that_a_body_takes_shows_it_running() {
    let stage = noon();
    let (sender, snapshots) = channel();
    let body = move |context: &Context| sender.send(context.scheduler().unwrap().snapshot()).unwrap();
    stage.every().minute().times(1).run_with(body).unwrap();
    stage.every().minute().run(|| {}).unwrap();
    stage.wait(minutes(1));
    let all = snapshots.recv().unwrap();
    let seen: Vec<_> = all.iter().map(|info| (info.is_running, info.run_count, info.next_run.map(show))).collect();
    assert_eq!(seen, [(true, 1, None), (false, 0, Some("2024-01-10 12:02:00".to_owned()))]);
}

#[test]
fn a_weak_scheduler_keeps_nothing_alive_and_finds_what_is() {
    let stage = noon();
    let weak: WeakScheduler = stage.scheduler.downgrade();
    let (mine, told) = (weak.clone(), Log::default());
    let write = told.clone();
    let body = move || {
        let scheduler = mine.upgrade().unwrap();
        write.write(format!("{} jobs", scheduler.jobs().len()));
    };
    let job = stage.every().minute().run(body).unwrap();
    assert_eq!(weak.upgrade().unwrap().jobs(), std::slice::from_ref(&job));
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(told.take(), ["1 jobs"]);
    let clone = stage.scheduler.clone();
    drop(stage);
    assert!(weak.upgrade().is_some());
    drop(clone);
    assert!(weak.upgrade().is_none() && !job.is_scheduled());
}

#[test]
fn a_context_leads_to_its_scheduler_and_its_job() {
    let stage = noon();
    let (sender, contexts) = channel();
    let body = move |context: &Context| {
        let (scheduler, job) = (context.scheduler().unwrap(), context.job().unwrap());
        assert_eq!((job.id(), job.name().as_str()), (context.id(), context.name()));
        assert_eq!(scheduler.jobs(), std::slice::from_ref(&job));
        assert!(job.is_running() && job.is_scheduled());
        scheduler.every().hour().run(|| {}).unwrap();
        assert!(job.cancel());
        sender.send(context.clone()).unwrap();
    };
    let job = stage.every().minute().named("job").run_with(body).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(job.last_outcome(), Some(Outcome::Completed));
    let context = contexts.recv().unwrap();
    assert_eq!(context.job().as_ref(), Some(&job), "also when the run is over and the job gone");
    assert_eq!(context.scheduler().unwrap().jobs().len(), 1);
    let gone = context.job().unwrap();
    assert!(!gone.is_scheduled() && !gone.cancel() && !gone.run_now() && gone.next_run().is_none());
    drop((gone, job));
    assert!(context.job().is_none(), "a job that was removed is forgotten with its last handle");
    drop(stage);
    assert!(context.scheduler().is_none(), "a context keeps no scheduler alive");
}

#[test]
fn a_context_outlives_its_run_in_another_thread() {
    let stage = noon();
    let (sender, contexts) = channel::<Context>();
    let body = move |context: &Context| sender.send(context.clone()).unwrap();
    stage.every().minute().named("job").tags(["a", "b"]).run_with(body).unwrap();
    stage.wait(seconds(75));
    let clock = stage.clock.clone();
    let reader = std::thread::spawn(move || {
        let context = contexts.recv().unwrap();
        clock.advance(seconds(5));
        let times = (show(context.slot()), show(context.now()));
        let tags = context.tags().map(str::to_owned).collect::<Vec<_>>();
        (context.name().to_owned(), tags, context.run_count(), times)
    });
    let (slot, now) = ("2024-01-10 12:01:00".to_owned(), "2024-01-10 12:01:20".to_owned());
    let (name, tags) = ("job".to_owned(), vec!["a".to_owned(), "b".to_owned()]);
    assert_eq!(reader.join().unwrap(), (name, tags, 1, (slot, now)));
}

#[test]
fn the_run_of_a_context_is_the_one_that_listeners_hear_of() {
    let stage = noon();
    let (sender, runs) = channel::<Run>();
    let heard = sender.clone();
    stage.scheduler.on_event(move |event| event.run.iter().for_each(|run| heard.send(run.clone()).unwrap()));
    let body = move |context: &Context| sender.send(context.run()).unwrap();
    let job = stage.every().minute().run_with(body).unwrap();
    let mut last: Option<RunId> = None;
    let run: [fn(&Stage, &Job); 3] = [
        |stage, _| assert_eq!(stage.wait(seconds(75)), 1),
        |_, job| assert!(job.run_now()),
        |stage, job| assert!(job.trigger() && stage.wait(seconds(5)) == 1),
    ];
    let slots = ["2024-01-10 12:01:00", "2024-01-10 12:01:15", "2024-01-10 12:01:15"];
    let starts = ["2024-01-10 12:01:15", "2024-01-10 12:01:15", "2024-01-10 12:01:20"];
    for ((run, slot), start) in run.into_iter().zip(slots).zip(starts) {
        run(&stage, &job);
        let [started, told, executed] = <[Run; 3]>::try_from(runs.try_iter().collect::<Vec<_>>()).unwrap();
        assert_eq!(started, told);
        assert_eq!((show(told.slot), told.started_at.map(show)), (slot.to_owned(), Some(start.to_owned())));
        assert_eq!((told.job, told.attempt, told.ended_at, &told.outcome), (job.id(), 1, None, &None));
        assert_eq!((executed.id, executed.outcome), (told.id, Some(Outcome::Completed)));
        assert!(last < Some(told.id), "runs are numbered in their order");
        last = Some(told.id);
    }
}

#[test]
fn a_detached_context_is_for_unit_tests_of_bodies() {
    fn body(context: &Context) -> String {
        format!("{} {} {}", context.name(), context.slot(), context.run_count())
    }
    let slot = utc("2024-01-10 12:00:00");
    let context = Context::detached(slot);
    assert_eq!(body(&context), "detached 2024-01-10 12:00:00 UTC 1");
    assert_eq!(body(&context.clone().named("report")), "report 2024-01-10 12:00:00 UTC 1");
    assert!(context.job().is_none() && context.scheduler().is_none());
    assert_eq!(context.tags().count(), 0);
    assert!((Utc::now() - context.now()).abs() < TimeDelta::minutes(1), "it has the machine's clock");
    let run = context.run();
    assert_eq!((run.slot, run.attempt, run.outcome), (slot, 1, None));
    let clock = ManualClock::new(slot + TimeDelta::seconds(5));
    let context = context.with_clock(clock.clone());
    clock.advance(seconds(1));
    assert_eq!(context.now() - context.slot(), TimeDelta::seconds(6));
}

/// The next runs of three jobs of random lengths, at each of twenty polls.
fn draws(seed: Option<u64>, asks: bool) -> Vec<Option<DateTime<Utc>>> {
    let clock = ManualClock::new(utc("2024-01-10 12:00:00"));
    let builder = Scheduler::builder().clock(clock.clone()).tz(Utc);
    let scheduler = seed.into_iter().fold(builder, |builder, seed| builder.seed(seed)).build().unwrap();
    let lengths = [1_000_000, 2_000_000, 3_000_000];
    let jobs = lengths.map(|n| scheduler.every().millis(1).to(n).run(|| {}).unwrap());
    let mut all = Vec::new();
    for _ in 0..20 {
        all.extend(jobs.iter().map(Job::next_run));
        if asks {
            jobs.iter().for_each(|job| assert_eq!(job.upcoming(5).len(), 5));
            scheduler.snapshot();
        }
        clock.advance(Duration::from_secs(600));
        scheduler.run_pending();
    }
    all
}

#[test]
fn a_seed_makes_the_same_calls_draw_the_same_lengths() {
    for seed in [0, 7, u64::MAX] {
        assert_eq!(draws(Some(seed), false), draws(Some(seed), false));
        assert_eq!(draws(Some(seed), false), draws(Some(seed), true), "to ask draws nothing");
    }
    assert_ne!(draws(Some(1), false), draws(Some(2), false));
    assert_ne!(draws(None, false), draws(None, false), "without a seed every scheduler draws others");
}

#[test]
fn a_scheduler_that_ends_with_a_context_at_hand_ends_as_any_other() {
    let log = Log::default();
    let clock = ManualClock::new(DateTime::UNIX_EPOCH);
    let scheduler = Scheduler::with_clock(clock);
    let (ended, witness) = (Arc::new(AtomicBool::new(false)), Witness(log.clone()));
    let seen = Arc::clone(&ended);
    let (sender, contexts) = channel::<Context>();
    let body = move |context: &Context| {
        let _held = &witness;
        seen.store(true, Ordering::SeqCst);
        sender.send(context.clone()).unwrap();
    };
    assert!(scheduler.every().hour().run_with(body).unwrap().run_now());
    assert!(ended.load(Ordering::SeqCst) && log.take().is_empty());
    let context = contexts.recv().unwrap();
    drop(scheduler);
    assert_eq!(log.take(), ["dropped"], "with its jobs and their bodies");
    assert!(context.scheduler().is_none());
    assert_eq!(context.run_count(), 1);
}
