//! How fast each thing is, one by one.

mod clients;
mod compression;
mod growth;
mod memory;
mod queries;
mod reads;
mod scans;
mod sstables;
mod types;
mod writes;
mod ycsb;

use cqlite_tests::performance::PerformanceTargets as Targets;

use crate::suite::{Scenario, SuiteName};

const fn scenario(
    name: &'static str,
    about: &'static str,
    run: fn(&crate::suite::Stage) -> crate::load::Result<()>,
) -> Scenario {
    Scenario::new(SuiteName::Performance, name, about, run)
}

/// All scenarios.
pub const SCENARIOS: [Scenario; 13] = [
    scenario("sequential-writes", "One client inserts records of 100 bytes by a prepared statement", writes::sequential),
    scenario(
        "writes",
        "As many clients as cores insert records of 100 bytes by a prepared statement; flushes and compactions go on",
        writes::busy,
    )
    .measuring(&[Targets::WRITES]),
    scenario("batch-writes", "As many clients as cores insert records of 100 bytes, 100 in a batch", writes::batches)
        .measuring(&[Targets::BATCH_WRITES]),
    scenario(
        "point-reads",
        "As many clients as cores read records by key: in memory, in SSTables, skewed, and such as are not there",
        reads::by_key,
    )
    .measuring(&[Targets::READS_BY_KEY]),
    scenario("range-scans", "Scans of up to 100 records from random places, and of the whole table", scans::run),
    scenario("ycsb", "The workloads A to F of YCSB, records of 1,000 bytes, as many clients as cores", ycsb::run),
    scenario("clients", "Reads and updates by 1 to 64 clients", clients::run),
    scenario("sstables", "SSTables are written, read through and compacted", sstables::run),
    scenario(
        "compression",
        "Records of each pattern with each compressor: size, and the speed of writing and reading",
        compression::run,
    )
    .measuring(&[Targets::COMPRESSED_SIZE]),
    scenario("queries", "Ranges of rows, aggregates, groups, filters and indexes over sensor readings", queries::run),
    scenario("types", "Values of every type are written, and read back as they were", types::run),
    scenario(
        "memory",
        "The standard load: records of 1,000 bytes are written, settled, read and updated by as many clients as cores",
        memory::run,
    )
    .measuring(&[Targets::PEAK_MEMORY])
    .of_process(),
    scenario("growth", "Reads and writes where there are 1,000,000 rows, and where there are 10,000,000", growth::run)
        .measuring(&[Targets::GROWTH])
        .long(),
];
