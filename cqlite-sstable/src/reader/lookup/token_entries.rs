//! The entries of an index that have one token.

use crate::partitioner::{Partitioner, Token};

/// The entries whose keys have one token, and one entry more that shows that these are all.
#[derive(Debug, Default)]
pub(in crate::reader) struct TokenEntries {
    /// The key and the position in Data.db of each.
    pub(in crate::reader) found: Vec<(Vec<u8>, u64)>,
    /// The first entry behind them; if there is none, the last in front of them.
    pub(in crate::reader) neighbour: Option<(Vec<u8>, u64)>,
    /// An entry with a greater token was met.
    pub(super) is_complete: bool,
}

impl TokenEntries {
    /// Takes the next entry. False if it does not stand behind the one before.
    pub(super) fn push(
        &mut self,
        partitioner: &Partitioner,
        token: &Token,
        key: &[u8],
        position: u64,
    ) -> bool {
        let last = self.found.last().or(self.neighbour.as_ref());
        let ascends = last.is_none_or(|(before, _)| partitioner.compare_keys(before, key).is_lt());
        let of_key = partitioner.token(key);
        if of_key == *token {
            self.found.push((key.to_owned(), position));
        } else {
            self.is_complete = of_key > *token;
            self.neighbour = Some((key.to_owned(), position));
        }
        ascends
    }
}
