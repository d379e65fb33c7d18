//! Columns that were dropped and come back with another type.

use cqlite_sstable::Result;
use cqlite_sstable::schema::{Column, TableSchema};

use super::Database;
use crate::catalog::Table;

impl Database {
    /// Before a column comes back with a type of which values are laid out in another way, the commit log has to forget the
    /// former ones: it has names of columns alone, and a replay would read them by the present type.
    ///
    /// # Errors
    /// As [`crate::storage::store::Store::release_log_of`]: if the log keeps them.
    pub(super) fn forget_former_values(&self, before: &Table, after: &Table) -> Result<()> {
        if !has_returned(before.schema(), after.schema()) {
            return Ok(());
        }
        self.store.release_log_of(before.id(), None)
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
