//! The open sources of a merge.

use super::head::Head;

/// The open sources, by numbers that hold as long as none of them is closed.
pub(super) struct Heads<S> {
    heads: Vec<Head<S>>,
}

impl<S> Heads<S> {
    pub(super) fn new() -> Self {
        Self { heads: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.heads.len()
    }

    /// Adds one, and returns its number.
    pub(super) fn push(&mut self, head: Head<S>) -> usize {
        self.heads.push(head);
        self.heads.len().saturating_sub(1)
    }

    /// Closes one. The last one has its number then; returned is the number that it had.
    pub(super) fn close(&mut self, number: usize) -> usize {
        self.heads.swap_remove(number);
        self.heads.len()
    }

    #[inline]
    #[expect(clippy::indexing_slicing, reason = "the numbers are those that were given out")]
    pub(super) fn get(&self, number: usize) -> &Head<S> {
        &self.heads[number]
    }

    #[inline]
    #[expect(clippy::indexing_slicing, reason = "the numbers are those that were given out")]
    pub(super) fn get_mut(&mut self, number: usize) -> &mut Head<S> {
        &mut self.heads[number]
    }
}
