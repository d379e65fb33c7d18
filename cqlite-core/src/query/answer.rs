//! What statements answer.

use super::RowSet;
use super::schema::SchemaChange;

/// What a statement answers (`transport.messages.ResultMessage`).
#[derive(Debug, Clone)]
pub enum Answer {
    /// It was done.
    Void,
    /// Rows.
    Rows(Rows),
    /// A keyspace is in use from now on.
    Keyspace(String),
    /// The schema changed, or was to change and did not, as `IF` says.
    SchemaChange(SchemaChange),
}

/// The rows of an answer: all of them, or one page.
#[derive(Debug, Clone)]
pub struct Rows {
    /// The rows.
    pub rows: RowSet,
    /// Where the next page begins, to be given to the same statement; none if there is none.
    pub paging_state: Option<Vec<u8>>,
}

impl Answer {
    /// The rows, if there are any to be told.
    pub fn rows(self) -> Option<RowSet> {
        match self {
            Self::Rows(rows) => Some(rows.rows),
            _ => None,
        }
    }
}
