//! The table that the benchmarks read.

use std::env;
use std::path::{Path, PathBuf};

use cqlite_tests::{cassandra, repository};

/// The `Data.db` of a table of `rows` rows, written by Cassandra on first use under `target/bench-data`, or under
/// `CQLITE_BENCH_DATA`. A JDK and Maven are needed to write it, not to read it.
pub fn bench_table(rows: u32) -> PathBuf {
    let directory = env::var_os("CQLITE_BENCH_DATA")
        .map_or_else(|| repository().join("target/bench-data"), PathBuf::from);
    written(&directory, rows)
        .unwrap_or_else(|why| panic!("the table of the benchmarks cannot be written: {why}"))
}

fn written(directory: &Path, rows: u32) -> cqlite_tests::Result<PathBuf> {
    cassandra::bench_table(&cassandra::Cassandra::find()?, directory, rows)
}
