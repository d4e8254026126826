//! Handles, tags, and queries of a scheduler.

use std::{collections::HashSet, time::Duration};

use punctual::{Event, Job, Listener, ManualClock, Outcome, Scheduler};

use crate::support::{hours, minutes, next, noon, seconds, show, utc, Log, Stage};

#[test]
fn a_handle_stays_valid_after_its_job_is_removed() {
    let stage = noon();
    let job = stage.every().minute().named("report").tag("a").run(|| Err::<(), _>("no")).unwrap();
    stage.wait(minutes(1));
    assert!(job.cancel());
    assert!(!job.cancel() && !stage.scheduler.cancel_job(&job) && !job.is_scheduled());
    assert!(!job.run_now() && !job.pause() && !job.resume());
    job.tag("b").unwrap();
    assert_eq!((job.name(), job.tags()), ("report".to_owned(), vec!["a".to_owned()]));
    assert_eq!((job.next_run(), job.run_count()), (None, 1));
    assert_eq!(job.last_run(), Some(utc("2024-01-10 12:01:00")));
    assert_eq!(job.last_outcome(), Some(Outcome::Failed("no".into())));
    assert!(stage.scheduler.jobs_tagged("a").is_empty());
    assert!(stage.scheduler.jobs_tagged("b").is_empty());
}

#[test]
fn a_handle_stays_valid_after_the_scheduler_is_dropped() {
    let stage = noon();
    let job = stage.every().minute().named("report").run(|| {}).unwrap();
    let other = job.clone();
    stage.wait(minutes(1));
    drop(stage);
    assert!(!job.is_scheduled() && !job.cancel() && !job.run_now() && !job.pause());
    assert_eq!((job.next_run(), job.run_count(), job.name()), (None, 1, "report".to_owned()));
    assert!(other.to_string().starts_with("every minute run report, gone"), "{other}");
}

#[test]
fn a_handle_of_a_removed_job_does_not_refer_to_its_successor() {
    let stage = noon();
    let old = stage.every().minute().named("old").run(|| {}).unwrap();
    old.cancel();
    let new = stage.every().hour().named("new").run(|| {}).unwrap();
    assert_ne!(old, new);
    assert_ne!(old.id(), new.id());
    assert!(!old.cancel());
    assert_eq!((old.name(), new.name()), ("old".to_owned(), "new".to_owned()));
    assert!(new.is_scheduled());

    let id = new.id();
    drop(old);
    new.cancel();
    drop(new);
    let newest = stage.every().hour().run(|| {}).unwrap();
    assert!(newest.id() > id, "ids are not reused");
}

#[test]
fn handles_of_one_job_are_equal_and_those_of_two_are_not() {
    let (stage, other) = (noon(), noon());
    let job = stage.every().minute().run(|| {}).unwrap();
    let foreign = other.every().minute().run(|| {}).unwrap();
    assert_eq!(job.id(), foreign.id(), "each scheduler numbers its own jobs");
    assert_ne!(job, foreign);
    assert_eq!(job, stage.scheduler.jobs()[0]);
    // A handle hashes by its id, which never changes, although the type has interior mutability.
    #[allow(clippy::mutable_key_type)]
    let set: HashSet<Job> = [job.clone(), job.clone(), foreign, job].into();
    assert_eq!(set.len(), 2);
}

#[test]
fn each_scheduler_has_its_own_jobs() {
    let (stage, other) = (noon(), noon());
    let job = stage.every().minute().tag("a").run(|| {}).unwrap();
    let foreign = other.every().minute().tag("a").run(|| {}).unwrap();
    assert!(!other.scheduler.cancel_job(&job));
    assert_eq!(other.scheduler.clear(), 1);
    assert!(job.is_scheduled() && !foreign.is_scheduled());
    assert_eq!(other.wait(minutes(5)), 0);
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(stage.scheduler.jobs_tagged("a"), [job]);
}

#[test]
fn clones_of_a_scheduler_share_one_registry() {
    let stage = noon();
    let clone = stage.scheduler.clone();
    let job = clone.every().minute().run(|| {}).unwrap();
    assert_eq!(stage.scheduler.jobs()[0], job);
    drop(clone);
    assert!(job.is_scheduled(), "another clone is left");
    assert_eq!(stage.wait(minutes(1)), 1);
}

#[test]
fn the_debug_output_of_a_scheduler_counts_jobs_and_clones() {
    let stage = noon();
    let clone = stage.scheduler.clone();
    let _jobs = [stage.every().hour().run(|| {}).unwrap(), clone.every().day().run(|| {}).unwrap()];
    assert_eq!(format!("{clone:?}"), "Scheduler { jobs: 2, clones: 2, .. }");
}

