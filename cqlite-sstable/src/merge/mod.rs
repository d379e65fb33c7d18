//! Several SSTables of one table, side by side: what each has of the same partition, row, and cell.
//!
//! Nothing is decided here: [`crate::row::reconcile`] and its like tell which version wins.

mod columns;
mod partitions;
mod side_by_side;

pub use columns::{SharedColumn, SharedColumns};
pub use partitions::Partitions;
pub use side_by_side::SideBySide;
