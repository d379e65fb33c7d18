//! What a commit log holds, put into the tables.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use cqlite_sstable::component::statistics::{IntervalSet, SerializationHeader};
use cqlite_sstable::io::OutputDirectory;
use cqlite_sstable::writer::{Operation, SstableWriter, Transaction, Written};
use cqlite_sstable::{Descriptor, Result};

use super::{Store, TableStore};
use crate::storage::TableId;
use crate::storage::compaction::executor::LiveSstable;
use crate::storage::fs::FsDirectory;
use crate::storage::mutation::{Mutation, TableLayout};
use crate::storage::replay::{NewSstable, ReplayOutput};

/// Takes what a replay writes, each table under one transaction, and puts it into the tables at the end.
pub struct ReplayInstaller<'a> {
    store: &'a Store,
    begun: Mutex<HashMap<TableId, (Transaction, Vec<Descriptor>)>>,
}

impl ReplayInstaller<'_> {
    /// Makes all that was written part of its tables.
    ///
    /// # Errors
    /// If it cannot be made to last: the next opening replays the log again.
    pub fn install(self) -> Result<()> {
        let begun = self.begun.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (id, (transaction, descriptors)) in begun {
            if descriptors.is_empty() {
                transaction.abort()?;
                continue;
            }
            let layout = Arc::clone(&self.store.tables.load().get(id)?.layout);
            let open = |descriptor: Descriptor| self.store.open_sstable(descriptor, &layout);
            let opened = descriptors.into_iter().map(open).collect::<Result<Vec<_>>>()?;
            self.store.commit_new(id, transaction)?;
            let table = self.store.change_table(id, |view| {
                view.sstables.extend(opened.iter().cloned());
                Arc::clone(&view.table)
            })?;
            self.store.back_up_new(&table, &opened);
        }
        Ok(())
    }
}

impl ReplayOutput for ReplayInstaller<'_> {
    fn begin(&self, new: &NewSstable) -> Result<SstableWriter> {
        let table = Arc::clone(&self.store.tables.load().get(new.layout.id())?.table);
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let (version, id) = (self.store.version(), table.next_id()?);
        let (transaction, _) = match begun.entry(table.id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let output = self.store.output(&table);
                place.insert((Transaction::begin(output, Operation::Flush, version)?, Vec::new()))
            }
        };
        let announced = transaction.add(version, id)?;
        drop(begun);
        let intervals = IntervalSet::of(new.interval.start, new.interval.end);
        let writer = (new.header.clone(), new.estimated_partitions, intervals);
        self.store.sstable_writer(&table, &new.layout, &announced, writer)
    }

    fn written(&self, new: &NewSstable, written: Written) -> Result<()> {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, descriptors)) = begun.get_mut(&new.layout.id()) {
            descriptors.push(Descriptor::new(&written.directory, written.version, written.id));
        }
        Ok(())
    }
}

impl Store {
    /// Takes what a replay writes.
    pub fn replay_installer(&self) -> ReplayInstaller<'_> {
        ReplayInstaller { store: self, begun: Mutex::default() }
    }

    /// The stretches of this node's commit log that the SSTables of a table have; none if there is no such table.
    pub fn flushed_intervals(&self, id: TableId) -> Option<IntervalSet> {
        let tables = self.tables.load();
        let mut flushed = IntervalSet::default();
        for sstable in &tables.by_id.get(&id)?.sstables {
            if let Some(intervals) = self.own_intervals(sstable.live()) {
                intervals.intervals().iter().for_each(|one| flushed.insert(*one));
            }
        }
        Some(flushed)
    }

    /// The stretches of this node's commit log that an SSTable has; none if another node wrote it.
    pub(super) fn own_intervals<'a>(&self, sstable: &'a LiveSstable) -> Option<&'a IntervalSet> {
        let stats = &sstable.sstable().statistics().stats;
        let is_own = stats.originating_host_id.is_some() && stats.originating_host_id == self.host_id();
        is_own.then_some(&stats.commit_log_intervals)
    }

    /// The greatest id of a segment of this node that an SSTable names.
    pub fn greatest_segment_id(&self) -> Option<i64> {
        let tables = self.tables.load();
        let sstables = tables.by_id.values().flat_map(|view| &view.sstables);
        let ends =
            sstables.filter_map(|one| self.own_intervals(one.live()).and_then(IntervalSet::upper_bound));
        ends.map(|end| end.segment_id).max()
    }

    /// Puts a mutation of the commit log into memtables, but for the tables of which `is_passed` says that they have it.
    /// Values of counters that are none are left out, as a replay does.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn apply_logged(&self, mutation: &Mutation, is_passed: impl Fn(TableId) -> bool) -> Result<()> {
        let tables = self.tables.load();
        let sequence = self.sequencer.begin();
        let mut applied = Ok(());
        for update in mutation.updates() {
            if let Some(view) = tables.by_id.get(&update.table_id())
                && !is_passed(update.table_id())
            {
                let memtable = &view.active.memtable;
                applied = applied.and(update.has_unmergeable_counters().and_then(|is_unmergeable| {
                    if is_unmergeable { Ok(()) } else { memtable.apply(update, sequence) }
                }));
            }
        }
        self.sequencer.end(sequence);
        applied
    }

    /// Whether the SSTables of all tables are those in their directories, and all could be opened.
    pub fn shows_all_files(&self) -> bool {
        self.has_all_files() && self.tables.load().by_id.values().all(|view| view.table.quarantine.is_empty())
    }

    /// Whether the SSTables of all tables are still those in their directories.
    pub fn has_all_files(&self) -> bool {
        let tables = self.tables.load();
        tables.by_id.values().all(|view| {
            self.live_set(&view.table.directory).is_ok_and(|now| {
                let is_known =
                    |one: &Descriptor| view.sstables.iter().any(|known| known.live().descriptor() == one);
                let is_known =
                    |one: &Descriptor| one.is_index() || is_known(one) || !view.table.quarantine.is_empty();
                now.sstables.iter().all(is_known) && now.sstables.len() >= view.sstables.len()
            })
        })
    }

    /// The directory of a table, to be written to.
    pub(super) fn output(&self, table: &TableStore) -> Arc<dyn OutputDirectory> {
        Arc::new(FsDirectory::new(Arc::clone(&self.fs), table.directory.clone()))
    }

    /// Begins an SSTable that was announced.
    pub(super) fn sstable_writer(
        &self,
        table: &TableStore,
        layout: &TableLayout,
        descriptor: &Descriptor,
        (header, estimated_keys, intervals): (SerializationHeader, u64, IntervalSet),
    ) -> Result<SstableWriter> {
        let partitioner = layout.partitioner();
        let options = self.writer_options(table, partitioner, estimated_keys, intervals);
        let (version, id) = (descriptor.version(), descriptor.id().clone());
        SstableWriter::new(self.output(table), version, id, header, partitioner.clone(), options)
    }
}