#[test]
fn jobs_are_listed_in_the_order_of_registration() {
    let stage = noon();
    let mut jobs: Vec<Job> = (1..=5)
        .map(|n| stage.every().minutes(10 - n).tag(if n % 2 == 0 { "even" } else { "odd" }))
        .map(|sentence| sentence.run(|| {}).unwrap())
        .collect();
    assert_eq!(stage.scheduler.jobs(), jobs);
    jobs.remove(1).cancel();
    jobs.push(stage.every().second().tag("odd").run(|| {}).unwrap());
    assert_eq!(stage.scheduler.jobs(), jobs);
    assert!(jobs.windows(2).all(|pair| pair[0].id() < pair[1].id()));
    let odd = [&jobs[0], &jobs[1], &jobs[3], &jobs[4]].map(Job::clone);
    assert_eq!(stage.scheduler.jobs_tagged("odd"), odd);
    assert_eq!(stage.scheduler.jobs_tagged("even"), [jobs[2].clone()]);
    assert!(stage.scheduler.jobs_tagged("unknown").is_empty());
}

#[test]
fn tags_keep_their_order_and_duplicates_are_ignored() {
    let stage = noon();
    let sentence = stage.every().day().tag("b").tags(["a", "b", "c"]).tag(String::from("a"));
    let job = sentence.run(|| {}).unwrap();
    assert_eq!(job.tags(), ["b", "a", "c"]);
    let none: [&str; 0] = [];
    assert!(stage.every().day().tags(none).run(|| {}).unwrap().tags().is_empty());
}

#[test]
fn a_tag_added_after_registration_works_like_any_other() {
    let stage = noon();
    let late = stage.every().minute().run(|| {}).unwrap();
    let early = stage.every().hour().tag("a").run(|| {}).unwrap();
    ["a", "b", "a"].into_iter().for_each(|tag| late.tag(tag).unwrap());
    assert_eq!(late.tags(), ["a", "b"]);
    assert_eq!(stage.scheduler.jobs_tagged("a"), [late.clone(), early.clone()]);
    assert_eq!(stage.scheduler.next_run_tagged("a").map(show), Some(next(&late)));
    assert_eq!(stage.scheduler.clear_tagged("b"), 1);
    assert_eq!(stage.scheduler.jobs_tagged("a"), [early]);
}

#[test]
fn a_job_can_have_tens_of_thousands_of_distinct_tags() {
    const HALF: usize = 20_000;
    let stage = noon();
    let tags: Vec<String> = (0..HALF).map(|n| n.to_string()).collect();
    let job = stage.every().day().tags(&tags).tags(&tags).run(|| {}).unwrap();
    let other = stage.every().day().tag("0").run(|| {}).unwrap();
    assert!(job.tags() == tags);
    for n in (0..HALF).rev().chain(HALF..2 * HALF) {
        job.tag(n.to_string()).unwrap();
    }
    let all: Vec<String> = (0..2 * HALF).map(|n| n.to_string()).collect();
    assert!(job.tags() == all);
    assert!(job.cancel());
    assert!(all[1..].iter().all(|tag| stage.scheduler.jobs_tagged(tag).is_empty()));
    assert_eq!(stage.scheduler.jobs_tagged("0"), [other]);
    assert!(job.tags() == all, "a removed job keeps its tags");
}

#[test]
fn a_body_can_tag_its_own_job() {
    let stage = noon();
    let scheduler = stage.scheduler.clone();
    let body = move || scheduler.jobs()[0].tag("ran");
    let job = stage.every().minute().run(body).unwrap();
    assert_eq!(stage.wait(minutes(1)), 1);
    assert_eq!(stage.scheduler.jobs_tagged("ran"), [job]);
}

#[test]
fn clear_and_clear_tagged_return_the_number_of_removed_jobs() {
    let stage = noon();
    assert_eq!((stage.scheduler.clear(), stage.scheduler.clear_tagged("a")), (0, 0));
    for tags in [&["a"][..], &["a", "b"], &["b"], &[]] {
        stage.every().day().tags(tags).run(|| {}).unwrap();
    }
    assert_eq!(stage.scheduler.clear_tagged("unknown"), 0);
    assert_eq!(stage.scheduler.clear_tagged("a"), 2);
    assert_eq!(stage.scheduler.clear_tagged("a"), 0);
    assert_eq!(stage.scheduler.jobs().len(), 2);
    assert_eq!((stage.scheduler.clear(), stage.scheduler.clear()), (2, 0));
}

#[test]
fn the_next_run_is_the_earliest_of_the_jobs_that_are_not_paused() {
    let stage = noon();
    assert_eq!(stage.scheduler.next_run(), None);
    let hour = stage.every().hour().tag("slow").run(|| {}).unwrap();
    let day = stage.every().day().tag("slow").run(|| {}).unwrap();
    let minute = stage.every().minute().tag("fast").run(|| {}).unwrap();
    let slow = || stage.scheduler.next_run_tagged("slow");
    assert_eq!((stage.scheduler.next_run(), slow()), (minute.next_run(), hour.next_run()));
    assert_eq!(stage.scheduler.next_run_tagged("unknown"), None);
    minute.pause();
    assert_eq!(stage.scheduler.next_run(), hour.next_run());
    hour.cancel();
    assert_eq!((stage.scheduler.next_run(), slow()), (day.next_run(), day.next_run()));
    day.pause();
    assert_eq!((stage.scheduler.next_run(), slow()), (None, None));
}

