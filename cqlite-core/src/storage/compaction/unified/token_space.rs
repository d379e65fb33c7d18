//! Arithmetic with tokens that are hashes (`Murmur3Partitioner`, `RandomPartitioner`).

use std::cmp::Ordering;

use cqlite_sstable::Token;

use super::super::summary::compare_tokens;

/// The bits of a token of `RandomPartitioner`.
const RANDOM_BITS: i32 = 127;

/// The least token, which is no key's; none where tokens are no hashes.
pub(super) fn least(of: &Token) -> Option<Token> {
    match of {
        Token::Murmur3(_) => Some(Token::Murmur3(i64::MIN)),
        Token::Random(_) => Some(Token::Random(None)),
        Token::ByteOrdered(_) | Token::Local { .. } => None,
    }
}

fn is_least(token: &Token) -> bool {
    matches!(token, Token::Murmur3(i64::MIN) | Token::Random(None))
}

/// The token behind it; behind the last one of `Murmur3Partitioner` comes the least.
pub(super) fn next(token: &Token) -> Option<Token> {
    match token {
        Token::Murmur3(token) => Some(Token::Murmur3(token.wrapping_add(1))),
        Token::Random(token) => Some(Token::Random(Some(token.map_or(0, |token| token.saturating_add(1))))),
        Token::ByteOrdered(_) | Token::Local { .. } => None,
    }
}

/// Which part of all tokens lie from `start` up to `end`, around the end of all if that is not greater
/// (`Token.size`).
pub(super) fn share(start: &Token, end: &Token) -> Option<f64> {
    let share = match (start, end) {
        (Token::Murmur3(start), Token::Murmur3(end)) => end.wrapping_sub(*start) as f64 / 2_f64.powi(64),
        (Token::Random(start), Token::Random(end)) => {
            let (start, end) = (random(*start), random(*end));
            end.saturating_sub(start) as f64 / 2_f64.powi(RANDOM_BITS)
        }
        _ => return None,
    };
    Some(if share > 0.0 { share } else { share + 1.0 })
}

/// The least token counts as -1.
fn random(token: Option<u128>) -> i128 {
    token.map_or(-1, |token| i128::try_from(token).unwrap_or(i128::MAX))
}

/// What is in the range and in the one from `start` up to `end`, neither of which goes over the end of all
/// (`Range.intersectionNonWrapping`).
pub(super) fn intersection(range: &(Token, Token), start: &Token, end: &Token) -> Option<(Token, Token)> {
    let from = if compare_tokens(&range.0, start).is_lt() { start } else { &range.0 };
    let to = match (is_least(&range.1), is_least(end)) {
        (true, _) => end,
        (_, true) => &range.1,
        _ if compare_tokens(&range.1, end).is_le() => &range.1,
        _ => end,
    };
    let is_empty = !is_least(to) && compare_tokens(to, from).is_le();
    (!is_empty).then(|| (from.clone(), to.clone()))
}

/// The token that has `ratio` of the tokens of a range before it (`IPartitioner.split`).
pub(super) fn split(start: &Token, end: &Token, ratio: f64) -> Option<Token> {
    match (start, end) {
        (Token::Murmur3(start), Token::Murmur3(end)) => {
            Some(Token::Murmur3(split_murmur3(*start, *end, ratio)))
        }
        (Token::Random(start), Token::Random(end)) => {
            Some(Token::Random(Some(split_random(start.unwrap_or(0), end.unwrap_or(0), ratio))))
        }
        _ => None,
    }
}

fn split_murmur3(start: i64, end: i64, ratio: f64) -> i64 {
    let wraps = start.cmp(&end) != Ordering::Less;
    let length = match wraps {
        // Cassandra counts one token too few here.
        true => (i128::from(i64::MAX) - i128::from(i64::MIN)) + i128::from(end) - i128::from(start),
        false => i128::from(end) - i128::from(start),
    };
    let (part, is_rounded) = portion(length.unsigned_abs(), ratio);
    let mut token = i128::from(start) + part as i128;
    // Cassandra rounds the token towards 0, and not the part.
    if is_rounded && token < 0 {
        token += 1;
    }
    if token > i128::from(i64::MAX) {
        token += i128::from(i64::MIN) - i128::from(i64::MAX);
    }
    i64::try_from(token).unwrap_or(i64::MAX)
}

fn split_random(start: u128, end: u128, ratio: f64) -> u128 {
    const TOKENS: u128 = 1 << RANDOM_BITS;
    if start < end {
        return start.saturating_add(portion(end - start, ratio).0);
    }
    let length = TOKENS.saturating_sub(start).saturating_add(end);
    let token = start.saturating_add(portion(length, ratio).0);
    token % TOKENS
}

/// `ratio` of a number, rounded down, and whether it was. Cassandra multiplies by the decimal fraction that
/// `ratio` prints as, and so does this, so that shards end at the same tokens as Cassandra's.
fn portion(number: u128, ratio: f64) -> (u128, bool) {
    let (digits, scale) = decimal(ratio);
    // Less than 10^-27 of all tokens is none.
    if scale > 27 {
        return (0, number > 0 && digits > 0);
    }
    let divisor = 10_u128.pow(scale);
    let (mut quotient, mut rest) = (0_u128, 0_u128);
    for limb in [96, 64, 32, 0].map(|shift| (number >> shift) & u128::from(u32::MAX)) {
        // the rest is less than the divisor, which is less than 2^90
        let dividend = (rest << 32) + limb * u128::from(digits);
        quotient = (quotient << 32) + dividend / divisor;
        rest = dividend % divisor;
    }
    (quotient, rest > 0)
}

/// A ratio from 0 to 1 as a whole number divided by a power of ten: the shortest that is read as the same
/// ratio.
fn decimal(ratio: f64) -> (u64, u32) {
    let text = format!("{:e}", ratio.clamp(0.0, 1.0));
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let fraction = (digits.len() as i32) - 1;
    let scale = fraction - exponent.parse::<i32>().unwrap_or(0);
    (digits.parse().unwrap_or(0), scale.max(0) as u32)
}
