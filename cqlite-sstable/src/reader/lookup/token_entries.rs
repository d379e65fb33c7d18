//! The entries of an index that have one token.

use crate::partitioner::{Partitioner, Token};

/// The entries whose keys have one token, and those around them, which show that these are all.
#[derive(Debug, Default)]
pub(in crate::reader) struct TokenEntries {
    /// They, in order.
    pub(in crate::reader) found: Vec<IndexedPartition>,
    /// The last entry in front of them that was met.
    pub(in crate::reader) before: Option<IndexedPartition>,
    /// The first entry behind them.
    pub(in crate::reader) after: Option<IndexedPartition>,
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
        let ascends =
            self.last().is_none_or(|before| partitioner.compare_keys(&before.key, &entry.key).is_lt());
        let of_key = partitioner.token(&entry.key);
        if of_key == *token {
            self.found.push(entry);
        } else if of_key > *token {
            self.after = Some(entry);
        } else {
            self.before = Some(entry);
        }
        ascends
    }
    /// The entry that was met last.
    pub(super) fn last(&self) -> Option<&IndexedPartition> {
        self.after.as_ref().or(self.found.last()).or(self.before.as_ref())
    }
}
