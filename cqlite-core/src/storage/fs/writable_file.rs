//! Files that are written at any place.

use std::fmt;
use std::io;

/// An open file that is read and written at any place, from any thread. It stays usable when its name is changed or
/// removed.
pub trait WritableFile: Send + Sync + fmt::Debug {
    /// Writes all of `bytes` from `offset` on. Behind the end the file grows; what is skipped is zeros.
    ///
    /// # Errors
    /// What the operating system says, a full disk for instance. A part may have been written.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Fills `buffer` with the bytes from `offset` on.
    ///
    /// # Errors
    /// What the operating system says, and `UnexpectedEof` if there are fewer bytes.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;

    /// Cuts the file, or adds zeros to it.
    ///
    /// # Errors
    /// What the operating system says.
    fn set_length(&self, bytes: u64) -> io::Result<()>;

    /// How many bytes there are now.
    ///
    /// # Errors
    /// What the operating system says.
    fn length_bytes(&self) -> io::Result<u64>;

    /// Makes sure that bytes and length stay after a power cut (`fdatasync`). When the file was changed may not, and its
    /// name is a matter of the directory.
    ///
    /// # Errors
    /// What the operating system says. It must not be tried again: what was lost is not known, and the next sync says
    /// that all is well.
    fn sync_data(&self) -> io::Result<()>;

    /// As [`WritableFile::sync_data`], and when the file was changed stays, too (`fsync`).
    ///
    /// # Errors
    /// As [`WritableFile::sync_data`].
    fn sync(&self) -> io::Result<()>;

    /// Forgets to write what was not synced yet, as a kernel does when a sync has failed. Only a file in memory can do
    /// so: for tests of what happens then.
    fn lose_unsynced(&self) {}
}
