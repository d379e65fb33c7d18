//! What a statement does to a column.

use std::borrow::Cow;
use std::sync::Arc;

use cqlite_sstable::types::{CqlType, Elements};
use cqlite_sstable::writer::TimeUuid;

use super::list_times::paths_in_front;
use super::operand::{Inputs, Operand};
use super::row_writer::{OwnedCell, RowWriter};
use crate::query::functions::ScalarFunction;
use crate::query::{QueryError, QueryResult, TableColumn, Value};

/// What a statement does to a column (`cql3.Operation`).
#[derive(Debug)]
pub(super) struct Operation {
    /// The column: a static or a regular one.
    pub(super) column: Arc<TableColumn>,
    /// What is done.
    pub(super) action: Action,
}

/// What is done to a column.
#[derive(Debug)]
pub(super) enum Action {
    /// It gets one cell (`Constants.Setter`).
    Set(Operand),
    /// Its cells are replaced (`Lists.Setter`, `Sets.Setter`, `Maps.Setter`, `UserTypes.Setter`).
    Replace(Operand),
    /// Elements come behind those of a list, or into a set or map (`Lists.Appender`, `Sets.Adder`, `Maps.Putter`).
    Add(Operand),
    /// Elements come in front of those of a list (`Lists.Prepender`).
    Prepend(Operand),
    /// An element of a list is replaced (`Lists.SetterByIndex`).
    SetIndex { index: Operand, value: Operand },
    /// A key of a map gets a value (`Maps.SetterByKey`).
    SetKey { key: Operand, value: Operand },
    /// A field gets a value (`UserTypes.SetterByField`).
    SetField { field: u16, value: Operand },
    /// All elements of a list that are among these go (`Lists.Discarder`).
    RemoveValues(Operand),
    /// Elements of a set or keys of a map go (`Sets.Discarder`).
    RemoveKeys(Operand),
    /// An element of a list goes (`Lists.DiscarderByIndex`).
    DeleteIndex(Operand),
    /// An element of a set goes (`Sets.ElementDiscarder`).
    DeleteElement(Operand),
    /// A key of a map goes (`Maps.DiscarderByKey`).
    DeleteKey(Operand),
    /// A field goes (`UserTypes.DeleterByField`).
    DeleteField(u16),
    /// All of it goes (`Constants.Deleter`).
    Delete,
    /// A counter grows (`Constants.Adder`).
    Count(Operand),
    /// A counter shrinks (`Constants.Substracter`).
    CountDown(Operand),
    /// A number that is there grows (`Constants.Adder`).
    AddNumber(Operand, Arc<dyn ScalarFunction>),
    /// A text that is there is made longer (`Constants.Adder`).
    AppendText(Operand),
}

impl Operation {
    /// Whether what is there has to be read (`Operation.requiresRead`).
    pub(super) fn requires_read(&self) -> bool {
        matches!(
            self.action,
            Action::SetIndex { .. }
                | Action::RemoveValues(_)
                | Action::DeleteIndex(_)
                | Action::AddNumber(..)
                | Action::AppendText(_)
        )
    }

    /// Does it to the present row.
    ///
    /// # Errors
    /// If a value is none that it can be done with.
    pub(super) fn execute(&self, inputs: &Inputs<'_>, row: &mut RowWriter<'_>) -> QueryResult<()> {
        let column = self.column.place;
        match &self.action {
            Action::Set(value) => match value.evaluate(inputs)? {
                Value::Bytes(bytes) => row.cell(column, None, &bytes),
                Value::Null => row.tombstone(column, None),
                Value::Unset => Ok(()),
            },
            Action::Replace(value) => self.replace(&value.evaluate(inputs)?, row),
            Action::Add(value) => self.add(&value.evaluate(inputs)?, row),
            Action::Prepend(value) => self.prepend(&value.evaluate(inputs)?, row),
            Action::SetIndex { index, value } => {
                self.set_index(&index.evaluate(inputs)?, &value.evaluate(inputs)?, row)
            }
            Action::SetKey { key, value } => {
                let (key, value) = (key.evaluate(inputs)?, value.evaluate(inputs)?);
                set_place(column, map_key(&key)?, &value, row)
            }
            Action::SetField { field, value } => {
                set_place(column, &field.to_be_bytes(), &value.evaluate(inputs)?, row)
            }
            Action::RemoveValues(value) => self.remove_values(&value.evaluate(inputs)?, row),
            Action::RemoveKeys(value) => match value.evaluate(inputs)? {
                Value::Bytes(bytes) => elements(&bytes)?
                    .try_for_each(|element| row.tombstone(column, Some(element?.unwrap_or_default()))),
                Value::Null | Value::Unset => Ok(()),
            },
            Action::DeleteIndex(index) => self.delete_index(&index.evaluate(inputs)?, row),
            Action::DeleteElement(element) => match element.evaluate(inputs)? {
                Value::Null => Err(QueryError::invalid("Invalid null set element")),
                element => row.tombstone(column, Some(element.bytes().unwrap_or_default())),
            },
            Action::DeleteKey(key) => row.tombstone(column, Some(map_key(&key.evaluate(inputs)?)?)),
            Action::DeleteField(field) => row.tombstone(column, Some(&field.to_be_bytes())),
            Action::Delete if self.column.cql_type().is_multi_cell() => row.delete_column(column, false),
            Action::Delete => row.tombstone(column, None),
            Action::Count(delta) => {
                if let Some(delta) = count(&delta.evaluate(inputs)?)? {
                    row.add_to_counter(column, delta);
                }
                Ok(())
            }
            Action::CountDown(delta) => self.count_down(&delta.evaluate(inputs)?, row),
            Action::AddNumber(value, addition) => {
                self.add_number(&value.evaluate(inputs)?, &**addition, inputs, row)
            }
            Action::AppendText(value) => self.append_text(&value.evaluate(inputs)?, row),
        }
    }

