//! Arithmetic (`functions.OperationFcts`).

use cqlite_cql::query::ArithmeticOperator;
use cqlite_sstable::types::{CqlType, Scalar};

use super::arithmetic_error::ArithmeticError;
use super::function_name::FunctionName;
use super::native_scalar::NativeScalar;
use super::number::{NUMBER_TYPES, Number};
use super::temporal::{add_duration, duration_text, millis_of, push_millis};
use crate::query::type_text::type_text;
use crate::query::{ErrorClass, QueryError, QueryResult};

use ArithmeticOperator::{Add, Divide, Modulo, Multiply, Subtract};

/// All functions of operators.
pub(super) fn functions() -> impl Iterator<Item = NativeScalar> {
    let numeric = NUMBER_TYPES.into_iter().flat_map(|left| {
        let operations = NUMBER_TYPES.into_iter().flat_map(move |right| {
            let left = left.clone();
            [Add, Subtract, Multiply, Divide, Modulo]
                .map(move |operator| numeric_operation(operator, left.clone(), right.clone()))
        });
        operations.collect::<Vec<_>>()
    });
    let temporal = [Add, Subtract].into_iter().flat_map(|operator| {
        [CqlType::Timestamp, CqlType::Date].map(move |of| temporal_operation(operator, of))
    });
    let strings = [
        (CqlType::Text, CqlType::Text),
        (CqlType::Ascii, CqlType::Ascii),
        (CqlType::Ascii, CqlType::Text),
        (CqlType::Text, CqlType::Ascii),
    ];
    let negations = NUMBER_TYPES.into_iter().map(negation_of);
    numeric.chain(negations).chain(temporal).chain(strings.map(|(left, right)| concatenation(left, right)))
}

/// The type of a result: as wide as the wider operand, and floating if one of them is (`OperationFcts.returnType`).
fn result_type(left: &CqlType, right: &CqlType) -> CqlType {
    let is_floating = |of: &CqlType| matches!(of, CqlType::Float | CqlType::Double | CqlType::Decimal);
    let size = size(left).max(size(right));
    if is_floating(left) || is_floating(right) {
        return match size {
            4 => CqlType::Float,
            8 => CqlType::Double,
            _ => CqlType::Decimal,
        };
    }
    match size {
        1 => CqlType::TinyInt,
        2 => CqlType::SmallInt,
        4 => CqlType::Int,
        8 => CqlType::BigInt,
        _ => CqlType::Varint,
    }
}

fn size(of: &CqlType) -> u32 {
    match of {
        CqlType::TinyInt => 1,
        CqlType::SmallInt => 2,
        CqlType::Int | CqlType::Float => 4,
        CqlType::BigInt | CqlType::Double | CqlType::Counter => 8,
        _ => u32::MAX,
    }
}

fn numeric_operation(operator: ArithmeticOperator, left: CqlType, right: CqlType) -> NativeScalar {
    let returned = result_type(&left, &right);
    let types = vec![left.clone(), right.clone()];
    let result = returned.clone();
    let name = FunctionName::of_operator(operator).name;
    NativeScalar::new(name, returned, types, move |arguments, _, out| {
        let [Some(a), Some(b)] = arguments else {
            return Ok(false);
        };
        let (Some(a), Some(b)) = (Number::decode(&left, a), Number::decode(&right, b)) else {
            return Ok(false);
        };
        let reckoned = reckon(operator, &result, &a, &b, out);
        reckoned.map_err(|error| failure(operator, &left, &right, &error))?;
        Ok(true)
    })
    .named_as_operator(operator)
}

/// `OperationExecutionException`
fn failure(
    operator: ArithmeticOperator,
    left: &CqlType,
    right: &CqlType,
    error: &dyn std::fmt::Display,
) -> QueryError {
    let (left, right) = (type_text(left), type_text(right));
    QueryError::new(
        ErrorClass::FunctionFailure,
        format!("the operation '{left} {operator} {right}' failed: {error}"),
    )
}

fn reckon(
    operator: ArithmeticOperator,
    result: &CqlType,
    a: &Number,
    b: &Number,
    out: &mut Vec<u8>,
) -> Result<(), ArithmeticError> {
    match result {
        CqlType::TinyInt => {
            let value = integers(operator, a.to_i8().into(), b.to_i8().into())?;
            out.extend((value as i8).to_be_bytes());
        }
        CqlType::SmallInt => {
            let value = integers(operator, a.to_i16().into(), b.to_i16().into())?;
            out.extend((value as i16).to_be_bytes());
        }
        CqlType::Int => {
            let value = integers(operator, a.to_i32().into(), b.to_i32().into())?;
            out.extend((value as i32).to_be_bytes());
        }
        CqlType::Float => out.extend(floats(operator, a.to_f32(), b.to_f32()).to_be_bytes()),
        CqlType::Double => out.extend(doubles(operator, a.to_f64(), b.to_f64()).to_be_bytes()),
        CqlType::Varint => varints(operator, a, b, out)?,
        CqlType::Decimal => {
            let (a, b) = (a.to_decimal()?, b.to_decimal()?);
            let value = match operator {
                Add => a.add_limited(&b),
                Subtract => a.subtract_limited(&b),
                Multiply => a.multiply_limited(&b),
                Divide => a.divide_limited(&b),
                Modulo => a.remainder(&b),
            };
            value?.push(out);
        }
        _ => out.extend(integers(operator, a.to_i64(), b.to_i64())?.to_be_bytes()),
    }
    Ok(())
}

