//! A key that is looked for.

use crate::partitioner::{Partitioner, Token, hash3_x64_128, murmur3_token_of};

/// A partition key with what is computed of it once, to be looked for in many SSTables.
///
/// # Example
/// ```
/// use cqlite_sstable::Partitioner;
/// use cqlite_sstable::reader::SearchKey;
/// let key = SearchKey::new(b"user-1");
/// assert_eq!(key.token(&Partitioner::Murmur3), Partitioner::Murmur3.token(b"user-1"));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct SearchKey<'a> {
    pub(super) key: &'a [u8],
    /// The token, where the partitioner is [`Partitioner::Murmur3`].
    pub(super) murmur3: i64,
    pub(super) hash: [u64; 2],
}

impl<'a> SearchKey<'a> {
    /// Of a serialized key.
    #[inline]
    pub fn new(key: &'a [u8]) -> Self {
        let hash = hash3_x64_128(key, 0);
        Self { key, murmur3: murmur3_token_of(key, hash), hash }
    }

    /// The serialized key.
    pub fn bytes(&self) -> &'a [u8] {
        self.key
    }

    /// Its token.
    #[inline]
    pub fn token(&self, partitioner: &Partitioner) -> Token {
        match partitioner {
            Partitioner::Murmur3 => Token::Murmur3(self.murmur3),
            other => other.token(self.key),
        }
    }
}
