//! What answers statements: Cassandra or CQLite.

use cqlite_tests::cassandra::{Bound, SchemaChange};

/// A statement as it is sent.
#[derive(Debug, Clone)]
pub struct Request {
    pub cql: String,
    pub values: Vec<Bound>,
    /// Prepared first, or executed at once.
    pub prepared: bool,
    /// How many rows a page has; all if none.
    pub page_rows: Option<i32>,
}

/// The name and the type of a column or of a bind marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub of_type: String,
}

/// How many pages an answer may have: more come only if one leads to itself.
pub const PAGES: usize = 2_000;

/// The code of an answer that cannot be read, which is none of the native protocol.
pub const UNREADABLE: i32 = -1;

/// A value for each column, as serialized.
pub type Row = Vec<Option<Vec<u8>>>;

/// What a statement did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Void,
    /// The rows by page.
    Rows {
        columns: Vec<Column>,
        pages: Vec<Vec<Row>>,
    },
    Keyspace(String),
    Schema(SchemaChange),
}

/// Why a statement did nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The error code of the native protocol.
    pub code: i32,
    pub message: String,
}

/// The result of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What the bind markers stand for, if the statement was prepared.
    pub markers: Option<Vec<Column>>,
    pub result: Result<Answer, Refusal>,
}

impl Outcome {
    pub fn refused(&self) -> Option<&Refusal> {
        self.result.as_ref().err()
    }
}

pub trait Engine {
    /// Executes a statement and reads all pages of its answer.
    fn execute(&mut self, request: &Request) -> Outcome;

    /// Makes SSTables of what a keyspace's tables have in memory.
    fn flush(&mut self, keyspace: &str);

    /// Waits until the indexes of a keyspace answer.
    fn wait_for_indexes(&mut self, keyspace: &str);
}
