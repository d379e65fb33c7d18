//! A source that fails on purpose, for tests of what happens then.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Source;

/// What a [`FaultySource`] does at its read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The read fails with an I/O error.
    Error,
    /// One bit of what was read is turned.
    FlippedBit,
}

/// Passes reads on to another source, until the n-th one.
#[derive(Debug)]
pub struct FaultySource {
    inner: Arc<dyn Source>,
    fault: Fault,
    reads_left: AtomicU64,
}

impl FaultySource {
    /// Lets `reads` reads pass; the next one is at fault, and with [`Fault::Error`] all later ones.
    pub fn new(inner: Arc<dyn Source>, reads: u64, fault: Fault) -> Self {
        Self { inner, fault, reads_left: AtomicU64::new(reads) }
    }
}

impl Source for FaultySource {
    fn len(&self) -> u64 {
        self.inner.len()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let count_down = |left: u64| left.checked_sub(1);
        let passed = self.reads_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, count_down).is_ok();
        match self.fault {
            Fault::Error if !passed => Err(io::Error::other("a fault was injected")),
            Fault::FlippedBit if !passed => {
                self.reads_left.store(u64::MAX, Ordering::Relaxed);
                self.inner.read_at(buffer, offset)?;
                let middle = buffer.len() / 2;
                if let Some(byte) = buffer.get_mut(middle) {
                    *byte ^= 0x10;
                }
                Ok(())
            }
            _ => self.inner.read_at(buffer, offset),
        }
    }

    fn path(&self) -> &Path {
        self.inner.path()
    }
}
