//! One trial: one peer with one number of jobs, from the first registration to the last cancellation, in its own
//! process.

use std::{
    fmt::Display,
    hint::black_box,
    time::{Duration, SystemTime},
};

use crate::{
    peer::{body, runs, Peer, TokioCron},
    process,
    sample::{each, median, nanos, Effort},
    work::{Work, DAILY, HEAP},
};

/// Wednesday 13 January 2027, 12:00:05 UTC, 07:00:05 in New York: far from the end of an hour and from a change of the
/// offset.
const START: Duration = Duration::from_secs(1_799_841_605);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// From the start to 10:30:05 in New York.
const TO_HALF_PAST_TEN: Duration = Duration::from_secs(3 * 3600 + 1800);

/// Sets the clock, to the same time for every trial.
pub(crate) fn begin() {
    process::set_wall(START);
}

fn report(work: Work, value: f64) {
    println!("{}\t{value}", work.key());
}

fn note(work: Work, text: impl Display) {
    println!("{}\tnote\t{text}", work.key());
}

/// Registers `jobs` hourly jobs. Returns handles of 1 % of them, at most 1,000 and evenly spread, and the time per
/// registration.
fn fill<P: Peer>(jobs: usize) -> (P, Vec<P::Handle>, f64) {
    let mut peer = P::new(jobs);
    let handles = (jobs / 100).clamp(1, 1000);
    let stride = jobs / handles;
    let mut kept = Vec::with_capacity(handles);
    let taken = nanos(|| {
        for i in 0..jobs {
            if i % stride == stride / 2 {
                if let Some(handle) = peer.hourly_kept() {
                    kept.push(handle);
                    continue;
                }
            }
            peer.hourly();
        }
    });
    (peer, kept, taken / jobs as f64)
}

/// Measures everything that depends on the number of jobs.
pub(crate) fn among<P: Peer>(jobs: usize) {
    let mut filled = None;
    let effort = Effort::new(400, 5, 300);
    let mut first_rounds = Vec::new();
    let register = effort.median(|| {
        drop(filled.take());
        let (mut peer, kept, each) = fill::<P>(jobs);
        peer.advance(HOUR);
        let before = runs();
        let taken = nanos(|| peer.poll(1));
        if runs() - before == jobs {
            first_rounds.push(taken / jobs as f64);
        }
        filled = Some((peer, kept));
        each
    });
    report(Work::Register, register);
    match first_rounds.is_empty() {
        true => note(Work::FirstRound, "the first poll only computes the slots"),
        false => report(Work::FirstRound, median(&mut first_rounds)),
    }
    let Some((mut peer, kept)) = filled else { return };

    report(Work::Idle, each(Effort::new(400, 5, 200), |times| peer.poll(times)));

    rounds(&mut peer, Work::AllDue, jobs, HOUR);

    peer.minutely();
    // The first poll of a new job may only compute its slot, so it is not measured.
    peer.poll(1);
    let mut ran = true;
    // At most 40 minutes, so that no hourly job is due.
    let one_due = Effort::new(400, 5, 40).median(|| {
        peer.advance(MINUTE);
        let before = runs();
        let taken = nanos(|| peer.poll(1));
        ran &= runs() == before + 1;
        taken
    });
    report(Work::OneDue, one_due);
    if !ran {
        note(Work::OneDue, "not exactly one job ran");
    }

    clear_tags(&mut peer, jobs);
    cancel(peer, kept, jobs);
    scattered::<P>(jobs);
}

/// Measures polls at which all jobs are due, one after each wait.
fn rounds<P: Peer>(peer: &mut P, work: Work, jobs: usize, wait: Duration) {
    let mut fewest = jobs;
    let each = Effort::new(600, 5, 200).median(|| {
        peer.advance(wait);
        let before = runs();
        let taken = nanos(|| peer.poll(1));
        fewest = fewest.min(runs() - before);
        taken / jobs as f64
    });
    report_if_all_ran(work, each, fewest == jobs);
}

/// A poll that left due jobs out was quicker than one that runs them, and has no figure.
fn report_if_all_ran(work: Work, each: f64, have_all_run: bool) {
    if have_all_run {
        report(work, each);
    } else {
        note(work, "not all due jobs ran");
    }
}

/// Measures jobs of which no two have the same interval, in an order of registration that has nothing to do with it.
fn scattered<P: Peer>(jobs: usize) {
    /// Has no divisor in common with a number of jobs.
    const STRIDE: usize = 611_953;
    // The longest is many times the shortest, or the jobs would be due in the same order in every round.
    let apart = (100_000 / jobs).max(1);
    let mut peer = P::new(jobs);
    for job in 0..jobs {
        if !peer.every(3600 + (job * STRIDE % jobs * apart) as u32) {
            return;
        }
    }
    // The first poll of a new job may only compute its slot.
    peer.poll(1);
    rounds(&mut peer, Work::Scattered, jobs, HOUR + Duration::from_secs((jobs * apart) as u64));
}

