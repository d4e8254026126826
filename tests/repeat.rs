//! `#[repeat]`. Declared jobs are in the default scheduler, which other tests clear, so these tests are a separate
//! binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    sync::{Barrier, Mutex, OnceLock},
    thread,
};

use punctual::{repeat, state::Days, CancelJob, Every, Job, Outcome};

const THREADS: usize = 8;

static CALLS: Mutex<Vec<String>> = Mutex::new(Vec::new());
static LOGGED: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn record(what: &str) {
    CALLS.lock().unwrap().push(what.to_owned());
}

#[repeat(every().second())]
fn hello() -> Option<CancelJob> {
    record("hello");
    None
}

#[repeat(every().hour(), "World")]
#[repeat(every().day().at("10:30").tag("polite").named("in parts"), &["Ru", "st"].concat())]
fn greet(name: &str) {
    record(&format!("hello, {name}"));
}

mod elsewhere {
    // The arguments of the attribute resolve to these items; its sentence does not.
    pub(super) const fn every() -> u8 {
        1
    }
    pub(super) fn name() -> String {
        "odd".to_owned()
    }
    pub(super) const fn once(what: &str) -> &str {
        what
    }

    mod deeper {
        use super::{every, name, once};

        #[punctual::repeat(every().minutes(5).to(10), name(), (every(), "pair"), once("last"))]
        fn odd<'a>(name: impl AsRef<str>, (n, pair): (u8, &'a str), r#type: &'a str) {
            crate::record(&format!("{} {n} {pair} {}", name.as_ref(), r#type));
        }
    }
}

fn nightly() -> Every<Days> {
    assert!(!punctual::jobs().is_empty(), "the jobs above are already registered");
    punctual::every().day().at("02:00")
}

#[repeat(nightly())]
fn back_up() -> Result<(), String> {
    record("back up");
    Err("the disk is full".to_owned())
}

#[repeat(every().day().at("25:00"))]
fn wrong() {
    record("wrong");
}
const WRONG: u32 = line!() - 4;

fn unlucky() -> u64 {
    panic!("no number today")
}

#[repeat(every().seconds(unlucky()))]
fn worse() {
    record("worse");
}
const WORSE: u32 = line!() - 4;

#[repeat("every weekday at 9:00 until 2001-01-01")]
fn worst() {
    record("worst");
}
const WORST: u32 = line!() - 4;

#[repeat(after(std::time::Duration::from_secs(3600)))]
fn r#loop() -> CancelJob {
    record("loop");
    CancelJob
}

#[repeat(every().day())]
#[cfg(any())]
fn absent() {}

macro_rules! declare {
    ($vis:vis $name:ident, $sentence:expr) => {
        #[repeat($sentence, stringify!($name))]
        $vis fn $name(name: &str) {
            record(name);
        }
    };
}
declare!(pub(crate) by_a_macro, once("2999-12-31"));

#[repeat("every 7 hours, 100 times".tag("by text").pool("default"), "in words")]
fn by_text(what: &str) {
    record(what);
}

fn around() {
    #[repeat(every().year().pool("reports"))]
    fn inside() {
        record("inside");
    }
    inside();
}

struct Log;

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }
    fn log(&self, record: &log::Record<'_>) {
        if record.level() == log::Level::Error {
            LOGGED.lock().unwrap().push(record.args().to_string());
        }
    }
    fn flush(&self) {}
}

/// The jobs that each of several threads finds when all of them use the default scheduler first, at the same time.
fn found_by_threads() -> &'static [Vec<Job>] {
    static FOUND: OnceLock<Vec<Vec<Job>>> = OnceLock::new();
    FOUND.get_or_init(|| {
        log::set_logger(&Log).unwrap();
        log::set_max_level(log::LevelFilter::Error);
        // Does not register the jobs, one of which names it.
        punctual::add_pool("reports", 1).unwrap();
        let start = Barrier::new(THREADS);
        thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        punctual::jobs()
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    })
}

