//! An engine under load, and who asks it.

use super::{Operation, Result};

/// An engine that records are written to and read from, by any number of clients.
pub trait Engine: Send + Sync {
    /// What it is called in reports.
    fn name(&self) -> &'static str;

    /// A client, for one thread.
    ///
    /// # Errors
    /// If it cannot be had.
    fn client(&self) -> Result<Box<dyn Client + '_>>;

    /// Waits until everything is written that was put, and all that is to be compacted is.
    ///
    /// # Errors
    /// If that fails.
    fn settle(&self) -> Result<()>;
}

/// One who asks an engine.
pub trait Client {
    /// Carries out an operation, and returns how many records were written or found.
    ///
    /// # Errors
    /// If it fails. A record that is not there is no error.
    fn carry_out(&mut self, operation: &Operation) -> Result<u64>;
}
