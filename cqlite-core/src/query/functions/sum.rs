//! `sum` (`functions.AggregateFcts`).

use cqlite_sstable::types::CqlType;
use num_bigint::BigInt;

use super::decimal::Decimal;
use super::function::Aggregation;
use super::number::Number;
use crate::query::QueryResult;

/// The number that is added; none if it is null.
pub(super) fn number_of(of: &CqlType, arguments: &[Option<&[u8]>]) -> Option<Number> {
    arguments.first().copied().flatten().and_then(|value| Number::decode(of, value))
}

/// A sum that goes round like Java's integers.
pub(super) struct IntegerSum {
    of: CqlType,
    sum: i64,
}

impl IntegerSum {
    pub(super) fn new(of: CqlType) -> Self {
        Self { of, sum: 0 }
    }
}

impl Aggregation for IntegerSum {
    fn add(&mut self, arguments: &[Option<&[u8]>]) -> QueryResult<()> {
        if let Some(number) = number_of(&self.of, arguments) {
            self.sum = self.sum.wrapping_add(number.to_i64());
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> QueryResult<bool> {
        Number::Integer(self.sum).push_as(&self.of, out)?;
        Ok(true)
    }

    fn reset(&mut self) {
        self.sum = 0;
    }
}

/// A sum of floating-point numbers after Kahan, as Cassandra has it: the compensation is added at the end.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Compensated {
    pub(super) sum: f64,
    compensation: f64,
    simple_sum: f64,
}

impl Compensated {
    pub(super) fn add(&mut self, value: f64) {
        self.simple_sum += value;
        let rest = value - self.compensation;
        let rounded = self.sum + rest;
        self.compensation = (rounded - self.sum) - rest;
        self.sum = rounded;
    }

    pub(super) fn total(&self) -> f64 {
        let total = self.sum + self.compensation;
        if total.is_nan() && self.simple_sum.is_infinite() { self.simple_sum } else { total }
    }
}

/// The sum of floating-point numbers.
pub(super) struct FloatSum {
    of: CqlType,
    sum: Compensated,
}

impl FloatSum {
    pub(super) fn new(of: CqlType) -> Self {
        Self { of, sum: Compensated::default() }
    }
}

impl Aggregation for FloatSum {
    fn add(&mut self, arguments: &[Option<&[u8]>]) -> QueryResult<()> {
        if let Some(number) = number_of(&self.of, arguments) {
            self.sum.add(number.to_f64());
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> QueryResult<bool> {
        Number::Double(self.sum.total()).push_as(&self.of, out)?;
        Ok(true)
    }

    fn reset(&mut self) {
        self.sum = Compensated::default();
    }
}

/// The sum of numbers of any size.
pub(super) struct VarintSum(BigInt);

impl VarintSum {
    pub(super) fn new() -> Self {
        Self(BigInt::ZERO)
    }
}

impl Aggregation for VarintSum {
    fn add(&mut self, arguments: &[Option<&[u8]>]) -> QueryResult<()> {
        if let Some(number) = number_of(&CqlType::Varint, arguments) {
            self.0 += number.to_varint();
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> QueryResult<bool> {
        out.extend(self.0.to_signed_bytes_be());
        Ok(true)
    }

    fn reset(&mut self) {
        self.0 = BigInt::ZERO;
    }
}

/// The sum of decimal numbers, of the largest scale among them.
pub(super) struct DecimalSum(Decimal);

impl DecimalSum {
    pub(super) fn new() -> Self {
        Self(Decimal::zero())
    }
}

impl Aggregation for DecimalSum {
    fn add(&mut self, arguments: &[Option<&[u8]>]) -> QueryResult<()> {
        if let Some(number) = number_of(&CqlType::Decimal, arguments) {
            self.0 = self.0.add(&number.to_decimal()?)?;
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> QueryResult<bool> {
        self.0.push(out);
        Ok(true)
    }

    fn reset(&mut self) {
        self.0 = Decimal::zero();
    }
}
