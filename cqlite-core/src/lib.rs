//! The storage engine of CQLite.
//!
//! What it keeps, it keeps as a node of Cassandra does: SSTables are read and written by [`cqlite_sstable`].

pub mod catalog;
mod database;
pub mod query;
pub mod storage;
mod sync;

pub use database::{
    CheckpointOptions, Database, DatabaseBuilder, Event, EventListener, FilesOptions, FilesReport,
    FilesTable, Latency, LogChoice, Metrics, NamedValue, RefusedTable, ReplayedLog, TableMetrics,
    TableUpdate,
};
