//! Rows, range tombstone markers and cells (`db.rows.UnfilteredSerializer`, `Cell.Serializer`).
//!
//! ```text
//! row    := flags [extended flags] clustering [uvint size  uvint previous size]
//!           [liveness] [deletion] [shadowable deletion of ScyllaDB] [columns] column*
//! marker := 0x02 bound  [uvint size  uvint previous size]  deletion [deletion]
//! column := cell | [deletion] uvint count cell*
//! cell   := flags [timestamp] [local deletion time] [ttl] [path] [value]
//! ```
//! The two sizes stand in SSTables alone. What travels between nodes, and lies in the commit log, has none: it is read by
//! `read_unsized`.
//!
//! Each function decodes from a slice that may end too early: it then says how much more it needs, and is
//! called again from the same place.

use std::ops::Range;

use super::clustering::read_clustering_with_idle_bits;
use super::{Bytes, ColumnLayout, ColumnSet, DecodeError, Deltas, RowLayout, read_bound, read_clustering};
use crate::row::{ClusteringBuffer, ClusteringKind, DeletionTime, Liveness};

pub(super) const END_OF_PARTITION: u8 = 0x01;
pub(super) const IS_MARKER: u8 = 0x02;
pub(super) const HAS_TIMESTAMP: u8 = 0x04;
pub(super) const HAS_TTL: u8 = 0x08;
pub(super) const HAS_DELETION: u8 = 0x10;
pub(super) const HAS_ALL_COLUMNS: u8 = 0x20;
pub(super) const HAS_COMPLEX_DELETION: u8 = 0x40;
pub(super) const HAS_EXTENSION: u8 = 0x80;

pub(super) const IS_STATIC: u8 = 0x01;
pub(super) const HAS_SHADOWABLE_DELETION: u8 = 0x02;
/// ScyllaDB alone writes this: behind the deletion stands another one, which is shadowable.
const HAS_SHADOWABLE_DELETION_OF_SCYLLA: u8 = 0x80;

pub(super) const CELL_IS_DELETED: u8 = 0x01;
pub(super) const CELL_IS_EXPIRING: u8 = 0x02;
pub(super) const CELL_HAS_EMPTY_VALUE: u8 = 0x04;
pub(super) const CELL_USES_ROW_TIMESTAMP: u8 = 0x08;
pub(super) const CELL_USES_ROW_TTL: u8 = 0x10;
const CELL_FLAGS: u8 = 0x1F;

/// What stands at a place of a partition where an unfiltered begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnfilteredKind {
    /// The partition ends here.
    End,
    /// A row.
    Row,
    /// A range tombstone marker.
    Marker,
}

impl UnfilteredKind {
    /// Tells by the flags.
    ///
    /// # Errors
    /// If there is no byte, or one that Cassandra never writes: the flags of an end or a marker stand alone.
    #[inline]
    pub fn peek(bytes: &Bytes<'_>) -> Result<Self, DecodeError> {
        let flags = bytes.peek().ok_or(DecodeError::Short { needed: bytes.position().saturating_add(1) })?;
        match flags {
            END_OF_PARTITION => Ok(Self::End),
            IS_MARKER => Ok(Self::Marker),
            _ if flags & (END_OF_PARTITION | IS_MARKER) == 0 => Ok(Self::Row),
            _ => Err(DecodeError::Invalid("the flags of a row or marker are none that exist")),
        }
    }

    /// As [`Self::peek`], passing over flags beside those of an end or a marker, as Cassandra does.
    ///
    /// # Errors
    /// If there is no byte.
    pub fn peek_with_idle_bits(bytes: &Bytes<'_>) -> Result<Self, DecodeError> {
        let flags = bytes.peek().ok_or(DecodeError::Short { needed: bytes.position().saturating_add(1) })?;
        Ok(match flags {
            _ if flags & END_OF_PARTITION != 0 => Self::End,
            _ if flags & IS_MARKER != 0 => Self::Marker,
            _ => Self::Row,
        })
    }
}

