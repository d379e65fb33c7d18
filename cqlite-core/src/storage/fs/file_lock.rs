//! Locks on files.

use std::fmt;

/// The lock on a file: nobody else has it as long as this is not dropped. It is advice: who does not ask for the lock
/// reads and writes the file all the same.
pub trait FileLock: Send + Sync + fmt::Debug {}
