//! Rows in any order, brought into that of an SSTable (`io.sstable.SSTableSimpleUnsortedWriter`).
//!
//! Updates are kept in memory up to a limit, sorted, and spilled to temporary files as sorted runs, which are merged at
//! the end. So many rows can be sorted as the disk has room for, in the memory that was allowed.

mod codec;
mod options;
mod ranges;
mod row_buffer;
mod run;
mod sorted;
mod sorted_rows;
#[cfg(test)]
mod tests;
mod update;

use std::sync::Arc;

pub use options::BuilderOptions;
pub use sorted::SortedPartitions;
pub use update::Update;

use self::row_buffer::RowBuffer;
use self::run::{PIECE_BYTES, Run, RunReader};
use self::sorted::Size;
use self::sorted_rows::SortedRows;
use crate::component::statistics::{KeySketch, SerializationHeader};
use crate::encoding::EncodingStats;
use crate::error::{Error, Result};
use crate::io::OutputDirectory;
use crate::merge::{LazySource, Merge, SharedColumns};
use crate::partitioner::Partitioner;
use crate::row::{ClusteringKind, ClusteringOrder, ClusteringPrefix};
use crate::types::CqlType;

/// The longest partition key (`FBUtilities.MAX_UNSIGNED_SHORT`).
const KEY_LIMIT_BYTES: usize = 65_535;

/// Takes updates in any order and shows them, in the end, as sorted partitions for the writer.
///
/// Several updates of one row are merged as Cassandra merges those of several SSTables. Memory is bounded by
/// [`BuilderOptions::memory_limit_bytes`].
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use cqlite_sstable::Partitioner;
/// use cqlite_sstable::component::statistics::SerializationHeader;
/// use cqlite_sstable::io::MemoryDirectory;
/// use cqlite_sstable::row::{DeletionTime, UnfilteredPartitions as _};
/// use cqlite_sstable::types::CqlType;
/// use cqlite_sstable::writer::builder::{BuilderOptions, SstableBuilder, Update};
/// let header = SerializationHeader {
///     min_timestamp: 0,
///     min_local_deletion_time_seconds: 0,
///     min_ttl_seconds: 0,
///     key_type: CqlType::Int,
///     clustering_types: Vec::new(),
///     static_columns: Vec::new(),
///     regular_columns: Vec::new(),
/// };
/// let directory = Arc::new(MemoryDirectory::new("memory"));
/// let mut builder = SstableBuilder::new(header, Partitioner::Murmur3, directory, BuilderOptions::default())?;
/// for key in [2_i32, 1] {
///     let deletion = DeletionTime { marked_for_delete_at: 7, local_deletion_time_seconds: 8 };
///     builder.add(&Update::Partition { key: &key.to_be_bytes(), deletion })?;
/// }
/// let mut sorted = builder.finish()?;
/// assert_eq!(sorted.header().min_timestamp, 7);
/// assert!(sorted.advance_partition()?);
/// assert_eq!(sorted.partition().key, 1_i32.to_be_bytes());
/// # Ok::<(), cqlite_sstable::Error>(())
/// ```
#[derive(Debug)]
pub struct SstableBuilder {
    header: SerializationHeader,
    partitioner: Partitioner,
    columns: SharedColumns,
    order: ClusteringOrder,
    directory: Arc<dyn OutputDirectory>,
    options: BuilderOptions,
    stats: EncodingStats,
    buffer: RowBuffer,
    /// Runs by how often what is in them was merged: once a level is full it becomes one run of the next.
    levels: Vec<Vec<Run>>,
    /// The partition keys in all runs.
    keys: KeySketch,
    updates: u64,
}

impl SstableBuilder {
    /// A builder for rows of the types and columns of `header`; its bases are found by the builder. Temporary files
    /// are made in `directory`.
    ///
    /// # Errors
    /// If there is a counter among the columns: updates of counters cannot be merged without the node that counts.
    pub fn new(
        header: SerializationHeader,
        partitioner: Partitioner,
        directory: Arc<dyn OutputDirectory>,
        options: BuilderOptions,
    ) -> Result<Self> {
        let mut columns = header.static_columns.iter().chain(&header.regular_columns);
        if let Some(counter) = columns.find(|column| column.column_type == CqlType::Counter) {
            let message =
                format!("the column {} is a counter, which only a node can add to", counter.name_text());
            return Err(Error::unsupported(message)
                .advise("rows with all shards of their counters are lossless ones"));
        }
        let order = ClusteringOrder::new(header.clustering_types.clone());
        // The runs' pieces and the rows that are being merged come out of the same limit.
        let merging = options.merge_width.saturating_mul(2).saturating_mul(PIECE_BYTES);
        let limit_bytes =
            options.memory_limit_bytes.saturating_sub(merging.min(options.memory_limit_bytes / 8));
        Ok(Self {
            columns: SharedColumns::new(&[&header])?,
            buffer: RowBuffer::new(partitioner.clone(), order.clone(), limit_bytes),
            header,
            partitioner,
            order,
            directory,
            options,
            stats: EncodingStats::default(),
            levels: Vec::new(),
            keys: KeySketch::new(),
            updates: 0,
        })
    }

    /// How many updates were added.
    pub fn updates(&self) -> u64 {
        self.updates
    }

    /// How many sorted runs lie in temporary files.
    pub fn runs(&self) -> usize {
        self.levels.iter().map(Vec::len).sum()
    }

    /// The header of the rows, its bases apart.
    pub fn header(&self) -> &SerializationHeader {
        &self.header
    }

