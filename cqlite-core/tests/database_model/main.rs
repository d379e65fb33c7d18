//! Random operations on a database, compared after each step with a model that keeps every change that was made.
//!
//! `CQLITE_MODEL_SEEDS` says how many seeds are played, and `CQLITE_MODEL_FIRST_SEED` with which they begin; a failure
//! names its seed and tells what was done.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::type_complexity,
    clippy::redundant_closure_for_method_calls,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

mod dice;
mod model;
mod options;
mod reads;
mod session;
mod shown;
mod world;
mod writes;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use session::Session;

const SEEDS: u64 = 200;
const STEPS: usize = 300;
const THREADS: usize = 2;

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |given| given.parse().expect("a number"))
}

fn play(seed: u64) -> Result<(), String> {
    let mut session = Session::begin(seed);
    for step in 0..STEPS {
        if let Err(error) = session.step() {
            let done = session.done.join("\n");
            return Err(format!("{done}\nseed {seed}, step {step}: {error}"));
        }
    }
    match session.end() {
        Ok(()) => Ok(()),
        Err((done, error)) => Err(format!("{}\nseed {seed}, at the end: {error}", done.join("\n"))),
    }
}

#[test]
fn a_database_shows_what_all_changes_come_to_whatever_is_done_with_it() {
    let (first, count) = (number("CQLITE_MODEL_FIRST_SEED", 0), number("CQLITE_MODEL_SEEDS", SEEDS));
    let (next, failed) = (AtomicU64::new(first), Mutex::new(None));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count || failed.lock().unwrap().is_some() {
                        return;
                    }
                    if let Err(error) = play(seed) {
                        failed.lock().unwrap().get_or_insert(error);
                    }
                }
            });
        }
    });
    if let Some(error) = failed.into_inner().unwrap() {
        panic!("{error}");
    }
}
