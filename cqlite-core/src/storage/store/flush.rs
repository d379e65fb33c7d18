//! From a memtable to an SSTable.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use cqlite_sstable::component::statistics::{
    CommitLogPosition, IntervalSet, SerializationHeader, StatisticsSettings,
};
use cqlite_sstable::reader::TokenRange;
use cqlite_sstable::row::UnfilteredPartitions as _;
use cqlite_sstable::writer::index::IndexSettings;
use cqlite_sstable::writer::{Lossy, Operation, Transaction, WriterOptions};
use cqlite_sstable::{Partitioner, Result};

use super::table::LoggedMemtable;
use super::troubles::Work;
use super::{Event, Store, TableSstable, TableStore, TableView};
use crate::storage::TableId;
use crate::storage::commitlog::CommitLog;
use crate::storage::lifecycle::back_up;
use crate::storage::memtable::Memtable;

/// The share of the memory for memtables at which the largest one is flushed: while that is done, as much again can be
/// written.
const FLUSH_SHARE: f64 = 0.4;

impl Store {
    /// Writes what is in the memtables of a table into SSTables.
    ///
    /// # Errors
    /// If there is no such table, or an SSTable cannot be written: the memtable stays, and the next flush tries again.
    pub fn flush(&self, id: TableId) -> Result<()> {
        let table = Arc::clone(&self.tables.load().get(id)?.table);
        let _flushes = table.flushes.lock().unwrap_or_else(PoisonError::into_inner);
        self.switch(id)?;
        loop {
            let tables = self.tables.load_full();
            let view = tables.get(id)?;
            let Some(oldest) = view.flushing.first() else {
                self.troubles.went_well(Work::Flush, id);
                return Ok(());
            };
            let end = view.flushing.get(1).unwrap_or(&view.active).start;
            self.flush_memtable(view, oldest, end).inspect_err(|error| self.note_room(error))?;
        }
    }

    /// [`Store::flush`] of all tables.
    ///
    /// # Errors
    /// The first error; all tables are tried.
    pub fn flush_all(&self) -> Result<()> {
        let ids: Vec<TableId> = self.tables.load().by_id.keys().copied().collect();
        let mut flushed = Ok(());
        for id in ids {
            let of_table = self.flush(id);
            // One that was dropped meanwhile has nothing left to flush.
            if self.tables.load().by_id.contains_key(&id) {
                flushed = flushed.and(of_table);
            }
        }
        flushed
    }

    /// Puts an empty memtable in place of the active one, unless nothing was written to that.
    fn switch(&self, id: TableId) -> Result<()> {
        let _gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        self.switch_under_gate(id)
    }

    pub(super) fn switch_under_gate(&self, id: TableId) -> Result<()> {
        self.change_table(id, |view| {
            let new = self.new_memtable(&view.layout);
            let old = std::mem::replace(&mut view.active, new);
            if old.memtable.is_empty() {
                // An entry of the log may name the table and change nothing of it.
                self.mark_clean(id, old.start, view.active.start);
            } else {
                view.flushing.push(old);
            }
        })
    }

    pub(super) fn mark_clean(&self, id: TableId, start: CommitLogPosition, end: CommitLogPosition) {
        if let Some(log) = self.log.get() {
            log.mark_clean(id, start, end);
        }
    }

    fn flush_memtable(
        &self,
        view: &TableView,
        logged: &Arc<LoggedMemtable>,
        end: CommitLogPosition,
    ) -> Result<()> {
        let (id, start) = (view.table.id, Instant::now());
        // What is in an SSTable has to be in the log as well, or of a batch one table's part could last without another's.
        self.log.get().map_or(Ok(()), CommitLog::flush)?;
        self.health.check_flushable()?;
        let sstable = self.write_memtable(view, &logged.memtable, (logged.start, end))?;
        if let Some(sstable) = &sstable {
            view.table.note_flushed(sstable.live().files().data_bytes);
        }
        // Who pinned the memtable finds here what became of it.
        let _ = logged.flushed.set(sstable.clone());
        self.change_table(id, |view| {
            view.flushing.retain(|one| !Arc::ptr_eq(one, logged));
            view.sstables.extend(sstable.clone());
        })?;
        self.back_up_new(&view.table, sstable.as_slice());
        if let Some(scheduler) = self.scheduler.get() {
            scheduler.notify(id);
        }
        self.mark_clean(id, logged.start, end);
        let bytes = logged.memtable.held_bytes();
        logged.memtable.set_flushed();
        self.admission.drained(bytes, start.elapsed());
        self.flushes.add(start.elapsed());
        self.note_debt();
        self.tell(&Event::Flushed { table: id });
        Ok(())
    }

