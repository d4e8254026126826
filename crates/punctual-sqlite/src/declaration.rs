//! Declarations, compared with the rows that there are.

use punctual::store::{Declaration, Declared, JobRow, Result};

use crate::{fault, transaction::Transaction};

/// The answer, the row to be written, and the number of the row that there is.
type Compared = (Declared, Option<JobRow>, Option<i64>);

impl Transaction<'_> {
    /// What is to be done about a declaration: the answer, the row to be written, and the number of the row that there is.
    pub(crate) fn compare(&self, declaration: &Declaration) -> fault::Result<Result<Compared>> {
        if let Err(error) = declaration.check() {
            return Ok(Err(error));
        }
        let found = match self.job(&declaration.key) {
            Ok(found) => found,
            Err(fault) => return Ok(Err(fault.of_row(&declaration.key)?)),
        };
        let (declared, row) = declaration.compare(found.as_ref().map(|found| &found.job));
        Ok(Ok((declared, row, found.map(|found| found.id))))
    }

    pub(crate) fn declare(&self, declaration: &Declaration) -> fault::Result<Result<Declared>> {
        let (declared, row, id) = match self.compare(declaration)? {
            Ok(compared) => compared,
            Err(error) => return Ok(Err(error)),
        };
        let written = match (row, id) {
            (None, _) => Ok(()),
            (Some(row), None) => self.insert_job(&row),
            (Some(row), Some(id)) => self.update_job(id, &row),
        };
        match written {
            Ok(()) => Ok(Ok(declared)),
            Err(fault) => Ok(Err(fault.of_row(&declaration.key)?)),
        }
    }
}
