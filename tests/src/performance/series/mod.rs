//! What was seen over time, in bounded memory.

mod counts;
mod event;
mod event_kind;
mod event_log;
mod gauge;
mod interval;
mod latency_interval;
mod time_series;

pub use event::Event;
pub use event_kind::EventKind;
pub use event_log::EventLog;
pub use gauge::Gauge;
pub use interval::Interval;
pub use latency_interval::LatencyInterval;
pub use time_series::{Merge, TimeSeries};
