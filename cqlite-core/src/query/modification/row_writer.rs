//! Cells and deletions of rows on their way into an update.

use cqlite_sstable::row::{
    Cell, Clustering, ClusteringBuffer, ClusteringPrefix, DeletionTime, Liveness, NO_DELETION_TIME, Row,
    RowItem, reconcile,
};
use cqlite_sstable::types::{CqlType, compare};

use super::existing_partition::{ExistingPartition, cells_of};
use crate::database::CounterAddition;
use crate::query::{QueryError, QueryResult};
use crate::storage::mutation::PartitionUpdateBuilder;
use crate::storage::read::Cells;

/// The times of what a statement writes.
#[derive(Debug, Clone, Copy)]
pub(super) struct WriteTimes {
    /// The write time in microseconds.
    pub(super) timestamp: i64,
    /// The time to live; 0 for none.
    pub(super) ttl_seconds: i32,
    /// The time of the statement.
    pub(super) now_seconds: i64,
    /// The write time of deletions of partitions and ranges: in conditional writes they are older than what is written with
    /// them (`PartitionUpdate.withUpdatedTimestamps`).
    pub(super) range_timestamp: i64,
}

impl WriteTimes {
    /// Those of a statement of this time.
    ///
    /// # Errors
    /// If it is the one that stands for none.
    pub(super) fn new(timestamp: i64, ttl_seconds: i32, now_seconds: i64) -> QueryResult<Self> {
        if timestamp == i64::MIN {
            let told = format!("Out of bound timestamp, must be in [{}, {}]", i64::MIN + 1, i64::MAX);
            return Err(QueryError::invalid(told));
        }
        Ok(Self { timestamp, ttl_seconds, now_seconds, range_timestamp: timestamp })
    }

    fn expires_at_seconds(&self) -> i64 {
        match self.ttl_seconds {
            0 => NO_DELETION_TIME,
            ttl => self.now_seconds.saturating_add(i64::from(ttl)),
        }
    }

    fn deletion(&self) -> DeletionTime {
        DeletionTime::build(self.timestamp, self.now_seconds)
    }

    fn range_deletion(&self) -> DeletionTime {
        DeletionTime::build(self.range_timestamp, self.now_seconds)
    }
}

/// Puts what the operations of a statement do to the rows of one partition into its update (`cql3.UpdateParameters`).
#[derive(Debug)]
pub(super) struct RowWriter<'w> {
    builder: &'w mut PartitionUpdateBuilder,
    /// Of a table of counters: what is added to them.
    counters: &'w mut Vec<CounterAddition>,
    times: WriteTimes,
    /// What was read of the partition, if an operation needs that.
    existing: Option<&'w ExistingPartition>,
    /// What was written to the present row, if an operation needs that.
    pending: Vec<PendingItem>,
    /// The present row; none if it is the static one.
    clustering: Option<ClusteringBuffer>,
    is_counter: bool,
}

/// What was written to a row.
#[derive(Debug)]
enum PendingItem {
    Deletion { column: usize, timestamp: i64 },
    Cell(OwnedCell),
}

/// A cell with bytes of its own.
#[derive(Debug, Clone)]
pub(super) struct OwnedCell {
    column: usize,
    timestamp: i64,
    ttl_seconds: i32,
    local_deletion_time_seconds: i64,
    /// Its place in a collection.
    pub(super) path: Vec<u8>,
    /// Its value.
    pub(super) value: Vec<u8>,
}

impl OwnedCell {
    fn of(cell: &Cell<'_>) -> Self {
        Self {
            column: cell.column,
            timestamp: cell.timestamp,
            ttl_seconds: cell.ttl_seconds,
            local_deletion_time_seconds: cell.local_deletion_time_seconds,
            path: cell.path.unwrap_or_default().to_vec(),
            value: cell.value.to_vec(),
        }
    }

    fn as_cell(&self) -> Cell<'_> {
        Cell {
            column: self.column,
            timestamp: self.timestamp,
            ttl_seconds: self.ttl_seconds,
            local_deletion_time_seconds: self.local_deletion_time_seconds,
            path: Some(&self.path),
            value: &self.value,
        }
    }
}

impl<'w> RowWriter<'w> {
    /// Writes into an update.
    pub(super) fn new(
        builder: &'w mut PartitionUpdateBuilder,
        counters: &'w mut Vec<CounterAddition>,
        times: WriteTimes,
        existing: Option<&'w ExistingPartition>,
    ) -> Self {
        let is_counter = builder.layout().is_counter();
        Self { builder, counters, times, existing, pending: Vec::new(), clustering: None, is_counter }
    }

    /// Begins a row: with its own liveness, if it is inserted.
    pub(super) fn begin_row(&mut self, clustering: &ClusteringBuffer, is_inserted: bool) -> QueryResult<()> {
        let liveness = is_inserted.then(|| Liveness {
            timestamp: self.times.timestamp,
            ttl_seconds: self.times.ttl_seconds,
            expires_at_seconds: self.times.expires_at_seconds(),
        });
        if self.is_counter || self.existing.is_some() {
            self.pending.clear();
            self.clustering = Some(clustering.clone());
        }
        self.begin(clustering.as_clustering(), false, liveness, DeletionTime::LIVE)
    }

