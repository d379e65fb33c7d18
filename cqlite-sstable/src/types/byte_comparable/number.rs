//! Numbers.

use super::write_escaped;
use crate::types::text::varint::{is_negative, with_magnitude};

/// From this many significant bytes on a varint has its length in front.
const FULL_FORM_BYTES: usize = 7;

/// The sign bit flipped.
pub(super) fn write_signed(value: &[u8], out: &mut Vec<u8>) {
    if let Some((first, more)) = value.split_first() {
        out.push(first ^ 0x80);
        out.extend_from_slice(more);
    }
}

/// Negative numbers inverted, the others with the sign bit set.
pub(super) fn write_floating(value: &[u8], out: &mut Vec<u8>) {
    match value.first() {
        Some(first) if first & 0x80 != 0 => out.extend(value.iter().map(|byte| !byte)),
        _ => write_signed(value, out),
    }
}

pub(super) fn write_bigint(value: &[u8], out: &mut Vec<u8>) {
    match value.try_into() {
        Ok(value) => write_signed_vint(i64::from_be_bytes(value), out),
        Err(_) => write_signed(value, out),
    }
}

/// One to nine bytes (`ByteSource.VariableLengthInteger`): the inverted sign, as many bits like it as there are
/// more bytes, a bit unlike it, and the number in two's complement.
fn write_signed_vint(value: i64, out: &mut Vec<u8>) {
    let flip = (value >> 63) as u64;
    let magnitude = value as u64 ^ flip;
    let more = (64 - (magnitude | 1).leading_zeros() as usize) / 7;
    if more >= 8 {
        out.push(!(flip as u8));
        return out.extend_from_slice(&((magnitude | (1 << 63)) ^ flip).to_be_bytes());
    }
    let marker = u64::from(!(0x7F_u8 >> more)) << (8 * more);
    let bytes = ((magnitude | marker) ^ flip).to_be_bytes();
    out.extend_from_slice(bytes.get(7 - more..).unwrap_or_default());
}

/// As [`write_signed_vint`] up to six bytes; behind that the sign, the length and the bytes (`IntegerType`).
/// `value` is not empty.
pub(crate) fn write_varint(value: &[u8], out: &mut Vec<u8>) {
    let filler = if is_negative(value) { 0xFF } else { 0 };
    let redundant =
        value.iter().take_while(|&&byte| byte == filler).count().min(value.len().saturating_sub(1));
    let significant = value.get(redundant..).unwrap_or_default();
    if significant.len() < FULL_FORM_BYTES {
        let start = if filler == 0 { 0 } else { -1 };
        let number = significant.iter().fold(start, |number, &byte| (number << 8) | i64::from(byte));
        return write_signed_vint(number, out);
    }
    out.push(!filler);
    let from = out.len();
    write_vint((significant.len() - FULL_FORM_BYTES) as u64, out);
    for byte in out.iter_mut().skip(from) {
        *byte ^= filler;
    }
    out.extend_from_slice(significant);
}

/// As many leading one bits as there are more bytes (`ByteSource.VariableLengthUnsignedInteger`).
fn write_vint(value: u64, out: &mut Vec<u8>) {
    let more = (63 - (value | 1).leading_zeros() as usize) / 7;
    let marker = u64::from(!(0xFF_u16 >> more) as u8) << (8 * more);
    out.extend_from_slice((value | marker).to_be_bytes().get(7 - more..).unwrap_or_default());
}

/// The sign and the length of the exponent to base 100, the exponent, and the digits of a mantissa below one to
/// that base, of which only the first has a sign (`DecimalType`).
pub(super) fn write_decimal(value: &[u8], out: &mut Vec<u8>) {
    let Some((scale, unscaled)) = value.split_first_chunk::<4>() else {
        return write_escaped(value, out);
    };
    let scale = i64::from(i32::from_be_bytes(*scale));
    let negative = is_negative(unscaled);
    with_magnitude(unscaled, |digits| match digits.iter().rposition(|&digit| digit != b'0') {
        Some(last) => {
            let point = (digits.len() as i64).saturating_sub(scale);
            let significant = digits.get(..=last).unwrap_or_default();
            write_exponent(negative, point.saturating_add(point & 1) / 2, out);
            write_mantissa(negative, point & 1 == 1, significant, out);
        }
        None => out.push(0x80),
    });
}

fn write_exponent(negative: bool, exponent: i64, out: &mut Vec<u8>) {
    let (modulated, sign) = if negative { (-exponent, 0) } else { (exponent, 0x80) };
    let bytes = 4_u8.saturating_sub((modulated.unsigned_abs() as u32).leading_zeros() as u8 / 8);
    out.push(if modulated < 0 { sign + 0x40 - bytes } else { sign + 0x40 + bytes });
    let start = 8_usize.saturating_sub(usize::from(bytes));
    out.extend_from_slice(modulated.to_be_bytes().get(start..).unwrap_or_default());
}

/// Pairs of digits, the first one with a zero in front if `odd`. The first pair of a negative number is rounded
/// down, so that those behind it are what is missing to one.
fn write_mantissa(negative: bool, odd: bool, digits: &[u8], out: &mut Vec<u8>) {
    let digit = |index: usize| digits.get(index).map_or(0, |digit| digit.wrapping_sub(b'0'));
    let (shift, pairs) = if odd { (1, digits.len() / 2 + 1) } else { (0, digits.len().div_ceil(2)) };
    for pair in 0..pairs {
        let tens = if pair == 0 && odd { 0 } else { digit(pair * 2 - shift) };
        let hundredths = tens * 10 + digit(pair * 2 + 1 - shift);
        let is_last = pair + 1 == pairs;
        out.push(match (negative, pair, is_last) {
            (false, ..) => 0x80 + hundredths,
            (true, 0, true) => 0x80 - hundredths,
            (true, 0, false) => 0x7F - hundredths,
            (true, _, true) => 0x80 + 100 - hundredths,
            (true, _, false) => 0x80 + 99 - hundredths,
        });
    }
    out.push(0);
}
