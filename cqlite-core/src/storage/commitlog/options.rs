//! How the commit log is written.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use cqlite_sstable::{Error, Result};

use super::queue::PADDING_BYTES;
use super::segment::Segment;
use super::{CommitLogPosition, CommitLogVersion, MARKER_BYTES, SegmentArchive, SegmentCompression, TableId};

/// Positions in a segment are those of an int.
const SEGMENT_BYTES: RangeInclusive<u32> = 4096..=1 << 30;

/// The header of a compressed segment names the compressor and its options.
const MOST_HEADER_BYTES: u32 = 256;

/// When a write is acknowledged, and what it survives then (`commitlog_sync`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncMode {
    /// After its group is synced: it survives a power cut. Groups form by themselves: what comes while one is synced is the next.
    Batch,
    /// As `Batch`, but a group is collected for so long since the sync before: fewer syncs, and writers that wait longer.
    Group {
        /// From sync to sync.
        window: Duration,
    },
    /// After its group is written: it survives a killed process, and a power cut after the next sync.
    Periodic {
        /// From sync to sync.
        interval: Duration,
    },
    /// After its group is written: it survives a killed process. Only a segment that is full is synced, so that what
    /// stands in the next one never comes after a hole.
    Off,
    /// At once, before it is written. It survives nothing until the buffer is full, or [`super::CommitLog::flush`]
    /// returned: for those who can do the lost work again.
    WriteBack {
        /// How much is collected.
        buffer_bytes: u32,
    },
}

/// Asks for a flush of these tables: as long as they have writes up to this position in memory only, the oldest segment of
/// a log that is too large cannot go.
pub type FlushWanted = Arc<dyn Fn(&[TableId], CommitLogPosition) + Send + Sync>;

/// Is told why a segment was not archived, and of none when one was after that. No locks are held; it should not take long.
pub type ArchiveTold = Arc<dyn Fn(Option<&Error>) + Send + Sync>;

/// How the commit log is written.
#[derive(Clone)]
pub struct CommitLogOptions {
    /// The version of new segments: 7, as Cassandra 5.0 writes by default.
    pub version: CommitLogVersion,
    /// When writes are acknowledged.
    pub mode: SyncMode,
    /// How large a segment is (`commitlog_segment_size`, 32 MiB). A mutation may have half of that.
    pub segment_bytes: u32,
    /// How long after its first write a segment is left for the next one, even if it is not full: then it can be archived. None if only its
    /// size counts.
    pub segment_age: Option<Duration>,
    /// How large all segments may be together (`commitlog_total_space`, 8 GiB), before a flush is asked for.
    pub total_bytes: u64,
    /// By what new segments are compressed; none if they are not.
    pub compression: Option<SegmentCompression>,
    /// Where full segments are copied to.
    pub archive: Option<Arc<dyn SegmentArchive>>,
    /// Whom to tell of an archive that fails.
    pub archive_told: Option<ArchiveTold>,
    /// Whom to ask for a flush.
    pub flush_wanted: Option<FlushWanted>,
    /// Ids of new segments are at least this: more than any in the intervals of SSTables, in case that the clock went back.
    pub least_segment_id: i64,
}

impl Default for CommitLogOptions {
    fn default() -> Self {
        Self {
            version: CommitLogVersion::V40,
            mode: SyncMode::Batch,
            segment_bytes: 32 << 20,
            segment_age: None,
            total_bytes: 8 << 30,
            compression: None,
            archive: None,
            archive_told: None,
            flush_wanted: None,
            least_segment_id: 0,
        }
    }
}

impl CommitLogOptions {
    /// How many bytes all entries of a batch may have together: a segment without what else is in it. Each entry has
    /// [`super::ENTRY_OVERHEAD_BYTES`] besides its mutation.
    pub fn batch_limit_bytes(&self) -> u32 {
        let others = MOST_HEADER_BYTES.saturating_add(PADDING_BYTES).saturating_add(2 * MARKER_BYTES);
        self.segment_bytes.saturating_sub(others)
    }

    /// How many bytes the file of a new segment has.
    pub(super) fn new_file_bytes(&self, segment: &Segment) -> u64 {
        match segment.compression {
            None => u64::from(self.segment_bytes),
            Some(_) => u64::from(segment.header_bytes.saturating_add(MARKER_BYTES)),
        }
    }

    /// Refuses what cannot work.
    pub(super) fn check(&self) -> Result<()> {
        if !SEGMENT_BYTES.contains(&self.segment_bytes) {
            return Err(Error::invalid_input(format!(
                "a segment of the commit log cannot have {} bytes; it may have from {} to {}",
                self.segment_bytes,
                SEGMENT_BYTES.start(),
                SEGMENT_BYTES.end()
            )));
        }
        if let Some(compression) = &self.compression {
            let made = compression.compressor.compressor(&compression.options);
            made.map_err(|error| {
                let name = compression.compressor.class_name();
                Error::invalid_input(format!("{name} cannot be used for the commit log: {error}"))
            })?;
        }
        Ok(())
    }
}

impl fmt::Debug for CommitLogOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommitLogOptions")
            .field("version", &self.version)
            .field("mode", &self.mode)
            .field("segment_bytes", &self.segment_bytes)
            .field("segment_age", &self.segment_age)
            .field("total_bytes", &self.total_bytes)
            .field("compression", &self.compression)
            .field("archive", &self.archive)
            .field("least_segment_id", &self.least_segment_id)
            .finish_non_exhaustive()
    }
}
