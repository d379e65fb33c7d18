//! What a store tells of itself.

use std::sync::Arc;

use cqlite_sstable::component::statistics::KeyUnion;
use cqlite_sstable::{Error, Result, Version};

use super::troubles::Work;
use super::{Event, Metrics, Store, TableMetrics, TableView};
use crate::storage::TableId;
use crate::storage::commitlog::CommitLog;
use crate::storage::compaction::executor::{LiveSstable, NextId};
use crate::storage::compaction::scheduler::Scheduler;

/// What may be left to compact before writers are slowed down, or so many times the memory for memtables if that is more.
const COMPACTION_DEBT_BYTES: u64 = 4 << 30;
const DEBT_OF_MEMTABLES: u64 = 128;

/// What the data of a table would take if each partition were in one SSTable, about.
fn compacted_data_bytes(view: &TableView) -> Option<u64> {
    let (mut keys, mut data_bytes, mut partitions) = (KeyUnion::default(), 0_u64, 0_u64);
    for live in view.sstables.iter().map(|sstable| sstable.live()) {
        keys.add(&live.sstable().statistics().compaction.cardinality_estimator);
        data_bytes = data_bytes.saturating_add(live.sstable().data_bytes());
        partitions = partitions.saturating_add(live.files().partitions);
    }
    if view.sstables.len() < 2 || partitions == 0 {
        return Some(data_bytes);
    }
    let share = keys.keys()? as f64 / partitions as f64;
    Some((data_bytes as f64 * share.min(1.0)) as u64)
}

impl Store {
    /// The commit log; none without one.
    pub fn log(&self) -> Option<&CommitLog> {
        self.log.get()
    }

    /// All tables.
    pub fn table_ids(&self) -> Vec<TableId> {
        self.tables.load().by_id.keys().copied().collect()
    }

    /// The version of SSTables that are written.
    pub fn version(&self) -> Version {
        self.options.version
    }

    /// Whether nothing may be written.
    pub fn is_read_only(&self) -> bool {
        self.options.is_read_only
    }

    /// What failed in the background last, of that which did not go well since for the same table.
    pub fn last_error(&self) -> Option<String> {
        self.troubles.last()
    }

    /// Notes and tells whether the archive of the commit log takes segments.
    pub fn note_archive(&self, error: Option<&Error>) {
        match error {
            None => self.troubles.went_well(Work::Archive, None),
            Some(error) => {
                if self.troubles.note(Work::Archive, None, error) {
                    self.tell(&Event::Failed { error: error.to_string() });
                }
            }
        }
    }

    /// Gives decompressed chunks that are kept so much memory from now on.
    pub fn set_chunk_cache_bytes(&self, bytes: u64) {
        self.cache.set_capacity(bytes);
    }

    /// Tries again what failed.
    pub fn resume(&self) {
        self.troubles.forget_all();
        self.log.get().into_iter().for_each(CommitLog::retry);
        for (id, view) in &self.tables.load().by_id {
            if !view.flushing.is_empty() {
                self.flush_queue.want(*id);
            }
        }
        self.flush_queue.wake();
    }

    /// What gives ids to new SSTables of a table.
    ///
    /// # Errors
    /// If there is no such table.
    pub fn ids_of(&self, id: TableId) -> Result<Arc<NextId>> {
        let table = Arc::clone(&self.tables.load().get(id)?.table);
        Ok(Arc::new(move || table.next_id()))
    }

    /// Shows SSTables that became part of a table.
    ///
    /// # Errors
    /// If there is no such table.
    pub fn take_in(&self, id: TableId, sstables: Vec<Arc<LiveSstable>>) -> Result<()> {
        for sstable in &sstables {
            self.pass_timestamp(sstable.sstable().statistics().stats.max_timestamp);
        }
        let shown: Vec<_> = sstables.into_iter().map(|live| self.shown(live)).collect();
        let table = self.change_table(id, |view| {
            view.sstables.extend(shown.iter().cloned());
            Arc::clone(&view.table)
        })?;
        self.back_up_new(&table, &shown);
        if let Some(scheduler) = self.scheduler.get() {
            scheduler.notify(id);
        }
        Ok(())
    }

    /// The bytes of memtables that are not in SSTables, about.
    pub fn memtable_bytes(&self) -> usize {
        self.held.unflushed_bytes()
    }

    /// Looks how far compactions lag behind.
    pub(super) fn note_debt(&self) {
        if let Some(scheduler) = self.scheduler.get() {
            let target =
                COMPACTION_DEBT_BYTES.max((self.memtable_budget() as u64).saturating_mul(DEBT_OF_MEMTABLES));
            self.admission.set_debt(scheduler.pending().bytes, target);
        }
    }

    /// What is counted and measured, as of now.
    pub fn metrics(&self) -> Metrics {
        let tables = self.tables.load();
        let (stalled_writes, stalled_time) = self.admission.waits();
        let pending = self.scheduler.get().map(Scheduler::pending).unwrap_or_default();
        let mut of_tables: Vec<TableMetrics> = tables
            .by_id
            .values()
            .map(|view| {
                let live = || view.sstables.iter().map(|sstable| sstable.live());
                let memtables = view.memtables().map(|memtable| memtable.held_bytes() as u64);
                let (flushes, flushed_bytes) = view.table.flushed();
                let (compactions, compacted_bytes) = view.table.compacted();
                TableMetrics {
                    id: view.table.id,
                    memtable_bytes: memtables.sum(),
                    sstables: view.sstables.len() as u64,
                    disk_bytes: live().map(|one| one.files().disk_bytes).sum(),
                    data_bytes: live().map(|one| one.sstable().data_bytes()).sum(),
                    compacted_data_bytes: compacted_data_bytes(view),
                    flushes,
                    flushed_bytes,
                    compactions,
                    compacted_bytes,
                    damaged_sstables: view.table.quarantine.damaged().len() as u64,
                }
            })
            .collect();
        of_tables.sort_by_key(|table| table.id);
        let (key_lookups, tally) = self.lookups.told();
        Metrics {
            key_lookups,
            sstables_found: tally.found,
            filter_rejections: tally.rejections,
            filter_passes: tally.passes,
            filter_false_positives: tally.false_positives,
            commit_log: self.log.get().map(CommitLog::metrics),
            unarchived_segments: self.log.get().map_or(0, CommitLog::unarchived_segments),
            commit_log_bytes: self.log.get().map_or(0, CommitLog::file_bytes),
            memtable_bytes: self.held.unflushed_bytes() as u64,
            pinned_bytes: self.held.pinned_bytes() as u64,
            oldest_view_age: self.readers.oldest_age(),
            chunk_cache_bytes: self.cache.bytes(),
            chunk_cache_hits: self.cache.hits(),
            chunk_cache_misses: self.cache.misses(),
            key_cache_hits: self.cache.key_hits(),
            key_cache_misses: self.cache.key_misses(),
            writes: self.writes.told(),
            reads: self.reads.told(),
            flushes: self.flushes.told(),
            stalled_writes,
            stalled_time,
            pending_compactions: pending.compactions,
            pending_compaction_bytes: pending.bytes,
            tables: of_tables,
        }
    }
}
