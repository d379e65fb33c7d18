//! All scenarios, by their suites.

pub mod compatibility;
pub mod ground;
pub mod integration;
pub mod performance;

use crate::suite::Scenario;

/// All scenarios, in the order in which they run.
pub fn all() -> Vec<Scenario> {
    [&performance::SCENARIOS[..], &compatibility::SCENARIOS, &integration::SCENARIOS].concat()
}
