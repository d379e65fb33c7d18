//! What a running compaction is told, and what it tells.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use cqlite_sstable::{Error, Result};

use super::super::Throttle;

/// Stops and pauses a compaction, and tells how far it is. Any thread may hold it.
#[derive(Debug)]
pub struct CompactionControl {
    throttle: Arc<Throttle>,
    is_cancelled: AtomicBool,
    is_paused: Mutex<bool>,
    changed: Condvar,
    done_bytes: AtomicU64,
    total_bytes: AtomicU64,
    written_bytes: AtomicU64,
}

/// How far a compaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CompactionProgress {
    /// The bytes of the inputs' rows that were read, uncompressed.
    pub done_bytes: u64,
    /// All bytes of the inputs' rows, uncompressed; 0 before it has begun.
    pub total_bytes: u64,
    /// The bytes of all files of the outputs that are complete.
    pub written_bytes: u64,
    /// Whether it is paused.
    pub is_paused: bool,
}

impl CompactionControl {
    /// A compaction under a limit that it shares with all others.
    pub fn new(throttle: Arc<Throttle>) -> Arc<Self> {
        Arc::new(Self {
            throttle,
            is_cancelled: AtomicBool::new(false),
            is_paused: Mutex::new(false),
            changed: Condvar::new(),
            done_bytes: AtomicU64::new(0),
            total_bytes: AtomicU64::new(0),
            written_bytes: AtomicU64::new(0),
        })
    }

    /// Stops it at its next step. What it has written so far is removed.
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::SeqCst);
        drop(self.is_paused.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
        self.throttle.wake();
    }

    /// Whether it was told to stop.
    pub fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::SeqCst)
    }

    /// Lets it wait at its next step, or go on.
    pub fn set_paused(&self, is_paused: bool) {
        *self.is_paused.lock().unwrap_or_else(PoisonError::into_inner) = is_paused;
        self.changed.notify_all();
    }

    /// How far it is.
    pub fn progress(&self) -> CompactionProgress {
        CompactionProgress {
            done_bytes: self.done_bytes.load(Ordering::Relaxed),
            total_bytes: self.total_bytes.load(Ordering::Relaxed),
            written_bytes: self.written_bytes.load(Ordering::Relaxed),
            is_paused: *self.is_paused.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    pub(super) fn begin(&self, total_bytes: u64) {
        self.total_bytes.store(total_bytes, Ordering::Relaxed);
    }

    pub(super) fn add_written(&self, bytes: u64) {
        self.written_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Says how much was read, and waits until it may go on.
    ///
    /// # Errors
    /// If it was told to stop.
    pub(super) fn step_to(&self, done_bytes: u64) -> Result<()> {
        let before = self.done_bytes.swap(done_bytes, Ordering::Relaxed);
        self.wait_while_paused();
        let more = done_bytes.saturating_sub(before);
        let is_granted = more == 0 || self.throttle.acquire(more, &|| self.is_cancelled());
        if is_granted && !self.is_cancelled() {
            return Ok(());
        }
        Err(Error::invalid_input("the compaction was stopped"))
    }

    fn wait_while_paused(&self) {
        let mut is_paused = self.is_paused.lock().unwrap_or_else(PoisonError::into_inner);
        while *is_paused && !self.is_cancelled() {
            is_paused = self.changed.wait(is_paused).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
