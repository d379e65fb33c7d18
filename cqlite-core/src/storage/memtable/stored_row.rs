//! A version of a row as a memtable keeps it.
//!
//! ```text
//! stored row := uvint list, bases, row
//! list       := number of the column list * 2 + whether local deletion times are unsigned
//! ```
//! Bases and row are as in an update, from which they are taken as they are.

use std::sync::Arc;

use cqlite_sstable::encoding::{Bytes, DecodeError, Deltas, read_clustering, write_uvint};
use cqlite_sstable::merge::RowVersion;
use cqlite_sstable::row::{ClusteringBuffer, Row, RowItem};
use cqlite_sstable::{Error, Result};

use crate::storage::mutation::{ColumnList, RowDecoder, TableLayout};

/// Writes what stands in front of the row.
pub(super) fn write_stored_head(list: u32, deltas: &Deltas, out: &mut Vec<u8>) {
    write_uvint((u64::from(list) << 1) | u64::from(deltas.unsigned_deletion_times), out);
    deltas.write_bases(out);
}

/// What stands in front of the row: the list's number, the bases, and where the row begins.
#[inline]
fn read_stored_head(bytes: &[u8]) -> Result<(u32, Deltas, usize), DecodeError> {
    let mut reader = Bytes::new(bytes);
    let list = reader.uvint()?;
    let deltas = Deltas::read_bases(&mut reader, list & 1 != 0)?;
    Ok(((list >> 1) as u32, deltas, reader.position()))
}

/// Reads the clustering of a stored row. Of bytes that cannot be read, which no memtable has, there is none.
pub(super) fn read_stored_clustering(bytes: &[u8], layout: &TableLayout, values: &mut ClusteringBuffer) {
    const HAS_EXTENSION: u8 = 0x80;
    let mut read = || -> Result<(), DecodeError> {
        let (_, _, row) = read_stored_head(bytes)?;
        let mut reader = Bytes::from(bytes, row);
        if reader.u8()? & HAS_EXTENSION != 0 {
            reader.u8()?;
        }
        read_clustering(&mut reader, &layout.all_columns().layout.clustering, values)
    };
    if read().is_err() {
        values.clear();
    }
}

/// The lists of columns that a reader met, so that it looks up each only once.
#[derive(Debug)]
pub(super) struct KnownLists {
    layout: Arc<TableLayout>,
    lists: Vec<Option<Arc<ColumnList>>>,
}

impl KnownLists {
    pub(super) fn new(layout: Arc<TableLayout>) -> Self {
        Self { layout, lists: Vec::new() }
    }

    #[inline]
    fn get(&mut self, number: u32) -> Result<Arc<ColumnList>> {
        if let Some(Some(list)) = self.lists.get(number as usize) {
            return Ok(Arc::clone(list));
        }
        let list = self.layout.numbered_list(number).ok_or_else(|| {
            Error::corrupt("a row in memory names columns that nobody knows").at(self.layout.full_name())
        })?;
        if self.lists.len() <= number as usize {
            self.lists.resize(number as usize + 1, None);
        }
        if let Some(place) = self.lists.get_mut(number as usize) {
            *place = Some(Arc::clone(&list));
        }
        Ok(list)
    }
}

/// A cursor over a stored row, whose bytes it is given each time.
#[derive(Debug, Default)]
pub(super) struct StoredRowCursor {
    decoder: RowDecoder,
    list: Option<Arc<ColumnList>>,
    number: u32,
}

impl StoredRowCursor {
    /// Goes to the front of a row.
    #[inline]
    pub(super) fn start(&mut self, bytes: &[u8], lists: &mut KnownLists) -> Result<()> {
        let (number, deltas, row) = read_stored_head(bytes).map_err(broken)?;
        let list = match &self.list {
            Some(list) if self.number == number => list,
            _ => {
                self.number = number;
                self.list.insert(lists.get(number)?)
            }
        };
        self.decoder.start(bytes, row, list, &deltas).map_err(broken)
    }

    /// Goes to a static row of which nothing is there.
    pub(super) fn start_empty_static(&mut self) {
        self.decoder.start_empty(true);
    }

    /// Whether the row can be shown as it is: nothing of it is hidden, and something is there.
    #[inline]
    pub(super) fn is_plain(&self) -> bool {
        !self.list.as_ref().is_some_and(|list| list.hides_any) && self.decoder.has_content()
    }

    #[inline]
    pub(super) fn row(&self) -> Row<'_> {
        self.decoder.row()
    }

    #[inline]
    pub(super) fn advance_item(&mut self, bytes: &[u8]) -> Result<bool> {
        match &self.list {
            Some(list) => self.decoder.advance_item(bytes, list).map_err(broken),
            None => Ok(false),
        }
    }

    #[inline]
    pub(super) fn item<'a>(&'a self, bytes: &'a [u8]) -> RowItem<'a> {
        self.decoder.item(bytes)
    }
}

#[cold]
fn broken(error: DecodeError) -> Error {
    Error::corrupt(format!("a row in memory cannot be read back: {error}"))
}

/// A stored row with bytes of its own, as a version for a merge.
#[derive(Debug, Default)]
pub(super) struct StoredVersion {
    bytes: Vec<u8>,
    cursor: StoredRowCursor,
}

impl StoredVersion {
    /// Takes over a stored row, and goes to its front.
    pub(super) fn set(&mut self, bytes: &[u8], lists: &mut KnownLists) -> Result<()> {
        self.bytes.clear();
        self.bytes.extend_from_slice(bytes);
        self.cursor.start(&self.bytes, lists)
    }
}

impl RowVersion for StoredVersion {
    fn row(&self) -> Row<'_> {
        self.cursor.row()
    }

    fn advance_item(&mut self) -> Result<bool> {
        self.cursor.advance_item(&self.bytes)
    }

    fn item(&self) -> RowItem<'_> {
        self.cursor.item(&self.bytes)
    }
}
