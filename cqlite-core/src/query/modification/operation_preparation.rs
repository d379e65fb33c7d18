//! From assignments and deletions to operations.

use std::sync::Arc;

use cqlite_cql::query::{self as raw, ArithmeticOperator, ColumnPart, Deletion, Term};
use cqlite_cql::{Identifier, Spanned};
use cqlite_sstable::types::{CqlType, UserType};

use super::operation::{Action, Operation};
use super::preparation::Preparation;
use crate::query::functions::{Function, FunctionName, ScalarFunction, find};
use crate::query::term::{field_spec, key_spec, list_index_spec, value_spec};
use crate::query::{Assignable, Assignment, ColumnSpec, QueryError, QueryResult, Scope, TableColumn};

fn refuse<T>(message: String) -> QueryResult<T> {
    Err(QueryError::invalid(message))
}

/// An assignment of an `UPDATE` (`Operation.RawUpdate`). What is there may be read if the statement has conditions.
///
/// # Errors
/// If that cannot be done to the column.
pub(super) fn prepare_assignment(
    column: &Arc<TableColumn>,
    operation: &raw::Operation,
    may_read: bool,
    preparation: &mut Preparation<'_>,
) -> QueryResult<Operation> {
    let action = match operation {
        raw::Operation::SetValue(value) => prepare_set(column, value, preparation)?,
        raw::Operation::SetElement { element, value } => {
            prepare_set_element(column, element, value, preparation)?
        }
        raw::Operation::SetField { field, value } => prepare_set_field(column, field, value, preparation)?,
        raw::Operation::Addition(value) => prepare_addition(column, value, may_read, preparation)?,
        raw::Operation::Subtraction(value) => prepare_subtraction(column, value, preparation)?,
        raw::Operation::Prepend(value) => prepare_prepend(column, value, preparation)?,
    };
    Ok(Operation { column: Arc::clone(column), action })
}

/// `column = value`, also of an `INSERT` (`Operation.SetValue`).
///
/// # Errors
/// If the value is none of the column.
pub(super) fn prepare_set(
    column: &TableColumn,
    value: &Spanned<Term>,
    preparation: &mut Preparation<'_>,
) -> QueryResult<Action> {
    let prepared = preparation.operand(value, &column.spec)?;
    if let (CqlType::User(user), Term::Tuple(_)) = (column.cql_type(), &value.node) {
        // Cassandra lets it pass here, and fails when it is carried out.
        return refuse(format!(
            "Invalid tuple literal for {}: values of the user type {} are written {{field: value, ..}}",
            column.name(),
            user.name
        ));
    }
    set_action(column, prepared)
}

/// What gives a column a value.
///
/// # Errors
/// If it is a counter.
pub(super) fn set_action(column: &TableColumn, value: super::operand::Operand) -> QueryResult<Action> {
    if *column.cql_type() == CqlType::Counter {
        return refuse(format!(
            "Cannot set the value of counter column {} (counters can only be incremented/decremented, not set)",
            column.name()
        ));
    }
    Ok(if column.cql_type().is_multi_cell() { Action::Replace(value) } else { Action::Set(value) })
}

fn prepare_set_element(
    column: &TableColumn,
    element: &Spanned<Term>,
    value: &Spanned<Term>,
    preparation: &mut Preparation<'_>,
) -> QueryResult<Action> {
    let name = column.name();
    let shown = || format!("{name}[{}] = {}", element.text(), value.text());
    if !is_collection(column.cql_type()) {
        return refuse(format!("Invalid operation ({}) for non collection column {name}", shown()));
    }
    if !column.cql_type().is_multi_cell() {
        return refuse(format!("Invalid operation ({}) for frozen collection column {name}", shown()));
    }
    match column.cql_type() {
        CqlType::List { element: of, .. } => {
            let index = preparation.operand(element, &list_index_spec(&column.spec))?;
            let value = preparation.operand(value, &value_spec(&column.spec, of))?;
            Ok(Action::SetIndex { index, value })
        }
        CqlType::Map { key, value: of, .. } => {
            let key = preparation.operand(element, &key_spec(&column.spec, key))?;
            let value = preparation.operand(value, &value_spec(&column.spec, of))?;
            Ok(Action::SetKey { key, value })
        }
        _ => refuse(format!("Invalid operation ({}) for set column {name}", shown())),
    }
}

