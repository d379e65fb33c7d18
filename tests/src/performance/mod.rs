//! Watches load tests, and tells what they came to.

mod better;
mod bound;
mod number;
mod outcome;
mod performance_targets;
mod samples;
mod spread;
mod target;
mod unit;
mod verdict;
mod verdicts;

pub use crate::{Error, Result};
pub use better::Better;
pub use bound::Bound;
pub use outcome::Outcome;
pub use performance_targets::PerformanceTargets;
pub use samples::Samples;
pub use spread::Spread;
pub use target::Target;
pub use unit::Unit;
pub use verdict::Verdict;
pub use verdicts::Verdicts;
