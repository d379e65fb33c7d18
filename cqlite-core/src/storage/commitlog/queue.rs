//! What all threads of the log share under its lock.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

use cqlite_sstable::Error;

use super::dirty::DirtyTables;
use super::entry::{ENTRY_OVERHEAD_BYTES, EntryChecksums};
use super::failure::Failure;
use super::section::is_in_two_sectors;
use super::segment::Segment;
use super::{CommitLogMetrics, CommitLogPosition, LogEntry, MARKER_BYTES, SegmentCompression};
use crate::sync::Condvar;

/// A buffer that grew larger is not kept.
const KEPT_BUFFER_BYTES: usize = 4 << 20;

/// A mutation of one update to [`super::TableId::PADDING`], with an empty key: Cassandra skips it and counts it.
const PADDING: [u8; 18] = [1, 0xC9, 0x11, 0x7E, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0];

/// How much room [`PADDING`] takes.
pub(super) const PADDING_BYTES: u32 = PADDING.len() as u32 + ENTRY_OVERHEAD_BYTES;

/// How far a group is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Its bytes are collected.
    Collected,
    /// They survive the end of the process.
    Written,
    /// They survive a power cut.
    Synced,
}

/// Entries that are written together. There is always one that collects, perhaps without entries yet.
pub(super) struct Group {
    /// Counts up from 1.
    pub(super) number: u64,
    /// Room for the marker, and the entries.
    pub(super) bytes: Vec<u8>,
    pub(super) mutations: u64,
    pub(super) segment: Arc<Segment>,
    /// Told when the group is done, and when one of those who wait is to lead it.
    pub(super) done: Arc<Condvar>,
    /// Not fewer than wait.
    pub(super) waiters: usize,
}

impl Group {
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.len() <= MARKER_BYTES as usize
    }
}

/// A group that is being written.
#[derive(Default)]
pub(super) struct InFlight {
    pub(super) done: Arc<Condvar>,
    pub(super) waiters: usize,
}

/// A segment that is not removed yet.
pub(super) struct ActiveSegment {
    pub(super) segment: Arc<Segment>,
    pub(super) dirty: DirtyTables,
    /// The last group in it; none as long as entries are written to it.
    pub(super) last_group: Option<u64>,
    pub(super) is_archived: bool,
    pub(super) file_bytes: u64,
}

/// Everything under the lock of the log.
pub(super) struct Queue {
    pub(super) failure: Option<Failure>,
    pub(super) is_closed: bool,
    /// The group that collects, and where in its segment its marker will be, as if nothing were compressed.
    pub(super) pending: Group,
    pub(super) offset: u32,
    pub(super) in_flight: Option<InFlight>,
    /// All groups up to these are written, or synced.
    pub(super) written: u64,
    pub(super) synced: u64,
    /// Where the last group was written.
    pub(super) written_segment: Arc<Segment>,
    pub(super) is_syncing: bool,
    pub(super) unsynced_bytes: u64,
    pub(super) last_sync: Instant,
    /// When the first entry came of the segment that entries are written to.
    pub(super) first_entry: Option<Instant>,
    /// Somebody wants the pending group written, and does not wait.
    pub(super) lead_wanted: bool,
    pub(super) wakers: Vec<(u64, Level, Waker)>,
    /// The oldest first; entries are written to the last.
    pub(super) segments: VecDeque<ActiveSegment>,
    pub(super) next: Option<Arc<Segment>>,
    pub(super) next_wanted: bool,
    /// Whether it was wanted once for the current segment, and whether somebody waits for it.
    pub(super) next_was_wanted: bool,
    pub(super) next_demanded: bool,
    pub(super) next_error: Option<Error>,
    pub(super) compression: Option<SegmentCompression>,
    pub(super) metrics: CommitLogMetrics,
    /// Segments of an earlier log that its archive has not taken.
    pub(super) put_aside: u64,
    /// What failed and can be tried again is to be tried at once.
    pub(super) retry_wanted: bool,
    recycled: Vec<u8>,
}

impl Queue {
    pub(super) fn new(
        segment: Arc<Segment>,
        compression: Option<SegmentCompression>,
        file_bytes: u64,
    ) -> Self {
        let mut queue = Self {
            failure: None,
            is_closed: false,
            pending: Group {
                number: 1,
                bytes: vec![0; MARKER_BYTES as usize],
                mutations: 0,
                segment: Arc::clone(&segment),
                done: Arc::default(),
                waiters: 0,
            },
            offset: 0,
            in_flight: None,
            written: 0,
            synced: 0,
            written_segment: Arc::clone(&segment),
            is_syncing: false,
            unsynced_bytes: 0,
            last_sync: Instant::now(),
            first_entry: None,
            lead_wanted: false,
            wakers: Vec::new(),
            segments: VecDeque::new(),
            next: None,
            next_wanted: false,
            next_was_wanted: false,
            next_demanded: false,
            next_error: None,
            compression,
            metrics: CommitLogMetrics::default(),
            put_aside: 0,
            retry_wanted: false,
            recycled: Vec::new(),
        };
        queue.enter(segment, file_bytes);
        queue
    }

