//! All scenarios, by their suites.

pub mod ground;
pub mod load;
pub mod peers;
pub mod performance;

use crate::suite::Scenario;

/// All scenarios, in the order in which they run.
pub fn all() -> Vec<Scenario> {
    [&performance::SCENARIOS[..], &load::SCENARIOS, &peers::SCENARIOS].concat()
}
