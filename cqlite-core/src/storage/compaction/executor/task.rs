//! One compaction, from its inputs to complete outputs.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use cqlite_sstable::component::statistics::{IntervalSet, KeyUnion};
use cqlite_sstable::io::OutputDirectory;
use cqlite_sstable::merge::{
    DroppedColumns, LazySource, Merge, Purge, PurgeOptions, PurgeReport, SharedColumns, Transformed,
};
use cqlite_sstable::reader::{CheckedScan, ScanOptions};
use cqlite_sstable::row::{ClusteringOrder, UnfilteredPartitions};
use cqlite_sstable::tools::rewrite::{
    Kept, RewriteInput, RewriteOptions, Target, keep, merged_header, reading_of,
};
use cqlite_sstable::writer::{Operation, Transaction, Written};
use cqlite_sstable::{Error, Partitioner, Result, SstableId};

use super::super::{
    Choice, Cut, Expiry, OverlappingTombstones, Reason, RepairGroup, SstableSummary, fully_expired,
};
use super::controlled::Controlled;
use super::cutter::Cutter;
use super::outputs::Outputs;
use super::shadow::Shadow;
use super::{
    CompactedOutputs, CompactedTable, CompactionControl, FailedCompaction, LiveOverlaps, LiveSstable,
    Surroundings,
};
use crate::storage::fs::{FileSystem, FsDirectory};

/// Gives ids for new SSTables of a table, none of them twice.
pub type NextId = dyn Fn() -> Result<SstableId> + Send + Sync;

/// SSTables of one table that become others (`db.compaction.CompactionTask`).
#[derive(Clone)]
pub struct CompactionTask {
    /// Where all files are.
    pub files: Arc<dyn FileSystem>,
    /// The directory of the table.
    pub directory: PathBuf,
    /// The table.
    pub table: Arc<CompactedTable>,
    /// What is to be done. Its inputs are those of this task; which of them have expired is found out anew.
    pub choice: Choice,
    /// The SSTables that the choice names. Nobody else may compact them meanwhile.
    pub inputs: Vec<Arc<LiveSstable>>,
    /// What else there is of the table.
    pub surroundings: Arc<dyn Surroundings>,
    /// The ids of outputs.
    pub ids: Arc<NextId>,
    /// What of the inputs goes since other SSTables delete it: the table's parameter, or what a garbage collection asks
    /// for, which is more.
    pub garbage: OverlappingTombstones,
    /// The time at which expiry is judged, in seconds since 1970.
    pub now_seconds: i64,
}

impl fmt::Debug for CompactionTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompactionTask")
            .field("directory", &self.directory)
            .field("choice", &self.choice)
            .finish_non_exhaustive()
    }
}

/// What is read and what is not.
struct Plan {
    expired: Vec<SstableId>,
    read: Vec<Arc<LiveSstable>>,
}

impl CompactionTask {
    /// Writes all outputs, under a transaction that is still open. Where nothing is left of the inputs, there is none.
    ///
    /// # Errors
    /// If it is told to stop, an input is damaged, or an output cannot be written. Nothing is left of it then.
    pub fn run(&self, control: &CompactionControl) -> Result<CompactedOutputs, FailedCompaction> {
        let failed = |error| FailedCompaction::new(error, control.is_cancelled(), &self.inputs);
        if let (Cut::LevelAlone, [input]) = (&self.choice.cut, self.inputs.as_slice()) {
            let (files, level) = (Arc::clone(&self.files), self.choice.level);
            return CompactedOutputs::of_level(files, Arc::clone(input), level).map_err(failed);
        }
        self.write(control).map_err(failed)
    }

    fn write(&self, control: &CompactionControl) -> Result<CompactedOutputs> {
        if self.inputs.is_empty() {
            return Err(Error::invalid_input("there is no SSTable to compact"));
        }
        let directory: Arc<dyn OutputDirectory> =
            Arc::new(FsDirectory::new(Arc::clone(&self.files), &self.directory));
        let mut transaction = Transaction::begin(directory, self.operation(), self.table.version)?;
        let plan = self.plan();
        let (written, purge) = if plan.read.is_empty() {
            (Vec::new(), PurgeReport::default())
        } else {
            self.merge(&plan, &mut transaction, control)?
        };
        let outputs = CompactedOutputs::open(&self.files, &written)?;
        Ok(CompactedOutputs::of_outputs(
            Arc::clone(&self.files),
            transaction,
            (self.inputs.clone(), plan.expired),
            outputs,
            purge,
        ))
    }

    fn operation(&self) -> Operation {
        match self.choice.reason {
            _ if self.garbage > self.table.parameters.tombstones.overlapping => Operation::GarbageCollection,
            Reason::Major => Operation::MajorCompaction,
            Reason::Tombstones { .. } => Operation::TombstoneCompaction,
            _ => Operation::Compaction,
        }
    }

