//! Index.db: where each partition of a BIG SSTable begins (`io.sstable.format.big.RowIndexEntry`).
//!
//! ```text
//! u16     key length, then the key
//! uvint   position of the partition in the uncompressed Data.db
//! uvint32 length of the promoted index, then so many bytes
//! ```
//! One such entry a partition, in the order of Data.db. No checksum covers them.

mod entries;
mod entry;
mod promoted;
mod promoted_writer;

pub use entries::IndexEntries;
pub(crate) use entry::write_entry_head;
pub use entry::{EntrySearch, IndexEntry};
pub use promoted::{IndexBlock, PromotedIndex};
pub(crate) use promoted_writer::PromotedIndexWriter;
