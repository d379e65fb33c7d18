//! In which shares operations are asked for.

use rand::Rng as _;
use rand::rngs::SmallRng;

use super::OperationKind;

/// Kinds of operations with their shares, of 100 together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationMix {
    shares: Vec<(OperationKind, u32)>,
}

impl OperationMix {
    /// A mix of shares in percent. What is left to 100 goes to the last one.
    pub fn new(shares: impl Into<Vec<(OperationKind, u32)>>) -> Self {
        Self { shares: shares.into() }
    }

    /// One kind alone.
    pub fn only(kind: OperationKind) -> Self {
        Self::new([(kind, 100)])
    }

    /// The kinds and their shares in percent.
    pub fn shares(&self) -> &[(OperationKind, u32)] {
        &self.shares
    }

    /// A kind, as often as its share is.
    pub fn choose(&self, random: &mut SmallRng) -> OperationKind {
        let mut place = random.random_range(0..100_u32);
        for (kind, share) in &self.shares {
            match place.checked_sub(*share) {
                None => return *kind,
                Some(left) => place = left,
            }
        }
        self.shares.last().map_or(OperationKind::Read, |(kind, _)| *kind)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn kinds_come_as_often_as_their_shares_say() {
        let mix = OperationMix::new([(OperationKind::Read, 95), (OperationKind::Insert, 5)]);
        let mut random = SmallRng::seed_from_u64(1);
        let inserts = (0..100_000).filter(|_| mix.choose(&mut random) == OperationKind::Insert).count();
        assert!((4_700..5_300).contains(&inserts), "{inserts}");
    }
}
