//! Partition keys with their tokens.

use std::cmp::Ordering;

use super::Token;

/// A serialized partition key and its token, ordered as the partitions of an SSTable: by token, then by the
/// unsigned bytes of the key (`db.DecoratedKey`). Made by [`Partitioner::decorate`](super::Partitioner::decorate).
///
/// Only keys of one partitioner have a meaningful order.
#[derive(Debug, Clone)]
pub struct DecoratedKey<'a> {
    /// The token.
    pub token: Token,
    /// The serialized key.
    pub key: &'a [u8],
}

impl Ord for DecoratedKey<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.token.compare(&other.token).then_with(|| self.key.cmp(other.key))
    }
}

impl PartialOrd for DecoratedKey<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for DecoratedKey<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for DecoratedKey<'_> {}
