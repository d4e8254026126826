//! The subjects of the measurements, and remarks on each.

use crate::work::Work;

/// The subject of a trial: a scheduler, or the lower bounds that apply to all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    Punctual,
    Clokwerk,
    Skedge,
    TokioCron,
    JobSchedulerNg,
    Schedule,
    /// `punctual` on a `ManualClock`.
    ByHand,
    Floors,
    /// `tokio-cron-scheduler` with channels of the default size.
    DefaultChannel,
}

impl Subject {
    /// The columns of the table and the lines of the plot.
    pub(crate) const COLUMNS: [Subject; 6] = [
        Subject::Punctual,
        Subject::Clokwerk,
        Subject::Skedge,
        Subject::TokioCron,
        Subject::JobSchedulerNg,
        Subject::Schedule,
    ];

    pub(crate) const ALL: [Subject; 9] = [
        Subject::Punctual,
        Subject::Clokwerk,
        Subject::Skedge,
        Subject::TokioCron,
        Subject::JobSchedulerNg,
        Subject::Schedule,
        Subject::ByHand,
        Subject::Floors,
        Subject::DefaultChannel,
    ];

    /// The name of its package.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Subject::Punctual => "punctual",
            Subject::Clokwerk => "clokwerk",
            Subject::Skedge => "skedge",
            Subject::TokioCron => "tokio-cron-scheduler",
            Subject::JobSchedulerNg => "job_scheduler_ng",
            Subject::Schedule => "schedule",
            Subject::ByHand => "by-hand",
            Subject::Floors => "floors",
            Subject::DefaultChannel => "default-channel",
        }
    }

    pub(crate) fn of_name(name: &str) -> Option<Subject> {
        Subject::ALL.into_iter().find(|subject| subject.name() == name)
    }

    /// Its name and version; only the name for `punctual`.
    pub(crate) fn title(self) -> String {
        let name = self.name();
        match self {
            Subject::Schedule => {
                let pinned =
                    include_str!("../requirements.txt").lines().find_map(|line| line.strip_prefix("schedule=="));
                format!("Python's schedule {}", pinned.unwrap_or_default())
            }
            Subject::Punctual => name.to_owned(),
            _ => {
                let locked = include_str!("../Cargo.lock").split("[[package]]").find_map(|package| {
                    let rest = package.trim().strip_prefix(&format!("name = \"{name}\"\nversion = \""))?;
                    rest.split('"').next()
                });
                format!("{name} {}", locked.unwrap_or_default())
            }
        }
    }

    /// A remark on the figure, or the reason why there is none.
    pub(crate) fn remark(self, work: Work) -> Option<&'static str> {
        Some(match (self, work) {
            (Subject::Clokwerk, Work::Cancel) => "cannot remove a job",
            (Subject::Clokwerk | Subject::TokioCron | Subject::JobSchedulerNg, Work::ClearTag) => "has no tags",
            (Subject::Clokwerk, Work::NextDaily) => "by `SyncJob::execute`, which also calls the body",
            (Subject::Skedge, Work::Cancel) => "returns no handle; by a tag that only this job has",
            (Subject::Skedge, Work::Daily) => "takes no zone; the whole process ran in New York's",
            (Subject::Skedge, Work::NextDaily) => "does not expose it",
            (Subject::TokioCron, Work::Idle | Work::OneDue) => "one of the ticks that it does twice a second",
            (Subject::TokioCron, Work::Daily) => {
                "keeps the offset of the day of registration, so it is an hour off after a DST change"
            }
            (Subject::TokioCron, Work::NextDaily) => "by the crate croner, which it uses",
            (Subject::JobSchedulerNg, Work::Daily) => "takes a fixed offset, no zone",
            (Subject::JobSchedulerNg, Work::Scattered) => "hourly, each at a second of its own: it has no intervals",
            (Subject::TokioCron | Subject::JobSchedulerNg, Work::DailyHere) => "does not use the machine's zone",
            (Subject::JobSchedulerNg, Work::NextDaily) => "by the crate cron, which it re-exports",
            (Subject::Schedule, Work::NextDaily) => "by `_schedule_next_run`, which is private",
            (Subject::Punctual, Work::NextDaily) => {
                "by `pause` and `resume`, which also take the job from the queue and put it back"
            }
            (Subject::Schedule, Work::Heap) => "by `tracemalloc`",
            _ => return None,
        })
    }
}
