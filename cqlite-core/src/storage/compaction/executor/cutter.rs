//! Where one output ends and the next one begins, as a choice says it.

use cqlite_sstable::Token;

use super::super::summary::compare_tokens;
use super::super::{Cut, Place};

/// Tells partition by partition whether a new output begins, and where that belongs.
#[derive(Debug)]
pub(super) struct Cutter<'a> {
    cut: &'a Cut,
    level: u8,
    /// How many outputs were ended.
    ended: usize,
    /// What was written into the current level, complete outputs alone.
    level_written_bytes: u64,
    /// How many levels were filled.
    filled_levels: usize,
    /// The last token of the current shard; none of the last one, and before the first partition.
    shard_end: Option<Token>,
}

impl<'a> Cutter<'a> {
    pub(super) fn new(cut: &'a Cut, level: u8) -> Self {
        Self { cut, level, ended: 0, level_written_bytes: 0, filled_levels: 0, shard_end: None }
    }

    /// Whether it goes by what is stored, so that this has to be exact at any time.
    pub(super) fn asks_for_stored_bytes(&self) -> bool {
        matches!(self.cut, Cut::Bytes(_) | Cut::Sizes(_) | Cut::Levels { .. })
    }

    /// The level of the output that is written.
    pub(super) fn level(&self) -> u8 {
        self.level.saturating_add(u8::try_from(self.filled_levels).unwrap_or(u8::MAX))
    }

    /// Which part of the node's tokens an output spans; none where that is not recorded.
    pub(super) fn coverage(&self, first: &Place, last: &Place) -> Option<f64> {
        match self.cut {
            Cut::Shards(shards) => Some(shards.span(first, last)),
            _ => None,
        }
    }

    /// How many of so many partitions the first output may have, about, if all inputs have `total_bytes`.
    pub(super) fn share(&self, partitions: u64, total_bytes: u64) -> u64 {
        let outputs = match self.cut {
            Cut::Never | Cut::Sizes(_) | Cut::LevelAlone => 1,
            Cut::Bytes(bytes) | Cut::Levels { sstable_bytes: bytes, .. } => {
                total_bytes.checked_div(*bytes).unwrap_or(1)
            }
            Cut::Shards(shards) => shards.count(),
        };
        partitions.div_ceil(outputs.max(1))
    }

    /// Whether the partition of `token` begins a new output, though one is begun of which `stored_bytes` are stored.
    pub(super) fn ends_before(&mut self, token: &Token, stored_bytes: u64) -> bool {
        let ends = match self.cut {
            Cut::Never | Cut::LevelAlone => false,
            Cut::Bytes(bytes) | Cut::Levels { sstable_bytes: bytes, .. } => stored_bytes > *bytes,
            Cut::Sizes(sizes) => sizes.get(self.ended).is_some_and(|bytes| stored_bytes > *bytes),
            Cut::Shards(_) => self.shard_end.as_ref().is_some_and(|end| compare_tokens(token, end).is_gt()),
        };
        if ends {
            self.ended = self.ended.saturating_add(1);
            self.fill(stored_bytes);
        }
        ends
    }

    fn fill(&mut self, stored_bytes: u64) {
        let Cut::Levels { level_bytes, .. } = self.cut else { return };
        self.level_written_bytes = self.level_written_bytes.saturating_add(stored_bytes);
        let limit = level_bytes.get(self.filled_levels).copied().unwrap_or(u64::MAX);
        if self.level_written_bytes > limit {
            self.level_written_bytes = 0;
            self.filled_levels = self.filled_levels.saturating_add(1);
        }
    }

    /// An output begins with the partition of `token`.
    pub(super) fn begin(&mut self, token: &Token) {
        if let Cut::Shards(shards) = self.cut {
            self.shard_end = shards.end(shards.shard_of(token));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::ShardSpace;
    use super::*;

    /// The outputs, each with its level, into which partitions of 10 bytes go.
    fn outputs(cut: &Cut, tokens: &[i64]) -> Vec<(u8, Vec<i64>)> {
        let mut cutter = Cutter::new(cut, 1);
        let mut outputs: Vec<(u8, Vec<i64>)> = Vec::new();
        for token in tokens {
            let place = Token::Murmur3(*token);
            let stored = outputs.last().map_or(0, |(_, output)| output.len() as u64 * 10);
            if outputs.is_empty() || cutter.ends_before(&place, stored) {
                cutter.begin(&place);
                outputs.push((cutter.level(), Vec::new()));
            }
            outputs.last_mut().unwrap().1.push(*token);
        }
        outputs
    }

    #[test]
    fn outputs_end_behind_the_bytes_that_they_should_have() {
        assert_eq!(outputs(&Cut::Never, &[1, 2, 3]), [(1, vec![1, 2, 3])]);
        assert_eq!(
            outputs(&Cut::Bytes(15), &[1, 2, 3, 4, 5]),
            [(1, vec![1, 2]), (1, vec![3, 4]), (1, vec![5])]
        );
        let sizes = Cut::Sizes(vec![25, 5]);
        assert_eq!(outputs(&sizes, &[1, 2, 3, 4, 5, 6]), [(1, vec![1, 2, 3]), (1, vec![4]), (1, vec![5, 6])]);
    }

    #[test]
    fn what_does_not_fit_into_a_level_goes_into_the_one_above() {
        let cut = Cut::Levels { sstable_bytes: 15, level_bytes: vec![30, 1_000] };
        let levels: Vec<u8> = outputs(&cut, &[1, 2, 3, 4, 5, 6, 7]).iter().map(|(level, _)| *level).collect();
        assert_eq!(levels, [1, 1, 2, 2]);
    }

    #[test]
    fn outputs_end_with_their_shard_and_empty_shards_have_none() {
        let shards = ShardSpace::whole(&Token::Murmur3(0)).shards(4);
        let quarter = i64::MAX / 2;
        let tokens = [-quarter - 9, -5, -4, quarter + 9, quarter + 10];
        let cut: Vec<Vec<i64>> =
            outputs(&Cut::Shards(shards), &tokens).into_iter().map(|(_, one)| one).collect();
        assert_eq!(cut, [vec![-quarter - 9], vec![-5, -4], vec![quarter + 9, quarter + 10]]);
    }
}
