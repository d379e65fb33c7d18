//! `decimal`: a scale and the digits of a whole number, as Java's `BigDecimal` prints and parses them.

use super::sink::TextSink;
use super::varint;

/// Zeros to push at once between the point and the first digit: never more than six.
const ZEROS: &[u8] = b"000000";

/// Pushes unscaled · 10^-`scale`; `unscaled` must not be empty.
pub(super) fn push_decimal<S: TextSink + ?Sized>(scale: i32, unscaled: &[u8], sink: &mut S) {
    if varint::is_negative(unscaled) {
        sink.push(b"-");
    }
    varint::with_magnitude(unscaled, |digits| push_scaled(i64::from(scale), digits, sink));
}

fn push_scaled<S: TextSink + ?Sized>(scale: i64, digits: &[u8], sink: &mut S) {
    if scale == 0 {
        return sink.push(digits);
    }
    let adjusted = digits.len() as i64 - 1 - scale;
    let whole = digits.len() as i64 - scale;
    if scale > 0 && whole > 0 {
        let (before, after) = digits.split_at(whole as usize);
        sink.push(before);
        sink.push(b".");
        sink.push(after);
    } else if scale > 0 && adjusted >= -6 {
        sink.push(b"0.");
        sink.push(ZEROS.get(..whole.unsigned_abs() as usize).unwrap_or_default());
        sink.push(digits);
    } else {
        let (first, more) = digits.split_at(1.min(digits.len()));
        sink.push(first);
        if !more.is_empty() {
            sink.push(b".");
            sink.push(more);
        }
        if adjusted != 0 {
            sink.push(if adjusted > 0 { b"E+" } else { b"E" });
            sink.push(itoa::Buffer::new().format(adjusted).as_bytes());
        }
    }
}

/// The bytes of the number in `text`: digits with a sign, a point and an exponent where wanted.
pub(super) fn parse_decimal(text: &str) -> Option<Vec<u8>> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
        None => (text, 0),
    };
    let (negative, mantissa) = split_sign(mantissa);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    if digits.is_empty() || !digits.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let scale = i32::try_from(fraction.len() as i64 - exponent).ok()?;
    let mut bytes = scale.to_be_bytes().to_vec();
    bytes.extend(varint::encode_decimal_digits(negative, digits.as_bytes()));
    Some(bytes)
}

/// The bytes of the whole number in `text`.
pub(super) fn parse_varint(text: &str) -> Option<Vec<u8>> {
    let (negative, digits) = split_sign(text);
    let sound = !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit());
    sound.then(|| varint::encode_decimal_digits(negative, digits.as_bytes()))
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// An exponent of at most ten digits, leading zeros not counted.
fn parse_exponent(text: &str) -> Option<i64> {
    let (negative, digits) = split_sign(text);
    let significant = digits.trim_start_matches('0');
    if digits.is_empty() || significant.len() > 10 || !digits.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let exponent: i64 = if significant.is_empty() { 0 } else { significant.parse().ok()? };
    Some(if negative { -exponent } else { exponent })
}
