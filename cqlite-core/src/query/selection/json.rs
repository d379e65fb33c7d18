//! Rows as JSON.

use std::sync::Arc;

use cqlite_sstable::types::{CqlType, JsonEscaped, JsonStyle, TextSink, write_json};

use crate::query::{ColumnSpec, QueryError, QueryResult};

/// The members of the objects that rows are shown as (`Selection.rowToJson`).
#[derive(Debug)]
pub(super) struct JsonRow {
    members: Vec<Member>,
}

/// A type with the totals of counters in their place: clients and functions are told no more of them.
pub(crate) fn with_totals(of: &CqlType) -> CqlType {
    let totals = |of: &Arc<CqlType>| Arc::new(with_totals(of));
    match of {
        CqlType::Counter => CqlType::BigInt,
        CqlType::List { element, frozen } => CqlType::List { element: totals(element), frozen: *frozen },
        CqlType::Set { element, frozen } => CqlType::Set { element: totals(element), frozen: *frozen },
        CqlType::Map { key, value, frozen } => {
            CqlType::Map { key: totals(key), value: totals(value), frozen: *frozen }
        }
        CqlType::Tuple(types) => CqlType::Tuple(types.iter().map(with_totals).collect()),
        other => other.clone(),
    }
}

#[derive(Debug)]
struct Member {
    /// What stands before the value: the name, and what separates it from the member before.
    head: Vec<u8>,
    cql_type: CqlType,
}

impl JsonRow {
    /// Rows of these columns.
    pub(super) fn new(columns: &[ColumnSpec]) -> Self {
        let member = |(place, column): (usize, &ColumnSpec)| {
            let mut head = Vec::from(if place == 0 { "\"" } else { ", \"" });
            let name = &*column.name;
            let mut escaped = JsonEscaped::new(&mut head);
            if name.to_lowercase() == name {
                escaped.push(name.as_bytes());
            } else {
                escaped.push(format!("\"{name}\"").as_bytes());
            }
            head.extend_from_slice(b"\": ");
            Member { head, cql_type: with_totals(&column.cql_type) }
        };
        Self { members: columns.iter().enumerate().map(member).collect() }
    }

    /// Appends the object of a row, whose values come from `value_of` by their places.
    ///
    /// # Errors
    /// Those of `value_of`; and if a value is none of its type.
    pub(super) fn write<'v>(
        &self,
        values: impl Iterator<Item = QueryResult<Option<&'v [u8]>>>,
        out: &mut Vec<u8>,
    ) -> QueryResult<()> {
        out.push(b'{');
        for (member, value) in self.members.iter().zip(values) {
            out.extend_from_slice(&member.head);
            match value? {
                Some(value) => write_json(&member.cql_type, value, JsonStyle::Cassandra, out)
                    .map_err(|error| QueryError::invalid(error.to_string()))?,
                None => out.extend_from_slice(b"null"),
            }
        }
        out.push(b'}');
        Ok(())
    }
}
