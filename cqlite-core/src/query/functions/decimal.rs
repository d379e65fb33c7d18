//! Decimal numbers as Java's `BigDecimal` reckons with them.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};

use super::arithmetic_error::ArithmeticError;

/// Digits that a result of an addition, subtraction or multiplication may have (`DecimalType.MAX_PRECISION`).
const MAX_PRECISION: u64 = 10_000;

/// The least digits of a quotient, and its least and largest scale (`DecimalType`).
const MIN_SIGNIFICANT_DIGITS: i64 = 32;
const MIN_SCALE: i64 = 32;
const MAX_SCALE: i64 = 1000;

/// Scales beyond which no number is spelled out: its digits would fill the memory.
const MAX_EXPANSION: u64 = 1 << 20;

/// unscaled · 10^−scale
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    pub(super) unscaled: BigInt,
    pub(super) scale: i32,
}

/// 10^n
pub(super) fn power_of_ten(n: u64) -> Result<BigInt, ArithmeticError> {
    match u32::try_from(n) {
        Ok(small) if n <= MAX_EXPANSION => Ok(BigInt::from(10).pow(small)),
        _ => Err(ArithmeticError::new("a decimal number of such a scale cannot be spelled out")),
    }
}

/// The number of decimal digits; 1 of zero (`BigDecimal.precision`).
pub(super) fn precision(number: &BigInt) -> u64 {
    let bits = number.bits();
    if bits == 0 {
        return 1;
    }
    // log10(2) is a little less than 0.30103.
    let guess = (bits.saturating_sub(1)).saturating_mul(30_102) / 100_000;
    let mut power = BigInt::from(10).pow(u32::try_from(guess).unwrap_or(u32::MAX));
    let mut digits = guess;
    while *number.magnitude() >= *power.magnitude() {
        power *= 10;
        digits = digits.saturating_add(1);
    }
    digits
}

/// How the last digit is found when there are more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rounding {
    HalfUp,
    HalfEven,
    Down,
}

/// `dividend / divisor`, rounded; the divisor is not zero.
pub(super) fn divide_rounded(dividend: &BigInt, divisor: &BigInt, rounding: Rounding) -> BigInt {
    let quotient = dividend / divisor;
    let remainder = dividend % divisor;
    let twice: BigInt = remainder * 2;
    let half = twice.magnitude().cmp(divisor.magnitude());
    let is_odd = quotient.bit(0);
    let away = match (rounding, half) {
        (Rounding::Down, _) | (_, Ordering::Less) => false,
        (_, Ordering::Greater) | (Rounding::HalfUp, Ordering::Equal) => true,
        (Rounding::HalfEven, Ordering::Equal) => is_odd,
    };
    if !away {
        return quotient;
    }
    let is_negative = (dividend.sign() == Sign::Minus) != (divisor.sign() == Sign::Minus);
    if is_negative { quotient - 1 } else { quotient + 1 }
}

impl Decimal {
    pub(super) fn new(unscaled: BigInt, scale: i32) -> Self {
        Self { unscaled, scale }
    }

    pub(super) fn zero() -> Self {
        Self::new(BigInt::ZERO, 0)
    }

    /// The bytes of a value of type `decimal`.
    pub(super) fn push(&self, out: &mut Vec<u8>) {
        out.extend(self.scale.to_be_bytes());
        out.extend(self.unscaled.to_signed_bytes_be());
    }

    /// The number with another scale, rounded where digits are lost (`BigDecimal.setScale`).
    pub(super) fn with_scale(&self, scale: i32, rounding: Rounding) -> Result<Self, ArithmeticError> {
        let change = i64::from(scale).saturating_sub(i64::from(self.scale));
        let power = || power_of_ten(change.unsigned_abs());
        let unscaled = match change.cmp(&0) {
            _ if self.unscaled == BigInt::ZERO => BigInt::ZERO,
            Ordering::Equal => self.unscaled.clone(),
            Ordering::Greater => &self.unscaled * power()?,
            // All digits are behind the last one that is kept.
            Ordering::Less if change.unsigned_abs() > precision(&self.unscaled).saturating_add(1) => {
                BigInt::ZERO
            }
            Ordering::Less => divide_rounded(&self.unscaled, &power()?, rounding),
        };
        Ok(Self::new(unscaled, scale))
    }

