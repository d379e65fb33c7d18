//! Literals without quotes: UUIDs, blobs, durations and numbers.

use super::TokenKind;

/// The kind and the length of the literal that `rest` begins with, if it begins with one.
///
/// The order is that of precedence: `1234abcd-...` is a UUID though it begins with a number, and `1d` a duration
/// though it begins with one too.
pub(super) fn scan(rest: &str) -> Option<(TokenKind, usize)> {
    let bytes = rest.as_bytes();
    let negative = bytes.first() == Some(&b'-');
    let body_start = usize::from(negative);
    let first = *bytes.get(body_start)?;
    if let Some(length) = uuid(bytes) {
        return Some((TokenKind::Uuid, length));
    }
    if first == b'P' {
        return iso_duration(bytes, body_start).map(|end| (TokenKind::Duration, end));
    }
    if first.is_ascii_alphabetic() {
        return if negative { negative_non_finite(rest) } else { None };
    }
    if !first.is_ascii_digit() {
        return None;
    }
    if let Some(length) = blob(bytes) {
        return Some((TokenKind::Blob, length));
    }
    if let Some(end) = duration(bytes, body_start) {
        return Some((TokenKind::Duration, end));
    }
    Some(decimal(bytes, body_start))
}

/// Why Cassandra cannot take a float for a number, in the words of Java; none if it can.
pub(crate) fn out_of_range(text: &str) -> Option<&'static str> {
    /// The digits before the exponent that no double is too small for.
    const SAFE_LENGTH: usize = 308;
    const INFINITE: &str =
        "Character I is neither a decimal digit number, decimal point, nor \"e\" notation exponential mark.";
    let exponent = text.bytes().position(|byte| matches!(byte, b'e' | b'E'));
    // `NaN` and `Infinity` have none either.
    if exponent.is_none() && text.len() < SAFE_LENGTH {
        return None;
    }
    if let Some(at) = exponent {
        let mantissa = text.get(..at).unwrap_or_default();
        let exponent = text.get(at + 1..).unwrap_or_default();
        let digits = exponent.trim_start_matches(['+', '-']).trim_start_matches('0');
        if digits.len() > 10 {
            return Some("Too many nonzero exponent digits.");
        }
        let Ok(exponent) = exponent.parse::<i64>().map(i32::try_from).unwrap_or(Ok(0)) else {
            return Some("Exponent overflow.");
        };
        let decimals = mantissa.find('.').map_or(0, |dot| mantissa.len() - dot - 1);
        let scale = i64::try_from(decimals).unwrap_or(i64::MAX).saturating_sub(exponent.into());
        if i32::try_from(scale).is_err() {
            return Some("Scale out of range.");
        }
    }
    text.parse::<f64>().is_ok_and(f64::is_infinite).then_some(INFINITE)
}

/// 8-4-4-4-12 hexadecimal digits.
fn uuid(bytes: &[u8]) -> Option<usize> {
    const LENGTH: usize = 36;
    let candidate = bytes.get(..LENGTH)?;
    let well_formed = candidate.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    well_formed.then_some(LENGTH)
}

/// `0x` and any number of hexadecimal digits.
fn blob(bytes: &[u8]) -> Option<usize> {
    let digits = bytes.strip_prefix(b"0x").or_else(|| bytes.strip_prefix(b"0X"))?;
    Some(2 + digits.iter().take_while(|byte| byte.is_ascii_hexdigit()).count())
}

/// `-NaN` and `-Infinity`; without the sign they are keywords.
fn negative_non_finite(rest: &str) -> Option<(TokenKind, usize)> {
    let word_length =
        rest.bytes().skip(1).take_while(|&byte| byte.is_ascii_alphanumeric() || byte == b'_').count();
    let length = 1 + word_length;
    let word = rest.get(1..length)?;
    let known = word.eq_ignore_ascii_case("nan") || word.eq_ignore_ascii_case("infinity");
    known.then_some((TokenKind::Float, length))
}

/// An integer, or with a fraction or an exponent a float. `1..2` is a range of integers.
fn decimal(bytes: &[u8], start: usize) -> (TokenKind, usize) {
    let mut end = skip_digits(bytes, start);
    let mut kind = TokenKind::Integer;
    let dots = bytes.iter().skip(end).take(3).take_while(|&&byte| byte == b'.').count();
    if dots == 1 || dots == 3 {
        kind = TokenKind::Float;
        end = skip_digits(bytes, end + 1);
    }
    if let Some(b'e' | b'E') = bytes.get(end) {
        let sign = matches!(bytes.get(end + 1), Some(b'+' | b'-'));
        let digits = end + 1 + usize::from(sign);
        let exponent_end = skip_digits(bytes, digits);
        if exponent_end > digits {
            return (TokenKind::Float, exponent_end);
        }
    }
    (kind, end)
}

/// One or more of digits and a unit: `1y2mo3w`.
fn duration(bytes: &[u8], start: usize) -> Option<usize> {
    let mut end = None;
    let mut at = start;
    loop {
        let digits_end = skip_digits(bytes, at);
        let unit = bytes.get(digits_end..).unwrap_or_default();
        match unit_length(unit) {
            Some(length) if digits_end > at => at = digits_end + length,
            _ => return end,
        }
        end = Some(at);
    }
}

fn unit_length(bytes: &[u8]) -> Option<usize> {
    /// The longer units first: `m` and `s` begin others.
    const UNITS: [&[u8]; 11] =
        [b"mo", b"ms", b"us", "\u{b5}s".as_bytes(), b"ns", b"y", b"w", b"d", b"h", b"m", b"s"];
    UNITS
        .iter()
        .find(|unit| bytes.get(..unit.len()).is_some_and(|text| text.eq_ignore_ascii_case(unit)))
        .map(|unit| unit.len())
}

/// The forms of ISO 8601, from the `P` at `start`. None if the word goes on: `P1Days` is a name.
fn iso_duration(bytes: &[u8], start: usize) -> Option<usize> {
    let body = start + 1;
    if let Some(end) = iso_alternative(bytes, body) {
        return Some(end);
    }
    let weeks = designators(bytes, body, b"W");
    let date = designators(bytes, body, b"YMD");
    let time_start = date.unwrap_or(body);
    let time = match bytes.get(time_start) {
        Some(b'T') => designators(bytes, time_start + 1, b"HMS"),
        _ => None,
    };
    let end = weeks.or(time).or(date)?;
    let word_goes_on = bytes.get(end).is_some_and(|&byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (!word_goes_on).then_some(end)
}

/// `0001-02-03T04:05:06`.
fn iso_alternative(bytes: &[u8], start: usize) -> Option<usize> {
    const SHAPE: &[u8] = b"dddd-dd-ddTdd:dd:dd";
    let end = start + SHAPE.len();
    let text = bytes.get(start..end)?;
    let fits = |(byte, shape): (&u8, &u8)| if *shape == b'd' { byte.is_ascii_digit() } else { byte == shape };
    text.iter().zip(SHAPE).all(fits).then_some(end)
}

/// Numbers, each followed by one of `units`, in that order, each at most once. None if there is none.
fn designators(bytes: &[u8], start: usize, units: &[u8]) -> Option<usize> {
    let mut end = None;
    let mut at = start;
    for unit in units {
        let digits_end = skip_digits(bytes, at);
        if digits_end > at && bytes.get(digits_end) == Some(unit) {
            at = digits_end + 1;
            end = Some(at);
        }
    }
    end
}

fn skip_digits(bytes: &[u8], start: usize) -> usize {
    start + bytes.iter().skip(start).take_while(|byte| byte.is_ascii_digit()).count()
}
