//! Opening an SSTable and reading its rows.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod cursor;
mod files;
mod sstable;

pub use cursor::{Cursor, Marker, Partition, Row, RowItem, Unfiltered};
pub use files::{Access, DiskFiles, Files, MemoryFiles};
pub use sstable::{ScanOptions, Sstable};
