//! What the fuzz targets run: each takes any bytes, and must neither panic nor run or grow without bound.
//!
//! `fuzz/fuzz_targets` hands them to libFuzzer; the test `fuzz_targets` runs them on stable Rust, with the inputs
//! of seeds and small changes to those, and with what was once found in `tests/regressions/<target>/`.

mod lookups;
pub mod random;
mod seeds;
mod targets;
mod tries;

pub use lookups::lookups;
pub use random::{Random, mutate};
pub use targets::{compression_info, cql_script, header, marshal_type, metadata, row_codec, statistics};
pub use tries::{partitions_trie, rows_trie};

/// A fuzz target.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, as in `fuzz/fuzz_targets` and `tests/regressions`.
    pub name: &'static str,
    /// Runs it once.
    pub run: fn(&[u8]),
    /// Inputs to begin with, from the fixtures.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All targets.
pub const TARGETS: [Target; 10] = [
    Target { name: "header", run: header, seeds: seeds::header },
    Target { name: "statistics", run: statistics, seeds: seeds::statistics },
    Target { name: "metadata", run: metadata, seeds: seeds::statistics },
    Target { name: "compression_info", run: compression_info, seeds: seeds::compression_info },
    Target { name: "row_codec", run: row_codec, seeds: seeds::row_codec },
    Target { name: "marshal_type", run: marshal_type, seeds: seeds::marshal_type },
    Target { name: "cql_script", run: cql_script, seeds: seeds::cql_script },
    Target { name: "partitions_trie", run: partitions_trie, seeds: tries::partitions_seeds },
    Target { name: "rows_trie", run: rows_trie, seeds: tries::rows_seeds },
    Target { name: "lookups", run: lookups, seeds: lookups::seeds },
];
