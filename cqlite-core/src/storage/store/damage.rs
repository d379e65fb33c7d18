//! SSTables that turn out damaged when they are read.

use std::time::Instant;

use cqlite_sstable::{Component, Error, ErrorKind, Result};

use super::troubles::Work;
use super::{LookupTally, Store, TableView};
use crate::storage::compaction::Place;
use crate::storage::read::{Partitions, ReadCommand};

/// No key is greater: it has as many bytes as a key may have.
static GREATEST_KEY: [u8; u16::MAX as usize] = [0xFF; u16::MAX as usize];

impl TableView {
    /// Refuses a read that may ask for what a damaged SSTable has.
    #[inline]
    pub(in crate::storage) fn check_damage(&self, command: &ReadCommand) -> Result<()> {
        if self.table.quarantine.is_empty() { Ok(()) } else { self.check_places(command) }
    }

    #[cold]
    fn check_places(&self, command: &ReadCommand) -> Result<()> {
        let quarantine = &self.table.quarantine;
        let check_key = |key: &Vec<u8>| {
            let place = Place { token: self.layout.partitioner().token(key), key: key.clone() };
            quarantine.check(Some(&place), Some(&place))
        };
        match &command.partitions {
            Partitions::Key(key) => check_key(key),
            Partitions::Keys(keys) => keys.iter().try_for_each(check_key),
            Partitions::Range(range) => {
                let first = range.after.clone().map(|token| Place { token, key: Vec::new() });
                let last = range.through.clone().map(|token| Place { token, key: GREATEST_KEY.to_vec() });
                quarantine.check(first.as_ref(), last.as_ref())
            }
        }
    }
}

impl Store {
    /// If a read failed as an SSTable is damaged, later reads of what it may have say so at once, and it is not compacted.
    pub(in crate::storage) fn note_damage(&self, view: &TableView, error: &Error) {
        let is_damage = matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Missing);
        // What is gone beside a reader was removed by who writes the database.
        let is_removed = self.is_read_only() && error.kind() == ErrorKind::Missing;
        let Some(path) = error.path().filter(|_| is_damage && !is_removed) else { return };
        let is_it = |one: &&std::sync::Arc<super::TableSstable>| {
            Component::ALL.iter().any(|component| one.live().descriptor().file(*component) == path)
        };
        let Some(damaged) = view.sstables.iter().find(is_it) else { return };
        // One that was taken out meanwhile is read by older views alone.
        let tables = self.tables.load();
        let now = tables.by_id.get(&view.table.id);
        if !now.is_some_and(|now| now.sstables.iter().any(|one| std::sync::Arc::ptr_eq(one, damaged))) {
            return;
        }
        let live = damaged.live();
        let range = [live.first().clone(), live.last().clone()];
        view.table.quarantine.add(live.descriptor().clone(), Some(range), error);
        self.note_error(Work::Reading, view.table.id, error);
        if let Some(scheduler) = self.scheduler.get() {
            scheduler.suspect(view.table.id, live.id().clone());
        }
    }

    pub(in crate::storage) fn note_lookup(&self, tally: &LookupTally) {
        self.lookups.add(tally);
    }

    pub(in crate::storage) fn begin_read(&self) -> Option<Instant> {
        self.reads.begin()
    }

    pub(in crate::storage) fn end_read(&self, begun: Option<Instant>) {
        self.reads.end(begun);
    }
}
