//! Ids of tables.

use std::fmt;

/// The id of a table, a UUID (`TableId`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId([u8; 16]);

impl TableId {
    /// The table of padding, which there is not: entries of it hold nothing, and replay skips them. A writer of CQLite
    /// puts them where the next marker would be in two sectors of a disk.
    pub const PADDING: Self = Self([0xC9, 0x11, 0x7E, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]);

    /// The id with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// As Cassandra prints it, with hyphens.
impl fmt::Display for TableId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, byte) in self.0.iter().enumerate() {
            let hyphen = if matches!(i, 4 | 6 | 8 | 10) { "-" } else { "" };
            write!(f, "{hyphen}{byte:02x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_printed_as_cassandra_prints_it() {
        let bytes = 0x5053_34bf_a901_7ad5_4392_bcdd_35a6_8417_u128.to_be_bytes();
        assert_eq!(TableId::from_bytes(bytes).to_string(), "505334bf-a901-7ad5-4392-bcdd35a68417");
    }
}
