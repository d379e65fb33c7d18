//! What is done once in a while beside flushes.

use std::fmt::Debug;

use super::Store;

/// What the thread that flushes does beside: it is called before each flush, and each second where there is none.
pub trait PeriodicChore: Debug + Send + Sync {
    /// Does it, if its time has come. Nothing is flushed in the background meanwhile but by itself.
    fn work(&self, store: &Store);
}