    /// Begins the static row.
    pub(super) fn begin_static_row(&mut self) -> QueryResult<()> {
        self.pending.clear();
        self.clustering = None;
        let none = ClusteringBuffer::EMPTY;
        self.begin(none.as_clustering(), true, None, DeletionTime::LIVE)
    }

    fn begin(
        &mut self,
        clustering: Clustering<'_>,
        is_static: bool,
        liveness: Option<Liveness>,
        deletion: DeletionTime,
    ) -> QueryResult<()> {
        let shadowable_deletion = DeletionTime::LIVE;
        let row = Row { is_static, clustering, liveness, deletion, shadowable_deletion };
        Ok(self.builder.begin_row(&row)?)
    }

    /// Ends the row.
    pub(super) fn end_row(&mut self) {
        self.builder.end_row();
    }

    /// Deletes a row.
    pub(super) fn delete_row(&mut self, clustering: &ClusteringBuffer) -> QueryResult<()> {
        self.begin(clustering.as_clustering(), false, None, self.times.deletion())?;
        self.builder.end_row();
        Ok(())
    }

    /// Deletes the partition.
    pub(super) fn delete_partition(&mut self) -> QueryResult<()> {
        Ok(self.builder.delete_partition(self.times.range_deletion())?)
    }

    /// Deletes the rows between two bounds.
    pub(super) fn delete_range(
        &mut self,
        start: ClusteringPrefix<'_>,
        end: ClusteringPrefix<'_>,
    ) -> QueryResult<()> {
        Ok(self.builder.delete_range(start, end, self.times.range_deletion())?)
    }

    /// Gives a column, or a place in it, a value.
    pub(super) fn cell(&mut self, column: usize, path: Option<&[u8]>, value: &[u8]) -> QueryResult<()> {
        self.push(Cell {
            column,
            timestamp: self.times.timestamp,
            ttl_seconds: self.times.ttl_seconds,
            local_deletion_time_seconds: self.times.expires_at_seconds(),
            path,
            value,
        })
    }

    /// Takes a column, or a place in it, its value.
    pub(super) fn tombstone(&mut self, column: usize, path: Option<&[u8]>) -> QueryResult<()> {
        self.push(Cell {
            column,
            timestamp: self.times.timestamp,
            ttl_seconds: 0,
            local_deletion_time_seconds: self.times.now_seconds,
            path,
            value: &[],
        })
    }

    fn push(&mut self, cell: Cell<'_>) -> QueryResult<()> {
        if self.existing.is_some() {
            self.pending.push(PendingItem::Cell(OwnedCell::of(&cell)));
        }
        Ok(self.builder.item(&RowItem::Cell(cell))?)
    }

    /// Deletes all cells of a column that are there: those too that are written with it, or not, if they are to replace the former
    /// ones.
    pub(super) fn delete_column(&mut self, column: usize, is_replaced: bool) -> QueryResult<()> {
        let timestamp = self.times.timestamp.saturating_sub(i64::from(is_replaced));
        if self.existing.is_some() {
            self.pending.push(PendingItem::Deletion { column, timestamp });
        }
        let deletion = DeletionTime::build(timestamp, self.times.now_seconds);
        Ok(self.builder.item(&RowItem::ComplexDeletion { column, deletion })?)
    }

    /// Adds to a counter.
    pub(super) fn add_to_counter(&mut self, column: usize, delta: i64) {
        let timestamp = self.times.timestamp;
        self.counters.push(CounterAddition { clustering: self.clustering.clone(), column, delta, timestamp });
    }

    /// The cells of a column as they are, with what was written to the row so far (`UpdateParameters.getPrefetchedRow`).
    pub(super) fn present_cells(&self, column: usize, path_type: Option<&CqlType>) -> Vec<OwnedCell> {
        let row = self.existing_row();
        let mut cells: Vec<OwnedCell> = row
            .into_iter()
            .flat_map(|cells| cells_of(cells, column))
            .map(|cell| OwnedCell::of(&cell))
            .collect();
        for item in &self.pending {
            match item {
                PendingItem::Deletion { column: deleted, timestamp } if *deleted == column => {
                    cells.retain(|cell| cell.timestamp > *timestamp);
                }
                PendingItem::Cell(cell) if cell.column == column => {
                    match cells.iter_mut().find(|known| known.path == cell.path) {
                        Some(known) if reconcile(&cell.as_cell(), &known.as_cell()).0.is_ge() => {
                            *known = cell.clone();
                        }
                        Some(_) => {}
                        None => cells.push(cell.clone()),
                    }
                }
                _ => {}
            }
        }
        // Of a row that was not there, Cassandra counts the tombstones as well.
        if row.is_some() || self.pending.is_empty() {
            cells.retain(|cell| !cell.as_cell().is_tombstone());
        }
        if let Some(path_type) = path_type {
            cells.sort_by(|a, b| compare(path_type, &a.path, &b.path));
        }
        cells
    }

    fn existing_row(&self) -> Option<Cells<'w>> {
        let existing = self.existing?;
        match &self.clustering {
            None => existing.statics(),
            Some(clustering) => {
                let row = existing.row(clustering.as_clustering(), self.builder.layout().order());
                row.map(|row| row.cells())
            }
        }
    }
}
