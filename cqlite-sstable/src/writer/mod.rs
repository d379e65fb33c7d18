//! Writing SSTables: sorted partitions in, all components out, and files that become visible together or not at all.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod builder;
mod chunk_store;
mod chunk_thread;
mod conversion;
mod data;
pub mod index;
mod key_filter;
mod new_files;
mod options;
mod order;
mod partition;
mod path_order;
mod push;
mod row_columns;
mod sstable;
mod sstable_ids;
#[cfg(test)]
mod tests;
mod time_uuid;
mod transaction;
mod written;

pub use conversion::{Conversions, Lossy};
pub use options::WriterOptions;
pub use sstable::SstableWriter;
pub use sstable_ids::SstableIds;
pub use time_uuid::TimeUuid;
pub use transaction::{CommitFailure, Committed, Obsolete, Operation, Transaction};
pub use written::Written;
