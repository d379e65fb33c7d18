//! Collecting what Statistics.db tells about the rows of an SSTable, while they are written.

use super::covered_range::CoveredRange;
use super::drop_times::DropTimes;
use super::key_sketch::KeySketch;
use super::{
    CommitLogPosition, CompactionMetadata, EstimatedHistogram, FieldOffsets, HeaderColumn,
    SerializationHeader, Statistics, StatisticsSettings, StatsMetadata, ValidationMetadata,
};

use crate::row::{Cell, ClusteringKind, ClusteringOrder, DeletionTime, Marker, NO_DELETION_TIME, Row};
use crate::types::{CounterContext, CqlType};
use crate::version::Version;

/// Buckets of the histogram of partition sizes: up to 3.5 TB, and in Cassandra 3 up to 1.7 TB.
const PARTITION_SIZE_BUCKETS: usize = 155;
/// As [`PARTITION_SIZE_BUCKETS`], in Cassandra 3.
const EARLY_PARTITION_SIZE_BUCKETS: usize = 150;
/// Buckets of the histogram of cells: up to four billion.
const CELL_BUCKETS: usize = 118;

/// Collects from the rows of an SSTable what is known about its content (`MetadataCollector`, `Rows.collectStats`).
///
/// Calls come in the order of Data.db: [`start_partition`](Self::start_partition), for each row
/// [`row`](Self::row), its cells and complex deletions, [`end_row`](Self::end_row); for each marker
/// [`marker`](Self::marker); [`end_partition`](Self::end_partition).
///
/// # Example
/// ```
/// use cqlite_sstable::component::statistics::{SerializationHeader, StatisticsCollector, StatisticsSettings};
/// use cqlite_sstable::{Format, Version, row::DeletionTime, types::CqlType};
/// let header = SerializationHeader {
///     min_timestamp: 5,
///     min_local_deletion_time_seconds: 9,
///     min_ttl_seconds: 0,
///     key_type: CqlType::Int,
///     clustering_types: Vec::new(),
///     static_columns: Vec::new(),
///     regular_columns: Vec::new(),
/// };
/// let nb = Version::parse("nb", Format::Big)?;
/// let mut collector = StatisticsCollector::new(nb, &header);
/// let deletion = DeletionTime { marked_for_delete_at: 5, local_deletion_time_seconds: 9 };
/// collector.start_partition(&1_i32.to_be_bytes(), deletion);
/// collector.end_partition(19);
/// let settings = StatisticsSettings::new("org.apache.cassandra.dht.Murmur3Partitioner", 0.01);
/// let statistics = collector.finish(header, settings);
/// assert_eq!(statistics.stats.max_timestamp, 5);
/// assert_eq!(Statistics::parse(&statistics.write(nb)?, nb)?.stats.max_local_deletion_time_seconds, 9);
/// # use cqlite_sstable::component::statistics::Statistics;
/// # Ok::<(), cqlite_sstable::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct StatisticsCollector {
    version: Version,
    /// Of the cell before, and of how many in a row; they are counted in `drop_times` when others come.
    last_times: Option<Times>,
    repeats: i32,
    /// Cells of the partition.
    cells: i64,
    /// The column of the cell before in this row, and how many columns the row has.
    column: Option<usize>,
    row_columns: i64,
    has_counters: bool,
    row: RowState,
    totals: Totals,
    timestamps: Extent<i64>,
    local_deletion_times: Extent<i64>,
    ttls: Extent<i32>,
    drop_times: DropTimes,
    covered: CoveredRange,
    partition_sizes: EstimatedHistogram,
    partition_cells: EstimatedHistogram,
    keys: KeySketch,
    first_key: Option<Vec<u8>>,
    last_key: Vec<u8>,
    /// Which static and which regular columns are counters.
    counters: [Vec<bool>; 2],
}

/// The times of a cell or of a row's liveness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Times {
    timestamp: i64,
    ttl_seconds: i32,
    local_deletion_time_seconds: i64,
}

