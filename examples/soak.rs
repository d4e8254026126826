//! Thousands of short jobs on the machine's clock, added, cancelled and polled by several threads at once, while each
//! job records its slots. At the end every slot is accounted for: it ran, or the poll was so late that a later slot of
//! the job was due too. `cargo run --release --example soak` takes a minute; `soak 5` takes five seconds.
//!
//! The clock must not be set meanwhile.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::{
    process::ExitCode,
    sync::{
        atomic::{AtomicBool, AtomicI64, Ordering},
        mpsc::{channel, Receiver, Sender},
        Arc, Mutex,
    },
    thread,
    time::{Duration, Instant},
};

use punctual::{chrono::Utc, Context, Job, Scheduler};

/// Jobs that stay to the end, with intervals of 10 to 509 ms; the bodies of two take longer than their interval.
const STAYING: u64 = 4000;

/// Jobs that come and go, per second and thread.
const COMING: u32 = 400;

/// Longer than a loop that was woken can be late; shorter than a loop that was not would sleep.
const PATIENCE: Duration = Duration::from_secs(30);

static WORST: AtomicI64 = AtomicI64::new(0);

/// The runs of one job. Instants are in nanoseconds.
#[derive(Default)]
struct Book {
    length: i64,
    runs: u64,
    /// Slots that were already due when an earlier one started to run: they share its run.
    passed_over: u64,
    last: Option<(i64, i64)>,
    wrong: Option<String>,
}

impl Book {
    fn enter(&mut self, context: &Context) {
        let nanos = |instant: punctual::chrono::DateTime<Utc>| instant.timestamp_nanos_opt().unwrap();
        let (slot, now) = (nanos(context.slot()), nanos(context.now()));
        WORST.fetch_max(now - slot, Ordering::Relaxed);
        self.pass_over_up_to(slot);
        let repeated = self.last.is_some_and(|(last, _)| slot <= last);
        if now < slot || repeated {
            self.wrong = Some(format!("{} ran for {slot} at {now}, after {:?}", context.id(), self.last));
        }
        self.runs += 1;
        self.last = Some((slot, now));
    }

    /// Counts the slots after the last run that were due when it started and are before `next`.
    fn pass_over_up_to(&mut self, next: i64) {
        if let Some((slot, now)) = self.last.filter(|_| self.length > 0) {
            self.passed_over += u64::try_from((now.min(next - 1) - slot) / self.length).unwrap_or(0);
        }
    }
}

/// A job, its book, and how often it is to run in the end.
type Entry = (Job, Arc<Mutex<Book>>, u64);

fn entry(millis: u64, run: impl FnOnce(Box<dyn FnMut(&Context) + Send>) -> punctual::Result<Job>) -> Entry {
    let book = Arc::new(Mutex::new(Book { length: millis as i64 * 1_000_000, ..Book::default() }));
    let kept = Arc::clone(&book);
    (run(Box::new(move |context| kept.lock().unwrap().enter(context))).unwrap(), book, 0)
}

/// Adds jobs: single ones, some that run three times, and some for the other thread to cancel.
fn add(scheduler: &Scheduler, on: &AtomicBool, to_cancel: &Sender<Entry>) -> Vec<Entry> {
    let mut all = Vec::new();
    for n in (0..).take_while(|_| on.load(Ordering::Relaxed)) {
        let (job, book, _) = entry(0, |body| scheduler.after(Duration::from_millis(n % 20)).run_with(body));
        all.push((job, book, 1));
        let (job, book, _) = entry(0, |body| scheduler.every().millis(n % 7 + 1).times(3).run_with(body));
        all.push((job, book, 3));
        let millis = n % 5 + 1;
        let sentence = |body| scheduler.every().millis(millis).run_with(body);
        to_cancel.send(entry(millis, sentence)).unwrap();
        thread::sleep(Duration::from_secs(1) / COMING);
    }
    all
}

/// Cancels jobs while others poll: after that, not one more run begins.
fn cancel(all: Receiver<Entry>) -> Vec<Entry> {
    let cancelled = |(n, (job, book, _)): (u64, Entry)| {
        thread::sleep(Duration::from_millis(n % 4));
        job.cancel();
        let begun = job.run_count();
        (job, book, begun)
    };
    (0..).zip(all).map(cancelled).collect()
}

