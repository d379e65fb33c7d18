//! Whose output is being written, and who may stop.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, ErrorKind, Result};
use crate::io::Gate;

/// The most bytes that a thread makes contiguous before it is its turn: what is larger is held once at a time.
const LARGE_ITEM_BYTES: usize = 1024 * 1024;

/// The segment whose output is being written, and the first of which none is wanted.
pub(super) struct Turns {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    turn: u64,
    /// From this segment on nothing is to be printed.
    end: u64,
}

impl Turns {
    pub(super) fn new() -> Self {
        Self { state: Mutex::new(State { turn: 0, end: u64::MAX }), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The output of all segments before this one has been written.
    pub(super) fn begin(&self, number: u64) {
        self.state().turn = number;
        self.changed.notify_all();
    }

    /// Nobody wants this segment or a later one any more.
    pub(super) fn end_before(&self, number: u64) {
        let mut state = self.state();
        state.end = state.end.min(number);
        drop(state);
        self.changed.notify_all();
    }
}

/// Ends all segments when it is dropped, whatever the reason.
pub(super) struct EndAll<'a>(pub(super) &'a Turns);

impl Drop for EndAll<'_> {
    fn drop(&mut self) {
        self.0.end_before(0);
    }
}

/// Lets one segment be read while it is wanted, and its large items only when it is its turn.
pub(super) struct TurnGate {
    pub(super) turns: Arc<Turns>,
    pub(super) number: u64,
}

impl Gate for TurnGate {
    fn pass(&self, wanted: usize) -> Result<()> {
        let mut state = self.turns.state();
        loop {
            if self.number >= state.end {
                return Err(Error::new(ErrorKind::Io, "the rest of the dump is not wanted"));
            }
            if wanted <= LARGE_ITEM_BYTES || state.turn == self.number {
                return Ok(());
            }
            state = self.turns.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
