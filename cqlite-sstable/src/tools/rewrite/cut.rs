//! Where one output ends and the next one begins.

use crate::partitioner::Token;

/// When a new output is begun. Outputs end at the end of a partition only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cut {
    /// Never: there is one output.
    Never,
    /// When Data.db has so many bytes on disk (`MaxSSTableSizeWriter`).
    AtBytes {
        /// The bytes of an output.
        limit: u64,
        /// The bytes of the input on disk.
        stored_bytes: u64,
    },
    /// At equal shares of what is read: so many outputs, or fewer where partitions are large.
    Shares {
        /// How many outputs there are.
        count: u64,
        /// The bytes of all inputs.
        total_bytes: u64,
    },
    /// Behind each of these tokens, which ascend. An output between two of them is left out if nothing lies
    /// there.
    BehindTokens(Vec<Token>),
}

/// Tells partition by partition whether a new output begins.
#[derive(Debug)]
pub(super) struct Cutter {
    cut: Cut,
    /// How many partitions each part has between tokens, where it was counted.
    counts: Option<Vec<u64>>,
    /// How many shares, or tokens, are passed.
    passed: u64,
}

impl Cutter {
    pub(super) fn new(cut: Cut, counts: Option<Vec<u64>>) -> Self {
        Self { cut, counts, passed: 0 }
    }

    /// How many of so many partitions the output that begins may have at most, about: the size of its bloom filter
    /// follows from it. Where tokens tell and the index could not be asked, that is all of them.
    pub(super) fn share(&self, partitions: u64) -> u64 {
        match &self.cut {
            Cut::Shares { count, .. } => partitions.div_ceil((*count).max(1)),
            Cut::AtBytes { limit, stored_bytes } => {
                partitions.div_ceil(stored_bytes.checked_div(*limit).unwrap_or(1).max(1))
            }
            Cut::BehindTokens(_) => {
                let part = usize::try_from(self.passed).ok();
                let count = self.counts.as_ref().zip(part).and_then(|(counts, part)| counts.get(part));
                count.copied().unwrap_or(partitions)
            }
            Cut::Never => partitions,
        }
    }

    /// Whether it looks at how much is written, so that this has to be exact at any time.
    pub(super) fn asks_for_stored_bytes(&self) -> bool {
        matches!(self.cut, Cut::AtBytes { .. })
    }

    /// As [`Cutter::share`] once the output in front of the next one is complete and has so many: sizes tell the number
    /// of outputs only by what the compressor makes of them.
    pub(super) fn share_behind(&self, partitions: u64, previous: u64) -> u64 {
        match &self.cut {
            Cut::AtBytes { .. } => previous.saturating_add(previous / 8).min(partitions),
            _ => self.share(partitions),
        }
    }

    /// Whether the partition of `token` begins a new output, though one is begun that has `written_bytes`;
    /// `read_bytes` lie in
    /// front of it in the inputs.
    pub(super) fn begins(&mut self, token: &Token, written_bytes: u64, read_bytes: u64) -> bool {
        let before = self.passed;
        match &self.cut {
            Cut::Never => return false,
            Cut::AtBytes { limit, .. } => return written_bytes >= *limit,
            Cut::Shares { count, total_bytes } => {
                let share = u128::from(read_bytes).saturating_mul(u128::from(*count));
                let share = share.checked_div(u128::from(*total_bytes)).unwrap_or(0);
                self.passed = u64::try_from(share).unwrap_or(u64::MAX).min(count.saturating_sub(1));
            }
            Cut::BehindTokens(tokens) => {
                self.passed = tokens.partition_point(|boundary| boundary < token) as u64;
            }
        }
        self.passed > before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The outputs into which partitions of 10 bytes go that have these tokens.
    fn outputs(cut: Cut, tokens: &[i64]) -> Vec<Vec<i64>> {
        let mut cutter = Cutter::new(cut, None);
        let mut outputs: Vec<Vec<i64>> = Vec::new();
        let (mut written, mut read) = (0, 0);
        for token in tokens {
            let begins = cutter.begins(&Token::Murmur3(*token), written, read);
            match outputs.last_mut() {
                Some(last) if !begins => last.push(*token),
                _ => {
                    outputs.push(vec![*token]);
                    written = 0;
                }
            }
            (written, read) = (written + 10, read + 10);
        }
        outputs
    }

    #[test]
    fn sizes_shares_and_tokens_cut_between_partitions() {
        let tokens = [-50, -7, 0, 3, 8, 90];
        assert_eq!(outputs(Cut::Never, &tokens), [tokens]);
        assert_eq!(
            outputs(Cut::AtBytes { limit: 25, stored_bytes: 60 }, &tokens),
            [[-50, -7, 0], [3, 8, 90]]
        );
        let shares = |count| outputs(Cut::Shares { count, total_bytes: 60 }, &tokens);
        assert_eq!(shares(3), [[-50, -7], [0, 3], [8, 90]]);
        assert_eq!((shares(1).len(), shares(6).len(), shares(100).len()), (1, 6, 6));
        let behind = |all: &[i64]| {
            outputs(Cut::BehindTokens(all.iter().map(|token| Token::Murmur3(*token)).collect()), &tokens)
        };
        // A token belongs to the range that ends with it.
        assert_eq!(behind(&[0, 8]), [vec![-50, -7, 0], vec![3, 8], vec![90]]);
        assert_eq!(behind(&[-100, 1, 2, 100]), [vec![-50, -7, 0], vec![3, 8, 90]]);
    }
}
