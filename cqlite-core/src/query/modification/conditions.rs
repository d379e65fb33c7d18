//! `IF`

use std::collections::BTreeSet;
use std::sync::Arc;

use cqlite_cql::Spanned;
use cqlite_cql::query::{self as raw, ColumnPart, ConditionTest, Operator};
use cqlite_sstable::schema::ColumnKind;
use cqlite_sstable::types::CqlType;

use super::condition::{ColumnCondition, ConditionPart, ConditionValues};
use super::operation_preparation::is_collection;
use super::preparation::Preparation;
use crate::catalog::references_duration;
use crate::query::term::{PreparedInValues, field_spec, key_spec, list_index_spec, value_spec};
use crate::query::{ColumnSpec, QueryError, QueryResult, TableColumn};

/// When a modification is made (`cql3.conditions.Conditions`).
#[derive(Debug)]
pub(super) enum PreparedConditions {
    /// Always.
    None,
    /// `IF EXISTS`
    Exists,
    /// `IF NOT EXISTS`
    NotExists,
    /// `IF` conditions on columns: those on regular ones, and those on static ones.
    Columns { regulars: Vec<ColumnCondition>, statics: Vec<ColumnCondition> },
}

impl PreparedConditions {
    /// Those of an `UPDATE` or `DELETE`.
    ///
    /// # Errors
    /// If a condition cannot be.
    pub(super) fn prepare(
        raw: &raw::Conditions,
        has_timestamp: bool,
        preparation: &mut Preparation<'_>,
    ) -> QueryResult<Self> {
        let conditions = match raw {
            raw::Conditions::None => return Ok(Self::None),
            raw::Conditions::IfExists => return Ok(Self::Exists),
            raw::Conditions::If(conditions) => conditions,
        };
        if has_timestamp {
            return refuse("Cannot provide custom timestamp for conditional updates".to_owned());
        }
        let (mut regulars, mut statics) = (Vec::new(), Vec::new());
        for condition in conditions {
            let prepared = prepare_condition(condition, preparation)?;
            let column = &prepared.column;
            if column.is_key() {
                let name = column.name();
                return refuse(format!("PRIMARY KEY column '{name}' cannot have IF conditions"));
            }
            let of_kind = if column.kind == ColumnKind::Static { &mut statics } else { &mut regulars };
            of_kind.push(prepared);
        }
        Ok(Self::Columns { regulars, statics })
    }

    pub(super) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// The columns with conditions, regular ones first; none if the condition is on the row as a whole.
    pub(super) fn columns(&self) -> Option<impl Iterator<Item = &Arc<TableColumn>>> {
        match self {
            Self::Columns { regulars, statics } => {
                Some(regulars.iter().chain(statics).map(|condition| &condition.column))
            }
            Self::None | Self::Exists | Self::NotExists => None,
        }
    }

    pub(super) fn is_on_statics(&self) -> bool {
        matches!(self, Self::Columns { statics, .. } if !statics.is_empty())
    }

    pub(super) fn is_on_regulars(&self) -> bool {
        matches!(self, Self::Columns { regulars, .. } if !regulars.is_empty())
    }

    /// The places of the static or regular columns with conditions.
    pub(super) fn places(&self, kind: ColumnKind) -> BTreeSet<usize> {
        let columns = self.columns().into_iter().flatten();
        columns.filter(|column| column.kind == kind).map(|column| column.place).collect()
    }
}

fn refuse<T>(message: String) -> QueryResult<T> {
    Err(QueryError::invalid(message))
}

