//! The arguments that tell what of somebody's files is shown.

use std::path::PathBuf;

use clap::Args;
use cqlite_core::{FilesOptions, LogChoice};
use cqlite_cql::QualifiedName;

use crate::inputs;

/// What of somebody's files is shown, and how.
#[derive(Args)]
pub struct FilesArguments {
    /// Of each table, the SSTables of the snapshot with this tag
    #[arg(long, value_name = "TAG")]
    snapshot: Option<String>,

    /// When to judge what has expired, in seconds since 1970 [default: now]
    #[arg(long, value_name = "EPOCH_SECONDS", allow_negative_numbers = true)]
    now: Option<i64>,

    /// A file of CQL that tells the tables; it goes before what is found
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,

    /// The names of the columns of the partition key, where nothing tells them
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    key_names: Vec<String>,

    /// The names of the clustering columns, where nothing tells them
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    clustering_names: Vec<String>,

    /// Read what is only in the node's commit log as well: in this directory, or in `commitlog` beside the data directory
    #[arg(long, value_name = "DIRECTORY", num_args = 0..=1, require_equals = true)]
    with_commitlog: Option<Option<PathBuf>>,
}

impl FilesArguments {
    /// Whether one of them is given, which makes sense for files alone.
    pub fn are_given(&self) -> bool {
        let named = !self.key_names.is_empty() || !self.clustering_names.is_empty();
        let of_files = self.snapshot.is_some() || self.schema.is_some() || self.with_commitlog.is_some();
        named || of_files || self.now.is_some()
    }

    /// When to judge what has expired.
    pub fn now_seconds(&self) -> i64 {
        inputs::now_seconds(self.now)
    }

    /// The options, for these tables; for all if none is named.
    pub fn options(&self, tables: Vec<QualifiedName>) -> FilesOptions {
        FilesOptions {
            schema: self.schema.clone(),
            key_names: self.key_names.clone(),
            clustering_names: self.clustering_names.clone(),
            snapshot: self.snapshot.clone(),
            tables,
            commit_log: match &self.with_commitlog {
                None => LogChoice::Leave,
                Some(None) => LogChoice::Beside,
                Some(Some(directory)) => LogChoice::At(directory.clone()),
            },
            now_seconds: self.now,
            ..FilesOptions::default()
        }
    }
}