fn prepare_set_field(
    column: &TableColumn,
    field: &Identifier,
    value: &Spanned<Term>,
    preparation: &mut Preparation<'_>,
) -> QueryResult<Action> {
    let name = column.name();
    let shown = || format!("{name}.{} = {}", field.as_str(), value.text());
    let CqlType::User(user) = column.cql_type() else {
        return refuse(format!("Invalid operation ({}) for non-UDT column {name}", shown()));
    };
    if user.frozen {
        return refuse(format!("Invalid operation ({}) for frozen UDT column {name}", shown()));
    }
    let (place, of) = find_field(user, field, name)?;
    let value = preparation.operand(value, &field_spec(&column.spec, of))?;
    Ok(Action::SetField { field: place, value })
}

fn find_field<'u>(
    user: &'u UserType,
    field: &Identifier,
    column: &str,
) -> QueryResult<(u16, &'u cqlite_sstable::types::Field)> {
    let found = user.fields.iter().enumerate().find(|(_, known)| known.name == field.as_str());
    found.and_then(|(place, known)| Some((u16::try_from(place).ok()?, known))).ok_or_else(|| {
        let told = format!("UDT column {column} does not have a field named {}", field.as_str());
        QueryError::invalid(told).suggest(field.as_str(), user.fields.iter().map(|field| field.name.as_str()))
    })
}

fn prepare_addition(
    column: &TableColumn,
    value: &Spanned<Term>,
    may_read: bool,
    preparation: &mut Preparation<'_>,
) -> QueryResult<Action> {
    let name = column.name();
    let shown = || format!("{name} = {name} + {}", value.text());
    let cql_type = column.cql_type();
    if !is_collection(cql_type) {
        if matches!(cql_type, CqlType::Tuple(_) | CqlType::User(_)) {
            return refuse(format!("Invalid operation ({}) for tuple column {name}", shown()));
        }
        let is_text = matches!(cql_type, CqlType::Text | CqlType::Ascii);
        if may_read && !is_number(cql_type) && !is_text {
            return refuse(format!(
                "Invalid operation ({}) for non-numeric and non-text type {name}",
                shown()
            ));
        }
        if !may_read && *cql_type != CqlType::Counter {
            return refuse(format!("Invalid operation ({}) for non counter column {name}", shown()));
        }
        let value = preparation.operand(value, &column.spec)?;
        return Ok(match cql_type {
            CqlType::Counter => Action::Count(value),
            _ if is_text => Action::AppendText(value),
            _ => Action::AddNumber(value, addition_of(&column.spec, &preparation.scope)?),
        });
    }
    if !cql_type.is_multi_cell() {
        return refuse(format!("Invalid operation ({}) for frozen collection column {name}", shown()));
    }
    let prepared = preparation.operand(value, &column.spec);
    if matches!(cql_type, CqlType::Map { .. }) && prepared.is_err() {
        let value = value.text_in(Some(preparation.scope.keyspace));
        return refuse(format!("Value for a map addition has to be a map, but was: '{value}'"));
    }
    prepared.map(Action::Add)
}

fn prepare_subtraction(
    column: &TableColumn,
    value: &Spanned<Term>,
    preparation: &mut Preparation<'_>,
) -> QueryResult<Action> {
    let name = column.name();
    let shown = || format!("{name} = {name} - {}", value.text());
    let cql_type = column.cql_type();
    if !is_collection(cql_type) {
        if *cql_type != CqlType::Counter {
            return refuse(format!("Invalid operation ({}) for non counter column {name}", shown()));
        }
        return preparation.operand(value, &column.spec).map(Action::CountDown);
    }
    if !cql_type.is_multi_cell() {
        return refuse(format!("Invalid operation ({}) for frozen collection column {name}", shown()));
    }
    match cql_type {
        CqlType::List { .. } => preparation.operand(value, &column.spec).map(Action::RemoveValues),
        CqlType::Map { key, .. } => {
            let keys = CqlType::Set { element: Arc::clone(key), frozen: true };
            let keys = column.spec.with(Arc::clone(&column.spec.name), keys);
            let Ok(prepared) = preparation.operand(value, &keys) else {
                let value = value.text_in(Some(preparation.scope.keyspace));
                return refuse(format!("Value for a map substraction has to be a set, but was: '{value}'"));
            };
            Ok(Action::RemoveKeys(prepared))
        }
        _ => preparation.operand(value, &column.spec).map(Action::RemoveKeys),
    }
}

