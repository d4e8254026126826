//! The rows of the tables: one operation of a scheduler each.

mod cancel;
mod clear;
mod days;
mod floor;
pub mod fresh;
mod idle;
mod intervals;
mod one_due;
mod register;
mod roll;
mod system;

use punctual::Scheduler;

/// One operation of a scheduler, in a registry of a given size.
pub trait Row {
    /// Prepares the next call of [`operate`](Row::operate). Not measured.
    fn prepare(&mut self);

    /// Performs the operation several times and returns how many times. Only this is measured.
    fn operate(&mut self) -> u64;

    /// The scheduler on which the row works; by default the global one.
    fn scheduler(&self) -> Scheduler {
        punctual::default_scheduler().clone()
    }
}

/// A row of the tables.
pub struct Entry {
    /// Its name on the command line and in the tables.
    pub name: &'static str,
    /// Creates the row for a number of jobs.
    pub make: fn(usize) -> Box<dyn Row>,
    /// The numbers of jobs with which it is measured.
    pub sizes: &'static [usize],
    /// What an operation may cost.
    pub goal: Goal,
}

/// The most that an operation may cost; `None` if there is no goal.
pub struct Goal {
    /// Time, in clock reads: with up to 1,000 jobs, and with more.
    pub clock_reads: Option<(f64, f64)>,
    /// Number of instructions.
    pub instructions: Option<u64>,
    /// Number of allocations.
    pub allocations: Option<f64>,
}

impl Goal {
    const NONE: Goal = Goal { clock_reads: None, instructions: None, allocations: None };
    /// One run of a job when all jobs are due.
    const RUN: Goal = Goal { clock_reads: Some((2.6, 6.2)), instructions: Some(350), allocations: Some(0.0) };

    const fn time(few: f64, many: f64) -> Self {
        Goal { clock_reads: Some((few, many)), ..Goal::NONE }
    }
}

const ONE: &[usize] = &[1];
const THOUSAND: &[usize] = &[1_000];
const ALL: &[usize] = &[1, 1_000, 100_000, 1_000_000];
const MANY: &[usize] = &[1_000, 100_000, 1_000_000];

macro_rules! row {
    ($name:literal, $make:expr, $sizes:expr, $goal:expr) => {
        Entry { name: $name, make: |jobs| Box::new($make(jobs)), sizes: $sizes, goal: $goal }
    };
}

/// All rows, lower bounds first.
pub const ROWS: &[Entry] = &[
    row!("clock", |_| floor::ClockRead, ONE, Goal::NONE),
    row!("manual-read", |_| floor::ManualRead::new(), ONE, Goal::NONE),
    row!("manual-advance", |_| floor::ManualAdvance::new(), ONE, Goal::NONE),
    row!("boxed-call", |_| floor::BoxedCall::new(), ONE, Goal::NONE),
    row!("heap-replace", floor::HeapReplace::new, ALL, Goal::NONE),
    row!("idle", idle::Idle::new, ALL, Goal { allocations: Some(0.0), ..Goal::time(1.5, 1.5) }),
    row!(
        "register",
        register::Register::new,
        ALL,
        Goal { instructions: Some(500), allocations: Some(2.0), ..Goal::time(4.1, 6.2) }
    ),
    row!("first-round", intervals::FirstRound::new, MANY, Goal { allocations: None, ..Goal::RUN }),
    row!("even-rounds", intervals::Rounds::even, ALL, Goal::RUN),
    row!("mixed-rounds", intervals::Rounds::mixed, ALL, Goal::RUN),
    row!("scattered-rounds", intervals::Rounds::scattered, MANY, Goal::RUN),
    row!("system-rounds", system::SystemRounds::new, MANY, Goal::RUN),
    row!("daily-24h", days::Days::hours, THOUSAND, Goal::RUN),
    row!("daily-new-york", days::Days::new_york, THOUSAND, Goal { instructions: Some(470), ..Goal::RUN }),
    row!("daily-cron", days::Days::cron, THOUSAND, Goal::RUN),
    // `TZ` is read once a pass, into a new string.
    row!(
        "daily-local",
        days::Days::local,
        THOUSAND,
        Goal { instructions: Some(470), allocations: Some(0.001), ..Goal::RUN }
    ),
    row!("one-due", one_due::OneDue::ticking, MANY, Goal { allocations: Some(0.0), ..Goal::NONE }),
    row!("one-due-each", one_due::OneDue::each, MANY, Goal { allocations: Some(0.0), ..Goal::NONE }),
    row!("cancel", cancel::Cancel::new, ALL, Goal::time(7.7, 7.7)),
    row!("clear-tag", clear::ClearTag::new, ALL, Goal::time(3.1, 3.1)),
];
