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

    /// Reads an id as `UUID.fromString` of Java does, which takes shorter groups than are printed, and of longer ones the last
    /// digits.
    pub(crate) fn from_java_text(text: &str) -> Option<Self> {
        const LENGTH: usize = 36;
        let groups: Vec<&str> = text.split('-').collect();
        let [a, b, c, d, e] = groups.as_slice() else { return None };
        let group = |digits: &str, bits: u32| {
            let number = u64::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?;
            Some(u128::from(number) & ((1_u128 << bits) - 1))
        };
        let id = (group(a, 32)? << 96)
            | (group(b, 16)? << 80)
            | (group(c, 16)? << 64)
            | (group(d, 16)? << 48)
            | group(e, 48)?;
        (text.len() <= LENGTH).then(|| Self::from_bytes(id.to_be_bytes()))
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
