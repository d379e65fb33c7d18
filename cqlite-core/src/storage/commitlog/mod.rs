//! The commit log, in Cassandra's format (`org.apache.cassandra.db.commitlog`): what was written, but is not in SSTables yet.
//!
//! The log works on the bytes of mutations and knows no tables: which tables a mutation touches is told by who writes it. A
//! segment is a header ([`CommitLogDescriptor`]) and a chain of sections, each behind a marker that tells where it ends; a
//! section holds entries, each a mutation with its length and two checksums.
//!
//! [`CommitLog`] writes, [`SegmentReader`] reads, [`FoundSegments`] tells what is in a directory.
//!
//! # Example
//! ```
//! use std::sync::Arc;
//! use cqlite_core::storage::commitlog::{CommitLog, CommitLogOptions, FoundSegments, LogEntry, TableId};
//! use cqlite_core::storage::fs::DiskFileSystem;
//!
//! let directory = tempfile::tempdir()?;
//! let fs = Arc::new(DiskFileSystem);
//! let table = TableId::from_bytes([7; 16]);
//! let options = CommitLogOptions { segment_bytes: 1 << 20, ..CommitLogOptions::default() };
//! let log = CommitLog::open(fs.clone(), directory.path(), options)?;
//! let mutation = b"the bytes of a mutation";
//! let position = log.append(&[LogEntry { mutation, tables: &[table] }])?.wait()?;
//! drop(log);
//!
//! let found = FoundSegments::list(fs.as_ref(), directory.path())?;
//! let mut reader = found.segments()[0].open(fs.as_ref())?;
//! let section = reader.next_section()?.ok_or("there is one")?;
//! let entry = section.entries().next().ok_or("there is one")?;
//! assert_eq!(entry.mutation, mutation);
//! assert_eq!(entry.position, position);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod archive;
mod commit;
mod copied_segment;
mod damage;
mod descriptor;
mod directory_archive;
mod dirty;
mod entry;
mod failure;
mod found_segments;
mod keeper;
mod log;
mod metrics;
mod missing_segments;
mod mutation_head;
mod options;
mod queue;
mod restored;
mod section;
mod section_writer;
mod segment;
mod segment_name;
mod segment_reader;
mod segment_run;
mod shared;
mod syncer;
#[cfg(test)]
mod tests;
mod unarchived;
mod version;
mod window;

pub use cqlite_sstable::component::statistics::CommitLogPosition;

pub use super::TableId;

pub use archive::{ArchiveCommand, SegmentArchive};
pub use commit::Commit;
pub use damage::{Damage, OnDamage, SegmentPlace, Tail};
pub use descriptor::{CommitLogDescriptor, SegmentCompression};
pub use directory_archive::DirectoryArchive;
pub use entry::ENTRY_OVERHEAD_BYTES;
pub(in crate::storage) use found_segments::has_sections;
pub use found_segments::{FoundSegment, FoundSegments};
pub use log::{CommitLog, LogEntry};
pub use metrics::{CodecMetrics, CommitLogMetrics};
pub use missing_segments::MissingSegments;
pub use mutation_head::MutationHead;
pub use options::{ArchiveTold, CommitLogOptions, FlushWanted, SyncMode};
pub use restored::{RestoredSegments, restore_segments};
pub use section::MARKER_BYTES;
pub use segment_name::SegmentName;
pub use segment_reader::{LoggedMutation, Section, SegmentReader};
pub use segment_run::SegmentRun;
pub use version::CommitLogVersion;
