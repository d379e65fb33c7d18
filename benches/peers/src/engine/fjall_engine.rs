//! fjall with one keyspace.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use fjall::config::{
    BlockSizePolicy, BloomConstructionPolicy, CompressionPolicy, FilterPolicy, FilterPolicyEntry,
};
use fjall::{AbstractTree as _, CompressionType, Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use super::{Activity, BLOCK_BYTES, BLOOM_BITS, Engine, Ordered, Settings};
use crate::key::Key;
use crate::result::Result;

/// How long nothing must happen before fjall counts as settled: its queue of compactions cannot be seen.
const QUIET: Duration = Duration::from_millis(200);
const POLL: Duration = Duration::from_millis(5);
const LEVELS: usize = 7;

/// A database of fjall and its only keyspace.
pub struct FjallEngine {
    database: Database,
    keyspace: Keyspace,
    /// The number of the memtable that was there when the keyspace was opened: they are counted up.
    first_memtable: u64,
}

impl FjallEngine {
    /// Opens a database. The size of memtables is kept in it: only the first opening decides it.
    pub fn open(directory: &Path, settings: &Settings) -> Result<Self> {
        let mut builder = Database::builder(directory);
        if let Some(bytes) = settings.cache_bytes {
            builder = builder.cache_size(bytes);
        }
        if let Some(bytes) = settings.log_bytes {
            builder = builder.max_journaling_size(bytes);
        }
        let database = builder.open()?;
        let keyspace = database.keyspace("benchmark", || keyspace_options(settings))?;
        let first_memtable = keyspace.tree.active_memtable().id();
        Ok(Self { database, keyspace, first_memtable })
    }

    fn is_busy(&self) -> bool {
        self.database.outstanding_flushes() > 0
            || self.database.active_compactions() > 0
            || self.keyspace.tree.sealed_memtable_count() > 0
    }
}

fn keyspace_options(settings: &Settings) -> KeyspaceCreateOptions {
    let mut options = KeyspaceCreateOptions::default();
    if let Some(bytes) = settings.memtable_bytes {
        options = options.max_memtable_size(bytes);
    }
    if settings.same_tables {
        options = options
            .data_block_size_policy(BlockSizePolicy::all(BLOCK_BYTES))
            .data_block_compression_policy(CompressionPolicy::all(CompressionType::Lz4))
            .filter_policy(FilterPolicy::all(FilterPolicyEntry::Bloom(BloomConstructionPolicy::BitsPerKey(
                BLOOM_BITS,
            ))));
    }
    options
}

impl Engine for FjallEngine {
    fn put(&self, key: &Key, value: &[u8]) -> Result<()> {
        Ok(self.keyspace.insert(key, value)?)
    }

    fn put_synced(&self, key: &Key, value: &[u8]) -> Result<()> {
        self.keyspace.insert(key, value)?;
        Ok(self.database.persist(PersistMode::SyncData)?)
    }

    fn put_batch_synced(&self, entries: &[(Key, Vec<u8>)]) -> Result<()> {
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncData));
        for (key, value) in entries {
            batch.insert(&self.keyspace, key, value.as_slice());
        }
        Ok(batch.commit()?)
    }

    fn get(&self, key: &Key, value: &mut Vec<u8>) -> Result<bool> {
        let Some(found) = self.keyspace.get(key)? else {
            return Ok(false);
        };
        value.clear();
        value.extend_from_slice(&found);
        Ok(true)
    }

    fn scan(&self, visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<()> {
        for entry in self.keyspace.iter() {
            let (key, value) = entry.into_inner()?;
            visit(&key, &value);
        }
        Ok(())
    }

    fn settle(&self) -> Result<Instant> {
        self.keyspace.rotate_memtable_and_wait()?;
        let mut checked = self.database.compactions_completed();
        let mut quiet_since = Instant::now();
        while quiet_since.elapsed() < QUIET {
            thread::sleep(POLL);
            let checked_now = self.database.compactions_completed();
            if self.is_busy() || checked_now != checked {
                checked = checked_now;
                quiet_since = Instant::now();
            }
        }
        Ok(quiet_since)
    }

    fn activity(&self) -> Result<Activity> {
        let rotated = self.keyspace.tree.active_memtable().id() - self.first_memtable;
        let waiting = self.keyspace.tree.sealed_memtable_count() as u64;
        // `compactions_completed` counts looks at the levels, too, that found nothing to do.
        let tree = &self.keyspace.tree;
        let below = (1..LEVELS).filter_map(|level| tree.level_table_count(level)).sum::<usize>();
        Ok(Activity { flushes: rotated.saturating_sub(waiting), compacted: below > 0 })
    }

    fn sstable_bytes(&self) -> Result<u64> {
        Ok(self.keyspace.disk_space())
    }

    fn close(self: Box<Self>) -> Result<()> {
        Ok(self.database.persist(PersistMode::SyncAll)?)
    }
}

impl Ordered for FjallEngine {
    fn put_batch(&self, entries: &[(Key, Vec<u8>)]) -> Result<()> {
        let mut batch = self.database.batch();
        for (key, value) in entries {
            batch.insert(&self.keyspace, key, value.as_slice());
        }
        Ok(batch.commit()?)
    }

    fn scan_from(&self, first: &Key, limit: u64, visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<u64> {
        let mut shown = 0;
        for entry in self.keyspace.range(first.as_slice()..).take(usize::try_from(limit)?) {
            let (key, value) = entry.into_inner()?;
            visit(&key, &value);
            shown += 1;
        }
        Ok(shown)
    }
}
