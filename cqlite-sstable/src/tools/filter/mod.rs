//! A part of the rows of SSTables: `cqlite filter`.

mod row_filter;

pub use row_filter::{DroppedCounts, FilterOptions, RowFilter, TokenRange};

#[cfg(test)]
mod tests;
