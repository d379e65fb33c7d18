//! What is selected between braces with colons: entries of a map, or fields of a user-defined type.

use cqlite_cql::query::Selectable as Raw;
use cqlite_cql::{Identifier, Spanned};

use super::Selectable;
use super::selectable::Names;
use crate::query::{Assignable, QueryError, QueryResult};

/// A key and its value, or a field and its value: which they are is known with the type. So what is wrong in
/// them is told no sooner than they are looked at (`Selectable.WithMapOrUdt`).
#[derive(Debug)]
pub(crate) struct MapEntry<'r> {
    raw: &'r (Spanned<Raw>, Spanned<Raw>),
    key: QueryResult<Selectable<'r>>,
    value: QueryResult<Selectable<'r>>,
}

impl<'r> MapEntry<'r> {
    pub(super) fn prepare(raw: &'r (Spanned<Raw>, Spanned<Raw>), names: Names<'_>) -> Self {
        let key = Selectable::resolve(&raw.0, names);
        Self { raw, key, value: Selectable::resolve(&raw.1, names) }
    }

    /// The name that stands for a field, or for a column whose value is the key.
    pub(super) fn name(&self) -> Option<&'r Identifier> {
        match &self.raw.0.node {
            Raw::Column(name) => Some(name),
            _ => None,
        }
    }

    /// What is the key of a map.
    pub(super) fn key(&self) -> QueryResult<&Selectable<'r>> {
        self.key.as_ref().map_err(again)
    }

    /// What is the value.
    pub(super) fn value(&self) -> QueryResult<&Selectable<'r>> {
        self.value.as_ref().map_err(again)
    }

    /// The field that the entry names.
    ///
    /// # Errors
    /// If it is no name.
    pub(super) fn field(&self, type_name: &str) -> QueryResult<&'r Identifier> {
        self.name().ok_or_else(|| {
            let key = &self.raw.0;
            QueryError::invalid(format!("{key} is not a valid field identifier of type {type_name} "))
        })
    }

    /// How messages show it.
    pub(super) fn text(&self) -> String {
        let of = |prepared: &QueryResult<Selectable<'r>>, raw: &Spanned<Raw>| match prepared {
            Ok(selectable) => selectable.text(),
            Err(_) => raw.to_string(),
        };
        let key = match self.name() {
            Some(name) => name.as_str().to_owned(),
            None => of(&self.key, &self.raw.0),
        };
        format!("{key}: {}", of(&self.value, &self.raw.1))
    }
}

/// The same error once more.
fn again(error: &QueryError) -> QueryError {
    QueryError::new(error.class(), error.message())
}
