//! Where salvaged rows and the list of losses go.

use std::io;

use super::Loss;

/// Which rows: each stream is a file in the lossless form of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// Rows that are as they were written, in the order of the SSTable.
    Recovered,
    /// Partitions and rows that stand behind greater ones: they are right, but not in order.
    OutOfOrder,
    /// Rows that decode but are not vouched for: from stretches whose checksum fails, or with values that are not
    /// valid for their types. Some of them may never have been written.
    Suspect,
}

impl Stream {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Recovered, Self::OutOfOrder, Self::Suspect];
}

/// Takes what a salvage finds.
pub trait SalvageSink {
    /// Takes text of a stream: lines, maybe in several pieces.
    ///
    /// # Errors
    /// If it cannot be written. The salvage ends then.
    fn write(&mut self, stream: Stream, text: &[u8]) -> io::Result<()>;

    /// Takes one entry of the list of what is lost.
    ///
    /// # Errors
    /// As [`SalvageSink::write`].
    fn lost(&mut self, loss: &Loss) -> io::Result<()>;

    /// Is told from time to time how far the salvage is, in bytes of the uncompressed data.
    fn progress(&mut self, _done_bytes: u64, _total_bytes: u64) {}
}
