//! File systems: the one in memory is as the one on disk, a power cut leaves of it what it may, and SSTables stand both
//! power cuts and failures.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

mod faults;
mod flat_files;
mod memory_and_disk;
mod one_way_to_files;
mod power_cuts;
mod random;
mod sstables;
mod written;
