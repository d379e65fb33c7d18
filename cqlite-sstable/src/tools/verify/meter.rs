//! How far a run is.

/// How far a run of [`super::verify`] is, in bytes of Data.db as it is stored or as it is read: only their share
/// counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The bytes that were checked.
    pub done_bytes: u64,
    /// The bytes that are to be checked.
    pub total_bytes: u64,
}

/// Progress is told at most once in so many bytes.
const STEP_BYTES: u64 = 1024 * 1024;

/// Tells somebody of the progress.
pub(super) struct Meter<'a> {
    tell: &'a mut dyn FnMut(Progress),
    total_bytes: u64,
    told_bytes: u64,
}

impl<'a> Meter<'a> {
    pub(super) fn new(tell: &'a mut dyn FnMut(Progress)) -> Self {
        Self { tell, total_bytes: 0, told_bytes: 0 }
    }

    /// Begins a pass over so many bytes.
    pub(super) fn start(&mut self, total_bytes: u64) {
        (self.total_bytes, self.told_bytes) = (total_bytes, 0);
    }

    /// A pass has come to this byte.
    pub(super) fn reached(&mut self, done_bytes: u64) {
        if done_bytes.saturating_sub(self.told_bytes) >= STEP_BYTES {
            self.told_bytes = done_bytes;
            (self.tell)(Progress { done_bytes, total_bytes: self.total_bytes });
        }
    }
}