/// A row as far as it stands in front of its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowHeader {
    /// Whether it is the static row.
    pub is_static: bool,
    /// The liveness of the primary key; none if the row was only updated.
    pub liveness: Option<Liveness>,
    /// The deletion of the row.
    pub deletion: DeletionTime,
    /// A deletion that newer liveness takes away (materialized views of Cassandra 3 and of ScyllaDB); live if the
    /// row's own liveness does so (`Row.Deletion.isShadowedBy`).
    pub shadowable_deletion: DeletionTime,
    /// Whether each complex column begins with a deletion.
    pub has_complex_deletions: bool,
    /// Where the row ends, counted from its first byte; [`u64::MAX`] where no size is stored.
    pub length: u64,
}

impl RowHeader {
    /// Whether it tells nothing without its columns.
    #[inline]
    pub fn is_bare(&self) -> bool {
        self.liveness.is_none() && self.deletion.is_live() && self.shadowable_deletion.is_live()
    }

    /// Decodes a row up to its columns, with its clustering and the set of its columns.
    ///
    /// # Errors
    /// If the bytes end early or contradict the format.
    #[inline]
    pub fn read(
        bytes: &mut Bytes<'_>,
        layout: &RowLayout,
        clustering: &mut ClusteringBuffer,
        columns: &mut ColumnSet,
    ) -> Result<Self, DecodeError> {
        Self::read_as::<true>(bytes, layout, &layout.deltas, clustering, columns)
    }

    /// As [`RowHeader::read`], of a row without the two sizes, as messages and the commit log have it. Its times are
    /// relative to `deltas`, whatever those of the layout are.
    ///
    /// # Errors
    /// As [`RowHeader::read`].
    #[inline]
    pub fn read_unsized(
        bytes: &mut Bytes<'_>,
        layout: &RowLayout,
        deltas: &Deltas,
        clustering: &mut ClusteringBuffer,
        columns: &mut ColumnSet,
    ) -> Result<Self, DecodeError> {
        Self::read_as::<false>(bytes, layout, deltas, clustering, columns)
    }

    #[inline]
    fn read_as<const SIZED: bool>(
        bytes: &mut Bytes<'_>,
        layout: &RowLayout,
        deltas: &Deltas,
        clustering: &mut ClusteringBuffer,
        columns: &mut ColumnSet,
    ) -> Result<Self, DecodeError> {
        let start = bytes.position();
        let flags = bytes.u8()?;
        let extended = if flags & HAS_EXTENSION != 0 { bytes.u8()? } else { 0 };
        let known = IS_STATIC | HAS_SHADOWABLE_DELETION | HAS_SHADOWABLE_DELETION_OF_SCYLLA;
        if extended & !known != 0 && !layout.takes_any_idle_bits {
            return Err(DecodeError::Invalid("the extended flags of a row are none that exist"));
        }
        let is_static = extended & IS_STATIC != 0;
        if is_static {
            clustering.clear();
        } else if layout.takes_any_idle_bits {
            read_clustering_with_idle_bits(bytes, &layout.clustering, clustering)?;
        } else {
            read_clustering(bytes, &layout.clustering, clustering)?;
        }
        let mut length = u64::MAX;
        if SIZED {
            let size = bytes.uvint()?;
            let before_size = bytes.position().saturating_sub(start) as u64;
            length = before_size.saturating_add(size);
            bytes.uvint()?;
        }
        let liveness = if flags & HAS_TIMESTAMP != 0 {
            Some(deltas.liveness(bytes, flags & HAS_TTL != 0)?)
        } else {
            None
        };
        let (deletion, mut shadowable_deletion) = read_deletions(bytes, deltas, flags, extended)?;
        if liveness.is_some_and(|liveness| liveness.timestamp > shadowable_deletion.marked_for_delete_at) {
            shadowable_deletion = DeletionTime::LIVE;
        }
        let count = layout.columns(is_static).len();
        if flags & HAS_ALL_COLUMNS != 0 {
            columns.fill(count);
        } else {
            columns.read_subset(bytes, count)?;
        }
        Ok(Self {
            is_static,
            liveness,
            deletion,
            shadowable_deletion,
            has_complex_deletions: flags & HAS_COMPLEX_DELETION != 0,
            length,
        })
    }
}

