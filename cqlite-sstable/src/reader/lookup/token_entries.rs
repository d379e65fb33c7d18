//! The entries of an index that have one token.

use crate::partitioner::{Partitioner, Token};

/// The entries whose keys have one token, and one entry more that shows that these are all.
#[derive(Debug, Default)]
pub(in crate::reader) struct TokenEntries {
    /// They, in order.
    pub(in crate::reader) found: Vec<IndexedPartition>,
    /// The first entry behind them; if there is none, the last in front of them.
    pub(in crate::reader) neighbour: Option<IndexedPartition>,
    /// An entry with a greater token was met.
    pub(super) is_complete: bool,
}

/// A partition as an index has it.
#[derive(Debug, Clone)]
pub(in crate::reader) struct IndexedPartition {
    pub(in crate::reader) key: Vec<u8>,
    /// Where it begins in the uncompressed data.
    pub(in crate::reader) position: u64,
    /// Where its entry begins in Index.db; in Rows.db, if it is there.
    pub(in crate::reader) index_position: Option<u64>,
}

impl TokenEntries {
    /// Takes the next entry. False if it does not stand behind the one before.
    pub(super) fn push(&mut self, partitioner: &Partitioner, token: &Token, entry: IndexedPartition) -> bool {
        let last = self.found.last().or(self.neighbour.as_ref());
        let ascends = last.is_none_or(|before| partitioner.compare_keys(&before.key, &entry.key).is_lt());
        let of_key = partitioner.token(&entry.key);
        if of_key == *token {
            self.found.push(entry);
        } else {
            self.is_complete = of_key > *token;
            self.neighbour = Some(entry);
        }
        ascends
    }
}
