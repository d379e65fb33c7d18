//! Exponentials and logarithms of decimal numbers, to as many digits as wanted.

use num_bigint::BigInt;

use super::arithmetic_error::ArithmeticError;
use super::decimal::{Decimal, Rounding, checked_scale, divide_rounded, power_of_ten, precision};

/// Digits that are reckoned more than wanted, so that the last one wanted is right.
const GUARD_DIGITS: u64 = 15;

/// Results whose whole part has more digits would not end.
const MAX_EXPONENT: u64 = 12;

/// A number with a fixed count of digits behind the point.
struct Fixed {
    one: BigInt,
    digits: u64,
}

impl Fixed {
    fn new(digits: u64) -> Result<Self, ArithmeticError> {
        Ok(Self { one: power_of_ten(digits)?, digits })
    }

    fn of(&self, value: &Decimal) -> Result<BigInt, ArithmeticError> {
        let scale = checked_scale(self.digits as i64)?;
        value.with_scale(scale, Rounding::HalfEven).map(|value| value.unscaled)
    }

    fn multiply(&self, a: &BigInt, b: &BigInt) -> BigInt {
        a * b / &self.one
    }

    fn divide(&self, a: &BigInt, b: &BigInt) -> BigInt {
        a * &self.one / b
    }

    /// Twice the inverse hyperbolic tangent: the natural logarithm of (1 + z) / (1 − z).
    fn twice_artanh(&self, z: &BigInt) -> BigInt {
        let square = self.multiply(z, z);
        let (mut power, mut sum, mut n) = (z.clone(), z.clone(), 1_u32);
        while power != BigInt::ZERO {
            power = self.multiply(&power, &square);
            n = n.saturating_add(2);
            sum += &power / n;
        }
        sum * 2
    }

    /// ln 2 and ln 10: 2 and 5/4 are near enough to 1.
    fn logarithms(&self) -> (BigInt, BigInt) {
        let of_two = self.twice_artanh(&(&self.one / 3));
        let of_five_fourths = self.twice_artanh(&(&self.one / 9));
        let of_ten = &of_two * 3 + of_five_fourths;
        (of_two, of_ten)
    }

    /// e^x, x between −1 and 1: halved so often that the series is short, then squared.
    fn exponential(&self, x: &BigInt) -> BigInt {
        const HALVINGS: u32 = 16;
        let x: BigInt = x >> HALVINGS;
        let (mut term, mut sum, mut n) = (self.one.clone(), self.one.clone(), 0_u32);
        while term != BigInt::ZERO {
            n = n.saturating_add(1);
            term = self.multiply(&term, &x) / n;
            sum += &term;
        }
        (0..HALVINGS).fold(sum, |sum, _| self.multiply(&sum, &sum))
    }

    /// The natural logarithm of a number between 1 and 10.
    fn logarithm(&self, x: &BigInt, of_two: &BigInt) -> BigInt {
        let (mut x, mut twos) = (x.clone(), 0_u32);
        let limit = &self.one * 3 / 2;
        while x > limit {
            x /= 2;
            twos = twos.saturating_add(1);
        }
        let z = self.divide(&(&x - &self.one), &(&x + &self.one));
        self.twice_artanh(&z) + of_two * twos
    }
}

/// e^x of so many digits.
pub(super) fn exponential(x: &Decimal, digits: u64) -> Result<Decimal, ArithmeticError> {
    if x.unscaled == BigInt::ZERO {
        return Ok(Decimal::new(BigInt::from(1), 0));
    }
    let whole_digits = (precision(&x.unscaled) as i64).saturating_sub(i64::from(x.scale)).max(0) as u64;
    if whole_digits > MAX_EXPONENT {
        return Err(ArithmeticError::new("Overflow"));
    }
    let fixed =
        Fixed::new(digits.saturating_add(GUARD_DIGITS).saturating_add(whole_digits.saturating_mul(2)))?;
    let (_, of_ten) = fixed.logarithms();
    let x = fixed.of(x)?;
    // e^x = 10^tens · e^rest
    let tens = divide_rounded(&x, &of_ten, Rounding::HalfEven);
    let rest = x - &tens * of_ten;
    let tens = i64::try_from(&tens).map_err(|_| ArithmeticError::new("Overflow"))?;
    let halves: BigInt = &rest / 2;
    let root = fixed.exponential(&halves);
    let scale = checked_scale((fixed.digits as i64).saturating_sub(tens))?;
    Decimal::new(fixed.multiply(&root, &root), scale).rounded(digits, Rounding::HalfEven)
}

/// ln x of so many digits; x is above zero.
pub(super) fn logarithm(x: &Decimal, digits: u64) -> Result<Decimal, ArithmeticError> {
    if is_one(x)? {
        return Ok(Decimal::zero());
    }
    let (value, fixed) = natural(x, digits)?;
    Decimal::new(value, checked_scale(fixed.digits as i64)?).rounded(digits, Rounding::HalfEven)
}

/// log10 x of so many digits: the quotient of two logarithms, which are rounded themselves; x is above zero.
pub(super) fn logarithm_of_ten(x: &Decimal, digits: u64) -> Result<Decimal, ArithmeticError> {
    let more_digits = digits.saturating_add(2);
    let dividend = logarithm(x, more_digits)?;
    let divisor = logarithm(&Decimal::new(BigInt::from(10), 0), more_digits)?;
    dividend.divide_to(&divisor, more_digits)?.rounded(digits, Rounding::HalfEven)
}

fn is_one(x: &Decimal) -> Result<bool, ArithmeticError> {
    let stripped = x.clone().without_trailing_zeros()?;
    Ok(stripped.scale == 0 && stripped.unscaled == BigInt::from(1))
}

/// ln x, and what it is reckoned in.
fn natural(x: &Decimal, digits: u64) -> Result<(BigInt, Fixed), ArithmeticError> {
    let own_digits = precision(&x.unscaled);
    // Near 1 the first digits are lost.
    let fixed = Fixed::new(digits.saturating_mul(2).saturating_add(own_digits).saturating_add(GUARD_DIGITS))?;
    let (of_two, of_ten) = fixed.logarithms();
    let tens = (own_digits as i64).saturating_sub(1).saturating_sub(i64::from(x.scale));
    let mantissa = Decimal::new(x.unscaled.clone(), checked_scale((own_digits as i64).saturating_sub(1))?);
    let value = fixed.logarithm(&fixed.of(&mantissa)?, &of_two) + &of_ten * tens;
    Ok((value, fixed))
}
