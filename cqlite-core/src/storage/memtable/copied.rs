//! What a reader takes out of a shard at a time.

use std::ops::Range;
use std::sync::Arc;

use cqlite_sstable::merge::RangeEnd;
use cqlite_sstable::row::DeletionTime;

use super::arena::{Arena, Kept, Place};

/// Partitions and rows that were copied while a shard was locked, in order. Long values are shared instead.
#[derive(Debug, Default)]
pub(super) struct Copied {
    bytes: Vec<u8>,
    pub(super) entries: Vec<Entry>,
    versions: Vec<CopiedBytes>,
    /// Whether there is more of the last partition.
    pub(super) continues: bool,
}

/// A partition, or a row of the last one.
#[derive(Debug)]
pub(super) enum Entry {
    Partition(CopiedPartition),
    /// The versions of a row.
    Row(Range<usize>),
}

#[derive(Debug)]
pub(super) struct CopiedPartition {
    pub(super) key: Range<usize>,
    pub(super) deletion: DeletionTime,
    /// The versions of the static row.
    pub(super) static_row: Range<usize>,
    pub(super) ends: Vec<RangeEnd>,
}

#[derive(Debug)]
enum CopiedBytes {
    Short(Range<usize>),
    Long(Arc<[u8]>),
}

impl Copied {
    /// Forgets everything and keeps the memory, as long as it is not much.
    pub(super) fn clear(&mut self) {
        const KEPT_BYTES: usize = 256 * 1024;
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES);
        self.entries.clear();
        self.versions.clear();
        self.continues = false;
    }

    /// How many bytes were copied.
    pub(super) fn len_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// How many versions there are.
    pub(super) fn version_count(&self) -> usize {
        self.versions.len()
    }

    /// Copies a key.
    pub(super) fn push_key(&mut self, key: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(key);
        start..self.bytes.len()
    }

    /// Takes back what was copied behind a place.
    pub(super) fn truncate(&mut self, entries: usize, bytes: usize) {
        self.entries.truncate(entries);
        self.bytes.truncate(bytes);
    }

    /// Copies a version.
    #[inline]
    pub(super) fn push_version(&mut self, arena: &Arena, place: Place) {
        let version = match arena.keep(place) {
            Kept::Short(bytes) => CopiedBytes::Short(self.push_key(bytes)),
            Kept::Long(bytes) => CopiedBytes::Long(Arc::clone(bytes)),
        };
        self.versions.push(version);
    }

    /// The bytes of a key.
    pub(super) fn key(&self, key: &Range<usize>) -> &[u8] {
        self.bytes.get(key.clone()).unwrap_or_default()
    }

    /// The bytes of a version.
    #[inline]
    pub(super) fn version(&self, number: usize) -> &[u8] {
        match self.versions.get(number) {
            Some(CopiedBytes::Short(range)) => self.bytes.get(range.clone()).unwrap_or_default(),
            Some(CopiedBytes::Long(bytes)) => bytes,
            None => &[],
        }
    }
}
