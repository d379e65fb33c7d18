//! Opening an SSTable and reading its rows.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod cursor;
mod files;
mod sstable;
mod views;

pub use cursor::Cursor;
pub use files::{Access, DiskFiles, Files, MemoryFiles};
pub use sstable::{ScanOptions, Sstable};
pub use views::{Marker, Partition, Row, RowItem, Unfiltered};
