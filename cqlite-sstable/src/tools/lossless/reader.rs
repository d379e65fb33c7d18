//! The lines behind the header, read back.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use super::line::{Line, LineParser, ParsedItem};
use super::read_header::LosslessHeader;
use crate::component::Component;
use crate::error::{Error, ErrorKind, Result};
use crate::row::{
    ClusteringBuffer, DeletionTime, Marker, OwnedRow, Partition, Row, RowItem, Unfiltered,
    UnfilteredPartitions,
};
use crate::tools::line::next_line;

/// The longest line: a cell of 512 MiB, twice of what Cassandra allows a value to have by default.
const LINE_LIMIT_BYTES: usize = 1024 * 1024 * 1024;

/// Reads the lossless form as a source of partitions, for the [`LosslessHeader::serialization`] that it begins with.
/// One line is in memory at a time, however long a row is.
///
/// The order of partitions, rows and cells is whatever the text has; the writer that drains the source checks it, and
/// [`LosslessReader::located`] tells in which line it found it wrong.
///
/// # Example
/// ```
/// use cqlite_sstable::row::UnfilteredPartitions as _;
/// use cqlite_sstable::tools::lossless::LosslessReader;
/// const TYPES: &str = "org.apache.cassandra.db.marshal";
/// let text = format!(
///     "{{\"cqlite_lossless\":1,\"version\":\"oa\",\"partitioner\":\"Murmur3Partitioner\",\"key_type\":\
///      \"{TYPES}.Int32Type\",\"clustering_types\":[],\"static_columns\":[],\"regular_columns\":[]}}\n\
///      {{\"partition\":{{\"key\":\"0000002a\"}}}}\n"
/// );
/// let mut reader = LosslessReader::open(text.as_bytes(), "rows.jsonl")?;
/// assert!(reader.advance_partition()?);
/// assert_eq!(reader.partition().key, [0, 0, 0, 42]);
/// assert!(!reader.advance_partition()?);
/// # Ok::<(), cqlite_sstable::Error>(())
/// ```
#[derive(Debug)]
pub struct LosslessReader<R> {
    lines: Lines<R>,
    header: LosslessHeader,
    parser: LineParser,
    /// A line that was read to see what it is.
    ahead: Option<(u64, Line)>,
    /// The number of the line of what the source stands on.
    line_number: u64,
    /// The number of the line that the items are in.
    items_line_number: u64,
    /// A line `partition` was read.
    has_partition: bool,
    key: Vec<u8>,
    partition_deletion: DeletionTime,
    unknown_deletions: u64,
    current: Current,
    row: OwnedRow,
    marker: MarkerParts,
    items: Vec<ParsedItem>,
    /// The item moved to last is the one in front of this index.
    next_item: usize,
    /// The row goes on in the next line.
    more: bool,
}

/// What the source stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Current {
    Nothing,
    Static,
    Row,
    Marker,
}

/// One end of a range of deleted rows.
#[derive(Debug, Clone)]
pub(super) struct MarkerParts {
    pub(super) kind: crate::row::ClusteringKind,
    pub(super) clustering: ClusteringBuffer,
    pub(super) deletion: DeletionTime,
    pub(super) opened: Option<DeletionTime>,
}

#[derive(Debug)]
struct Lines<R> {
    input: R,
    path: PathBuf,
    line: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// Reads the next line that is not empty, and parses it; none at the end.
    fn next<T>(&mut self, parse: impl FnOnce(&str) -> Result<T, String>) -> Result<Option<T>> {
        loop {
            let place = (self.path.as_path(), self.number.saturating_add(1));
            if !next_line(&mut self.input, LINE_LIMIT_BYTES, &mut self.line, place)? {
                return Ok(None);
            }
            self.number = self.number.saturating_add(1);
            if !self.line.trim_ascii().is_empty() {
                break;
            }
        }
        let text = std::str::from_utf8(&self.line).map_err(|_| self.error("it is not UTF-8"))?;
        parse(text).map(Some).map_err(|message| self.error(&message))
    }

