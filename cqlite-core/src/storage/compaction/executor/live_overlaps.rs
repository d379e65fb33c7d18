//! Up to when tombstones may go, by all that is not compacted with them.

use std::collections::BTreeSet;
use std::sync::Arc;

use cqlite_sstable::merge::Overlaps;
use cqlite_sstable::{Partitioner, Result, SstableId};

use super::super::Place;
use super::Surroundings;

/// Memtables and SSTables that are not compacted with the others, as they are when a partition is reached
/// (`CompactionController.getPurgeEvaluator`).
#[derive(Debug)]
pub struct LiveOverlaps {
    surroundings: Arc<dyn Surroundings>,
    inputs: BTreeSet<SstableId>,
    partitioner: Partitioner,
}

impl LiveOverlaps {
    /// All of a table but these SSTables of it.
    pub fn new(
        surroundings: Arc<dyn Surroundings>,
        inputs: impl IntoIterator<Item = SstableId>,
        partitioner: Partitioner,
    ) -> Self {
        Self { surroundings, inputs: inputs.into_iter().collect(), partitioner }
    }
}

impl Overlaps for LiveOverlaps {
    /// Memtables are asked first: what leaves them meanwhile is among the SSTables then.
    fn purgeable_before(&self, key: &[u8]) -> Result<Option<i64>> {
        let mut least = self.surroundings.memtables_have_of(key)?;
        let place = Place { token: self.partitioner.token(key), key: key.to_vec() };
        for live in self.surroundings.live().iter() {
            let min_timestamp = live.sstable().statistics().stats.min_timestamp;
            let is_older = least.is_none_or(|least| min_timestamp < least);
            if is_older && !self.inputs.contains(live.id()) && live.may_have(&place)? {
                least = Some(min_timestamp);
            }
        }
        Ok(least)
    }
}
