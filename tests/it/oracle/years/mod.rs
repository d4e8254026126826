//! Ten years of ten thousand jobs on a clock that is moved by hand: each runs for the slots that were counted
//! beforehand.

mod kinds;
mod ledger;

use std::{
    fs,
    sync::{Arc, Mutex},
};

use chrono::{DateTime, Months, TimeDelta, Utc};
use punctual::{Job, Scheduler};
use punctual_oracle::{is_full, Zone, ZONES};

use self::{
    kinds::{chain, Case, KINDS},
    ledger::{Ending, Expected, Ledger},
};
use super::settle;
use crate::support::{is_alone, noon, Stage};

const YEARS: u32 = 10;

/// How many chains there are of jobs that are gone after one run.
const CHAINS: u32 = 10;

/// What a process may take besides, for its threads and the like: less than the records of the jobs that have gone
/// meanwhile.
const SLACK: u64 = 512 * 1024;

struct Seat {
    job: Job,
    ledger: Arc<Mutex<Ledger>>,
}

fn seat(case: &Case<'_>, (name, kind): (&str, kinds::Kind)) -> Seat {
    let ledger = Ledger::closed(format!("{name}, number {}", case.number));
    let (job, expected, ending) = kind(case, Ledger::body(&ledger));
    ledger.lock().unwrap().open(expected, ending);
    Seat { job: job.unwrap(), ledger }
}

/// The memory that this process has in hand, in bytes, where the system tells.
fn resident() -> Option<u64> {
    const PAGE: u64 = 4096;
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    Some(statm.split(' ').nth(1)?.parse::<u64>().ok()? * PAGE)
}

/// In a process of its own, so that no other test's memory is counted. `PUNCTUAL_FULL_SWEEP=1` takes all ten thousand
/// jobs, 250 of each kind, which is a minute with `--release`; without it, some of each kind.
#[test]
fn ten_years_of_jobs_of_every_kind_lose_no_slot_and_no_memory() {
    if !is_alone("oracle::years::ten_years_of_jobs_of_every_kind_lose_no_slot_and_no_memory") {
        return;
    }
    let (numbers, jobs, at_least) =
        if is_full() { ((0..250).step_by(1), 10_000, 14_000_000) } else { ((0..250).step_by(43), 240, 500_000) };
    let stage = noon();
    let Stage { clock, scheduler } = &stage;
    let start = clock.now();
    let years = |n| start + Months::new(12 * n);
    let zones = ZONES.map(|tz| Zone::between(tz, 2023..2036));
    let case = |number| Case { scheduler, zones: &zones, start, end: years(YEARS), number };
    let seats: Vec<Seat> = numbers.flat_map(|n| KINDS.iter().map(move |kind| seat(&case(n), *kind))).collect();
    assert_eq!(scheduler.jobs().len(), jobs);
    let links = begin_chains(scheduler, start, years(YEARS));

    let mut ran = 0;
    let mut memory = Vec::new();
    for year in 1..=YEARS {
        ran += scheduler.run_until(years(year)).unwrap();
        assert_eq!(clock.now(), years(year));
        stage.assert_consistent();
        memory.extend(resident());
    }

    let wrong = seats.iter().filter_map(|seat| seat.ledger.lock().unwrap().settle(seat.job.is_scheduled()).err());
    settle(wrong.collect(), ran, at_least);
    links.lock().unwrap().settle(true).unwrap();
    let told: usize = seats.iter().map(|seat| &seat.ledger).chain([&links]).map(|book| book.lock().unwrap().runs).sum();
    assert_eq!(told, ran);
    let left = seats.iter().filter(|seat| seat.job.is_scheduled()).count();
    assert_eq!(scheduler.jobs().len(), left + CHAINS as usize);
    if let [first, .., last] = memory[..] {
        assert!(last < first + SLACK, "from {first} bytes after a year to {last}: {memory:?}");
    }
}

/// Jobs that run once, a day later, and add the next.
fn begin_chains(scheduler: &Scheduler, start: DateTime<Utc>, end: DateTime<Utc>) -> Arc<Mutex<Ledger>> {
    const DAY: TimeDelta = TimeDelta::days(1);
    let days = (1..).map(|n| start + DAY * n).take_while(|day| *day <= end);
    let links = Ledger::closed("a chain".to_owned());
    let all = days.flat_map(|day| (0..CHAINS).map(move |_| day)).collect();
    links.lock().unwrap().open(Expected::These(all), Ending::Stays);
    let body = Arc::new(Ledger::body(&links));
    for _ in 0..CHAINS {
        chain(scheduler, DAY.to_std().unwrap(), Arc::clone(&body)).unwrap();
    }
    links
}
