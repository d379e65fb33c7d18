//! A part of the rows of SSTables: `cqlite filter`.

mod filtered;
mod row_filter;

pub use filtered::{DroppedCounts, Filtered};
pub use row_filter::{RowFilter, TokenRange};

#[cfg(test)]
mod tests;
