//! Heartbeats, and the runs of processes that have none.

use punctual::store::{BadRow, Claim, Claimant, Ending, HolderId, Micros, Orphan, Peer, Reaped, Result, Verdict};
use rusqlite::Row;

use crate::{
    column::read,
    fault,
    job::bad,
    run::{bytes, run_columns, run_of},
    transaction::Transaction,
};

impl Transaction<'_> {
    pub(crate) fn remove_holder(&self, holder: HolderId) -> fault::Result<()> {
        self.prepare("delete from punctual_holder where id = ?1")?.execute([bytes(holder)])?;
        Ok(())
    }

    /// Whether there is a process whose heartbeat has expired, or a run of a process without one.
    pub(crate) fn is_orphaned(&self, now: Micros) -> fault::Result<bool> {
        let mut statement = self.prepare(
            "select exists (select 1 from punctual_holder where expires < ?1) \
             or exists (select 1 from punctual_run where holder not in (select id from punctual_holder))",
        )?;
        Ok(statement.query_row([now.0], |row| row.get(0))?)
    }

    pub(crate) fn dead(&self, now: Micros) -> fault::Result<Vec<Peer>> {
        let mut statement = self.prepare(
            "select id, host, pid, joined, seen, expires from punctual_holder where expires < ?1 order by joined, id",
        )?;
        let mut rows = statement.query([now.0])?;
        let mut dead = Vec::new();
        while let Some(row) = rows.next()? {
            dead.extend(peer_of(row));
        }
        Ok(dead)
    }

    /// Asks the plan about the runs whose process has no heartbeat.
    pub(crate) fn orphans(
        &self,
        claimant: &Claimant<'_>,
        plan: &mut dyn FnMut(&Orphan) -> Verdict,
        reaped: &mut Reaped,
    ) -> fault::Result<Vec<(Orphan, Verdict)>> {
        let mut statement = self.prepare(concat!(
            "select ",
            run_columns!(),
            " from punctual_run where holder not in (select id from punctual_holder) order by slot, key"
        ))?;
        let mut rows = statement.query([])?;
        let mut verdicts = Vec::new();
        while let Some(row) = rows.next()? {
            let run = match run_of(row) {
                Ok(run) if claimant.knows(&run.task) => run,
                Ok(_) => continue,
                Err(error) => {
                    reaped.bad.push(bad(error));
                    continue;
                }
            };
            if verdicts.len() == claimant.limit {
                reaped.more = true;
                break;
            }
            let job = match self.job(&run.key) {
                Ok(found) => found.map(|found| found.job),
                Err(fault) => {
                    reaped.bad.push(BadRow::of(&run.key, &fault.of_row(&run.key)?));
                    continue;
                }
            };
            let orphan = Orphan { run, job };
            match plan(&orphan) {
                Verdict::Leave(why) => reaped.bad.push(BadRow { key: orphan.run.key, why }),
                verdict => verdicts.push((orphan, verdict)),
            }
        }
        Ok(verdicts)
    }

    pub(crate) fn judge(
        &self,
        claimant: &Claimant<'_>,
        orphan: Orphan,
        verdict: Verdict,
        reaped: &mut Reaped,
    ) -> fault::Result<()> {
        let old = orphan.run.token;
        match (verdict, orphan.job) {
            (Verdict::Rerun(token), Some(job)) => {
                let run = orphan.run.repeated(token, claimant);
                self.repeat_run(old, &run)?;
                reaped.claims.push(Claim { job, runs: vec![run] });
            }
            // Without its job there is nothing to repeat.
            (Verdict::Rerun(_), None) => {
                self.take_run(old)?;
                reaped.lost.push(Orphan { run: orphan.run, job: None });
            }
            (Verdict::Lose { outcome, keep }, job) => {
                self.end_run(&Ending::new(old, claimant.now, outcome).failed().kept(keep))?;
                reaped.lost.push(Orphan { run: orphan.run, job });
            }
            (Verdict::Leave(_), _) => {}
        }
        Ok(())
    }
}

/// A heartbeat; `None` if it cannot be read.
pub(crate) fn peer_of(row: &Row<'_>) -> Option<Peer> {
    let read = || -> Result<Peer, String> {
        Ok(Peer {
            holder: read(row, 0)?,
            host: read(row, 1)?,
            pid: read(row, 2)?,
            joined: read(row, 3)?,
            seen: read(row, 4)?,
            expires: read(row, 5)?,
        })
    };
    read().ok()
}
