//! Tokens: where a partition stands among all.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use crate::types::{CqlType, write_string};

/// The place of a partition key in the order of its partitioner.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// Tokens of different partitioners have no order.
impl PartialOrd for Token {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Murmur3(a), Self::Murmur3(b)) => Some(a.cmp(b)),
            (Self::Random(a), Self::Random(b)) => Some(a.cmp(b)),
            (Self::ByteOrdered(a), Self::ByteOrdered(b)) => Some(a.cmp(b)),
            _ => None,
        }
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
