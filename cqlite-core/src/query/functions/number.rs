//! Numbers of all types.

use cqlite_sstable::types::{CqlType, parse_string, write_string};
use num_bigint::BigInt;

use super::arithmetic_error::ArithmeticError;
use super::decimal::{Decimal, Rounding, precision};

/// A number, as Java has it for each type (`java.lang.Number`).
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Number {
    /// `tinyint`, `smallint`, `int`, `bigint`, `counter`
    Integer(i64),
    /// `float`
    Float(f32),
    /// `double`
    Double(f64),
    /// `varint`
    Varint(BigInt),
    /// `decimal`
    Decimal(Decimal),
}

/// The types of numbers (`NumberType`).
pub(super) const NUMBER_TYPES: [CqlType; 9] = [
    CqlType::TinyInt,
    CqlType::SmallInt,
    CqlType::Int,
    CqlType::BigInt,
    CqlType::Float,
    CqlType::Double,
    CqlType::Decimal,
    CqlType::Varint,
    CqlType::Counter,
];

/// Whether values of the type are numbers.
pub(super) fn is_number(of: &CqlType) -> bool {
    NUMBER_TYPES.contains(of)
}

impl Number {
    /// A value; none of no bytes, or if it is not sound.
    pub(super) fn decode(of: &CqlType, value: &[u8]) -> Option<Self> {
        let integer = |value: i64| Some(Self::Integer(value));
        match of {
            CqlType::TinyInt => integer(i8::from_be_bytes(value.try_into().ok()?).into()),
            CqlType::SmallInt => integer(i16::from_be_bytes(value.try_into().ok()?).into()),
            CqlType::Int => integer(i32::from_be_bytes(value.try_into().ok()?).into()),
            CqlType::BigInt | CqlType::Counter => integer(i64::from_be_bytes(value.try_into().ok()?)),
            CqlType::Float => Some(Self::Float(f32::from_be_bytes(value.try_into().ok()?))),
            CqlType::Double => Some(Self::Double(f64::from_be_bytes(value.try_into().ok()?))),
            CqlType::Varint if value.is_empty() => None,
            CqlType::Varint => Some(Self::Varint(BigInt::from_signed_bytes_be(value))),
            CqlType::Decimal => {
                let (scale, unscaled) = value.split_first_chunk::<4>()?;
                let unscaled = BigInt::from_signed_bytes_be(unscaled);
                Some(Self::Decimal(Decimal::new(unscaled, i32::from_be_bytes(*scale))))
            }
            _ => None,
        }
    }

    /// `Number.longValue`: of large numbers the last 64 bits, but the nearest long of a floating-point number.
    pub(super) fn to_i64(&self) -> i64 {
        match self {
            Self::Integer(value) => *value,
            Self::Float(value) => *value as i64,
            Self::Double(value) => *value as i64,
            Self::Varint(value) => low_bits(value),
            Self::Decimal(value) if value.scale <= -64 => 0,
            Self::Decimal(value) => value.to_integer().map_or(0, |whole| low_bits(&whole)),
        }
    }

    /// `Number.intValue`
    pub(super) fn to_i32(&self) -> i32 {
        match self {
            Self::Float(value) => *value as i32,
            Self::Double(value) => *value as i32,
            other => other.to_i64() as i32,
        }
    }

    /// `Number.shortValue`
    pub(super) fn to_i16(&self) -> i16 {
        self.to_i32() as i16
    }

    /// `Number.byteValue`
    pub(super) fn to_i8(&self) -> i8 {
        self.to_i32() as i8
    }

    /// `Number.floatValue`
    pub(super) fn to_f32(&self) -> f32 {
        match self {
            Self::Integer(value) => *value as f32,
            Self::Float(value) => *value,
            Self::Double(value) => *value as f32,
            Self::Varint(value) => value.to_string().parse().unwrap_or(f32::NAN),
            Self::Decimal(value) => {
                format!("{}e{}", value.unscaled, -i64::from(value.scale)).parse().unwrap_or(f32::NAN)
            }
        }
    }

