//! Which tables have SSTables that are still to be removed.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use cqlite_sstable::{Error, Result};
use rustc_hash::FxHashMap;

use crate::storage::TableId;

/// How long is waited for files to go.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many removals of each table's SSTables were begun and have not ended.
#[derive(Debug, Default)]
pub(super) struct Removals {
    begun: Mutex<FxHashMap<TableId, usize>>,
    has_ended: Condvar,
}

impl Removals {
    pub(super) fn begin(&self, id: TableId) {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let count = begun.entry(id).or_default();
        *count = count.saturating_add(1);
    }

    pub(super) fn end(&self, id: TableId) {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = begun.get_mut(&id) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                begun.remove(&id);
            }
        }
        self.has_ended.notify_all();
    }

    /// Waits until nothing of a table is to be removed any more.
    ///
    /// # Errors
    /// If that takes long, as somebody still reads what was dropped.
    pub(super) fn wait(&self, id: TableId) -> Result<()> {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.has_ended.wait_timeout_while(begun, PATIENCE, |begun| begun.contains_key(&id));
        let (begun, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if begun.contains_key(&id) {
            let told = format!("SSTables of a table of the id {id} that was dropped are still being read");
            return Err(Error::invalid_input(told).advise("close the views of before, or give another id"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_for_a_table_goes_on_when_its_last_removal_has_ended() {
        let (removals, ids) = (Removals::default(), [1, 2].map(|byte| TableId::from_bytes([byte; 16])));
        ids.iter().chain(&ids).for_each(|id| removals.begin(*id));
        removals.end(ids[1]);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| removals.wait(ids[0]));
            removals.end(ids[0]);
            removals.end(ids[0]);
            waiting.join().unwrap().unwrap();
        });
        assert_eq!(*removals.begun.lock().unwrap(), FxHashMap::from_iter([(ids[1], 1)]));
    }
}
