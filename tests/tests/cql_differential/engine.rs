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

/// The code of a statement that makes no sense, or of what there is not.
pub const INVALID: i32 = 0x2200;

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
    /// The exception of Java, and where it was thrown, if that is what it is.
    pub cause: Option<String>,
}

impl Refusal {
    pub fn new(code: i32, message: String) -> Self {
        Self { code, message, cause: None }
    }

    /// Whether it is no answer to a statement: errors of the native protocol from `0x1000` on are failures of replicas, and
    /// `0x0000` is one of the server itself.
    pub fn is_failure(&self) -> bool {
        let code = self.code;
        self.message.contains("Failed parsing statement: ")
            || code == 0x0000
            || (0x1000..0x1400).contains(&code)
            || code == 0x1500
    }
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
    fn flush(&mut self, keyspace: &str) -> Result<(), String>;

    /// Whether it refuses by name what only a node of Cassandra has.
    fn refuses_foreign(&self) -> bool;

    /// Waits until the indexes of a keyspace answer.
    fn wait_for_indexes(&mut self, keyspace: &str);
}
