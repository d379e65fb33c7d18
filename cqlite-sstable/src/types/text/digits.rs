//! The decimal digits of a binary floating-point number, by the algorithm of Java 17.
//!
//! The number is kept as a fraction `b / s` of integers and half its distance to the neighbour as `m / s`.
//! Each step takes the whole part as a digit and multiplies the rest by ten, until what is left (or what is
//! missing to the next digit) is less than `m`. Java does this in 32 bits, 64 bits or big integers, and the
//! ends differ: the narrow ones stop when an overflow makes `m` negative, and only the wide one stops where
//! `b + m` equals ten times `s`. To print what Java prints, the choice of the width is kept too.

use super::big::Big;

/// A positive number `fraction` · 2^(`exponent` − 52), the top bit of `fraction` at bit 52.
pub(super) struct Binary {
    pub(super) fraction: u64,
    pub(super) exponent: i32,
    /// The bits that the number's kind keeps at this size: 53 or 24, fewer for subnormal numbers.
    pub(super) significant_bits: i32,
}

/// Digits after "0." and a power of ten.
pub(super) struct Digits {
    /// The text of the digits.
    ascii: [u8; 24],
    length: usize,
    /// The number is 0.ddd · 10^`exponent`.
    pub(super) exponent: i32,
}

/// `b / s` as powers of two and five: `b` = fraction · 2^`b2` · 5^`b5`, `s` = 2^`s2` · 5^`s5`, `m` = 2^`m2` · 5^`b5`.
struct Scaled {
    fraction: u64,
    b2: i32,
    b5: i32,
    s2: i32,
    s5: i32,
    m2: i32,
}

/// The powers of five that fit in 64 bits.
const POWERS_OF_FIVE: [u64; 28] = [
    1,
    5,
    25,
    125,
    625,
    3125,
    15625,
    78125,
    390625,
    1953125,
    9765625,
    48828125,
    244140625,
    1220703125,
    6103515625,
    30517578125,
    152587890625,
    762939453125,
    3814697265625,
    19073486328125,
    95367431640625,
    476837158203125,
    2384185791015625,
    11920928955078125,
    59604644775390625,
    298023223876953125,
    1490116119384765625,
    7450580596923828125,
];

fn power_of_five(n: i32) -> u64 {
    POWERS_OF_FIVE.get(n as usize).copied().unwrap_or(0)
}

/// Bits of 5^n, or three for each power where the table of Java ends.
fn bits_of_power_of_five(n: i32) -> i32 {
    if n < 27 { power_of_five(n).ilog2() as i32 + i32::from(n != 0) } else { n * 3 }
}

/// 2^64 / `divisor`, rounded down, for [`quotient`].
fn reciprocal(divisor: u64) -> u64 {
    u64::MAX / divisor
}

/// `dividend` / `divisor` without a division, for dividends below 2^63: right or one too small.
fn quotient(dividend: u64, reciprocal: u64) -> u64 {
    ((u128::from(dividend) * u128::from(reciprocal)) >> 64) as u64
}

impl Digits {
    fn new(exponent: i32) -> Self {
        Self { ascii: [0; 24], length: 0, exponent }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.ascii.get(..self.length).unwrap_or_default()
    }

    #[inline]
    fn push(&mut self, digit: u8) {
        if let Some(free) = self.ascii.get_mut(self.length) {
            *free = b'0' + digit;
            self.length += 1;
        }
    }

    fn round_up(&mut self) {
        let digits = self.ascii.get_mut(..self.length).unwrap_or_default();
        for digit in digits.iter_mut().rev() {
            if *digit < b'9' {
                *digit += 1;
                return;
            }
            *digit = b'0';
        }
        if let Some(first) = digits.first_mut() {
            *first = b'1';
            self.exponent += 1;
        }
    }

    /// Rounds after the last digit: `low` tells that what is left is small enough, `high` that what is missing
    /// is; where both hold, `difference` compares the rest with a half.
    fn round(&mut self, low: bool, high: bool, difference: std::cmp::Ordering) {
        let odd = self.as_bytes().last().is_some_and(|digit| digit & 1 == 1);
        if high && (!low || difference.is_gt() || (difference.is_eq() && odd)) {
            self.round_up();
        }
    }

