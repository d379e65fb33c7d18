//! Updates of several partitions.

use std::collections::HashMap;
use std::sync::Arc;

use crate::database::{CounterUpdate, Database};
use crate::query::QueryResult;
use crate::storage::TableId;
use crate::storage::mutation::{Batch, PartitionUpdateBuilder, TableLayout};

/// The updates of a statement or a batch, one for each partition of each table (`cql3.statements.UpdatesCollector`).
#[derive(Debug, Default)]
pub(super) struct Updates {
    updates: Vec<CounterUpdate>,
    places: HashMap<(TableId, Vec<u8>), usize>,
    is_counter: bool,
}

impl Updates {
    /// The update of a partition.
    pub(super) fn of(&mut self, layout: &Arc<TableLayout>, key: &[u8]) -> Option<&mut CounterUpdate> {
        self.is_counter |= layout.is_counter();
        let updates = &mut self.updates;
        let place = *self.places.entry((layout.id(), key.to_vec())).or_insert_with(|| {
            let builder = PartitionUpdateBuilder::new(layout, key);
            updates.push(CounterUpdate { key: key.to_vec(), builder, additions: Vec::new() });
            updates.len().saturating_sub(1)
        });
        self.updates.get_mut(place)
    }

    /// Makes them, all or none.
    ///
    /// # Errors
    /// As [`Database::submit`].
    pub(super) fn write(mut self, db: &Database) -> QueryResult<()> {
        if self.updates.is_empty() {
            return Ok(());
        }
        if self.is_counter {
            db.submit_counters(&mut self.updates)?.0.wait()?;
            return Ok(());
        }
        if let [only] = self.updates.as_mut_slice() {
            return Ok(db.write(&only.builder.build()?)?);
        }
        let mut batch = Batch::new();
        for update in &mut self.updates {
            batch.push(update.builder.build()?);
        }
        Ok(db.submit(&batch)?.wait()?)
    }
}
