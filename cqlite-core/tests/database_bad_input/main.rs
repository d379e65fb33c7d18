//! Directories, files, clocks and writes that a database is not made for.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

mod clocks;
mod descriptors;
mod limits;
mod many_tables;
mod places;
mod process;
mod segment_bytes;
mod stage;
mod unknown_tables;
mod versions;
