//! What CQLite's tests stand on.
//!
//! Apache Cassandra is the judge of everything, and this crate makes it available: [`cassandra`] resolves its jars on
//! first use, runs its tools and starts nodes. What Cassandra once said about files is kept in two places, both
//! read into [`known::KnownSstable`]: the repository's own [`fixtures`], and the larger [`corpus`], which need not be there.
//!
//! ```no_run
//! use cqlite_tests::{available::cassandra_or_skip, cassandra::Node};
//!
//! #[test]
//! fn cassandra_counts() {
//!     let Some(cassandra) = cassandra_or_skip("cassandra_counts") else { return };
//!     let dir = tempfile::tempdir().unwrap();
//!     let node = Node::builder(&cassandra, dir.path()).start().unwrap();
//!     let rows = node.connect().unwrap().execute("SELECT count(*) FROM system.local").unwrap();
//!     assert_eq!(rows.rows[0][0].as_deref(), Some(&1_i64.to_be_bytes()[..]));
//! }
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "this crate serves tests: it fails at once and loudly"
)]

pub mod answered;
pub mod available;
pub mod cassandra;
pub mod catalogued;
pub mod changes;
pub mod corpus;
pub mod corrupted;
pub mod cqlite;
pub mod ddl;
pub mod described;
pub mod error;
pub mod filled;
pub mod filters;
pub mod fixtures;
pub mod fuzz;
pub mod generated;
pub mod instructions;
pub mod killed;
pub mod known;
pub mod mutated;
pub mod opened;
pub mod peak;
pub mod performance;
pub mod random_schema;
pub mod reimported;
pub mod rewritten;
pub mod rows_told;
pub mod salvaged;
pub mod scratch;
pub mod scylla;
pub mod seeded;
pub mod selected;
pub mod stored;
pub mod terminal;
pub mod torn_log;
pub mod transaction_log;
pub mod values;
pub mod writing;

pub use error::{Error, Result};

use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn repository() -> PathBuf {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_dir.parent().map_or_else(|| crate_dir.to_owned(), Path::to_owned)
}
