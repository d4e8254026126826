//! Spans of attempts, over a real registry of spans. In a process of its own, whose subscriber all threads have.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        mpsc::{channel, Receiver, Sender},
        Mutex, MutexGuard, Once,
    },
    time::Duration,
};

use punctual::{
    chrono::{DateTime, Utc},
    Context, ManualClock, Scheduler,
};
use tracing::{
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    Subscriber,
};
use tracing_subscriber::{layer, prelude::*, registry::LookupSpan, Layer};

type Fields = BTreeMap<String, String>;

/// What the layer has heard of a span, in its extensions until it closes.
#[derive(Clone, Debug, Default)]
struct Span {
    name: &'static str,
    is_root: bool,
    fields: Fields,
    /// What was logged inside.
    lines: Vec<String>,
    /// How often it was entered.
    entered: usize,
}

impl Visit for Span {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.fields.insert(field.name().to_owned(), format!("{value:?}").trim_matches('"').to_owned());
    }
}

/// The text of an event.
#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, _: &Field, value: &dyn fmt::Debug) {
        self.0 = format!("{value:?}");
    }
}

/// Sends each span when it is closed.
struct Closed(Sender<Span>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Closed {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: layer::Context<'_, S>) {
        let found = context.span(id).unwrap();
        let mut span =
            Span { name: found.name(), is_root: attributes.is_root() && found.parent().is_none(), ..Span::default() };
        attributes.record(&mut span);
        found.extensions_mut().insert(span);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: layer::Context<'_, S>) {
        let found = context.span(id).unwrap();
        values.record(found.extensions_mut().get_mut::<Span>().unwrap());
    }

    fn on_enter(&self, id: &Id, context: layer::Context<'_, S>) {
        let found = context.span(id).unwrap();
        found.extensions_mut().get_mut::<Span>().unwrap().entered += 1;
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: layer::Context<'_, S>) {
        let Some(found) = context.event_span(event) else { return };
        let mut line = Line::default();
        event.record(&mut line);
        found.extensions_mut().get_mut::<Span>().unwrap().lines.push(line.0);
    }

    fn on_close(&self, id: Id, context: layer::Context<'_, S>) {
        let span = context.span(&id).unwrap().extensions_mut().remove::<Span>().unwrap();
        let _ = self.0.send(span);
    }
}

/// The spans of one test at a time.
struct Stage {
    clock: ManualClock,
    scheduler: Scheduler,
    spans: MutexGuard<'static, Option<Receiver<Span>>>,
}

fn stage() -> Stage {
    static SPANS: Mutex<Option<Receiver<Span>>> = Mutex::new(None);
    static START: Once = Once::new();
    let mut spans = SPANS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    START.call_once(|| {
        let (sender, receiver) = channel();
        *spans = Some(receiver);
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Closed(sender))).unwrap();
    });
    spans.as_ref().unwrap().try_iter().for_each(drop);
    let clock = ManualClock::new(DateTime::UNIX_EPOCH);
    let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).build().unwrap();
    Stage { clock, scheduler, spans }
}

impl Stage {
    fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.scheduler.run_pending();
    }

    /// The next span that is closed. In real time where it is of another thread.
    fn next(&self) -> Span {
        self.spans.as_ref().unwrap().recv_timeout(Duration::from_secs(60)).unwrap()
    }

    fn is_over(&self) -> bool {
        self.spans.as_ref().unwrap().try_recv().is_err()
    }
}

fn fields(span: &Span, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| span.fields.get(*name).cloned().unwrap_or_default()).collect()
}

#[test]
fn an_attempt_has_a_span_with_what_it_is() {
    let stage = stage();
    let job = stage.scheduler.every().minute().named("report").key("daily").run(|| tracing::info!("working")).unwrap();
    let outer = tracing::info_span!("outer");
    outer.in_scope(|| stage.wait(60));
    let span = stage.next();
    assert_eq!((span.name, span.is_root, span.entered), ("punctual.run", true, 1));
    assert_eq!(span.lines, ["working"]);
    let expected = [
        ("attempt", "1"),
        ("job.id", &job.id().to_string()),
        ("job.key", "daily"),
        ("job.name", "report"),
        ("otel.name", "run report"),
        ("outcome", "completed"),
        ("run.id", "1"),
        ("slot", "1970-01-01T00:01:00+00:00"),
    ];
    let expected: Fields = expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    assert_eq!(span.fields, expected);
}

#[test]
fn a_failure_and_a_panic_have_a_type() {
    let stage = stage();
    stage.scheduler.every().minute().named("a").run(|| Err::<(), _>("disk full")).unwrap();
    stage.scheduler.every().minute().named("b").run(|| panic!("by design")).unwrap();
    stage.wait(60);
    let names = ["job.name", "outcome", "error.type", "otel.status_code", "job.key"];
    assert_eq!(fields(&stage.next(), &names), ["a", "failed", "failed", "ERROR", ""]);
    assert_eq!(fields(&stage.next(), &names), ["b", "panicked", "panicked", "ERROR", ""]);
}

