//! The suite of compatibility tests: files of a real Cassandra. `cargo bench --bench compatibility_testing -- --quick`, and `-- --help`.
#![allow(missing_docs, reason = "a benchmark has no users")]

use std::process::ExitCode;

use cqlite_benches::{suite, suites};

fn main() -> ExitCode {
    suite::run_only(suite::SuiteName::Compatibility, &suites::all())
}
