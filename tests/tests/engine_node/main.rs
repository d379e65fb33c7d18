//! Databases and nodes of Cassandra in turns in the same directory: each answers what the other wrote.
//!
//! All together take two minutes. `CQLITE_NODE_SEED=n` makes other tables and changes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

mod corpus;
mod indexes;
mod killed;
mod place;
mod rounds;
