//! Where partitions begin, as an index says.

use std::sync::Arc;

use super::Files;
use crate::component::{Component, IndexEntries, PartitionEntries, PartitionPosition, Partitions, Rows};
use crate::error::Result;
use crate::io::SourcePages;
use crate::version::Format;

/// Goes over the positions of all partitions in the uncompressed data, in order, without keys and without reading
/// Data.db. No checksum covers an index: they are what it says.
pub(crate) enum PartitionPositions {
    Big(IndexEntries),
    Bti(Box<BtiPositions>),
}

pub(crate) struct BtiPositions {
    entries: PartitionEntries,
    pages: SourcePages,
    rows: Rows,
    rows_pages: SourcePages,
}

impl PartitionPositions {
    /// Opens the index.
    pub(crate) fn open(files: &dyn Files, format: Format) -> Result<Self> {
        if format == Format::Big {
            return Ok(Self::Big(IndexEntries::new(files.open(Component::Index)?)));
        }
        let (source, rows) = (files.open(Component::Partitions)?, files.open(Component::Rows)?);
        let mut pages = SourcePages::new(Arc::clone(&source));
        let entries = Partitions::open(&*source)?.entries(&mut pages)?;
        let (rows, rows_pages) = (Rows::new(&*rows), SourcePages::new(rows));
        Ok(Self::Bti(Box::new(BtiPositions { entries, pages, rows, rows_pages })))
    }

    /// The next position; none behind the last partition.
    pub(crate) fn next_position(&mut self) -> Result<Option<u64>> {
        match self {
            Self::Big(entries) => Ok(entries.next_entry()?.map(|entry| entry.position)),
            Self::Bti(bti) => bti.next_position(),
        }
    }
}

impl BtiPositions {
    fn next_position(&mut self) -> Result<Option<u64>> {
        let Some(entry) = self.entries.next_entry(&mut self.pages)? else { return Ok(None) };
        match entry.position {
            PartitionPosition::Data(position) => Ok(Some(position)),
            PartitionPosition::Rows(offset) => {
                self.rows.entry(&mut self.rows_pages, offset).map(|entry| Some(entry.data_position))
            }
        }
    }
}
