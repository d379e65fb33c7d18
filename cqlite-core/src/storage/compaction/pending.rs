//! How much there is to compact.

use std::iter::Sum;
use std::ops::Add;

/// How much there is to compact before a strategy rests: an estimate, as what compactions make is compacted
/// again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pending {
    /// Compactions, as Cassandra counts them (`getEstimatedRemainingTasks`).
    pub compactions: u64,
    /// The bytes of Data.db that they will read.
    pub bytes: u64,
}

impl Add for Pending {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            compactions: self.compactions.saturating_add(other.compactions),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

impl Sum for Pending {
    fn sum<I: Iterator<Item = Self>>(iterator: I) -> Self {
        iterator.fold(Self::default(), Add::add)
    }
}
