//! Bytes in hexadecimal, lower case.

use super::sink::{Line, TextSink};

/// Bytes that are put into hexadecimal at a time: large values go out in pieces, never as a second copy.
const CHUNK: usize = 256;

#[inline]
fn digit(nibble: u8) -> u8 {
    nibble + b'0' + if nibble > 9 { b'a' - b'0' - 10 } else { 0 }
}

#[inline]
fn pair(byte: u8) -> [u8; 2] {
    [digit(byte >> 4), digit(byte & 15)]
}

/// Pushes two digits for each of `bytes`.
pub fn push_hex<S: TextSink + ?Sized>(bytes: &[u8], sink: &mut S) {
    for chunk in bytes.chunks(CHUNK) {
        let mut pairs = [[0; 2]; CHUNK];
        for (out, &byte) in pairs.iter_mut().zip(chunk) {
            *out = pair(byte);
        }
        sink.push(pairs.as_flattened().get(..2 * chunk.len()).unwrap_or_default());
    }
}

/// Pushes a UUID with its dashes, between `quote`s where there are any.
#[inline]
pub(super) fn push_uuid<S: TextSink + ?Sized>(uuid: &[u8; 16], quote: &[u8], sink: &mut S) {
    let pairs = uuid.map(pair);
    let digits = pairs.as_flattened();
    let mut line = Line::<38>::new();
    line.push(quote);
    line.push(digits.get(..8).unwrap_or_default());
    for start in [8, 12, 16] {
        line.push(b"-");
        line.push(digits.get(start..start + 4).unwrap_or_default());
    }
    line.push(b"-");
    line.push(digits.get(20..).unwrap_or_default());
    line.push(quote);
    sink.push(line.as_bytes());
}

/// The bytes that `text` spells in hexadecimal, upper or lower case.
pub(crate) fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if digits.len() % 2 == 1 {
        return None;
    }
    let value = |c: &u8| (*c as char).to_digit(16).map(|d| d as u8);
    digits
        .chunks_exact(2)
        .map(|pair| match pair {
            [high, low] => Some((value(high)? << 4) | value(low)?),
            _ => None,
        })
        .collect()
}
