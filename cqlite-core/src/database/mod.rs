//! The database: a directory laid out as that of a node of Cassandra, opened by one process.
//!
//! ```text
//! <dir>/data/<keyspace>/<table>-<id>/    SSTables, transaction logs, snapshots, backups
//! <dir>/data/system_schema/...           keyspaces, tables and types, as a node keeps them
//! <dir>/data/system/local-<id>/          this node's id, and up to where tables were emptied
//! <dir>/commitlog/                       writes that are not in SSTables yet
//! <dir>/cqlite.lock                      locked while a process has the database open
//! ```

mod auto_snapshot;
mod backup;
mod builder;
mod checkpoints;
mod conditional_writes;
mod counters;
#[expect(clippy::module_inception, reason = "the folder is named by the type that all the others are for")]
mod database;
mod ddl;
mod directory_lock;
mod files;
mod indexes;
mod open;
mod own_tables;
mod places;
mod refresh;
mod replay;
mod returned_columns;
mod striped_locks;
mod table_update;
mod truncate;
mod tuning;

pub use crate::storage::store::{Event, EventListener, Latency, Metrics, TableMetrics};
pub(crate) use counters::{CounterAddition, CounterUpdate};

pub use builder::DatabaseBuilder;
pub use checkpoints::CheckpointOptions;
pub use database::Database;
pub(crate) use ddl::SchemaEffect;
pub use files::{FilesOptions, FilesReport, FilesTable, LogChoice, RefusedTable, ReplayedLog};
pub use table_update::{NamedValue, TableUpdate};
