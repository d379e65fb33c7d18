//! What the benchmarks share: the table they read, and the work that bounds theirs.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark may fail loudly"
)]

mod inputs;
mod limits;
pub mod load;
mod logged_puts;
mod replayed_sstables;
mod scatter;
pub mod suite;
pub mod suites;
mod table;

pub use inputs::{INPUTS, KeptRow, disjoint, kept_rows, overlapping, push_row, statistics_of_later};
pub use limits::{Stored, crc_alone, lz4_c_alone, lz4_compress_alone, lz4_flex_alone, walk_alone};
pub use logged_puts::LoggedPuts;
pub use replayed_sstables::ReplayedSstables;
pub use scatter::scatter;
pub use table::bench_table;