    /// Leaves out the inputs of which nothing is alive and that delete nothing any more.
    fn plan(&self) -> Plan {
        let gc_before_seconds = self.table.gc_before_seconds(self.now_seconds);
        let expiry = Expiry {
            gc_before_seconds,
            memtable_min_timestamp: self.surroundings.memtables_have(),
            purges_repaired_only: self.table.parameters.tombstones.purges_repaired_only,
            ignores_overlaps: self.table.ignores_overlaps(),
        };
        let summary = |one: &Arc<LiveSstable>| one.summary(gc_before_seconds);
        let inputs: Vec<SstableSummary> = self.inputs.iter().map(summary).collect();
        let live = self.surroundings.live();
        let is_other = |one: &&Arc<LiveSstable>| self.inputs.iter().all(|input| input.id() != one.id());
        let others: Vec<SstableSummary> = live.iter().filter(is_other).map(summary).collect();
        let overlapping: Vec<&SstableSummary> =
            others.iter().filter(|other| inputs.iter().any(|input| input.overlaps(other))).collect();
        let compacting: Vec<&SstableSummary> = inputs.iter().collect();
        let expired = fully_expired(&compacting, &overlapping, expiry);
        let expired: Vec<SstableId> = expired.into_iter().map(|one| one.id.clone()).collect();
        let is_read = |input: &&Arc<LiveSstable>| !expired.contains(input.id());
        let mut read: Vec<Arc<LiveSstable>> = self.inputs.iter().filter(is_read).cloned().collect();
        read.sort_by(|a, b| a.id().cmp(b.id()));
        Plan { expired, read }
    }

    fn merge(
        &self,
        plan: &Plan,
        transaction: &mut Transaction,
        control: &CompactionControl,
    ) -> Result<(Vec<Written>, PurgeReport)> {
        let inputs = plan.read.iter().map(|one| RewriteInput::of(one.descriptor(), one.sstable()));
        let inputs: Vec<RewriteInput<'_>> = inputs.collect::<Result<_>>()?;
        let kept = self.kept(&inputs)?;
        let (_, columns) = merged_header(&inputs)?;
        let partitioner = Partitioner::parse(&kept.settings.partitioner, &kept.header.key_type)?;
        let uncompressed = plan.read.iter().map(|one| one.sstable().data_length());
        control.begin(uncompressed.fold(0, u64::saturating_add));
        let order = ClusteringOrder::new(kept.header.clustering_types.clone());
        let mut outputs = Outputs {
            transaction,
            ids: &*self.ids,
            control,
            target: self.target(),
            partitioner: partitioner.clone(),
            cutter: Cutter::new(&self.choice.cut, self.choice.level),
            total_bytes: plan.read.iter().fold(0, |sum, one| sum.saturating_add(one.files().data_bytes)),
            kept,
            current: None,
            written: Vec::new(),
        };
        let flow = Flow { partitioner, columns: Arc::new(columns), order, control };
        let purge = self.flow(plan, &flow, &mut outputs)?;
        Ok((outputs.written, purge))
    }

    fn target(&self) -> Target {
        Target { version: self.table.version, is_lossy: false }
    }

