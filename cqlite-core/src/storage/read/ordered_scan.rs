//! The partitions of one SSTable alone.

use std::path::PathBuf;

use cqlite_sstable::partitioner::Token;
use cqlite_sstable::reader::Cursor;
use cqlite_sstable::row::{Partition, RowItem, Unfiltered, UnfilteredPartitions};
use cqlite_sstable::{Error, Partitioner, Result};

/// The partitions of a range of tokens that one SSTable alone has. That they are in order is checked, as a merge does.
pub(super) struct OrderedScan {
    cursor: Cursor,
    partitioner: Partitioner,
    path: PathBuf,
    /// The current partition; none in front of the first.
    last: Option<(Token, Vec<u8>)>,
}

impl OrderedScan {
    /// The partitions of a cursor over the file of this path.
    pub(super) fn new(cursor: Cursor, partitioner: Partitioner, path: PathBuf) -> Self {
        Self { cursor, partitioner, path, last: None }
    }

    /// Whether the current partition stands behind the one before.
    fn is_in_order(&mut self) -> bool {
        let key = self.cursor.partition().key;
        let token = self.partitioner.token(key);
        let Some((last, last_key)) = &mut self.last else {
            self.last = Some((token, key.to_owned()));
            return true;
        };
        let is_behind = match (&token, &*last) {
            (Token::Murmur3(token), Token::Murmur3(last)) => (token, key) > (last, last_key),
            (token, last) => {
                token.partial_cmp(last).is_none_or(|order| order.then_with(|| key.cmp(last_key)).is_gt())
            }
        };
        *last = token;
        last_key.clear();
        last_key.extend_from_slice(key);
        is_behind
    }

    #[cold]
    fn out_of_order(&self) -> Error {
        let key: String = self.cursor.partition().key.iter().map(|byte| format!("{byte:02x}")).collect();
        Error::corrupt("its partitions are not in the order of their tokens")
            .at(&self.path)
            .partition(format!("0x{key}"))
            .advise("bring it in order with salvage")
    }
}

impl UnfilteredPartitions for OrderedScan {
    #[inline]
    fn advance_partition(&mut self) -> Result<bool> {
        if !self.cursor.advance_partition()? {
            return Ok(false);
        }
        if self.is_in_order() { Ok(true) } else { Err(self.out_of_order()) }
    }

    #[inline]
    fn partition(&self) -> Partition<'_> {
        self.cursor.partition()
    }

    #[inline]
    fn advance_unfiltered(&mut self) -> Result<bool> {
        self.cursor.advance_unfiltered()
    }

    #[inline]
    fn unfiltered(&self) -> Unfiltered<'_> {
        self.cursor.unfiltered()
    }

    #[inline]
    fn advance_item(&mut self) -> Result<bool> {
        self.cursor.advance_item()
    }

    #[inline]
    fn item(&self) -> RowItem<'_> {
        self.cursor.item()
    }
}