#[test]
fn each_attempt_has_a_span_of_the_same_run() {
    let stage = stage();
    let mut answers = [Err("broken"), Ok(())].into_iter();
    stage.scheduler.every().minute().retry(1).run(move || answers.next().unwrap()).unwrap();
    stage.wait(60);
    stage.wait(1);
    let (first, second) = (stage.next(), stage.next());
    assert_eq!(fields(&first, &["attempt", "outcome"]), ["1", "failed"]);
    assert_eq!(fields(&second, &["attempt", "outcome"]), ["2", "completed"]);
    assert_eq!(first.fields["run.id"], second.fields["run.id"]);
    assert_eq!(second.fields["slot"], "1970-01-01T00:01:00+00:00");
}

#[test]
fn a_body_on_a_worker_is_inside_of_its_span() {
    let stage = stage();
    stage.scheduler.every().minute().parallel().run(|| tracing::info!("on a worker")).unwrap();
    stage.wait(60);
    let span = stage.next();
    assert_eq!((span.lines.as_slice(), span.entered > 0), (["on a worker".to_owned()].as_slice(), true));
    assert_eq!(span.fields["pool"], "default");
    assert_eq!(span.fields["outcome"], "completed");
}

#[test]
fn a_body_that_returns_too_late_has_timed_out() {
    let stage = stage();
    let (begun, begins) = channel();
    let (answer, gate) = channel::<()>();
    let sentence = stage.scheduler.every().minute().parallel().timeout(Duration::from_secs(5));
    let body = move |_: &Context| {
        begun.send(()).unwrap();
        let _ = gate.recv();
    };
    sentence.run_with(body).unwrap();
    stage.wait(60);
    begins.recv().unwrap();
    stage.wait(5);
    assert!(stage.is_over(), "the body is still inside");
    drop(answer);
    assert_eq!(fields(&stage.next(), &["outcome", "error.type"]), ["timed_out", "timed_out"]);
}

#[test]
fn a_vetoed_attempt_has_no_span() {
    let stage = stage();
    let job = stage.scheduler.every().minute().before_run(|_| Err("no".into())).run(|| {}).unwrap();
    stage.wait(60);
    assert!(!job.run_now());
    assert!(stage.is_over());
}

#[cfg(all(feature = "command", unix))]
#[test]
fn a_command_has_a_span() {
    let stage = stage();
    stage.scheduler.every().minute().run_command(punctual::Command::shell("exit 3").current_dir("/")).unwrap();
    stage.wait(60);
    let span = stage.next();
    assert_eq!(fields(&span, &["outcome", "error.type"]), ["failed", "failed"]);
    assert_eq!(span.entered, 2, "for the program, and for the line in the log");
}

#[cfg(feature = "tokio")]
mod in_tasks {
    use std::future::pending;

    use tokio::{runtime::Builder, task::yield_now};

    use super::*;

    /// Says in its span that it is dropped.
    struct Dropped;

    impl Drop for Dropped {
        fn drop(&mut self) {
            tracing::info!("dropped");
        }
    }

    #[test]
    fn a_future_is_inside_of_its_span_at_each_poll_and_never_in_between() {
        let stage = stage();
        let body = |name: &'static str| {
            move || async move {
                let _dropped = Dropped;
                for step in 0..3 {
                    tracing::info!("{name} {step}");
                    yield_now().await;
                }
            }
        };
        // Both are polled in turns, in one thread.
        stage.scheduler.every().minute().named("a").run_async(body("a")).unwrap();
        stage.scheduler.every().minute().named("b").run_async(body("b")).unwrap();
        Builder::new_current_thread().build().unwrap().block_on(async {
            stage.wait(60);
            assert!(tracing::Span::current().is_none());
            while stage.scheduler.jobs().iter().any(|job| job.is_running()) {
                tracing::info!("outside");
                yield_now().await;
            }
        });
        let mut spans = [stage.next(), stage.next()];
        spans.sort_by_key(|span| span.fields["job.name"].clone());
        for (name, span) in ["a", "b"].into_iter().zip(spans) {
            assert_eq!(span.fields["job.name"], name);
            let lines: Vec<String> = (0..3).map(|step| format!("{name} {step}")).collect();
            assert_eq!(span.lines, [lines, vec!["dropped".to_owned()]].concat());
            assert!(span.entered >= 4, "{span:?}");
            assert_eq!((span.is_root, &*span.fields["outcome"]), (true, "completed"));
        }
    }

    #[test]
    fn a_future_that_is_dropped_is_so_inside_of_its_span() {
        let stage = stage();
        let sentence = stage.scheduler.every().minute().timeout(Duration::from_secs(5));
        let job = sentence
            .run_async(|| async {
                let _dropped = Dropped;
                pending::<()>().await;
            })
            .unwrap();
        Builder::new_current_thread().build().unwrap().block_on(async {
            stage.wait(60);
            yield_now().await;
            stage.wait(5);
            while job.last_outcome().is_none() || job.is_running() {
                yield_now().await;
            }
            yield_now().await;
        });
        let span = stage.next();
        assert_eq!(span.lines, ["dropped"]);
        assert_eq!(span.fields["outcome"], "timed_out");
    }
}
