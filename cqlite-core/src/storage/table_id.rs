//! What tables are told apart by.

use std::fmt;

use cqlite_cql::Uuid;

/// The id of a table, which it keeps as long as it lives (`schema.TableId`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(pub Uuid);

impl TableId {
    /// The table of padding, which there is not: entries of it hold nothing, and replay skips them. A writer of CQLite
    /// puts them where the next marker would be in two sectors of a disk.
    pub const PADDING: Self =
        Self::from_bytes([0xC9, 0x11, 0x7E, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]);

    /// The id of these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid(bytes))
    }

    /// Its bytes, as they lie in the commit log.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0.0
    }
}

impl fmt::Display for TableId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
