//! Locks for reading, deciding and writing.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::storage::TableId;

const STRIPES: usize = 256;

/// So many locks that two partitions seldom share one.
#[derive(Debug)]
pub(super) struct StripedLocks {
    locks: Vec<Mutex<()>>,
    hasher: RandomState,
}

impl Default for StripedLocks {
    fn default() -> Self {
        Self { locks: (0..STRIPES).map(|_| Mutex::default()).collect(), hasher: RandomState::new() }
    }
}

impl StripedLocks {
    /// Locks partitions, always in the same order, so that nobody waits for each other.
    pub(super) fn lock<'a>(
        &self,
        partitions: impl IntoIterator<Item = (TableId, &'a [u8])>,
    ) -> Vec<MutexGuard<'_, ()>> {
        let mut stripes: Vec<usize> =
            partitions.into_iter().map(|(table, key)| self.stripe(table, key)).collect();
        stripes.sort_unstable();
        stripes.dedup();
        let locks = stripes.into_iter().filter_map(|stripe| self.locks.get(stripe));
        locks.map(|lock| lock.lock().unwrap_or_else(PoisonError::into_inner)).collect()
    }

    fn stripe(&self, table: TableId, key: &[u8]) -> usize {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(table.as_bytes());
        hasher.write(key);
        (hasher.finish() % STRIPES as u64) as usize
    }
}
