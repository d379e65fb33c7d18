//! Aggregate functions (`functions.AggregateFcts`).

use std::borrow::Cow;
use std::cmp::Ordering;

use cqlite_sstable::types::{CqlType, compare};

use super::average::{DecimalAverage, FloatAverage, IntegerAverage, VarintAverage};
use super::function::{AggregateFunction, Aggregation, FunctionSignature};
use super::number::NUMBER_TYPES;
use super::sum::{DecimalSum, FloatSum, IntegerSum, VarintSum};
use crate::query::QueryResult;

/// What is aggregated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    CountRows,
    Count,
    Sum,
    Average,
    Minimum,
    Maximum,
}

/// An aggregate function that is built in (`functions.NativeAggregateFunction`).
#[derive(Debug)]
pub(super) struct NativeAggregate {
    name: Cow<'static, str>,
    kind: Kind,
    argument_types: Vec<CqlType>,
    return_type: CqlType,
    is_made: bool,
}

/// All aggregate functions but those that are made for their arguments.
pub(super) fn functions() -> Vec<NativeAggregate> {
    let count_rows = ["count_rows", "countRows"].map(|name| NativeAggregate {
        name: Cow::Borrowed(name),
        kind: Kind::CountRows,
        argument_types: Vec::new(),
        return_type: CqlType::BigInt,
        is_made: false,
    });
    let count = NativeAggregate {
        name: Cow::Borrowed("count"),
        kind: Kind::Count,
        argument_types: vec![CqlType::Blob],
        return_type: CqlType::BigInt,
        is_made: false,
    };
    let sums =
        NUMBER_TYPES.into_iter().flat_map(|of| [NativeAggregate::sum(&of), NativeAggregate::average(&of)]);
    count_rows.into_iter().chain([count]).chain(sums).collect()
}

impl NativeAggregate {
    fn of(name: &'static str, kind: Kind, of: &CqlType) -> Self {
        let is_made = matches!(kind, Kind::Minimum | Kind::Maximum);
        let argument_types = vec![of.clone()];
        Self { name: Cow::Borrowed(name), kind, argument_types, return_type: of.clone(), is_made }
    }

    pub(super) fn sum(of: &CqlType) -> Self {
        Self::of("sum", Kind::Sum, of)
    }

    pub(super) fn average(of: &CqlType) -> Self {
        Self::of("avg", Kind::Average, of)
    }

    pub(super) fn minimum(of: &CqlType) -> Self {
        Self::of("min", Kind::Minimum, of)
    }

    pub(super) fn maximum(of: &CqlType) -> Self {
        Self::of("max", Kind::Maximum, of)
    }
}

impl FunctionSignature for NativeAggregate {
    fn name(&self) -> &str {
        &self.name
    }

    fn argument_types(&self) -> &[CqlType] {
        &self.argument_types
    }

    fn return_type(&self) -> &CqlType {
        &self.return_type
    }

    fn column_name(&self, arguments: &[String]) -> String {
        match self.kind {
            Kind::CountRows => String::from("count"),
            _ => format!("system.{}({})", self.name, arguments.join(", ")),
        }
    }

    fn is_made_for_arguments(&self) -> bool {
        self.is_made
    }

    fn as_signature(&self) -> &dyn FunctionSignature {
        self
    }
}

impl AggregateFunction for NativeAggregate {
    fn begin(&self) -> Box<dyn Aggregation> {
        let of = self.return_type.clone();
        match (self.kind, &of) {
            (Kind::CountRows, _) => Box::new(Count { of_rows: true, count: 0 }),
            (Kind::Count, _) => Box::new(Count { of_rows: false, count: 0 }),
            (Kind::Minimum, _) => Box::new(Extreme { of, wanted: Ordering::Less, value: None }),
            (Kind::Maximum, _) => Box::new(Extreme { of, wanted: Ordering::Greater, value: None }),
            (Kind::Sum, CqlType::Decimal) => Box::new(DecimalSum::new()),
            (Kind::Sum, CqlType::Varint) => Box::new(VarintSum::new()),
            (Kind::Sum, CqlType::Float | CqlType::Double) => Box::new(FloatSum::new(of)),
            (Kind::Sum, _) => Box::new(IntegerSum::new(of)),
            (Kind::Average, CqlType::Decimal) => Box::new(DecimalAverage::new()),
            (Kind::Average, CqlType::Varint) => Box::new(VarintAverage::new()),
            (Kind::Average, CqlType::Float | CqlType::Double) => Box::new(FloatAverage::new(of)),
            (Kind::Average, _) => Box::new(IntegerAverage::new(of)),
        }
    }
}

/// `count(*)`, or of values that are not null.
struct Count {
    of_rows: bool,
    count: i64,
}

impl Aggregation for Count {
    fn add(&mut self, arguments: &[Option<&[u8]>]) -> QueryResult<()> {
        if self.of_rows || arguments.first().is_some_and(Option::is_some) {
            self.count = self.count.wrapping_add(1);
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> QueryResult<bool> {
        out.extend(self.count.to_be_bytes());
        Ok(true)
    }

    fn reset(&mut self) {
        self.count = 0;
    }
}

/// The least or the largest value; of equal ones the first.
struct Extreme {
    of: CqlType,
    wanted: Ordering,
    value: Option<Vec<u8>>,
}

impl Extreme {
    fn is_better(&self, value: &[u8]) -> bool {
        // To `compare` counters are contexts.
        let of = if self.of == CqlType::Counter { &CqlType::BigInt } else { &self.of };
        self.value.as_deref().is_none_or(|known| compare(of, value, known) == self.wanted)
    }
}

impl Aggregation for Extreme {
    fn add(&mut self, arguments: &[Option<&[u8]>]) -> QueryResult<()> {
        let Some(value) = arguments.first().copied().flatten() else {
            return Ok(());
        };
        if (self.of == CqlType::Counter && value.is_empty()) || !self.is_better(value) {
            return Ok(());
        }
        let known = self.value.get_or_insert_default();
        known.clear();
        known.extend_from_slice(value);
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> QueryResult<bool> {
        out.extend_from_slice(self.value.as_deref().unwrap_or_default());
        Ok(self.value.is_some())
    }

    fn reset(&mut self) {
        self.value = None;
    }
}
