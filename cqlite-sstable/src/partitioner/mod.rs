//! How partitions are distributed over a cluster and ordered in an SSTable.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod decorated_key;
mod key_position;
mod murmur3;
mod token;

pub use decorated_key::DecoratedKey;
pub use key_position::KeyPosition;
pub use murmur3::hash3_x64_128;
pub use token::Token;

use std::cmp::Ordering;
use std::sync::Arc;

use md5::{Digest as _, Md5};

use crate::error::{Error, Result};
use crate::types::{
    CqlType, Separator, compare, parse_hex, parse_string, write_component, write_escaped, write_varint,
};

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

    /// The name of the class with its package, as Statistics.db has it.
    pub fn class_name(&self) -> String {
        format!("{PACKAGE}{}", self.name())
    }

    /// The partitioner whose tokens order the keys within an index table, by the name in the header; the node's
    /// usual one where there is none. Nothing for one that orders keys by their bytes and for an unknown one.
    pub(crate) fn of_index_keys(class_name: &str) -> Option<Self> {
        match class_name.strip_prefix(PACKAGE).unwrap_or(class_name) {
            "Murmur3Partitioner" | "" => Some(Self::Murmur3),
            "RandomPartitioner" => Some(Self::Random),
            _ => None,
        }
    }

    /// The token of a serialized partition key. The empty key has the least token.
    pub fn token(&self, key: &[u8]) -> Token {
        match self {
            Self::Murmur3 => Token::Murmur3(murmur3_token(key)),
            Self::Random => Token::Random(random_token(key)),
            Self::ByteOrdered => Token::ByteOrdered(key.to_owned()),
            Self::Local(key_type) => Token::Local { key: key.to_owned(), key_type: Arc::clone(key_type) },
        }
    }

    /// Reads a token as it is printed: a number, or the bytes of a key in hexadecimal where keys are their own tokens.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] if it is none of this partitioner.
    ///
    /// # Example
    /// ```
    /// use cqlite_sstable::{Partitioner, Token};
    /// assert_eq!(Partitioner::Murmur3.parse_token("-9")?, Token::Murmur3(-9));
    /// assert_eq!(Partitioner::ByteOrdered.parse_token("00ff")?, Token::ByteOrdered(vec![0, 0xFF]));
    /// # Ok::<(), cqlite_sstable::Error>(())
    /// ```
    pub fn parse_token(&self, text: &str) -> Result<Token> {
        let (token, what) = match self {
            Self::Murmur3 => (text.parse().ok().map(Token::Murmur3), "whole numbers of 64 bits"),
            Self::Random => (parse_random_token(text), "whole numbers from -1 up to 2^127"),
            Self::ByteOrdered => (parse_hex(text).map(Token::ByteOrdered), "bytes in hexadecimal"),
            Self::Local(key_type) => {
                let key = parse_string(key_type, text).ok();
                let token = key.map(|key| Token::Local { key, key_type: Arc::clone(key_type) });
                (token, "keys as they are printed")
            }
        };
        token.ok_or_else(|| {
            Error::invalid_input(format!("'{text}' is no token of {}", self.name()))
                .advise(format!("its tokens are {what}"))
        })
    }

    /// The key with its token.
    pub fn decorate<'a>(&self, key: &'a [u8]) -> DecoratedKey<'a> {
        DecoratedKey { token: self.token(key), key }
    }

    /// Compares two serialized partition keys in the order of an SSTable: by token, then by unsigned bytes
    /// (`DecoratedKey.compareTo`). Nothing is kept or allocated; where one key is compared with many,
    /// [`Partitioner::decorate`] saves its hash.
    ///
    /// # Example
    /// ```
    /// use cqlite_sstable::Partitioner;
    /// let (one, two) = (1_i32.to_be_bytes(), 2_i32.to_be_bytes());
    /// assert!(Partitioner::Murmur3.compare_keys(&one, &two).is_lt());
    /// assert!(Partitioner::Random.compare_keys(&one, &two).is_lt());
    /// ```
    pub fn compare_keys(&self, a: &[u8], b: &[u8]) -> Ordering {
        let by_token = match self {
            Self::Murmur3 => murmur3_token(a).cmp(&murmur3_token(b)),
            Self::Random => random_token(a).cmp(&random_token(b)),
            Self::ByteOrdered => Ordering::Equal,
            Self::Local(key_type) => compare(key_type, a, b),
        };
        by_token.then_with(|| a.cmp(b))
    }

    /// Appends the byte-comparable form of a partition key, or of a place directly before or behind it
    /// (`DecoratedKey.asComparableBytes`, `asComparableBound`): the token and the bytes of the key. The trie in
    /// Partitions.db holds as much of it as tells the keys apart.
    pub fn write_byte_comparable(&self, key: &[u8], position: KeyPosition, out: &mut Vec<u8>) {
        let hash = if matches!(self, Self::Murmur3) { hash3_x64_128(key, 0) } else { [0; 2] };
        self.write_hashed_byte_comparable(key, hash, position, out);
    }

    /// As [`Partitioner::write_byte_comparable`] with the hash of the key, by [`hash3_x64_128`].
    pub(crate) fn write_hashed_byte_comparable(
        &self,
        key: &[u8],
        hash: [u64; 2],
        position: KeyPosition,
        out: &mut Vec<u8>,
    ) {
        match self {
            Self::Murmur3 => write_murmur3(murmur3_token_of(key, hash), out),
            Self::Random => write_random(random_token(key), out),
            Self::ByteOrdered => write_bytes(key, out),
            Self::Local(key_type) => write_component(key_type, Some(key), Separator::NextNull, out),
        }
        out.push(Separator::Next.into());
        write_escaped(key, out);
        out.push(u8::from(match position {
            KeyPosition::Before => Separator::LessThanNext,
            KeyPosition::At => Separator::Terminator,
            KeyPosition::After => Separator::GreaterThanNext,
        }));
    }

    /// As [`Partitioner::write_byte_comparable`], but of a token alone: not greater than the form of any key that
    /// has it, and greater than those of all keys with a lesser one.
    pub(crate) fn write_byte_comparable_token(token: &Token, out: &mut Vec<u8>) {
        match token {
            Token::Murmur3(token) => write_murmur3(*token, out),
            Token::Random(token) => write_random(*token, out),
            Token::ByteOrdered(key) => write_bytes(key, out),
            Token::Local { key, key_type } => write_component(key_type, Some(key), Separator::NextNull, out),
        }
    }
}