/// The deletion of a row, and the one that newer liveness takes away. Cassandra writes one of them, and a flag that
/// tells which; ScyllaDB both, one behind the other.
#[inline]
fn read_deletions(
    bytes: &mut Bytes<'_>,
    deltas: &Deltas,
    flags: u8,
    extended: u8,
) -> Result<(DeletionTime, DeletionTime), DecodeError> {
    if flags & HAS_DELETION == 0 && extended & HAS_SHADOWABLE_DELETION_OF_SCYLLA == 0 {
        return Ok((DeletionTime::LIVE, DeletionTime::LIVE));
    }
    let mut deletion = DeletionTime::LIVE;
    if flags & HAS_DELETION != 0 {
        deletion = deltas.deletion_time(bytes)?;
        if extended & HAS_SHADOWABLE_DELETION != 0 {
            return Ok((DeletionTime::LIVE, deletion));
        }
    }
    if extended & HAS_SHADOWABLE_DELETION_OF_SCYLLA == 0 {
        return Ok((deletion, DeletionTime::LIVE));
    }
    Ok((deletion, deltas.deletion_time(bytes)?))
}

/// A range tombstone marker; its values are in the buffer it was read with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkerHeader {
    /// Which side of its values it is on, and whether it opens, closes, or both.
    pub kind: ClusteringKind,
    /// The deletion of the bound; of a boundary, what it closes.
    pub deletion: DeletionTime,
    /// What a boundary opens.
    pub opened: Option<DeletionTime>,
}

impl MarkerHeader {
    /// Decodes a whole marker.
    ///
    /// # Errors
    /// If the bytes end early, contradict the format, or do not have the stated size.
    pub fn read(
        bytes: &mut Bytes<'_>,
        layout: &RowLayout,
        values: &mut ClusteringBuffer,
    ) -> Result<Self, DecodeError> {
        bytes.u8()?;
        let kind = read_bound(bytes, &layout.clustering, values)?;
        let size = bytes.uvint()?;
        let body = bytes.position();
        bytes.uvint()?;
        let marker = Self::read_deletions(bytes, kind, &layout.deltas)?;
        if bytes.position().saturating_sub(body) as u64 != size && !layout.takes_any_idle_bits {
            return Err(DecodeError::Invalid("a range tombstone marker does not have its stated size"));
        }
        Ok(marker)
    }

    /// As [`MarkerHeader::read`], of a marker without the two sizes: see [`RowHeader::read_unsized`].
    ///
    /// # Errors
    /// If the bytes end early or contradict the format.
    pub fn read_unsized(
        bytes: &mut Bytes<'_>,
        layout: &RowLayout,
        deltas: &Deltas,
        values: &mut ClusteringBuffer,
    ) -> Result<Self, DecodeError> {
        bytes.u8()?;
        let kind = read_bound(bytes, &layout.clustering, values)?;
        Self::read_deletions(bytes, kind, deltas)
    }

    fn read_deletions(
        bytes: &mut Bytes<'_>,
        kind: ClusteringKind,
        deltas: &Deltas,
    ) -> Result<Self, DecodeError> {
        let deletion = deltas.deletion_time(bytes)?;
        let opened = if kind.is_boundary() { Some(deltas.deletion_time(bytes)?) } else { None };
        Ok(Self { kind, deletion, opened })
    }
}

