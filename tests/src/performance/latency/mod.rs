//! How long operations take, in HDR histograms.

mod arrival_schedule;
mod batch_figures;
mod batch_performance_measurer;
mod latencies;
mod latencies_record;
mod latency_profile;
mod latency_recorder;
mod latency_summary;
mod percentile_point;

pub use arrival_schedule::ArrivalSchedule;
pub use batch_figures::{BatchFigures, Loop};
pub use batch_performance_measurer::BatchPerformanceMeasurer;
pub use latencies::Latencies;
pub(super) use latencies_record::LatenciesRecord;
pub use latency_profile::LatencyProfile;
pub use latency_recorder::LatencyRecorder;
pub(super) use latency_recorder::Shard;
pub use latency_summary::LatencySummary;
pub use percentile_point::PercentilePoint;
