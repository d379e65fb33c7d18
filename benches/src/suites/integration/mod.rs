//! End to end through CQL, with answers that are checked.

mod caches;
mod concurrent;
mod end_to_end;
mod filters;
mod many_sstables;
mod memory;
mod model;
mod queries;
mod query;
mod recovery;
mod static_cache;
mod sustained;

use cqlite_tests::performance::PerformanceTargets as Targets;

use crate::load::Result;
use crate::suite::{Scenario, Stage, SuiteName};

const fn scenario(name: &'static str, about: &'static str, run: fn(&Stage) -> Result<()>) -> Scenario {
    Scenario::new(SuiteName::Integration, name, about, run)
}

/// All scenarios.
pub const SCENARIOS: [Scenario; 9] = [
    scenario(
        "end-to-end",
        "A schema, writes of all kinds, and the same answers in memory, flushed, compacted, and opened again",
        end_to_end::run,
    ),
    scenario(
        "concurrent",
        "Readers beside writers see whole batches and counters that only grow, while memtables are flushed",
        concurrent::run,
    )
    .with_own_targets(|| vec![concurrent::torn_target()]),
    scenario(
        "memory-constrained",
        "A database that may take 16 MiB holds many times that, and has each record as it was written",
        memory::run,
    )
    .with_own_targets(|| vec![memory::peak_target()])
    .sparing(),
    scenario(
        "many-sstables",
        "Hundreds of SSTables with the same keys are read, compacted, and read again",
        many_sstables::run,
    )
    .with_own_targets(many_sstables::targets),
    scenario(
        "complex-queries",
        "Slices, filters, indexes, groups and aggregates answer as a naive model does",
        queries::run,
    ),
    scenario(
        "sustained",
        "A mixed load while memtables are flushed, SSTables compacted and checkpoints made",
        sustained::run,
    ),
    scenario(
        "recovery",
        "A process is killed by SIGKILL while it writes, and no write is lost that was acknowledged",
        recovery::run,
    )
    .with_own_targets(|| vec![recovery::lost_target()]),
    scenario("bloom-filters", "Absent keys are looked for in one SSTable, with two chances and both formats", filters::run)
        .measuring(&[Targets::BLOOM_FALSE_POSITIVES, Targets::BLOOM_ABSENT_WITHOUT_DATA]),
    scenario(
        "caches",
        "Skewed reads with a chunk cache for all, for a quarter, and for a hot tenth, beside the best static cache",
        caches::run,
    )
    .measuring(&[Targets::CACHE_HITS_FITTING, Targets::CACHE_HITS_TO_BEST])
    .with_own_targets(|| vec![caches::hot_set_target()]),
];
