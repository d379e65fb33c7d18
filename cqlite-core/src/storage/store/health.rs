//! Whether a store takes writes.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use cqlite_sstable::{Error, ErrorKind, Result};

/// Whether a store takes writes, and if not, why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// All is well.
    Sound,
    /// There is little room on the disk: reads and compactions go on, writes are refused until there is room again.
    DiskFull {
        /// What failed, or how much room is left.
        cause: String,
    },
    /// A write to the commit log or its sync failed, or the last sync of a transaction's log: what was acknowledged is there,
    /// and nothing is taken any more. The store is to be opened anew.
    ReadOnly {
        /// What failed.
        cause: String,
    },
    /// It was closed.
    Closed,
}

const SOUND: u8 = 0;
const NOT_SOUND: u8 = 1;

/// The health that all parts of a store look at and change.
#[derive(Debug)]
pub(super) struct HealthState {
    /// Looked at by every write.
    is_sound: AtomicU8,
    health: RwLock<Arc<Health>>,
    /// When there was no room last.
    full_at: Mutex<Option<Instant>>,
}

impl Default for HealthState {
    fn default() -> Self {
        Self {
            is_sound: AtomicU8::new(SOUND),
            health: RwLock::new(Arc::new(Health::Sound)),
            full_at: Mutex::default(),
        }
    }
}

impl HealthState {
    pub(super) fn get(&self) -> Health {
        Health::clone(&self.health.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes it, unless it is worse already. Whether it changed.
    pub(super) fn set(&self, new: Health) -> bool {
        let mut health = self.health.write().unwrap_or_else(PoisonError::into_inner);
        let is_final = match **health {
            // Also when it is closed: nothing is flushed where nobody knows what the log has.
            Health::Closed | Health::ReadOnly { .. } => true,
            _ => false,
        };
        if is_final || **health == new {
            return false;
        }
        if matches!(new, Health::DiskFull { .. }) {
            *self.full_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        let is_sound = if new == Health::Sound { SOUND } else { NOT_SOUND };
        self.is_sound.store(is_sound, Ordering::SeqCst);
        *health = Arc::new(new);
        true
    }

    /// How long ago it was found that there is no room.
    pub(super) fn full_for(&self) -> Duration {
        let full_at = *self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        full_at.map_or(Duration::MAX, |at| at.elapsed())
    }

    /// Refuses a write unless all is well.
    #[inline]
    pub(super) fn check_writable(&self) -> Result<()> {
        if self.is_sound.load(Ordering::Relaxed) == SOUND { Ok(()) } else { self.refuse() }
    }

    #[cold]
    fn refuse(&self) -> Result<()> {
        match self.get() {
            Health::Sound => Ok(()),
            Health::DiskFull { cause } => {
                let told = format!("no writes are taken as there is too little room on the disk: {cause}");
                Err(Error::new(ErrorKind::Output, told).advise("make room; writing goes on by itself then"))
            }
            Health::ReadOnly { cause } => {
                let told = format!("no writes are taken since a log failed: {cause}");
                let advice = "what was acknowledged is kept: look after the disk, and open the database anew";
                Err(Error::new(ErrorKind::Output, told).advise(advice))
            }
            Health::Closed => Err(Error::invalid_input("the database was closed")),
        }
    }

    /// Refuses a flush where it is not known whether the log has what memtables have, or an SSTable what one of them had.
    pub(super) fn check_flushable(&self) -> Result<()> {
        match self.get() {
            Health::ReadOnly { .. } => self.refuse(),
            _ => Ok(()),
        }
    }
}
