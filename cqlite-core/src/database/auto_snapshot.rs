//! Snapshots that are taken before a table is emptied or dropped.

use std::sync::Arc;

use cqlite_sstable::Result;

use super::Database;
use super::backup::{descriptors, schema_text};
use crate::catalog::Table;
use crate::storage::lifecycle::{SnapshotOptions, has_snapshot, live_index_sstables, take_snapshot};
use crate::storage::store::{FlushedTable, TableSstable};

/// Why a snapshot is taken, as its name begins (`ColumnFamilyStore.SNAPSHOT_TRUNCATE_PREFIX`, `SNAPSHOT_DROP_PREFIX`).
#[derive(Debug, Clone, Copy)]
pub(super) enum Occasion {
    Truncated,
    Dropped,
}

impl Database {
    /// Keeps these SSTables of a table, which are about to go, as `truncated-<millis>-<table>` or `dropped-<millis>-<table>`, if
    /// the database and the table want that (`ColumnFamilyStore.isAutoSnapshotEnabled`).
    ///
    /// # Errors
    /// If it cannot be written: then nothing may go.
    pub(super) fn auto_snapshot(
        &self,
        table: &Table,
        sstables: &[Arc<TableSstable>],
        occasion: Occasion,
    ) -> Result<()> {
        if !self.auto_snapshot || !table.parameters().allow_auto_snapshot {
            return Ok(());
        }
        let store = Arc::clone(self.view().table(table.id())?.table());
        let directory = store.directory().clone();
        let indexes = live_index_sstables(&self.fs, &directory)?;
        let flushed = FlushedTable { id: table.id(), directory, sstables: sstables.to_vec(), indexes };
        let mut descriptors = descriptors(&flushed);
        // What is damaged goes with the others, and may be all that there is of some rows.
        let damaged = store.quarantine().damaged().into_iter().map(|damaged| damaged.descriptor);
        let damaged: Vec<_> = damaged.filter(|one| !descriptors.contains(one)).collect();
        descriptors.extend(damaged);
        let created_at_millis = self.store.now_micros().div_euclid(1_000);
        let prefix = match occasion {
            Occasion::Truncated => "truncated",
            Occasion::Dropped => "dropped",
        };
        let mut millis = created_at_millis;
        let tag = loop {
            let tag = format!("{prefix}-{millis}-{}", table.name());
            if !has_snapshot(&self.fs, &flushed.directory, &tag)? {
                break tag;
            }
            millis = millis.saturating_add(1);
        };
        let text = schema_text(table);
        let options = SnapshotOptions {
            tag: &tag,
            created_at_millis,
            expires_at_millis: None,
            schema_cql: text.as_deref(),
        };
        take_snapshot(&self.fs, &flushed.directory, &descriptors, options).map(drop)
    }
}
