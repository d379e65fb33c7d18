//! Writing SSTables: files that Cassandra takes as its own.

mod sstable_ids;
mod time_uuid;
mod transaction;

pub use sstable_ids::SstableIds;
pub use time_uuid::TimeUuid;
pub use transaction::{Committed, Obsolete, Operation, Transaction};
