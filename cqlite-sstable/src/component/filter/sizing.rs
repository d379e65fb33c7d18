//! How large a filter is (`utils.BloomCalculations`, `FilterFactory.getFilter`).

use crate::error::{Error, Result};

/// The most buckets a key.
const MOST_BUCKETS: usize = CHANCES.len() - 1;

/// Bits beyond those of the keys (`BloomCalculations.EXCESS`).
const EXCESS_BITS: u64 = 20;

/// From this chance on, which two buckets and one hash give, the smallest filter is enough.
const LARGE_CHANCE: f64 = 0.393;

/// How many hashes a key has, and how many bits the filter has for it (`BloomSpecification`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizing {
    pub(super) hashes: u32,
    pub(super) buckets: u32,
}

impl Sizing {
    /// The least that gives a chance of false positives of at most `chance` (`computeBloomSpec`).
    pub(super) fn for_chance(chance: f64) -> Result<Self> {
        if (LARGE_CHANCE..=1.0).contains(&chance) {
            // Cassandra means one hash and two buckets, and confuses them
            return Ok(Self { hashes: 2, buckets: 1 });
        }
        for (buckets, chances) in CHANCES.iter().enumerate().skip(2).filter(|_| chance <= 1.0) {
            let most = best_hashes(chances);
            if chances.get(most).is_some_and(|best| *best <= chance) {
                let enough = chances.iter().take(most).rposition(|fewer| *fewer > chance);
                let hashes = enough.map_or(most, |too_few| too_few.saturating_add(1));
                return Ok(Self { hashes: hashes as u32, buckets: buckets as u32 });
            }
        }
        let least = CHANCES.last().and_then(|chances| chances.last()).copied().unwrap_or(1.0);
        Err(Error::invalid_input(format!(
            "a bloom filter cannot have a false positive chance of {chance}: it is {least} to 1, with {MOST_BUCKETS} bits \
             a key at most"
        )))
    }

    /// The words of 64 bits of a filter for so many keys.
    pub(super) fn words(self, keys: u64) -> u64 {
        keys.saturating_mul(u64::from(self.buckets)).saturating_add(EXCESS_BITS).div_ceil(64)
    }
}

/// How many hashes give the least chance.
fn best_hashes(chances: &[f64]) -> usize {
    let best = chances.iter().enumerate().min_by(|(_, a), (_, b)| a.total_cmp(b));
    best.map_or(1, |(hashes, _)| hashes.max(1))
}

/// Chances of a false positive, by buckets a key and then by hashes (`BloomCalculations.probs`; Cao, "Bloom Filters - the
/// math").
const CHANCES: [&[f64]; 21] = [
    &[1.0],
    &[1.0, 1.0],
    &[1.0, 0.393, 0.400],
    &[1.0, 0.283, 0.237, 0.253],
    &[1.0, 0.221, 0.155, 0.147, 0.160],
    &[1.0, 0.181, 0.109, 0.092, 0.092, 0.101],
    &[1.0, 0.154, 0.0804, 0.0609, 0.0561, 0.0578, 0.0638],
    &[1.0, 0.133, 0.0618, 0.0423, 0.0359, 0.0347, 0.0364],
    &[1.0, 0.118, 0.0489, 0.0306, 0.024, 0.0217, 0.0216, 0.0229],
    &[1.0, 0.105, 0.0397, 0.0228, 0.0166, 0.0141, 0.0133, 0.0135, 0.0145],
    &[1.0, 0.0952, 0.0329, 0.0174, 0.0118, 0.00943, 0.00844, 0.00819, 0.00846],
    &[1.0, 0.0869, 0.0276, 0.0136, 0.00864, 0.0065, 0.00552, 0.00513, 0.00509],
    &[1.0, 0.08, 0.0236, 0.0108, 0.00646, 0.00459, 0.00371, 0.00329, 0.00314],
    &[1.0, 0.074, 0.0203, 0.00875, 0.00492, 0.00332, 0.00255, 0.00217, 0.00199, 0.00194],
    &[1.0, 0.0689, 0.0177, 0.00718, 0.00381, 0.00244, 0.00179, 0.00146, 0.00129, 0.00121, 0.0012],
    &[1.0, 0.0645, 0.0156, 0.00596, 0.003, 0.00183, 0.00128, 0.001, 0.000852, 0.000775, 0.000744],
    &[
        1.0, 0.0606, 0.0138, 0.005, 0.00239, 0.00139, 0.000935, 0.000702, 0.000574, 0.000505, 0.00047,
        0.000459,
    ],
    &[
        1.0, 0.0571, 0.0123, 0.00423, 0.00193, 0.00107, 0.000692, 0.000499, 0.000394, 0.000335, 0.000302,
        0.000287, 0.000284,
    ],
    &[
        1.0, 0.054, 0.0111, 0.00362, 0.00158, 0.000839, 0.000519, 0.00036, 0.000275, 0.000226, 0.000198,
        0.000183, 0.000176,
    ],
    &[
        1.0, 0.0513, 0.00998, 0.00312, 0.0013, 0.000663, 0.000394, 0.000264, 0.000194, 0.000155, 0.000132,
        0.000118, 0.000111, 0.000109,
    ],
    &[
        1.0, 0.0488, 0.00906, 0.0027, 0.00108, 0.00053, 0.000303, 0.000196, 0.00014, 0.000108, 8.89e-05,
        7.77e-05, 7.12e-05, 6.79e-05, 6.71e-05,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// What `BloomCalculations.computeBloomSpec(20, chance)` answers.
    #[test]
    fn sizes_are_those_of_cassandra() {
        let sizing = |chance| {
            let sizing = Sizing::for_chance(chance).unwrap();
            (sizing.hashes, sizing.buckets)
        };
        assert_eq!([0.01, 0.1, 0.001, 0.0001].map(sizing), [(5, 10), (3, 5), (7, 15), (10, 20)]);
        assert_eq!(
            [0.393, 0.5, 0.99, 0.39, 0.3, 0.25].map(sizing),
            [(2, 1), (2, 1), (2, 1), (1, 3), (1, 3), (2, 3)]
        );
        assert_eq!([6.71e-05, 0.0146].map(sizing), [(14, 20), (5, 9)]);
    }

    #[test]
    fn chances_that_no_filter_has_are_refused() {
        for chance in [6.7e-05, 0.0, -1.0, 1.1, f64::NAN] {
            assert!(Sizing::for_chance(chance).is_err(), "{chance}");
        }
    }
}
