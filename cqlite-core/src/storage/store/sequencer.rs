//! Sequence numbers of writes, and up to which of them readers see.

use std::sync::{Arc, PoisonError};

use crate::storage::memtable::Visibility;
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::sync::{Condvar, Mutex};

/// So many writes may be under way at a time.
const SLOTS: usize = 1024;

/// Gives out sequence numbers, and publishes them in their order: a number is complete when its write and all with lesser
/// numbers are in their memtables.
#[derive(Debug)]
pub(super) struct Sequencer {
    next: AtomicU64,
    visibility: Arc<Visibility>,
    /// The number of the last write that ended, of those that share a slot.
    ended: Vec<AtomicU64>,
    waiting: AtomicUsize,
    lock: Mutex<()>,
    published: Condvar,
}

impl Sequencer {
    pub(super) fn new(visibility: Arc<Visibility>) -> Self {
        Self {
            next: AtomicU64::new(visibility.complete().saturating_add(1)),
            visibility,
            ended: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
            waiting: AtomicUsize::new(0),
            lock: Mutex::new(()),
            published: Condvar::new(),
        }
    }

    /// The number of a write that begins. It has to end by [`Sequencer::end`], or nothing is published any more.
    pub(super) fn begin(&self) -> u64 {
        let sequence = self.next.fetch_add(1, Ordering::Relaxed);
        // A slot is used again when the number before was published.
        self.wait_until(sequence.saturating_sub(SLOTS as u64));
        sequence
    }

    /// The write is in its memtables. It returns when readers see it.
    pub(super) fn end(&self, sequence: u64) {
        if let Some(slot) = self.slot(sequence) {
            slot.store(sequence, Ordering::SeqCst);
        }
        self.publish();
        self.wait_until(sequence);
    }

    fn slot(&self, sequence: u64) -> Option<&AtomicU64> {
        self.ended.get((sequence % SLOTS as u64) as usize)
    }

    fn publish(&self) {
        let mut is_new = false;
        loop {
            let next = self.visibility.complete().saturating_add(1);
            let has_ended = self.slot(next).is_some_and(|slot| slot.load(Ordering::SeqCst) == next);
            if !has_ended {
                break;
            }
            self.visibility.set_complete(next);
            is_new = true;
        }
        if is_new && self.waiting.load(Ordering::SeqCst) > 0 {
            drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner));
            self.published.notify_all();
        }
    }

    fn wait_until(&self, sequence: u64) {
        if self.visibility.complete() >= sequence {
            return;
        }
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        while self.visibility.complete() < sequence {
            guard = self.published.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
        drop(guard);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}
