//! Writing SSTables: sorted partitions in, all components out.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod component_file;
mod conversion;
mod data;
mod options;
mod order;
mod row_columns;
mod sstable;
mod stored;
mod written;

pub use conversion::{Conversions, Lossy};
pub use options::WriterOptions;
pub use sstable::SstableWriter;
pub use written::Written;
