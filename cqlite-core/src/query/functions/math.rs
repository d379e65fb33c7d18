//! Mathematics (`functions.MathFcts`).

use cqlite_sstable::types::CqlType;
use num_bigint::BigInt;

use super::arithmetic_error::ArithmeticError;
use super::decimal::Decimal;
use super::logarithm::{exponential, logarithm, logarithm_of_ten};
use super::native_scalar::NativeScalar;
use super::number::{NUMBER_TYPES, Number, digits_of, round_decimal};

#[derive(Debug, Clone, Copy)]
enum Operation {
    Absolute,
    Exponential,
    Logarithm,
    LogarithmOfTen,
    Round,
}

/// `abs`, `exp`, `log`, `log10` and `round` of all numbers.
pub(super) fn functions() -> Vec<NativeScalar> {
    let operations = [
        ("abs", Operation::Absolute),
        ("exp", Operation::Exponential),
        ("log", Operation::Logarithm),
        ("log10", Operation::LogarithmOfTen),
        ("round", Operation::Round),
    ];
    let functions = operations
        .into_iter()
        .flat_map(|(name, operation)| NUMBER_TYPES.map(|of| math_function(name, operation, of)));
    functions.collect()
}

fn math_function(name: &'static str, operation: Operation, of: CqlType) -> NativeScalar {
    let input = of.clone();
    NativeScalar::new(name, of.clone(), vec![of], move |arguments, _, out| {
        let number = arguments.first().copied().flatten().and_then(|value| Number::decode(&input, value));
        let Some(number) = number else {
            return Ok(false);
        };
        operation.apply(&input, number)?.push_as(&input, out)?;
        Ok(true)
    })
}

impl Operation {
    fn apply(self, of: &CqlType, number: Number) -> Result<Number, ArithmeticError> {
        Ok(match number {
            Number::Integer(value) => self.of_integer(of, value),
            Number::Float(value) => Number::Float(match self {
                Self::Absolute => value.abs(),
                Self::Round => java_round_float(value) as f32,
                other => other.of_double(f64::from(value)) as f32,
            }),
            Number::Double(value) => Number::Double(self.of_double(value)),
            Number::Varint(value) => Number::Varint(self.of_varint(value)?),
            Number::Decimal(value) => Number::Decimal(self.of_decimal(&value)?),
        })
    }

    /// The result is cut to the integer's width as Java casts a double; of fewer than 32 bits by way of those.
    fn of_integer(self, of: &CqlType, value: i64) -> Number {
        match self {
            Self::Absolute => Number::Integer(value.wrapping_abs()),
            Self::Round => Number::Integer(value),
            other => {
                let result = other.of_double(value as f64);
                Number::Integer(match of {
                    CqlType::BigInt | CqlType::Counter => result as i64,
                    _ => i64::from(result as i32),
                })
            }
        }
    }

    fn of_double(self, value: f64) -> f64 {
        match self {
            Self::Absolute => value.abs(),
            Self::Exponential => value.exp(),
            Self::Logarithm | Self::LogarithmOfTen if value < 0.0 => f64::NAN.copysign(-1.0),
            Self::Logarithm => value.ln(),
            Self::LogarithmOfTen => value.log10(),
            Self::Round => java_round_double(value) as f64,
        }
    }

    fn of_decimal(self, value: &Decimal) -> Result<Decimal, ArithmeticError> {
        let digits = digits_of(value).clamp(32, 10_000);
        let is_positive = value.unscaled > BigInt::ZERO;
        match self {
            Self::Absolute => Ok(Decimal::new(value.unscaled.magnitude().clone().into(), value.scale)),
            Self::Round => round_decimal(value),
            Self::Exponential => exponential(value, digits),
            Self::Logarithm if is_positive => logarithm(value, digits),
            Self::LogarithmOfTen if is_positive => logarithm_of_ten(value, digits),
            Self::Logarithm => Err(ArithmeticError::new("Natural log of number zero or less")),
            Self::LogarithmOfTen => Err(ArithmeticError::new("Log10 of number zero or less")),
        }
    }

    fn of_varint(self, value: BigInt) -> Result<BigInt, ArithmeticError> {
        match self {
            Self::Absolute => Ok(value.magnitude().clone().into()),
            Self::Round => Ok(value),
            other => other.of_decimal(&Decimal::new(value, 0))?.to_integer(),
        }
    }
}

/// `Math.round(float)`: half up, towards positive infinity.
fn java_round_float(value: f32) -> i32 {
    (f64::from(value) + 0.5).floor() as i32
}

/// `Math.round(double)`
fn java_round_double(value: f64) -> i64 {
    let floor = value.floor();
    // The sum with a half may not be exact.
    (if value - floor >= 0.5 { floor + 1.0 } else { floor }) as i64
}
