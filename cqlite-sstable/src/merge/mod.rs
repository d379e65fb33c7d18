//! The one merge of several sources of rows, and what is done to rows on their way: purging, filters.
//!
//! [`Merge`] puts sources together as a compaction of Cassandra does, cell by cell. Other questions need all versions
//! instead of the winning one: [`Partitions`] and [`SideBySide`] show what each SSTable has of the same partition, row,
//! and cell, and decide nothing. Which version wins is told by [`crate::row::reconcile`] and its like alone.

mod chosen_partitions;
mod columns;
mod counter_merge;
mod dropped;
mod head;
mod heads;
mod lazy_source;
mod merged_row;
mod open_range;
mod overlapping;
mod overlaps;
mod partition_merge;
mod partitions;
mod purge;
mod purge_report;
mod range_markers;
mod row_head;
mod row_merge;
mod side_by_side;
mod sources;
mod transform;
mod waiting;
mod written_between;

pub use chosen_partitions::ChosenPartitions;
pub use columns::{SharedColumn, SharedColumns};
pub use dropped::DroppedColumns;
pub use lazy_source::LazySource;
pub(crate) use open_range::OpenRange;
pub use overlaps::{NoOverlaps, OverlappingSstables, Overlaps, UnknownOverlaps};
pub use partition_merge::Merge;
pub use partitions::Partitions;
pub use purge::{Purge, PurgeOptions, Purger};
pub use purge_report::{PurgeReport, TombstoneCounts};
pub use range_markers::{RangeEnd, RangeMarker, range_markers};
pub use row_head::RowHead;
pub use row_merge::{RowMerge, RowVersion};
pub use side_by_side::SideBySide;
pub use transform::{CellChange, Emptied, Transformation, Transformed};
pub use written_between::WrittenBetween;

/// A partition key in an error.
fn key_text(key: &[u8]) -> String {
    let mut hex = b"0x".to_vec();
    crate::types::push_hex(key, &mut hex);
    String::from_utf8_lossy(&hex).into_owned()
}
