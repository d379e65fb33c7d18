//! `INSERT ... JSON`

use std::sync::Arc;

use cqlite_cql::query::{BindMarker, JsonValue};
use cqlite_sstable::types::CqlType;

use super::operand::Operand;
use super::operation::Operation;
use super::operation_preparation::set_action;
use super::preparation::Preparation;
use super::target::Target;
use crate::query::json::JsonRow;
use crate::query::term::PreparedTerm;
use crate::query::{Bindings, ColumnSpec, QueryError, QueryResult, TableColumns, Value};

/// A row of JSON that is bound.
#[derive(Debug)]
pub(super) struct JsonSource {
    text: PreparedTerm,
    default_unset: bool,
}

impl JsonSource {
    /// The values of all columns, in the order of `SELECT *`.
    ///
    /// # Errors
    /// If the text is no row of the table.
    pub(super) fn values(
        &self,
        columns: &TableColumns,
        bindings: &Bindings<'_>,
    ) -> QueryResult<Vec<Value<'static>>> {
        let text = self.text.evaluate(bindings)?;
        let Some(text) = text.bytes() else {
            return Err(QueryError::invalid("Got null for INSERT JSON values"));
        };
        row_values(&String::from_utf8_lossy(text), columns, self.default_unset)
    }
}

/// What is inserted by a row of JSON (`UpdateStatement.ParsedInsertJson.prepareInternal`).
///
/// # Errors
/// If a text that is given is no row of the table.
pub(super) fn prepare_json(
    value: &JsonValue,
    default_unset: bool,
    preparation: &mut Preparation<'_>,
) -> QueryResult<(Vec<Operation>, Target, Option<JsonSource>)> {
    let columns = Arc::clone(&preparation.columns);
    let (source, known) = match value {
        JsonValue::Text(text) => (None, Some(row_values(text, &columns, default_unset)?)),
        JsonValue::BindMarker(marker) => {
            let text = json_marker(marker, preparation);
            (Some(JsonSource { text, default_unset }), None)
        }
    };
    let mut known = known.map(Vec::into_iter);
    let mut operands = Vec::new();
    let mut operations = Vec::new();
    for (place, column) in columns.all().iter().enumerate() {
        let operand = match &mut known {
            Some(known) => Operand::Constant(known.next().unwrap_or_default()),
            None => Operand::Json(place),
        };
        if column.is_key() {
            operands.push(operand);
        } else {
            operations.push(Operation { column: Arc::clone(column), action: set_action(column, operand)? });
        }
    }
    Ok((operations, Target::of_row(&columns, operands), source))
}

fn json_marker(marker: &BindMarker, preparation: &mut Preparation<'_>) -> PreparedTerm {
    let receiver = preparation.columns.pseudo_column("[json]", CqlType::Text);
    PreparedTerm::of_marker(marker, &receiver, preparation.markers)
}

/// The values of all columns in a row of JSON, in the order of `SELECT *` (`Json.parseJson`).
fn row_values(text: &str, columns: &TableColumns, default_unset: bool) -> QueryResult<Vec<Value<'static>>> {
    let specs: Vec<ColumnSpec> = columns.all().iter().map(|column| column.spec.clone()).collect();
    let default = if default_unset { Value::Unset } else { Value::Null };
    let values = JsonRow::parse(text)?.into_values(&specs)?;
    Ok(values.into_iter().map(|value| value.unwrap_or_else(|| default.clone())).collect())
}
