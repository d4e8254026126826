//! The kinds of work that are measured.

/// A piece of work: a row of the table, or one row for each number of jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Work {
    Idle,
    Register,
    FirstRound,
    AllDue,
    Scattered,
    OneDue,
    Cancel,
    ClearTag,
    Daily,
    DailyHere,
    NextDaily,
    Heap,
    Clock,
    Call,
    /// The real clock, without the offset that this process adds.
    PlainClock,
    /// An idle poll through the free function.
    FreeIdle,
}

impl Work {
    pub(crate) const ALL: [Work; 16] = [
        Work::Idle,
        Work::Register,
        Work::FirstRound,
        Work::AllDue,
        Work::Scattered,
        Work::OneDue,
        Work::Cancel,
        Work::ClearTag,
        Work::Daily,
        Work::DailyHere,
        Work::NextDaily,
        Work::Heap,
        Work::Clock,
        Work::Call,
        Work::PlainClock,
        Work::FreeIdle,
    ];

    /// The name under which a trial reports its result.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Work::Idle => "idle",
            Work::Register => "register",
            Work::FirstRound => "first-round",
            Work::AllDue => "all-due",
            Work::Scattered => "scattered",
            Work::OneDue => "one-due",
            Work::Cancel => "cancel",
            Work::ClearTag => "clear-tag",
            Work::Daily => "daily",
            Work::DailyHere => "daily-here",
            Work::NextDaily => "next-daily",
            Work::Heap => "heap",
            Work::Clock => "clock",
            Work::Call => "call",
            Work::PlainClock => "plain-clock",
            Work::FreeIdle => "free-idle",
        }
    }

    pub(crate) fn of_key(key: &str) -> Option<Work> {
        Work::ALL.into_iter().find(|work| work.key() == key)
    }

    /// Its label in the table.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Work::Idle => "a poll, nothing due",
            Work::Register => "register a job, mean of all",
            Work::FirstRound => "the first poll, all due, per run",
            Work::AllDue => "a poll, all due, per run",
            Work::Scattered => "the same, all intervals distinct and in scattered order",
            Work::OneDue => "a poll, one due",
            Work::Cancel => "cancel one job",
            Work::ClearTag => "clear a tag that 1 % of the jobs have, per match",
            Work::Daily => "a poll, all due daily at 10:30 in New York, per run",
            Work::DailyHere => "the same in the machine's zone, which is New York's",
            Work::NextDaily => "compute the next 10:30 in New York",
            Work::Heap => "heap per job, bytes",
            Work::Clock => "read the clock",
            Work::Call => "call a boxed closure",
            Work::PlainClock => "read the clock, unmoved",
            Work::FreeIdle => "a poll, nothing due, by the free function",
        }
    }
}

/// The numbers of jobs with which the work is measured.
pub(crate) const SIZES: [usize; 7] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
/// The numbers of jobs in the table. The plot shows all.
pub(crate) const SHOWN: [usize; 4] = [1, 1_000, 100_000, 1_000_000];
/// The number of daily jobs.
pub(crate) const DAILY: usize = 1_000;
/// The number of jobs for which the heap is measured.
pub(crate) const HEAP: usize = 100_000;