/// Integers of 64 bits; those of fewer bits are cut afterwards, as Java does.
fn integers(operator: ArithmeticOperator, a: i64, b: i64) -> Result<i64, ArithmeticError> {
    Ok(match operator {
        Add => a.wrapping_add(b),
        Subtract => a.wrapping_sub(b),
        Multiply => a.wrapping_mul(b),
        Divide | Modulo if b == 0 => return Err(ArithmeticError::new("/ by zero")),
        Divide => a.wrapping_div(b),
        Modulo => a.wrapping_rem(b),
    })
}

/// Of operands that are numbers the result may be none: then it is the negative one, as processors have it.
fn floats(operator: ArithmeticOperator, a: f32, b: f32) -> f32 {
    let result = match operator {
        _ if a.is_nan() => return a,
        _ if b.is_nan() => return b,
        Add => a + b,
        Subtract => a - b,
        Multiply => a * b,
        Divide => a / b,
        Modulo => a % b,
    };
    if result.is_nan() { f32::NAN.copysign(-1.0) } else { result }
}

/// As [`floats`].
fn doubles(operator: ArithmeticOperator, a: f64, b: f64) -> f64 {
    let result = match operator {
        _ if a.is_nan() => return a,
        _ if b.is_nan() => return b,
        Add => a + b,
        Subtract => a - b,
        Multiply => a * b,
        Divide => a / b,
        Modulo => a % b,
    };
    if result.is_nan() { f64::NAN.copysign(-1.0) } else { result }
}

fn varints(
    operator: ArithmeticOperator,
    a: &Number,
    b: &Number,
    out: &mut Vec<u8>,
) -> Result<(), ArithmeticError> {
    let (a, b) = (a.to_varint(), b.to_varint());
    let value = match operator {
        Add => a + b,
        Subtract => a - b,
        Multiply => a * b,
        Divide | Modulo if b == num_bigint::BigInt::ZERO => {
            return Err(ArithmeticError::new("BigInteger divide by zero"));
        }
        Divide => a / b,
        Modulo => a % b,
    };
    out.extend(value.to_signed_bytes_be());
    Ok(())
}

fn negation_of(of: CqlType) -> NativeScalar {
    let input = of.clone();
    NativeScalar::new("_negate", of.clone(), vec![of], move |arguments, _, out| {
        let number = arguments.first().copied().flatten().and_then(|value| Number::decode(&input, value));
        let Some(number) = number else {
            return Ok(false);
        };
        let negated = match number {
            Number::Integer(value) => Number::Integer(value.wrapping_neg()),
            Number::Float(value) => Number::Float(-value),
            Number::Double(value) => Number::Double(-value),
            Number::Varint(value) => Number::Varint(-value),
            Number::Decimal(mut value) => {
                value.unscaled = -value.unscaled;
                Number::Decimal(value)
            }
        };
        negated.push_as(&input, out)?;
        Ok(true)
    })
    .named_as_negation()
}

fn temporal_operation(operator: ArithmeticOperator, of: CqlType) -> NativeScalar {
    let types = vec![of.clone(), CqlType::Duration];
    let input = of.clone();
    NativeScalar::new(FunctionName::of_operator(operator).name, of, types, move |arguments, _, out| {
        let [Some(time), Some(duration)] = arguments else {
            return Ok(false);
        };
        let Some(millis) = millis_of(&input, time) else {
            return Ok(false);
        };
        let moved = move_by(operator, &input, millis, duration);
        let moved = moved.map_err(|error| failure(operator, &input, &CqlType::Duration, &error))?;
        push_millis(&input, moved, out);
        Ok(true)
    })
    .named_as_operator(operator)
}

fn move_by(operator: ArithmeticOperator, of: &CqlType, millis: i64, duration: &[u8]) -> QueryResult<i64> {
    let Ok(Scalar::Duration(length)) = Scalar::decode(&CqlType::Duration, duration) else {
        return Ok(millis);
    };
    let (is_exact, precision) = match of {
        CqlType::Date => (length.nanoseconds == 0, "day"),
        _ => (length.nanoseconds % 1_000_000 == 0, "millisecond"),
    };
    if !is_exact {
        let text = duration_text(duration);
        let message = format!("The duration must have a {precision} precision. Was: {text}");
        return Err(QueryError::invalid(message));
    }
    Ok(add_duration(millis, length, operator == Subtract))
}

fn concatenation(left: CqlType, right: CqlType) -> NativeScalar {
    let returned =
        if left == CqlType::Ascii && right == CqlType::Ascii { CqlType::Ascii } else { CqlType::Text };
    NativeScalar::new("_add", returned, vec![left, right], |arguments, _, out| {
        let [Some(a), Some(b)] = arguments else {
            return Ok(false);
        };
        out.extend_from_slice(a);
        out.extend_from_slice(b);
        Ok(true)
    })
    .named_as_operator(Add)
}
