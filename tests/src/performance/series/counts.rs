//! A histogram that keeps only what is in it.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// The counts of a histogram that are not zero, in the order of their values: small enough to be kept for each interval,
/// and still merged without loss.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts {
    counts: Vec<(u64, u64)>,
}

impl Counts {
    /// The counts of values, in ascending order; equal values are added up.
    pub(super) fn of(ascending: impl Iterator<Item = (u64, u64)>) -> Self {
        let mut counts = Vec::<(u64, u64)>::new();
        for (value, count) in ascending {
            match counts.last_mut().filter(|last| last.0 == value) {
                Some(last) => last.1 += count,
                None => counts.push((value, count)),
            }
        }
        counts.shrink_to_fit();
        Self { counts }
    }

    /// Adds the counts of another.
    pub(super) fn add(&mut self, other: &Self) {
        let mut merged = Vec::with_capacity(self.counts.len().max(other.counts.len()));
        let (mut ours, mut theirs) = (self.counts.iter().peekable(), other.counts.iter().peekable());
        loop {
            let order = match (ours.peek(), theirs.peek()) {
                (Some(our), Some(their)) => our.0.cmp(&their.0),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            let our = ours.next_if(|_| order.is_le());
            let their = theirs.next_if(|_| order.is_ge());
            let value = our.or(their).map_or(0, |(value, _)| *value);
            merged.push((value, our.map_or(0, |our| our.1) + their.map_or(0, |their| their.1)));
        }
        self.counts = merged;
    }

    /// The value that this part of all does not pass; zero of none.
    pub(super) fn quantile(&self, quantile: f64) -> u64 {
        let all = self.counts.iter().map(|(_, count)| count).sum::<u64>();
        let rank = (quantile * all as f64).ceil().max(1.0);
        let mut seen = 0;
        for (value, count) in &self.counts {
            seen += count;
            if seen as f64 >= rank {
                return *value;
            }
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_value_by_value() {
        let mut counts = Counts::of([(1, 1), (1, 1), (5, 2)].into_iter());
        counts.add(&Counts::of([(0, 1), (5, 1), (9, 1)].into_iter()));
        assert_eq!(counts, Counts::of([(0, 1), (1, 2), (5, 3), (9, 1)].into_iter()));
    }

    #[test]
    fn a_quantile_is_the_value_that_so_many_do_not_pass() {
        let counts = Counts::of([(10, 50), (20, 49), (30, 1)].into_iter());
        assert_eq!([0.0, 0.5, 0.51, 0.99, 0.991, 1.0].map(|q| counts.quantile(q)), [10, 10, 20, 20, 30, 30]);
        assert_eq!(Counts::default().quantile(0.5), 0);
    }
}
