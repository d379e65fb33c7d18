//! What a test needs and a machine may lack. A test that cannot run says so, and in CI it fails.

use std::{env, fmt::Display, io::Write as _};

use crate::{cassandra::Cassandra, corpus::Corpus, instructions::Valgrind};

/// Real Cassandra, or `None` and a line on stderr if there is no JDK or Maven.
///
/// # Panics
/// Instead of that line, if `CQLITE_REQUIRE_CASSANDRA=1`.
pub fn cassandra_or_skip(test: &str) -> Option<Cassandra> {
    available(test, Cassandra::find(), "a JDK and Maven", "CQLITE_REQUIRE_CASSANDRA")
}

/// The corpus, or `None` and a line on stderr if it is not on this machine.
///
/// # Panics
/// Instead of that line, if `CQLITE_REQUIRE_CORPUS=1`.
pub fn corpus_or_skip(test: &str) -> Option<Corpus> {
    available(test, Corpus::find(), "the corpus of SSTables", "CQLITE_REQUIRE_CORPUS")
}

/// Valgrind, or `None` and a line on stderr if it is not on this machine.
///
/// # Panics
/// Instead of that line, if `CQLITE_REQUIRE_VALGRIND=1`.
pub fn valgrind_or_skip(test: &str) -> Option<Valgrind> {
    available(test, Valgrind::find(), "valgrind", "CQLITE_REQUIRE_VALGRIND")
}

fn available<T, E: Display>(test: &str, found: Result<T, E>, what: &str, requiring: &str) -> Option<T> {
    let error = match found {
        Ok(found) => return Some(found),
        Err(error) => error,
    };
    assert!(
        env::var_os(requiring).is_none_or(|value| value != "1"),
        "{test} needs {what}, and {requiring}=1 forbids to skip it: {error}"
    );
    // Not eprintln!, which the test runner keeps to itself when a test passes.
    let _nobody_listens = writeln!(std::io::stderr(), "SKIPPED: {test} needs {what} ({error})");
    None
}
