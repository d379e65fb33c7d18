//! `float` and `double` as Java 17's `Float.toString` and `Double.toString` print them.
//!
//! Java before 19 does not always print the shortest text that reads back to the same number: 2.0E-44 (a
//! `float`) or 2^-44 get a digit more, 2.0E23 as well. What decides is a digit generation after Steele and
//! White, in three widths with slightly different ends, which is what this file and [`super::digits`] keep to.

use super::digits::{Binary, Digits};
use super::sink::{Line, TextSink};

/// How one kind of floating-point number lies in its bits.
struct Layout {
    fraction_bits: u32,
    exponent_bias: i32,
    exponent_mask: u64,
}

const DOUBLE: Layout = Layout { fraction_bits: 52, exponent_bias: 1023, exponent_mask: 0x7FF };
const FLOAT: Layout = Layout { fraction_bits: 23, exponent_bias: 127, exponent_mask: 0xFF };

/// The longest text is that of a negative double: `-2.2250738585072014E-308`, with digits to spare.
type Text = Line<32>;

/// Pushes `value` as `Double.toString` does.
#[inline]
pub(super) fn push_double<S: TextSink + ?Sized>(value: f64, sink: &mut S) {
    push_bits(value.to_bits(), value.is_sign_negative(), &DOUBLE, value.is_nan(), sink);
}

/// Pushes `value` as `Float.toString` does.
#[inline]
pub(super) fn push_float<S: TextSink + ?Sized>(value: f32, sink: &mut S) {
    push_bits(u64::from(value.to_bits()), value.is_sign_negative(), &FLOAT, value.is_nan(), sink);
}

fn push_bits<S: TextSink + ?Sized>(bits: u64, negative: bool, layout: &Layout, nan: bool, sink: &mut S) {
    let exponent = (bits >> layout.fraction_bits) & layout.exponent_mask;
    let fraction = bits & ((1 << layout.fraction_bits) - 1);
    let mut text = Text::new();
    if negative && !nan {
        text.push(b"-");
    }
    match (exponent, fraction) {
        _ if nan => text.push(b"NaN"),
        (e, _) if e == layout.exponent_mask => text.push(b"Infinity"),
        (0, 0) => text.push(b"0.0"),
        _ => write_digits(&binary(exponent, fraction, layout).digits(), &mut text),
    }
    sink.push(text.as_bytes());
}

/// The number with its leading bit at bit 52, whatever its kind.
fn binary(exponent: u64, fraction: u64, layout: &Layout) -> Binary {
    let widen = 52 - layout.fraction_bits;
    if exponent == 0 {
        let significant_bits = 64 - fraction.leading_zeros();
        let shift = layout.fraction_bits + 1 - significant_bits;
        let exponent = 1 - shift as i32 - layout.exponent_bias;
        Binary { fraction: fraction << (shift + widen), exponent, significant_bits: significant_bits as i32 }
    } else {
        Binary {
            fraction: (fraction | (1 << layout.fraction_bits)) << widen,
            exponent: exponent as i32 - layout.exponent_bias,
            significant_bits: layout.fraction_bits as i32 + 1,
        }
    }
}

/// Writes digits with a point from 10^-3 up to 10^7, else with an exponent.
fn write_digits(digits: &Digits, text: &mut Text) {
    let all = digits.as_bytes();
    let exponent = digits.exponent;
    if (1..8).contains(&exponent) {
        let whole = exponent as usize;
        let (before, after) = all.split_at(whole.min(all.len()));
        text.push(before);
        text.push(b"00000000".get(..whole - before.len()).unwrap_or_default());
        text.push(b".");
        text.push(if after.is_empty() { b"0" } else { after });
    } else if (-2..=0).contains(&exponent) {
        text.push(b"0.00".get(..2 + exponent.unsigned_abs() as usize).unwrap_or_default());
        text.push(all);
    } else {
        let (before, after) = all.split_at(1.min(all.len()));
        text.push(before);
        text.push(b".");
        text.push(if after.is_empty() { b"0" } else { after });
        text.push(b"E");
        text.push(itoa::Buffer::new().format(exponent - 1).as_bytes());
    }
}
