//! The tables of `system_schema`.

use std::path::{Path, PathBuf};

use cqlite_cql::Uuid;
use md5::{Digest as _, Md5};

use super::SCHEMA_KEYSPACE;

/// A table of `system_schema` (`schema.SchemaKeyspaceTables`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SchemaTable {
    /// Aggregates that users made.
    Aggregates,
    /// What is shown in the place of a column's values.
    ColumnMasks,
    /// The columns of tables and views.
    Columns,
    /// Columns that there were.
    DroppedColumns,
    /// Functions that users made.
    Functions,
    /// Secondary indexes.
    Indexes,
    /// Keyspaces.
    Keyspaces,
    /// Tables.
    Tables,
    /// Triggers.
    Triggers,
    /// User-defined types.
    Types,
    /// Materialized views.
    Views,
}

impl SchemaTable {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Keyspaces,
        Self::Tables,
        Self::Columns,
        Self::ColumnMasks,
        Self::Triggers,
        Self::DroppedColumns,
        Self::Views,
        Self::Types,
        Self::Functions,
        Self::Aggregates,
        Self::Indexes,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aggregates => "aggregates",
            Self::ColumnMasks => "column_masks",
            Self::Columns => "columns",
            Self::DroppedColumns => "dropped_columns",
            Self::Functions => "functions",
            Self::Indexes => "indexes",
            Self::Keyspaces => "keyspaces",
            Self::Tables => "tables",
            Self::Triggers => "triggers",
            Self::Types => "types",
            Self::Views => "views",
        }
    }

    /// Its id, the same everywhere.
    pub fn id(self) -> Uuid {
        system_table_id(SCHEMA_KEYSPACE, self.name())
    }

    /// The directory under a data directory.
    pub(super) fn directory(self, root: &Path) -> PathBuf {
        let digits: String = self.id().0.iter().map(|byte| format!("{byte:02x}")).collect();
        root.join(SCHEMA_KEYSPACE).join(format!("{}-{digits}", self.name()))
    }
}

/// The id of one of Cassandra's own tables: a UUID of version 3 out of the names of its keyspace and its own
/// (`TableId.forSystemTable`).
///
/// # Example
/// ```
/// use cqlite_sstable::schema::system_table_id;
/// let id = system_table_id("system", "local").to_string();
/// assert_eq!(id, "7ad54392-bcdd-35a6-8417-4e047860b377");
/// ```
pub fn system_table_id(keyspace: &str, name: &str) -> Uuid {
    let mut bytes: [u8; 16] = Md5::new().chain_update(keyspace).chain_update(name).finalize().into();
    let [.., version, _, variant, _, _, _, _, _, _, _] = &mut bytes;
    *version = (*version & 0x0F) | 0x30;
    *variant = (*variant & 0x3F) | 0x80;
    Uuid(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_are_those_of_a_node() {
        for (table, name) in [
            (SchemaTable::Columns, "columns-24101c25a2ae3af787c1b40ee1aca33f"),
            (SchemaTable::DroppedColumns, "dropped_columns-5e7583b5f3f43af19a39b7e1d6f5f11f"),
            (SchemaTable::Indexes, "indexes-0feb57ac311f382fba6d9024d305702f"),
            (SchemaTable::Keyspaces, "keyspaces-abac5682dea631c5b535b3d6cffd0fb6"),
            (SchemaTable::Tables, "tables-afddfb9dbc1e30688056eed6c302ba09"),
            (SchemaTable::Types, "types-5a8b1ca866023f77a0459273d308917a"),
            (SchemaTable::Views, "views-9786ac1cdd583201a7cdad556410c985"),
        ] {
            assert_eq!(table.directory(Path::new("data")), Path::new("data/system_schema").join(name));
        }
    }
}