    /// Adds an update.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] if it cannot be of a table of this header: a key over 65,535 bytes, too
    /// many or too few clustering values, a range that holds no place; and if a temporary file cannot be written.
    pub fn add(&mut self, update: &Update<'_>) -> Result<()> {
        self.check(update)?;
        if !self.buffer.add(update) {
            self.spill()?;
            if !self.buffer.add(update) {
                return Err(Error::invalid_input("a row is too large for the memory of the builder"));
            }
        }
        update.add_to(&mut self.stats);
        self.updates = self.updates.saturating_add(1);
        Ok(())
    }

    fn check(&self, update: &Update<'_>) -> Result<()> {
        let key_bytes = update.key().len();
        if key_bytes > KEY_LIMIT_BYTES {
            let message = format!("a partition key has {key_bytes} bytes, more than {KEY_LIMIT_BYTES}");
            return Err(Error::invalid_input(message));
        }
        let columns = self.header.clustering_types.len();
        match update {
            Update::Row { row, .. } if !row.is_static && row.clustering.len() != columns => {
                let message = format!("a row has {} clustering values, not {columns}", row.clustering.len());
                Err(Error::invalid_input(message))
            }
            Update::Range { start, end, .. } => self.check_range(*start, *end),
            _ => Ok(()),
        }
    }

    fn check_range(&self, start: ClusteringPrefix<'_>, end: ClusteringPrefix<'_>) -> Result<()> {
        let is_bound = |kind: ClusteringKind| kind.is_start() || kind.is_end();
        let columns = self.header.clustering_types.len();
        if !is_bound(start.0) || !is_bound(end.0) || !start.0.is_start() || !end.0.is_end() {
            return Err(Error::invalid_input(
                "a range of rows needs a bound that starts it and one that ends it",
            ));
        }
        if start.1.len() > columns || end.1.len() > columns {
            return Err(Error::invalid_input("a bound has more values than there are clustering columns"));
        }
        let bytes = |place| {
            let mut bytes = Vec::new();
            self.order.write_byte_comparable(place, &mut bytes);
            bytes
        };
        // The bytes by which bounds are sorted tell another order where a value is none of its type.
        match self.order.slice_is_empty(start, end) || bytes(start) > bytes(end) {
            true => Err(Error::invalid_input("a range of rows ends in front of its start")),
            false => Ok(()),
        }
    }

    /// Writes what is in memory as a sorted run.
    fn spill(&mut self) -> Result<()> {
        self.buffer.sort();
        let mut rows = SortedRows::new(&self.buffer, self.columns.clone());
        let run = Run::write(&mut rows, &self.directory, Some(&mut self.keys))?;
        self.buffer.clear();
        self.push_run(run)
    }

    /// Adds a run; a level that is full is merged into one run of the next.
    fn push_run(&mut self, mut run: Run) -> Result<()> {
        let width = self.options.merge_width.max(2);
        for level in 0_usize.. {
            if self.levels.len() <= level {
                self.levels.push(Vec::new());
            }
            let Some(runs) = self.levels.get_mut(level) else { break };
            runs.push(run);
            if runs.len() < width {
                break;
            }
            let full = std::mem::take(runs);
            run = Run::write(&mut self.merge(full)?, &self.directory, None)?;
        }
        Ok(())
    }

    fn merge(&self, runs: Vec<Run>) -> Result<Merge<'static, RunReader>> {
        let headers: Vec<&SerializationHeader> = runs.iter().map(|_| &self.header).collect();
        let columns = Arc::new(SharedColumns::new(&headers)?);
        let sources = runs.into_iter().map(|run| LazySource::opened(RunReader::new(run))).collect();
        Ok(Merge::new(self.partitioner.clone(), columns, self.order.clone(), sources))
    }

    /// Sorts what is left, and shows everything.
    ///
    /// # Errors
    /// If temporary files cannot be written or read.
    pub fn finish(mut self) -> Result<SortedPartitions> {
        let mut header = self.header.clone();
        let bases = self.stats.deltas(false);
        header.min_timestamp = bases.min_timestamp;
        header.min_local_deletion_time_seconds = bases.min_local_deletion_time_seconds;
        header.min_ttl_seconds = bases.min_ttl_seconds;
        if self.runs() == 0 {
            self.buffer.sort();
            let size = Size { partitions: self.buffer.partitions(), bytes: self.buffer.bytes_of_all() };
            return Ok(SortedPartitions::in_memory(header, size, SortedRows::new(self.buffer, self.columns)));
        }
        if self.buffer.len() > 0 {
            self.spill()?;
        }
        // The writer has the memory from now on.
        self.buffer = RowBuffer::new(self.partitioner.clone(), self.order.clone(), 0);
        let mut runs: Vec<Run> = std::mem::take(&mut self.levels).into_iter().flatten().collect();
        let width = self.options.merge_width.max(2);
        while runs.len() > width {
            // The first are those that were merged least: they are the smallest.
            let rest = runs.split_off(width);
            let merged = Run::write(&mut self.merge(runs)?, &self.directory, None)?;
            runs = rest;
            runs.push(merged);
        }
        let most = runs.iter().map(Run::partitions).sum();
        let partitions = match runs.as_slice() {
            [_] => most,
            // A partition may be in several.
            _ => u64::try_from(self.keys.clone().finish().cardinality()).unwrap_or(most).min(most),
        };
        let size = Size { partitions, bytes: runs.iter().map(Run::bytes).sum() };
        Ok(SortedPartitions::merged(header, size, self.merge(runs)?))
    }
}
