//! Which SSTables overlap by their tokens.

use std::cmp::Ordering;

use crate::partitioner::Token;

/// How an SSTable overlaps with the others of its table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    /// How many others there are whose tokens, from the first to the last, overlap with its own.
    pub sstables: usize,
    /// Which part of its own range of tokens at least one other covers, from 0 to 1. Known for the
    /// `Murmur3Partitioner` alone.
    pub token_share: Option<f64>,
}

/// How each of the SSTables of a table, given by the tokens of their first and last partitions, overlaps with the
/// others. None where the tokens are not known: such an SSTable is not counted with the others either.
///
/// # Example
/// ```
/// use cqlite_sstable::Token;
/// use cqlite_sstable::tools::listing::overlaps;
/// let range = |first, last| Some((Token::Murmur3(first), Token::Murmur3(last)));
/// let told = overlaps(&[range(1, 10), range(6, 20), range(30, 40)]);
/// let sstables: Vec<_> = told.iter().flatten().map(|one| one.sstables).collect();
/// assert_eq!(sstables, [1, 1, 0]);
/// assert!(told.iter().flatten().next().is_some_and(|one| one.token_share == Some(0.5)));
/// ```
pub fn overlaps(ranges: &[Option<(Token, Token)>]) -> Vec<Option<Overlap>> {
    let known = || ranges.iter().flatten();
    let mut firsts: Vec<&Token> = known().map(|(first, _)| first).collect();
    let mut lasts: Vec<&Token> = known().map(|(_, last)| last).collect();
    firsts.sort_by(|a, b| order(a, b));
    lasts.sort_by(|a, b| order(a, b));
    let shared = SharedTokens::of(known().filter_map(stretch));
    let overlap = |range: &(Token, Token)| {
        let before = lasts.partition_point(|last| order(last, &range.0).is_lt());
        let until = firsts.partition_point(|first| order(first, &range.1).is_le());
        Overlap {
            sstables: until.saturating_sub(before).saturating_sub(1),
            token_share: stretch(range).map(|stretch| shared.share(stretch)),
        }
    };
    ranges.iter().map(|range| range.as_ref().map(overlap)).collect()
}

/// Whether two ranges of tokens have a token in common.
pub(in crate::tools) fn overlap(a: &(Token, Token), b: &(Token, Token)) -> bool {
    order(&a.0, &b.1).is_le() && order(&b.0, &a.1).is_le()
}

fn order(a: &Token, b: &Token) -> Ordering {
    a.partial_cmp(b).unwrap_or(Ordering::Equal)
}

/// From the first token to behind the last one.
fn stretch((first, last): &(Token, Token)) -> Option<(i128, i128)> {
    match (first, last) {
        (Token::Murmur3(first), Token::Murmur3(last)) => Some((i128::from(*first), i128::from(*last) + 1)),
        _ => None,
    }
}

/// How many tokens up to each end of a stretch lie in two stretches or more.
struct SharedTokens(Vec<(i128, i128)>);

impl SharedTokens {
    fn of(stretches: impl Iterator<Item = (i128, i128)>) -> Self {
        let mut ends: Vec<(i128, i64)> = stretches.flat_map(|(start, end)| [(start, 1), (end, -1)]).collect();
        ends.sort_unstable();
        let (mut depth, mut shared, mut last) = (0, 0, 0);
        let mut sums: Vec<(i128, i128)> = Vec::new();
        for (place, change) in ends {
            if depth >= 2 {
                shared += place - last;
            }
            depth += change;
            last = place;
            sums.push((place, shared));
        }
        Self(sums)
    }

    fn up_to(&self, place: i128) -> i128 {
        let index = self.0.partition_point(|(known, _)| *known < place);
        self.0.get(index).map_or(0, |(_, shared)| *shared)
    }

    fn share(&self, (start, end): (i128, i128)) -> f64 {
        (self.up_to(end) - self.up_to(start)) as f64 / (end - start) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(ranges: &[(i64, i64)]) -> Vec<(usize, f64)> {
        let ranges: Vec<_> = ranges
            .iter()
            .map(|(first, last)| Some((Token::Murmur3(*first), Token::Murmur3(*last))))
            .collect();
        overlaps(&ranges)
            .into_iter()
            .map(|one| one.unwrap())
            .map(|one| (one.sstables, one.token_share.unwrap()))
            .collect()
    }

    #[test]
    fn ends_that_touch_overlap_and_neighbours_do_not() {
        assert_eq!(told(&[(0, 9), (9, 18), (19, 28)]), [(1, 0.1), (1, 0.1), (0, 0.0)]);
    }

    #[test]
    fn what_several_others_cover_is_counted_once() {
        let all = (i64::MIN, i64::MAX);
        assert_eq!(told(&[all, all, (0, 0)]), [(2, 1.0), (2, 1.0), (2, 1.0)]);
        assert_eq!(told(&[(0, 99), (10, 29), (20, 39), (5, 5)]), [(3, 0.31), (2, 1.0), (2, 1.0), (1, 1.0)]);
    }

    #[test]
    fn sstables_without_known_tokens_are_left_out() {
        let range = Some((Token::ByteOrdered(vec![1]), Token::ByteOrdered(vec![3])));
        let told = overlaps(&[range.clone(), None, range]);
        let expected = Some(Overlap { sstables: 1, token_share: None });
        assert_eq!(told, [expected, None, expected]);
    }
}
