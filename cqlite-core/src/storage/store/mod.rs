//! The tables of one directory: writing, flushing, reading.
//!
//! A write goes into the commit log and into the memtables of its tables, both under the gate that writers share. Who
//! switches a memtable closes the gate for a moment: then every write is either in the old memtable and in the log up to a
//! position, or in the new one and behind it. A flush writes the old memtable into an SSTable, which says in its metadata
//! which stretch of the log it has, and only then is that stretch of the log not needed any more.
//!
//! Readers take what there is at one moment, a [`View`], and hold no lock.

mod admission;
mod alter;
mod begun_write;
mod clock;
mod commit;
mod compactions;
mod damage;
mod event;
mod flush;
mod flusher;
mod health;
mod janitor;
mod latencies;
mod log_release;
mod lookups;
mod metrics;
mod options;
mod outcome;
mod periodic_chore;
mod readers;
mod removal;
mod removals;
mod replayed;
#[cfg(test)]
mod schedules;
mod sequencer;
#[expect(clippy::module_inception, reason = "the folder is named by the type that all the others are for")]
mod store;
mod table;
mod table_settings;
mod table_sstable;
mod told;
mod troubles;
mod view;
mod write;

pub use alter::FlushedTable;
pub use clock::{MachineClock, WallClock};
pub use commit::Commit;
pub use event::{Event, EventListener};
pub use health::Health;
pub use latencies::Latency;
pub use metrics::{Metrics, TableMetrics};
pub use options::StoreOptions;
pub use periodic_chore::PeriodicChore;
pub use replayed::ReplayInstaller;
pub use store::Store;
pub use table::{TableStore, TableView};
pub use table_settings::TableSettings;
pub use table_sstable::TableSstable;
pub use troubles::Work;
pub use view::View;

pub(in crate::storage) use lookups::LookupTally;
pub(in crate::storage) use table_sstable::LentReader;

use self::removal::Removal;