    /// The number with at most so many digits (`BigDecimal.round`).
    pub(super) fn rounded(self, digits: u64, rounding: Rounding) -> Result<Self, ArithmeticError> {
        let mut number = self;
        loop {
            let excess = precision(&number.unscaled).saturating_sub(digits);
            if excess == 0 {
                return Ok(number);
            }
            let unscaled = divide_rounded(&number.unscaled, &power_of_ten(excess)?, rounding);
            let scale = i64::from(number.scale).saturating_sub(excess as i64);
            number = Self::new(unscaled, checked_scale(scale)?);
        }
    }

    pub(super) fn add(&self, other: &Self) -> Result<Self, ArithmeticError> {
        let scale = self.scale.max(other.scale);
        let (a, b) = (self.with_scale(scale, Rounding::Down)?, other.with_scale(scale, Rounding::Down)?);
        Ok(Self::new(a.unscaled + b.unscaled, scale))
    }

    pub(super) fn subtract(&self, other: &Self) -> Result<Self, ArithmeticError> {
        self.add(&Self::new(-&other.unscaled, other.scale))
    }

    /// A sum as the operator `+` has it.
    pub(super) fn add_limited(&self, other: &Self) -> Result<Self, ArithmeticError> {
        self.add(other)?.rounded(MAX_PRECISION, Rounding::HalfUp)
    }

    /// A difference as the operator `-` has it.
    pub(super) fn subtract_limited(&self, other: &Self) -> Result<Self, ArithmeticError> {
        self.subtract(other)?.rounded(MAX_PRECISION, Rounding::HalfUp)
    }

    /// A product as the operator `*` has it.
    pub(super) fn multiply_limited(&self, other: &Self) -> Result<Self, ArithmeticError> {
        let scale = i64::from(self.scale).saturating_add(i64::from(other.scale));
        let product = Self::new(&self.unscaled * &other.unscaled, checked_scale(scale)?);
        product.rounded(MAX_PRECISION, Rounding::HalfUp)
    }

    /// A quotient as the operator `/` has it (`DecimalType.divide`).
    pub(super) fn divide_limited(&self, other: &Self) -> Result<Self, ArithmeticError> {
        let first_digit = |of: &Self| precision(&of.unscaled) as i64 - i64::from(of.scale);
        let wanted =
            MIN_SIGNIFICANT_DIGITS.saturating_sub(first_digit(self).saturating_sub(first_digit(other)));
        let scale = wanted.max(i64::from(self.scale)).max(i64::from(other.scale));
        let scale = scale.clamp(MIN_SCALE, MAX_SCALE);
        self.divide(other, checked_scale(scale)?, Rounding::HalfUp)?.without_trailing_zeros()
    }

    /// A quotient of a scale (`BigDecimal.divide`).
    pub(super) fn divide(
        &self,
        other: &Self,
        scale: i32,
        rounding: Rounding,
    ) -> Result<Self, ArithmeticError> {
        if other.unscaled == BigInt::ZERO {
            return Err(ArithmeticError::new("BigInteger divide by zero"));
        }
        let shift = i64::from(scale) + i64::from(other.scale) - i64::from(self.scale);
        let power = power_of_ten(shift.unsigned_abs())?;
        let unscaled = if shift >= 0 {
            divide_rounded(&(&self.unscaled * power), &other.unscaled, rounding)
        } else {
            divide_rounded(&self.unscaled, &(&other.unscaled * power), rounding)
        };
        Ok(Self::new(unscaled, scale))
    }