/// Wakes an idle loop again and again: how often, and how often a run followed.
fn wake(on: &AtomicBool) -> (u64, u64) {
    let scheduler = Scheduler::new();
    let _background = scheduler.start();
    scheduler.every().hour().run(|| {}).unwrap();
    let (mut sent, mut received) = (0, 0);
    while on.load(Ordering::Relaxed) && sent == received {
        let (sender, receiver) = channel();
        scheduler.after(Duration::from_micros(sent % 3 * 500)).run(move || sender.send(())).unwrap();
        sent += 1;
        received += u64::from(receiver.recv_timeout(PATIENCE).is_ok());
    }
    (sent, received)
}

fn main() -> ExitCode {
    let seconds = std::env::args().nth(1).map_or(60, |seconds| seconds.parse().unwrap());
    let scheduler = Scheduler::new();
    let stay = |n: u64| {
        let millis = 10 + n % 500;
        let (job, book, _) = entry(millis, |mut body| match n {
            20 | 21 => scheduler.every().millis(millis).run_with(move |context| {
                body(context);
                thread::sleep(Duration::from_millis(50));
            }),
            _ => scheduler.every().millis(millis).run_with(body),
        });
        (job.next_run().unwrap(), job, book)
    };
    let staying: Vec<_> = (0..STAYING).map(stay).collect();
    let on = AtomicBool::new(true);
    let begin = Instant::now();
    let (mut gone, (sent, received)) = thread::scope(|scope| {
        let loops = [scheduler.start(), scheduler.start()];
        let mut threads = Vec::new();
        for _ in 0..2 {
            let (sender, receiver) = channel();
            let (scheduler, on) = (&scheduler, &on);
            threads.push(scope.spawn(move || add(scheduler, on, &sender)));
            threads.push(scope.spawn(move || cancel(receiver)));
        }
        let polls = scope.spawn(|| {
            while on.load(Ordering::Relaxed) {
                scheduler.run_pending();
                thread::yield_now();
            }
        });
        let waking = scope.spawn(|| wake(&on));
        thread::sleep(Duration::from_secs(seconds).saturating_sub(begin.elapsed()));
        on.store(false, Ordering::Relaxed);
        let gone: Vec<Entry> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        polls.join().unwrap();
        drop(loops);
        (gone, waking.join().unwrap())
    });

    let last_poll = Utc::now();
    scheduler.run_pending();
    let (mut slots, mut ran, mut passed_over, mut wrong) = (0, 0, 0, Vec::new());
    for (first, job, book) in &staying {
        let next = job.next_run().unwrap();
        let mut book = book.lock().unwrap();
        book.pass_over_up_to(next.timestamp_nanos_opt().unwrap());
        let owed = (next - *first).num_nanoseconds().unwrap();
        let expected = u64::try_from(owed / book.length).unwrap();
        if expected != book.runs + book.passed_over || owed % book.length != 0 || next <= last_poll {
            wrong.push(format!("{expected} slots, {} ran, {} passed over: {job}", book.runs, book.passed_over));
        }
        (slots, ran, passed_over) = (slots + expected, ran + book.runs, passed_over + book.passed_over);
        job.cancel();
    }
    scheduler.run_until_empty();
    let (mut expected, mut actual) = (0, 0);
    for (job, book, runs) in gone.drain(..) {
        let book = book.lock().unwrap();
        (expected, actual) = (expected + runs, actual + book.runs);
        wrong.extend((book.runs != runs).then(|| format!("{runs} runs, but {}: {job}", book.runs)));
        wrong.extend(book.wrong.clone());
    }
    wrong.extend(staying.iter().filter_map(|(_, _, book)| book.lock().unwrap().wrong.clone()));

    println!("jobs that stay:     {slots} slots expected, {ran} ran and {passed_over} were polled too late for it");
    println!("jobs that go:       {expected} runs expected, {actual} ran");
    println!("idle loops woken:   {sent} times, {received} ran");
    println!("worst lateness:     {:?}", Duration::from_nanos(WORST.load(Ordering::Relaxed) as u64));
    wrong.iter().take(20).for_each(|wrong| println!("wrong: {wrong}"));
    println!("{} differences in {:?}", wrong.len() as u64 + sent - received, begin.elapsed());
    ExitCode::from(u8::from(!wrong.is_empty() || sent != received || !scheduler.jobs().is_empty()))
}
