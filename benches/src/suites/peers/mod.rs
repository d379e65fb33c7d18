//! The same work done by others, beside CQLite.

mod cassandra_node;
mod cassandra_tools;
mod engines;

use crate::load::Result;
use crate::suite::{Scenario, Stage, SuiteName};

const fn scenario(name: &'static str, about: &'static str, run: fn(&Stage) -> Result<()>) -> Scenario {
    Scenario::new(SuiteName::Peers, name, about, run)
}

/// All scenarios.
pub const SCENARIOS: [Scenario; 3] = [
    scenario(
        "engines",
        "YCSB A to F, puts and batches on CQLite, fjall and RocksDB in turns, with the same cache and memtable",
        engines::run,
    ),
    scenario(
        "cassandra-tools",
        "A table is dumped and its metadata told by Cassandra's own tools, in a JVM that is warm, and by cqlite",
        cassandra_tools::run,
    ),
    scenario(
        "cassandra-node",
        "YCSB A to C on a node of Cassandra over the native protocol, and on CQLite in its own process",
        cassandra_node::run,
    ),
];
