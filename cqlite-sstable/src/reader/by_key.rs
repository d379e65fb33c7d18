//! Reading single partitions and stretches of them.

use std::path::PathBuf;
use std::sync::Arc;

use super::lookup::{FilterAnswer, Located, Lookup, LookupState, RowsPlace, SearchKey};
use super::slice_rows::SliceRows;
use super::{Cursor, Direction, Slice};
use crate::encoding::RowLayout;
use crate::error::{Error, Result};
use crate::row::{ClusteringOrder, Partition, RowItem};

/// Finds partitions by their keys, through the bloom filter and the index of the SSTable, and reads slices of
/// them through the index of their rows. Made by [`super::Sstable::reader`]; each thread has its own.
///
/// # Example
/// ```no_run
/// use cqlite_sstable::reader::{Direction, ReaderOptions, Slice, Sstable};
/// let sstable = Sstable::open("shop/orders-3f9a/nb-1-big-Data.db")?;
/// let mut reader = sstable.reader(ReaderOptions::default())?;
/// if reader.find(&42_i32.to_be_bytes())? {
///     let mut newest_first = reader.slice(Slice::all(), Direction::Reversed)?;
///     while newest_first.advance_unfiltered()? {
///         println!("{:?}", newest_first.unfiltered());
///     }
/// }
/// # Ok::<(), cqlite_sstable::Error>(())
/// ```
pub struct Reader {
    lookup: Arc<Lookup>,
    state: LookupState,
    cursor: Cursor,
    layout: Arc<RowLayout>,
    order: ClusteringOrder,
    data_path: PathBuf,
    rows: RowsPlace,
    /// Whether the cursor is at a partition that was found.
    found: bool,
    /// The index was seen to begin with the same key as the data.
    index_is_checked: bool,
}

impl Reader {
    pub(super) fn new(
        lookup: Arc<Lookup>,
        state: LookupState,
        cursor: Cursor,
        layout: Arc<RowLayout>,
        order: ClusteringOrder,
        data_path: PathBuf,
    ) -> Self {
        let (rows, found, index_is_checked) = (RowsPlace::None, false, false);
        Self { lookup, state, cursor, layout, order, data_path, rows, found, index_is_checked }
    }

    /// Looks for the partition with this serialized key. If it is there, [`Reader::cursor`] stands at its head,
    /// and [`Reader::slice`] reads of it.
    ///
    /// # Errors
    /// A failed read, damage, or an index that does not belong to the data.
    pub fn find(&mut self, key: &[u8]) -> Result<bool> {
        self.find_key(&SearchKey::new(key))
    }

    /// As [`Reader::find`], for a key that is looked for in several SSTables.
    ///
    /// # Errors
    /// As [`Reader::find`].
    pub fn find_key(&mut self, key: &SearchKey<'_>) -> Result<bool> {
        self.found = false;
        let Some(mut located) = self.lookup.find(key, &mut self.state)? else {
            if self.filter_answer() != FilterAnswer::Absent {
                self.check_absence()?;
            }
            return Ok(false);
        };
        while !self.is_at(&located, key)? {
            if !located.is_candidate {
                return Err(self.wrong_place(located.position));
            }
            match self.lookup.find_beyond(key, &mut self.state)? {
                Some(beyond) => located = beyond,
                None => return Ok(false),
            }
        }
        self.rows = located.rows;
        self.found = true;
        Ok(true)
    }

    /// What the filter said of the key that was looked for last.
    pub fn filter_answer(&self) -> FilterAnswer {
        self.state.filter_answer()
    }

    /// Goes to the partition at a place and says whether it has this key.
    fn is_at(&mut self, located: &Located, key: &SearchKey<'_>) -> Result<bool> {
        self.cursor.seek_partition(located.position).map_err(|error| self.blame_index(error))?;
        self.cursor.end_at(located.position.saturating_add(1));
        if !self.cursor.advance_partition()? {
            return Err(self.wrong_place(located.position));
        }
        Ok(self.cursor.partition().key == key.bytes())
    }

    /// The cursor, which stands at the head of the partition that was found last: it moves over all of that
    /// partition and no further.
    pub fn cursor(&mut self) -> &mut Cursor {
        &mut self.cursor
    }

    /// The partition that was found last, as long as the cursor stands at its head.
    pub fn partition(&self) -> Partition<'_> {
        self.cursor.partition()
    }

    /// The cell or complex deletion of the static row that the cursor moved to last.
    pub fn item(&self) -> RowItem<'_> {
        self.cursor.item()
    }

    /// The rows and markers of a slice of the partition that was found last. It can be called again for another
    /// slice.
    ///
    /// # Errors
    /// If no partition was found before, or the index of its rows cannot be read.
    pub fn slice(&mut self, slice: Slice, direction: Direction) -> Result<SliceRows<'_>> {
        if !self.found {
            return Err(Error::invalid_input("no partition was found of which a slice can be read"));
        }
        let rows_start = self.cursor.rows_position().saturating_sub(self.cursor.partition_position());
        let index = self.lookup.row_index(self.rows, rows_start, &self.layout)?;
        SliceRows::new(&mut self.cursor, index, &self.order, slice, direction)
    }

    /// How clusterings are compared.
    pub fn order(&self) -> &ClusteringOrder {
        &self.order
    }

    /// What was found wrong with index and filter since the last call, without keeping a key from being found:
    /// each was answered by making the component anew in memory.
    pub fn take_warnings(&self) -> Vec<Error> {
        self.lookup.take_warnings()
    }

    /// An index that has no such key may be that of another table: then it begins with another key than the data.
    /// Or the key is damaged in the index: then it is one of the two around the place of the right one.
    fn check_absence(&mut self) -> Result<()> {
        self.cursor.end_at(u64::MAX);
        let neighbors = self.state.unproven_neighbors();
        if !self.index_is_checked {
            self.index_is_checked = true;
            let first = self.lookup.first_key()?.unwrap_or_default();
            self.check_key(&first, 0)?;
        }
        for (key, position) in neighbors {
            self.check_key(&key, position)?;
        }
        Ok(())
    }

    fn check_key(&mut self, key: &[u8], position: u64) -> Result<()> {
        self.cursor.seek_partition(position).map_err(|error| self.blame_index(error))?;
        if self.cursor.advance_partition()? && self.cursor.partition().key == key {
            return Ok(());
        }
        Err(Error::corrupt(format!("its key for position {position} is not the one that Data.db has there"))
            .at(self.lookup.path())
            .advise("it is of another SSTable, or damaged: restore it, or scan the data"))
    }

    fn wrong_place(&self, position: u64) -> Error {
        self.blame_index(
            Error::corrupt(format!(
                "it leads to position {position} of the data, but no such partition begins there"
            ))
            .at(self.lookup.path()),
        )
    }

    fn blame_index(&self, error: Error) -> Error {
        error
            .at(&self.data_path)
            .advise("the index is damaged or of another SSTable: restore the SSTable from a snapshot or replica, or scan it")
    }
}
