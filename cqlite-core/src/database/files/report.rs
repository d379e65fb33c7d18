//! What was found of somebody's files.

use std::path::PathBuf;

use cqlite_sstable::schema::SchemaSource;
use cqlite_sstable::{Descriptor, Error};

use crate::storage::TableId;

/// What was found of somebody's files, and what was not.
#[derive(Debug, Default)]
pub struct FilesReport {
    /// The tables that are shown, by keyspace and name.
    pub tables: Vec<FilesTable>,
    /// Tables that are there and cannot be shown.
    pub refused: Vec<RefusedTable>,
    /// The tables that were not wanted, as messages call them.
    pub left_out: Vec<String>,
    /// What else is there and cannot be read, and belongs to no table that is shown.
    pub errors: Vec<Error>,
    /// What a person should know before trusting the answers.
    pub warnings: Vec<Error>,
    /// What was read of the commit log, if it was.
    pub commit_log: Option<ReplayedLog>,
}

/// A table that is shown.
#[derive(Debug)]
pub struct FilesTable {
    /// The id, by which it is read.
    pub id: TableId,
    /// The keyspace.
    pub keyspace: String,
    /// The name.
    pub name: String,
    /// Where names of columns and what was dropped come from.
    pub source: SchemaSource,
    /// Its SSTables; none where a schema alone knows of it.
    pub sstables: Vec<Descriptor>,
    /// Those among them that are damaged: what they may have is not read, and asking for it fails.
    pub damaged: Vec<Descriptor>,
}

/// A table that cannot be shown.
#[derive(Debug)]
pub struct RefusedTable {
    /// The keyspace, where the directories tell it.
    pub keyspace: Option<String>,
    /// The name, likewise.
    pub name: Option<String>,
    /// Why.
    pub error: Error,
}

/// What was read of a commit log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplayedLog {
    /// Where it lies.
    pub directory: PathBuf,
    /// The mutations in it that are whole.
    pub mutations: u64,
    /// Those of them that the tables that are shown have nothing of: in SSTables already, of other tables, or emptied since.
    pub passed: u64,
    /// Those of tables that the schema does not know.
    pub unknown: u64,
}