    fn replace(&self, value: &Value<'_>, row: &mut RowWriter<'_>) -> QueryResult<()> {
        if value.is_unset() {
            return Ok(());
        }
        row.delete_column(self.column.place, true)?;
        let CqlType::User(user) = self.column.cql_type() else { return self.add(value, row) };
        let Some(bytes) = value.bytes() else { return Ok(()) };
        for (field, value) in Elements::of_tuple(bytes, user.fields.len()).enumerate() {
            if let Some(value) = value.map_err(invalid)? {
                row.cell(self.column.place, Some(&(field as u16).to_be_bytes()), value)?;
            }
        }
        Ok(())
    }

    fn add(&self, value: &Value<'_>, row: &mut RowWriter<'_>) -> QueryResult<()> {
        let Some(bytes) = value.bytes() else { return Ok(()) };
        let column = self.column.place;
        match self.column.cql_type() {
            CqlType::Set { .. } => elements(bytes)?
                .try_for_each(|element| row.cell(column, Some(element?.unwrap_or_default()), &[])),
            CqlType::Map { .. } => {
                let mut entries = Elements::of_map(bytes).map_err(invalid)?;
                while let Some(key) = entries.next() {
                    let key = key.map_err(invalid)?.unwrap_or_default();
                    let value = entries.next().transpose().map_err(invalid)?.flatten();
                    row.cell(column, Some(key), value.unwrap_or_default())?;
                }
                Ok(())
            }
            _ => elements(bytes)?.try_for_each(|element| {
                row.cell(column, Some(&TimeUuid::next().to_uuid().0), element?.unwrap_or_default())
            }),
        }
    }

    fn prepend(&self, value: &Value<'_>, row: &mut RowWriter<'_>) -> QueryResult<()> {
        let Some(bytes) = value.bytes() else { return Ok(()) };
        let elements = elements(bytes)?.collect::<QueryResult<Vec<_>>>()?;
        for (path, element) in paths_in_front(elements.len()).zip(elements) {
            row.cell(self.column.place, Some(&path), element.unwrap_or_default())?;
        }
        Ok(())
    }

    /// The elements of the list as they are.
    fn present(&self, row: &RowWriter<'_>) -> Vec<OwnedCell> {
        row.present_cells(self.column.place, self.column.cql_type().cell_path_type())
    }

    fn set_index(&self, index: &Value<'_>, value: &Value<'_>, row: &mut RowWriter<'_>) -> QueryResult<()> {
        match index {
            Value::Null => return Err(QueryError::invalid("Invalid null value for list index")),
            Value::Unset => return Err(QueryError::invalid("Invalid unset value for list index")),
            Value::Bytes(_) => {}
        }
        let cells = self.present(row);
        if cells.is_empty() {
            return Err(QueryError::invalid("Attempted to set an element on a list which is null"));
        }
        let cell = element_at(&cells, index)?;
        set_place(self.column.place, &cell.path, value, row)
    }

    fn delete_index(&self, index: &Value<'_>, row: &mut RowWriter<'_>) -> QueryResult<()> {
        match index {
            Value::Null => return Err(QueryError::invalid("Invalid null value for list index")),
            Value::Unset => return Ok(()),
            Value::Bytes(_) => {}
        }
        let cells = self.present(row);
        if cells.is_empty() {
            return Err(QueryError::invalid("Attempted to delete an element from a list which is null"));
        }
        let cell = element_at(&cells, index)?;
        row.tombstone(self.column.place, Some(&cell.path))
    }

