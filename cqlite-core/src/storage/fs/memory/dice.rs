//! What chance decides of an image.

use std::collections::BTreeMap;

/// What is left of an unsynced page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Old,
    New,
    Torn,
}

/// How likely it is that what was not synced is there, in quarters.
const NEVER: u64 = 0;
const ALWAYS: u64 = 4;

/// The decisions of one image, all by its seed.
#[derive(Debug)]
pub(super) struct Dice {
    state: u64,
    /// In quarters.
    chance: u64,
    /// The first step that is not there, if all before it are and none after it is.
    first_missing: Option<u64>,
    decided: BTreeMap<u64, bool>,
}

impl Dice {
    /// Those of `seed`, after so many steps.
    pub(super) fn new(seed: u64, steps: u64) -> Self {
        let mut dice = Self { state: seed, chance: NEVER, first_missing: None, decided: BTreeMap::new() };
        dice.chance = match seed {
            0 => NEVER,
            1 => ALWAYS,
            _ => dice.below(3).saturating_add(1),
        };
        if seed > 1 && dice.below(4) == 0 {
            // Most of the steps have been synced long since.
            let magnitude = dice.below(10);
            let back = dice.below(1 << magnitude);
            dice.first_missing = Some(steps.saturating_sub(back));
        }
        dice
    }

    /// The next number of Vigna's SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next().checked_rem(limit).unwrap_or_default()
    }

    pub(super) fn is_there(&mut self) -> bool {
        self.below(ALWAYS) < self.chance
    }

    pub(super) fn page(&mut self) -> Outcome {
        match (self.chance, self.below(3)) {
            (1..ALWAYS, 0) => Outcome::Torn,
            _ if self.is_there() => Outcome::New,
            _ => Outcome::Old,
        }
    }

    /// Whether a step that changed names is there: the same for all names that it changed.
    pub(super) fn step(&mut self, number: u64) -> bool {
        if let Some(first_missing) = self.first_missing {
            return number < first_missing;
        }
        if let Some(known) = self.decided.get(&number) {
            return *known;
        }
        let decided = self.is_there();
        self.decided.insert(number, decided);
        decided
    }

    /// One of the lengths that a file had since it was synced; none if it has the synced one.
    pub(super) fn one_of(&mut self, lengths: &[u64]) -> Option<u64> {
        if lengths.is_empty() || !self.is_there() {
            return None;
        }
        if self.chance == ALWAYS {
            return lengths.last().copied();
        }
        let place = self.below(lengths.len() as u64);
        usize::try_from(place).ok().and_then(|place| lengths.get(place)).copied()
    }
}
