//! Watches load tests, and tells what they came to.

mod alert;
mod better;
mod bound;
mod latency;
mod machine;
mod number;
mod outcome;
mod performance_targets;
mod samples;
pub mod series;
mod spread;
mod target;
mod unit;
mod verdict;
mod verdicts;

pub use crate::{Error, Result};
pub use alert::{Alert, AlertHistory, AlertLevel, Threshold};
pub use better::Better;
pub use bound::Bound;
pub use latency::{
    ArrivalSchedule, BatchFigures, BatchPerformanceMeasurer, Latencies, LatencySummary, Loop, PercentilePoint,
};
pub use machine::{DeviceFloor, DiskKind, Machine, ProcessMemory};
pub use outcome::Outcome;
pub use performance_targets::PerformanceTargets;
pub use samples::Samples;
pub use series::{Event, EventKind, Gauge, Interval, LatencyInterval};
pub use spread::Spread;
pub use target::Target;
pub use unit::Unit;
pub use verdict::Verdict;
pub use verdicts::Verdicts;
