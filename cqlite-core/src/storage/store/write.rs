//! The write path.

use std::sync::{Arc, PoisonError};
use std::time::Instant;

use cqlite_sstable::{Error, ErrorKind, Result};

use super::admission::LONGEST_WAIT;
use super::begun_write::BegunWrite;
use super::view::Tables;
use super::{Commit, Health, Store};
use crate::storage::TableId;
use crate::storage::commitlog::{self, CommitLog, LogEntry};
use crate::storage::mutation::{Batch, Decoded, MessagingVersion, Mutation, TableLayout};
use crate::sync::RwLockReadGuard;

/// After so many writes it is said anew what no reader asks for any more.
const WRITES_BETWEEN_ADVANCES: u64 = 64;

const MAKE_ANEW: &str = "make it anew by the table as it is now";

impl Store {
    /// Makes the changes of a batch: all of them or none, also for readers and after a power cut. When it returns, readers
    /// see it; it is acknowledged when [`Commit::wait`] returns.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] if a mutation or the batch is too large for the commit log, a key is empty, the value of a counter
    /// is none, or a table or column is not there any more; [`ErrorKind::Unsupported`] if a table is a view or has views; [`ErrorKind::Output`] if no writes are taken ([`Store::health`]). Then nothing was changed.
    pub fn submit(&self, batch: &Batch) -> Result<Commit> {
        self.health.check_writable()?;
        if batch.is_empty() {
            return Ok(Commit::of(None));
        }
        self.admit(batch.bytes())?;
        let begun = self.writes.begin();
        let commit = self.make(batch.mutations())?;
        self.writes.end(begun);
        self.flush_if_full();
        Ok(commit)
    }

    /// As [`Store::submit`], for a single mutation.
    ///
    /// # Errors
    /// As [`Store::submit`].
    pub fn submit_one(&self, mutation: &Mutation) -> Result<Commit> {
        self.health.check_writable()?;
        self.admit(mutation.bytes().len() as u64)?;
        let begun = self.writes.begin();
        let commit = self.make(std::slice::from_ref(mutation))?;
        self.writes.end(begun);
        self.flush_if_full();
        Ok(commit)
    }

    fn admit(&self, bytes: u64) -> Result<()> {
        self.watch_disk_for(bytes);
        let (mut held, budget) = (self.held.unflushed_bytes(), self.memtable_budget());
        if held >= budget {
            self.wait_for_room()?;
            held = self.held.unflushed_bytes();
        }
        self.admission.admit(bytes, held, budget);
        Ok(())
    }

    /// Waits while the memory for memtables is full, until a flush that begins now has ended.
    #[cold]
    fn wait_for_room(&self) -> Result<()> {
        let (start, ended) = (Instant::now(), self.flush_queue.ended_count());
        // That which is under way may end as well.
        let enough = ended.saturating_add(2);
        loop {
            if let Some(cause) = self.flush_failure() {
                let told = format!("the memory for memtables is full, and they cannot be flushed: {cause}");
                return Err(Error::new(ErrorKind::Output, told));
            }
            self.health.check_writable()?;
            self.flush_if_full();
            let count = self.flush_queue.ended_count();
            let has_room = self.held.unflushed_bytes() < self.memtable_budget();
            // Without its threads nobody makes room.
            if has_room || count >= enough || self.scheduler.get().is_none() || self.is_stopping() {
                break;
            }
            self.flush_queue.wait_for_end(count, LONGEST_WAIT);
        }
        self.admission.waited(start.elapsed());
        Ok(())
    }

    fn make(&self, mutations: &[Mutation]) -> Result<Commit> {
        let gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        self.health.check_writable()?;
        self.make_behind(gate, mutations)
    }

    /// Makes a write that takes another one back, also where no writes are taken as there is too little room.
    ///
    /// # Errors
    /// As [`Store::submit`]: whether the other one lasts is not known then, and no writes are taken any more.
    pub fn take_back(&self, mutation: &Mutation) -> Result<Commit> {
        let gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        let made = self.make_behind(gate, std::slice::from_ref(mutation));
        made.inspect_err(|error| self.set_health(Health::ReadOnly { cause: error.to_string() }))
    }

