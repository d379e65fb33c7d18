//! Scans of a part of an SSTable.

use std::ops::Range;

use super::{Cursor, ScanOptions, Sstable};
use crate::error::Result;
use crate::partitioner::Token;

/// A range of tokens, without its start and with its end, as Cassandra's (`dht.Range`). It does not wrap around: one
/// that does is two of these.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenRange {
    /// Only greater tokens; all from the first on if there is none.
    pub after: Option<Token>,
    /// No greater tokens; all up to the last one if there is none.
    pub through: Option<Token>,
}

impl Sstable {
    /// A cursor over the partitions of a token range.
    ///
    /// # Errors
    /// As [`Sstable::reader`] and [`Sstable::scan`].
    pub fn scan_tokens(&self, range: &TokenRange, options: ScanOptions) -> Result<Cursor> {
        if range.after.is_none() && range.through.is_none() {
            // No index is needed for all of it.
            return self.scan(options);
        }
        let lookup = self.lookup()?;
        let mut keys = self.key_cursor()?;
        let mut behind = |token: &Token| -> Result<u64> {
            let key_at = |position| {
                keys.seek_partition(position)?;
                keys.advance_partition()?;
                Ok(keys.partition().key.to_owned())
            };
            Ok(lookup.position_behind(token, key_at)?.unwrap_or(self.data_length()))
        };
        let start = range.after.as_ref().map_or(Ok(0), &mut behind)?;
        let end = range.through.as_ref().map_or(Ok(self.data_length()), &mut behind)?;
        self.scan_range(&(start..end), options)
    }

    /// Divides the data into at most so many stretches of about equal length, each beginning with a partition: for
    /// a scan on several threads by [`Sstable::scan_range`]. Together they are all of the data, in order.
    ///
    /// # Errors
    /// As [`Sstable::reader`].
    pub fn ranges_of_equal_bytes(&self, parts: usize) -> Result<Vec<Range<u64>>> {
        let length = self.data_length();
        let mut starts = vec![0];
        if parts > 1 {
            starts.extend(self.lookup()?.positions_between(parts as u64, length)?);
        }
        starts.retain(|start| *start < length);
        starts.sort_unstable();
        starts.dedup();
        let ends = starts.iter().skip(1).copied().chain([length]);
        Ok(starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect())
    }

    /// A cursor over the partitions that begin in `range` of the uncompressed data. One has to begin at its start,
    /// as in [`Sstable::ranges_of_equal_bytes`].
    ///
    /// # Errors
    /// As [`Sstable::scan`].
    pub fn scan_range(&self, range: &Range<u64>, options: ScanOptions) -> Result<Cursor> {
        let mut cursor = self.scan_from(range.start, options)?;
        cursor.end_at(range.end);
        Ok(cursor)
    }
}
