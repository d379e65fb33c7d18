//! Columns that were dropped and come back with another type.

use std::thread;
use std::time::{Duration, Instant};

use cqlite_sstable::schema::{Column, TableSchema};
use cqlite_sstable::{Error, ErrorKind, Result};

use super::Database;
use crate::catalog::Table;

/// How long is waited for segments to go: an archive may take its time.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often it is looked whether they are gone.
const LOOK: Duration = Duration::from_millis(5);

impl Database {
    /// Before a column comes back with a type of which values are laid out in another way, the commit log has to forget the
    /// former ones: it has names of columns alone, and a replay would read them by the present type.
    ///
    /// # Errors
    /// If the log keeps them: a flush or the archive fails, or takes long.
    pub(super) fn forget_former_values(&self, before: &Table, after: &Table) -> Result<()> {
        let Some(log) = self.store.log() else { return Ok(()) };
        if !has_returned(before.schema(), after.schema()) {
            return Ok(());
        }
        log.rotate()?;
        let current = log.position().segment_id;
        self.store.flush_all()?;
        let start = Instant::now();
        while log.dirty_tables().first().is_some_and(|(oldest, _)| *oldest < current) {
            if let Some(failure) = log.failure() {
                return Err(failure);
            }
            if start.elapsed() > PATIENCE {
                let told = "the commit log still has values of the column that was dropped, and its segments do not go";
                let advice = "look whether the archive of the log fails, and try again";
                return Err(Error::new(ErrorKind::Output, told).advise(advice));
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }
}

/// Whether a column is new that was there before with values that were laid out in another way.
fn has_returned(before: &TableSchema, after: &TableSchema) -> bool {
    let columns = |schema: &TableSchema| {
        schema.static_columns.iter().chain(&schema.regular_columns).cloned().collect::<Vec<Column>>()
    };
    let known = columns(before);
    columns(after).iter().filter(|column| known.iter().all(|known| known.name != column.name)).any(|new| {
        let mut former = before.dropped_columns.iter().filter(|dropped| dropped.name == new.name);
        former.any(|dropped| !dropped.column_type.is_laid_out_as(&new.column_type))
    })
}
