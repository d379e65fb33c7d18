//! Which statement a `WHERE` is of.

use std::fmt;

/// A kind of statement, as far as its `WHERE` goes (`cql3.statements.StatementType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StatementKind {
    /// `INSERT`: its key columns are equalities.
    Insert,
    /// `UPDATE`
    Update,
    /// `DELETE`
    Delete,
    /// `SELECT`
    Select,
}

impl StatementKind {
    /// Whether more than one row may be named by a range of clusterings.
    pub(crate) fn allows_slices(self) -> bool {
        matches!(self, Self::Delete | Self::Select)
    }

    /// Whether partitions may be named by anything but their keys, and rows by their values.
    pub(crate) fn is_select(self) -> bool {
        self == Self::Select
    }
}

impl fmt::Display for StatementKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Select => "SELECT",
        })
    }
}
