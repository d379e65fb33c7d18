//! Rows in memory, between their writing and their flush.
//!
//! A memtable is divided by tokens into shards, each behind a lock of its own. A shard has an index of its partitions and
//! each larger partition an index of its rows; both are searched by prefixes of byte-comparable forms. What they lead to
//! are lists of versions, the newest first, of which each is a row as the update had it: bytes that are appended to the
//! shard's arena and never changed. Deletions of partitions and ranges stand beside the rows.
//!
//! Readers see the writes up to a sequence number, and copy what they need while they hold a shard's lock, some dozens of
//! kilobytes at a time. What versions, ranges and deletions make together is found when they are read, by the rules of
//! [`cqlite_sstable::merge`]. Where versions of a row pile up, one is made of them, without anything being changed that a
//! reader may see.

mod applied_rows;
mod arena;
mod compactor;
mod copied;
mod copier;
mod deletions;
mod filling;
mod held_memory;
mod key_order;
mod last_rows;
mod memtable_rows;
mod ordered_index;
mod shard;
mod statistics;
mod stored_row;
mod versions;
mod visibility;

use std::fmt;
use std::sync::{Arc, PoisonError};

use cqlite_sstable::reader::{Slice, TokenRange};
use cqlite_sstable::{Error, Result, Token};

pub use held_memory::HeldMemory;
pub use memtable_rows::MemtableRows;
pub use statistics::MemtableStatistics;
pub use visibility::Visibility;

use self::applied_rows::AppliedRows;
use self::key_order::KeyOrder;
use self::shard::Shard;
use crate::storage::mutation::{PartitionUpdate, TableLayout};
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::{RwLock, RwLockReadGuard};

/// How many bits of a partition's prefix tell its shard.
const SHARD_BITS: u32 = 4;

/// The rows of one table that were written and not flushed (`db.memtable.Memtable`).
///
/// Any number of threads writes and reads. Each write has a sequence number; readers see all writes up to one and none
/// of the later ones, whenever they look.
pub struct Memtable {
    order: KeyOrder,
    visibility: Arc<Visibility>,
    held: Arc<HeldMemory>,
    is_flushed: AtomicBool,
    shards: Vec<LockedShard>,
}

/// Where in a memtable a partition is, as long as the memtable is there.
#[derive(Debug, Clone, Copy)]
pub struct FoundPartition {
    shard: usize,
    number: u32,
}

#[derive(Debug, Default)]
struct LockedShard {
    shard: RwLock<Shard>,
    /// The memory that it takes, to be asked without its lock.
    held_bytes: AtomicUsize,
}

impl Memtable {
    /// An empty memtable. What its readers may see is told by `visibility`, and what it takes is counted in `held`.
    pub fn new(layout: Arc<TableLayout>, visibility: Arc<Visibility>, held: Arc<HeldMemory>) -> Arc<Self> {
        let shards = (0..1 << SHARD_BITS).map(|_| LockedShard::default()).collect();
        let order = KeyOrder::new(layout);
        Arc::new(Self { order, visibility, held, is_flushed: AtomicBool::new(false), shards })
    }

    /// The table.
    pub fn layout(&self) -> &Arc<TableLayout> {
        self.order.layout()
    }

    /// Takes in an update, all of it at once, under a sequence number that no other write has.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] if the update is of another layout, if the sequence number is one up to
    /// which all writes were said to be there, or if it is too large for a memtable.
    pub fn apply(&self, update: PartitionUpdate<'_>, sequence: u64) -> Result<()> {
        if !Arc::ptr_eq(update.layout(), self.layout()) {
            let told = "an update was made for another schema of the table than that of its memtable";
            return Err(Error::invalid_input(told).at(self.layout().full_name()));
        }
        if sequence <= self.visibility.complete() {
            let told =
                format!("a write comes under the number {sequence}, up to which all were said to be there");
            return Err(Error::invalid_input(told).at(self.layout().full_name()));
        }
        if update.is_empty() {
            return Ok(());
        }
        let prefix = self.order.partition_prefix(update.key());
        let Some(LockedShard { shard, held_bytes }) = self.shards.get(shard_of_prefix(prefix)) else {
            return Ok(());
        };
        AppliedRows::with(&update, &self.order, |rows| {
            let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
            let applied = shard.apply(&update, rows, prefix, sequence, (&self.order, &self.visibility));
            let after = shard.held_bytes();
            self.held.change_unflushed(held_bytes.swap(after, Ordering::Relaxed), after);
            applied
        })
    }

