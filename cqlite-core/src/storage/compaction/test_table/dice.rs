//! Chance that is the same for the same seed.

/// SplitMix64.
#[derive(Debug, Clone)]
pub(in crate::storage) struct Dice(u64);

impl Dice {
    pub(in crate::storage) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(in crate::storage) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(in crate::storage) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(in crate::storage) fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at as u64 + 1) as usize);
        }
    }
}