    fn remove_values(&self, value: &Value<'_>, row: &mut RowWriter<'_>) -> QueryResult<()> {
        let Some(bytes) = value.bytes() else { return Ok(()) };
        let unwanted = elements(bytes)?.collect::<QueryResult<Vec<_>>>()?;
        for cell in self.present(row) {
            if unwanted.contains(&Some(cell.value.as_slice())) {
                row.tombstone(self.column.place, Some(&cell.path))?;
            }
        }
        Ok(())
    }

    fn count_down(&self, delta: &Value<'_>, row: &mut RowWriter<'_>) -> QueryResult<()> {
        let Some(delta) = count(delta)? else { return Ok(()) };
        let Some(negated) = delta.checked_neg() else {
            return Err(QueryError::invalid(format!(
                "The negation of {delta} overflows supported counter precision (signed 8 bytes integer)"
            )));
        };
        row.add_to_counter(self.column.place, negated);
        Ok(())
    }

    /// The value of a column of one cell as it is.
    fn present_value(&self, row: &RowWriter<'_>) -> Option<Vec<u8>> {
        row.present_cells(self.column.place, None).pop().map(|cell| cell.value)
    }

    fn add_number(
        &self,
        value: &Value<'_>,
        addition: &dyn ScalarFunction,
        inputs: &Inputs<'_>,
        row: &mut RowWriter<'_>,
    ) -> QueryResult<()> {
        let Some(present) = self.present_value(row) else { return Ok(()) };
        let Some(value) = value.bytes() else { return Err(self.nothing_to_add()) };
        let mut sum = Vec::new();
        if addition.execute(&[Some(&present), Some(value)], &inputs.bindings, &mut sum)? {
            row.cell(self.column.place, None, &sum)?;
        }
        Ok(())
    }

    fn append_text(&self, value: &Value<'_>, row: &mut RowWriter<'_>) -> QueryResult<()> {
        let Some(mut text) = self.present_value(row) else { return Ok(()) };
        let Some(value) = value.bytes() else { return Err(self.nothing_to_add()) };
        text.extend_from_slice(value);
        row.cell(self.column.place, None, &text)
    }

    fn nothing_to_add(&self) -> QueryError {
        QueryError::invalid(format!("Invalid null value for an addition to column {}", self.column.name()))
    }
}

/// Gives a place in a column a value, or takes it that.
fn set_place(column: usize, path: &[u8], value: &Value<'_>, row: &mut RowWriter<'_>) -> QueryResult<()> {
    match value {
        Value::Bytes(bytes) => row.cell(column, Some(path), bytes),
        Value::Null => row.tombstone(column, Some(path)),
        Value::Unset => Ok(()),
    }
}

fn map_key<'v>(key: &'v Value<'_>) -> QueryResult<&'v [u8]> {
    match key {
        Value::Bytes(key) => Ok(key),
        Value::Null => Err(QueryError::invalid("Invalid null map key")),
        Value::Unset => Err(QueryError::invalid("Invalid unset map key")),
    }
}

/// By how much a counter changes; none if it stays.
fn count(value: &Value<'_>) -> QueryResult<Option<i64>> {
    match value {
        Value::Bytes(bytes) => match <[u8; 8]>::try_from(&**bytes) {
            Ok(bytes) => Ok(Some(i64::from_be_bytes(bytes))),
            Err(_) => Err(QueryError::invalid("Invalid empty value for counter increment")),
        },
        Value::Null => Err(QueryError::invalid("Invalid null value for counter increment")),
        Value::Unset => Ok(None),
    }
}

fn element_at<'c>(cells: &'c [OwnedCell], index: &Value<'_>) -> QueryResult<&'c OwnedCell> {
    let bytes: Option<[u8; 4]> = index.bytes().and_then(|bytes| bytes.try_into().ok());
    let Some(index) = bytes.map(i32::from_be_bytes) else {
        return Err(QueryError::invalid("Invalid empty value for list index"));
    };
    usize::try_from(index).ok().and_then(|index| cells.get(index)).ok_or_else(|| {
        QueryError::invalid(format!("List index {index} out of bound, list has size {}", cells.len()))
    })
}

/// The elements of a list or set.
fn elements(value: &[u8]) -> QueryResult<impl Iterator<Item = QueryResult<Option<&[u8]>>>> {
    let elements = Elements::of_collection(value).map_err(invalid)?;
    Ok(elements.map(|element| element.map_err(invalid)))
}

fn invalid(error: cqlite_sstable::types::InvalidValue) -> QueryError {
    QueryError::invalid(Cow::Owned::<str>(error.to_string()))
}
