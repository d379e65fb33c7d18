//! What selectors can be given to, and how messages show them.

use std::sync::Arc;

use cqlite_sstable::types::CqlType;

use super::Selectable;
use super::map_entry::MapEntry;
use crate::query::term::{test_list, test_map, test_set, test_tuple, test_user_type, test_vector};
use crate::query::type_text::type_text;
use crate::query::{
    Assignable, Assignment, ColumnSpec, QueryError, QueryResult, Scope, common_type, is_value_compatible,
    test_type,
};

impl Assignable for Selectable<'_> {
    fn test(&self, scope: &Scope<'_>, receiver: &ColumnSpec) -> QueryResult<Assignment> {
        let of = &receiver.cql_type;
        match self {
            Self::Term(term) => term.test(scope, receiver),
            Self::TypeHint { cql_type, .. } => Ok(if of == cql_type {
                Assignment::Exact
            } else if is_value_compatible(of, cql_type) {
                Assignment::Weak
            } else {
                Assignment::Not
            }),
            Self::TupleOrNested(elements) => match elements.as_slice() {
                [one] if !matches!(of, CqlType::Tuple(_)) => one.test(scope, receiver),
                _ => test_tuple(scope, receiver, elements),
            },
            Self::Array(elements) => match of {
                CqlType::List { .. } => test_list(scope, receiver, elements),
                CqlType::Vector { .. } => test_vector(scope, receiver, elements),
                _ => Err(no_array(of)),
            },
            Self::Set(elements) => test_set(scope, receiver, elements),
            Self::MapOrUserType(entries) => test_entries(entries, scope, receiver),
            _ => Ok(match self.exact_type(scope)? {
                Some(own) => test_type(&own, of),
                None => Assignment::Not,
            }),
        }
    }

    fn exact_type(&self, scope: &Scope<'_>) -> QueryResult<Option<CqlType>> {
        match self {
            Self::Column(column) => Ok(Some(column.spec.ordered_type().into_owned())),
            Self::Term(term) => term.exact_type(scope),
            Self::WritetimeOrTtl { kind, column, .. } => {
                let is_list = column.cql_type().is_multi_cell() && !super::timestamps::is_maximum(*kind);
                Ok(Some(super::timestamps::type_of(*kind, is_list)))
            }
            Self::Function { function, .. } => Ok(Some(function.signature().return_type().clone())),
            Self::Cast { target, .. } => Ok(Some(CqlType::from_native(*target))),
            Self::Field { selected, field } => Ok(match selected.exact_type(scope)? {
                Some(CqlType::User(user)) => {
                    let mut fields = user.fields.iter();
                    let found = fields.find(|of| of.name == field.as_str());
                    found.map(|of| of.field_type.clone())
                }
                _ => None,
            }),
            Self::Element { selected, .. } => Ok(match selected.exact_type(scope)? {
                Some(CqlType::Map { value: of, .. } | CqlType::Set { element: of, .. }) => {
                    Some(CqlType::clone(&of))
                }
                // The path of a list's cell is what Cassandra looks at here.
                Some(CqlType::List { .. }) => Some(CqlType::TimeUuid),
                _ => None,
            }),
            Self::Slice { selected, .. } => {
                let of = selected.exact_type(scope)?;
                Ok(of.filter(|of| {
                    matches!(of, CqlType::List { .. } | CqlType::Set { .. } | CqlType::Map { .. })
                }))
            }
            Self::TupleOrNested(elements) => tuple_type(elements, |element| element.exact_type(scope)),
            Self::Array(elements) => Ok(first_type(elements, scope)?.map(list_of)),
            Self::Set(elements) => Ok(first_type(elements, scope)?.map(set_of)),
            Self::MapOrUserType(_) => Ok(None),
            Self::TypeHint { cql_type, .. } => Ok(Some(cql_type.clone())),
        }
    }

    fn compatible_type(&self, scope: &Scope<'_>) -> QueryResult<Option<CqlType>> {
        match self {
            Self::Term(term) => term.compatible_type(scope),
            Self::TupleOrNested(elements) => tuple_type(elements, |element| element.compatible_type(scope)),
            Self::Array(elements) => Ok(shared_type(elements, scope)?.map(list_of)),
            Self::Set(elements) => Ok(shared_type(elements, scope)?.map(set_of)),
            other => other.exact_type(scope),
        }
    }

    // Types in selectors are told with their keyspace from the start.
    fn text_in(&self, _: Option<&str>) -> String {
        let all = |elements: &[Self]| elements.iter().map(Assignable::text).collect::<Vec<_>>();
        match self {
            Self::Column(column) => column.name().to_owned(),
            Self::Term(term) => term.text(),
            Self::WritetimeOrTtl { kind, selected, .. } => format!("{kind}({})", selected.text()),
            Self::Function { function, arguments } => function.signature().column_name(&all(arguments)),
            Self::Cast { selected, target } => format!("cast({} as {target})", selected.text()),
            Self::Field { selected, field } => format!("{}.{}", selected.text(), field.as_str()),
            Self::Element { selected, element } => format!("{}[{}]", selected.text(), element.text()),
            Self::Slice { selected, from, to } => {
                let of = |bound: &Option<&cqlite_cql::query::Term>| {
                    bound.map_or_else(String::new, Assignable::text)
                };
                format!("{}[{}..{}]", selected.text(), of(from), of(to))
            }
            Self::TupleOrNested(elements) => format!("({})", all(elements).join(", ")),
            Self::Array(elements) => format!("[{}]", all(elements).join(", ")),
            Self::Set(elements) => format!("{{{}}}", all(elements).join(", ")),
            Self::MapOrUserType(entries) => {
                let entries: Vec<String> = entries.iter().map(MapEntry::text).collect();
                format!("{{{}}}", entries.join(", "))
            }
            Self::TypeHint { text, selected, .. } => format!("({text}){}", selected.text()),
        }
    }

    fn array_length(&self) -> Option<usize> {
        match self {
            Self::Array(elements) => Some(elements.len()),
            _ => None,
        }
    }
}

