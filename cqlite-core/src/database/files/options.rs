//! What of somebody's files is shown, and how.

use std::path::PathBuf;

use cqlite_cql::QualifiedName;

/// What of somebody's files is shown, and how.
#[derive(Debug, Clone)]
pub struct FilesOptions {
    /// A file of CQL that tells the tables: it goes before what is found.
    pub schema: Option<PathBuf>,
    /// How the columns of the partition key are called of tables of which nothing tells it.
    pub key_names: Vec<String>,
    /// How their clustering columns are called.
    pub clustering_names: Vec<String>,
    /// The tag of a snapshot: of each table its SSTables are meant, not those that a node reads.
    pub snapshot: Option<String>,
    /// The tables that are wanted: others are not opened. All if none is named. A name without a keyspace is wanted of any.
    pub tables: Vec<QualifiedName>,
    /// Whether what is in the commit log of the node is read into memory.
    pub commit_log: LogChoice,
    /// The time by which expiry is judged in all reads, in seconds since 1970; the time of the machine if none is given.
    pub now_seconds: Option<i64>,
    /// What writes of the commit log may take in memory: 24 MiB.
    pub memtable_bytes: usize,
    /// What decompressed chunks may take that are kept for the next reads: 8 MiB.
    pub chunk_cache_bytes: u64,
}

/// Which commit log is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum LogChoice {
    /// None: what no SSTable has is not shown.
    #[default]
    Leave,
    /// That of the directory `commitlog` beside the data directory.
    Beside,
    /// That of a directory.
    At(PathBuf),
}

impl Default for FilesOptions {
    fn default() -> Self {
        Self {
            schema: None,
            key_names: Vec::new(),
            clustering_names: Vec::new(),
            snapshot: None,
            tables: Vec::new(),
            commit_log: LogChoice::Leave,
            now_seconds: None,
            memtable_bytes: 24 << 20,
            chunk_cache_bytes: 8 << 20,
        }
    }
}

impl FilesOptions {
    /// Whether a table of this name is wanted.
    pub(super) fn wants(&self, keyspace: &str, name: &str) -> bool {
        let is_it = |wanted: &QualifiedName| {
            let has_keyspace = wanted.keyspace.as_ref().is_none_or(|wanted| wanted.as_str() == keyspace);
            has_keyspace && wanted.name.as_str() == name
        };
        self.tables.is_empty() || self.tables.iter().any(is_it)
    }
}
