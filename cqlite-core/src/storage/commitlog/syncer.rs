//! The thread that syncs from time to time, and leads groups that nobody waits for (`PeriodicCommitLogService`).

use std::sync::PoisonError;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use cqlite_sstable::Result;

use super::SyncMode;
use super::queue::{Level, Queue};
use super::shared::{SYNC_AT_BYTES, Shared};

/// What is to be done.
enum Duty {
    Lead(u64),
    Sync,
    Rotate,
    Wait(Option<Duration>),
    Stop,
}

impl Shared {
    /// Works until the log is closed.
    pub(super) fn keep_synced(&self) {
        let mut queue = self.lock();
        loop {
            queue = match self.duty(&queue) {
                Duty::Stop => return,
                Duty::Wait(None) => self.syncer_called.wait(queue).unwrap_or_else(PoisonError::into_inner),
                Duty::Wait(Some(time)) => {
                    self.syncer_called.wait_timeout(queue, time).unwrap_or_else(PoisonError::into_inner).0
                }
                Duty::Lead(number) => {
                    queue.lead_wanted = false;
                    drop(queue);
                    // A failure is told to all who wait, and to those who come.
                    let _ = self.reach(number, self.acknowledged_level().max(Level::Written));
                    self.lock()
                }
                Duty::Rotate => {
                    // On failure it is tried again later: a disk that is full may have room then.
                    queue.first_entry = Some(Instant::now());
                    drop(queue);
                    let _ = self.rotate();
                    self.lock()
                }
                Duty::Sync => {
                    drop(queue);
                    let _ = self.flush();
                    self.lock()
                }
            };
        }
    }

    fn duty(&self, queue: &Queue) -> Duty {
        if queue.is_closed {
            return Duty::Stop;
        }
        if queue.failure.is_some() {
            return Duty::Wait(None);
        }
        if queue.lead_wanted && !queue.pending.is_empty() {
            return Duty::Lead(queue.pending.number);
        }
        if queue.unsynced_bytes >= SYNC_AT_BYTES {
            return Duty::Sync;
        }
        let age = self.options.segment_age.zip(queue.first_entry);
        let left = age.map(|(age, first)| age.saturating_sub(first.elapsed()));
        if left == Some(Duration::ZERO) {
            return Duty::Rotate;
        }
        match self.periodic_duty(queue) {
            Duty::Wait(time) => Duty::Wait(left.into_iter().chain(time).min()),
            duty => duty,
        }
    }

    fn periodic_duty(&self, queue: &Queue) -> Duty {
        let SyncMode::Periodic { .. } = self.options.mode else { return Duty::Wait(None) };
        let interval = self.pace();
        match interval.saturating_sub(queue.last_sync.elapsed()) {
            Duration::ZERO if queue.last_group() > queue.synced => Duty::Sync,
            // What is written from now on is synced in time.
            Duration::ZERO => Duty::Wait(Some(interval)),
            rest => Duty::Wait(Some(rest)),
        }
    }

    /// Has a group written that nobody waits for.
    pub(super) fn lead_in_background(&self, group: u64) {
        let mut queue = self.lock();
        if group == queue.pending.number && self.acknowledged_level() != Level::Collected {
            queue.lead_wanted = true;
            self.syncer_called.notify_all();
        }
    }

    /// Whether a group is acknowledged; if not, the waker is woken when it is.
    pub(super) fn poll(&self, group: u64, waker: &Waker) -> Poll<Result<()>> {
        let level = self.acknowledged_level();
        let mut queue = self.lock();
        if queue.has_reached(group, level) {
            return Poll::Ready(Ok(()));
        }
        if let Some(failure) = &queue.failure {
            return Poll::Ready(Err(failure.to_error()));
        }
        let is_there =
            queue.wakers.iter().any(|(number, _, there)| *number == group && there.will_wake(waker));
        if !is_there {
            queue.wakers.push((group, level, waker.clone()));
        }
        if group == queue.pending.number {
            queue.lead_wanted = true;
            self.syncer_called.notify_all();
        }
        Poll::Pending
    }
}
