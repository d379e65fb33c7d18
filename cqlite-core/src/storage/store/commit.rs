//! What a writer waits for.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use cqlite_sstable::Result;

use crate::storage::commitlog;

/// A write that readers see and that is not acknowledged yet: it is when it survives what the mode of the commit log says.
/// It can be waited for, by [`Commit::wait`] or as a future of any executor. If it is dropped, the write is done all the
/// same, some time.
#[derive(Debug)]
#[must_use = "nothing is known to last before this was waited for"]
pub struct Commit(Option<commitlog::Commit>);

impl Commit {
    pub(super) fn of(logged: Option<commitlog::Commit>) -> Self {
        Self(logged)
    }

    /// Waits until the write is acknowledged.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::Output`] if a write to the log or its sync failed: whether the write is there after the next
    /// opening is not known.
    pub fn wait(self) -> Result<()> {
        self.0.map_or(Ok(()), |logged| logged.wait().map(|_| ()))
    }
}

impl Future for Commit {
    type Output = Result<()>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            None => Poll::Ready(Ok(())),
            Some(logged) => Pin::new(logged).poll(context).map(|done| done.map(|_| ())),
        }
    }
}
