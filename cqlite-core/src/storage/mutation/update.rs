//! What a mutation changes in one table.

use std::ops::Range;
use std::sync::Arc;

use cqlite_sstable::encoding::{Deltas, EncodingStats};
use cqlite_sstable::row::DeletionTime;

use super::{ColumnList, TableId, TableLayout, UpdateRows};

/// Nothing follows.
pub(super) const IS_EMPTY: u8 = 0x01;
/// Rows come in reverse; never so in a mutation.
pub(super) const IS_REVERSED: u8 = 0x02;
pub(super) const HAS_PARTITION_DELETION: u8 = 0x04;
pub(super) const HAS_STATIC_ROW: u8 = 0x08;
pub(super) const HAS_ROW_COUNT: u8 = 0x10;

/// What stands in front of the rows of an update, and where its parts lie in the bytes of the mutation.
#[derive(Debug, Clone)]
pub(in crate::storage) struct UpdateHead {
    pub(in crate::storage) layout: Arc<TableLayout>,
    pub(in crate::storage) list: Arc<ColumnList>,
    pub(in crate::storage) deltas: Deltas,
    pub(in crate::storage) deletion: DeletionTime,
    /// Where the update begins, with the id of its table.
    pub(super) start: usize,
    /// Where it ends.
    pub(in crate::storage) end: usize,
    pub(super) key: Range<usize>,
    /// Where the static row begins.
    pub(in crate::storage) static_row: Option<usize>,
    /// Where rows and markers begin.
    pub(in crate::storage) rows: usize,
    pub(in crate::storage) row_count: usize,
    pub(in crate::storage) has_markers: bool,
}

impl UpdateHead {
    /// That of an update without anything.
    pub(super) fn new(layout: Arc<TableLayout>, start: usize, key: Range<usize>) -> Self {
        let end = key.end;
        Self {
            list: Arc::clone(layout.all_columns()),
            layout,
            deltas: EncodingStats::default().deltas(false),
            deletion: DeletionTime::LIVE,
            start,
            end,
            key,
            static_row: None,
            rows: end,
            row_count: 0,
            has_markers: false,
        }
    }

    /// The head of the same update when it begins at `start`.
    pub(super) fn moved(&self, start: usize) -> Self {
        let moved = |position: usize| position.saturating_sub(self.start).saturating_add(start);
        let mut head = self.clone();
        head.key = moved(self.key.start)..moved(self.key.end);
        (head.start, head.end, head.rows) = (start, moved(self.end), moved(self.rows));
        head.static_row = self.static_row.map(moved);
        head
    }

    /// Whether it has nothing but its key.
    pub(in crate::storage) fn is_empty(&self) -> bool {
        self.rows == self.key.end
    }
}

/// The changes of one partition of one table (`db.partitions.PartitionUpdate`), borrowed from a
/// [`Mutation`](super::Mutation).
#[derive(Debug, Clone, Copy)]
pub struct PartitionUpdate<'a> {
    pub(in crate::storage) bytes: &'a [u8],
    pub(in crate::storage) head: &'a UpdateHead,
}

impl<'a> PartitionUpdate<'a> {
    /// The table.
    pub fn layout(&self) -> &'a Arc<TableLayout> {
        &self.head.layout
    }

    /// The id of the table.
    pub fn table_id(&self) -> TableId {
        self.head.layout.id()
    }

    /// The serialized partition key.
    pub fn key(&self) -> &'a [u8] {
        self.bytes.get(self.head.key.clone()).unwrap_or_default()
    }

    /// The bytes of the update as they lie in the mutation.
    pub fn encoded(&self) -> &'a [u8] {
        self.bytes.get(self.head.start..self.head.end).unwrap_or_default()
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.head.is_empty()
    }

    /// The deletion of the partition; live if it is not deleted.
    pub fn deletion(&self) -> DeletionTime {
        self.head.deletion
    }

    /// How many rows it has, the static one and range tombstone markers apart.
    pub fn row_count(&self) -> usize {
        self.head.row_count
    }

    /// The least times in it, as far as its bases tell: they may be less than what is there.
    pub fn stats(&self) -> EncodingStats {
        EncodingStats::of(&self.head.deltas)
    }

    /// The names of the static columns that it names, and of the regular ones. It need not have cells of all of them.
    pub fn column_names(&self) -> [Vec<&'a [u8]>; 2] {
        [true, false].map(|is_static| {
            let places = self.head.list.columns(is_static).iter().filter_map(|column| column.place);
            let columns = self.head.layout.header_columns(is_static);
            places.filter_map(|place| columns.get(place)).map(|column| column.name.as_slice()).collect()
        })
    }

    /// Its rows.
    pub fn rows(&self) -> UpdateRows<'a> {
        UpdateRows::new(*self)
    }
}
