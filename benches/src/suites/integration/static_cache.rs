//! The best cache that never changes.

use std::collections::HashMap;

/// Counts how often chunks are asked for, and so which of them the best cache that never changes would hold.
#[derive(Debug, Default)]
pub(super) struct StaticCache {
    asked: HashMap<u64, u64>,
}

impl StaticCache {
    /// A chunk is asked for.
    pub(super) fn ask(&mut self, chunk: u64) {
        let times = self.asked.entry(chunk).or_default();
        *times = times.saturating_add(1);
    }

    /// How often a cache with room for so many chunks, all of one size, would have had what was asked for.
    pub(super) fn hits(&self, places: u64) -> u64 {
        let mut times: Vec<u64> = self.asked.values().copied().collect();
        times.sort_unstable_by_key(|times| std::cmp::Reverse(*times));
        times.into_iter().take(usize::try_from(places).unwrap_or(usize::MAX)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_cache_holds_what_is_asked_for_most() {
        let mut cache = StaticCache::default();
        [1, 2, 3, 2, 3, 3].into_iter().for_each(|chunk| cache.ask(chunk));
        assert_eq!([0, 1, 2, 3, 4].map(|places| cache.hits(places)), [0, 3, 5, 6, 6]);
    }
}