#[test]
fn the_next_run_may_be_in_any_century() {
    for now in ["2261-12-31 12:00:00", "2300-01-01 12:00:00", "9998-06-01 12:00:00"] {
        let stage = Stage::at(now);
        assert_eq!(stage.scheduler.next_run(), None);
        let job = stage.every().year().run(|| {}).unwrap();
        assert!(job.next_run().is_some());
        assert_eq!(stage.scheduler.next_run(), job.next_run());
        assert_eq!(stage.scheduler.idle(), Some((job.next_run().unwrap() - utc(now)).to_std().unwrap()));
    }
}

#[test]
fn idle_is_the_time_until_the_next_run() {
    let stage = noon();
    assert_eq!(stage.scheduler.idle(), None);
    stage.every().hour().run(|| {}).unwrap();
    let minute = stage.every().minute().run(|| {}).unwrap();
    assert_eq!(stage.scheduler.idle(), Some(seconds(60)));
    stage.clock.advance(Duration::from_millis(59_999));
    assert_eq!(stage.scheduler.idle(), Some(Duration::from_millis(1)));
    stage.clock.advance(Duration::from_millis(1));
    assert_eq!(stage.scheduler.idle(), Some(Duration::ZERO), "due");
    stage.clock.advance(hours(5));
    assert_eq!(stage.scheduler.idle(), Some(Duration::ZERO), "overdue");
    stage.scheduler.run_pending();
    assert_eq!(stage.scheduler.idle(), Some(seconds(60)));
    minute.cancel();
    assert_eq!(stage.scheduler.idle(), Some(minutes(59)));
    stage.scheduler.clear();
    assert_eq!(stage.scheduler.idle(), None);
}

#[test]
fn an_unnamed_job_is_named_after_its_body() {
    fn tidy() {}
    let stage = noon();
    let job = stage.every().day().run(tidy).unwrap();
    assert!(job.name().ends_with("registry::an_unnamed_job_is_named_after_its_body::tidy"));
    let named = stage.every().day().named("first").named(String::from("second")).run(tidy).unwrap();
    assert_eq!(named.name(), "second");
    let same = stage.every().day().named("second").run(tidy).unwrap();
    assert_ne!(named, same, "names need not be unique");
}

#[test]
fn the_public_types_are_send_and_sync() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Scheduler>();
    shared::<Job>();
    shared::<Listener>();
    shared::<ManualClock>();
    shared::<Event>();
    shared::<Outcome>();
    shared::<punctual::Error>();
}

#[test]
fn the_free_functions_work_on_the_default_scheduler() {
    use punctual::{after, default_scheduler, every, jobs, jobs_tagged, once, run_pending};
    let log = Log::default();
    let job = every().day().tag("mine").immediately().run(log.body("ran")).unwrap();
    let delayed = after(hours(1)).tag("mine").run(|| {}).unwrap();
    let dated = once("2999-01-01").tag("mine").run(|| {}).unwrap();
    assert!(jobs().contains(&job) && default_scheduler().jobs().contains(&job));
    assert_eq!(jobs_tagged("mine"), [job.clone(), delayed.clone(), dated]);
    assert!(punctual::next_run() <= job.next_run() && punctual::idle() == Some(Duration::ZERO));
    assert!(run_pending() >= 1);
    assert_eq!(log.take(), ["ran"]);
    assert_eq!(punctual::next_run_tagged("mine"), delayed.next_run());
    assert!(punctual::run_all() >= 3);
    assert_eq!(log.take(), ["ran"]);
    assert!(punctual::run_all_with_delay(Duration::ZERO) >= 3);
    assert!(punctual::cancel_job(&job) && !punctual::cancel_job(&job));
    assert_eq!(punctual::clear_tagged("mine"), 2);
    assert_eq!(punctual::clear_tagged("mine"), 0);
    every().day().run(|| {}).unwrap();
    assert!(punctual::clear() >= 1);
}

#[test]
fn tagging_one_of_several_jobs_with_the_same_tag_changes_no_other() {
    let stage = noon();
    let [first, second, third] = [(); 3].map(|()| stage.every().hour().tag("a").run(|| {}).unwrap());
    second.tag("b").unwrap();
    assert_eq!(
        (first.tags(), second.tags(), third.tags()),
        (vec!["a".into()], vec!["a".into(), "b".into()], vec!["a".into()])
    );
    let named = stage.every().hour().tag("a").named("report").run(|| {}).unwrap();
    assert_eq!((named.tags(), named.name().as_str()), (vec!["a".to_owned()], "report"));
    assert!(!first.name().contains("report"));
    assert_eq!(stage.scheduler.clear_tagged("b"), 1);
    assert_eq!(stage.scheduler.jobs_tagged("a"), [first, third, named]);
}
