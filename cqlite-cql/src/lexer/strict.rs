//! Where Cassandra's lexer refuses what could be cut into tokens: it settles for a kind of token too early.

use super::number;

/// One of several characters, as Cassandra's lexer tells it.
const ONE_OF_A_SET: &str = "set null";

/// Where Cassandra's lexer cannot go on with a token that it has settled for.
pub(super) struct Refused {
    /// How many bytes it has taken.
    pub(super) length: usize,
    pub(super) expected: Expected,
}

/// What it tells that it expected then.
pub(super) enum Expected {
    /// Nothing: there is no alternative.
    Nothing,
    /// One or more digits.
    Digits,
    This(&'static str),
}

impl Refused {
    fn mismatch(length: usize) -> Self {
        Self { length, expected: Expected::This(ONE_OF_A_SET) }
    }

    fn no_alternative(length: usize) -> Self {
        Self { length, expected: Expected::Nothing }
    }
}

/// How far Cassandra's lexer comes in `rest`, if it settles for a token there that does not come.
pub(super) fn refused(rest: &str) -> Option<Refused> {
    let bytes = rest.as_bytes();
    let first = *bytes.first()?;
    if first == b'-' {
        return refused_after_minus(rest);
    }
    if first == b'$' && bytes.get(1) != Some(&b'$') {
        return Some(Refused { length: 1, expected: Expected::This("'$'") });
    }
    if first == b'P' {
        return refused_iso_duration(bytes, 1);
    }
    if !first.is_ascii_alphanumeric() {
        return None;
    }
    let digits = bytes.iter().take(8).take_while(|byte| byte.is_ascii_hexdigit()).count();
    if digits == 8 && bytes.get(8) == Some(&b'-') {
        return refused_uuid(bytes);
    }
    if !first.is_ascii_digit() {
        return None;
    }
    let (_, length) = number::scan(rest)?;
    let unfinished = refused_number(rest, length);
    let reached = unfinished.as_ref().map_or(length, |refused| refused.length);
    // What hexadecimal digits go beyond can be a UUID alone: there are eight.
    if reached < digits {
        let expected = if digits == 8 { "'-'" } else { ONE_OF_A_SET };
        return Some(Refused { length: digits, expected: Expected::This(expected) });
    }
    unfinished
}

/// `-NaN` and `-Infinity`, whatever follows.
pub(super) fn negative_non_finite(rest: &str) -> Option<usize> {
    let starts = |word: &str| rest.get(..word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word));
    ["-nan", "-infinity"].into_iter().find(|word| starts(word)).map(str::len)
}

fn refused_after_minus(rest: &str) -> Option<Refused> {
    let bytes = rest.as_bytes();
    match bytes.get(1)? {
        b'n' | b'N' | b'i' | b'I' if negative_non_finite(rest).is_none() => {
            let alike = |word: &str| {
                let pairs = bytes.iter().skip(1).zip(word.bytes());
                pairs.take_while(|(byte, other)| byte.eq_ignore_ascii_case(other)).count()
            };
            Some(Refused::mismatch(1 + alike("nan").max(alike("infinity"))))
        }
        b'P' if number::scan(rest).is_none() => refused_iso_duration(bytes, 2).or_else(|| {
            let digits = bytes.iter().skip(2).take_while(|byte| byte.is_ascii_digit()).count();
            Some(Refused::no_alternative(2 + digits))
        }),
        b'0'..=b'9' => {
            let (_, length) = number::scan(rest)?;
            refused_number(rest, length)
        }
        _ => None,
    }
}

/// `P`, four digits and a minus sign must become a date and a time.
fn refused_iso_duration(bytes: &[u8], start: usize) -> Option<Refused> {
    const SHAPE: &[u8] = b"dddd-dd-ddTdd:dd:dd";
    const SETTLED: usize = 5;
    let fits = |(byte, shape): &(&u8, &u8)| match **shape {
        b'd' => byte.is_ascii_digit(),
        shape => **byte == shape,
    };
    let length = bytes.iter().skip(start).zip(SHAPE).take_while(fits).count();
    let expected = match SHAPE.get(length)? {
        b'-' => "'-'",
        b'T' => "'T'",
        b':' => "':'",
        _ => ONE_OF_A_SET,
    };
    let expected = Expected::This(expected);
    (length >= SETTLED).then_some(Refused { length: start + length, expected })
}

/// After the digits of a duration, what begins `us`, `\u{b5}s` or `ns` must become that.
fn refused_unit(rest: &str, length: usize) -> Option<Refused> {
    let is_number = rest.get(..length)?.bytes().skip(1).all(|byte| byte.is_ascii_digit());
    let mut following = rest.get(length..)?.chars();
    let unit = following.next().filter(|unit| matches!(unit, 'u' | 'U' | 'n' | 'N' | '\u{b5}'))?;
    let is_finished = matches!(following.next(), Some('s' | 'S'));
    (is_number && !is_finished).then(|| Refused::mismatch(length + unit.len_utf8()))
}

/// Eight hexadecimal digits and a minus sign must become a UUID.
fn refused_uuid(bytes: &[u8]) -> Option<Refused> {
    let is_separator = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let fits = |(at, byte): &(usize, &u8)| match is_separator(*at) {
        true => **byte == b'-',
        false => byte.is_ascii_hexdigit(),
    };
    let length = bytes.iter().take(36).enumerate().take_while(fits).count();
    let expected = if is_separator(length) { "'-'" } else { ONE_OF_A_SET };
    (length < 36).then_some(Refused { length, expected: Expected::This(expected) })
}

/// What follows a number must not begin what it could go on with.
fn refused_number(rest: &str, length: usize) -> Option<Refused> {
    let bytes = rest.as_bytes();
    refused_exponent(bytes, length)
        .or_else(|| refused_part(bytes, length))
        .or_else(|| refused_unit(rest, length))
}

/// An `e` after a number must begin an exponent. What could be a UUID up to there is no float yet.
fn refused_exponent(bytes: &[u8], length: usize) -> Option<Refused> {
    const DIGITS_OF_UUID: usize = 8;
    let number = bytes.get(..length)?;
    let is_exponent =
        matches!(bytes.get(length)?, b'e' | b'E') && matches!(number.last()?, b'0'..=b'9' | b'.');
    let has_exponent = number.iter().any(|byte| matches!(byte, b'e' | b'E'));
    if !is_exponent || has_exponent || number.get(1) == Some(&b'x') {
        return None;
    }
    let has_sign = matches!(bytes.get(length + 1), Some(b'+' | b'-'));
    let is_float =
        has_sign || number.first() == Some(&b'-') || number.contains(&b'.') || length >= DIGITS_OF_UUID;
    Some(match is_float {
        true => Refused { length: length + 1 + usize::from(has_sign), expected: Expected::Digits },
        false => Refused::no_alternative(length + 1),
    })
}

/// A digit after a duration must begin the next part of it.
fn refused_part(bytes: &[u8], length: usize) -> Option<Refused> {
    let last = bytes.get(length.checked_sub(1)?)?;
    let is_part = bytes.get(length)?.is_ascii_digit() && last.is_ascii_alphabetic();
    let digits = || bytes.iter().skip(length).take_while(|byte| byte.is_ascii_digit()).count();
    is_part.then(|| Refused::no_alternative(length + digits()))
}