/// A cell, with its bytes as ranges of the slice that it was decoded from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CellParts {
    /// The write time in microseconds.
    pub timestamp: i64,
    /// The time to live, or 0.
    pub ttl_seconds: i32,
    /// See [`crate::row::Cell::local_deletion_time_seconds`].
    pub local_deletion_time_seconds: i64,
    /// The path, for complex columns.
    pub path: Option<Range<usize>>,
    /// The value.
    pub value: Range<usize>,
}

impl CellParts {
    /// Decodes one cell.
    ///
    /// # Errors
    /// If the bytes end early or contradict the format.
    #[inline]
    pub fn read(
        bytes: &mut Bytes<'_>,
        column: ColumnLayout,
        deltas: &Deltas,
        row: Option<&Liveness>,
    ) -> Result<Self, DecodeError> {
        let flags = bytes.u8()?;
        if flags == CELL_USES_ROW_TIMESTAMP
            && !column.complex
            && let Some(row) = row
        {
            let value = column.value.read(bytes)?;
            return Ok(Self {
                timestamp: row.timestamp,
                ttl_seconds: 0,
                local_deletion_time_seconds: crate::row::NO_DELETION_TIME,
                path: None,
                value: range_of(bytes, value),
            });
        }
        Self::read_any(bytes, column, deltas, row, flags)
    }

    /// As [`CellParts::read`], passing over flags that do not exist, as Cassandra does.
    ///
    /// # Errors
    /// As [`CellParts::read`], but for the flags.
    pub fn read_with_idle_bits(
        bytes: &mut Bytes<'_>,
        column: ColumnLayout,
        deltas: &Deltas,
        row: Option<&Liveness>,
    ) -> Result<Self, DecodeError> {
        let flags = bytes.u8()? & CELL_FLAGS;
        Self::read_any(bytes, column, deltas, row, flags)
    }

    fn read_any(
        bytes: &mut Bytes<'_>,
        column: ColumnLayout,
        deltas: &Deltas,
        row: Option<&Liveness>,
        flags: u8,
    ) -> Result<Self, DecodeError> {
        const NO_LIVENESS: DecodeError =
            DecodeError::Invalid("a cell refers to a row liveness that is not there");
        if flags & !CELL_FLAGS != 0 {
            return Err(DecodeError::Invalid("the flags of a cell are none that exist"));
        }
        let timestamp = if flags & CELL_USES_ROW_TIMESTAMP != 0 {
            row.ok_or(NO_LIVENESS)?.timestamp
        } else {
            deltas.timestamp(bytes)?
        };
        let (local_deletion_time_seconds, ttl_seconds) = if flags & CELL_USES_ROW_TTL != 0 {
            let row = row.ok_or(NO_LIVENESS)?;
            (row.expires_at_seconds, row.ttl_seconds)
        } else {
            deltas.cell_expiry(bytes, flags & CELL_IS_DELETED != 0, flags & CELL_IS_EXPIRING != 0)?
        };
        let path = if column.complex {
            let path = bytes.vint_prefixed()?;
            Some(range_of(bytes, path))
        } else {
            None
        };
        let value = if flags & CELL_HAS_EMPTY_VALUE != 0 { &[] } else { column.value.read(bytes)? };
        let value = range_of(bytes, value);
        Ok(Self { timestamp, ttl_seconds, local_deletion_time_seconds, path, value })
    }
}

/// Where `taken`, which was taken last, lies in the slice.
#[inline]
fn range_of(bytes: &Bytes<'_>, taken: &[u8]) -> Range<usize> {
    let end = bytes.position();
    end.saturating_sub(taken.len())..end
}

/// The start of a complex column in a row: its deletion, and how many cells follow.
///
/// # Errors
/// If the bytes end early or the count is negative.
pub fn read_complex_header(
    bytes: &mut Bytes<'_>,
    deltas: &Deltas,
    has_deletion: bool,
) -> Result<(DeletionTime, usize), DecodeError> {
    let deletion = if has_deletion { deltas.complex_deletion(bytes)? } else { DeletionTime::LIVE };
    Ok((deletion, bytes.length()?))
}
