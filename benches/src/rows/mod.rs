//! The rows.

mod cancel;
mod clear;
mod dispatch;
mod floor;
mod fresh;
mod idle;
mod one_due;
mod register;
mod roll;

/// One operation of a scheduler, in a registry of a given size.
pub trait Row {
    /// Brings about what [`operate`](Row::operate) needs, every time before it. Not measured.
    fn prepare(&mut self);

    /// Does the operation, some times in a row, and returns how many times. This alone is measured.
    fn operate(&mut self) -> u64;
}

/// A row of the tables.
pub struct Entry {
    /// What it is called on the command line and in the tables.
    pub name: &'static str,
    /// Makes it, for so many jobs.
    pub make: fn(usize) -> Box<dyn Row>,
    /// How many jobs it is measured with.
    pub sizes: &'static [usize],
    /// How many instructions an operation may take.
    pub instructions: Option<u64>,
}

const ALL_SIZES: &[usize] = &[1, 1_000, 100_000, 1_000_000];

/// All rows, the floors first.
pub const ROWS: &[Entry] = &[
    Entry { name: "clock", make: |_| Box::new(floor::ClockRead), sizes: &[1], instructions: None },
    Entry { name: "boxed-call", make: |_| Box::new(floor::BoxedCall::new()), sizes: &[1], instructions: None },
    Entry {
        name: "heap-replace",
        make: |jobs| Box::new(floor::HeapReplace::new(jobs)),
        sizes: ALL_SIZES,
        instructions: None,
    },
    Entry { name: "idle", make: |jobs| Box::new(idle::Idle::new(jobs)), sizes: ALL_SIZES, instructions: None },
    Entry {
        name: "register",
        make: |jobs| Box::new(register::Register::new(jobs)),
        sizes: ALL_SIZES,
        instructions: Some(500),
    },
    Entry {
        name: "first-round",
        make: |jobs| Box::new(dispatch::FirstRound::new(jobs)),
        sizes: ALL_SIZES,
        instructions: Some(350),
    },
    Entry {
        name: "even-rounds",
        make: |jobs| Box::new(dispatch::Rounds::even(jobs)),
        sizes: ALL_SIZES,
        instructions: Some(350),
    },
    Entry {
        name: "mixed-rounds",
        make: |jobs| Box::new(dispatch::Rounds::mixed(jobs)),
        sizes: ALL_SIZES,
        instructions: Some(350),
    },
    Entry {
        name: "daily-24h",
        make: |jobs| Box::new(dispatch::Days::hours(jobs)),
        sizes: &[1_000],
        instructions: Some(350),
    },
    Entry {
        name: "daily-new-york",
        make: |jobs| Box::new(dispatch::Days::new_york(jobs)),
        sizes: &[1_000],
        instructions: Some(470),
    },
    Entry {
        name: "one-due",
        make: |jobs| Box::new(one_due::OneDue::new(jobs)),
        sizes: &[1_000, 100_000, 1_000_000],
        instructions: None,
    },
    Entry { name: "cancel", make: |jobs| Box::new(cancel::Cancel::new(jobs)), sizes: ALL_SIZES, instructions: None },
    Entry {
        name: "clear-tag",
        make: |jobs| Box::new(clear::ClearTag::new(jobs)),
        sizes: ALL_SIZES,
        instructions: None,
    },
];
