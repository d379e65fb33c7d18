//! The uncompressed bytes of a Data.db, in order.

use super::Checksum;
use crate::error::Result;

/// Hands out the uncompressed bytes of a Data.db in units (chunks), from wherever it was set to.
pub trait Feed: Send {
    /// The largest number of bytes that one unit has.
    fn unit(&self) -> usize;

    /// The number of uncompressed bytes of the whole file.
    fn data_length(&self) -> u64;

    /// Fills the front of `buffer` with as many whole units as fit and says how many bytes those are; 0 at the
    /// end. `buffer` has room for at least one [`Feed::unit`].
    ///
    /// # Errors
    /// A failed read, a checksum that does not match, bytes that cannot be decompressed. What was handed out
    /// before stays right.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize>;

    /// Goes to the unit that holds the uncompressed `position` and returns where that unit starts.
    ///
    /// # Errors
    /// If `position` is behind the end, or the chunk offsets cannot be read.
    fn seek(&mut self, position: u64) -> Result<u64>;

    /// Lets a [`Feed::fill`] end with the unit that holds the byte in front of `position`; the one after it goes on.
    fn pause_at(&mut self, position: u64);

    /// The checksum of the stored bytes of all units that were read since the last [`Feed::seek`], without the one
    /// that begins in front of the position sought. For all units together it is that of Digest.crc32. None if
    /// it is not computed.
    fn digest(&self) -> Option<Checksum>;
}
