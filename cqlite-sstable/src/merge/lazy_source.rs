//! An input of a merge that is opened when its turn comes.

use std::fmt;

use crate::error::Result;

/// An input of a [`Merge`](super::Merge): how it is opened, and which partition it begins with, so that it need not be
/// opened earlier than the merge gets there. It is closed as soon as it is drained.
pub struct LazySource<'a, S> {
    pub(super) first_key: Option<Vec<u8>>,
    pub(super) open: Box<dyn FnOnce() -> Result<S> + 'a>,
}

impl<'a, S: 'a> LazySource<'a, S> {
    /// A source whose first partition has this serialized key, or stands behind it. `open` gives it in front of that
    /// partition.
    pub fn new(first_key: impl Into<Vec<u8>>, open: impl FnOnce() -> Result<S> + 'a) -> Self {
        Self { first_key: Some(first_key.into()), open: Box::new(open) }
    }

    /// A source that is open, in front of its first partition.
    pub fn opened(source: S) -> Self {
        Self { first_key: None, open: Box::new(move || Ok(source)) }
    }
}

impl<S> fmt::Debug for LazySource<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LazySource").field("first_key", &self.first_key).finish_non_exhaustive()
    }
}
