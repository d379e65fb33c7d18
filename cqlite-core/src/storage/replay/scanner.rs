//! One thread that scans segments.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use cqlite_sstable::component::statistics::CommitLogInterval;
use cqlite_sstable::encoding::EncodingStats;
use cqlite_sstable::{Error, Result};

use super::load::Load;
use super::report::{ReplayReport, SegmentDamage};
use super::tables::{CachedTable, MetTables, TableCache};
use super::{ReplayOptions, ReplayPolicy, ReplayProgress, ReplayStage};
use crate::storage::commitlog::{
    CommitLogPosition, CommitLogVersion, Damage, FoundSegment, LoggedMutation, OnDamage, Section,
};
use crate::storage::fs::FileSystem;
use crate::storage::mutation::{MessagingVersion, PartitionUpdate, UpdateHead, decode_heads};

/// Progress is told every so many bytes.
const TOLD_BYTES: u64 = 1 << 20;

const ADVICE: &str =
    "replay with damage skipped: what the mutation held is lost then, unless a replica has it";

/// What the scanning threads share.
pub(super) struct Scan<'a> {
    pub(super) fs: &'a dyn FileSystem,
    pub(super) options: &'a ReplayOptions,
    pub(super) segments: &'a [FoundSegment],
    pub(super) tables: &'a MetTables<'a>,
    pub(super) next_segment: AtomicUsize,
    pub(super) is_over: AtomicBool,
    pub(super) done_bytes: AtomicU64,
    pub(super) total_bytes: u64,
}

/// What there is of a table.
#[derive(Debug, Clone, Default)]
pub(super) struct TableTotals {
    pub(super) updates: u64,
    pub(super) bytes: u64,
    pub(super) least: EncodingStats,
}

impl TableTotals {
    pub(super) fn add(&mut self, other: &Self) {
        self.updates = self.updates.saturating_add(other.updates);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.least.add(&other.least);
    }
}

/// Takes full loads.
pub(super) type Spill<'a> = &'a (dyn Fn(Load) -> Result<()> + Sync);

