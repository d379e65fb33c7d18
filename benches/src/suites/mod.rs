//! All scenarios, by their suites.

pub mod compatibility;
pub mod ground;
pub mod integration;
pub mod load;
pub mod peers;
pub mod performance;

use crate::suite::Scenario;

/// All scenarios, in the order in which they run.
pub fn all() -> Vec<Scenario> {
    [
        &performance::SCENARIOS[..],
        &load::SCENARIOS,
        &compatibility::SCENARIOS,
        &integration::SCENARIOS,
        &peers::SCENARIOS,
    ]
    .concat()
}
