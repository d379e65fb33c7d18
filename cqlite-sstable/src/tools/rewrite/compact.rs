//! All inputs merged: compact.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::input::partition_limit;
use super::outputs::has_cores;
use super::{
    Cut, OutputIds, Outputs, RewriteInput, RewriteJob, RewriteReport, RewriteStep, check_place, check_space,
    estimated_bytes, keep, merged_header,
};
use crate::component::statistics::{
    CardinalityEstimator, CompactionMetadata, CoveredClusterings, EstimatedHistogram, FieldOffsets, KeyUnion,
    Statistics, StatsMetadata, TombstoneHistogram,
};
use crate::compress::CompressionParameters;
use crate::descriptor::Descriptor;
use crate::error::Result;
use crate::merge::{
    DroppedColumns, LazySource, Merge, Overlaps, Purge, PurgeOptions, PurgeReport, SharedColumns, Transformed,
};
use crate::partitioner::Partitioner;
use crate::reader::{Access, CheckedScan, ScanOptions, Sstable};
use crate::row::{ClusteringOrder, UnfilteredPartitions};
use crate::schema::TableSchema;
use crate::tools::metadata::Metadata;

/// How much is read, and how much decompressed, of all inputs at once, if they overlap. Few are read in the usual steps.
const STEPS_BYTES: usize = 12 * 1024 * 1024;
const USUAL_STEP_BYTES: usize = 256 * 1024;

/// So many inputs have a thread each that reads ahead, where another core can do that.
const READ_AHEAD_LIMIT: usize = 8;

/// What may be purged, and what stands in the way.
pub struct Purging {
    /// When tombstones may be dropped.
    pub options: PurgeOptions,
    /// What else there is of the table.
    pub overlaps: Box<dyn Overlaps>,
    /// The table: what was written to a column before it was dropped goes as well.
    pub schema: TableSchema,
}

/// What became of a compaction.
#[derive(Debug, Clone, Default)]
pub struct CompactReport {
    /// The output; none if nothing was left.
    pub rewrite: RewriteReport,
    /// What was purged and what was kept, where purging was asked for.
    pub purge: Option<PurgeReport>,
}

impl RewriteJob<'_> {
    /// Merges all inputs into one SSTable.
    ///
    /// # Errors
    /// If the place or the inputs are refused, an input is damaged, the output cannot hold what is in an input, or cannot be
    /// written, or is not sound. Nothing is left of it then.
    pub fn compact(
        &self,
        purging: Option<Purging>,
        mut step: impl FnMut(RewriteStep<'_>),
    ) -> Result<CompactReport> {
        check_place(self.place, self.named)?;
        let mut keys = KeyUnion::default();
        let see = |descriptor| Seen::of(descriptor, &mut keys);
        let seen: Vec<Seen<'_>> = self.inputs.iter().map(see).collect::<Result<_>>()?;
        let inputs: Vec<RewriteInput<'_>> = seen.iter().map(Seen::input).collect();
        let mut kept = keep(&inputs, &self.options)?;
        let (_, columns) = merged_header(&inputs)?;
        let is_compressed = kept.compression.is_some();
        let wanted = seen.iter().fold(0, |sum: u64, one| sum.saturating_add(one.wanted_bytes(is_compressed)));
        check_space(self.place, wanted)?;
        let total_bytes = seen.iter().fold(0, |sum: u64, one| sum.saturating_add(one.data_bytes));
        let read_partitions = kept.partitions;
        let limit = seen.iter().fold(0, |sum: u64, one| sum.saturating_add(one.partition_limit));
        kept.partitions = keys.keys().unwrap_or(read_partitions).min(limit);
        let partitioner = Partitioner::parse(&kept.settings.partitioner, &kept.header.key_type)?;
        let order = ClusteringOrder::new(kept.header.clustering_types.clone());
        let read = Arc::new(AtomicU64::new(0));
        let reading = reading_of(seen.len());
        let of_dropped_columns = Arc::new(AtomicU64::new(0));
        let dropped = |one: &Seen<'_>| {
            DroppedColumns::of(&one.statistics.header, &purging.as_ref()?.schema, &of_dropped_columns)
        };
        let dropped: Vec<Option<DroppedColumns>> = seen.iter().map(dropped).collect();
        let merging =
            Merging { partitioner: partitioner.clone(), columns: Arc::new(columns), order, purging };
        let mut outputs = self.begin(partitioner, kept)?;
        let mut told = || {
            let done_bytes = read.load(Ordering::Relaxed);
            step(RewriteStep::Read { done_bytes, total_bytes });
            done_bytes
        };
        let purge = if dropped.iter().all(Option::is_none) {
            let sources = seen.into_iter().map(|one| one.source(&read, &reading, |checked| checked));
            merging.write(sources.collect::<Result<_>>()?, &mut outputs, &mut told)?
        } else {
            let sources = seen.into_iter().zip(dropped).map(|(one, dropped)| {
                let dropped = dropped.unwrap_or_default();
                one.source(&read, &reading, move |checked| Transformed::new(checked, dropped))
            });
            merging.write(sources.collect::<Result<_>>()?, &mut outputs, &mut told)?
        };
        let of_dropped_columns = of_dropped_columns.load(Ordering::Relaxed);
        let purge = purge.map(|report| PurgeReport { of_dropped_columns, ..report });
        let written = outputs.commit(|written| step(RewriteStep::Verifying(written)))?;
        let rewrite = RewriteReport { written, read_partitions, ..RewriteReport::default() };
        Ok(CompactReport { rewrite, purge })
    }

    fn begin(&self, partitioner: Partitioner, kept: super::Kept) -> Result<Outputs> {
        let ids = OutputIds::of(self.named, self.first_id, false, self.options.target.version)?;
        let mut outputs =
            Outputs::begin(self.place, self.operation, self.options.target, ids, self.verifies)?;
        outputs.start(None, kept, partitioner, (Cut::Never, None))?;
        Ok(outputs)
    }
}

