//! The first and the last partition of an SSTable.

use super::Sstable;
use crate::component::{Component, IndexEntries, Summary};
use crate::error::{Error, RESTORE, Result};
use crate::io::SourceExt as _;

/// No Summary.db has more.
const SUMMARY_LIMIT_BYTES: u64 = 1 << 31;

impl Sstable {
    /// The serialized keys of the first and of the last partition.
    ///
    /// No checksum covers Summary.db and Index.db, so that what they say is compared with Data.db.
    ///
    /// # Errors
    /// Failed reads, and damage of the data or of Index.db.
    pub fn key_range(&self) -> Result<(Vec<u8>, Vec<u8>)> {
        let first = self.key_at(0)?;
        let stats = &self.statistics().stats;
        if stats.first_key.as_ref() == Some(&first)
            && let Some(last) = &stats.last_key
        {
            return Ok((first, last.clone()));
        }
        let sampled = self.last_sample().unwrap_or(0);
        if let Ok(Some(last)) = self.last_indexed(sampled) {
            return Ok((first, last));
        }
        let last = self.last_indexed(0)?.ok_or_else(|| {
            let told = "the last key is not the one that Data.db has there";
            Error::corrupt(told).at(self.files().path(Component::Index)).advise(RESTORE)
        })?;
        Ok((first, last))
    }

    /// The serialized key of the first partition.
    ///
    /// # Errors
    /// Failed reads, and damage of the data.
    pub fn first_key(&self) -> Result<Vec<u8>> {
        self.key_at(0)
    }

    /// The key of the partition that begins at a position of the data.
    fn key_at(&self, position: u64) -> Result<Vec<u8>> {
        let mut cursor = self.key_cursor()?;
        cursor.seek_partition(position)?;
        cursor.advance_partition()?;
        Ok(cursor.partition().key.to_owned())
    }

    /// Where in Index.db the last entry begins of which Summary.db knows.
    fn last_sample(&self) -> Result<u64> {
        let source = self.files().open(Component::Summary)?;
        let bytes = source.read_all(SUMMARY_LIMIT_BYTES)?;
        let summary = Summary::parse(&bytes).map_err(|error| error.at(source.path()))?;
        let last = summary.len().checked_sub(1).and_then(|last| summary.get(last));
        Ok(last.map_or(0, |entry| entry.index_position))
    }

    /// The last key of Index.db, whose entries are read from `offset` on; none if Data.db has another one there.
    fn last_indexed(&self, offset: u64) -> Result<Option<Vec<u8>>> {
        let mut entries = IndexEntries::from(self.files().open(Component::Index)?, offset);
        let (mut last, mut position) = (Vec::new(), None);
        while let Some(entry) = entries.next_entry()? {
            last.clear();
            last.extend_from_slice(entry.key);
            position = Some(entry.position);
        }
        let Some(position) = position else { return Ok(None) };
        Ok((self.key_at(position)? == last).then_some(last))
    }
}
