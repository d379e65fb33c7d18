//! What is counted, observed and planned.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Call, Failure, Fault, Operation};

pub(super) type Observer = Arc<dyn Fn(&Call<'_>) + Send + Sync>;

/// Which syncs do nothing.
pub(super) type Ignored = Arc<dyn Fn(Operation, &Path) -> bool + Send + Sync>;

/// Shared by a file system and all files that it opened.
pub(super) struct Plan {
    changes: AtomicU64,
    reads: AtomicU64,
    syncs: AtomicU64,
    /// How many bytes may still be written.
    room_bytes: AtomicU64,
    fault: Mutex<Fault>,
    observers: Mutex<Vec<Observer>>,
    ignored: Mutex<Option<Ignored>>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            changes: AtomicU64::new(0),
            reads: AtomicU64::new(0),
            syncs: AtomicU64::new(0),
            room_bytes: AtomicU64::new(u64::MAX),
            fault: Mutex::default(),
            observers: Mutex::default(),
            ignored: Mutex::default(),
        }
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plan({:?} after {} changes and {} reads)", self.fault(), self.changes(), self.reads())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Plan {
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    pub(super) fn reads(&self) -> u64 {
        self.reads.load(Ordering::SeqCst)
    }

    pub(super) fn syncs(&self) -> u64 {
        self.syncs.load(Ordering::SeqCst)
    }

    /// Counts a sync that does not fail, and tells whether it is not to be done.
    pub(super) fn ignores_sync(&self, operation: Operation, path: &Path) -> bool {
        let number = self.syncs.fetch_add(1, Ordering::SeqCst);
        let ignored = locked(&self.ignored).clone();
        if ignored.is_some_and(|is_ignored| is_ignored(operation, path)) {
            return true;
        }
        match self.fault() {
            Fault::IgnoredSyncs { number: first, count } => {
                number.checked_sub(first).is_some_and(|after| after < count)
            }
            _ => false,
        }
    }

    pub(super) fn room_bytes(&self) -> u64 {
        self.room_bytes.load(Ordering::SeqCst)
    }

    fn fault(&self) -> Fault {
        *locked(&self.fault)
    }

    pub(super) fn set(&self, fault: Fault) {
        let room = if let Fault::FullAfter { bytes } = fault { bytes } else { u64::MAX };
        self.room_bytes.store(room, Ordering::SeqCst);
        *locked(&self.fault) = fault;
    }

    pub(super) fn observe(&self, observer: Observer) {
        locked(&self.observers).push(observer);
    }

    pub(super) fn ignore(&self, ignored: Ignored) {
        *locked(&self.ignored) = Some(ignored);
    }

    /// Counts a call and tells of it; as an error, how it fails.
    pub(super) fn begin(&self, operation: Operation, path: &Path, bytes: usize) -> Result<(), Failure> {
        let counter = if operation.is_change() { &self.changes } else { &self.reads };
        let number = counter.fetch_add(1, Ordering::SeqCst);
        let call = Call { number, operation, path, bytes: bytes as u64 };
        let observers = locked(&self.observers).clone();
        observers.iter().for_each(|observer| observer(&call));
        let (is_it, failure) = match (self.fault(), operation.is_change()) {
            (Fault::Change { number: at, failure }, true) => (number == at, failure),
            (Fault::ChangesFrom { number: at, failure }, true) => (number >= at, failure),
            (Fault::Read { number: at, failure }, false) => (number == at, failure),
            (Fault::ReadsFrom { number: at, failure }, false) => (number >= at, failure),
            (Fault::FullAfter { .. }, true) => {
                (operation.takes_room() && self.room_bytes() == 0, Failure::FullDisk)
            }
            _ => return Ok(()),
        };
        if is_it { Err(failure) } else { Ok(()) }
    }

    /// How many of the bytes that are to be written there is room for. They take it.
    pub(super) fn take_room(&self, wanted: usize) -> usize {
        let take = |left: u64| (left < u64::MAX).then(|| left.saturating_sub(wanted as u64));
        match self.room_bytes.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take) {
            Ok(before) => usize::try_from(before).unwrap_or(usize::MAX).min(wanted),
            Err(_) => wanted,
        }
    }
}
