//! What all files of one file system in memory share.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::content::PAGE_BYTES;

/// The time of the first change, in November 2023.
const BEGINNING_MILLIS: i64 = 1_700_000_000_000;

/// How far apart changes are: transaction logs compare seconds.
const TICK_MILLIS: i64 = 1_000;

/// A clock, numbers of steps, the room that is left, and what holds everything still while an image is taken.
#[derive(Debug)]
pub(super) struct Medium {
    gate: RwLock<()>,
    clock_millis: AtomicI64,
    steps: AtomicU64,
    used_pages: AtomicU64,
    capacity_bytes: AtomicU64,
}

impl Default for Medium {
    fn default() -> Self {
        Self {
            gate: RwLock::new(()),
            clock_millis: AtomicI64::new(BEGINNING_MILLIS),
            steps: AtomicU64::new(0),
            used_pages: AtomicU64::new(0),
            capacity_bytes: AtomicU64::new(u64::MAX),
        }
    }
}

impl Medium {
    /// That of an image: time and steps go on, and nothing is used yet.
    pub(super) fn successor(&self) -> Self {
        Self {
            gate: RwLock::new(()),
            clock_millis: AtomicI64::new(self.clock_millis.load(Ordering::Relaxed)),
            steps: AtomicU64::new(self.steps()),
            used_pages: AtomicU64::new(0),
            capacity_bytes: AtomicU64::new(self.capacity_bytes.load(Ordering::Relaxed)),
        }
    }

    /// Nothing else happens as long as this is held: names are changed, or an image is taken.
    pub(super) fn alone(&self) -> RwLockWriteGuard<'_, ()> {
        self.gate.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// No name is changed and no image is taken as long as this is held.
    pub(super) fn together(&self) -> RwLockReadGuard<'_, ()> {
        self.gate.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time of a change.
    pub(super) fn tick_millis(&self) -> i64 {
        self.clock_millis.fetch_add(TICK_MILLIS, Ordering::Relaxed)
    }

    /// The number of a step that changes names.
    pub(super) fn next_step(&self) -> u64 {
        self.steps.fetch_add(1, Ordering::Relaxed)
    }

    /// How many steps there have been.
    pub(super) fn steps(&self) -> u64 {
        self.steps.load(Ordering::Relaxed)
    }

    pub(super) fn set_capacity(&self, bytes: u64) {
        self.capacity_bytes.store(bytes, Ordering::Relaxed);
    }

    /// None if there is no limit.
    pub(super) fn free_bytes(&self) -> Option<u64> {
        let capacity = self.capacity_bytes.load(Ordering::Relaxed);
        let used = self.used_pages.load(Ordering::Relaxed).saturating_mul(PAGE_BYTES as u64);
        (capacity < u64::MAX).then(|| capacity.saturating_sub(used))
    }

    /// Takes room for a page, if there is any.
    pub(super) fn take_page(&self) -> bool {
        let limit = self.capacity_bytes.load(Ordering::Relaxed) / PAGE_BYTES as u64;
        let take = |used: u64| used.checked_add(1).filter(|used| *used <= limit);
        self.used_pages.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// Takes room for what is there already.
    pub(super) fn take_pages(&self, pages: usize) {
        self.used_pages.fetch_add(pages as u64, Ordering::Relaxed);
    }

    pub(super) fn give_pages(&self, pages: usize) {
        self.used_pages.fetch_sub(pages as u64, Ordering::Relaxed);
    }
}