    fn make_behind(&self, gate: RwLockReadGuard<'_, ()>, mutations: &[Mutation]) -> Result<Commit> {
        let tables = self.tables.load();
        let of_now;
        let mutations = match renewed(mutations, &tables)? {
            None => mutations,
            Some(renewed) => {
                of_now = renewed;
                &of_now
            }
        };
        let logged = match self.log.get() {
            None => None,
            Some(log) => Some(append(log, mutations).inspect_err(|error| self.note_room(error))?),
        };
        let begun = BegunWrite::begin(self);
        let sequence = begun.sequence();
        let applied = apply(mutations, &tables, sequence);
        begun.end();
        drop(gate);
        if sequence.is_multiple_of(WRITES_BETWEEN_ADVANCES) {
            self.readers.advance();
        }
        if let Err(error) = &applied {
            // The log has what the memtables have not.
            self.set_health(Health::ReadOnly { cause: error.to_string() });
        }
        applied.map(|()| Commit::of(logged))
    }
}

fn append(log: &CommitLog, mutations: &[Mutation]) -> Result<commitlog::Commit> {
    if let [mutation] = mutations {
        let ids = table_ids(mutation);
        return log.append(&[LogEntry { mutation: mutation.bytes(), tables: ids.as_slice() }]);
    }
    let ids: Vec<TableIds> = mutations.iter().map(table_ids).collect();
    let entries = mutations.iter().zip(&ids);
    let entries = entries.map(|(one, ids)| LogEntry { mutation: one.bytes(), tables: ids.as_slice() });
    log.append(&entries.collect::<Vec<_>>())
}

fn apply(mutations: &[Mutation], tables: &Tables, sequence: u64) -> Result<()> {
    for update in mutations.iter().flat_map(Mutation::updates) {
        tables.get(update.table_id())?.active.memtable.apply(update, sequence)?;
    }
    Ok(())
}

/// The tables of a mutation: mostly one.
enum TableIds {
    One([TableId; 1]),
    Many(Vec<TableId>),
}

impl TableIds {
    fn as_slice(&self) -> &[TableId] {
        match self {
            Self::One(one) => one,
            Self::Many(many) => many,
        }
    }
}

fn table_ids(mutation: &Mutation) -> TableIds {
    let mut updates = mutation.updates();
    match (updates.next(), updates.next()) {
        (Some(only), None) => TableIds::One([only.table_id()]),
        _ => TableIds::Many(mutation.updates().map(|update| update.table_id()).collect()),
    }
}

/// The mutations by the tables as they are now, if one was made by an earlier schema. What memtables could not take is
/// refused, as the log must not have it.
fn renewed(mutations: &[Mutation], tables: &Tables) -> Result<Option<Vec<Mutation>>> {
    let mut is_of_now = true;
    for update in mutations.iter().flat_map(Mutation::updates) {
        let table = tables.get(update.table_id())?;
        if table.is_leaving {
            return Err(dropped());
        }
        is_of_now &= Arc::ptr_eq(update.layout(), &table.layout);
        update.check_loggable()?;
        if table.table.settings.load().is_of_view {
            return Err(of_view(&table.layout));
        }
    }
    if is_of_now {
        return Ok(None);
    }
    mutations.iter().map(|mutation| renew(mutation, tables)).collect::<Result<_>>().map(Some)
}

#[cold]
fn of_view(layout: &TableLayout) -> Error {
    let told = "a table that is a view or has views can only be written by a node";
    Error::unsupported(told).at(layout.full_name())
}

#[cold]
fn renew(mutation: &Mutation, tables: &Tables) -> Result<Mutation> {
    let layout = |id: TableId| -> Option<Arc<TableLayout>> {
        tables.by_id.get(&id).map(|table| Arc::clone(&table.layout))
    };
    if let Some(of_then) = mutation
        .updates()
        .find(|update| !layout(update.table_id()).is_some_and(|now| update.is_laid_out_for(&now)))
    {
        let told = "the write names a column that has another type since it was made";
        return Err(Error::invalid_input(told).at(of_then.layout().full_name()).advise(MAKE_ANEW));
    }
    match Mutation::decode(mutation.bytes().to_owned(), MessagingVersion::default(), layout)? {
        // The log would have what the memtable has not, and show it were there such a column again.
        Decoded::Mutation(renewed) if renewed.updates().any(|update| update.head.list.has_dropped()) => {
            let told = "the write names a column that was dropped since it was made";
            Err(Error::invalid_input(told).advise(MAKE_ANEW))
        }
        Decoded::Mutation(renewed) => Ok(renewed),
        _ => Err(dropped()),
    }
}

#[cold]
fn dropped() -> Error {
    Error::invalid_input("a table of the write was dropped")
}
