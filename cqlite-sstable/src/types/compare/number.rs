//! The order of numbers.

use std::cmp::Ordering;

use crate::types::text::varint::{is_negative, with_magnitude};

/// `int`, and what Cassandra makes of other lengths.
#[inline]
pub(super) fn int(a: &[u8], b: &[u8]) -> Ordering {
    match (<[u8; 4]>::try_from(a), <[u8; 4]>::try_from(b)) {
        (Ok(a), Ok(b)) => i32::from_be_bytes(a).cmp(&i32::from_be_bytes(b)),
        _ => signed_bytes(a, b),
    }
}

/// `bigint` and `timestamp`, and what Cassandra makes of other lengths.
#[inline]
pub(super) fn bigint(a: &[u8], b: &[u8]) -> Ordering {
    match (<[u8; 8]>::try_from(a), <[u8; 8]>::try_from(b)) {
        (Ok(a), Ok(b)) => i64::from_be_bytes(a).cmp(&i64::from_be_bytes(b)),
        _ => signed_bytes(a, b),
    }
}

/// The first byte by its sign, the others without: two's complement numbers of one length.
pub(super) fn signed_bytes(a: &[u8], b: &[u8]) -> Ordering {
    match (a.split_first(), b.split_first()) {
        (Some((&a, more_a)), Some((&b, more_b))) => {
            (a as i8).cmp(&(b as i8)).then_with(|| more_a.cmp(more_b))
        }
        _ => a.cmp(b),
    }
}

/// False, then every byte that is not zero.
pub(super) fn boolean(a: &[u8], b: &[u8]) -> Ordering {
    let truth = |value: &[u8]| value.first().map(|&byte| byte != 0);
    truth(a).cmp(&truth(b))
}

/// `Float.compare`: -0.0 before 0.0, and every NaN is the same and last.
pub(super) fn float(a: &[u8], b: &[u8]) -> Ordering {
    let number = |bytes: [u8; 4]| Some(f32::from_be_bytes(bytes)).filter(|number| !number.is_nan());
    match (<[u8; 4]>::try_from(a), <[u8; 4]>::try_from(b)) {
        (Ok(a), Ok(b)) => match (number(a), number(b)) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            (a, b) => a.is_none().cmp(&b.is_none()),
        },
        _ => odd_length(a, b, 4),
    }
}

/// `Double.compare`, as [`float`].
pub(super) fn double(a: &[u8], b: &[u8]) -> Ordering {
    let number = |bytes: [u8; 8]| Some(f64::from_be_bytes(bytes)).filter(|number| !number.is_nan());
    match (<[u8; 8]>::try_from(a), <[u8; 8]>::try_from(b)) {
        (Ok(a), Ok(b)) => match (number(a), number(b)) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            (a, b) => a.is_none().cmp(&b.is_none()),
        },
        _ => odd_length(a, b, 8),
    }
}

/// Values of which not both have the `sound` length: by their bytes, and in front of the sound ones.
pub(super) fn odd_length(a: &[u8], b: &[u8], sound: usize) -> Ordering {
    (a.len() == sound).cmp(&(b.len() == sound)).then_with(|| a.cmp(b))
}

/// `varint`, in more bytes than needed too.
pub(super) fn varint(a: &[u8], b: &[u8]) -> Ordering {
    if a.is_empty() || b.is_empty() {
        return a.cmp(b);
    }
    match (is_negative(a), is_negative(b)) {
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (negative, _) => {
            let filler = if negative { 0xFF } else { 0 };
            let (a, b) = (without_leading(a, filler), without_leading(b, filler));
            let by_length = a.len().cmp(&b.len());
            if negative { by_length.reverse() } else { by_length }.then_with(|| a.cmp(b))
        }
    }
}

fn without_leading(mut bytes: &[u8], filler: u8) -> &[u8] {
    while let Some((first, rest)) = bytes.split_first()
        && *first == filler
    {
        bytes = rest;
    }
    bytes
}

/// `decimal` by its numeric value: 1.0 equals 1.00. A scale without digits is zero.
pub(super) fn decimal(a: &[u8], b: &[u8]) -> Ordering {
    let (Some((scale_a, unscaled_a)), Some((scale_b, unscaled_b))) =
        (a.split_first_chunk::<4>(), b.split_first_chunk::<4>())
    else {
        return (a.len() >= 4).cmp(&(b.len() >= 4)).then_with(|| a.cmp(b));
    };
    let sign = |unscaled: &[u8]| match unscaled {
        _ if is_negative(unscaled) => -1,
        _ if without_leading(unscaled, 0).is_empty() => 0,
        _ => 1,
    };
    let signs = (sign(unscaled_a), sign(unscaled_b));
    match signs {
        (x, y) if x != y => x.cmp(&y),
        (0, _) => Ordering::Equal,
        _ if scale_a == scale_b => varint(unscaled_a, unscaled_b),
        (x, _) => {
            let by_magnitude = magnitudes(
                (i32::from_be_bytes(*scale_a), unscaled_a),
                (i32::from_be_bytes(*scale_b), unscaled_b),
            );
            if x < 0 { by_magnitude.reverse() } else { by_magnitude }
        }
    }
}

/// Compares what is not zero, without its sign. The digits are computed only if the lengths do not tell.
fn magnitudes((scale_a, a): (i32, &[u8]), (scale_b, b): (i32, &[u8])) -> Ordering {
    let ((least_a, most_a), (least_b, most_b)) = (points(scale_a, a), points(scale_b, b));
    if most_a < least_b {
        return Ordering::Less;
    }
    if least_a > most_b {
        return Ordering::Greater;
    }
    with_magnitude(a, |a| with_magnitude(b, |b| scaled_digits((scale_a, a), (scale_b, b))))
}

/// Where the point can stand at least and at most, counted from the first digit: a byte has 2.41 digits.
fn points(scale: i32, unscaled: &[u8]) -> (i64, i64) {
    let filler = if is_negative(unscaled) { 0xFF } else { 0 };
    let bits = (without_leading(unscaled, filler).len() as i64).saturating_mul(8);
    let digits = |bits: i64, of_100_000_bits: i64| bits.saturating_mul(of_100_000_bits) / 100_000 + 1;
    let (least, most) = (digits((bits - 8).max(0), 30_102), digits(bits + 1, 30_103));
    (least - i64::from(scale), most - i64::from(scale))
}

/// Compares digits · 10^-scale, where the first digit of both is not zero: first where the point stands, then the
/// digits.
fn scaled_digits((scale_a, a): (i32, &[u8]), (scale_b, b): (i32, &[u8])) -> Ordering {
    let point = |digits: &[u8], scale: i32| (digits.len() as i64).saturating_sub(i64::from(scale));
    let significant =
        |digits: &[u8]| digits.iter().rposition(|&digit| digit != b'0').map_or(0, |last| last + 1);
    let by_point = point(a, scale_a).cmp(&point(b, scale_b));
    by_point.then_with(|| a.iter().take(significant(a)).cmp(b.iter().take(significant(b))))
}