    /// Whether the group with this number is so far.
    pub(super) fn has_reached(&self, number: u64, level: Level) -> bool {
        match level {
            Level::Collected => true,
            Level::Written => number <= self.written,
            Level::Synced => number <= self.synced,
        }
    }

    /// The last group that has entries.
    pub(super) fn last_group(&self) -> u64 {
        if self.pending.is_empty() { self.pending.number.saturating_sub(1) } else { self.pending.number }
    }

    /// Collects entries, which have room in the segment. Returns the position behind the last one.
    pub(super) fn push(
        &mut self,
        entries: &[LogEntry<'_>],
        checksums: &[EntryChecksums],
    ) -> CommitLogPosition {
        let mut position = self.position();
        for (entry, checksums) in entries.iter().zip(checksums) {
            checksums.push_entry(entry.mutation, &mut self.pending.bytes);
            position = self.position();
            if let Some(active) = self.segments.back_mut() {
                for table in entry.tables {
                    active.dirty.add(*table, position.position.unsigned_abs());
                }
            }
        }
        self.pending.mutations = self.pending.mutations.saturating_add(entries.len() as u64);
        position
    }

    /// Behind all entries.
    pub(super) fn position(&self) -> CommitLogPosition {
        let position = if self.pending.is_empty() { self.offset } else { self.end() };
        CommitLogPosition {
            segment_id: self.pending.segment.id,
            position: i32::try_from(position).unwrap_or(i32::MAX),
        }
    }

    /// Where the pending group would end now.
    pub(super) fn end(&self) -> u32 {
        self.offset.saturating_add(self.pending.bytes.len() as u32)
    }

    /// Takes the group that was collected, and begins another behind it. A plain section ends where the next marker is in one sector of
    /// the disk, by an entry of padding if need be: Cassandra would refuse to start on half a marker.
    pub(super) fn take_pending(&mut self) -> Group {
        let mut bytes = std::mem::take(&mut self.recycled);
        bytes.clear();
        bytes.resize(MARKER_BYTES as usize, 0);
        if self.pending.segment.compression.is_none() && is_in_two_sectors(self.end()) {
            EntryChecksums::of(&PADDING).push_entry(&PADDING, &mut self.pending.bytes);
        }
        self.offset = self.end();
        self.lead_wanted = false;
        let next = Group {
            number: self.pending.number.saturating_add(1),
            bytes,
            mutations: 0,
            segment: Arc::clone(&self.pending.segment),
            done: Arc::default(),
            waiters: 0,
        };
        let group = std::mem::replace(&mut self.pending, next);
        self.in_flight = Some(InFlight { done: Arc::clone(&group.done), waiters: group.waiters });
        group
    }

    /// Uses the buffer of a group again.
    pub(super) fn recycle(&mut self, bytes: Vec<u8>) {
        if bytes.capacity() <= KEPT_BUFFER_BYTES {
            self.recycled = bytes;
        }
    }

    /// Has the next segment made.
    pub(super) fn want_next(&mut self) {
        self.next_wanted = true;
        self.next_was_wanted = true;
    }

    /// Goes over to another segment. Nothing is pending.
    pub(super) fn enter(&mut self, segment: Arc<Segment>, file_bytes: u64) {
        let last_group = self.pending.number.saturating_sub(1);
        if let Some(before) = self.segments.back_mut() {
            before.last_group = Some(last_group);
        }
        self.offset = segment.header_bytes;
        self.first_entry = None;
        self.next_wanted = false;
        self.next_was_wanted = false;
        self.pending.segment = Arc::clone(&segment);
        self.segments.push_back(ActiveSegment {
            segment,
            dirty: DirtyTables::default(),
            last_group: None,
            is_archived: false,
            file_bytes,
        });
        self.metrics.segments_begun = self.metrics.segments_begun.saturating_add(1);
    }

    /// Whether all that will ever be in the segment is in it, and synced.
    pub(super) fn is_complete(&self, active: &ActiveSegment) -> bool {
        active.last_group.is_some_and(|group| group <= self.synced)
    }

    /// Takes out the wakers of those whose group is done, or all if the log failed.
    pub(super) fn ready_wakers(&mut self) -> Vec<Waker> {
        if self.wakers.is_empty() {
            return Vec::new();
        }
        let wakers = std::mem::take(&mut self.wakers);
        let (ready, waiting): (Vec<_>, Vec<_>) = wakers
            .into_iter()
            .partition(|(number, level, _)| self.failure.is_some() || self.has_reached(*number, *level));
        self.wakers = waiting;
        ready.into_iter().map(|(_, _, waker)| waker).collect()
    }

    /// What all segments have on the disk.
    pub(super) fn file_bytes(&self) -> u64 {
        self.segments.iter().map(|active| active.file_bytes).sum()
    }
}
