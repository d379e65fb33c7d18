//! What a dump shows.

use crate::types::JsonStyle;

/// The form of a dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DumpFormat {
    /// One JSON array of partitions.
    #[default]
    Json,
    /// One JSON object a partition and line (`-l`).
    JsonLines,
    /// One line a row, in the form of Cassandra's own debug output (`-d`).
    Internal,
    /// The partition keys alone (`-e`).
    Keys,
    /// A header, then a line for each partition, row and marker, with everything that the SSTable says of them:
    /// [`crate::tools::lossless`].
    Lossless,
}

/// What a dump shows. The default is what `sstabledump FILE` prints.
#[derive(Debug, Clone)]
pub struct DumpOptions {
    /// The form.
    pub format: DumpFormat,
    /// Times as numbers: microseconds and seconds since 1970 (`-t`).
    pub raw_times: bool,
    /// Only partitions with these keys (`-k`), as text in the form that the dump prints; all if there are none.
    pub keys: Vec<String>,
    /// No partitions with these keys (`-x`).
    pub excluded_keys: Vec<String>,
    /// The time at which "expired" is judged, in seconds since 1970.
    pub now_seconds: i64,
    /// As Cassandra prints, or right where Cassandra is wrong.
    pub style: JsonStyle,
    /// Only what deletes: deletions of partitions, rows, ranges and collections, and cell tombstones.
    pub tombstones_only: bool,
    /// A field `source` with this text comes first in each object.
    pub source: Option<String>,
    /// Names of the key columns, partition keys first, for [`JsonStyle::Corrected`]: keys and clusterings
    /// become objects.
    pub key_names: Option<KeyNames>,
    /// The keyspace and the name of the table, for the header of [`DumpFormat::Lossless`].
    pub table: Option<(String, String)>,
}

/// The names of a table's key columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyNames {
    /// The columns of the partition key.
    pub partition_key: Vec<String>,
    /// The clustering columns.
    pub clustering: Vec<String>,
}

impl DumpOptions {
    /// What `sstabledump FILE` prints at this time.
    pub fn new(now_seconds: i64) -> Self {
        Self {
            format: DumpFormat::Json,
            raw_times: false,
            keys: Vec::new(),
            excluded_keys: Vec::new(),
            now_seconds,
            style: JsonStyle::Cassandra,
            tombstones_only: false,
            source: None,
            key_names: None,
            table: None,
        }
    }
}
