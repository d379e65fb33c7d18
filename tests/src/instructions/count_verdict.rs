//! What became of one piece of work.

/// What became of the count of one piece of work.
#[derive(Debug, Clone, PartialEq)]
pub enum CountVerdict {
    /// It needs what it needed, within the margin.
    Held,
    /// It needs more than the margin allows.
    NeedsMore,
    /// It needs less by more than the margin: nothing is wrong, but what was won can be lost again unseen.
    NeedsLess,
    /// The baseline does not know it.
    Unknown,
    /// The counts cannot be compared.
    NotCompared,
}

impl CountVerdict {
    /// Judges a count by that of the baseline, with a margin if both can be compared.
    pub fn of(count: u64, baseline: Option<u64>, margin_percent: Option<f64>) -> Self {
        let Some(margin) = margin_percent else { return Self::NotCompared };
        let Some(baseline) = baseline else { return Self::Unknown };
        let change = change_percent(count, baseline);
        if change > margin {
            Self::NeedsMore
        } else if change < -margin {
            Self::NeedsLess
        } else {
            Self::Held
        }
    }

    /// Whether a build may go on with it.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Held | Self::NeedsLess | Self::NotCompared)
    }
}

/// By how many percent of the baseline a count is above it.
pub(super) fn change_percent(count: u64, baseline: u64) -> f64 {
    (count as f64 - baseline as f64) / baseline.max(1) as f64 * 100.0
}

#[cfg(test)]
mod tests {
    use super::CountVerdict::{Held, NeedsLess, NeedsMore, NotCompared, Unknown};
    use super::*;

    #[test]
    fn a_count_is_held_up_to_the_margin_on_both_sides() {
        let verdict = |count| CountVerdict::of(count, Some(1_000_000), Some(2.0));
        let counts = [979_999, 980_000, 1_000_000, 1_020_000, 1_020_001];
        assert_eq!(counts.map(verdict), [NeedsLess, Held, Held, Held, NeedsMore]);
    }

    #[test]
    fn a_wider_margin_allows_more() {
        assert_eq!(CountVerdict::of(1_100, Some(1_000), Some(15.0)), Held);
        assert_eq!(CountVerdict::of(1_151, Some(1_000), Some(15.0)), NeedsMore);
    }

    #[test]
    fn work_that_needed_nothing_needs_more_as_soon_as_it_needs_anything() {
        assert_eq!(CountVerdict::of(1, Some(0), Some(2.0)), NeedsMore);
        assert_eq!(CountVerdict::of(0, Some(0), Some(2.0)), Held);
    }

    #[test]
    fn only_what_needs_more_or_is_unknown_fails_a_build() {
        assert_eq!(CountVerdict::of(1, None, Some(2.0)), Unknown);
        assert_eq!(CountVerdict::of(1, Some(1), None), NotCompared);
        assert_eq!(
            [Held, NeedsLess, NotCompared, NeedsMore, Unknown].map(|v| v.is_allowed()),
            [true, true, true, false, false]
        );
    }
}