/// What brackets are refused with that are neither list nor vector (`Selectable.WithArrayLiteral.target`).
pub(super) fn no_array(of: &CqlType) -> QueryError {
    QueryError::invalid(format!("Unsupported target type: {}", type_text(of)))
}

fn list_of(element: CqlType) -> CqlType {
    CqlType::List { element: Arc::new(element), frozen: true }
}

fn set_of(element: CqlType) -> CqlType {
    CqlType::Set { element: Arc::new(element), frozen: true }
}

/// `UserTypes.testUserTypeAssignment`, `Maps.testMapAssignment`
fn test_entries(
    entries: &[MapEntry<'_>],
    scope: &Scope<'_>,
    receiver: &ColumnSpec,
) -> QueryResult<Assignment> {
    if let CqlType::User(user) = &receiver.cql_type {
        let mut fields = Vec::with_capacity(entries.len());
        for entry in entries {
            let field = entry.field(&user.name)?;
            if !user.fields.iter().any(|of| of.name == field.as_str()) {
                return Err(unknown_field(field.as_str(), &user.name));
            }
            // A field that is there twice has the last value.
            fields.retain(|(name, _)| *name != field.as_str());
            fields.push((field.as_str(), entry.value()?));
        }
        return test_user_type(scope, receiver, &fields);
    }
    let mut pairs = Vec::with_capacity(entries.len());
    for entry in entries {
        pairs.push((entry.key()?, entry.value()?));
    }
    test_map(scope, receiver, &pairs)
}

/// What a field is refused with that the type has not.
pub(super) fn unknown_field(field: &str, type_name: &str) -> QueryError {
    QueryError::invalid(format!("Unknown field '{field}' in value of user defined type {type_name}"))
}

/// `Tuples.getExactTupleTypeIfKnown`: one element may as well be in parentheses.
fn tuple_type<'a, 'r>(
    elements: &'a [Selectable<'r>],
    type_of: impl Fn(&'a Selectable<'r>) -> QueryResult<Option<CqlType>>,
) -> QueryResult<Option<CqlType>> {
    if elements.len() == 1 {
        return Ok(None);
    }
    let mut types = Vec::with_capacity(elements.len());
    for element in elements {
        match type_of(element)? {
            Some(of) => types.push(of.without_reversed().freeze()),
            None => return Ok(None),
        }
    }
    Ok(Some(CqlType::Tuple(types.into())))
}

/// The type of the first element of which it is known (`Lists.getExactListTypeIfKnown`).
fn first_type(elements: &[Selectable<'_>], scope: &Scope<'_>) -> QueryResult<Option<CqlType>> {
    for element in elements {
        if let Some(of) = element.exact_type(scope)? {
            return Ok(Some(of.without_reversed().clone()));
        }
    }
    Ok(None)
}

/// The type that all elements can be of (`Lists.getPreferredCompatibleType`).
fn shared_type(elements: &[Selectable<'_>], scope: &Scope<'_>) -> QueryResult<Option<CqlType>> {
    let mut types = Vec::new();
    for element in elements {
        if let Some(of) = element.compatible_type(scope)?
            && !types.contains(of.without_reversed())
        {
            types.push(of.without_reversed().clone());
        }
    }
    Ok(common_type(&types).cloned())
}
