//! The parts of the storage that threads share, under many schedules.
//!
//! `CQLITE_SCHEDULES` says how many schedules each test is played under, and `CQLITE_SCHEDULES_SEED` chooses others.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

// Private parts of the store are built into the tests; they find these where they look for them.
use cqlite_schedules::{storage, sync};

mod commit_log;
mod logged;
mod play;
#[path = "../../../cqlite-core/src/storage/store/readers.rs"]
#[allow(dead_code, reason = "metrics have the rest")]
mod readers;
#[path = "../../../cqlite-core/src/storage/store/sequencer.rs"]
mod sequencer;
mod sequences;
mod store;
mod tables;
