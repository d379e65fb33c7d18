//! The suite of load tests: many clients, for long, in little memory, and killed. `cargo bench --bench load_testing -- --quick`, and `-- --help`.
#![allow(missing_docs, reason = "a benchmark has no users")]

use std::process::ExitCode;

use cqlite_benches::{suite, suites};

fn main() -> ExitCode {
    suite::run_only(suite::SuiteName::Load, &suites::all())
}
