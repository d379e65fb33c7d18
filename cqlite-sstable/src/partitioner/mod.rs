//! How partitions are distributed over a cluster and ordered in an SSTable.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod murmur3;
mod token;

pub use murmur3::hash3_x64_128;
pub use token::Token;

use std::sync::Arc;

use md5::{Digest as _, Md5};

use crate::error::{Error, Result};
use crate::types::CqlType;

const PACKAGE: &str = "org.apache.cassandra.dht.";

/// What computes the token of a partition key (`IPartitioner`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Partitioner {
    /// `Murmur3Partitioner`, the default: a hash of 64 bits.
    Murmur3,
    /// `RandomPartitioner`: the MD5 of the key.
    Random,
    /// `ByteOrderedPartitioner`: the key itself, in the order of its bytes.
    ByteOrdered,
    /// `LocalPartitioner`: the key itself, in the order of its type. For tables that a node has for itself:
    /// some of its system tables and the tables of secondary indexes.
    Local(Arc<CqlType>),
}

impl Partitioner {
    /// Recognises a class name, with or without the package. `key_type` is the partition key's.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Unsupported`] if it is another class.
    ///
    /// # Example
    /// ```
    /// use cqlite_sstable::Partitioner;
    /// use cqlite_sstable::types::CqlType;
    /// let murmur3 = Partitioner::parse("org.apache.cassandra.dht.Murmur3Partitioner", &CqlType::Int)?;
    /// assert_eq!(murmur3.token(&1_i32.to_be_bytes()).to_string(), "-4069959284402364209");
    /// # Ok::<(), cqlite_sstable::Error>(())
    /// ```
    pub fn parse(class_name: &str, key_type: &CqlType) -> Result<Self> {
        let name = match class_name.strip_prefix(PACKAGE) {
            Some(name) => name,
            None if class_name.contains('.') => "",
            None => class_name,
        };
        match name {
            "Murmur3Partitioner" => Ok(Self::Murmur3),
            "RandomPartitioner" => Ok(Self::Random),
            "ByteOrderedPartitioner" => Ok(Self::ByteOrdered),
            "LocalPartitioner" => Ok(Self::Local(Arc::new(key_type.clone()))),
            _ => Err(Error::unsupported(format!("the partitioner {class_name} is not supported"))
                .advise("supported are Murmur3Partitioner, RandomPartitioner, ByteOrderedPartitioner and LocalPartitioner")),
        }
    }

    /// The name of the class without its package.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Murmur3 => "Murmur3Partitioner",
            Self::Random => "RandomPartitioner",
            Self::ByteOrdered => "ByteOrderedPartitioner",
            Self::Local(_) => "LocalPartitioner",
        }
    }

    /// The token of a serialized partition key. The empty key has the least token.
    pub fn token(&self, key: &[u8]) -> Token {
        match self {
            Self::Murmur3 if key.is_empty() => Token::Murmur3(i64::MIN),
            // the least token is no key's, so that a range that excludes its start can have all
            Self::Murmur3 => match hash3_x64_128(key, 0)[0] as i64 {
                i64::MIN => Token::Murmur3(i64::MAX),
                hash => Token::Murmur3(hash),
            },
            Self::Random if key.is_empty() => Token::Random(None),
            Self::Random => Token::Random(Some(i128::from_be_bytes(Md5::digest(key).into()).unsigned_abs())),
            Self::ByteOrdered => Token::ByteOrdered(key.to_owned()),
            Self::Local(key_type) => Token::Local { key: key.to_owned(), key_type: Arc::clone(key_type) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys in hexadecimal with their tokens, as Apache Cassandra 5.0.9 computes them.
    const GOLDEN: [(&str, i64, &str); 12] = [
        ("", -9223372036854775808, "-1"),
        ("00", 5048724184180415669, "143927757573010354572009627285182898319"),
        ("61", -8839064797231613815, "16955237001963240173058271559858726497"),
        ("ff", -4442228696663692417, "463733602705843015805947089201357461"),
        ("80fffe", -6888860804312826370, "158989543562841562186815478910430411010"),
        ("00000001", -4069959284402364209, "19580090105725936846312850328329299579"),
        ("ffffffff", 7297452126230313552, "120549550962197124826514825591841393591"),
        ("0123456789abcdef", 8008715454214045735, "125211648036249463399951848616323693431"),
        ("80818283848586878889", -7623170703309721106, "78814381839465131779066916083001601232"),
        ("000102030405060708090a0b0c0d0e0f", 4920504430128807728, "35566888831469867896589741071285600936"),
        ("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff80", 3562199647630896339, "82043685159999480444473169213071216402"),
        (
            "000102030405060708090a0b0c0d0e0ff0f1f2f3f4f5f6f7f8f9fafbfcfdfe",
            -351166752641778220,
            "133097484982481521590912107695906362638",
        ),
    ];

    fn bytes(hex: &str) -> Vec<u8> {
        hex.as_bytes()
            .chunks(2)
            .map(|p| u8::from_str_radix(str::from_utf8(p).unwrap(), 16).unwrap())
            .collect()
    }

    #[test]
    fn tokens_are_those_of_cassandra() {
        for (hex, murmur3, random) in GOLDEN {
            let key = bytes(hex);
            assert_eq!(Partitioner::Murmur3.token(&key), Token::Murmur3(murmur3), "{hex}");
            assert_eq!(Partitioner::Random.token(&key).to_string(), random, "{hex}");
            assert_eq!(Partitioner::ByteOrdered.token(&key).to_string(), hex);
        }
    }

    #[test]
    fn a_class_is_known_with_and_without_its_package_and_others_are_named() {
        let parse = |name| Partitioner::parse(name, &CqlType::Int);
        assert_eq!(parse("RandomPartitioner").unwrap(), Partitioner::Random);
        assert_eq!(
            parse("org.apache.cassandra.dht.ByteOrderedPartitioner").unwrap(),
            Partitioner::ByteOrdered
        );
        for other in ["org.apache.cassandra.dht.OrderPreservingPartitioner", "com.example.Murmur3Partitioner"]
        {
            let error = parse(other).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Unsupported);
            assert!(error.message().contains(other));
        }
    }

    #[test]
    fn tokens_of_one_partitioner_are_ordered_and_the_empty_keys_is_the_least() {
        for partitioner in [Partitioner::Murmur3, Partitioner::Random, Partitioner::ByteOrdered] {
            for (hex, ..) in &GOLDEN[1..] {
                assert!(partitioner.token(&[]) < partitioner.token(&bytes(hex)), "{partitioner:?} {hex}");
            }
        }
        assert!(Token::Murmur3(-1) < Token::Murmur3(1));
        assert!(Partitioner::ByteOrdered.token(&[0x7F]) < Partitioner::ByteOrdered.token(&[0x80]));
        assert_eq!(Partitioner::Random.token(&[]).partial_cmp(&Token::Murmur3(0)), None);
    }
}
