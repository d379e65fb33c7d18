//! Locks, atomics and threads of what many threads share: those of the standard library.
//!
//! The crate `schedules` builds the storage with others in their place, under which a test chooses which thread goes on.

pub(crate) use arc_swap::ArcSwap;
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, atomic};
pub(crate) use std::{thread, thread_local};