/// How sources become one.
struct Merging {
    partitioner: Partitioner,
    columns: Arc<SharedColumns>,
    order: ClusteringOrder,
    purging: Option<Purging>,
}

impl Merging {
    fn write<S: UnfilteredPartitions>(
        self,
        sources: Vec<LazySource<'_, S>>,
        outputs: &mut Outputs,
        told: &mut impl FnMut() -> u64,
    ) -> Result<Option<PurgeReport>> {
        let has_counters = self.columns.has_counters();
        let mut merge = Merge::new(self.partitioner, self.columns, self.order, sources);
        let Some(Purging { options, overlaps, .. }) = self.purging else {
            outputs.write(&mut merge, |_| told())?;
            return Ok(None);
        };
        let mut purge = Purge::purging(merge, PurgeOptions { has_counters, ..options }, overlaps);
        outputs.write(&mut purge, |_| told())?;
        Ok(Some(*purge.report()))
    }
}

/// What is known of an input before it is read. Its files are closed: there may be thousands.
struct Seen<'a> {
    descriptor: &'a Descriptor,
    /// Without what is large and not asked for.
    statistics: Statistics,
    partitions: u64,
    /// How many its files can hold.
    partition_limit: u64,
    compression: Option<CompressionParameters>,
    first_key: Option<Vec<u8>>,
    data_bytes: u64,
    /// What its rewrite may need with and without compression.
    wanted_bytes: [u64; 2],
}

impl<'a> Seen<'a> {
    /// Looks at an input, and adds its keys to those of the others.
    fn of(descriptor: &'a Descriptor, keys: &mut KeyUnion) -> Result<Self> {
        let sstable = Sstable::open_descriptor(descriptor, Access::default())?;
        let RewriteInput { compression, partitions, .. } = RewriteInput::of(descriptor, &sstable)?;
        keys.add(&sstable.statistics().compaction.cardinality_estimator);
        // Where it cannot be found, the input is opened at once.
        let metadata = Metadata::load(descriptor.stem(), sstable.files(), sstable.version());
        let key_range = metadata.ok().and_then(|metadata| metadata.key_range);
        let wanted = |is_compressed| estimated_bytes(descriptor, &sstable, is_compressed);
        Ok(Self {
            descriptor,
            statistics: without_histograms(sstable.statistics()),
            partitions,
            partition_limit: partition_limit(&sstable)?,
            compression,
            first_key: key_range.map(|range| range.first),
            data_bytes: sstable.data_length(),
            wanted_bytes: [wanted(true)?, wanted(false)?],
        })
    }

    fn input(&self) -> RewriteInput<'_> {
        let (statistics, compression) = (&self.statistics, self.compression.clone());
        RewriteInput { descriptor: self.descriptor, statistics, compression, partitions: self.partitions }
    }

    fn wanted_bytes(&self, is_compressed: bool) -> u64 {
        let [compressed, plain] = self.wanted_bytes;
        if is_compressed { compressed } else { plain }
    }

    /// The input as a source that is opened when the merge gets to it, as `through` shows it; `read` counts the bytes of
    /// all.
    fn source<S: 'a>(
        self,
        read: &Arc<AtomicU64>,
        reading: &ScanOptions,
        through: impl FnOnce(CheckedScan) -> S + 'a,
    ) -> Result<LazySource<'a, S>> {
        let (read, reading, descriptor) = (Arc::clone(read), reading.clone(), self.descriptor);
        let open = move || {
            let sstable = Sstable::open_descriptor(descriptor, Access::default())?;
            Ok(through(CheckedScan::new(Arc::new(sstable), reading, read)?))
        };
        match self.first_key {
            Some(key) => Ok(LazySource::new(key, open)),
            None => open().map(LazySource::opened),
        }
    }
}

/// How each of so many inputs of one merge is read.
pub fn reading_of(inputs: usize) -> ScanOptions {
    ScanOptions {
        digest: true,
        read_ahead: inputs <= READ_AHEAD_LIMIT && has_cores(),
        step_bytes: STEPS_BYTES.checked_div(inputs).filter(|bytes| *bytes < USUAL_STEP_BYTES),
        ..ScanOptions::default()
    }
}

/// What the rules for merges look at.
fn without_histograms(statistics: &Statistics) -> Statistics {
    let stats = &statistics.stats;
    Statistics {
        version: statistics.version,
        validation: statistics.validation.clone(),
        compaction: CompactionMetadata { cardinality_estimator: CardinalityEstimator::Sparse(Vec::new()) },
        stats: StatsMetadata {
            estimated_partition_size_bytes: EstimatedHistogram::new(0),
            estimated_cells_per_partition: EstimatedHistogram::new(0),
            estimated_tombstone_drop_times: TombstoneHistogram::default(),
            covered_clusterings: CoveredClusterings::All,
            commit_log_intervals: stats.commit_log_intervals.clone(),
            clustering_types: None,
            first_key: None,
            last_key: None,
            ..*stats
        },
        stats_offset: statistics.stats_offset,
        stats_fields: FieldOffsets::default(),
        header: statistics.header.clone(),
        header_offset: statistics.header_offset,
    }
}
