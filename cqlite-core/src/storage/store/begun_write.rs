//! A write that is on its way into the memtables.

use super::{Health, Store};

/// The sequence number of a write that is on its way into the memtables. Dropped, it is published, so that later writes do not wait
/// for it for ever; unless [`BegunWrite::end`] was called, the thread has panicked in between, and nothing more is written.
#[derive(Debug)]
pub(super) struct BegunWrite<'a> {
    store: &'a Store,
    sequence: u64,
    has_ended: bool,
}

impl<'a> BegunWrite<'a> {
    pub(super) fn begin(store: &'a Store) -> Self {
        Self { store, sequence: store.sequencer.begin(), has_ended: false }
    }

    pub(super) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// What became of it is known. It returns when readers see it.
    pub(super) fn end(mut self) {
        self.has_ended = true;
    }
}

impl Drop for BegunWrite<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            // The log has what the memtables may not have.
            let cause = "a thread panicked while its write went into the memtables".to_owned();
            self.store.set_health(Health::ReadOnly { cause });
        }
        self.store.sequencer.end(self.sequence);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;

    use cqlite_sstable::{Format, Version};

    use super::*;
    use crate::storage::fs::MemoryFileSystem;
    use crate::storage::store::{MachineClock, StoreOptions};

    fn store() -> Arc<Store> {
        let options = StoreOptions {
            data_directory: "/data".into(),
            version: Version::parse("nb", Format::Big).unwrap(),
            has_uuid_ids: false,
            memtable_bytes: 1 << 20,
            chunk_cache_bytes: 0,
            reserved_disk_bytes: 0,
            incremental_backups: false,
            is_read_only: false,
            clock: Arc::new(MachineClock),
        };
        Store::new(Arc::new(MemoryFileSystem::new()), options)
    }

    #[test]
    fn a_write_that_panics_lets_others_end_and_none_begin() {
        let store = store();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _begun = BegunWrite::begin(&store);
            panic!("in the memtable");
        }));
        assert!(panicked.is_err());
        let later = BegunWrite::begin(&store);
        assert_eq!(later.sequence(), 2);
        later.end();
        assert!(matches!(store.health(), Health::ReadOnly { .. }), "{:?}", store.health());
    }

    #[test]
    fn a_write_that_ends_leaves_the_store_as_it_is() {
        let store = store();
        BegunWrite::begin(&store).end();
        assert_eq!(store.health(), Health::Sound);
    }
}
