//! The thread that flushes.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::troubles::Work;
use super::{Health, Store};
use crate::storage::TableId;

/// When a flush that failed is tried again, and the room on the disk looked at.
const RETRY: Duration = Duration::from_secs(1);

/// How often the room on the disk is looked at while as much is written as is reserved.
const WATCHES_A_RESERVE: u64 = 8;

/// Tables that are to be flushed.
#[derive(Debug, Default)]
pub(super) struct FlushQueue {
    wanted: Mutex<VecDeque<TableId>>,
    /// Whether there are any, that which is being flushed among them.
    is_wanted: AtomicBool,
    called: Condvar,
    /// How many flushes have ended.
    ended: Mutex<u64>,
    has_ended: Condvar,
}

impl FlushQueue {
    /// Has a table flushed.
    pub(super) fn want(&self, id: TableId) {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        if !wanted.contains(&id) {
            wanted.push_back(id);
        }
        self.is_wanted.store(true, Ordering::Relaxed);
        drop(wanted);
        self.called.notify_all();
    }

    /// Whether a flush is wanted or under way.
    pub(super) fn is_wanted(&self) -> bool {
        self.is_wanted.load(Ordering::Relaxed)
    }

    /// Has the thread that flushes look at what there is to do.
    pub(super) fn wake(&self) {
        drop(self.wanted.lock().unwrap_or_else(PoisonError::into_inner));
        self.called.notify_all();
    }

    /// Waits before something is tried again, unless it is to be ended.
    fn rest(&self, time: Duration, is_over: impl Fn() -> bool) {
        let wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let rested = self.called.wait_timeout_while(wanted, time, |_| !is_over());
        drop(rested.unwrap_or_else(PoisonError::into_inner));
    }

    /// The next table, waiting for at most `patience` where nothing is wanted.
    fn next(&self, patience: Duration, is_over: impl Fn() -> bool) -> Option<TableId> {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        if wanted.is_empty() && !is_over() {
            wanted = self.called.wait_timeout(wanted, patience).unwrap_or_else(PoisonError::into_inner).0;
        }
        wanted.pop_front()
    }

    fn end_one(&self) {
        let wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_wanted.store(!wanted.is_empty(), Ordering::Relaxed);
        drop(wanted);
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        *ended = ended.saturating_add(1);
        self.has_ended.notify_all();
    }

    /// How many flushes have ended, those that failed among them.
    pub(super) fn ended_count(&self) -> u64 {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until more than so many flushes have ended, for a time.
    pub(super) fn wait_for_end(&self, count: u64, time: Duration) {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.has_ended.wait_timeout_while(ended, time, |ended| *ended <= count);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Store {
    /// Flushes what is wanted until the store is stopped.
    pub(super) fn flush_in_background(&self) {
        while !self.is_stopping() {
            let next = self.flush_queue.next(RETRY, || self.is_stopping());
            if self.is_stopping() {
                return;
            }
            self.watch_disk();
            self.want_aged();
            self.periodic_chore.get().into_iter().for_each(|chore| chore.work(self));
            if let Some(id) = next {
                self.flush_wanted(id);
            }
        }
    }

    /// Wants memtables flushed that are as old as their tables let them become.
    fn want_aged(&self) {
        for view in self.tables.load().by_id.values() {
            let period = view.table.settings().flush_period;
            let is_aged = period.is_some_and(|period| view.active.begun.elapsed() >= period);
            if is_aged && !view.active.memtable.is_empty() {
                self.want_flush(view.table.id);
            }
        }
    }

    fn flush_wanted(&self, id: TableId) {
        let failed = self.flush(id).err().filter(|_| self.tables.load().by_id.contains_key(&id));
        if let Some(error) = &failed {
            self.note_error(Work::Flush, id, error);
        }
        // Who waits for room finds why there is none.
        self.flush_queue.end_one();
        if failed.is_some() {
            self.watch_disk();
            self.flush_queue.want(id);
            self.flush_queue.rest(RETRY, || self.is_stopping());
        }
    }

    /// Looks at the room on the disk before so much is written that it might be gone.
    #[inline]
    pub(super) fn watch_disk_for(&self, bytes: u64) {
        let reserved = self.options.reserved_disk_bytes;
        let written = self.unwatched_bytes.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if written > reserved / WATCHES_A_RESERVE && reserved > 0 {
            self.unwatched_bytes.store(0, Ordering::Relaxed);
            self.watch_disk();
        }
    }

    /// Refuses writes while there is too little room on the disk, and takes them again when there is.
    fn watch_disk(&self) {
        let Ok(free) = self.fs.free_bytes(&self.options.data_directory) else { return };
        // Where nobody knows, the next write tells.
        let free = free.unwrap_or(u64::MAX);
        let reserved = self.options.reserved_disk_bytes;
        match self.health() {
            Health::Sound if free < reserved => {
                let cause =
                    format!("{free} bytes are free, and {reserved} are kept for flushes and compactions");
                self.set_health(Health::DiskFull { cause });
            }
            // What failed for want of room may need more than is seen to be free: it is not tried all the time.
            Health::DiskFull { .. }
                if free > reserved.saturating_add(reserved / 4) && self.health.full_for() >= RETRY =>
            {
                self.set_health(Health::Sound);
            }
            _ => {}
        }
    }
}