fn prepare_prepend(
    column: &TableColumn,
    value: &Spanned<Term>,
    preparation: &mut Preparation<'_>,
) -> QueryResult<Action> {
    let prepared = preparation.operand(value, &column.spec)?;
    let name = column.name();
    // Cassandra shows it with a minus sign.
    let shown = || format!("{name} = {} - {name}", value.text_in(Some(preparation.scope.keyspace)));
    match column.cql_type() {
        CqlType::List { frozen: false, .. } => Ok(Action::Prepend(prepared)),
        CqlType::List { .. } => {
            refuse(format!("Invalid operation ({}) for frozen list column {name}", shown()))
        }
        _ => refuse(format!("Invalid operation ({}) for non list column {name}", shown())),
    }
}

/// A deletion of a `DELETE` (`Operation.RawDeletion`).
///
/// # Errors
/// If the column has no such part.
pub(super) fn prepare_deletion(
    column: &Arc<TableColumn>,
    deletion: &Deletion,
    preparation: &mut Preparation<'_>,
) -> QueryResult<Operation> {
    let action = match &deletion.part {
        ColumnPart::Whole => Action::Delete,
        ColumnPart::Element(element) => prepare_element_deletion(column, element, preparation)?,
        ColumnPart::Field(field) => {
            let name = column.name();
            let CqlType::User(user) = column.cql_type() else {
                return refuse(format!("Invalid field deletion operation for non-UDT column {name}"));
            };
            if user.frozen {
                return refuse(format!("Frozen UDT column {name} does not support field deletions"));
            }
            Action::DeleteField(find_field(user, field, name)?.0)
        }
    };
    Ok(Operation { column: Arc::clone(column), action })
}

fn prepare_element_deletion(
    column: &TableColumn,
    element: &Spanned<Term>,
    preparation: &mut Preparation<'_>,
) -> QueryResult<Action> {
    let (name, cql_type) = (column.name(), column.cql_type());
    if !is_collection(cql_type) {
        return refuse(format!("Invalid deletion operation for non collection column {name}"));
    }
    if !cql_type.is_multi_cell() {
        return refuse(format!("Invalid deletion operation for frozen collection column {name}"));
    }
    match cql_type {
        CqlType::List { .. } => {
            preparation.operand(element, &list_index_spec(&column.spec)).map(Action::DeleteIndex)
        }
        CqlType::Set { element: of, .. } => {
            preparation.operand(element, &value_spec(&column.spec, of)).map(Action::DeleteElement)
        }
        CqlType::Map { key, .. } => {
            preparation.operand(element, &key_spec(&column.spec, key)).map(Action::DeleteKey)
        }
        _ => refuse(format!("Invalid deletion operation for non collection column {name}")),
    }
}

pub(super) fn is_collection(cql_type: &CqlType) -> bool {
    matches!(cql_type, CqlType::List { .. } | CqlType::Set { .. } | CqlType::Map { .. })
}

/// Whether values can be added up (`NumberType`).
fn is_number(cql_type: &CqlType) -> bool {
    use CqlType::{BigInt, Counter, Decimal, Double, Float, Int, SmallInt, TinyInt, Varint};
    matches!(cql_type, BigInt | Counter | Decimal | Double | Float | Int | SmallInt | TinyInt | Varint)
}

/// The function that adds two values of a column (`NumberType.add`).
fn addition_of(column: &ColumnSpec, scope: &Scope<'_>) -> QueryResult<Arc<dyn ScalarFunction>> {
    let summand = Typed(column);
    let name = FunctionName::of_operator(ArithmeticOperator::Add);
    match find(scope, &name, &[&summand, &summand], Some(column))? {
        Some(Function::Scalar(function)) => Ok(function),
        _ => refuse(format!("values of column {} cannot be added up", column.name)),
    }
}

/// Something of a known type.
struct Typed<'a>(&'a ColumnSpec);

impl Assignable for Typed<'_> {
    fn test(&self, _: &Scope<'_>, receiver: &ColumnSpec) -> QueryResult<Assignment> {
        Ok(if receiver.cql_type == self.0.cql_type { Assignment::Exact } else { Assignment::Not })
    }

    fn exact_type(&self, _: &Scope<'_>) -> QueryResult<Option<CqlType>> {
        Ok(Some(self.0.cql_type.clone()))
    }

    fn text_in(&self, _: Option<&str>) -> String {
        self.0.name.to_string()
    }
}
