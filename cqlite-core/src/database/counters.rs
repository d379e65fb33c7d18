//! Counters.

use std::sync::Arc;

use cqlite_sstable::reader::Slice;
use cqlite_sstable::row::{
    Cell, ClusteringBuffer, ClusteringValue, DeletionTime, Liveness, NO_DELETION_TIME, Row, RowItem,
};
use cqlite_sstable::types::{CounterContext, CounterShard, CounterShards, ShardKind};
use cqlite_sstable::{Error, Result};

use super::Database;
use crate::catalog::Table;
use crate::storage::TableId;
use crate::storage::mutation::{Batch, PartitionUpdateBuilder, TableLayout};
use crate::storage::read::{Page, ReadCommand};
use crate::storage::store::Commit;

impl Database {
    /// Adds to a counter of a row, and waits until that is acknowledged. Returned is what it comes to.
    ///
    /// As in Cassandra, the node keeps a total of its own in the cell, with a clock: reading it and writing the next one is done while
    /// nobody else does that in the partition.
    ///
    /// # Errors
    /// If the column is no counter of the table, the row cannot be read, and as [`Database::write`].
    pub fn add_to_counter(
        &self,
        table: &Table,
        key: &[u8],
        clustering: &[ClusteringValue<'_>],
        column: usize,
        delta: i64,
    ) -> Result<i64> {
        let (commit, total) = self.submit_to_counter(table, key, clustering, column, delta)?;
        commit.wait()?;
        Ok(total)
    }

    /// As [`Database::add_to_counter`], of a static column: `column` is its place among these.
    ///
    /// # Errors
    /// As [`Database::add_to_counter`].
    pub fn add_to_static_counter(&self, table: &Table, key: &[u8], column: usize, delta: i64) -> Result<i64> {
        let (commit, total) = self.count(table, key, None, column, delta)?;
        commit.wait()?;
        Ok(total)
    }

    /// As [`Database::add_to_counter`], without waiting.
    ///
    /// # Errors
    /// As [`Database::add_to_counter`].
    pub fn submit_to_counter(
        &self,
        table: &Table,
        key: &[u8],
        clustering: &[ClusteringValue<'_>],
        column: usize,
        delta: i64,
    ) -> Result<(Commit, i64)> {
        self.count(table, key, Some(clustering), column, delta)
    }

    /// Adds to a counter of a row, or of the static one if there is no clustering.
    fn count(
        &self,
        table: &Table,
        key: &[u8],
        clustering: Option<&[ClusteringValue<'_>]>,
        column: usize,
        delta: i64,
    ) -> Result<(Commit, i64)> {
        let clustering = clustering.map(|values| {
            let mut buffer = ClusteringBuffer::default();
            values.iter().for_each(|value| buffer.push(*value));
            buffer
        });
        let additions = vec![CounterAddition { clustering, column, delta, timestamp: self.next_timestamp() }];
        let builder = PartitionUpdateBuilder::new(table.layout(), key);
        let mut update = CounterUpdate { key: key.to_vec(), builder, additions };
        let (commit, total) = self.submit_counters(std::slice::from_mut(&mut update))?;
        Ok((commit, total))
    }

    /// Adds to counters of several rows, partitions and tables, as a whole, together with what the updates have already: deletions.
    /// Returned is, beside what is to be waited for, what the last counter comes to.
    ///
    /// # Errors
    /// As [`Database::add_to_counter`].
    pub(crate) fn submit_counters(&self, updates: &mut [CounterUpdate]) -> Result<(Commit, i64)> {
        self.check_writable()?;
        let mut batch = Batch::new();
        let mut total = 0;
        let partitions: Vec<_> =
            updates.iter().map(|update| (update.builder.layout().id(), update.key.clone())).collect();
        let _locks = self.locks.lock(partitions.iter().map(|(table, key)| (*table, key.as_slice())));
        for update in updates {
            total = self.count_in_partition(update)?;
            batch.push(update.builder.build()?);
        }
        self.prepare_writes(batch.mutations())?;
        Ok((self.store.submit(&batch)?, total))
    }

    /// Puts the totals that the counters of a partition come to into its update. Returned is the last one.
    fn count_in_partition(&self, update: &mut CounterUpdate) -> Result<i64> {
        let CounterUpdate { key, builder, additions } = update;
        let layout = Arc::clone(builder.layout());
        let is_column = |addition: &CounterAddition| {
            addition.column < layout.header_columns(addition.clustering.is_none()).len()
        };
        let are_counters = layout.is_counter() && additions.iter().all(is_column);
        if !additions.is_empty() && !are_counters {
            let told = format!("{}.{} has no such counter", layout.keyspace(), layout.name());
            return Err(Error::invalid_input(told));
        }
        let by_row = |a: &CounterAddition, b: &CounterAddition| match (&a.clustering, &b.clustering) {
            (Some(a), Some(b)) => layout.order().compare_rows(a.as_clustering(), b.as_clustering()),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        additions.sort_by(|a, b| by_row(a, b).then_with(|| a.column.cmp(&b.column)));
        let mut total = 0;
        for row in additions.chunk_by(|a, b| by_row(a, b).is_eq()) {
            total = self.count_in_row(&layout, key, row, builder)?;
        }
        Ok(total)
    }

    /// As [`Self::count_in_partition`], of one row; what is added to one counter stands together.
    fn count_in_row(
        &self,
        layout: &TableLayout,
        key: &[u8],
        additions: &[CounterAddition],
        builder: &mut PartitionUpdateBuilder,
    ) -> Result<i64> {
        let Some(first) = additions.first() else { return Ok(0) };
        let page = self.read_counters(layout.id(), key, first.clustering.as_ref())?;
        let partition = page.partitions().next();
        let stored = match &first.clustering {
            None => partition.map(|partition| partition.static_cells()),
            Some(_) => partition.and_then(|partition| partition.rows().next()).map(|row| row.cells()),
        };
        let of_static_row = ClusteringBuffer::EMPTY;
        builder.begin_row(&Row {
            is_static: first.clustering.is_none(),
            clustering: first.clustering.as_ref().unwrap_or(&of_static_row).as_clustering(),
            liveness: None::<Liveness>,
            deletion: DeletionTime::LIVE,
            shadowable_deletion: DeletionTime::LIVE,
        })?;
        let (mut total, mut value) = (0, Vec::new());
        for counter in additions.chunk_by(|a, b| a.column == b.column) {
            let Some(last) = counter.last() else { continue };
            let delta = counter.iter().fold(0_i64, |sum, addition| sum.wrapping_add(addition.delta));
            value.clear();
            let stored = stored.and_then(|cells| cells.value(last.column));
            total = self.add_to_context(stored, delta, &mut value)?;
            builder.item(&RowItem::Cell(Cell {
                column: last.column,
                timestamp: last.timestamp,
                ttl_seconds: 0,
                local_deletion_time_seconds: NO_DELETION_TIME,
                path: None,
                value: &value,
            }))?;
        }
        builder.end_row();
        Ok(total)
    }

    /// The value of a counter that has this value, with an addition. Returned is what it comes to.
    fn add_to_context(&self, value: Option<&[u8]>, delta: i64, new: &mut Vec<u8>) -> Result<i64> {
        let host = self.store.host_id().unwrap_or_default();
        let (mut own, mut others) = (None, 0_i64);
        if let Some(value) = value {
            let context = CounterContext::decode(value)
                .map_err(|error| Error::corrupt(format!("a counter cannot be decoded: {error:?}")))?;
            for shard in context.shards() {
                if shard.id == host {
                    own = Some((shard.clock, shard.count));
                } else {
                    others = others.wrapping_add(shard.count);
                }
            }
        }
        let (clock, count) = own.unwrap_or((0, 0));
        // The clock is a time, as a node's: where the row was deleted, the new total is not taken for one of before.
        let clock = self.next_timestamp().max(clock.saturating_add(1));
        let count = count.wrapping_add(delta);
        CounterShards::of(CounterShard { id: host, kind: ShardKind::Global, clock, count }).write(new);
        Ok(others.wrapping_add(count))
    }

    /// The counters of a row, or of the static one, as they are now.
    fn read_counters(
        &self,
        table: TableId,
        key: &[u8],
        clustering: Option<&ClusteringBuffer>,
    ) -> Result<Page> {
        let read = ReadCommand::key(table, key);
        self.view().read(&match clustering {
            None => read.limit(1),
            Some(clustering) => read.slices([Slice::of_prefix(clustering.as_clustering().iter())]),
        })
    }
}

/// What is added to a counter.
#[derive(Debug, Clone)]
pub(crate) struct CounterAddition {
    /// The row; none for the static one.
    pub(crate) clustering: Option<ClusteringBuffer>,
    /// The column's place among the regular or the static ones.
    pub(crate) column: usize,
    /// How much is added.
    pub(crate) delta: i64,
    /// The time of the cell.
    pub(crate) timestamp: i64,
}

/// Changes of one partition of counters (`db.CounterMutation`).
#[derive(Debug)]
pub(crate) struct CounterUpdate {
    /// The serialized key of the partition.
    pub(crate) key: Vec<u8>,
    /// The update of that partition, with what is deleted.
    pub(crate) builder: PartitionUpdateBuilder,
    /// What is added.
    pub(crate) additions: Vec<CounterAddition>,
}
