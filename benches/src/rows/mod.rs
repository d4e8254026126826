//! The rows.

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
    /// Brings about what [`operate`](Row::operate) needs, every time before it. Not measured.
    fn prepare(&mut self);

    /// Does the operation, some times in a row, and returns how many times. This alone is measured.
    fn operate(&mut self) -> u64;

    /// Whose registry it works on; the default one where it does not say.
    fn scheduler(&self) -> Scheduler {
        punctual::default_scheduler().clone()
    }
}

/// A row of the tables.
pub struct Entry {
    /// What it is called on the command line and in the tables.
    pub name: &'static str,
    /// Makes it, for so many jobs.
    pub make: fn(usize) -> Box<dyn Row>,
    /// How many jobs it is measured with.
    pub sizes: &'static [usize],
    /// What an operation may cost.
    pub goal: Goal,
}

/// What an operation may cost at most; `None` where nobody has said.
pub struct Goal {
    /// How long, in readings of the clock: up to 1,000 jobs, and with more.
    pub clock_reads: Option<(f64, f64)>,
    /// How many instructions.
    pub instructions: Option<u64>,
    /// How many allocations.
    pub allocations: Option<u64>,
}

impl Goal {
    const NONE: Goal = Goal { clock_reads: None, instructions: None, allocations: None };
    /// Of one run of a job, where all are due.
    const RUN: Goal = Goal { clock_reads: Some((2.6, 6.2)), instructions: Some(350), allocations: Some(0) };

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

/// All rows, the floors first.
pub const ROWS: &[Entry] = &[
    row!("clock", |_| floor::ClockRead, ONE, Goal::NONE),
    row!("manual-read", |_| floor::ManualRead::new(), ONE, Goal::NONE),
    row!("manual-advance", |_| floor::ManualAdvance::new(), ONE, Goal::NONE),
    row!("boxed-call", |_| floor::BoxedCall::new(), ONE, Goal::NONE),
    row!("heap-replace", floor::HeapReplace::new, ALL, Goal::NONE),
    row!("idle", idle::Idle::new, ALL, Goal { allocations: Some(0), ..Goal::time(1.5, 1.5) }),
    row!(
        "register",
        register::Register::new,
        ALL,
        Goal { instructions: Some(500), allocations: Some(2), ..Goal::time(4.1, 6.2) }
    ),
    row!("first-round", intervals::FirstRound::new, MANY, Goal { allocations: None, ..Goal::RUN }),
    row!("even-rounds", intervals::Rounds::even, ALL, Goal::RUN),
    row!("mixed-rounds", intervals::Rounds::mixed, ALL, Goal::RUN),
    row!("system-rounds", system::SystemRounds::new, MANY, Goal::RUN),
    row!("daily-24h", days::Days::hours, THOUSAND, Goal::RUN),
    row!("daily-new-york", days::Days::new_york, THOUSAND, Goal { instructions: Some(470), ..Goal::RUN }),
    row!("one-due", one_due::OneDue::ticking, MANY, Goal { allocations: Some(0), ..Goal::NONE }),
    row!("one-due-each", one_due::OneDue::each, MANY, Goal { allocations: Some(0), ..Goal::NONE }),
    row!("cancel", cancel::Cancel::new, ALL, Goal::time(7.7, 7.7)),
    row!("clear-tag", clear::ClearTag::new, ALL, Goal::time(3.1, 3.1)),
];
