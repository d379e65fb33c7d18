//! What rows are looked at for.

use std::borrow::Cow;
use std::sync::Arc;

use cqlite_cql::query::Operator;
use cqlite_sstable::schema::ColumnKind;
use cqlite_sstable::types::{CqlType, Elements, compare};

use super::sasi::Pattern;
use super::tuple_term::{Element, TupleTerm};
use super::{Bound, IndexInfo, Restriction, RestrictionKind};
use crate::query::term::PreparedTerm;
use crate::query::{Bindings, InputRow, QueryError, QueryResult, TableColumn, Value};

/// What a row has to have to be shown, with the values of one execution (`db.filter.RowFilter`).
#[derive(Debug, Default)]
pub(crate) struct RowFilter<'t> {
    /// What is asked of the partition key and of static columns.
    of_partition: Vec<Expression<'t>>,
    of_row: Vec<Expression<'t>>,
}

#[derive(Debug)]
struct Expression<'t> {
    column: &'t Arc<TableColumn>,
    test: Test<'t>,
}

#[derive(Debug)]
enum Test<'t> {
    Compare(Operator, Cow<'t, [u8]>),
    OneOf(Vec<Element<'t>>),
    Contains(Cow<'t, [u8]>),
    ContainsKey(Cow<'t, [u8]>),
    Entry(Cow<'t, [u8]>, Cow<'t, [u8]>),
    Like(Pattern<'t>),
}

impl<'t> RowFilter<'t> {
    /// Adds what is asked of columns.
    pub(super) fn add(
        &mut self,
        restriction: &'t Restriction,
        indexes: &[IndexInfo],
        bindings: &Bindings<'t>,
    ) -> QueryResult<()> {
        let first = restriction.first()?;
        match &restriction.kind {
            RestrictionKind::Equal(term) => {
                let values = values_of(term, &restriction.columns, bindings)?;
                for (value, column) in values.into_iter().zip(&restriction.columns) {
                    self.push(column, Test::Compare(Operator::Equal, value));
                }
            }
            RestrictionKind::In(terms) => {
                if restriction.columns.len() > 1 {
                    return Err(QueryError::invalid("Multicolumn IN filters are not supported"));
                }
                let values = terms.values_to_compare(first.name(), bindings)?;
                self.push(first, Test::OneOf(values.into_iter().flatten().collect()));
            }
            RestrictionKind::Slice(slice) => {
                if restriction.is_multi_column {
                    return Err(QueryError::invalid(
                        "Multi-column slice restrictions cannot be used for filtering.",
                    ));
                }
                for bound in Bound::BOTH {
                    let Some(term) = slice.term(bound) else { continue };
                    for value in values_of(term, &restriction.columns, bindings)? {
                        self.push(first, Test::Compare(slice.operator(bound), value));
                    }
                }
            }
            RestrictionKind::Contains { values, keys, entries } => {
                for term in values {
                    self.push(first, Test::Contains(value_of(term, "value", first, bindings)?));
                }
                for term in keys {
                    self.push(first, Test::ContainsKey(value_of(term, "value", first, bindings)?));
                }
                for (key, value) in entries {
                    let key = value_of(key, "map key", first, bindings)?;
                    self.push(first, Test::Entry(key, value_of(value, "map value", first, bindings)?));
                }
            }
            RestrictionKind::Like(term) => {
                let value = value_of(term, "value", first, bindings)?;
                let index =
                    indexes.iter().filter(|index| index.depends_on(first)).find_map(|index| index.sasi);
                let Some(index) = index else { return Ok(()) };
                self.push(first, Test::Like(index.pattern(first.name(), value)?));
            }
            RestrictionKind::Ann => {}
        }
        Ok(())
    }

    fn push(&mut self, column: &'t Arc<TableColumn>, test: Test<'t>) {
        let expressions = match column.kind {
            ColumnKind::PartitionKey | ColumnKind::Static => &mut self.of_partition,
            ColumnKind::Clustering | ColumnKind::Regular => &mut self.of_row,
        };
        expressions.push(Expression { column, test });
    }

    /// Whether nothing is asked.
    pub(crate) fn is_empty(&self) -> bool {
        self.of_partition.is_empty() && self.of_row.is_empty()
    }

    /// Whether partitions without rows are not shown for that alone.
    pub(crate) fn needs_rows(&self) -> bool {
        !self.of_row.is_empty()
    }

    /// Whether a partition is shown, as far as its key and static row go.
    pub(crate) fn shows_partition(&self, partition: &InputRow<'_>) -> bool {
        self.of_partition.iter().all(|expression| expression.is_met(partition))
    }

    /// Whether a row of such a partition is shown.
    pub(crate) fn shows_row(&self, row: &InputRow<'_>) -> bool {
        self.of_row.iter().all(|expression| expression.is_met(row))
    }

    /// The columns that are looked at.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &'t Arc<TableColumn>> {
        self.of_partition.iter().chain(&self.of_row).map(|expression| expression.column)
    }
}

/// The values that columns are compared with (`RowFilter.Expression.validate`).
fn values_of<'t>(
    term: &'t TupleTerm,
    columns: &[Arc<TableColumn>],
    bindings: &Bindings<'t>,
) -> QueryResult<Vec<Cow<'t, [u8]>>> {
    if let (TupleTerm::One(term), [column]) = (term, columns) {
        return Ok(vec![value_of(term, "value", column, bindings)?]);
    }
    let told = |column: &TableColumn| {
        QueryError::invalid(format!("Unsupported null value for column {}", column.name()))
    };
    let elements = term.elements(bindings)?.into_iter().zip(columns);
    elements.map(|(value, column)| value.ok_or_else(|| told(column))).collect()
}

fn value_of<'t>(
    term: &'t PreparedTerm,
    what: &str,
    column: &TableColumn,
    bindings: &Bindings<'t>,
) -> QueryResult<Cow<'t, [u8]>> {
    let told =
        |state| QueryError::invalid(format!("Unsupported {state} {what} for column {}", column.name()));
    match term.evaluate(bindings)? {
        Value::Bytes(bytes) => Ok(bytes),
        Value::Null => Err(told("null")),
        Value::Unset => Err(told("unset")),
    }
}

