//! The pull cursor over the rows of an SSTable.

mod around_damage;
mod seek;
mod source;
mod stand;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use crate::encoding::{
    Bytes, CellParts, ColumnLayout, ColumnSet, DecodeError, MarkerHeader, RowHeader, RowLayout,
    UnfilteredKind, read_complex_header,
};
use crate::error::{Error, Result};
use crate::io::{Checksum, Window};
use crate::row::{Cell, ClusteringBuffer, DeletionTime, Marker, Partition, Row, RowItem, Unfiltered};
use crate::types::CqlType;

/// A row up to this size is made contiguous as a whole; of a larger one, each cell.
const CONTIGUOUS_ROW_BYTES: u64 = 128 * 1024;

/// No key and no clustering with what stands around it is longer, by far: Cassandra allows 64 KiB for each. A
/// length that says more is not believed, and not read.
const HEAD_LIMIT_BYTES: usize = 4 * 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a partition, or behind the last.
    Between,
    /// In a partition, before an unfiltered.
    Unfiltered,
    /// In a row.
    Row,
}

/// Moves over the partitions of an SSTable, their unfiltereds, and the cells of their rows, each in two steps:
/// `advance_..` moves, a second method borrows what is there. What is not asked for is skipped by its size.
///
/// Nothing is allocated for a row or a cell. One cell is contiguous at a time, and one clustering, never a row.
///
/// # Example
/// ```no_run
/// use cqlite_sstable::reader::{RowItem, ScanOptions, Sstable};
/// let sstable = Sstable::open("shop/orders-3f9a/nb-1-big-Data.db")?;
/// let mut cursor = sstable.scan(ScanOptions::default())?;
/// let mut value_bytes = 0;
/// while cursor.advance_partition()? {
///     while cursor.advance_unfiltered()? {
///         while cursor.advance_item()? {
///             if let RowItem::Cell(cell) = cursor.item() {
///                 value_bytes += cell.value.len();
///             }
///         }
///     }
/// }
/// # Ok::<(), cqlite_sstable::Error>(())
/// ```
pub struct Cursor {
    layout: Arc<RowLayout>,
    place: Place,
    window: Window,
    wanted: Option<ColumnSet>,
    /// No partition that begins here or behind is moved to.
    end: u64,
    state: State,
    key: Vec<u8>,
    deletion: DeletionTime,
    partition_position: u64,
    rows_position: u64,
    partitions: u64,
    clustering: ClusteringBuffer,
    marker: Option<MarkerHeader>,
    row: RowHeader,
    /// Where the row or marker moved to last begins.
    row_start: u64,
    row_end: u64,
    /// Where its size says that the row moved to last ends.
    stated_row_end: u64,
    columns: ColumnSet,
    /// Cells of the current complex column that are still to come.
    complex_left: usize,
    complex_column: usize,
    item: Item,
    /// The next item was already moved to, to find out whether the row has any.
    item_is_ahead: bool,
}

#[derive(Debug)]
enum Item {
    ComplexDeletion(usize, DeletionTime),
    /// The cell's ranges count from `base` in the window's buffer.
    Cell {
        column: usize,
        parts: CellParts,
        base: usize,
    },
}

/// What errors name.
pub(super) struct Place {
    pub(super) path: PathBuf,
    pub(super) key_type: CqlType,
}

impl Cursor {
    pub(super) fn new(
        layout: Arc<RowLayout>,
        window: Window,
        place: Place,
        wanted: Option<ColumnSet>,
    ) -> Self {
        let row = RowHeader {
            is_static: false,
            liveness: None,
            deletion: DeletionTime::LIVE,
            shadowable_deletion: DeletionTime::LIVE,
            has_complex_deletions: false,
            length: 0,
        };
        Self {
            layout,
            place,
            window,
            wanted,
            end: u64::MAX,
            state: State::Between,
            key: Vec::new(),
            deletion: DeletionTime::LIVE,
            partition_position: 0,
            rows_position: 0,
            partitions: 0,
            clustering: ClusteringBuffer::default(),
            marker: None,
            row,
            row_start: 0,
            row_end: 0,
            stated_row_end: 0,
            columns: ColumnSet::default(),
            complex_left: 0,
            complex_column: 0,
            item: Item::ComplexDeletion(0, DeletionTime::LIVE),
            item_is_ahead: false,
        }
    }

