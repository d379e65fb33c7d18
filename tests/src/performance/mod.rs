//! Watches load tests, and tells what they came to.
//!
//! A [`PerformanceMonitor`] takes what a run yields, judges it by [`PerformanceTargets`] and makes a [`Report`], for a terminal, as
//! JSON and as one page of HTML. It can watch any program; nothing here knows the engine.
//!
//! What it takes care of:
//!
//! * A target that was not run is never counted as held ([`Outcome::NotRun`]).
//! * Every figure has its spread over repeated runs ([`Spread`]), and the median decides.
//! * In an open loop latencies count from the scheduled start ([`ArrivalSchedule`]), so that a pause delays all operations that were due
//!   in it, and not just the one that met it: no coordinated omission. A target can ask for that ([`Target::in_open_loop`]).
//! * Threads record into histograms of their own ([`LatencyRecorder`]).
//! * All is kept in bounded memory, whatever the duration ([`series::TimeSeries`]).
//! * A regression is what is worse than earlier runs by more than their noise ([`Trend::RULE`]).
//!
//! ```
//! use std::time::{Duration, Instant};
//!
//! use cqlite_tests::performance::*;
//!
//! let targets = PerformanceTargets::none()
//!     .with(Target::new("sort.throughput", "numbers sorted", Unit::PerSecond, Bound::AtLeast(1_000.0)))
//!     .with(Target::new("sort.p99", "P99 of sorting a thousand", Unit::Seconds, Bound::AtMost(1.0)))
//!     .with(Target::new("merge.throughput", "numbers merged", Unit::PerSecond, Bound::AtLeast(1_000.0)));
//! let monitor = PerformanceMonitor::with_targets(targets);
//! monitor.watch(Threshold::new("sort.max", AlertLevel::Warning, Bound::AtMost(0.5)));
//!
//! // Three runs, for the spread.
//! for _run in 0..3 {
//!     let recorder = monitor.recorder("sort");
//!     let mut measurer = BatchPerformanceMeasurer::new();
//!     for operation in 0..100_u64 {
//!         let mut numbers = (0..1_000).map(|n| (n * 7_919 + operation) % 1_000).collect::<Vec<_>>();
//!         let begun = Instant::now();
//!         numbers.sort_unstable();
//!         let latency = begun.elapsed();
//!         recorder.record(latency);
//!         measurer.record_operation(latency);
//!     }
//!     monitor.sample();
//!     monitor.record_batch("sort", &measurer.finalize());
//!     monitor.record_event(EventKind::Other("run ended".to_owned()), Instant::now());
//! }
//! monitor.record_not_run("merge.throughput", "nobody wrote it yet");
//!
//! let directory = tempfile::tempdir()?;
//! let history = directory.path().join("history.jsonl");
//! let report = monitor
//!     .generate_report()
//!     .titled("Sorting")
//!     .with_option("numbers", "1000")
//!     .on(Machine::probe(directory.path())?)
//!     .compared_with(&History::read(&history)?);
//! println!("{}", TerminalReport::new(&report));
//! report.write_json(&directory.path().join("report.json"))?;
//! report.write_html(&directory.path().join("report.html"))?;
//! History::append(&history, &report.history_entry())?;
//!
//! assert_eq!(report.verdicts.text(), "2 of 3 targets held, 1 not run");
//! assert!(!report.verdicts.all_held());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod alert;
mod better;
mod bound;
mod history;
mod html;
mod latency;
mod live_counter;
mod machine;
mod metric_record;
mod monitor_record;
mod number;
mod operation_record;
mod outcome;
mod part;
mod performance_monitor;
mod performance_targets;
mod plot;
mod printable;
mod report;
mod samples;
mod sampling;
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
pub use history::{
    EarlierRun, FigureTrend, History, HistoryEntry, HistoryFigure, LineProblem, Standing, Trend,
};
pub use latency::{
    ArrivalSchedule, BatchFigures, BatchPerformanceMeasurer, Latencies, LatencyProfile, LatencyRecorder,
    LatencySummary, Loop, PercentilePoint,
};
pub use live_counter::LiveCounter;
pub use machine::{DeviceFloor, DiskKind, Machine, ProcessMemory};
pub use monitor_record::MonitorRecord;
pub use outcome::Outcome;
pub use part::{Part, PartEnd};
pub use performance_monitor::PerformanceMonitor;
pub use performance_targets::PerformanceTargets;
pub use report::{
    Figure, GaugeSeries, OperationPoint, OperationSeries, Recommendation, Report, TerminalReport, TimeShare,
};
pub use samples::Samples;
pub use sampling::Sampling;
pub use series::{Event, EventKind, Gauge, Interval, LatencyInterval};
pub use spread::Spread;
pub use target::Target;
pub use unit::Unit;
pub use verdict::Verdict;
pub use verdicts::Verdicts;