/// What is known of the row so far.
#[derive(Debug, Clone, Copy, Default)]
struct RowState {
    is_static: bool,
    /// An empty static row counts as none.
    is_empty: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Totals {
    columns_set: i64,
    rows: i64,
    has_legacy_counter_shards: bool,
    has_partition_level_deletions: bool,
}

/// The least and the greatest value.
#[derive(Debug, Clone, Copy)]
struct Extent<T>(Option<(T, T)>);

impl<T: Ord + Copy> Extent<T> {
    fn add(&mut self, value: T) {
        let (least, greatest) = self.0.unwrap_or((value, value));
        self.0 = Some((least.min(value), greatest.max(value)));
    }
}

impl StatisticsCollector {
    /// For the rows of an SSTable of `version` that has this header.
    pub fn new(version: Version, header: &SerializationHeader) -> Self {
        let counters = |columns: &[HeaderColumn]| -> Vec<bool> {
            columns.iter().map(|column| *column.column_type.without_reversed() == CqlType::Counter).collect()
        };
        let sizes = if version.has_metadata_checksum() {
            PARTITION_SIZE_BUCKETS
        } else {
            EARLY_PARTITION_SIZE_BUCKETS
        };
        let counters = [counters(&header.static_columns), counters(&header.regular_columns)];
        Self {
            version,
            last_times: None,
            repeats: 0,
            cells: 0,
            column: None,
            row_columns: 0,
            has_counters: counters.iter().flatten().any(|is_counter| *is_counter),
            row: RowState::default(),
            totals: Totals::default(),
            timestamps: Extent(None),
            local_deletion_times: Extent(None),
            ttls: Extent(None),
            drop_times: DropTimes::default(),
            covered: CoveredRange::new(ClusteringOrder::new(header.clustering_types.clone())),
            partition_sizes: EstimatedHistogram::new(sizes),
            partition_cells: EstimatedHistogram::new(CELL_BUCKETS),
            keys: KeySketch::new(),
            first_key: None,
            last_key: Vec::new(),
            counters,
        }
    }

    /// Begins a partition. `deletion` is live if it is not deleted.
    pub fn start_partition(&mut self, key: &[u8], deletion: DeletionTime) {
        self.last_key.clear();
        self.last_key.extend_from_slice(key);
        self.totals.has_partition_level_deletions |= !deletion.is_live();
        self.deletion(deletion);
    }

    /// Begins a row; its cells and complex deletions follow. The static row may be empty.
    pub fn row(&mut self, row: &Row<'_>) {
        let deletion = row.greatest_deletion();
        self.column = None;
        self.row_columns = 0;
        self.row = RowState { is_static: row.is_static, is_empty: deletion.is_live() };
        // liveness without a timestamp is none (`LivenessInfo.isEmpty`)
        if let Some(liveness) = row.liveness.filter(|liveness| liveness.timestamp != i64::MIN) {
            self.row.is_empty = false;
            self.times(Times {
                timestamp: liveness.timestamp,
                ttl_seconds: liveness.ttl_seconds,
                local_deletion_time_seconds: liveness.expires_at_seconds,
            });
        }
        self.deletion(deletion);
        if !row.is_static {
            self.covered.add((ClusteringKind::Clustering, row.clustering));
        }
    }

    /// A cell of the row. Those of one column come one behind the other.
    #[inline]
    pub fn cell(&mut self, cell: &Cell<'_>) {
        self.cells = self.cells.wrapping_add(1);
        if self.column != Some(cell.column) {
            self.column = Some(cell.column);
            self.row_columns = self.row_columns.wrapping_add(1);
        }
        self.times(Times {
            timestamp: cell.timestamp,
            ttl_seconds: cell.ttl_seconds,
            local_deletion_time_seconds: cell.local_deletion_time_seconds,
        });
        if self.has_counters {
            self.counter(cell);
        }
    }

    /// The deletion of a column with many cells; a live one is none.
    pub fn complex_deletion(&mut self, deletion: DeletionTime) {
        self.row.is_empty &= deletion.is_live();
        self.deletion(deletion);
    }

    /// Ends the row.
    pub fn end_row(&mut self) {
        if !self.row.is_static || !self.row.is_empty || self.column.is_some() {
            self.totals.columns_set = self.totals.columns_set.wrapping_add(self.row_columns);
            self.totals.rows = self.totals.rows.wrapping_add(1);
        }
    }

    /// A range tombstone marker.
    pub fn marker(&mut self, marker: &Marker<'_>) {
        self.covered.add((marker.kind, marker.clustering));
        self.deletion(marker.deletion);
        marker.opened.into_iter().for_each(|opened| self.deletion(opened));
    }

    /// Ends the partition, which takes so many bytes of the uncompressed Data.db.
    pub fn end_partition(&mut self, size_bytes: u64) {
        self.covered.end_partition();
        self.partition_sizes.add(i64::try_from(size_bytes).unwrap_or(i64::MAX), 1);
        self.partition_cells.add(std::mem::take(&mut self.cells), 1);
        self.keys.add(&self.last_key);
        if self.first_key.is_none() {
            self.first_key = Some(self.last_key.clone());
        }
    }