    /// Moves to the next partition, over what is left of the current one. False at the end of the data.
    ///
    /// # Errors
    /// A failed read, a checksum that does not match, or bytes that contradict the format, with file, offset
    /// and partition. The cursor must not be used further then.
    pub fn advance_partition(&mut self) -> Result<bool> {
        while self.state != State::Between {
            self.advance_unfiltered()?;
        }
        if self.window.at_end() || self.window.position() >= self.end {
            return Ok(false);
        }
        self.partition_position = self.window.position();
        let layout = Arc::clone(&self.layout);
        let mut key = std::mem::take(&mut self.key);
        let deletion = self.decode(|bytes| {
            key.clear();
            key.extend_from_slice(bytes.short_prefixed()?);
            layout.deltas.partition_deletion(bytes)
        });
        self.key = key;
        self.deletion = deletion?;
        self.partitions = self.partitions.saturating_add(1);
        self.state = State::Unfiltered;
        self.rows_position = self.window.position();
        if !layout.statics.is_empty() {
            self.read_static_row()?;
        }
        Ok(true)
    }

    fn read_static_row(&mut self) -> Result<()> {
        if self.peek_kind()? != UnfilteredKind::Row {
            return Err(self.corrupt("the static row is missing"));
        }
        self.start_row(true)?;
        self.rows_position = self.row_end;
        Ok(())
    }

