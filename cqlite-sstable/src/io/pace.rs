//! How much a feed reads at a time.

/// How many units (chunks) a feed may read at once. A scan takes as many as there is room for; a lookup starts with
/// one and doubles, since most lookups end in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    units: usize,
    is_lookup: bool,
}

impl Pace {
    pub(super) fn scan() -> Self {
        Self { units: usize::MAX, is_lookup: false }
    }

    pub(super) fn lookups() -> Self {
        Self { units: 1, is_lookup: true }
    }

    pub(super) fn units(self) -> usize {
        self.units
    }

    /// More was asked for from where the last read ended.
    pub(super) fn quicken(&mut self) {
        self.units = self.units.saturating_mul(2);
    }

    /// The next read is somewhere else.
    pub(super) fn reset(&mut self) {
        if self.is_lookup {
            self.units = 1;
        }
    }
}
