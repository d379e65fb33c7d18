//! What becomes of whole SSTables: which of them are part of a table, what crashes leave over, snapshots, backups, foreign
//! ones that are taken in, and damaged ones.
//!
//! All of it is done in an order that a power cut at any moment leaves sound: a snapshot is there as a whole or not at all,
//! SSTables that are taken in become part of the table together, and what is half done is removed by [`clean_orphans`]
//! when the table is opened.

mod backup;
mod directories;
mod index_directories;
mod ingest;
mod links;
mod orphans;
mod quarantine;
mod snapshot;

#[cfg(test)]
mod tests;

pub use backup::{back_up, link_sstables};
pub use index_directories::remove_indexes;
pub use ingest::{IngestOptions, Ingested, ingest};
pub use orphans::{CleanedOrphans, clean_orphans, live_index_sstables, live_set};
pub use quarantine::{DamagedSstable, Quarantine};
pub use snapshot::{
    Manifest, Snapshot, SnapshotOptions, clear_snapshot, has_snapshot, list_snapshots, take_snapshot,
};
