//! What a writer waits for.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use cqlite_sstable::Result;

use super::CommitLogPosition;
use super::shared::Shared;

/// A write that was appended to the log and is not acknowledged yet. It can be waited for, by [`Commit::wait`] or as a future of
/// any executor; a thread of the log does the work then. If it is dropped, the write is done all the same, some time.
#[must_use = "nothing is known to be in the log before this was waited for"]
pub struct Commit {
    shared: Arc<Shared>,
    group: u64,
    position: CommitLogPosition,
    is_settled: bool,
}

impl Commit {
    pub(super) fn new(shared: Arc<Shared>, group: u64, position: CommitLogPosition) -> Self {
        Self { shared, group, position, is_settled: false }
    }

    /// The position behind the last entry of the write. The entries of a batch have ascending positions up to this.
    pub fn position(&self) -> CommitLogPosition {
        self.position
    }

    /// Waits until the write is acknowledged as the mode of the log says, and does the work for all who wait if nobody does.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::Output`] if a write or sync failed: whether the write is there after the next opening is not known.
    pub fn wait(mut self) -> Result<CommitLogPosition> {
        self.is_settled = true;
        self.shared.reach(self.group, self.shared.acknowledged_level())?;
        Ok(self.position)
    }
}

impl Future for Commit {
    type Output = Result<CommitLogPosition>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = self.shared.poll(self.group, context.waker());
        self.is_settled |= polled.is_ready();
        polled.map(|done| done.map(|()| self.position))
    }
}

impl Drop for Commit {
    fn drop(&mut self) {
        if !self.is_settled {
            self.shared.lead_in_background(self.group);
        }
    }
}

impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commit").field("position", &self.position).finish_non_exhaustive()
    }
}