    #[cold]
    fn error(&self, message: &str) -> Error {
        Error::corrupt(format!("line {}: {message}", self.number)).at(&self.path)
    }
}

impl<R: BufRead> LosslessReader<R> {
    /// Reads the header. `path` is for error messages.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Corrupt`] with the number of the line if it is no header, here and with all that is read
    /// later; [`crate::ErrorKind::Unsupported`] if the form is newer than this reader.
    pub fn open(input: R, path: impl AsRef<Path>) -> Result<Self> {
        let mut lines = Lines { input, path: path.as_ref().to_owned(), line: Vec::new(), number: 0 };
        let header = lines.next(LosslessHeader::parse)?;
        let header = header.ok_or_else(|| lines.error("there is no header"))?;
        let header = header.map_err(|error| error.at(&lines.path))?;
        Ok(Self {
            lines,
            parser: LineParser::new(&header.serialization),
            header,
            ahead: None,
            line_number: 1,
            items_line_number: 1,
            has_partition: false,
            key: Vec::new(),
            partition_deletion: DeletionTime::LIVE,
            unknown_deletions: 0,
            current: Current::Nothing,
            row: OwnedRow::default(),
            marker: MarkerParts::default(),
            items: Vec::new(),
            next_item: 0,
            more: false,
        })
    }

    /// What the first line says.
    pub fn header(&self) -> &LosslessHeader {
        &self.header
    }

    /// The partitions so far of which is not known whether they were deleted (`deletion_unknown`). They are shown
    /// as not deleted.
    pub fn unknown_deletions(&self) -> u64 {
        self.unknown_deletions
    }

    /// Takes keys, clusterings, paths and values that are not valid by their types, as damaged SSTables have them.
    /// Without this they are errors: `cqlite verify` would find such an SSTable damaged.
    #[must_use]
    pub fn with_any_values(mut self) -> Self {
        self.parser.take_any_values();
        self
    }

    /// The number of the line that says what the source stands on: the partition, row, marker or item.
    pub fn line_number(&self) -> u64 {
        self.line_number
    }

    /// An error of who drains the source: what is wrong with what it stands on is told with file and line. Others
    /// stay as they are.
    #[must_use]
    pub fn located(&self, error: Error) -> Error {
        let data = Component::Data.to_string();
        let is_of_data = error.path().is_some_and(|path| path.to_string_lossy().ends_with(&data));
        if !is_of_data || !matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) {
            return error;
        }
        let message = format!("line {}: {}", self.line_number, error.message());
        let located = Error::new(error.kind(), message).at(&self.lines.path);
        match error.kind() {
            ErrorKind::Unsupported => located.advise("write another version with --to"),
            _ => located,
        }
    }

    fn read_line(&mut self) -> Result<Option<(u64, Line)>> {
        let (parser, is_static) = (&self.parser, self.current == Current::Static);
        let line = self.lines.next(|text| parser.parse(text, is_static))?;
        Ok(line.map(|line| (self.lines.number, line)))
    }

    /// Passes over the items of the row that are left, and takes the line behind them.
    fn leave_row(&mut self) -> Result<Option<(u64, Line)>> {
        while self.more {
            self.read_more()?;
        }
        self.items.clear();
        self.next_item = 0;
        let line = match self.ahead.take() {
            Some(line) => Some(line),
            None => self.read_line()?,
        };
        if let Some((_, Line::Cells { .. })) = line {
            return Err(self.lines.error("'cells' continue no row: the line before has no \"more\":true"));
        }
        Ok(line)
    }

    /// Reads the line in which the row goes on.
    fn read_more(&mut self) -> Result<()> {
        match self.read_line()? {
            Some((number, Line::Cells { items, more })) => {
                (self.items, self.more, self.next_item) = (items, more, 0);
                self.items_line_number = number;
                Ok(())
            }
            _ => Err(self
                .lines
                .error("the row of the line before is cut off: its \"more\":true promises 'cells'")),
        }
    }

    /// Stands on what a line says.
    fn stand_on(&mut self, number: u64, current: Current) {
        (self.line_number, self.items_line_number) = (number, number);
        self.current = current;
    }

    fn row(&self) -> Row<'_> {
        self.row.as_row(self.current == Current::Static)
    }
}