    /// A quotient of so many digits, or of fewer if it is exact: then its scale is the difference of those of the operands,
    /// or as near to it as its digits allow (`BigDecimal.divide` with a `MathContext`). The divisor is not zero.
    pub(super) fn divide_to(&self, other: &Self, digits: u64) -> Result<Self, ArithmeticError> {
        let preferred = checked_scale(i64::from(self.scale) - i64::from(other.scale))?;
        if self.unscaled == BigInt::ZERO {
            return Ok(Self::new(BigInt::ZERO, preferred));
        }
        // One digit more than wanted, and what tells whether anything is behind it.
        let (own, others) = (precision(&self.unscaled) as i64, precision(&other.unscaled) as i64);
        let shift = (digits as i64).saturating_add(2).saturating_add(others).saturating_sub(own).max(0);
        let dividend = &self.unscaled * power_of_ten(shift.unsigned_abs())?;
        let quotient = &dividend / &other.unscaled;
        let is_exact = &quotient * &other.unscaled == dividend;
        let scale = checked_scale(i64::from(preferred).saturating_add(shift))?;
        if !is_exact {
            // A digit that is not zero keeps the quotient from being taken for half of something.
            let sticky = quotient * 10 + if dividend.sign() == other.unscaled.sign() { 1 } else { -1 };
            return Self::new(sticky, scale.saturating_add(1)).rounded(digits, Rounding::HalfEven);
        }
        let stripped = Self::new(quotient, scale).without_trailing_zeros()?;
        let scale = stripped.scale.max(preferred);
        stripped.with_scale(scale, Rounding::HalfEven)?.rounded(digits, Rounding::HalfEven)
    }

    /// What is left after a whole quotient (`BigDecimal.remainder`).
    pub(super) fn remainder(&self, other: &Self) -> Result<Self, ArithmeticError> {
        if other.unscaled == BigInt::ZERO {
            let what = if self.unscaled == BigInt::ZERO { "Division undefined" } else { "Division by zero" };
            return Err(ArithmeticError::new(what));
        }
        let common = self.scale.max(other.scale);
        let (a, b) = (self.with_scale(common, Rounding::Down)?, other.with_scale(common, Rounding::Down)?);
        let quotient = &a.unscaled / &b.unscaled;
        // The whole quotient has the scale that its operands would give it, or as near to it as its zeros allow.
        let preferred = i64::from(self.scale) - i64::from(other.scale);
        let quotient_scale = if preferred >= 0 || quotient == BigInt::ZERO {
            preferred
        } else {
            let stripped = Self::new(quotient, 0).without_trailing_zeros()?;
            preferred.max(i64::from(stripped.scale))
        };
        let scale = i64::from(self.scale).max(quotient_scale.saturating_add(i64::from(other.scale)));
        Self::new(a.unscaled % b.unscaled, common).with_scale(checked_scale(scale)?, Rounding::Down)
    }

    /// `BigDecimal.stripTrailingZeros`
    pub(super) fn without_trailing_zeros(self) -> Result<Self, ArithmeticError> {
        if self.unscaled == BigInt::ZERO {
            return Ok(Self::zero());
        }
        let digits = self.unscaled.magnitude().to_string();
        let zeros = digits.len().saturating_sub(digits.trim_end_matches('0').len()) as u64;
        let scale = checked_scale(i64::from(self.scale).saturating_sub(zeros as i64))?;
        Ok(Self::new(self.unscaled / power_of_ten(zeros)?, scale))
    }

    /// The whole part (`BigDecimal.toBigInteger`).
    pub(super) fn to_integer(&self) -> Result<BigInt, ArithmeticError> {
        self.with_scale(0, Rounding::Down).map(|number| number.unscaled)
    }
}

/// A scale that Java can tell of.
pub(super) fn checked_scale(scale: i64) -> Result<i32, ArithmeticError> {
    let wrong = if scale > 0 { "Underflow" } else { "Overflow" };
    i32::try_from(scale).map_err(|_| ArithmeticError::new(wrong))
}
