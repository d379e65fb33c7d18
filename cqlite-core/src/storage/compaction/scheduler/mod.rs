//! When compactions run: several at a time, each on a thread of its own, chosen when there is room for one more.
//!
//! [`Scheduler`] knows which SSTables are being compacted, and what each strategy remembers; all else it asks of a
//! [`CompactionHost`]. A table is looked at when it is said to have changed ([`Scheduler::notify`]) and, as tombstones and
//! expired data become due by time alone, once in a while. What fails is not tried again at once: damaged SSTables are left
//! out from then on, and after other failures the table waits, longer each time.

mod event;
mod host;
mod job;
mod options;
mod requests;
mod state;
mod stopped_table;
mod threads;

#[cfg(test)]
mod tests;

pub use event::CompactionEvent;
pub use host::{CompactionHost, HostedTable};
pub use job::{CompactionRequest, RunningCompaction};
pub use options::SchedulerOptions;
pub use stopped_table::StoppedTable;
pub use threads::Scheduler;
