//! From a memtable to an SSTable.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use cqlite_sstable::component::statistics::{CommitLogPosition, IntervalSet, SerializationHeader, StatisticsSettings};
use cqlite_sstable::io::OutputDirectory;
use cqlite_sstable::reader::TokenRange;
use cqlite_sstable::row::UnfilteredPartitions as _;
use cqlite_sstable::writer::index::IndexSettings;
use cqlite_sstable::writer::{Lossy, Operation, SstableWriter, Transaction, WriterOptions};
use cqlite_sstable::Result;

use super::table::LoggedMemtable;
use super::{LiveSstable, Store, TableView};
use crate::storage::TableId;
use crate::storage::commitlog::CommitLog;
use crate::storage::fs::FsDirectory;
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
            let Some(oldest) = view.flushing.first() else { return Ok(()) };
            let end = view.flushing.get(1).unwrap_or(&view.active).start;
            self.flush_memtable(view, oldest, end)?;
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
            flushed = flushed.and(self.flush(id));
        }
        flushed
    }

    /// Puts an empty memtable in place of the active one, unless nothing was written to that.
    fn switch(&self, id: TableId) -> Result<()> {
        let _gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
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

    fn mark_clean(&self, id: TableId, start: CommitLogPosition, end: CommitLogPosition) {
        if let Some(log) = self.log.get() {
            log.mark_clean(id, start, end);
        }
    }

    fn flush_memtable(&self, view: &TableView, logged: &Arc<LoggedMemtable>, end: CommitLogPosition) -> Result<()> {
        let (id, start) = (view.table.id, Instant::now());
        // What is in an SSTable has to be in the log as well, or of a batch one table's part could last without another's.
        self.log.get().map_or(Ok(()), CommitLog::flush)?;
        let sstable = self.write_memtable(view, &logged.memtable, (logged.start, end))?;
        self.change_table(id, |view| {
            view.flushing.retain(|one| !Arc::ptr_eq(one, logged));
            view.sstables.extend(sstable);
        })?;
        self.mark_clean(id, logged.start, end);
        let bytes = logged.memtable.held_bytes();
        logged.memtable.set_flushed();
        self.admission.drained(bytes, start.elapsed());
        self.health.forget_error();
        Ok(())
    }

    /// Writes and installs an SSTable of all that is in a memtable; none if that is nothing.
    fn write_memtable(
        &self,
        view: &TableView,
        memtable: &Arc<Memtable>,
        (start, end): (CommitLogPosition, CommitLogPosition),
    ) -> Result<Option<Arc<LiveSstable>>> {
        let statistics = memtable.statistics();
        let (layout, settings, version) = (&view.layout, view.table.settings(), self.options.version);
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
        let directory: Arc<dyn OutputDirectory> =
            Arc::new(FsDirectory::new(Arc::clone(&self.fs), view.table.directory.clone()));
        let mut transaction = Transaction::begin(Arc::clone(&directory), Operation::Flush, version)?;
        let id = view.table.ids.lock().unwrap_or_else(PoisonError::into_inner).next_id()?;
        let descriptor = transaction.add(version, id.clone())?;
        let partitioner = layout.partitioner();
        let options = WriterOptions {
            compression: settings.compression.clone(),
            index: IndexSettings { min_index_interval: settings.min_index_interval, ..IndexSettings::of_version(version) },
            estimated_keys: statistics.partitions,
            statistics: StatisticsSettings {
                originating_host_id: Some(self.options.host_id),
                commit_log_intervals: intervals,
                ..StatisticsSettings::new(partitioner.class_name(), settings.bloom_filter_fp_chance)
            },
            lossy: Lossy::Refuse,
            writes_behind: true,
        };
        let mut writer = SstableWriter::new(directory, version, id, header, partitioner.clone(), options)?;
        writer.write_partition(&mut rows)?;
        writer.write(&mut rows)?;
        writer.finish()?;
        let sstable = self.open_sstable(descriptor, layout)?;
        transaction.commit()?.finish()?;
        Ok(Some(sstable))
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
        let tables = self.tables.load();
        let largest = tables.by_id.values().max_by_key(|view| view.active.memtable.held_bytes());
        if let Some(view) = largest {
            self.flush_queue.want(view.table.id);
        }
    }

    /// Gives memtables together so much memory from now on.
    pub fn set_memtable_bytes(&self, bytes: usize) {
        self.memtable_budget.store(bytes, Ordering::Relaxed);
    }
}