    /// `Number.doubleValue`
    pub(super) fn to_f64(&self) -> f64 {
        match self {
            Self::Integer(value) => *value as f64,
            Self::Float(value) => f64::from(*value),
            Self::Double(value) => *value,
            Self::Varint(value) => value.to_string().parse().unwrap_or(f64::NAN),
            Self::Decimal(value) => {
                format!("{}e{}", value.unscaled, -i64::from(value.scale)).parse().unwrap_or(f64::NAN)
            }
        }
    }

    /// As `varint` takes numbers (`IntegerType.toBigInteger`).
    pub(super) fn to_varint(&self) -> BigInt {
        match self {
            Self::Varint(value) => value.clone(),
            other => BigInt::from(other.to_i64()),
        }
    }

    /// As `decimal` takes numbers (`DecimalType.toBigDecimal`): other integers by way of a double.
    pub(super) fn to_decimal(&self) -> Result<Decimal, ArithmeticError> {
        match self {
            Self::Decimal(value) => Ok(value.clone()),
            Self::Varint(value) => Ok(Decimal::new(value.clone(), 0)),
            other => decimal_of_double(other.to_f64()),
        }
    }

    /// Pushes the number as a value of a type, converted as `Number` does it. Of `decimal` it must be one.
    pub(super) fn push_as(&self, of: &CqlType, out: &mut Vec<u8>) -> Result<(), ArithmeticError> {
        match of {
            CqlType::TinyInt => out.extend(self.to_i8().to_be_bytes()),
            CqlType::SmallInt => out.extend(self.to_i16().to_be_bytes()),
            CqlType::Int => out.extend(self.to_i32().to_be_bytes()),
            CqlType::Float => out.extend(self.to_f32().to_be_bytes()),
            CqlType::Double => out.extend(self.to_f64().to_be_bytes()),
            CqlType::Varint => out.extend(self.to_varint().to_signed_bytes_be()),
            CqlType::Decimal => self.to_decimal()?.push(out),
            _ => out.extend(self.to_i64().to_be_bytes()),
        }
        Ok(())
    }
}

fn low_bits(value: &BigInt) -> i64 {
    let mut digits = value.iter_u64_digits();
    let low = digits.next().unwrap_or(0) as i64;
    if value.sign() == num_bigint::Sign::Minus { low.wrapping_neg() } else { low }
}

/// `BigDecimal.valueOf`: the digits of `Double.toString`.
pub(super) fn decimal_of_double(value: f64) -> Result<Decimal, ArithmeticError> {
    if value.is_nan() {
        return Err(ArithmeticError::of_format("A NaN cannot be converted into a decimal"));
    }
    if value.is_infinite() {
        return Err(ArithmeticError::of_format("An infinite number cannot be converted into a decimal"));
    }
    decimal_of_text(&CqlType::Double, &value.to_be_bytes())
}

/// The digits of a number's text, as casts take them.
pub(super) fn decimal_of_digits(of: &CqlType, value: f64) -> Result<Decimal, ArithmeticError> {
    if !value.is_finite() {
        let letter = if value.is_nan() { 'N' } else { 'I' };
        return Err(ArithmeticError::of_format(format!(
            "Character {letter} is neither a decimal digit number, decimal point, nor \"e\" notation exponential mark."
        )));
    }
    match of {
        CqlType::Float => decimal_of_text(of, &(value as f32).to_be_bytes()),
        _ => decimal_of_text(of, &value.to_be_bytes()),
    }
}

fn decimal_of_text(of: &CqlType, value: &[u8]) -> Result<Decimal, ArithmeticError> {
    let mut text = Vec::new();
    let written = write_string(of, value, &mut text).is_ok();
    let text = std::str::from_utf8(&text).unwrap_or_default();
    let parsed = parse_string(&CqlType::Decimal, text).ok().filter(|_| written);
    match parsed.and_then(|bytes| Number::decode(&CqlType::Decimal, &bytes)) {
        Some(Number::Decimal(decimal)) => Ok(decimal),
        _ => Err(ArithmeticError::new("not a number")),
    }
}

/// A decimal without its fraction, rounded half up (`DecimalType.round`).
pub(super) fn round_decimal(value: &Decimal) -> Result<Decimal, ArithmeticError> {
    value.with_scale(0, Rounding::HalfUp)
}

/// Digits that a decimal has.
pub(super) fn digits_of(value: &Decimal) -> u64 {
    precision(&value.unscaled)
}
