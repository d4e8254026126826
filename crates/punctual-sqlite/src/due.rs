//! Jobs that are due.

use punctual::store::{BadRow, Claimant, Fired, JobRow, Micros, Move, Plan};
use rusqlite::OptionalExtension;

use crate::{
    fault,
    job::{bad, columns, Found},
    run::instant,
    transaction::Transaction,
};

type Moves = Vec<(Found, Move)>;

impl Transaction<'_> {
    /// The earliest next slot of a job of these tasks.
    pub(crate) fn earliest(&self, tasks: &str) -> fault::Result<Option<Micros>> {
        let mut statement = self.prepare(
            "select next from punctual_job indexed by punctual_job_due where next is not null and paused = 0 \
             and typeof(next) = 'integer' and task in (select value from json_each(?1)) order by next limit 1",
        )?;
        Ok(statement.query_row([tasks], |row| Ok(instant(row, 0))).optional()?.flatten())
    }

    /// Asks the plan about the jobs that are due. All plans first: what moves would be found again.
    pub(crate) fn due(
        &self,
        claimant: &Claimant<'_>,
        tasks: &str,
        plan: &mut dyn FnMut(&JobRow) -> Plan,
    ) -> fault::Result<(Fired, Moves)> {
        let mut statement = self.prepare(concat!(
            "select ",
            columns!(),
            " from punctual_job indexed by punctual_job_due where next is not null and paused = 0 \
             and typeof(next) = 'integer' and task in (select value from json_each(?1)) order by next, priority, key"
        ))?;
        let mut rows = statement.query([tasks])?;
        let (mut fired, mut moves) = (Fired::default(), Vec::new());
        while let Some(row) = rows.next()? {
            let Some(slot) = instant(row, 11) else { continue };
            if slot > claimant.now || moves.len() == claimant.limit {
                fired.next = fired.next.or(Some(slot));
                break;
            }
            match Found::of(row) {
                Ok(found) => match plan(&found.job) {
                    Plan::Move(step) => moves.push((found, step)),
                    Plan::Wait => fired.next = fired.next.or(Some(slot)),
                    Plan::Leave(why) => fired.bad.push(BadRow { key: found.job.key, why }),
                },
                Err(error) => fired.bad.push(bad(error)),
            }
        }
        Ok((fired, moves))
    }
}
