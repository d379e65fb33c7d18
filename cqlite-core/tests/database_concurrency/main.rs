//! Many threads on one database, while memtables are flushed and SSTables compacted all the time.
//!
//! `CQLITE_CONCURRENCY_SEEDS` says how often each test is played, with other options each time.

mod batches;
mod counters;
mod history;
mod own_writes;
mod registers;
mod schema_changes;
mod stage;
