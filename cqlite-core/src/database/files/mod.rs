//! Somebody's files as a database that is only read: SSTables, snapshots, data directories of nodes.

mod commit_log;
mod fixed_clock;
mod found_tables;
mod node;
mod open;
mod opened_table;
mod options;
mod report;

pub use options::{FilesOptions, LogChoice};
pub use report::{FilesReport, FilesTable, RefusedTable, ReplayedLog};
