//! What power cuts leave of a database, and nodes of Cassandra that start on it.
//!
//! `CQLITE_NODE_IMAGES` says how many images there are: each is a start of a node. `CQLITE_NODE_IMAGES_FROM` leaves out the
//! first ones, so that others are taken.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

mod images;
mod node_state;
mod on_disk;
#[path = "../../../cqlite-core/tests/database_power_cuts/scenario.rs"]
#[allow(dead_code, reason = "the tests of the engine need the rest")]
mod scenario;
#[path = "../../../cqlite-core/tests/database_power_cuts/state.rs"]
mod state;
#[path = "../../../cqlite-core/tests/database_power_cuts/steps.rs"]
#[allow(dead_code, reason = "the tests of the engine need the rest")]
mod steps;
