//! Writing SSTables: sorted partitions in, all components out.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod conversion;
mod data;
pub mod index;
mod new_files;
mod options;
mod order;
mod partition;
mod push;
mod row_columns;
mod sstable;
#[cfg(test)]
mod tests;
mod written;

pub use conversion::{Conversions, Lossy};
pub use options::WriterOptions;
pub use sstable::SstableWriter;
pub use written::Written;
