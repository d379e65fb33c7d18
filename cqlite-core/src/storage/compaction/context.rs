//! What a choice depends on beside the SSTables.

use std::fmt;

use cqlite_sstable::Token;

use super::{ShardSpace, SstableSummary};

/// An estimate of how many partitions of an SSTable have tokens in any of some ranges, each without its start
/// and with its end; none if too little is known of the SSTable for an estimate
/// (`SSTableReader.estimatedKeysForRanges`, `isEstimationInformative`).
pub type PartitionsInRanges<'a> = dyn Fn(&SstableSummary, &[(Token, Token)]) -> Option<u64> + 'a;

/// What a choice depends on beside the SSTables: times, memtables, estimates. With equal contexts, choices
/// are equal.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The time, in milliseconds since 1970.
    pub now_millis: i64,
    /// Tombstones older than this may go: now less `gc_grace_seconds`.
    pub gc_before_seconds: i64,
    /// The least timestamp in all memtables that are not empty, those that are being flushed among them.
    pub memtable_min_timestamp: Option<i64>,
    /// How the partitions of an SSTable are spread. [`spread_evenly`] knows nothing better than their first
    /// and last.
    pub partitions_in_ranges: &'a PartitionsInRanges<'a>,
    /// The mean length of Data.db of what was flushed so far, 0 if nothing was. Unified compaction needs it.
    pub flushed_bytes: f64,
    /// The token space that the table's keys are in. Unified compaction needs it.
    pub shard_space: &'a ShardSpace,
    /// A random number. Unified compaction takes one of several equally good choices by it.
    pub random: u64,
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("now_millis", &self.now_millis)
            .field("gc_before_seconds", &self.gc_before_seconds)
            .field("memtable_min_timestamp", &self.memtable_min_timestamp)
            .field("flushed_bytes", &self.flushed_bytes)
            .field("shard_space", &self.shard_space)
            .field("random", &self.random)
            .finish_non_exhaustive()
    }
}

/// An estimate of [`PartitionsInRanges`] by tokens alone: as a hash spreads keys evenly, an SSTable has as
/// large a share of its partitions in the ranges as it has of its tokens. None where tokens are no hashes.
pub fn spread_evenly(sstable: &SstableSummary, ranges: &[(Token, Token)]) -> Option<u64> {
    let whole = ShardSpace::distance(&sstable.first.token, &sstable.last.token)?;
    let mut within: Vec<(f64, f64)> = Vec::new();
    for (start, end) in ranges {
        let start = ShardSpace::distance(&sstable.first.token, start)?.max(0.0);
        let end = ShardSpace::distance(&sstable.first.token, end)?.min(whole);
        if start < end {
            within.push((start, end));
        }
    }
    within.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (covered, _) = within.iter().fold((0.0, 0.0_f64), |(covered, reached), (start, end)| {
        (covered + (end - start.max(reached)).max(0.0), reached.max(*end))
    });
    Some(if whole > 0.0 { (sstable.partitions as f64 * (covered / whole)) as u64 } else { 0 })
}