fn write_murmur3(token: i64, out: &mut Vec<u8>) {
    out.push(Separator::Next.into());
    out.extend_from_slice(&(token ^ i64::MIN).to_be_bytes());
}

fn write_random(token: Option<u128>, out: &mut Vec<u8>) {
    out.push(Separator::Next.into());
    match token {
        // Seventeen bytes, as 2^127 would be negative in sixteen.
        Some(token) => write_varint(&[&[0][..], &token.to_be_bytes()].concat(), out),
        None => write_varint(&[0xFF], out),
    }
}

fn write_bytes(key: &[u8], out: &mut Vec<u8>) {
    out.push(Separator::Next.into());
    write_escaped(key, out);
}

fn parse_random_token(text: &str) -> Option<Token> {
    if text == "-1" {
        return Some(Token::Random(None));
    }
    let number = text.parse().ok().filter(|number: &u128| *number <= 1 << 127)?;
    Some(Token::Random(Some(number)))
}

fn murmur3_token(key: &[u8]) -> i64 {
    murmur3_token_of(key, hash3_x64_128(key, 0))
}

/// The token of a key with this hash.
pub(crate) fn murmur3_token_of(key: &[u8], [hash, _]: [u64; 2]) -> i64 {
    match hash as i64 {
        _ if key.is_empty() => i64::MIN,
        // the least token is no key's, so that a range that excludes its start can have all
        i64::MIN => i64::MAX,
        hash => hash,
    }
}

fn random_token(key: &[u8]) -> Option<u128> {
    (!key.is_empty()).then(|| i128::from_be_bytes(Md5::digest(key).into()).unsigned_abs())
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

    #[test]
    fn keys_are_compared_as_their_decorated_forms_for_every_partitioner() {
        let local = Partitioner::Local(Arc::new(CqlType::Varint));
        for partitioner in [Partitioner::Murmur3, Partitioner::Random, Partitioner::ByteOrdered, local] {
            for (a, ..) in GOLDEN {
                for (b, ..) in GOLDEN {
                    let (a, b) = (bytes(a), bytes(b));
                    let decorated = partitioner.decorate(&a).cmp(&partitioner.decorate(&b));
                    assert_eq!(partitioner.compare_keys(&a, &b), decorated, "{partitioner:?} {a:x?} {b:x?}");
                    assert_eq!(decorated.is_eq(), a == b);
                }
            }
        }
    }

    #[test]
    fn local_tokens_are_ordered_by_the_type_of_the_key() {
        let local = Partitioner::Local(Arc::new(CqlType::Int));
        let (minus_one, one) = ((-1_i32).to_be_bytes(), 1_i32.to_be_bytes());
        assert!(local.token(&minus_one) < local.token(&one));
        assert!(local.compare_keys(&minus_one, &one).is_lt());
        assert!(Partitioner::ByteOrdered.compare_keys(&minus_one, &one).is_gt());
    }

    #[test]
    fn equal_local_tokens_leave_the_order_to_the_bytes_of_the_keys() {
        let local = Partitioner::Local(Arc::new(CqlType::Decimal));
        let (one, one_point_zero) = ([0, 0, 0, 0, 1], [0, 0, 0, 1, 10]);
        assert_eq!(local.token(&one), local.token(&one_point_zero));
        assert!(local.decorate(&one) < local.decorate(&one_point_zero));
    }
}