impl Expression<'_> {
    fn is_met(&self, row: &InputRow<'_>) -> bool {
        let column = self.column;
        let of = column.cql_type();
        match &self.test {
            Test::Compare(operator, wanted) => {
                row.value(column).is_some_and(|found| is_satisfied(of, *operator, &found, wanted))
            }
            Test::OneOf(values) => row.value(column).is_some_and(|found| {
                values.iter().flatten().any(|wanted| is_satisfied(of, Operator::Equal, &found, wanted))
            }),
            Test::Contains(wanted) => contains(row, column, wanted),
            Test::ContainsKey(wanted) => entry(row, column, wanted).is_some(),
            Test::Like(pattern) => row.value(column).is_some_and(|found| pattern.is_met(&found)),
            Test::Entry(key, wanted) => {
                let CqlType::Map { value, .. } = of else { return false };
                entry(row, column, key).is_some_and(|found| compare(value, &found, wanted).is_eq())
            }
        }
    }
}

/// Whether a value stands to another one as an operator says (`cql3.Operator.isSatisfiedBy`).
fn is_satisfied(of: &CqlType, operator: Operator, found: &[u8], wanted: &[u8]) -> bool {
    let of = if *of == CqlType::Counter { &CqlType::BigInt } else { of };
    let order = compare(of, found, wanted);
    match operator {
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterOrEqual => order.is_ge(),
        Operator::NotEqual => order.is_ne(),
        _ => order.is_eq(),
    }
}

/// Whether a collection has an element.
fn contains(row: &InputRow<'_>, column: &TableColumn, wanted: &[u8]) -> bool {
    let of = column.cql_type();
    if of.is_multi_cell() {
        return match of {
            CqlType::Set { element, .. } => {
                row.cells(column).any(|cell| compare(element, cell.path.unwrap_or_default(), wanted).is_eq())
            }
            CqlType::List { element: value, .. } | CqlType::Map { value, .. } => {
                row.cells(column).any(|cell| compare(value, cell.value, wanted).is_eq())
            }
            _ => false,
        };
    }
    let Some(found) = row.value(column) else { return false };
    let is_wanted = |element: &CqlType, found: Option<&[u8]>| {
        found.is_some_and(|found| match element {
            // Of frozen collections, decimals of other scales are others.
            CqlType::Decimal => found == wanted,
            element => compare(element, found, wanted).is_eq(),
        })
    };
    match of {
        CqlType::List { element, .. } | CqlType::Set { element, .. } => Elements::of_collection(&found)
            .is_ok_and(|elements| elements.flatten().any(|one| is_wanted(element, one))),
        CqlType::Map { value, .. } => Elements::of_map(&found)
            .is_ok_and(|elements| elements.flatten().skip(1).step_by(2).any(|one| is_wanted(value, one))),
        _ => false,
    }
}

/// The value of an entry of a map.
fn entry<'r>(row: &InputRow<'r>, column: &TableColumn, wanted: &[u8]) -> Option<Cow<'r, [u8]>> {
    let CqlType::Map { key, frozen, .. } = column.cql_type() else { return None };
    if !frozen {
        let cell = row.cells(column).find(|cell| compare(key, cell.path.unwrap_or_default(), wanted).is_eq());
        return cell.map(|cell| Cow::Borrowed(cell.value));
    }
    let found = row.value(column)?;
    let mut elements = Elements::of_map(&found).ok()?.flatten();
    while let (Some(name), Some(value)) = (elements.next(), elements.next()) {
        if name.is_some_and(|name| compare(key, name, wanted).is_eq()) {
            return value.map(|value| Cow::Owned(value.to_vec()));
        }
    }
    None
}