    /// The digits of an integer, less `insignificant` ones at its end, and no zeros there.
    fn of_integer(value: u64, insignificant: u32) -> Self {
        let power = 10_u64.pow(insignificant);
        let (mut value, rest) = (value / power, value % power);
        if insignificant > 0 && rest >= power / 2 {
            value += 1;
        }
        let mut buffer = itoa::Buffer::new();
        let text = buffer.format(value).as_bytes();
        let mut digits = Self::new((text.len() + insignificant as usize) as i32);
        let kept = text.iter().rposition(|&c| c != b'0').map_or(1, |last| last + 1);
        text.iter().take(kept).for_each(|c| digits.push(c - b'0'));
        digits
    }
}

impl Binary {
    pub(super) fn digits(&self) -> Digits {
        let tail_zeros = self.fraction.trailing_zeros() as i32;
        let fraction_bits = 53 - tail_zeros;
        let tiny_bits = (fraction_bits - self.exponent - 1).max(0);
        if tiny_bits == 0 && self.exponent <= 62 {
            return self.integer_digits();
        }
        let decimal_exponent = self.estimated_exponent();
        let (b5, s5) = ((-decimal_exponent).max(0), decimal_exponent.max(0));
        let (mut b2, mut s2) = (b5 + tiny_bits + self.exponent, s5 + tiny_bits);
        let mut m2 = b2 - self.significant_bits;
        b2 -= fraction_bits - 1;
        let common = b2.min(s2);
        (b2, s2, m2) = (b2 - common, s2 - common, m2 - common);
        if fraction_bits == 1 {
            m2 -= 1;
        }
        if m2 < 0 {
            (b2, s2, m2) = (b2 - m2, s2 - m2, 0);
        }
        let scaled = Scaled { fraction: self.fraction >> tail_zeros, b2, b5, s2, s5, m2 };
        let b_bits = fraction_bits + b2 + bits_of_power_of_five(b5);
        let ten_s_bits = s2 + 1 + bits_of_power_of_five(s5 + 1);
        match b_bits.max(ten_s_bits) {
            ..32 => scaled.digits_in_32_bits(decimal_exponent),
            32..64 => scaled.digits_in_64_bits(decimal_exponent),
            64..125 => scaled.digits_in_128_bits(decimal_exponent),
            _ => scaled.digits_in_big(decimal_exponent),
        }
    }

    fn integer_digits(&self) -> Digits {
        let value = if self.exponent >= 52 {
            self.fraction << (self.exponent - 52)
        } else {
            self.fraction >> (52 - self.exponent)
        };
        let beyond = self.exponent - self.significant_bits - 1;
        // log10(2) times the bits that the number's kind does not keep.
        let insignificant = if beyond > 1 { beyond as u32 * 30_103 / 100_000 } else { 0 };
        Digits::of_integer(value, insignificant)
    }

    /// About log10 of the number, rounded down; at times one too large.
    #[expect(clippy::approx_constant, reason = "the estimate must be off where Java's is")]
    fn estimated_exponent(&self) -> i32 {
        let mantissa = f64::from_bits((1023 << 52) | (self.fraction & ((1 << 52) - 1)));
        let log = (mantissa - 1.5) * 0.289529654 + 0.176091259 + f64::from(self.exponent) * 0.301029995663981;
        log.floor() as i32
    }
}

/// Whether a number is printed with an exponent, where Java always makes two digits at least.
fn is_scientific(decimal_exponent: i32) -> bool {
    !(-3..8).contains(&decimal_exponent)
}