    /// Links new SSTables into `backups` where that is wanted. They are part of the table already, whatever becomes of that.
    pub(super) fn back_up_new(&self, table: &TableStore, sstables: &[Arc<TableSstable>]) {
        if !table.settings().incremental_backups || sstables.is_empty() {
            return;
        }
        let descriptors: Vec<_> = sstables.iter().map(|one| one.live().descriptor().clone()).collect();
        let backed_up = back_up(&*self.fs, &table.directory, &descriptors);
        self.note_outcome(Work::Backup, table.id, &backed_up);
    }

    /// Writes and installs an SSTable of all that is in a memtable; none if that is nothing.
    fn write_memtable(
        &self,
        view: &TableView,
        memtable: &Arc<Memtable>,
        (start, end): (CommitLogPosition, CommitLogPosition),
    ) -> Result<Option<Arc<TableSstable>>> {
        let statistics = memtable.statistics();
        let (layout, version) = (memtable.layout(), self.options.version);
        let bases = statistics.least.deltas(version.has_uint_deletion_time());
        let header = SerializationHeader {
            min_timestamp: bases.min_timestamp,
            min_local_deletion_time_seconds: bases.min_local_deletion_time_seconds,
            min_ttl_seconds: bases.min_ttl_seconds,
            ..layout.header().clone()
        };
        let mut rows = memtable.range(TokenRange::default(), statistics.last_sequence.unwrap_or(0));
        if !rows.advance_partition()? {
            return Ok(None);
        }
        let intervals = self.log.get().map_or_else(IntervalSet::default, |_| IntervalSet::of(start, end));
        let table = &view.table;
        let mut transaction = Transaction::begin(self.output(table), Operation::Flush, version)?;
        let descriptor = transaction.add(version, table.next_id()?)?;
        let mut writer =
            self.sstable_writer(table, layout, &descriptor, (header, statistics.partitions, intervals))?;
        writer.write_partition(&mut rows)?;
        writer.write(&mut rows)?;
        if writer.partitions() == 0 {
            // All of it was of columns that were dropped.
            drop(writer);
            transaction.abort()?;
            return Ok(None);
        }
        writer.finish()?;
        let sstable = self.open_sstable(descriptor, layout)?;
        self.commit_new(table.id, transaction)?;
        Ok(Some(sstable))
    }

    /// How the SSTables of a table are written.
    pub(super) fn writer_options(
        &self,
        table: &TableStore,
        partitioner: &Partitioner,
        estimated_keys: u64,
        commit_log_intervals: IntervalSet,
    ) -> WriterOptions {
        let (settings, version) = (table.settings(), self.options.version);
        let fp_chance = settings.compacted.bloom_filter_fp_chance;
        WriterOptions {
            compression: settings.compacted.compression.clone(),
            index: IndexSettings {
                min_index_interval: settings.min_index_interval,
                ..IndexSettings::of_version(version)
            },
            estimated_keys,
            statistics: StatisticsSettings {
                originating_host_id: self.host_id(),
                commit_log_intervals,
                ..StatisticsSettings::new(partitioner.class_name(), fp_chance)
            },
            lossy: Lossy::Refuse,
            writes_behind: true,
        }
    }

    /// Has the largest memtable flushed if they take much.
    #[inline]
    pub(super) fn flush_if_full(&self) {
        if self.held.unflushed_bytes() as f64 > self.memtable_budget() as f64 * FLUSH_SHARE {
            self.flush_largest();
        }
    }

    #[cold]
    fn flush_largest(&self) {
        if self.flush_queue.is_wanted() {
            return;
        }
        if let Some(largest) = self.largest_table() {
            self.flush_queue.want(largest);
        }
    }

    /// The table whose memtables take most.
    fn largest_table(&self) -> Option<TableId> {
        let tables = self.tables.load();
        let held =
            |view: &TableView| -> usize { view.memtables().map(|memtable| memtable.held_bytes()).sum() };
        tables.by_id.values().max_by_key(|view| held(view)).map(|view| view.table.id)
    }

    /// Why the memtables that take most cannot be flushed; none if they can. Others do not make room before.
    pub(super) fn flush_failure(&self) -> Option<String> {
        self.troubles.of(Work::Flush, self.largest_table()?)
    }

    /// Has a table flushed in the background.
    pub fn want_flush(&self, id: TableId) {
        self.flush_queue.want(id);
    }

    /// Gives memtables together so much memory from now on.
    pub fn set_memtable_bytes(&self, bytes: usize) {
        self.memtable_budget.store(bytes, Ordering::Relaxed);
    }
}