impl Default for MarkerParts {
    fn default() -> Self {
        Self {
            kind: crate::row::ClusteringKind::InclStartBound,
            clustering: ClusteringBuffer::default(),
            deletion: DeletionTime::LIVE,
            opened: None,
        }
    }
}

impl<R: BufRead> UnfilteredPartitions for LosslessReader<R> {
    fn advance_partition(&mut self) -> Result<bool> {
        loop {
            let line = self.leave_row()?;
            self.current = Current::Nothing;
            match line {
                None => return Ok(false),
                Some((number, Line::Partition { key, deletion, deletion_unknown })) => {
                    self.stand_on(number, Current::Nothing);
                    self.has_partition = true;
                    self.key = key;
                    self.partition_deletion = deletion;
                    self.unknown_deletions =
                        self.unknown_deletions.saturating_add(u64::from(deletion_unknown));
                    break;
                }
                Some(_) if !self.has_partition => {
                    return Err(self
                        .lines
                        .error("it belongs to no partition: a line 'partition' has to come first"));
                }
                // Passed over with the partition that it belongs to; a row's further lines come with it.
                Some((_, Line::Row { is_static, more, .. })) => {
                    self.current = if is_static { Current::Static } else { Current::Row };
                    self.more = more;
                }
                Some(_) => self.current = Current::Row,
            }
        }
        let header = &self.header.serialization;
        if header.static_columns.is_empty() {
            return Ok(true);
        }
        self.row = OwnedRow::default();
        self.ahead = self.read_line()?;
        if let Some((_, Line::Row { is_static: true, .. })) = &self.ahead
            && let Some((number, Line::Row { head, items, more, .. })) = self.ahead.take()
        {
            self.items_line_number = number;
            (self.row, self.items, self.more) = (head, items, more);
        }
        self.current = Current::Static;
        Ok(true)
    }

    fn partition(&self) -> Partition<'_> {
        let static_row = (self.current == Current::Static).then(|| self.row());
        Partition { key: &self.key, deletion: self.partition_deletion, static_row }
    }

    fn advance_unfiltered(&mut self) -> Result<bool> {
        match self.leave_row()? {
            Some((_, Line::Row { is_static: true, .. })) => {
                Err(self.lines.error("a static row has to stand directly behind its partition's line, once"))
            }
            Some((number, Line::Row { head, items, more, .. })) => {
                (self.row, self.items, self.more) = (head, items, more);
                self.stand_on(number, Current::Row);
                Ok(true)
            }
            Some((number, Line::Marker(marker))) => {
                self.marker = marker;
                self.stand_on(number, Current::Marker);
                Ok(true)
            }
            end => {
                self.ahead = end;
                self.current = Current::Nothing;
                Ok(false)
            }
        }
    }

    fn unfiltered(&self) -> Unfiltered<'_> {
        match self.current {
            Current::Marker => Unfiltered::Marker(Marker {
                kind: self.marker.kind,
                clustering: self.marker.clustering.as_clustering(),
                deletion: self.marker.deletion,
                opened: self.marker.opened,
            }),
            _ => Unfiltered::Row(self.row()),
        }
    }

    fn advance_item(&mut self) -> Result<bool> {
        while self.next_item >= self.items.len() {
            if !self.more {
                return Ok(false);
            }
            self.read_more()?;
        }
        self.next_item = self.next_item.saturating_add(1);
        self.line_number = self.items_line_number;
        Ok(true)
    }

    fn item(&self) -> RowItem<'_> {
        const NONE: RowItem<'_> = RowItem::ComplexDeletion { column: 0, deletion: DeletionTime::LIVE };
        let item = self.next_item.checked_sub(1).and_then(|index| self.items.get(index));
        item.map_or(NONE, |item| match &item.deletion {
            Some(deletion) => RowItem::ComplexDeletion { column: item.column, deletion: *deletion },
            None => RowItem::Cell(item.as_cell()),
        })
    }
}