    /// All of Statistics.db, for an SSTable with this header. Offsets in the file are 0 in it.
    pub fn finish(mut self, header: SerializationHeader, settings: StatisticsSettings) -> Statistics {
        self.count_repeats();
        let (min_timestamp, max_timestamp) = self.timestamps.0.unwrap_or((i64::MIN, i64::MAX));
        let (min_local_deletion_time_seconds, max_local_deletion_time_seconds) =
            self.local_deletion_times.0.unwrap_or((NO_DELETION_TIME, NO_DELETION_TIME));
        let (min_ttl_seconds, max_ttl_seconds) = self.ttls.0.unwrap_or((0, 0));
        let intervals = settings.commit_log_intervals;
        let stats = StatsMetadata {
            estimated_partition_size_bytes: self.partition_sizes,
            estimated_cells_per_partition: self.partition_cells,
            commit_log_upper_bound: intervals.upper_bound().unwrap_or(CommitLogPosition::NONE),
            min_timestamp,
            max_timestamp,
            min_local_deletion_time_seconds,
            max_local_deletion_time_seconds,
            min_ttl_seconds,
            max_ttl_seconds,
            compression_ratio: settings.compression_ratio.unwrap_or(-1.0),
            estimated_tombstone_drop_times: self.drop_times.finish(),
            sstable_level: settings.sstable_level,
            repaired_at_millis: settings.repaired_at_millis,
            clustering_types: Some(header.clustering_types.clone()),
            covered_clusterings: self.covered.finish(),
            has_legacy_counter_shards: self.totals.has_legacy_counter_shards,
            total_columns_set: self.totals.columns_set,
            total_rows: self.totals.rows,
            commit_log_lower_bound: intervals.lower_bound().unwrap_or(CommitLogPosition::NONE),
            commit_log_intervals: intervals,
            pending_repair: settings.pending_repair,
            is_transient: settings.is_transient,
            originating_host_id: settings.originating_host_id,
            has_partition_level_deletions: self.totals.has_partition_level_deletions,
            last_key: self.first_key.is_some().then_some(self.last_key),
            first_key: self.first_key,
            token_space_coverage: settings.token_space_coverage,
        };
        Statistics {
            version: self.version,
            validation: ValidationMetadata {
                partitioner: settings.partitioner,
                bloom_filter_fp_chance: settings.bloom_filter_fp_chance,
            },
            compaction: CompactionMetadata { cardinality_estimator: self.keys.finish() },
            stats,
            stats_offset: 0,
            stats_fields: FieldOffsets::default(),
            header,
            header_offset: 0,
        }
    }

    /// Most cells have the times of the one before.
    #[inline]
    fn times(&mut self, times: Times) {
        if self.last_times == Some(times) {
            self.repeats = self.repeats.saturating_add(1);
        } else {
            self.other_times(times);
        }
    }

    fn other_times(&mut self, times: Times) {
        self.count_repeats();
        self.last_times = Some(times);
        self.repeats = 1;
        self.timestamps.add(times.timestamp);
        self.ttls.add(times.ttl_seconds);
        self.local_deletion_times.add(times.local_deletion_time_seconds);
    }

    fn count_repeats(&mut self) {
        if let Some(Times { local_deletion_time_seconds: seconds, .. }) = self.last_times
            && seconds != NO_DELETION_TIME
            && self.repeats > 0
        {
            self.drop_times.add(seconds, self.repeats);
        }
        self.repeats = 0;
    }

    fn deletion(&mut self, deletion: DeletionTime) {
        if deletion.is_live() {
            return;
        }
        self.count_repeats();
        self.timestamps.add(deletion.marked_for_delete_at);
        self.local_deletion_times.add(deletion.local_deletion_time_seconds);
        if deletion.local_deletion_time_seconds != NO_DELETION_TIME {
            self.drop_times.add(deletion.local_deletion_time_seconds, 1);
        }
    }

    fn counter(&mut self, cell: &Cell<'_>) {
        let [statics, regulars] = &self.counters;
        let counters = if self.row.is_static { statics } else { regulars };
        let is_counter = counters.get(cell.column).is_some_and(|is_counter| *is_counter);
        if is_counter && !cell.is_tombstone() {
            self.totals.has_legacy_counter_shards |=
                CounterContext::decode(cell.value).is_ok_and(|context| context.has_legacy_shards());
        }
    }
}
