//! One of the places in which a partition is.

use cqlite_sstable::Result;
use cqlite_sstable::reader::{Cursor, Direction, Slice, SliceRows};
use cqlite_sstable::row::{DeletionTime, Marker, Partition, RowItem, Unfiltered, UnfilteredPartitions};

use crate::storage::memtable::MemtableRows;
use crate::storage::store::LentReader;

/// What a memtable or an SSTable has of a partition, or of the partitions of a range.
pub(super) enum Source<'r> {
    /// Of a memtable.
    Memtable(Box<MemtableRows>),
    /// All of a partition of an SSTable.
    Whole { cursor: &'r mut Cursor, is_entered: bool },
    /// A slice of a partition of an SSTable.
    Slice(Box<SliceSource<'r>>),
    /// The partitions of a range of tokens of an SSTable.
    Scan(Box<Cursor>),
}

impl<'r> Source<'r> {
    /// A slice of the partition that the reader has found; all of it if none is given.
    pub(super) fn of_found(reader: &'r mut LentReader, slice: Option<&Slice>) -> Self {
        match slice {
            None => Self::Whole { cursor: reader.cursor(), is_entered: false },
            Some(slice) => Self::Slice(Box::new(SliceSource::new(reader, slice.clone()))),
        }
    }
}

/// A slice of a partition: first its head, by the cursor, and then the rows.
pub(super) struct SliceSource<'r> {
    stage: Stage<'r>,
    slice: Slice,
    is_entered: bool,
    key: Vec<u8>,
    deletion: DeletionTime,
}

enum Stage<'r> {
    Head(&'r mut LentReader),
    Rows(Box<SliceRows<'r>>),
    End,
}

impl<'r> SliceSource<'r> {
    fn new(reader: &'r mut LentReader, slice: Slice) -> Self {
        let partition = reader.partition();
        let (key, deletion) = (partition.key.to_owned(), partition.deletion);
        Self { stage: Stage::Head(reader), slice, is_entered: false, key, deletion }
    }

    fn partition(&self) -> Partition<'_> {
        match &self.stage {
            Stage::Head(reader) => reader.partition(),
            _ => Partition { key: &self.key, deletion: self.deletion, static_row: None },
        }
    }

    fn advance_unfiltered(&mut self) -> Result<bool> {
        if matches!(self.stage, Stage::Head(_))
            && let Stage::Head(reader) = std::mem::replace(&mut self.stage, Stage::End)
        {
            self.stage = Stage::Rows(Box::new(reader.slice(self.slice.clone(), Direction::Forward)?));
        }
        match &mut self.stage {
            Stage::Rows(rows) => rows.advance_unfiltered(),
            _ => Ok(false),
        }
    }

    /// Only asked for where there are rows.
    fn unfiltered(&self) -> Unfiltered<'_> {
        match &self.stage {
            Stage::Rows(rows) => rows.unfiltered(),
            _ => {
                let (kind, clustering) = self.slice.end.as_prefix();
                Unfiltered::Marker(Marker { kind, clustering, deletion: DeletionTime::LIVE, opened: None })
            }
        }
    }

    fn item(&self) -> RowItem<'_> {
        match &self.stage {
            Stage::Head(reader) => reader.item(),
            Stage::Rows(rows) => rows.item(),
            Stage::End => RowItem::ComplexDeletion { column: usize::MAX, deletion: DeletionTime::LIVE },
        }
    }

    fn advance_item(&mut self) -> Result<bool> {
        match &mut self.stage {
            Stage::Head(reader) => reader.cursor().advance_item(),
            Stage::Rows(rows) => rows.advance_item(),
            Stage::End => Ok(false),
        }
    }
}

impl UnfilteredPartitions for Source<'_> {
    #[inline]
    fn advance_partition(&mut self) -> Result<bool> {
        match self {
            Self::Memtable(rows) => rows.advance_partition(),
            Self::Whole { is_entered, .. } => Ok(!std::mem::replace(is_entered, true)),
            Self::Slice(slice) => Ok(!std::mem::replace(&mut slice.is_entered, true)),
            Self::Scan(cursor) => cursor.advance_partition(),
        }
    }

    #[inline]
    fn partition(&self) -> Partition<'_> {
        match self {
            Self::Memtable(rows) => rows.partition(),
            Self::Whole { cursor, .. } => cursor.partition(),
            Self::Slice(slice) => slice.partition(),
            Self::Scan(cursor) => cursor.partition(),
        }
    }

    #[inline]
    fn advance_unfiltered(&mut self) -> Result<bool> {
        match self {
            Self::Memtable(rows) => rows.advance_unfiltered(),
            Self::Whole { cursor, .. } => cursor.advance_unfiltered(),
            Self::Slice(slice) => slice.advance_unfiltered(),
            Self::Scan(cursor) => cursor.advance_unfiltered(),
        }
    }

    #[inline]
    fn unfiltered(&self) -> Unfiltered<'_> {
        match self {
            Self::Memtable(rows) => rows.unfiltered(),
            Self::Whole { cursor, .. } => cursor.unfiltered(),
            Self::Slice(slice) => slice.unfiltered(),
            Self::Scan(cursor) => cursor.unfiltered(),
        }
    }

    #[inline]
    fn advance_item(&mut self) -> Result<bool> {
        match self {
            Self::Memtable(rows) => rows.advance_item(),
            Self::Whole { cursor, .. } => cursor.advance_item(),
            Self::Slice(slice) => slice.advance_item(),
            Self::Scan(cursor) => cursor.advance_item(),
        }
    }

    #[inline]
    fn item(&self) -> RowItem<'_> {
        match self {
            Self::Memtable(rows) => rows.item(),
            Self::Whole { cursor, .. } => cursor.item(),
            Self::Slice(slice) => slice.item(),
            Self::Scan(cursor) => cursor.item(),
        }
    }
}
