//! Many threads on one database, while memtables are flushed and SSTables compacted all the time.
//!
//! `CQLITE_CONCURRENCY_SEEDS` says how often each test is played, with other options each time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::type_complexity,
    clippy::redundant_closure_for_method_calls,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

mod batches;
mod counters;
mod history;
mod own_writes;
mod registers;
mod schema_changes;
mod stage;
