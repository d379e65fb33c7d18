//! `avg` (`functions.AggregateFcts`). Of no numbers it is 0.

use cqlite_sstable::types::CqlType;
use num_bigint::BigInt;

use super::decimal::{Decimal, Rounding};
use super::function::Aggregation;
use super::number::{Number, decimal_of_double};
use super::sum::{Compensated, number_of};
use crate::query::QueryResult;

/// The average of integers, cut towards zero.
pub(super) struct IntegerAverage {
    of: CqlType,
    sum: i128,
    count: i128,
}

impl IntegerAverage {
    pub(super) fn new(of: CqlType) -> Self {
        Self { of, sum: 0, count: 0 }
    }
}

impl Aggregation for IntegerAverage {
    fn add(&mut self, arguments: &[Option<&[u8]>]) -> QueryResult<()> {
        if let Some(number) = number_of(&self.of, arguments) {
            self.sum = self.sum.wrapping_add(i128::from(number.to_i64()));
            self.count = self.count.wrapping_add(1);
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> QueryResult<bool> {
        let average = self.sum.checked_div(self.count).unwrap_or(0);
        Number::Integer(average as i64).push_as(&self.of, out)?;
        Ok(true)
    }

    fn reset(&mut self) {
        (self.sum, self.count) = (0, 0);
    }
}

/// The average of floating-point numbers; where their sum is too large it is a decimal number.
pub(super) struct FloatAverage {
    of: CqlType,
    sum: Compensated,
    large_sum: Option<Decimal>,
    count: i32,
}

impl FloatAverage {
    pub(super) fn new(of: CqlType) -> Self {
        Self { of, sum: Compensated::default(), large_sum: None, count: 0 }
    }
}

impl Aggregation for FloatAverage {
    fn add(&mut self, arguments: &[Option<&[u8]>]) -> QueryResult<()> {
        let Some(number) = number_of(&self.of, arguments) else {
            return Ok(());
        };
        self.count = self.count.wrapping_add(1);
        let value = number.to_f64();
        if let Some(sum) = &mut self.large_sum {
            *sum = sum.add(&decimal_of_double(value)?)?;
            return Ok(());
        }
        let before = self.sum.sum;
        self.sum.add(value);
        if self.sum.sum.is_infinite() && !value.is_infinite() {
            self.large_sum = Some(decimal_of_double(before)?.add(&decimal_of_double(value)?)?);
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> QueryResult<bool> {
        let average = match &self.large_sum {
            _ if self.count == 0 => Number::Double(0.0),
            Some(sum) => {
                let count = Decimal::new(self.count.into(), 0);
                let average = sum.divide(&count, sum.scale, Rounding::HalfEven)?;
                Number::Double(Number::Decimal(average).to_f64())
            }
            None => Number::Double(self.sum.total() / f64::from(self.count)),
        };
        average.push_as(&self.of, out)?;
        Ok(true)
    }

    fn reset(&mut self) {
        *self = Self::new(self.of.clone());
    }
}

/// The average of numbers of any size, cut towards zero.
pub(super) struct VarintAverage {
    sum: BigInt,
    count: u64,
}

impl VarintAverage {
    pub(super) fn new() -> Self {
        Self { sum: BigInt::ZERO, count: 0 }
    }
}

impl Aggregation for VarintAverage {
    fn add(&mut self, arguments: &[Option<&[u8]>]) -> QueryResult<()> {
        if let Some(number) = number_of(&CqlType::Varint, arguments) {
            self.sum += number.to_varint();
            self.count = self.count.wrapping_add(1);
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> QueryResult<bool> {
        let average = &self.sum / self.count.max(1);
        out.extend(average.to_signed_bytes_be());
        Ok(true)
    }

    fn reset(&mut self) {
        *self = Self::new();
    }
}

/// The average of decimal numbers, carried on from number to number with the scale of each difference.
pub(super) struct DecimalAverage {
    average: Decimal,
    count: u64,
}

impl DecimalAverage {
    pub(super) fn new() -> Self {
        Self { average: Decimal::zero(), count: 0 }
    }
}

impl Aggregation for DecimalAverage {
    fn add(&mut self, arguments: &[Option<&[u8]>]) -> QueryResult<()> {
        let Some(number) = number_of(&CqlType::Decimal, arguments) else {
            return Ok(());
        };
        self.count = self.count.wrapping_add(1);
        let difference = number.to_decimal()?.subtract(&self.average)?;
        let count = Decimal::new(self.count.into(), 0);
        let part = difference.divide(&count, difference.scale, Rounding::HalfEven)?;
        self.average = self.average.add(&part)?;
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> QueryResult<bool> {
        self.average.push(out);
        Ok(true)
    }

    fn reset(&mut self) {
        *self = Self::new();
    }
}