macro_rules! narrow {
    ($name:ident, $int:ty) => {
        impl Scaled {
            fn $name(&self, mut decimal_exponent: i32) -> Digits {
                let five_b = power_of_five(self.b5) as $int;
                let mut b = (self.fraction as $int).wrapping_mul(five_b) << self.b2;
                let s = (power_of_five(self.s5) as $int) << self.s2;
                let mut m = five_b << self.m2;
                let tens = s.wrapping_mul(10);
                let reciprocal = reciprocal(s as u64);
                let mut step = |b: &mut $int| {
                    let mut q = quotient(*b as u64, reciprocal);
                    *b -= s * q as $int;
                    if *b >= s {
                        q += 1;
                        *b -= s;
                    }
                    *b = b.wrapping_mul(10);
                    m = m.wrapping_mul(10);
                    let (low, high) = (*b < m, b.wrapping_add(m) > tens);
                    (q as u8, m > 0, low, high)
                };
                let mut digits = Digits::new(0);
                let (first, _, mut low, mut high) = step(&mut b);
                if first == 0 && !high {
                    decimal_exponent -= 1;
                } else {
                    digits.push(first);
                }
                if is_scientific(decimal_exponent) {
                    (low, high) = (false, false);
                }
                while !low && !high {
                    let (digit, sound, small, near) = step(&mut b);
                    (low, high) = (small || !sound, near || !sound);
                    digits.push(digit);
                }
                digits.exponent = decimal_exponent + 1;
                digits.round(low, high, (b << 1).wrapping_sub(tens).cmp(&0));
                digits
            }
        }
    };
}

narrow!(digits_in_32_bits, i32);
narrow!(digits_in_64_bits, i64);

impl Scaled {
    /// As [`Scaled::digits_in_big`], for numbers that fit in 128 bits with ten times their size to spare.
    fn digits_in_128_bits(&self, mut decimal_exponent: i32) -> Digits {
        let five_b = 5_u128.pow(self.b5 as u32);
        let mut b = (u128::from(self.fraction) * five_b) << self.b2;
        let s = 5_u128.pow(self.s5 as u32) << self.s2;
        let mut m = five_b << self.m2;
        let tens = s * 10;
        // A quotient below ten from the leading bits, the divisor's rounded up: right or one too small.
        let shift = (128 - s.leading_zeros()).saturating_sub(59);
        let reciprocal = reciprocal((s >> shift) as u64 + 1);
        let mut step = |b: &mut u128| {
            let mut q = quotient((*b >> shift) as u64, reciprocal);
            *b -= s * u128::from(q);
            if *b >= s {
                q += 1;
                *b -= s;
            }
            *b *= 10;
            m *= 10;
            (q as u8, *b < m, *b + m >= tens)
        };
        let mut digits = Digits::new(0);
        let (first, mut low, mut high) = step(&mut b);
        if first == 0 && !high {
            decimal_exponent -= 1;
        } else {
            digits.push(first);
        }
        if is_scientific(decimal_exponent) {
            (low, high) = (false, false);
        }
        while !low && !high {
            let digit;
            (digit, low, high) = step(&mut b);
            digits.push(digit);
        }
        digits.exponent = decimal_exponent + 1;
        digits.round(low, high, (b << 1).cmp(&tens));
        digits
    }

    fn digits_in_big(&self, mut decimal_exponent: i32) -> Digits {
        let mut m = Big::power_of_five(self.b5);
        let mut b = m.clone();
        b.multiply(self.fraction);
        b.shift_left(self.b2);
        m.shift_left(self.m2);
        let mut s = Big::power_of_five(self.s5);
        s.shift_left(self.s2);
        let mut tens = s.clone();
        tens.multiply(10);
        let mut step = |b: &mut Big| {
            let q = b.take_quotient(&s);
            b.multiply(10);
            m.multiply(10);
            (q, b.compare(&m).is_lt(), b.compare_sum(&m, &tens).is_ge())
        };
        let mut digits = Digits::new(0);
        let (first, mut low, mut high) = step(&mut b);
        if first == 0 && !high {
            decimal_exponent -= 1;
        } else {
            digits.push(first);
        }
        if is_scientific(decimal_exponent) {
            (low, high) = (false, false);
        }
        while !low && !high {
            let digit;
            (digit, low, high) = step(&mut b);
            digits.push(digit);
        }
        digits.exponent = decimal_exponent + 1;
        b.shift_left(1);
        digits.round(low, high, b.compare(&tens));
        digits
    }
}
