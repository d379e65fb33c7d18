//! What a database is after power cuts, and how it stands calls that fail.
//!
//! By default a part of all moments is tried. `CQLITE_POWER_CUT_SEEDS=8` takes that many images at each call, and
//! `CQLITE_FAILED_CALLS=all` lets each call fail.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

mod cuts;
mod failures;
mod full_disk;
mod images;
mod killed;
mod missing_syncs;
mod scenario;
mod state;
mod steps;
