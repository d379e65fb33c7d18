//! Which tokens partitions may have.

use cqlite_sstable::partitioner::Token;
use cqlite_sstable::reader::TokenRange;
use cqlite_sstable::types::Scalar;
use cqlite_sstable::{Partitioner, types::CqlType};

use crate::query::{QueryError, QueryResult};

/// The range of tokens between two bounds, each of which may be in it or not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct TokenBounds {
    start: Option<(Token, bool)>,
    end: Option<(Token, bool)>,
}

impl TokenBounds {
    /// The range between bounds; none if no token can be in it (`getPartitionKeyBoundsForTokenRestrictions`).
    pub(super) fn new(start: Option<(Token, bool)>, end: Option<(Token, bool)>) -> Option<Self> {
        let start = start.filter(|(token, _)| !is_least(token));
        let end = end.filter(|(token, _)| !is_least(token));
        if let (Some((from, with_start)), Some((to, with_end))) = (&start, &end)
            && (from > to || (from == to && !(*with_start && *with_end)))
        {
            return None;
        }
        Some(Self { start, end })
    }

    /// Whether a token is in it.
    pub(crate) fn contains(&self, token: &Token) -> bool {
        self.start.as_ref().is_none_or(|(start, is_in)| start < token || (*is_in && start == token))
            && self.end.as_ref().is_none_or(|(end, is_in)| token < end || (*is_in && token == end))
    }

    /// As a range to read. Of partitioners whose tokens are no numbers it has more than wanted: see [`Self::contains`].
    pub(crate) fn to_range(&self) -> TokenRange {
        let after = self
            .start
            .as_ref()
            .and_then(|(token, is_in)| if *is_in { before(token) } else { Some(token.clone()) });
        let through = self.end.as_ref().map(|(token, is_in)| {
            if *is_in { token.clone() } else { before(token).unwrap_or(token.clone()) }
        });
        TokenRange { after, through }
    }
}

/// The type of which tokens are in CQL (`IPartitioner.getTokenValidator`).
pub(super) fn token_type(partitioner: &Partitioner) -> CqlType {
    match partitioner {
        Partitioner::Murmur3 => CqlType::BigInt,
        Partitioner::Random => CqlType::Varint,
        _ => CqlType::Blob,
    }
}

/// A token from its value in CQL.
///
/// # Errors
/// If it is none.
pub(super) fn token_of(partitioner: &Partitioner, value: &[u8]) -> QueryResult<Token> {
    let invalid = || QueryError::invalid("Invalid token value");
    match partitioner {
        Partitioner::Murmur3 => {
            let bytes: [u8; 8] = value.try_into().map_err(|_| invalid())?;
            Ok(Token::Murmur3(i64::from_be_bytes(bytes)))
        }
        Partitioner::Random => {
            let Ok(Scalar::Varint(digits)) = Scalar::decode(&CqlType::Varint, value) else {
                return Err(invalid());
            };
            let digits: &[u8] = digits;
            if digits.first().is_some_and(|first| first & 0x80 != 0) {
                return Ok(Token::Random(None));
            }
            let number = digits.iter().try_fold(0_u128, |number, byte| {
                number.checked_mul(256).map(|number| number | u128::from(*byte))
            });
            Ok(Token::Random(Some(number.unwrap_or(u128::MAX))))
        }
        Partitioner::Local(key_type) => Ok(Token::Local { key: value.to_vec(), key_type: key_type.clone() }),
        _ => Ok(Token::ByteOrdered(value.to_vec())),
    }
}

/// Whether a token stands for no bound (`Token.isMinimum`).
fn is_least(token: &Token) -> bool {
    match token {
        Token::Murmur3(number) => *number == i64::MIN,
        Token::Random(number) => number.is_none(),
        Token::ByteOrdered(key) | Token::Local { key, .. } => key.is_empty(),
    }
}

/// The token in front of a token, if tokens are numbers.
fn before(token: &Token) -> Option<Token> {
    match token {
        Token::Murmur3(number) => number.checked_sub(1).map(Token::Murmur3),
        Token::Random(Some(number)) => Some(Token::Random(number.checked_sub(1))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_that_leave_nothing_are_told_and_the_least_token_is_no_bound() {
        let token = |number| Token::Murmur3(number);
        assert_eq!(TokenBounds::new(Some((token(2), true)), Some((token(1), true))), None);
        assert_eq!(TokenBounds::new(Some((token(2), true)), Some((token(2), false))), None);
        let all = TokenBounds::new(Some((token(i64::MIN), false)), Some((token(i64::MIN), true))).unwrap();
        assert_eq!(all, TokenBounds::default());
        let some = TokenBounds::new(Some((token(5), true)), Some((token(9), false))).unwrap();
        assert_eq!(some.to_range(), TokenRange { after: Some(token(4)), through: Some(token(8)) });
        assert!(some.contains(&token(5)) && !some.contains(&token(9)));
    }
}
