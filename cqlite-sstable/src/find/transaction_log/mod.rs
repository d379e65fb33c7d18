//! Cassandra's transaction logs: which SSTables of a directory are not part of the table, because what writes
//! them is not finished, or because others have taken their place (`db.lifecycle.LogFile`).

mod record;
mod replicas;
mod verdict;

use std::path::PathBuf;

use cqlite_cql::Uuid;

pub(crate) use self::record::{Record, RecordKind};
pub(super) use self::verdict::{FilesNow, Verdict};
use crate::version::{Format, Version};

/// A transaction log: one file in each of the directories that hold SSTables of the transaction, all alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TransactionLog {
    /// The name of the file, the same in all directories.
    pub(super) name: String,
    /// The directories in which it lies, each with the lines that are there.
    pub(super) replicas: Vec<(PathBuf, Vec<String>)>,
}

impl TransactionLog {
    /// The records of all replicas together.
    ///
    /// # Errors
    /// Why they are not of one transaction, as a sentence.
    pub(super) fn records(&self) -> Result<Vec<Record>, String> {
        let lines: Vec<Vec<String>> = self.replicas.iter().map(|(_, lines)| lines.clone()).collect();
        replicas::merge(&lines)
    }

    /// What wrote it: `flush`, `compaction`, ...
    pub(super) fn operation(&self) -> &str {
        operation(&self.name).unwrap_or("transaction")
    }
}

/// What the records say; `now` tells the files of a record.
pub(super) fn judge(records: &[Record], now: impl Fn(&Record) -> FilesNow) -> Verdict {
    verdict::judge(records, now)
}

/// Whether a file is named as a transaction log: `nb_txn_flush_<uuid>.log`,
/// `bti-da_txn_compaction_<uuid>.log`.
pub(crate) fn is_log_name(name: &str) -> bool {
    operation(name).is_some()
}

/// The name of a log, by the version of the SSTables that are written under it.
pub(crate) fn log_name(version: Version, operation: &str, id: Uuid) -> String {
    let format = match version.format() {
        Format::Big => String::new(),
        other => format!("{}-", other.name()),
    };
    format!("{format}{version}_txn_{operation}_{id}.log")
}

fn operation(name: &str) -> Option<&str> {
    let name = name.strip_suffix(".log")?;
    let (version, rest) = match name.strip_prefix("txn_") {
        Some(rest) => ("", rest),
        None => name.split_once("_txn_")?,
    };
    let (format, letters) = version.rsplit_once('-').unwrap_or(("big", version));
    let is_format = !format.is_empty() && format.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_version = version.is_empty() || letters.chars().count() == 2;
    let (operation, _) = rest.rsplit_once('_')?;
    (is_format && is_version).then_some(operation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_transaction_logs_are_told_from_others() {
        let id = "d7b7a170-e57b-11f1-bdff-5d016f48fe5f";
        for (prefix, operation_name) in
            [("nb_txn_flush", "flush"), ("bti-da_txn_compaction", "compaction"), ("txn_stream", "stream")]
        {
            assert_eq!(operation(&format!("{prefix}_{id}.log")), Some(operation_name));
        }
        for name in [
            "CommitLog-7-1.log",
            "debug.log",
            "nb_txn_flush.log",
            "nbx_txn_flush_1.log",
            "nb_txn_flush_1.txt",
        ] {
            assert!(!is_log_name(name), "{name}");
        }
    }
}
