//! Writing the index of an SSTable, beside its Data.db: Index.db and Summary.db, or Partitions.db and Rows.db.
//!
//! Given the same partitions, rows, positions and settings, the files have the bytes that Cassandra would have written.
//!
//! Memory does not grow with the partitions, nor with the rows of one. BIG holds 2.25 MiB of the blocks of one
//! partition and 1.25 MiB of the sample; what is more goes to temporary files. BTI holds the part of a trie that is not
//! laid out in pages yet: see [`crate::component`]'s tries. Both hold two clusterings and two keys, and 64 KiB for
//! each file.

mod big;
mod block_cutter;
mod bti;
mod inferred;
mod settings;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::component::Component;
use crate::component::statistics::SerializationHeader;
use crate::error::{Error, Result};
use crate::io::OutputDirectory;
use crate::partitioner::Partitioner;
use crate::row::{ClusteringPrefix, DeletionTime};
use crate::version::{Format, Version};

use big::BigIndexWriter;
use bti::BtiIndexWriter;
pub use settings::IndexSettings;

/// Writes the index of an SSTable (`SortedTableWriter.AbstractIndexWriter`).
///
/// It is told where everything begins and ends in the uncompressed data, in this order:
/// [`start_partition`](Self::start_partition), [`start_rows`](Self::start_rows), [`unfiltered`](Self::unfiltered) for
/// each row and marker, [`end_partition`](Self::end_partition); at last [`finish`](Self::finish). After an error it must
/// not be used further. Its files stay if it is dropped: who gave it the directory removes them.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use cqlite_sstable::component::statistics::SerializationHeader;
/// use cqlite_sstable::io::MemoryDirectory;
/// use cqlite_sstable::row::DeletionTime;
/// use cqlite_sstable::types::CqlType;
/// use cqlite_sstable::writer::index::{IndexSettings, IndexWriter};
/// use cqlite_sstable::{Component, Format, Partitioner, Version};
/// let header = SerializationHeader {
///     min_timestamp: 0,
///     min_local_deletion_time_seconds: 0,
///     min_ttl_seconds: 0,
///     key_type: CqlType::Int,
///     clustering_types: Vec::new(),
///     static_columns: Vec::new(),
///     regular_columns: Vec::new(),
/// };
/// let version = Version::parse("nb", Format::Big)?;
/// let directory = MemoryDirectory::new("memory");
/// let mut writer = IndexWriter::new(
///     Arc::new(directory.clone()),
///     "nb-1-big",
///     version,
///     &header,
///     Partitioner::Murmur3,
///     IndexSettings::of_version(version),
/// )?;
/// writer.start_partition(&[0, 0, 0, 1], 0)?;
/// writer.start_rows(18);
/// writer.end_partition(DeletionTime::LIVE, 19)?;
/// assert_eq!(writer.finish()?, [(Component::Index, 8), (Component::Summary, 56)]);
/// assert_eq!(directory.bytes("nb-1-big-Index.db").as_deref(), Some(&[0, 4, 0, 0, 0, 1, 0, 0][..]));
/// # Ok::<(), cqlite_sstable::Error>(())
/// ```
#[derive(Debug)]
pub struct IndexWriter {
    format: FormatWriter,
}

#[derive(Debug)]
enum FormatWriter {
    Big(Box<BigIndexWriter>),
    Bti(Box<BtiIndexWriter>),
}

impl IndexWriter {
    /// Makes the files of the version's format in `directory`. Their names begin with `stem`, as in
    /// [`crate::Descriptor::stem`]. `header` is that of the SSTable.
    ///
    /// # Errors
    /// If a file cannot be made, and [`crate::ErrorKind::InvalidInput`] if a setting is 0.
    pub fn new(
        directory: Arc<dyn OutputDirectory>,
        stem: &str,
        version: Version,
        header: &SerializationHeader,
        partitioner: Partitioner,
        settings: IndexSettings,
    ) -> Result<Self> {
        settings.check()?;
        let format = match version.format() {
            Format::Big => {
                FormatWriter::Big(Box::new(BigIndexWriter::new(directory, stem, version, header, settings)?))
            }
            Format::Bti => FormatWriter::Bti(Box::new(BtiIndexWriter::new(
                &*directory,
                stem,
                header,
                partitioner,
                settings,
            )?)),
        };
        Ok(Self { format })
    }

    /// Begins the partition of this key, which is greater than the one before, at `position`.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] if the key is longer than 65,535 bytes.
    pub fn start_partition(&mut self, key: &[u8], position: u64) -> Result<()> {
        if key.len() > usize::from(u16::MAX) {
            let told = format!("a partition key of {} bytes exceeds the limit of 65,535", key.len());
            return Err(Error::invalid_input(told).advise("shorten the key"));
        }
        match &mut self.format {
            FormatWriter::Big(big) => big.start_partition(key, position),
            FormatWriter::Bti(bti) => bti.start_partition(key, position),
        }
        Ok(())
    }

    /// Tells where the rows and markers begin: behind the key, the deletion and the static row.
    #[inline]
    pub fn start_rows(&mut self, position: u64) {
        if let FormatWriter::Big(big) = &mut self.format {
            big.start_rows(position);
        }
    }

    /// Tells of a row or marker that was written from `start` to `end`, and which range deletion is open behind it.
    ///
    /// # Errors
    /// A file that cannot be written, a deletion that the version cannot hold, rows that are not in order (not all of
    /// those are noticed).
    #[inline]
    pub fn unfiltered(
        &mut self,
        place: ClusteringPrefix<'_>,
        start: u64,
        end: u64,
        open_behind: DeletionTime,
    ) -> Result<()> {
        match &mut self.format {
            FormatWriter::Big(big) => big.unfiltered(place, start, end, open_behind),
            FormatWriter::Bti(bti) => bti.unfiltered(place, start, end, open_behind),
        }
    }

    /// Ends the partition, which has this deletion. `end` is behind its end-of-partition byte.
    ///
    /// # Errors
    /// As [`IndexWriter::unfiltered`]; in BTI also keys that are not in order.
    pub fn end_partition(&mut self, deletion: DeletionTime, end: u64) -> Result<()> {
        match &mut self.format {
            FormatWriter::Big(big) => big.end_partition(deletion, end),
            FormatWriter::Bti(bti) => bti.end_partition(deletion, end),
        }
    }

    /// Writes and syncs what is left. Tells the components that were made, with their lengths in bytes.
    ///
    /// # Errors
    /// A file that cannot be written or synced, and [`crate::ErrorKind::InvalidInput`] if there was no partition.
    pub fn finish(self) -> Result<Vec<(Component, u64)>> {
        match self.format {
            FormatWriter::Big(big) => big.finish(),
            FormatWriter::Bti(bti) => bti.finish(),
        }
    }
}

/// No SSTable is without a partition.
#[cold]
fn no_partitions() -> Error {
    Error::invalid_input("an SSTable without partitions cannot be written").advise("write no file at all")
}