/// `ColumnCondition.Raw.prepare`
fn prepare_condition(
    condition: &Spanned<raw::ColumnCondition>,
    preparation: &mut Preparation<'_>,
) -> QueryResult<ColumnCondition> {
    let raw::ColumnCondition { column, part, test } = &condition.node;
    let column = Arc::clone(preparation.columns.existing(column)?);
    let (name, spec, cql_type) = (column.name(), &column.spec, column.cql_type());
    if *cql_type == CqlType::Counter {
        return refuse("Conditions on counters are not supported".to_owned());
    }
    let (part, receiver) = match part {
        ColumnPart::Whole => {
            check_durations(cql_type, test)?;
            (ConditionPart::Whole, spec.clone())
        }
        ColumnPart::Element(element) => {
            if !is_collection(cql_type) {
                return refuse(format!("Invalid element access syntax for non-collection column {name}"));
            }
            let (element_spec, value) = match cql_type {
                CqlType::List { element, .. } => (list_index_spec(spec), value_spec(spec, element)),
                CqlType::Map { key, value, .. } => (key_spec(spec, key), value_spec(spec, value)),
                _ => return refuse(format!("Invalid element access syntax for set column {name}")),
            };
            check_durations(&value.cql_type, test)?;
            let element = preparation.term(element, &element_spec)?;
            let is_list = matches!(cql_type, CqlType::List { .. });
            (if is_list { ConditionPart::Index(element) } else { ConditionPart::Key(element) }, value)
        }
        ColumnPart::Field(field) => {
            let CqlType::User(user) = cql_type else {
                return refuse(format!("Invalid field access syntax for non-UDT column {name}"));
            };
            let found = user.fields.iter().enumerate().find(|(_, known)| known.name == field.as_str());
            let Some((place, known)) = found else {
                return refuse(format!("Unknown field {} for column {name}", field.as_str()));
            };
            let receiver = field_spec(spec, known);
            check_durations(&receiver.cql_type, test)?;
            (ConditionPart::Field(u16::try_from(place).unwrap_or(u16::MAX)), receiver)
        }
    };
    let (operator, values) = prepare_values(test, &receiver, preparation)?;
    Ok(ColumnCondition { column, part, operator, values })
}

/// `ColumnCondition.Raw.prepareTerms`
fn prepare_values(
    test: &ConditionTest,
    receiver: &ColumnSpec,
    preparation: &mut Preparation<'_>,
) -> QueryResult<(Operator, ConditionValues)> {
    let (operator, value) = match test {
        ConditionTest::In(values) => {
            let (scope, markers) = (&preparation.scope, &mut *preparation.markers);
            let values = PreparedInValues::prepare(values, receiver, scope, markers)?;
            return Ok((Operator::Equal, ConditionValues::In(values)));
        }
        ConditionTest::Compare(operator, value) => (*operator, value),
    };
    let (name, cql_type) = (&receiver.name, &receiver.cql_type);
    if operator == Operator::ContainsKey && !matches!(cql_type, CqlType::Map { .. }) {
        return refuse(format!("Cannot use CONTAINS KEY on non-map column {name}"));
    }
    if operator == Operator::Contains && !is_collection(cql_type) {
        return refuse(format!("Cannot use CONTAINS on non-collection column {name}"));
    }
    let receiver = match (operator, cql_type) {
        (Operator::ContainsKey, CqlType::Map { key, .. }) => &key_spec(receiver, key),
        (
            Operator::Contains,
            CqlType::Map { value: element, .. }
            | CqlType::List { element, .. }
            | CqlType::Set { element, .. },
        ) => &value_spec(receiver, element),
        _ => receiver,
    };
    Ok((operator, ConditionValues::One(preparation.term(value, receiver)?)))
}

/// Durations have no order (`ColumnCondition.Raw.validateOperationOnDurations`).
fn check_durations(cql_type: &CqlType, test: &ConditionTest) -> QueryResult<()> {
    use Operator::{Greater, GreaterOrEqual, Less, LessOrEqual};
    let ConditionTest::Compare(operator, _) = test else { return Ok(()) };
    if !matches!(operator, Greater | GreaterOrEqual | Less | LessOrEqual) || !references_duration(cql_type) {
        return Ok(());
    }
    let told = match cql_type {
        _ if is_collection(cql_type) => {
            "Slice conditions are not supported on collections containing durations"
        }
        CqlType::Tuple(_) => "Slice conditions are not supported on tuples containing durations",
        CqlType::User(_) => "Slice conditions are not supported on UDTs containing durations",
        _ => return refuse(format!("Slice conditions ( {operator} ) are not supported on durations")),
    };
    refuse(told.to_owned())
}
