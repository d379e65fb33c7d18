//! An SSTable that is part of a table.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use cqlite_sstable::Result;
use cqlite_sstable::component::statistics::CoveredClusterings;
use cqlite_sstable::io::ChunkCache;
use cqlite_sstable::partitioner::Token;
use cqlite_sstable::reader::{Reader, ReaderOptions, SearchKey, Slice, Sstable};
use cqlite_sstable::row::ClusteringOrder;

use super::Removal;
use crate::storage::compaction::executor::LiveSstable;
use crate::storage::mutation::TableLayout;
use crate::storage::read::ColumnMap;

/// So many readers of one SSTable are kept for the next lookups.
const KEPT_READERS: usize = 8;

/// An SSTable that is part of a table, as long as any view has it, with readers for lookups in it.
pub struct TableSstable {
    /// In boxes, as they are moved in and out all the time.
    #[expect(clippy::vec_box, reason = "a reader is large, and moved twice for each lookup")]
    readers: Mutex<Vec<Box<Reader>>>,
    cache: ChunkCache,
    /// A schema of the table, and which of its columns those of the SSTable are.
    known_layout: OnceLock<(Arc<TableLayout>, Arc<ColumnMap>)>,
    /// Behind the readers: its files may go with it.
    live: Arc<LiveSstable>,
}

impl TableSstable {
    pub(super) fn new(live: Arc<LiveSstable>, cache: ChunkCache) -> Self {
        Self { readers: Mutex::default(), cache, known_layout: OnceLock::new(), live }
    }

    /// It, as compactions know it.
    pub fn live(&self) -> &Arc<LiveSstable> {
        &self.live
    }

    /// It, to be read.
    pub fn sstable(&self) -> &Sstable {
        self.live.sstable()
    }

    /// Whether a key of this token may be in it, by its first and last one.
    #[inline]
    pub(in crate::storage) fn spans(&self, token: &Token) -> bool {
        self.live.first().token <= *token && *token <= self.live.last().token
    }

    /// The greatest timestamp in it.
    #[inline]
    pub(in crate::storage) fn max_timestamp(&self) -> i64 {
        self.sstable().statistics().stats.max_timestamp
    }

    /// Whether it may have anything that counts for slices of a partition: rows of them or ranges that meet them, a deletion of
    /// the whole partition, or a static row if that is wanted.
    pub(in crate::storage) fn meets(
        &self,
        slices: &[Slice],
        wants_statics: bool,
        order: &ClusteringOrder,
    ) -> bool {
        let stats = &self.sstable().statistics().stats;
        let CoveredClusterings::Slice { start, end } = &stats.covered_clusterings else { return true };
        let (start, end) =
            ((start.kind, start.values.as_clustering()), (end.kind, end.values.as_clustering()));
        stats.has_partition_level_deletions
            || (wants_statics && !self.sstable().header().static_columns.is_empty())
            || slices.iter().any(|slice| {
                order.compare(slice.start.as_prefix(), end).is_le()
                    && order.compare(start, slice.end.as_prefix()).is_le()
            })
    }

    /// A reader, to be given back by being dropped.
    ///
    /// # Errors
    /// As [`Sstable::reader`].
    pub(in crate::storage) fn reader(self: &Arc<Self>) -> Result<LentReader> {
        let kept = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = match kept {
            Some(reader) => reader,
            None => {
                let options = ReaderOptions { cache: Some(self.cache.clone()), ..ReaderOptions::default() };
                Box::new(self.live.sstable().reader(options)?)
            }
        };
        Ok(LentReader { sstable: Arc::clone(self), reader: Some(reader), is_at_head: false, is_sound: true })
    }

    /// Which columns of a table its own are.
    pub(in crate::storage) fn column_map(&self, layout: &Arc<TableLayout>) -> Arc<ColumnMap> {
        let map = || Arc::new(ColumnMap::of_header(self.sstable().header(), layout));
        let (known, columns) = self.known_layout.get_or_init(|| (Arc::clone(layout), map()));
        if Arc::ptr_eq(known, layout) { Arc::clone(columns) } else { map() }
    }

    /// It was replaced: when nobody reads it any more, its files go.
    pub(super) fn replace(&self, removal: Arc<Removal>) {
        self.live.replace(removal);
    }
}

impl fmt::Debug for TableSstable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TableSstable({})", self.live.descriptor().stem())
    }
}

/// A reader of an SSTable, lent to one thread.
pub(in crate::storage) struct LentReader {
    sstable: Arc<TableSstable>,
    reader: Option<Box<Reader>>,
    /// Whether it stands at the head of the partition that was found last.
    is_at_head: bool,
    is_sound: bool,
}

impl LentReader {
    /// The SSTable.
    pub(in crate::storage) fn sstable(&self) -> &Arc<TableSstable> {
        &self.sstable
    }

    /// As [`Reader::find_key`].
    pub(in crate::storage) fn find(&mut self, key: &SearchKey<'_>) -> Result<bool> {
        // One that fails is not used again.
        self.is_sound = false;
        self.is_at_head = self.deref_mut().find_key(key)?;
        self.is_sound = true;
        Ok(self.is_at_head)
    }

    /// Whether it stands at the head of the partition that was found last.
    pub(in crate::storage) fn is_at_head(&self) -> bool {
        self.is_at_head
    }

    /// The rows of the partition are about to be read.
    pub(in crate::storage) fn leave_head(&mut self) {
        self.is_at_head = false;
    }
}

/// # Panics
/// Never: the reader is there until it is given back.
#[expect(clippy::expect_used, reason = "it is there until it is dropped")]
impl Deref for LentReader {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        self.reader.as_ref().expect("there until it is dropped")
    }
}

#[expect(clippy::expect_used, reason = "it is there until it is dropped")]
impl DerefMut for LentReader {
    fn deref_mut(&mut self) -> &mut Reader {
        self.reader.as_mut().expect("there until it is dropped")
    }
}

impl Drop for LentReader {
    fn drop(&mut self) {
        let Some(reader) = self.reader.take().filter(|_| self.is_sound) else { return };
        let mut readers = self.sstable.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < KEPT_READERS {
            readers.push(reader);
        }
    }
}
