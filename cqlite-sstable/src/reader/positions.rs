//! Where the partitions of some tokens begin.

use super::lookup::{IndexedPartition, TokenEntries};
use super::{Cursor, ScanOptions, Sstable};
use crate::error::{Error, ErrorKind, Result};
use crate::partitioner::Token;

/// What an index says about some tokens.
pub(crate) enum Positions {
    /// Where in the uncompressed data all partitions with these tokens begin, in order, and a cursor that can be moved
    /// to them.
    Known(Vec<u64>, Box<Cursor>),
    /// The index is missing, damaged, or not that of the data: all of the data has to be read.
    Unknown(Error),
}

/// A partition that was looked for.
pub struct FoundPartition {
    /// Stands at the head of the partition, and moves over it and no further.
    pub cursor: Box<Cursor>,
    /// Where the partition has an entry of its own in Index.db or Rows.db; none if it has none or was found by a scan.
    pub index_position: Option<u64>,
}

/// Whether an SSTable has a partition.
pub enum KeySearch {
    /// It has.
    Found(FoundPartition),
    /// It has not.
    Absent(AbsentBy),
}

/// Which check tells first that a key is not in an SSTable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AbsentBy {
    /// It is not between the first and the last key.
    Range,
    /// The bloom filter refuses it.
    Filter,
    /// The index does not have it: the filter is wrong about it, or there is none.
    Index,
    /// There is no index that can be used: a scan of all data did not meet it.
    Scan,
}

/// What the entries of some tokens are.
enum Entries {
    /// The cursor has the data at hand that was compared with them last.
    Known(Vec<IndexedPartition>, Box<Cursor>),
    Unknown(Error),
}

impl Sstable {
    /// Looks for the partition with this serialized key, through the index. Where that is missing or damaged, which is
    /// the second value, all of the data is read.
    ///
    /// # Errors
    /// Damage of the data, and failed reads.
    pub fn search(&self, key: &[u8]) -> Result<(KeySearch, Option<Error>)> {
        match self.entries_of(&[self.partitioner()?.token(key)])? {
            Entries::Known(entries, mut cursor) => {
                let Some(entry) = entries.into_iter().find(|entry| entry.key == key) else {
                    return Ok((KeySearch::Absent(self.lookup()?.why_absent(key)), None));
                };
                cursor.move_to_partition(entry.position)?;
                cursor.end_at(entry.position.saturating_add(1));
                let index_position = entry.index_position;
                Ok((KeySearch::Found(FoundPartition { cursor, index_position }), None))
            }
            Entries::Unknown(error) => {
                let mut cursor = self.scan(ScanOptions { read_ahead: true, ..ScanOptions::default() })?;
                while cursor.advance_partition()? {
                    if cursor.partition().key == key {
                        cursor.end_at(cursor.partition_position().saturating_add(1));
                        let found = FoundPartition { cursor: Box::new(cursor), index_position: None };
                        return Ok((KeySearch::Found(found), Some(error)));
                    }
                }
                self.finish_scan(&mut cursor)?;
                Ok((KeySearch::Absent(AbsentBy::Scan), Some(error)))
            }
        }
    }

    /// Looks up where the partitions begin whose keys have one of these tokens.
    ///
    /// # Errors
    /// Damage of the data, and failed reads. An index that is of no use is no error.
    pub(crate) fn positions_of(&self, tokens: &[Token]) -> Result<Positions> {
        Ok(match self.entries_of(tokens)? {
            Entries::Known(entries, cursor) => {
                let mut positions: Vec<u64> = entries.into_iter().map(|entry| entry.position).collect();
                positions.sort_unstable();
                positions.dedup();
                Positions::Known(positions, cursor)
            }
            Entries::Unknown(error) => Positions::Unknown(error),
        })
    }

    /// The entries with one of these tokens. What the index says is compared with the data, for a token that it does
    /// not have as well: Index.db has no checksum.
    fn entries_of(&self, tokens: &[Token]) -> Result<Entries> {
        let lookup = match self.lookup() {
            Ok(lookup) => lookup,
            Err(error) => return unusable(error),
        };
        let mut cursor = self.key_cursor()?;
        let mut entries = Vec::new();
        for token in tokens {
            let mut key_at = |position| key_at(&mut cursor, position);
            let TokenEntries { found, before, after } = match lookup.entries_of(token, &mut key_at) {
                Ok(entries) => entries,
                Err(error) => return self.of_index_or_data(error),
            };
            // A damaged key that keeps its order is one of the two around the place of the right one.
            let around = before.iter().chain(&after).filter(|_| found.is_empty());
            for IndexedPartition { key, position, .. } in around.chain(&found) {
                match key_at(*position) {
                    Ok(there) if there == *key => {}
                    Ok(_) => {
                        let what =
                            format!("at position {position} of the data, no partition of its key begins");
                        return unusable(Error::corrupt(what).at(lookup.path()));
                    }
                    Err(error) => return self.of_index_or_data(error),
                }
            }
            entries.extend(found);
        }
        Ok(Entries::Known(entries, Box::new(cursor)))
    }

    /// What the index did is no error. Where a chunk of the data fails its checksum, the error names an offset in
    /// Data.db; where sound bytes make no sense, the index led to a wrong place, or a scan will tell.
    fn of_index_or_data(&self, error: Error) -> Result<Entries> {
        let is_of_data = error.path() == Some(self.data_path()) && error.byte_offset().is_some();
        if is_of_data { Err(error) } else { unusable(error) }
    }
}

/// The reason that an index is of no use; a failed read, say of a broken disk, stays an error.
fn unusable(error: Error) -> Result<Entries> {
    match error.kind() {
        ErrorKind::Missing | ErrorKind::Corrupt => Ok(Entries::Unknown(error)),
        _ => Err(error),
    }
}

fn key_at(cursor: &mut Cursor, position: u64) -> Result<Vec<u8>> {
    cursor.move_to_partition(position)?;
    Ok(cursor.partition().key.to_owned())
}