#[test]
fn every_declared_job_is_registered_once_in_source_order() {
    let names: Vec<String> = found_by_threads()[0].iter().map(Job::name).collect();
    assert_eq!(
        names,
        [
            "repeat::hello",
            "repeat::greet",
            "in parts",
            "repeat::elsewhere::deeper::odd",
            "repeat::back_up",
            "repeat::loop",
            "repeat::by_a_macro",
            "repeat::by_text",
            "repeat::inside",
        ]
    );
}

#[test]
fn threads_that_race_to_the_default_scheduler_all_find_every_job() {
    assert_eq!(found_by_threads().len(), THREADS);
    assert!(found_by_threads().iter().all(|jobs| *jobs == found_by_threads()[0]));
}

#[test]
fn each_job_has_the_sentence_of_its_attribute() {
    let expected = [
        "every second run repeat::hello (",
        "every hour run repeat::greet (",
        "every day at 10:30 run in parts, tagged polite (",
        "every 5 to 10 minutes run repeat::elsewhere::deeper::odd (",
        "every day at 02:00 run repeat::back_up (",
        "once after 3600s run repeat::loop",
        "once at 2999-12-3",
        "every 7 hours, 100 times parallel run repeat::by_text, tagged by text (",
        "every year parallel run repeat::inside (",
    ];
    for (job, sentence) in found_by_threads()[0].iter().zip(expected) {
        assert!(job.to_string().starts_with(sentence), "{job}");
    }
    assert_eq!(punctual::jobs_tagged("polite"), found_by_threads()[0][2..3]);
}

#[test]
fn declared_functions_run_with_their_arguments_and_stay_callable() {
    let jobs = &found_by_threads()[0];
    assert_eq!(punctual::run_all(), jobs.len());
    assert_eq!(punctual::run_all(), jobs.len() - 1, "one job returned CancelJob");
    assert_eq!(jobs[4].last_outcome(), Some(Outcome::Failed("the disk is full".to_owned())));
    assert_eq!(hello(), None);
    around();

    let once = ["hello", "hello, World", "hello, Rust", "odd 1 pair last", "back up"];
    let rest = ["by_a_macro", "in words", "inside"];
    let mut expected = once.to_vec();
    expected.push("loop");
    expected.extend(rest);
    expected.extend(once.iter().chain(&rest));
    expected.extend(["hello", "inside"]);
    assert_eq!(*CALLS.lock().unwrap(), expected);
}

#[test]
fn a_refused_sentence_is_logged_with_its_location() {
    assert_eq!(found_by_threads()[0].len(), 9);
    let logged = LOGGED.lock().unwrap();
    let about = |what: &str| logged.iter().find(|line| line.contains(what)).unwrap().clone();
    let file = file!();
    assert_eq!(
        about("repeat::wrong"),
        format!(
            "punctual: cannot schedule repeat::wrong, declared at {file}:{WRONG}: invalid time \
             \"25:00\" for a daily job: the hour must be 0 to 23 (expected HH:MM or HH:MM:SS)"
        )
    );
    assert_eq!(
        about("repeat::worse"),
        format!(
            "punctual: cannot schedule repeat::worse, declared at {file}:{WORSE}: \
             it panicked: no number today"
        )
    );
    let mistake = "invalid moment \"2001-01-01\" for until: it is in the past";
    let worst = format!("punctual: cannot schedule repeat::worst, declared at {file}:{WORST}: {mistake}");
    assert!(about("repeat::worst").starts_with(&worst), "{}", about("repeat::worst"));
}

#[test]
fn invalid_declarations_do_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/*.rs");
    #[cfg(feature = "tz")]
    cases.compile_fail("tests/ui/tz/*.rs");
    #[cfg(not(feature = "tz"))]
    cases.compile_fail("tests/ui/without_tz/*.rs");
    #[cfg(feature = "tokio")]
    cases.pass("tests/ui/tokio/*.rs");
    #[cfg(not(feature = "tokio"))]
    cases.compile_fail("tests/ui/without_tokio/*.rs");
}
