//! Values of user-defined types (`cql3.UserTypes`).

use std::borrow::Cow;
use std::sync::Arc;

use cqlite_cql::query::Term;
use cqlite_cql::{Identifier, Spanned};
use cqlite_sstable::types::{CqlType, Field, UserType};

use super::collection::wrong_literal;
use super::prepared::PreparedTerm;
use super::raw::RawTerm;
use super::tuple::push_component;
use crate::query::type_text::type_text;
use crate::query::{
    Assignable, Assignment, BindMarkers, Bindings, ColumnSpec, QueryError, QueryResult, Scope, Value,
};

/// What a field is given to (`UserTypes.fieldSpecOf`).
pub(crate) fn field_spec(column: &ColumnSpec, field: &Field) -> ColumnSpec {
    column.with(format!("{}.{}", column.name, field.name), field.field_type.clone())
}

/// How well fields fit a receiver as a value of a user-defined type (`UserTypes.testUserTypeAssignment`).
///
/// # Errors
/// Never: what is wrong inside makes them unfit.
pub(crate) fn test_user_type<A: Assignable>(
    scope: &Scope<'_>,
    receiver: &ColumnSpec,
    fields: &[(&str, A)],
) -> QueryResult<Assignment> {
    let CqlType::User(user) = &receiver.cql_type else {
        return Ok(Assignment::Not);
    };
    let fits = check(user, fields, scope, receiver);
    Ok(fits.map_or(Assignment::Not, |()| Assignment::Weak))
}

fn check<A: Assignable>(
    user: &UserType,
    fields: &[(&str, A)],
    scope: &Scope<'_>,
    receiver: &ColumnSpec,
) -> QueryResult<()> {
    for (place, field) in user.fields.iter().enumerate() {
        if let Some(value) = find(fields, &field.name)
            && !value.test(scope, &field_spec(receiver, field))?.is_assignable()
        {
            return Err(QueryError::invalid(format!(
                "Invalid user type literal for {}: field {} is not of type {}",
                receiver.name,
                field.name,
                type_text(scope.declared_field(user, place).as_ref().unwrap_or(&field.field_type))
            )));
        }
    }
    Ok(())
}

fn find<'f, A>(fields: &'f [(&str, A)], name: &str) -> Option<&'f A> {
    fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// The fields as Cassandra goes through them: by name, the last of each, in the order of a hash table of Java.
pub(super) fn by_name(fields: &[(Identifier, Spanned<Term>)]) -> Vec<(&str, &Spanned<Term>)> {
    let mut found: Vec<(&str, &Spanned<Term>)> = Vec::with_capacity(fields.len());
    for (name, value) in fields {
        match found.iter_mut().find(|(known, _)| *known == name.as_str()) {
            Some((_, known)) => *known = value,
            None => found.push((name.as_str(), value)),
        }
    }
    let mut buckets = 16_usize;
    while found.len().saturating_mul(4) > buckets.saturating_mul(3) {
        buckets = buckets.saturating_mul(2);
    }
    found.sort_by_key(|(name, _)| hash(name) as usize & buckets.saturating_sub(1));
    found
}

/// The hash of a field's name: that of its bytes (`ByteBuffer.hashCode`), spread as `HashMap` does.
fn hash(name: &str) -> u32 {
    let step = |hash: u32, byte: u8| hash.wrapping_mul(31).wrapping_add(i32::from(byte as i8) as u32);
    let hash = name.bytes().rev().fold(1, step);
    hash ^ (hash >> 16)
}

/// `UserTypes.Literal.prepare`
pub(super) fn prepare(
    fields: &[(Identifier, Spanned<Term>)],
    receiver: &ColumnSpec,
    scope: &Scope<'_>,
    markers: &mut BindMarkers,
) -> QueryResult<PreparedTerm> {
    let CqlType::User(user) = &receiver.cql_type else {
        return Err(wrong_literal("user type", receiver));
    };
    let fields = by_name(fields);
    check(user, &fields, scope, receiver)?;
    let mut values = Vec::with_capacity(user.fields.len());
    for field in &user.fields {
        let spec = field_spec(receiver, field);
        values.push(match find(&fields, &field.name) {
            Some(value) => value.prepare(&spec, scope, markers)?,
            None => Term::Null.prepare(&spec, scope, markers)?,
        });
    }
    let is_unknown = |name: &str| !user.fields.iter().any(|field| field.name == name);
    if let Some((name, _)) = fields.iter().find(|(name, _)| is_unknown(name)) {
        return Err(QueryError::invalid(format!(
            "Unknown field '{name}' in value of user defined type {}",
            user.name
        )));
    }
    let is_known = values.iter().all(PreparedTerm::is_terminal);
    PreparedTerm::UserType(PreparedUserType { user: Arc::clone(user), values }).reduced(is_known)
}

/// The fields of a value that are not all known (`UserTypes.DelayedValue`).
#[derive(Debug)]
pub(crate) struct PreparedUserType {
    user: Arc<UserType>,
    values: Vec<PreparedTerm>,
}

impl PreparedUserType {
    pub(super) fn has_bind_marker(&self) -> bool {
        self.values.iter().any(PreparedTerm::has_bind_marker)
    }

    pub(super) fn evaluate<'t>(&'t self, bindings: &Bindings<'t>) -> QueryResult<Value<'t>> {
        let mut bytes = Vec::new();
        for (field, term) in self.user.fields.iter().zip(&self.values) {
            match term.evaluate(bindings)? {
                Value::Unset if self.user.frozen => {
                    return Err(QueryError::invalid(format!(
                        "Invalid unset value for field '{}' of user defined type {}",
                        field.name, self.user.name
                    )));
                }
                // A field with a cell of its own is written without bytes.
                Value::Unset => push_component(Some(&[]), &mut bytes),
                value => push_component(value.bytes(), &mut bytes),
            }
        }
        Ok(Value::Bytes(Cow::Owned(bytes)))
    }
}
