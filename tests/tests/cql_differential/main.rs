//! The same random statements to CQLite and to Cassandra: the answers are the same.
//!
//! `CQLITE_DIFFERENTIAL_STATEMENTS=100000` compares more statements, `CQLITE_DIFFERENTIAL_SEED` others, and into the
//! directory `CQLITE_DIFFERENTIAL_REPORT` an example of each kind of difference is written.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

mod cassandra;
mod compare;
mod cqlite;
mod description;
mod engine;
mod exceptions;
mod failures;
mod generator;
mod node_log;
mod report;
mod rules;
mod run;
mod schema;
mod types;
mod values;

use std::{env, time::Instant};

use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{Cassandra, Node},
    scratch,
};

use cassandra::CassandraEngine;
use cqlite::CqliteEngine;
use cqlite_core::Database;
use generator::STATEMENTS_OF_A_SCENARIO;
use run::Run;

/// How many statements are compared if nothing else is said.
const STATEMENTS: usize = 2_000;

/// Each rule is taken this often among so many statements.
const TAKEN_PER_STATEMENTS: (usize, usize) = (300, 100_000);

fn number(variable: &str, default: usize) -> usize {
    env::var(variable).map_or(default, |text| text.parse().unwrap())
}

fn node(cassandra: &Cassandra, directory: &std::path::Path) -> CassandraEngine {
    // What the schema is need not survive the node.
    let node = Node::builder(cassandra, directory)
        .jvm("-Dcassandra.test.flush_local_schema_changes=false")
        // It has the counters that were deleted, which count on.
        .setting("counter_cache_size", "0MiB");
    CassandraEngine::new(node.start().unwrap())
}

fn play(run: &mut Run<'_>, statements: usize, first: usize) {
    let started = Instant::now();
    let mut scenario = first as u64;
    while run.counts.statements < statements {
        run.scenario(scenario, statements - run.counts.statements);
        scenario += 1;
    }
    let seconds = started.elapsed().as_secs_f64();
    let counts = &run.counts;
    eprintln!("{}{}", run.coverage.table(), run.report.text());
    eprintln!(
        "{} statements of {} scenarios in {seconds:.0} s ({:.0}/s): {} refused ({:.1} %), {} SELECTs, of which {} after two \
         flushes and {} with rows; {} scenarios abandoned, {} tables dropped after writes that differed; the engines took {:.1?}",
        counts.statements,
        scenario - first as u64,
        counts.statements as f64 / seconds,
        counts.refused,
        100.0 * counts.refused as f64 / counts.statements as f64,
        counts.selects,
        counts.selects_after_flushes,
        counts.selects_with_rows,
        counts.abandoned,
        counts.forgotten,
        counts.taken,
    );
}

/// What the statements are to have been, where there are enough of them.
fn assert_proof(run: &Run<'_>) {
    let counts = &run.counts;
    if counts.statements < TAKEN_PER_STATEMENTS.1 {
        return;
    }
    let gaps = run.coverage.gaps(counts.statements * TAKEN_PER_STATEMENTS.0 / TAKEN_PER_STATEMENTS.1);
    assert!(gaps.is_empty(), "rules that were taken too rarely:\n{}", gaps.join("\n"));
    assert!(counts.refused * 100 >= counts.statements * 15, "too few statements are refused");
    assert!(counts.selects_after_flushes * 3 >= counts.selects, "too few SELECTs come after two flushes");
}

/// What differs between two nodes cannot be told of a database: the statements are such that nothing does.
#[test]
fn two_nodes_answer_the_same() {
    let Some(cassandra) = cassandra_or_skip("two_nodes_answer_the_same") else { return };
    let directories = [scratch::directory(), scratch::directory()];
    let (mut one, mut other) =
        (node(&cassandra, directories[0].path()), node(&cassandra, directories[1].path()));
    let mut run = Run::new(&mut one, &mut other);
    play(&mut run, STATEMENTS_OF_A_SCENARIO * 2, number("CQLITE_DIFFERENTIAL_SEED", 1));
    assert_eq!(run.report.differences(), 0);
}

#[test]
fn cqlite_answers_as_cassandra_does() {
    let Some(cassandra) = cassandra_or_skip("cqlite_answers_as_cassandra_does") else { return };
    let directories = [scratch::directory(), scratch::directory()];
    let mut theirs = node(&cassandra, directories[0].path());
    let database = Database::open(directories[1].path()).unwrap();
    let mut ours = CqliteEngine::new(&database);
    let mut run = Run::new(&mut theirs, &mut ours);
    let statements = number("CQLITE_DIFFERENTIAL_STATEMENTS", STATEMENTS);
    play(&mut run, statements, number("CQLITE_DIFFERENTIAL_SEED", 1));
    assert_proof(&run);
    assert_eq!(run.report.differences(), 0);
}
