//! Files of a real Cassandra, read and compared with what Cassandra says of them; and files of CQLite that Cassandra reads.

mod agreement;
mod compressors;
mod known;
mod live;
mod lookups;
mod mixed_versions;
mod opened;
mod records;
mod scanned;
mod types;
mod versions;
mod written;

use self::agreement::Agreement;
use crate::load::Result;
use crate::suite::{Scenario, Stage, SuiteName};

const fn scenario(name: &'static str, about: &'static str, run: fn(&Stage) -> Result<()>) -> Scenario {
    Scenario::new(SuiteName::Compatibility, name, about, run)
}

/// All scenarios.
pub const SCENARIOS: [Scenario; 9] = [
    scenario(
        "versions",
        "SSTables of all versions are read through, and dumped as Cassandra's sstabledump did",
        versions::run,
    )
    .with_own_targets(|| {
        vec![
            Agreement::target(versions::AGREEING, "SSTables whose dump is that of sstabledump"),
            versions::covered_target(),
        ]
    }),
    scenario("types", "Tables of every type answer SELECT as a node did, by their bytes and as JSON", types::run)
        .with_own_targets(|| {
            vec![Agreement::target(types::AGREEING, "tables that answer SELECT as a node did")]
        }),
    scenario("compressors", "SSTables of every compressor are read through, and answer as a node did", compressors::run)
        .with_own_targets(|| {
            vec![Agreement::target(compressors::AGREEING, "tables of all compressors that answer as a node did")]
        }),
    scenario(
        "lookups",
        "Every key and rows of wide partitions are looked up by indexes, tries and filters, and so are absent keys",
        lookups::run,
    )
    .with_own_targets(|| {
        vec![Agreement::target(lookups::AGREEING, "SSTables in which each key is found, as are its rows, and no other")]
    }),
    scenario(
        "mixed-versions",
        "SSTables of different versions lie in one table, and are read together",
        mixed_versions::run,
    )
    .with_own_targets(|| {
        vec![Agreement::target(mixed_versions::AGREEING, "tables of several versions that answer as a node did")]
    }),
    scenario("records-10k", "10,000 records that Cassandra wrote", records::ten_thousand).long().with_own_targets(|| {
        vec![Agreement::target(records::AGREEING_10K, "checks of 10,000 records of Cassandra that agree")]
    }),
    scenario("records-1m", "1,000,000 records that Cassandra wrote", records::million).long().with_own_targets(|| {
        vec![Agreement::target(records::AGREEING_1M, "checks of 1,000,000 records of Cassandra that agree")]
    }),
    scenario("live", "Live nodes write 10,000 records in each format, change and delete some, and answer", live::run)
        .long()
        .with_own_targets(|| {
            vec![Agreement::target(live::AGREEING, "formats in which a live node's files answer as the node does")]
        }),
    scenario(
        "written",
        "What CQLite wrote is dumped and verified by Cassandra's tools, and a node answers from it",
        written::run,
    )
    .long()
    .with_own_targets(|| {
        vec![Agreement::target(written::AGREEING, "what CQLite wrote that Cassandra reads the same")]
    }),
];
