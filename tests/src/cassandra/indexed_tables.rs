//! Tables with large indexes, written by Cassandra's own writer.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{Cassandra, java, tools};
use crate::error::{Doing as _, Error, Result};

/// What a large index is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexedTable {
    /// Partitions of one small row.
    Many,
    /// Four partitions of rows with clusterings of five types, two of them descending, with empty values.
    Wide,
    /// Four partitions of rows whose clusterings share thousands of bytes.
    Deep,
    /// Four partitions of range tombstones.
    Ranges,
}

impl IndexedTable {
    /// Writes the table into `directory`, which is new, as `oa` or, if `is_bti`, as `da`: its `Data.db`. `entries` is the
    /// number of partitions, rows or ranges.
    pub fn write(
        self,
        cassandra: &Cassandra,
        directory: &Path,
        is_bti: bool,
        block_kibibytes: u32,
        entries: u32,
    ) -> Result<PathBuf> {
        let name = match self {
            Self::Many => "many",
            Self::Wide => "wide",
            Self::Deep => "deep",
            Self::Ranges => "ranges",
        };
        fs::create_dir_all(directory).doing(|| format!("create {}", directory.display()))?;
        let configuration = tools::configured(cassandra)?;
        let status = java::program(cassandra, "IndexedTables.java", &configuration, &["-Xmx2g".into()])
            .args([name, if is_bti { "bti" } else { "big" }])
            .args([block_kibibytes.to_string(), entries.to_string()])
            .arg(directory)
            .status()
            .doing(|| "run IndexedTables.java".to_owned())?;
        if !status.success() {
            return Err(Error::said("write a table with a large index", status.to_string()));
        }
        let listed = fs::read_dir(directory).doing(|| format!("list {}", directory.display()))?;
        let mut paths = listed.flatten().map(|entry| entry.path());
        let data = paths.find(|path| path.to_string_lossy().ends_with("-Data.db"));
        data.ok_or_else(|| Error::said("find the table with a large index", "there is no Data.db"))
    }
}
