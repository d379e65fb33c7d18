//! The storage engine of CQLite.
//!
//! It has no content yet: SSTables are read by [`cqlite_sstable`].