    /// What all outputs have.
    fn kept(&self, inputs: &[RewriteInput<'_>]) -> Result<Kept> {
        let options = RewriteOptions {
            target: self.target(),
            marks_unrepaired: false,
            compression: Some(self.table.compression.clone()),
            index_block_bytes: self.table.index_block_bytes,
        };
        let mut kept = keep(inputs, &options)?;
        let mut keys = KeyUnion::default();
        for input in inputs {
            keys.add(&input.statistics.compaction.cardinality_estimator);
        }
        kept.partitions = keys.keys().unwrap_or(kept.partitions).min(kept.partitions);
        kept.settings.bloom_filter_fp_chance = self.table.bloom_filter_fp_chance;
        kept.settings.token_space_coverage = None;
        kept.settings.originating_host_id = self.table.host_id;
        kept.settings.commit_log_intervals = self.intervals();
        Ok(kept)
    }

    /// What all inputs, those that have expired among them, have of the node's commit log.
    fn intervals(&self) -> IntervalSet {
        let mut intervals = IntervalSet::default();
        for input in &self.inputs {
            let stats = &input.sstable().statistics().stats;
            if self.table.host_id.is_some() && stats.originating_host_id == self.table.host_id {
                let of_input = stats.commit_log_intervals.intervals().iter();
                of_input.for_each(|interval| intervals.insert(*interval));
            }
        }
        intervals
    }

    fn purge_options(&self, has_counters: bool) -> PurgeOptions {
        let repaired_only = self.table.parameters.tombstones.purges_repaired_only;
        PurgeOptions {
            now_seconds: self.now_seconds,
            gc_before_seconds: self.table.gc_before_seconds(self.now_seconds),
            keeps_unrepaired: repaired_only && self.choice.group != RepairGroup::Repaired,
            strict_liveness: self.table.schema.enforces_strict_liveness,
            has_counters,
        }
    }

    /// Reads the inputs through all that is done to rows, and writes what comes out.
    fn flow(&self, plan: &Plan, flow: &Flow<'_>, outputs: &mut Outputs<'_>) -> Result<PurgeReport> {
        let (read, left_out) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        // Chunks have checksums of their own.
        let reading = ScanOptions { digest: false, ..reading_of(plan.read.len()) };
        let schema = &self.table.schema;
        let dropped = |one: &Arc<LiveSstable>| DroppedColumns::of(one.sstable().header(), schema, &left_out);
        let dropped: Vec<Option<DroppedColumns>> = plan.read.iter().map(dropped).collect();
        let overlaps = LiveOverlaps::new(
            Arc::clone(&self.surroundings),
            self.inputs.iter().map(|input| input.id().clone()),
            flow.partitioner.clone(),
        );
        let has_dropped = dropped.iter().any(Option::is_some);
        let sources = plan.read.iter().zip(dropped);
        let report = if has_dropped {
            let sources = sources.map(|(one, dropped)| {
                let dropped = dropped.unwrap_or_default();
                source(one, &reading, &read, move |scan| Transformed::new(scan, dropped))
            });
            self.purge(sources.collect(), overlaps, flow, (&read, outputs))?
        } else {
            let sources = sources.map(|(one, _)| source(one, &reading, &read, |scan| scan));
            self.purge(sources.collect(), overlaps, flow, (&read, outputs))?
        };
        let of_dropped_columns = left_out.load(std::sync::atomic::Ordering::Relaxed);
        Ok(PurgeReport { of_dropped_columns, ..report })
    }

    fn purge<S: UnfilteredPartitions>(
        &self,
        sources: Vec<LazySource<'_, S>>,
        overlaps: LiveOverlaps,
        flow: &Flow<'_>,
        (read, outputs): (&Arc<AtomicU64>, &mut Outputs<'_>),
    ) -> Result<PurgeReport> {
        let (partitioner, columns) = (flow.partitioner.clone(), Arc::clone(&flow.columns));
        let options = self.purge_options(columns.has_counters());
        let merge = Merge::new(partitioner, columns, flow.order.clone(), sources);
        let shadows = if options.keeps_unrepaired { Vec::new() } else { self.shadows() };
        if shadows.is_empty() {
            let mut rows = Controlled::new(Purge::purging(merge, options, overlaps), flow.control, read);
            outputs.write(&mut rows)?;
            return Ok(*rows.source().report());
        }
        let (partitioner, order) = (flow.partitioner.clone(), flow.order.clone());
        let shadow = Shadow::new(partitioner, order, &outputs.kept.header, shadows, self.garbage)?;
        let lit = Transformed::new(merge, shadow);
        let mut rows = Controlled::new(Purge::purging(lit, options, overlaps), flow.control, read);
        outputs.write(&mut rows)?;
        Ok(*rows.source().report())
    }

    /// The SSTables that may delete something of the inputs, if that is to be left out.
    fn shadows(&self) -> Vec<Arc<LiveSstable>> {
        if self.garbage == OverlappingTombstones::None {
            return Vec::new();
        }
        let stats = |one: &Arc<LiveSstable>| {
            let stats = &one.sstable().statistics().stats;
            (stats.min_timestamp, stats.max_timestamp)
        };
        let oldest = self.inputs.iter().map(|input| stats(input).0).min().unwrap_or(i64::MIN);
        let live = self.surroundings.live();
        let is_shadow = |one: &&Arc<LiveSstable>| {
            let is_input = self.inputs.iter().any(|input| input.id() == one.id());
            let overlaps =
                |input: &Arc<LiveSstable>| one.first() <= input.last() && input.first() <= one.last();
            !is_input && stats(one).1 > oldest && self.inputs.iter().any(overlaps)
        };
        live.iter().filter(is_shadow).cloned().collect()
    }
}

/// How sources become one.
struct Flow<'a> {
    partitioner: Partitioner,
    columns: Arc<SharedColumns>,
    order: ClusteringOrder,
    control: &'a CompactionControl,
}

/// An input that is read when the merge gets to it, as `through` shows it.
fn source<'a, S: 'a>(
    input: &Arc<LiveSstable>,
    reading: &ScanOptions,
    read: &Arc<AtomicU64>,
    through: impl FnOnce(CheckedScan) -> S + 'a,
) -> LazySource<'a, S> {
    let (sstable, reading, read) = (Arc::clone(input.sstable()), reading.clone(), Arc::clone(read));
    LazySource::new(input.first().key.clone(), move || Ok(through(CheckedScan::new(sstable, reading, read)?)))
}
