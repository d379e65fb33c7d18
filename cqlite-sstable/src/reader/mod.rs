//! Opening an SSTable and reading its rows.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod by_key;
mod checked_positions;
mod checked_scan;
mod cursor;
mod files;
mod header;
mod held_files;
mod key_range;
mod lookup;
mod partition_positions;
mod positions;
mod ranges;
mod row_index;
mod slice;
mod slice_rows;
mod sstable;

pub use by_key::Reader;
pub use checked_positions::{CheckedPositions, PartitionHeads};
pub use checked_scan::CheckedScan;
pub use cursor::Cursor;
pub use files::{Access, DiskFiles, Files, MemoryFiles};
pub use header::read_header;
pub use held_files::HeldFiles;
pub use lookup::{FilterAnswer, SearchKey};
pub(crate) use partition_positions::PartitionPositions;
pub(crate) use positions::Positions;
pub use positions::{AbsentBy, FoundPartition, KeySearch};
pub use ranges::TokenRange;
pub use slice::{Direction, Slice};
pub use slice_rows::SliceRows;
pub use sstable::{ReaderOptions, ScanOptions, Sstable};

pub use crate::row::{Marker, Partition, Row, RowItem, Unfiltered, UnfilteredPartitions};
