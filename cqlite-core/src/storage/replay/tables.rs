//! What a replay knows of tables.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use cqlite_sstable::Partitioner;
use cqlite_sstable::component::statistics::IntervalSet;

use crate::storage::TableId;
use crate::storage::commitlog::CommitLogPosition;
use crate::storage::mutation::TableLayout;

/// A table, and which of its writes need not be replayed.
#[derive(Debug, Clone)]
pub struct ReplayTable {
    /// The table as it is now: what the log holds of columns that were dropped is passed over.
    pub layout: Arc<TableLayout>,
    /// What is in SSTables: the union of the intervals of those that this node wrote.
    pub flushed: IntervalSet,
    /// Where the table was truncated last: writes up to there are gone.
    pub truncated_at: Option<CommitLogPosition>,
}

/// Tells what a table is; none if there is no such table any more.
pub type TableSource<'a> = dyn Fn(TableId) -> Option<ReplayTable> + Sync + 'a;

/// A table that was met in the log. Updates name it by its number.
#[derive(Debug)]
pub(super) struct MetTable {
    pub(super) number: u32,
    pub(super) table: ReplayTable,
}

impl MetTable {
    pub(super) fn layout(&self) -> &Arc<TableLayout> {
        &self.table.layout
    }

    /// By what partitions are sorted first: their tokens, or what orders keys in their place.
    pub(super) fn prefix(&self, key: &[u8]) -> u64 {
        const SIGN: u64 = 1 << 63;
        match self.layout().partitioner() {
            Partitioner::ByteOrdered => first_bytes(key),
            Partitioner::Local(_) => 0,
            hashing => match hashing.token(key) {
                cqlite_sstable::Token::Murmur3(token) => token.cast_unsigned() ^ SIGN,
                cqlite_sstable::Token::Random(token) => token.map_or(0, |token| (token >> 64) as u64),
                _ => 0,
            },
        }
    }
}

fn first_bytes(key: &[u8]) -> u64 {
    let mut first = [0; 8];
    for (into, byte) in first.iter_mut().zip(key) {
        *into = *byte;
    }
    u64::from_be_bytes(first)
}

/// The tables that were met, asked for once each.
pub(super) struct MetTables<'a> {
    source: &'a TableSource<'a>,
    met: RwLock<Met>,
}

#[derive(Default)]
struct Met {
    by_id: HashMap<TableId, Option<Arc<MetTable>>>,
    all: Vec<Arc<MetTable>>,
}

impl<'a> MetTables<'a> {
    pub(super) fn new(source: &'a TableSource<'a>) -> Self {
        Self { source, met: RwLock::default() }
    }

    fn get(&self, id: TableId) -> Option<Arc<MetTable>> {
        if let Some(known) = self.met.read().unwrap_or_else(PoisonError::into_inner).by_id.get(&id) {
            return known.clone();
        }
        let mut met = self.met.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = met.by_id.get(&id) {
            return known.clone();
        }
        let number = u32::try_from(met.all.len()).unwrap_or(u32::MAX);
        let table = (self.source)(id).map(|table| Arc::new(MetTable { number, table }));
        met.all.extend(table.clone());
        met.by_id.insert(id, table.clone());
        table
    }

    /// Those that were met so far, by their numbers.
    pub(super) fn all(&self) -> Vec<Arc<MetTable>> {
        self.met.read().unwrap_or_else(PoisonError::into_inner).all.clone()
    }

    /// All that were met, by their numbers.
    pub(super) fn into_all(self) -> Vec<Arc<MetTable>> {
        self.met.into_inner().unwrap_or_else(PoisonError::into_inner).all
    }
}

/// The tables that one thread met, without a lock.
pub(super) struct TableCache<'a> {
    tables: &'a MetTables<'a>,
    met: HashMap<TableId, Option<CachedTable>>,
    last: Option<(TableId, CachedTable)>,
}

/// A table, and a layout of it that only one thread has.
#[derive(Debug, Clone)]
pub(super) struct CachedTable {
    pub(super) met: Arc<MetTable>,
    pub(super) layout: Arc<TableLayout>,
}

impl CachedTable {
    fn new(met: Arc<MetTable>) -> Self {
        let layout = met.layout().twin().unwrap_or_else(|_| Arc::clone(met.layout()));
        Self { met, layout }
    }
}

impl<'a> TableCache<'a> {
    pub(super) fn new(tables: &'a MetTables<'a>) -> Self {
        Self { tables, met: HashMap::new(), last: None }
    }

    /// The table of an id; none if it is not known.
    pub(super) fn get(&mut self, id: TableId) -> Option<&CachedTable> {
        if self.last.as_ref().is_none_or(|(last, _)| *last != id) {
            let known = || self.tables.get(id).map(CachedTable::new);
            let table = self.met.entry(id).or_insert_with(known).clone();
            self.last = Some((id, table?));
        }
        self.last.as_ref().map(|(_, table)| table)
    }
}