/// One thread that scans segments.
pub(super) struct Scanner<'a> {
    scan: &'a Scan<'a>,
    spill: Spill<'a>,
    cache: TableCache<'a>,
    heads: Vec<UpdateHead>,
    told_bytes: u64,
    pub(super) load: Load,
    pub(super) totals: Vec<TableTotals>,
    pub(super) report: ReplayReport,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(scan: &'a Scan<'a>, spill: Spill<'a>) -> Self {
        Self {
            scan,
            spill,
            cache: TableCache::new(scan.tables),
            heads: Vec::new(),
            told_bytes: 0,
            load: Load::default(),
            totals: Vec::new(),
            report: ReplayReport::default(),
        }
    }

    /// Scans one segment after the other, as long as there are any.
    pub(super) fn run(&mut self) -> Result<()> {
        while !self.scan.is_over.load(Ordering::Relaxed) {
            let number = self.scan.next_segment.fetch_add(1, Ordering::Relaxed);
            let Some(segment) = self.scan.segments.get(number) else { return Ok(()) };
            let scanned = self.segment(segment);
            if scanned.is_err() {
                self.scan.is_over.store(true, Ordering::Relaxed);
            }
            scanned?;
        }
        Ok(())
    }

    fn segment(&mut self, segment: &FoundSegment) -> Result<()> {
        let policy = self.scan.options.policy;
        let on_damage = if policy == ReplayPolicy::Refuse { OnDamage::Refuse } else { OnDamage::Skip };
        let mut reader = segment.open_with(self.scan.fs, on_damage)?;
        self.report.segments = self.report.segments.saturating_add(1);
        let version = reader.descriptor().map_or(MessagingVersion::default(), |one| version_of(one.version));
        let mut done_bytes = 0;
        let mut behind = CommitLogPosition { segment_id: segment.name().id, position: 0 };
        while !self.scan.is_over.load(Ordering::Relaxed) {
            let Some(section) = reader.next_section()? else { break };
            let (end, end_position) = (section.end(), section.end_position());
            if !self.section(segment, &section, version)? {
                self.stop(behind);
            }
            behind = end_position;
            self.tell(end.saturating_sub(done_bytes));
            done_bytes = end;
        }
        if !self.scan.is_over.load(Ordering::Relaxed) {
            reader.check_end()?;
        }
        if policy == ReplayPolicy::Stop && reader.has_corruption() {
            self.stop(behind);
        }
        self.tell(segment.length_bytes().saturating_sub(done_bytes));
        let unkept = reader.damage_count().saturating_sub(reader.damage().len() as u64);
        for damage in reader.damage() {
            let damage = damage.clone();
            self.report.push_damage(SegmentDamage { path: segment.path().to_owned(), damage });
        }
        self.report.damage_count = self.report.damage_count.saturating_add(unkept);
        Ok(())
    }

    /// Nothing is looked at any more.
    fn stop(&mut self, behind: CommitLogPosition) {
        self.report.stopped_at.get_or_insert(behind);
        self.scan.is_over.store(true, Ordering::Relaxed);
    }

    fn tell(&mut self, bytes: u64) {
        self.told_bytes = self.told_bytes.saturating_add(bytes);
        let done = self.scan.done_bytes.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        let Some(progress) = &self.scan.options.progress else { return };
        if self.told_bytes >= TOLD_BYTES || done == self.scan.total_bytes {
            self.told_bytes = 0;
            let (stage, total_bytes) = (ReplayStage::Scanning, self.scan.total_bytes);
            progress(ReplayProgress { stage, done_bytes: done, total_bytes });
        }
    }

    /// Takes all updates of a section, or none. False if the replay is to stop in front of it.
    fn section(
        &mut self,
        segment: &FoundSegment,
        section: &Section<'_>,
        version: MessagingVersion,
    ) -> Result<bool> {
        let policy = self.scan.options.policy;
        let mutations = section.entries().len() as u64;
        if policy == ReplayPolicy::Stop && section.has_corruption() {
            return Ok(false);
        }
        self.report.widen(CommitLogInterval {
            start: CommitLogPosition { position: 0, ..section.end_position() },
            end: section.end_position(),
        });
        // What was written behind something that is torn was not synced either: without that, it was not there at any moment.
        let is_behind = policy != ReplayPolicy::Skip && section.follows_damage();
        if is_behind || !section.is_whole() {
            self.report.left_out_mutations = self.report.left_out_mutations.saturating_add(mutations);
            return Ok(true);
        }
        let taken = self.load.references().len();
        let mut padding = 0;
        for entry in section.entries() {
            if entry.is_padding() {
                padding = 1;
                continue;
            }
            let Err(error) = self.mutation(&entry, version) else { continue };
            if policy == ReplayPolicy::Refuse {
                let what = format!("the mutation at {} is sound but not understood: {error}", entry.position);
                return Err(Error::corrupt(what).at(segment.path()).offset(section.offset()).advise(ADVICE));
            }
            self.take_back(taken);
            self.report.undecodable_mutations = self.report.undecodable_mutations.saturating_add(1);
            self.report.left_out_mutations =
                self.report.left_out_mutations.saturating_add(mutations.saturating_sub(1));
            let what = format!("the mutation at {} is not understood: {error}", entry.position);
            let damage = Damage { offset: section.offset(), what, is_torn: false };
            self.report.push_damage(SegmentDamage { path: segment.path().to_owned(), damage });
            return Ok(policy == ReplayPolicy::Skip);
        }
        self.report.sections = self.report.sections.saturating_add(1);
        self.report.mutations = self.report.mutations.saturating_add(mutations.saturating_sub(padding));
        if self.load.held_bytes() >= self.scan.options.load_bytes() {
            (self.spill)(std::mem::take(&mut self.load))?;
        }
        Ok(true)
    }

    /// Forgets all updates but so many of the load.
    fn take_back(&mut self, taken: usize) {
        for (table, bytes) in self.load.take_back(taken) {
            if let Some(totals) = self.totals.get_mut(table as usize) {
                totals.updates = totals.updates.saturating_sub(1);
                totals.bytes = totals.bytes.saturating_sub(bytes);
            }
            self.report.replayed_updates = self.report.replayed_updates.saturating_sub(1);
            self.report.replayed_bytes = self.report.replayed_bytes.saturating_sub(bytes);
        }
    }

    fn mutation(&mut self, entry: &LoggedMutation<'_>, version: MessagingVersion) -> Result<()> {
        let mut heads = std::mem::take(&mut self.heads);
        heads.clear();
        let cache = &mut self.cache;
        let tables = RefCell::new(cache);
        let layout = |id| tables.borrow_mut().get(id).map(|table| Arc::clone(&table.layout));
        let decoded = decode_heads(entry.mutation, version, layout, &mut heads)?;
        match decoded {
            Ok(newest) => {
                self.report.saw(newest);
                if self.scan.options.restore_point_micros.is_some_and(|point| newest > point) {
                    self.report.late_mutations = self.report.late_mutations.saturating_add(1);
                } else {
                    for head in &heads {
                        self.update(
                            PartitionUpdate { bytes: entry.mutation, head },
                            entry.position,
                            version,
                        )?;
                    }
                }
            }
            Err(unknown) => {
                let known = self.report.unknown_tables.entry(unknown).or_default();
                *known = known.saturating_add(1);
            }
        }
        self.heads = heads;
        Ok(())
    }

    fn update(
        &mut self,
        update: PartitionUpdate<'_>,
        position: CommitLogPosition,
        version: MessagingVersion,
    ) -> Result<()> {
        let Some(CachedTable { met: table, .. }) = self.cache.get(update.table_id()) else { return Ok(()) };
        let report = &mut self.report;
        let skipped = if table.table.truncated_at.is_some_and(|truncated_at| position <= truncated_at) {
            &mut report.truncated_updates
        } else if table.table.flushed.contains(position) {
            &mut report.flushed_updates
        } else if update.is_empty() {
            return Ok(());
        } else {
            let key = update.key();
            if key.is_empty() && table.layout().needs_keys() {
                return Err(Error::corrupt("a partition key has no bytes"));
            }
            if update.has_unmergeable_counters()? {
                report.unmergeable_updates = report.unmergeable_updates.saturating_add(1);
                return Ok(());
            }
            let bytes = update.encoded();
            let length = bytes.len() as u64;
            self.load.push(table.number, table.prefix(key), version, bytes);
            let number = table.number as usize;
            if self.totals.len() <= number {
                self.totals.resize(number.saturating_add(1), TableTotals::default());
            }
            if let Some(totals) = self.totals.get_mut(number) {
                totals.add(&TableTotals { updates: 1, bytes: length, least: update.stats() });
            }
            report.replayed_bytes = report.replayed_bytes.saturating_add(length);
            &mut report.replayed_updates
        };
        *skipped = skipped.saturating_add(1);
        Ok(())
    }
}

/// How mutations are encoded in a segment of this version.
pub(super) fn version_of(version: CommitLogVersion) -> MessagingVersion {
    match version {
        CommitLogVersion::V30 => MessagingVersion::V30,
        CommitLogVersion::V40 => MessagingVersion::V40,
        CommitLogVersion::V50 => MessagingVersion::V50,
    }
}
