//! A call that runs bodies, as the model goes through it.

use std::collections::VecDeque;

use chrono::TimeDelta;

use super::registry::{Registry, Run};

pub(super) enum Call {
    Pass { pass: usize, ran: usize },
    RunNow(Option<Run>),
    RunAll { jobs: VecDeque<usize>, delay: TimeDelta, ran: usize },
}

impl Call {
    /// The run that is to begin next.
    pub(super) fn begin_next(&mut self, model: &mut Registry) -> Option<Run> {
        match self {
            Call::Pass { pass, ran } => {
                let run = model.begin_next(*pass)?;
                *ran += 1;
                Some(run)
            }
            Call::RunNow(run) => run.take(),
            Call::RunAll { jobs, delay, ran } => loop {
                let job = jobs.pop_front()?;
                if *ran > 0 && model.jobs[job].is_registered {
                    model.advance(*delay);
                }
                if let Some(run) = model.begin_by_hand(job) {
                    *ran += 1;
                    break Some(run);
                }
            },
        }
    }
}
