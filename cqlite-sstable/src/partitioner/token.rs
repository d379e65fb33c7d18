//! Tokens: where a partition stands among all.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use crate::types::{CqlType, compare, write_string};

/// The place of a partition key in the order of its partitioner.
#[derive(Debug, Clone)]
pub enum Token {
    /// The token of `Murmur3Partitioner`.
    Murmur3(i64),
    /// The token of `RandomPartitioner`, up to 2^127; none for the empty key, which is the least and prints
    /// as -1.
    Random(Option<u128>),
    /// The key itself, in the order of unsigned bytes.
    ByteOrdered(Vec<u8>),
    /// The key itself, in the order of its type.
    Local {
        /// The key.
        key: Vec<u8>,
        /// Its type.
        key_type: Arc<CqlType>,
    },
}

impl Token {
    /// The order within one partitioner; tokens of different ones are apart, in the order of the variants.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Murmur3(a), Self::Murmur3(b)) => a.cmp(b),
            (Self::Random(a), Self::Random(b)) => a.cmp(b),
            (Self::ByteOrdered(a), Self::ByteOrdered(b)) => a.cmp(b),
            (Self::Local { key: a, key_type }, Self::Local { key: b, .. }) => compare(key_type, a, b),
            _ => self.variant().cmp(&other.variant()),
        }
    }

    /// A token such that all keys behind it, and not of it, are those of this one and greater ones. Where the key is its
    /// own token, no other key is of it, and it is the same token.
    #[must_use]
    pub fn predecessor(&self) -> Self {
        match self {
            Self::Murmur3(token) => Self::Murmur3(token.saturating_sub(1)),
            Self::Random(token) => Self::Random(token.and_then(|token| token.checked_sub(1))),
            Self::ByteOrdered(_) | Self::Local { .. } => self.clone(),
        }
    }

    fn variant(&self) -> u8 {
        match self {
            Self::Murmur3(_) => 0,
            Self::Random(_) => 1,
            Self::ByteOrdered(_) => 2,
            Self::Local { .. } => 3,
        }
    }
}

/// Keys of `LocalPartitioner` are the same token if their type takes them for equal, as 1.0 and 1.00.
impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        self.compare(other).is_eq()
    }
}

impl Eq for Token {}

/// Tokens of different partitioners have no order.
impl PartialOrd for Token {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self.variant() == other.variant()).then(|| self.compare(other))
    }
}

/// As Cassandra prints it. A key of `LocalPartitioner` that is not valid for its type prints in hexadecimal.
impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Murmur3(token) => token.fmt(f),
            Self::Random(Some(token)) => token.fmt(f),
            Self::Random(None) => f.write_str("-1"),
            Self::ByteOrdered(key) => write_hex(key, f),
            Self::Local { key, key_type } => {
                let mut text = Vec::new();
                match write_string(key_type, key, &mut text) {
                    Ok(()) => f.write_str(&String::from_utf8_lossy(&text)),
                    Err(_) => write_hex(key, f),
                }
            }
        }
    }
}

fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}
