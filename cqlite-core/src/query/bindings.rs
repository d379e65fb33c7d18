//! What a statement is carried out with.

use super::{QueryError, QueryResult, Value};

/// The values of the bind markers, and the time (`cql3.QueryOptions`).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bindings<'a> {
    /// A value for each marker, in the order of the text.
    pub(crate) values: &'a [Value<'a>],
    /// The time of the statement, in milliseconds since 1970: that of `currentTimestamp()` and the like.
    pub(crate) now_millis: i64,
}

impl<'a> Bindings<'a> {
    /// The value of a marker, by the marker's place in the text.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn value(&self, index: usize) -> QueryResult<&'a Value<'a>> {
        self.values.get(index).ok_or_else(|| {
            QueryError::invalid(format!(
                "a value is missing for the bind marker number {}",
                index.saturating_add(1)
            ))
        })
    }
}
