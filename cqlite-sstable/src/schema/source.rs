//! Where names come from.

use std::fmt;
use std::path::PathBuf;

/// Where a [`super::TableSchema`] comes from. Its `Display` goes into a sentence after "from".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaSource {
    /// A file of CQL that the caller named (`--schema`).
    Given(PathBuf),
    /// `schema.cql` beside the SSTables, as Cassandra puts it into a snapshot.
    Beside(PathBuf),
    /// The SSTables of `system_schema` under this data directory, the one in which the table lies.
    SystemSchema(PathBuf),
    /// The headers of the SSTables alone: names of key and clustering columns are made up.
    Headers,
}

impl SchemaSource {
    /// Whether the names of key and clustering columns are made up.
    pub fn has_made_up_names(&self) -> bool {
        *self == Self::Headers
    }
}

impl fmt::Display for SchemaSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(path) => write!(f, "the schema given, {}", path.display()),
            Self::Beside(path) => write!(f, "the schema beside the files, {}", path.display()),
            Self::SystemSchema(root) => write!(f, "system_schema in {}", root.display()),
            Self::Headers => f.write_str("the SSTable's header alone: names of keys are made up"),
        }
    }
}
