//! Whether a row satisfies conditions.

use std::borrow::Cow;
use std::cmp::Ordering;

use cqlite_cql::query::Operator;
use cqlite_sstable::row::Cell;
use cqlite_sstable::types::{CqlType, Elements, compare};

use super::condition::{is_empty_collection, kind_of, null_comparison, unset_value};
use super::existing_partition::cells_of;
use crate::query::{QueryError, QueryResult, TableColumn, Value, compose_cells};
use crate::storage::read::Cells;

/// A condition with its values (`ColumnCondition.Bound`).
#[derive(Debug)]
pub(super) struct BoundCondition<'c> {
    pub(super) column: &'c TableColumn,
    pub(super) part: BoundPart<'c>,
    pub(super) operator: Operator,
    pub(super) values: Vec<Value<'c>>,
}

/// As [`super::condition::ConditionPart`].
#[derive(Debug)]
pub(super) enum BoundPart<'c> {
    Whole,
    Index(Value<'c>),
    Key(Value<'c>),
    Field(u16),
}

impl BoundCondition<'_> {
    /// Whether a row satisfies it; without a row, a column has no value.
    ///
    /// # Errors
    /// If the values cannot be compared in that way.
    pub(super) fn is_met(&self, row: Option<Cells<'_>>) -> QueryResult<bool> {
        let cells = row.unwrap_or(Cells::NONE);
        let cql_type = self.column.cql_type();
        match (&self.part, cql_type) {
            (BoundPart::Index(index), CqlType::List { element, .. }) => {
                let index = list_index(index)?;
                self.is_any_equal(element, self.element_at(cells, index).as_deref())
            }
            // Cassandra compares values of maps by the type of their keys.
            (BoundPart::Key(key), CqlType::Map { key: key_type, .. }) => {
                let key = map_key(key)?;
                self.is_any_equal(key_type, self.value_of(cells, key, key_type).as_deref())
            }
            (BoundPart::Field(field), CqlType::User(user)) => {
                let field_type = user.fields.get(usize::from(*field)).map(|field| &field.field_type);
                let value = self.field(cells, *field, user.fields.len());
                self.is_any_equal(field_type.unwrap_or(cql_type), value.as_deref())
            }
            _ if cql_type.is_multi_cell() && !matches!(cql_type, CqlType::User(_)) => {
                self.is_collection_met(cells)
            }
            _ => self.is_any_equal(cql_type, self.whole(cells).as_deref()),
        }
    }

    fn cells<'r>(&self, cells: Cells<'r>) -> impl Iterator<Item = Cell<'r>> {
        cells_of(cells, self.column.place)
    }

    /// The value of the column as one.
    fn whole<'r>(&self, cells: Cells<'r>) -> Option<Cow<'r, [u8]>> {
        let cql_type = self.column.cql_type();
        if cql_type.is_multi_cell() {
            return compose_cells(cql_type, self.cells(cells)).map(Cow::Owned);
        }
        self.cells(cells).next().map(|cell| Cow::Borrowed(cell.value))
    }

    fn element_at<'r>(&self, cells: Cells<'r>, index: usize) -> Option<Cow<'r, [u8]>> {
        if self.column.cql_type().is_multi_cell() {
            return self.cells(cells).nth(index).map(|cell| Cow::Borrowed(cell.value));
        }
        let list = self.cells(cells).next()?.value;
        let element = Elements::of_collection(list).ok()?.nth(index)?.ok()?;
        element.map(Cow::Borrowed)
    }

    fn value_of<'r>(&self, cells: Cells<'r>, key: &[u8], key_type: &CqlType) -> Option<Cow<'r, [u8]>> {
        if self.column.cql_type().is_multi_cell() {
            let mut cells = self.cells(cells);
            let is_it = |cell: &Cell<'_>| {
                cell.path.is_some_and(|path| compare(key_type, path, key) == Ordering::Equal)
            };
            return cells.find(is_it).map(|cell| Cow::Borrowed(cell.value));
        }
        let map = self.cells(cells).next()?.value;
        let mut entries = Elements::of_map(map).ok()?;
        while let (Some(Ok(Some(known))), Some(Ok(value))) = (entries.next(), entries.next()) {
            if compare(key_type, known, key) == Ordering::Equal {
                return value.map(Cow::Borrowed);
            }
        }
        None
    }

    fn field<'r>(&self, cells: Cells<'r>, field: u16, count: usize) -> Option<Cow<'r, [u8]>> {
        if self.column.cql_type().is_multi_cell() {
            let mut cells = self.cells(cells);
            let cell = cells.find(|cell| cell.path == Some(&field.to_be_bytes()));
            return cell.map(|cell| Cow::Borrowed(cell.value));
        }
        let value = self.cells(cells).next()?.value;
        Elements::of_tuple(value, count).nth(usize::from(field))?.ok()?.map(Cow::Borrowed)
    }

    /// Whether it is met by one of the values.
    fn is_any_equal(&self, cql_type: &CqlType, present: Option<&[u8]>) -> QueryResult<bool> {
        for value in &self.values {
            if is_satisfied(self.operator, cql_type, value, present)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A condition on all of a collection that has a cell for each element
    /// (`ColumnCondition.MultiCellCollectionBound`).
    fn is_collection_met(&self, cells: Cells<'_>) -> QueryResult<bool> {
        let (cql_type, operator) = (self.column.cql_type(), self.operator);
        let is_containing = matches!(operator, Operator::Contains | Operator::ContainsKey);
        let has_cells = self.cells(cells).next().is_some();
        for value in &self.values {
            if value.is_unset() {
                return Err(unset_value());
            }
            if value.is_null() || (!is_containing && is_empty_collection(value)) {
                match operator {
                    Operator::Equal if !has_cells => return Ok(true),
                    Operator::Equal => continue,
                    Operator::NotEqual => return Ok(has_cells),
                    _ if value.is_null() => return Err(null_comparison(operator)),
                    _ => {
                        return Err(QueryError::invalid(format!(
                            "Invalid comparison with an empty {} for operator \"{operator}\"",
                            kind_of(cql_type)
                        )));
                    }
                }
            }
            let bytes = value.bytes().unwrap_or_default();
            if !has_cells && operator != Operator::NotEqual {
                continue;
            }
            let is_met = if is_containing {
                self.contains(cells, bytes)
            } else {
                is_ordered(operator, self.compare_collection(cells, bytes))
            };
            if is_met {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn contains(&self, cells: Cells<'_>, value: &[u8]) -> bool {
        let is_key = self.operator == Operator::ContainsKey;
        let (of, is_path) = match self.column.cql_type() {
            CqlType::Set { element, .. } => (element, true),
            CqlType::Map { key, .. } if is_key => (key, true),
            CqlType::Map { value, .. } => (value, false),
            CqlType::List { element, .. } => (element, false),
            _ => return false,
        };
        let mut cells = self.cells(cells);
        cells.any(|cell| {
            let present = if is_path { cell.path.unwrap_or_default() } else { cell.value };
            compare(of, present, value) == Ordering::Equal
        })
    }

    /// The collection that is there, compared with a value element by element.
    fn compare_collection(&self, cells: Cells<'_>, value: &[u8]) -> Ordering {
        let mut cells = self.cells(cells);
        let (key_type, value_type) = match self.column.cql_type() {
            CqlType::Set { element, .. } => (Some(element), None),
            CqlType::Map { key, value, .. } => (Some(key), Some(value)),
            CqlType::List { element, .. } => (None, Some(element)),
            _ => (None, None),
        };
        let elements = if key_type.is_some() && value_type.is_some() {
            Elements::of_map(value)
        } else {
            Elements::of_collection(value)
        };
        let mut elements = elements.into_iter().flatten().map(|element| element.ok().flatten());
        loop {
            let first = elements.next();
            let (cell, first) = match (cells.next(), first) {
                (Some(_), None) => return Ordering::Greater,
                (None, Some(_)) => return Ordering::Less,
                (None, None) => return Ordering::Equal,
                (Some(cell), Some(first)) => (cell, first.unwrap_or_default()),
            };
            let order = match (key_type, value_type) {
                (Some(key_type), None) => compare(key_type, cell.path.unwrap_or_default(), first),
                (None, Some(value_type)) => compare(value_type, cell.value, first),
                (Some(key_type), Some(value_type)) => {
                    let second = elements.next().flatten().unwrap_or_default();
                    let by_key = compare(key_type, cell.path.unwrap_or_default(), first);
                    by_key.then_with(|| compare(value_type, cell.value, second))
                }
                (None, None) => Ordering::Equal,
            };
            if order.is_ne() {
                return order;
            }
        }
    }
}

fn list_index(index: &Value<'_>) -> QueryResult<usize> {
    let bytes = match index {
        Value::Bytes(bytes) => bytes,
        Value::Null => return Err(QueryError::invalid("Invalid null value for list element access")),
        Value::Unset => return Err(unset_value()),
    };
    let index = <[u8; 4]>::try_from(&**bytes).map_or(0, i32::from_be_bytes);
    usize::try_from(index).map_err(|_| QueryError::invalid(format!("Invalid negative list index {index}")))
}

fn map_key<'k>(key: &'k Value<'_>) -> QueryResult<&'k [u8]> {
    match key {
        Value::Bytes(key) => Ok(key),
        Value::Null => Err(QueryError::invalid("Invalid null value for map element access")),
        Value::Unset => Err(unset_value()),
    }
}

/// Whether what is there compares so with a value (`ColumnCondition.Bound.compareWithOperator`).
fn is_satisfied(
    operator: Operator,
    cql_type: &CqlType,
    value: &Value<'_>,
    present: Option<&[u8]>,
) -> QueryResult<bool> {
    match (value, present) {
        (Value::Unset, _) => Err(unset_value()),
        (Value::Null, present) => match operator {
            Operator::Equal => Ok(present.is_none()),
            Operator::NotEqual => Ok(present.is_some()),
            _ => Err(null_comparison(operator)),
        },
        (Value::Bytes(_), None) => Ok(operator == Operator::NotEqual),
        (Value::Bytes(value), Some(present)) => Ok(match operator {
            Operator::Contains | Operator::ContainsKey => frozen_contains(operator, cql_type, present, value),
            _ => {
                is_ordered(operator, compare(cql_type, leading(cql_type, present), leading(cql_type, value)))
            }
        }),
    }
}

/// What Cassandra reads of a value that it takes for one of a type, as it takes values of maps for keys: of numbers with a
/// point no more than the bytes that they have.
fn leading<'v>(cql_type: &CqlType, value: &'v [u8]) -> &'v [u8] {
    let length = match cql_type {
        CqlType::Float => size_of::<f32>(),
        CqlType::Double => size_of::<f64>(),
        _ => return value,
    };
    value.get(..length).unwrap_or(value)
}

fn is_ordered(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::Equal => order.is_eq(),
        Operator::NotEqual => order.is_ne(),
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterOrEqual => order.is_ge(),
        Operator::Contains | Operator::ContainsKey | Operator::Like => false,
    }
}

/// Whether a frozen collection has an element, a key or a value. They are the same if they are equal, as `1.0` and `1.00` are not.
fn frozen_contains(operator: Operator, cql_type: &CqlType, present: &[u8], value: &[u8]) -> bool {
    let is_it = |element: Option<&[u8]>| element == Some(value);
    match cql_type {
        CqlType::Map { .. } => {
            let skipped = usize::from(operator == Operator::Contains);
            let entries = Elements::of_map(present).into_iter().flatten().flatten();
            entries.skip(skipped).step_by(2).any(is_it)
        }
        _ => Elements::of_collection(present).into_iter().flatten().flatten().any(is_it),
    }
}
