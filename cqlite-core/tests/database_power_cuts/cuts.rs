//! Power cuts at any call.

use std::sync::Arc;

use cqlite_core::storage::fs::{FaultyFileSystem, MemoryFileSystem};

use super::images::{Checkers, Expected};
use super::scenario::{Logged, Progress, run};
use super::steps::all_steps;

/// At each call that changes something: so many images, if a number is given.
fn seeds_wanted() -> Option<u64> {
    std::env::var("CQLITE_POWER_CUT_SEEDS").ok().map(|seeds| seeds.parse().unwrap())
}

/// Unless all are wanted, at every so many calls one image is taken: at others in each mode.
const EVERY: u64 = 7;

/// The seeds of images of the call of this number.
fn seeds_at(call: u64, run: u64) -> Vec<u64> {
    match seeds_wanted() {
        Some(seeds) => (0..seeds).map(|seed| if seed < 2 { seed } else { seed + 8 * call }).collect(),
        None if !(call + run).is_multiple_of(EVERY) => Vec::new(),
        None => match (call / EVERY + run) % 4 {
            seed @ (0 | 1) => vec![seed],
            _ => vec![2 + call * 31 + run],
        },
    }
}

#[test]
fn a_power_cut_at_any_call_loses_nothing_that_lasts_and_leaves_no_part_of_anything() {
    let steps = all_steps();
    let expected = Arc::new(Expected::of(&steps));
    for (number, logged) in Logged::all().into_iter().enumerate() {
        let (files, progress) =
            (FaultyFileSystem::new(MemoryFileSystem::new()), Arc::new(Progress::default()));
        let checkers = Checkers::start(&expected, &progress, 5);
        let run_number = number as u64;
        checkers.observe(&files, &progress, move |call| seeds_at(call.number, run_number));
        run(&files, logged, &steps, &progress).unwrap();
        let changes = files.changes();
        let (checked, failures) = checkers.end();
        eprintln!("{logged:?}: {checked} images of {changes} calls");
        assert!(failures.is_empty(), "{logged:?}: {failures:#?}");
        assert!(checked as u64 > changes / (EVERY + 1), "{checked} images of {changes} calls");
    }
}
