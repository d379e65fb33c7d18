//! The tables of `system_schema`.

use std::path::{Path, PathBuf};

/// A table of `system_schema` that tells something about SSTables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SchemaTable {
    Columns,
    DroppedColumns,
    Indexes,
    Keyspaces,
    Tables,
    Types,
    Views,
}

impl SchemaTable {
    /// The directory under a data directory. The ids are the same everywhere: MD5 of keyspace and name.
    pub(super) fn directory(self, root: &Path) -> PathBuf {
        root.join("system_schema").join(match self {
            Self::Columns => "columns-24101c25a2ae3af787c1b40ee1aca33f",
            Self::DroppedColumns => "dropped_columns-5e7583b5f3f43af19a39b7e1d6f5f11f",
            Self::Indexes => "indexes-0feb57ac311f382fba6d9024d305702f",
            Self::Keyspaces => "keyspaces-abac5682dea631c5b535b3d6cffd0fb6",
            Self::Tables => "tables-afddfb9dbc1e30688056eed6c302ba09",
            Self::Types => "types-5a8b1ca866023f77a0459273d308917a",
            Self::Views => "views-9786ac1cdd583201a7cdad556410c985",
        })
    }
}
