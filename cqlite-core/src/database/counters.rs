//! Counters.

use cqlite_sstable::reader::Slice;
use cqlite_sstable::row::{
    Cell, ClusteringBuffer, ClusteringValue, DeletionTime, Liveness, NO_DELETION_TIME, Row, RowItem,
};
use cqlite_sstable::types::{CounterContext, CounterShard, CounterShards, ShardKind};
use cqlite_sstable::{Error, Result};

use super::Database;
use crate::catalog::Table;
use crate::storage::mutation::{Mutation, PartitionUpdateBuilder};
use crate::storage::read::ReadCommand;
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
        self.check_writable()?;
        let is_counter = table.schema().is_counter();
        let is_column = column < table.layout().header_columns(clustering.is_none()).len();
        if !is_counter || !is_column {
            let told = format!("{}.{} has no such counter", table.keyspace(), table.name());
            return Err(Error::invalid_input(told));
        }
        let host = self.store.host_id().unwrap_or_default();
        let _locks = self.locks.lock([(table.id(), key)]);
        let value = self.stored_count(table, key, clustering, column)?;
        let (mut own, mut others) = (None, 0_i64);
        if let Some(value) = &value {
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
        let timestamp = self.next_timestamp();
        let (clock, count) = (timestamp.max(clock.saturating_add(1)), count.wrapping_add(delta));
        let mut total = Vec::new();
        CounterShards::of(CounterShard { id: host, kind: ShardKind::Global, clock, count }).write(&mut total);
        let mutation = counter_mutation(table, key, clustering, (column, &total, timestamp))?;
        self.prepare_writes(std::slice::from_ref(&mutation))?;
        Ok((self.store.submit_one(&mutation)?, others.wrapping_add(count)))
    }

    /// The value of a counter as it is now.
    fn stored_count(
        &self,
        table: &Table,
        key: &[u8],
        clustering: Option<&[ClusteringValue<'_>]>,
        column: usize,
    ) -> Result<Option<Vec<u8>>> {
        let read = ReadCommand::key(table.id(), key);
        let Some(clustering) = clustering else {
            let page = self.view().read(&read.limit(1))?;
            let partition = page.partitions().next();
            return Ok(partition.and_then(|one| one.static_cells().value(column)).map(<[u8]>::to_vec));
        };
        let page = self.view().read(&read.slices([Slice::of_prefix(clustering.iter().copied())]))?;
        let row = page.partitions().next().and_then(|partition| partition.rows().next());
        Ok(row.and_then(|row| row.cells().value(column)).map(<[u8]>::to_vec))
    }
}

fn counter_mutation(
    table: &Table,
    key: &[u8],
    clustering: Option<&[ClusteringValue<'_>]>,
    (column, value, timestamp): (usize, &[u8], i64),
) -> Result<Mutation> {
    let mut values = ClusteringBuffer::default();
    clustering.into_iter().flatten().for_each(|value| values.push(*value));
    let row = Row {
        is_static: clustering.is_none(),
        clustering: values.as_clustering(),
        liveness: None::<Liveness>,
        deletion: DeletionTime::LIVE,
        shadowable_deletion: DeletionTime::LIVE,
    };
    let cell = Cell {
        column,
        timestamp,
        ttl_seconds: 0,
        local_deletion_time_seconds: NO_DELETION_TIME,
        path: None,
        value,
    };
    let mut update = PartitionUpdateBuilder::new(table.layout(), key);
    update.row(&row, &[RowItem::Cell(cell)])?;
    update.build()
}
