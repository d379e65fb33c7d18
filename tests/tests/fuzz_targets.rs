//! Every fuzz target on stable Rust: its seeds, small changes to them, and what was once found.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use cqlite_tests::{
    fuzz::{Random, TARGETS, Target, mutate},
    repository,
};

/// What each target may take: a slow machine does less, not longer.
const TIME: Duration = Duration::from_millis(1500);
const EXECUTIONS: usize = 40_000;

/// Runs a target once; says with which input it failed.
fn run(target: &Target, input: &[u8]) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (target.run)(input))) {
        let hex: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
        eprintln!("the target {} fails on {hex}", target.name);
        std::panic::resume_unwind(panic);
    }
}

fn fuzz(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let seeds = (target.seeds)();
    assert!(!seeds.is_empty());
    seeds.iter().for_each(|seed| run(target, seed));
    let mut random = Random::new(20_260_101);
    let begin = Instant::now();
    let mut executions = 0;
    while executions < EXECUTIONS && begin.elapsed() < TIME {
        let mut input = seeds[random.below(seeds.len())].clone();
        mutate(&mut input, &mut random);
        run(target, &input);
        executions += 1;
    }
    assert!(executions > 100, "only {executions} executions of {name}");
}

#[test]
fn lookups_by_key() {
    fuzz("lookups");
}

#[test]
fn headers() {
    fuzz("header");
}

#[test]
fn statistics() {
    fuzz("statistics");
}

#[test]
fn metadata() {
    fuzz("metadata");
}

#[test]
fn compression_info() {
    fuzz("compression_info");
}

#[test]
fn rows() {
    fuzz("row_codec");
}

#[test]
fn marshal_types() {
    fuzz("marshal_type");
}

#[test]
fn cql_scripts() {
    fuzz("cql_script");
}

#[test]
fn partitions_tries() {
    fuzz("partitions_trie");
}

#[test]
fn rows_tries() {
    fuzz("rows_trie");
}

#[test]
fn what_was_found_before_stays_mended() {
    let mut count = 0;
    for target in TARGETS {
        let directory = repository().join("tests/regressions").join(target.name);
        for entry in fs::read_dir(&directory).into_iter().flatten() {
            run(&target, &fs::read(entry.unwrap().path()).unwrap());
            count += 1;
        }
    }
    eprintln!("{count} inputs");
}
