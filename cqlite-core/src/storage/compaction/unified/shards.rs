//! The token space and its shards (`ShardManagerNoDisks`, `ShardManagerTrivial`).

use std::cmp::Ordering;

use cqlite_sstable::Token;

use super::super::summary::compare_tokens;
use super::super::{Place, SstableSummary};
use super::token_space;

/// An SSTable that spans less than this part of the token space is taken to span all: it has one partition,
/// or lies outside of what is the node's (2^-48).
const LEAST_COVERAGE: f64 = 1.0 / (1_u64 << 48) as f64;

/// The tokens that are a node's own, as unified compaction shares them out.
#[derive(Debug, Clone, PartialEq)]
pub struct ShardSpace {
    /// Each without its start and with its end, in order; the least token as an end is the end of all. None
    /// where tokens are no hashes: there is one shard then, and all SSTables span it.
    ranges: Vec<(Token, Token)>,
    /// Behind each range, which part of the whole token space is in it and those before it.
    covered: Vec<f64>,
}

impl ShardSpace {
    /// All tokens of the partitioner that `of` is one of.
    pub fn whole(of: &Token) -> Self {
        match token_space::least(of) {
            Some(least) => Self::of(vec![(least.clone(), least)]),
            None => Self { ranges: Vec::new(), covered: Vec::new() },
        }
    }

    /// The tokens that are in one of `ranges`, each without its start and with its end. The least token of
    /// the partitioner as an end means the end of all; no range goes over that. They are in order and do not
    /// overlap. Without any, there is one shard.
    pub fn of(mut ranges: Vec<(Token, Token)>) -> Self {
        ranges.retain(|(start, end)| token_space::share(start, end).is_some());
        let mut reached = 0.0;
        let covered = ranges.iter().map(|(start, end)| {
            reached += token_space::share(start, end).unwrap_or(0.0);
            reached
        });
        Self { covered: covered.collect(), ranges }
    }

    /// Which part of the whole token space is in it, from 0 to 1.
    pub fn coverage(&self) -> f64 {
        self.covered.last().copied().unwrap_or(1.0)
    }

    /// How far `to` lies behind `from`, as a part of the whole token space; negative if it lies before it.
    /// None where tokens are no hashes.
    pub(in super::super) fn distance(from: &Token, to: &Token) -> Option<f64> {
        match compare_tokens(from, to) {
            Ordering::Equal => token_space::share(from, to).map(|_| 0.0),
            Ordering::Less => token_space::share(from, to),
            Ordering::Greater => token_space::share(to, from).map(|share| -share),
        }
    }

    /// Which part of the whole token space is the node's own and between two partitions; what an SSTable
    /// records as its coverage (`rangeSpanned`).
    pub fn span(&self, first: &Place, last: &Place) -> f64 {
        if self.ranges.is_empty() {
            return 1.0;
        }
        let Some(end) = token_space::next(&last.token) else { return 1.0 };
        let within =
            self.ranges.iter().filter_map(|range| token_space::intersection(range, &first.token, &end));
        within.filter_map(|(start, end)| token_space::share(&start, &end)).sum()
    }

    fn span_of(&self, sstable: &SstableSummary) -> f64 {
        if self.ranges.is_empty() {
            return 1.0;
        }
        let span = match sstable.token_space_coverage {
            Some(coverage) if coverage > 0.0 => coverage,
            _ => self.span(&sstable.first, &sstable.last),
        };
        if span >= LEAST_COVERAGE { span } else { 1.0 }
    }

    /// The bytes of an SSTable divided by the part of the token space that it spans: how many bytes there
    /// would be if all of that were as full (`ShardManager.density`).
    pub fn density(&self, sstable: &SstableSummary) -> f64 {
        sstable.data_bytes as f64 / self.span_of(sstable)
    }

    /// The density of what becomes of the SSTables together (`calculateCombinedDensity`).
    pub fn combined_density(&self, sstables: &[&SstableSummary]) -> f64 {
        let first = sstables.iter().map(|sstable| &sstable.first).min();
        let last = sstables.iter().map(|sstable| &sstable.last).max();
        let (Some(first), Some(last)) = (first, last) else { return 0.0 };
        let bytes = super::super::summary::data_bytes(sstables.iter().copied()) as f64;
        let span = self.span(first, last);
        if span >= LEAST_COVERAGE { bytes / span } else { bytes }
    }

    /// Cuts the space into `count` shards of equal parts.
    pub fn shards(&self, count: u64) -> Shards {
        Shards { space: self.clone(), count: if self.ranges.is_empty() { 1 } else { count.max(1) } }
    }

    /// The last token of the shards that make up `part` of the whole token space.
    fn end(&self, part: f64) -> Option<Token> {
        let at = self.covered.iter().position(|covered| part <= *covered);
        let at = at.unwrap_or(self.covered.len().saturating_sub(1));
        let before = if at > 0 { self.covered.get(at - 1).copied()? } else { 0.0 };
        let (start, end) = self.ranges.get(at)?;
        let ratio = (part - before) / (self.covered.get(at)? - before);
        token_space::split(start, end, ratio)
    }
}

/// Where SSTables end that unified compaction writes. However many there are, they take no memory: an end is
/// computed when it is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Shards {
    space: ShardSpace,
    count: u64,
}

impl Shards {
    /// How many there are, at least one.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Which part of the whole token space is the node's own and between two partitions.
    pub(in super::super) fn span(&self, first: &Place, last: &Place) -> f64 {
        self.space.span(first, last)
    }

    /// The last token of a shard, counted from 0; none of the last one, which goes to the end of all tokens.
    pub fn end(&self, shard: u64) -> Option<Token> {
        let ended = shard.checked_add(1).filter(|ended| *ended < self.count)?;
        self.space.end(self.space.coverage() / self.count as f64 * ended as f64)
    }

    /// The shard that a token is in, counted from 0.
    pub fn shard_of(&self, token: &Token) -> u64 {
        let (mut low, mut high) = (0, self.count.saturating_sub(1));
        while low < high {
            let middle = low + (high - low) / 2;
            let is_behind = self.end(middle).is_some_and(|end| compare_tokens(token, &end).is_gt());
            if is_behind { low = middle + 1 } else { high = middle }
        }
        low
    }
}
