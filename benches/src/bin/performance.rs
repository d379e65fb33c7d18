//! What `run_performance_tests.sh` runs: the suites of load tests, and a report.

use std::process::ExitCode;

use cqlite_benches::{suite, suites};

fn main() -> ExitCode {
    suite::run_all(&suites::all())
}
