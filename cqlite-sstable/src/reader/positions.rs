//! Where the partitions of some tokens begin.

use super::{Cursor, Sstable};
use crate::error::{Error, ErrorKind, Result};
use crate::partitioner::Token;

/// What an index says about some tokens.
#[derive(Debug)]
pub(crate) enum Positions {
    /// Where in the uncompressed data all partitions with these tokens begin, in order.
    Known(Vec<u64>),
    /// The index is missing, damaged, or not that of the data: all of the data has to be read.
    Unknown(Error),
}

impl Sstable {
    /// Looks up where the partitions begin whose keys have one of these tokens. What the index says is
    /// compared with the data, for a token that it does not have as well: Index.db has no checksum.
    ///
    /// # Errors
    /// Damage of the data, and failed reads. An index that is of no use is no error.
    pub(crate) fn positions_of(&self, tokens: &[Token]) -> Result<Positions> {
        let lookup = match self.lookup() {
            Ok(lookup) => lookup,
            Err(error) => return unusable(error),
        };
        let mut cursor = self.key_cursor()?;
        let mut positions = Vec::new();
        for token in tokens {
            let mut key_at = |position| key_at(&mut cursor, position);
            let entries = match lookup.entries_of(token, &mut key_at) {
                Ok(entries) => entries,
                Err(error) => return self.of_index_or_data(error),
            };
            let checked =
                if entries.found.is_empty() { entries.neighbour.as_slice() } else { &entries.found };
            for (key, position) in checked {
                match key_at(*position) {
                    Ok(found) if found == *key => {}
                    Ok(_) => {
                        let what =
                            format!("at position {position} of the data, no partition of its key begins");
                        return unusable(Error::corrupt(what).at(lookup.path()));
                    }
                    Err(error) => return self.of_index_or_data(error),
                }
            }
            positions.extend(entries.found.iter().map(|(_, position)| *position));
        }
        positions.sort_unstable();
        positions.dedup();
        Ok(Positions::Known(positions))
    }

    /// A cursor that is set to such positions by [`Cursor::move_to_partition`].
    pub(crate) fn lookup_cursor(&self) -> Result<Cursor> {
        self.key_cursor()
    }

    /// What the index did is no error. Where a chunk of the data fails its checksum, the error names an offset in
    /// Data.db; where sound bytes make no sense, the index led to a wrong place, or a scan will tell.
    fn of_index_or_data(&self, error: Error) -> Result<Positions> {
        let is_of_data = error.path() == Some(self.data_path()) && error.byte_offset().is_some();
        if is_of_data { Err(error) } else { unusable(error) }
    }
}

/// The reason that an index is of no use; a failed read, say of a broken disk, stays an error.
fn unusable(error: Error) -> Result<Positions> {
    match error.kind() {
        ErrorKind::Missing | ErrorKind::Corrupt => Ok(Positions::Unknown(error)),
        _ => Err(error),
    }
}

fn key_at(cursor: &mut Cursor, position: u64) -> Result<Vec<u8>> {
    cursor.move_to_partition(position)?;
    Ok(cursor.partition().key.to_owned())
}
