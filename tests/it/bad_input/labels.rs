//! Names, keys and tags.

use std::sync::{
    atomic::{AtomicUsize, Ordering},
    Arc,
};

use punctual::Scheduler;

use super::{assert_refused, Case};

#[test]
fn an_empty_name_key_or_tag_is_refused() {
    let cases: &[Case] = &[
        (
            |s| s.every().day().tag("").run(|| {}),
            r#"invalid tag "": the text is empty (expected at least one character)"#,
        ),
        (
            |s| s.every().day().tags(["a", ""]).run(|| {}),
            r#"invalid tag "": the text is empty (expected at least one character)"#,
        ),
        (
            |s| s.every().day().named("").run(|| {}),
            r#"invalid name "": the text is empty (expected at least one character)"#,
        ),
        (
            |s| s.every().day().key("").run(|| {}),
            r#"invalid key "": the text is empty (expected at least one character)"#,
        ),
    ];
    assert_refused(cases);
}

#[test]
fn a_pool_that_the_scheduler_does_not_have_is_refused() {
    let cases: &[Case] = &[
        (
            |s| s.every().day().pool("").run(|| {}),
            r#"invalid pool "": the text is empty (expected at least one character)"#,
        ),
        (
            |s| s.every().day().pool("db").run(|| {}),
            r#"unknown pool "db": the scheduler has "default" (`add_pool` adds one)"#,
        ),
        (
            |s| s.every().day().parallel().pool("Default").run(|| {}),
            r#"unknown pool "Default": the scheduler has "default" (did you mean "default"?)"#,
        ),
        (
            |s| s.every().day().max_instances(2).pool("\0").run(|| {}),
            r#"unknown pool "\0": the scheduler has "default" (`add_pool` adds one)"#,
        ),
        (
            |s| s.every().day().pool("db").pool("").run(|| {}),
            r#"invalid pool "": the text is empty (expected at least one character)"#,
        ),
    ];
    assert_refused(cases);
}

#[cfg(feature = "tokio")]
#[test]
fn a_pool_for_an_async_body_is_refused() {
    let cases: &[Case] = &[
        (
            |s| s.every().day().pool("default").run_async(|| async {}),
            r#"invalid pool "default": an async body takes no worker (expected a sentence without `pool`, or `run`)"#,
        ),
        (
            |s| s.every().day().max_instances(3).pool("db").run_async(|| async {}),
            r#"invalid pool "db": an async body takes no worker (expected a sentence without `pool`, or `run`)"#,
        ),
    ];
    assert_refused(cases);
}

#[test]
fn an_empty_tag_after_registration_is_refused_and_changes_nothing() {
    let scheduler = Scheduler::new();
    let job = scheduler.every().day().tag("a").run(|| {}).unwrap();
    let events = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&events);
    scheduler.on_event(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
    });
    for refused in [job.tag(""), job.tag(String::new())] {
        let expected = r#"invalid tag "": the text is empty (expected at least one character)"#;
        assert_eq!(refused.unwrap_err().to_string(), expected);
    }
    assert_eq!(job.tags(), ["a"]);
    assert_eq!(events.load(Ordering::SeqCst), 0);
    assert!(scheduler.jobs_tagged("").is_empty());
    assert_eq!(scheduler.next_run_tagged(""), None);
    assert_eq!(scheduler.clear_tagged(""), 0);
    assert!(job.is_scheduled());
}
