//! The suite of performance tests: how fast each thing is. `cargo bench --bench performance_suite -- --quick`, and `-- --help`.
#![allow(missing_docs, reason = "a benchmark has no users")]

use std::process::ExitCode;

use cqlite_benches::{suite, suites};

fn main() -> ExitCode {
    suite::run_only(suite::SuiteName::Performance, &suites::all())
}