    /// The partition moved to last.
    pub fn partition(&self) -> Partition<'_> {
        let has_static = !self.layout.statics.is_empty() && self.row.is_static;
        Partition { key: &self.key, deletion: self.deletion, static_row: has_static.then(|| self.row()) }
    }

    /// How many partitions were moved to so far.
    pub fn partitions(&self) -> u64 {
        self.partitions
    }

    /// Moves to the next row or marker of the partition, over what is left of the current row. False at the
    /// end of the partition. Rows with nothing in them, left by dropped columns, are passed over as Cassandra
    /// does.
    ///
    /// # Errors
    /// As [`Cursor::advance_partition`].
    pub fn advance_unfiltered(&mut self) -> Result<bool> {
        while self.advance_any_unfiltered()? {
            if self.marker.is_some() || !self.row.is_bare() || self.has_item()? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// As [`Cursor::advance_unfiltered`], to rows with nothing in them, too.
    pub(super) fn advance_any_unfiltered(&mut self) -> Result<bool> {
        match self.state {
            State::Between => return Ok(false),
            State::Row => self.skip_row()?,
            State::Unfiltered => {}
        }
        match self.peek_kind()? {
            UnfilteredKind::End => {
                self.window.consume(1);
                self.state = State::Between;
                return Ok(false);
            }
            UnfilteredKind::Marker => self.read_marker()?,
            UnfilteredKind::Row => self.start_row(false)?,
        }
        Ok(true)
    }

    /// The row or marker moved to last.
    pub fn unfiltered(&self) -> Unfiltered<'_> {
        match &self.marker {
            None => Unfiltered::Row(self.row()),
            Some(marker) => Unfiltered::Marker(Marker {
                kind: marker.kind,
                clustering: self.clustering.as_clustering(),
                deletion: marker.deletion,
                opened: marker.opened,
            }),
        }
    }

    /// The row that the cursor is in: the static one after [`Cursor::advance_partition`], or that of
    /// [`Cursor::unfiltered`].
    pub fn current_row(&self) -> Option<Row<'_>> {
        (self.state != State::Between && self.marker.is_none()).then(|| self.row())
    }

    fn row(&self) -> Row<'_> {
        Row {
            is_static: self.row.is_static,
            clustering: self.clustering.as_clustering(),
            liveness: self.row.liveness,
            deletion: self.row.deletion,
            shadowable_deletion: self.row.shadowable_deletion,
        }
    }

    fn peek_kind(&mut self) -> Result<UnfilteredKind> {
        match self.layout.takes_any_idle_bits {
            false => self.decode_ahead(UnfilteredKind::peek),
            true => self.decode_ahead(UnfilteredKind::peek_with_idle_bits),
        }
    }

    fn read_marker(&mut self) -> Result<()> {
        let layout = Arc::clone(&self.layout);
        let mut values = std::mem::take(&mut self.clustering);
        self.row_start = self.window.position();
        let marker = self.decode(|bytes| MarkerHeader::read(bytes, &layout, &mut values));
        self.clustering = values;
        self.marker = Some(marker?);
        self.row_end = self.window.position();
        Ok(())
    }

    fn start_row(&mut self, is_static: bool) -> Result<()> {
        let start = self.window.position();
        let header = loop {
            let mut bytes = Bytes::new(self.window.bytes());
            match RowHeader::read(&mut bytes, &self.layout, &mut self.clustering, &mut self.columns) {
                Ok(header) => {
                    let length = bytes.position();
                    self.window.consume(length);
                    break header;
                }
                Err(error) => self.retry(error)?,
            }
        };
        if header.is_static != is_static {
            return Err(self.corrupt_at(start, "a static row stands where none can be, or is missing"));
        }
        self.marker = None;
        self.row = header;
        self.row_start = start;
        self.stated_row_end = start.saturating_add(header.length);
        self.row_end = match self.layout.takes_any_idle_bits {
            false => self.stated_row_end,
            true => self.window.data_length(),
        };
        if self.row_end > self.window.data_length() || self.row_end < self.window.position() {
            return Err(self.corrupt_at(start, "the size of a row does not fit the data"));
        }
        self.complex_left = 0;
        self.item_is_ahead = false;
        self.state = State::Row;
        Ok(())
    }

    fn skip_row(&mut self) -> Result<()> {
        self.window.skip_to(self.row_end).map_err(|error| self.locate(error))?;
        self.item_is_ahead = false;
        self.state = State::Unfiltered;
        Ok(())
    }

    /// Whether the row has a cell or a complex deletion. It is not lost by asking.
    ///
    /// # Errors
    /// As [`Cursor::advance_partition`].
    pub fn has_item(&mut self) -> Result<bool> {
        if !self.item_is_ahead {
            self.item_is_ahead = self.advance_item()?;
        }
        Ok(self.item_is_ahead)
    }

    /// Moves to the next cell or complex deletion of the row, or of the static row after
    /// [`Cursor::advance_partition`]. False at the end of the row, and where there is no row.
    ///
    /// # Errors
    /// As [`Cursor::advance_partition`].
    #[inline]
    pub fn advance_item(&mut self) -> Result<bool> {
        if self.item_is_ahead {
            self.item_is_ahead = false;
            return Ok(true);
        }
        if self.state != State::Row {
            return Ok(false);
        }
        loop {
            if self.complex_left > 0 {
                let column = self.complex_column;
                self.complex_left = self.complex_left.saturating_sub(1);
                // A complex cell's value has its length in front, whatever the element's type is.
                let layout = ColumnLayout { value: crate::encoding::ValueLength::Prefixed, complex: true };
                self.read_cell(column, layout)?;
                if self.wants(column) {
                    return Ok(true);
                }
                continue;
            }
            let Some(column) = self.columns.first() else { return self.end_row() };
            if let Some(wanted) = &self.wanted
                && !self.row.is_static
                && !self.columns.intersects(wanted)
            {
                self.skip_row()?;
                return Ok(false);
            }
            self.columns.remove_first();
            let Some(layout) = self.layout.columns(self.row.is_static).get(column) else {
                return Err(self.corrupt("a row names a column that the header does not have"));
            };
            if layout.complex {
                if self.start_complex(column)? {
                    return Ok(true);
                }
            } else {
                self.read_cell(column, layout)?;
                if self.wants(column) {
                    return Ok(true);
                }
            }
        }
    }

    /// The cell or complex deletion moved to last.
    #[inline]
    pub fn item(&self) -> RowItem<'_> {
        match &self.item {
            Item::ComplexDeletion(column, deletion) => {
                RowItem::ComplexDeletion { column: *column, deletion: *deletion }
            }
            Item::Cell { column, parts, base } => {
                let slice = |range: &Range<usize>| {
                    self.window.slice(base.saturating_add(range.start), base.saturating_add(range.end))
                };
                RowItem::Cell(Cell {
                    column: *column,
                    timestamp: parts.timestamp,
                    ttl_seconds: parts.ttl_seconds,
                    local_deletion_time_seconds: parts.local_deletion_time_seconds,
                    path: parts.path.as_ref().map(slice),
                    value: slice(&parts.value),
                })
            }
        }
    }

    #[inline]
    fn wants(&self, column: usize) -> bool {
        self.row.is_static || self.wanted.as_ref().is_none_or(|wanted| wanted.contains(column))
    }

    /// Reads a complex column's deletion and count. True if it has a deletion that is not live, and is wanted.
    fn start_complex(&mut self, column: usize) -> Result<bool> {
        let layout = Arc::clone(&self.layout);
        let has_deletion = self.row.has_complex_deletions;
        let (deletion, count) =
            self.decode(|bytes| read_complex_header(bytes, &layout.deltas, has_deletion))?;
        self.complex_column = column;
        self.complex_left = count;
        self.item = Item::ComplexDeletion(column, deletion);
        Ok(!deletion.is_live() && self.wants(column))
    }

    #[inline]
    fn read_cell(&mut self, column: usize, layout: ColumnLayout) -> Result<()> {
        loop {
            let mut bytes = Bytes::new(self.window.bytes());
            let (deltas, liveness) = (&self.layout.deltas, self.row.liveness.as_ref());
            let read = match self.layout.takes_any_idle_bits {
                false => CellParts::read(&mut bytes, layout, deltas, liveness),
                true => CellParts::read_with_idle_bits(&mut bytes, layout, deltas, liveness),
            };
            match read {
                Ok(parts) => {
                    let length = bytes.position();
                    self.item = Item::Cell { column, parts, base: self.window.place() };
                    self.window.consume(length);
                    if self.window.position() > self.row_end {
                        return Err(self.corrupt("a cell runs past the end of its row"));
                    }
                    return Ok(());
                }
                Err(error) => self.retry_in_row(error)?,
            }
        }
    }

    fn end_row(&mut self) -> Result<bool> {
        if self.layout.takes_any_idle_bits {
            self.row_end = self.window.position();
        }
        if self.window.position() != self.row_end {
            return Err(self.corrupt("a row does not end where its size says"));
        }
        self.state = State::Unfiltered;
        Ok(false)
    }

    /// Decodes from the current position, with as many bytes as it takes, and moves behind them.
    fn decode<T>(&mut self, mut read: impl FnMut(&mut Bytes<'_>) -> Result<T, DecodeError>) -> Result<T> {
        loop {
            let mut bytes = Bytes::new(self.window.bytes());
            match read(&mut bytes) {
                Ok(decoded) => {
                    let length = bytes.position();
                    self.window.consume(length);
                    return Ok(decoded);
                }
                Err(error) => self.retry(error)?,
            }
        }
    }

    /// As [`Self::decode`], but stays where it is.
    #[inline]
    fn decode_ahead<T>(&mut self, read: impl Fn(&Bytes<'_>) -> Result<T, DecodeError>) -> Result<T> {
        loop {
            match read(&Bytes::new(self.window.bytes())) {
                Ok(decoded) => return Ok(decoded),
                Err(error) => self.retry(error)?,
            }
        }
    }

    /// Gets the bytes that another attempt at something with a key or clustering needs, or says why there can
    /// be none.
    #[cold]
    fn retry(&mut self, error: DecodeError) -> Result<()> {
        match error {
            DecodeError::Short { needed } if needed > HEAD_LIMIT_BYTES => {
                Err(self.corrupt(&format!("a key or clustering is said to have {needed} bytes")))
            }
            other => self.retry_any_length(other),
        }
    }

    fn retry_any_length(&mut self, error: DecodeError) -> Result<()> {
        match error {
            DecodeError::Short { needed } => {
                self.window.require(needed).map_err(|error| self.locate(error))?;
                if self.window.bytes().len() < needed {
                    return Err(self.corrupt("the data ends in the middle of a partition"));
                }
                Ok(())
            }
            DecodeError::Invalid(what) => Err(self.corrupt(what)),
        }
    }

    /// As [`Self::retry`], within the bounds of the row: a length that leads out of it is not believed.
    #[cold]
    fn retry_in_row(&mut self, error: DecodeError) -> Result<()> {
        let left = self.row_end.saturating_sub(self.window.position());
        match error {
            DecodeError::Short { needed } if needed as u64 > left => {
                Err(self.corrupt("a cell runs past the end of its row"))
            }
            DecodeError::Short { needed } => {
                // Most rows fit: then this is the only time that one of their cells comes up short.
                let whole_row = left.min(CONTIGUOUS_ROW_BYTES) as usize;
                self.retry_any_length(DecodeError::Short { needed: needed.max(whole_row) })
            }
            invalid @ DecodeError::Invalid(_) => self.retry_any_length(invalid),
        }
    }

    /// At the end of the data: reads what may still be behind it.
    pub(crate) fn finish(&mut self) -> Result<()> {
        self.window.finish().map_err(|error| self.locate(error))
    }

    /// The checksum of the stored bytes read so far, if it is computed.
    pub(crate) fn digest(&self) -> Option<Checksum> {
        self.window.digest()
    }

    /// Where in the uncompressed data the row or marker moved to last begins.
    pub(crate) fn unfiltered_position(&self) -> u64 {
        self.row_start
    }

    /// Where in the uncompressed data the cursor is: between two partitions, where the next one begins.
    pub(crate) fn position(&self) -> u64 {
        self.window.position()
    }

    pub(super) fn corrupt(&self, what: &str) -> Error {
        self.corrupt_at(self.window.position(), what)
    }

    pub(crate) fn corrupt_at(&self, position: u64, what: &str) -> Error {
        let error = Error::corrupt(format!("{what}, at position {position} of the uncompressed data"));
        self.locate(error.advise("restore the SSTable from a snapshot or replica"))
    }

    /// Adds file and partition.
    fn locate(&self, error: Error) -> Error {
        let error = error.at(&self.place.path);
        // There is none yet, or it is the key itself that cannot be read.
        if self.key.is_empty() {
            return error;
        }
        let mut key = Vec::new();
        match crate::types::write_string(&self.place.key_type, &self.key, &mut key) {
            Ok(()) => error.partition(String::from_utf8_lossy(&key)),
            Err(_) => {
                let mut hex = b"0x".to_vec();
                crate::types::push_hex(&self.key, &mut hex);
                error.partition(String::from_utf8_lossy(&hex))
            }
        }
    }
}