fn clear_tags<P: Peer>(peer: &mut P, jobs: usize) {
    let matches = jobs / 100;
    if matches == 0 || !peer.hourly_tagged() {
        return;
    }
    peer.clear_tagged();
    let clear = Effort::new(400, 3, 50).median(|| {
        for _ in 0..matches {
            peer.hourly_tagged();
        }
        nanos(|| peer.clear_tagged()) / matches as f64
    });
    report(Work::ClearTag, clear);
}

/// Cancels jobs one by one, not in the order of registration. `peer` has `jobs` hourly jobs and one that is due every
/// minute.
fn cancel<P: Peer>(mut peer: P, mut kept: Vec<P::Handle>, jobs: usize) {
    const FEW: usize = 100;
    const SLOW: f64 = 1e5;
    if kept.is_empty() {
        return;
    }
    let handles = kept.len();
    let (median, left) = if handles < FEW {
        drop(peer);
        let (filled, median) = refill_and_cancel(jobs);
        peer = filled;
        (median, jobs - handles)
    } else {
        for i in 0..handles {
            kept.swap(i, i * 7919 % handles);
        }
        let mut cancel_last = |kept: &mut Vec<P::Handle>, many: usize| {
            let batch = kept.split_off(kept.len() - many);
            nanos(|| batch.into_iter().for_each(|handle| peer.cancel(handle))) / many as f64
        };
        let batch = if cancel_last(&mut kept, 1) > SLOW { 1 } else { handles / 12 };
        let effort = Effort::new(400, 5, kept.len() / batch);
        let median = effort.median(|| cancel_last(&mut kept, batch));
        (median, jobs + 1 - (handles - kept.len()))
    };
    report(Work::Cancel, median);
    if jobs <= 100_000 {
        peer.poll(1);
        peer.advance(HOUR);
        let before = runs();
        peer.poll(1);
        let ran = runs() - before;
        if ran != left {
            note(Work::Cancel, format!("{ran} jobs ran afterwards, not {left}"));
        }
    }
}

/// Registers all jobs and cancels 1 % of them, repeatedly, each time in a new scheduler. Returns the last scheduler and
/// the median time per cancellation.
fn refill_and_cancel<P: Peer>(jobs: usize) -> (P, f64) {
    let mut last = None;
    let median = Effort::new(400, 5, 300).median(|| {
        let (mut peer, kept, _) = fill::<P>(jobs);
        let cancelled = kept.len() as f64;
        let taken = nanos(|| kept.into_iter().for_each(|handle| peer.cancel(handle)));
        last = Some(peer);
        taken / cancelled
    });
    (last.unwrap_or_else(|| P::new(jobs)), median)
}

/// Measures what does not depend on the number of jobs.
pub(crate) fn once<P: Peer>() {
    if let Some(mut ask) = P::next_daily() {
        report(Work::NextDaily, each(Effort::new(300, 5, 300), |times| (0..times).for_each(|_| ask())));
    }
    let mut peer = P::new(1);
    let bytes = process::heap_of(|| (0..HEAP).for_each(|_| peer.hourly()));
    report(Work::Heap, bytes as f64 / HEAP as f64);
}

/// Measures a thousand jobs that are all due daily at 10:30 in New York.
pub(crate) fn daily<P: Peer>(work: Work, register: fn(&mut P) -> bool) {
    let mut peer = P::new(DAILY);
    if !register(&mut peer) {
        return;
    }
    (1..DAILY).for_each(|_| assert!(register(&mut peer)));
    peer.poll(1);
    let mut wait = TO_HALF_PAST_TEN;
    let mut fewest = DAILY;
    let each = Effort::new(400, 5, 40).median(|| {
        peer.advance(wait);
        wait = DAY;
        let before = runs();
        let taken = nanos(|| peer.poll(1));
        fewest = fewest.min(runs() - before);
        taken / DAILY as f64
    });
    report_if_all_ran(work, each, fewest == DAILY);
}

/// Counts how many of a thousand due jobs run with tokio-cron-scheduler's channels of the default size.
pub(crate) fn default_channel() {
    const JOBS: usize = 1000;
    let mut peer = TokioCron::new(1);
    (0..JOBS).for_each(|_| peer.hourly());
    peer.poll(1);
    peer.advance(HOUR);
    let before = runs();
    peer.poll(1);
    let ran = runs() - before;
    if ran < JOBS {
        note(Work::AllDue, ran);
    }
}

/// Measures the lower bounds that apply to every scheduler.
pub(crate) fn floors() {
    let effort = Effort::new(300, 5, 300);
    let read = |times| (0..times).for_each(|_| _ = black_box(SystemTime::now()));
    report(Work::Clock, each(effort, read));
    let plain = |times| (0..times).for_each(|_| _ = black_box(process::real_wall()));
    report(Work::PlainClock, each(effort, plain));
    let mut bodies: Vec<Box<dyn FnMut()>> = (0..100).map(|_| Box::new(body) as Box<dyn FnMut()>).collect();
    let call = |times| (0..times).for_each(|i| black_box(&mut bodies[i % 100])());
    report(Work::Call, each(effort, call));
    punctual::every().hour().run(body).expect("every body is registered");
    let poll = |times| (0..times).for_each(|_| _ = black_box(punctual::run_pending()));
    report(Work::FreeIdle, each(effort, poll));
}