    /// The partition of a key, or a slice of it, as far as a reader sees it: a source of one partition, or of none.
    pub fn partition(self: &Arc<Self>, key: &[u8], slice: Option<Slice>, visible: u64) -> MemtableRows {
        MemtableRows::of_partition(self, self.find_key(key), slice, visible)
    }

    /// As [`Memtable::partition`], of a partition that [`Memtable::find`] has found.
    pub fn found(
        self: &Arc<Self>,
        partition: FoundPartition,
        slice: Option<Slice>,
        visible: u64,
    ) -> MemtableRows {
        MemtableRows::of_partition(self, Some(partition), slice, visible)
    }

    /// The partitions of a range of tokens, in order, as far as a reader sees them.
    pub fn range(self: &Arc<Self>, range: TokenRange, visible: u64) -> MemtableRows {
        MemtableRows::of_range(self, range, visible)
    }

    /// The partition of a key, which has this token, if anything was written to it.
    pub fn find(&self, key: &[u8], token: &Token) -> Option<FoundPartition> {
        self.find_prefix(key, KeyOrder::token_prefix(token))
    }

    fn find_key(&self, key: &[u8]) -> Option<FoundPartition> {
        self.find_prefix(key, self.order.partition_prefix(key))
    }

    fn find_prefix(&self, key: &[u8], prefix: u64) -> Option<FoundPartition> {
        let shard = shard_of_prefix(prefix);
        let locked = self.shards.get(shard).filter(|one| one.held_bytes.load(Ordering::Relaxed) != 0)?;
        let locked = locked.shard.read().unwrap_or_else(PoisonError::into_inner);
        let number = locked.find(key, prefix, &self.order).ok()?;
        Some(FoundPartition { shard, number })
    }

    /// Memory that is taken, about.
    pub fn held_bytes(&self) -> usize {
        let empty =
            size_of::<Self>().saturating_add(self.shards.len().saturating_mul(size_of::<LockedShard>()));
        empty.saturating_add(self.shard_bytes())
    }

    fn shard_bytes(&self) -> usize {
        let held = self.shards.iter().map(|shard| shard.held_bytes.load(Ordering::Relaxed));
        held.fold(0, usize::saturating_add)
    }

    /// What is in it is in an SSTable, too, and nothing is written to it any more: it is only kept for who reads it.
    pub fn set_flushed(&self) {
        if !self.is_flushed.swap(true, Ordering::AcqRel) {
            self.held.pin(self.shard_bytes());
        }
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.shards.iter().all(|shard| shard.held_bytes.load(Ordering::Relaxed) == 0)
    }

    /// What is in it.
    pub fn statistics(&self) -> MemtableStatistics {
        let mut all = MemtableStatistics::default();
        (0..self.shards.len()).for_each(|shard| all.add(&self.read(shard).statistics));
        all
    }

    fn order(&self) -> &KeyOrder {
        &self.order
    }

    fn shard_count(&self) -> usize {
        self.shards.len()
    }

    fn shard_of(&self, key: &[u8]) -> usize {
        shard_of_prefix(self.order.partition_prefix(key))
    }

    /// # Panics
    /// Never: the numbers are those of [`Memtable::shard_of`] and below [`Memtable::shard_count`].
    #[expect(clippy::indexing_slicing, reason = "the numbers are those of shards")]
    fn read(&self, shard: usize) -> RwLockReadGuard<'_, Shard> {
        self.shards[shard].shard.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Memtable {
    fn drop(&mut self) {
        if *self.is_flushed.get_mut() {
            self.held.unpin(self.shard_bytes());
        } else {
            self.held.change_unflushed(self.shard_bytes(), 0);
        }
    }
}

/// Shards are in the order of their partitions.
fn shard_of_prefix(prefix: u64) -> usize {
    (prefix >> (u64::BITS - SHARD_BITS)) as usize
}

impl fmt::Debug for Memtable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memtable")
            .field("table", &self.layout().full_name())
            .field("held_bytes", &self.held_bytes())
            .finish_non_exhaustive()
    }
}
