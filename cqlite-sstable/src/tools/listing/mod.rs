//! The SSTables of a table side by side: sizes, times, tokens, and which overlap. Only metadata is read, one SSTable
//! after another, so that thousands take as few open files as one.

mod listed;
mod order;
mod overlaps;
mod readable;
mod short;

pub use listed::ListedSstable;
pub(in crate::tools) use listed::disk_bytes;
pub use order::ListOrder;
pub(in crate::tools) use overlaps::overlap;
pub use overlaps::{Overlap, overlaps};
pub use readable::write_listing;
