//! The log that is written.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use cqlite_sstable::{Error, Result};

use super::queue::{ActiveSegment, Queue};
use super::section_writer::SectionWriter;
use super::segment::{NoSegment, SegmentMaker};
use super::shared::Shared;
use super::unarchived::{Unarchived, not_archived};
use super::{
    Commit, CommitLogMetrics, CommitLogOptions, CommitLogPosition, SegmentCompression, SyncMode, TableId,
};
use crate::storage::fs::FileSystem;
use crate::sync::Mutex;
use crate::sync::atomic::Ordering;
use crate::sync::thread::{self, JoinHandle};

/// A mutation to be logged.
#[derive(Debug, Clone, Copy)]
pub struct LogEntry<'a> {
    /// Its bytes, as the version of the log encodes mutations.
    pub mutation: &'a [u8],
    /// The tables that it touches. As long as they are not flushed, the mutation stays in the log.
    pub tables: &'a [TableId],
}

/// A commit log that is written to, by many threads (`CommitLog`).
///
/// What several threads write at a time becomes one commit group: one of them writes all of it as one section, and syncs it where the mode says
/// so, while the others are parked. A write is acknowledged when its section is complete, marker and all: Cassandra replays just what was
/// acknowledged. Segments are made ahead by a thread of the log, and removed by it, the oldest first.
///
/// After a write or sync that failed, nothing is acknowledged any more, and nothing is synced again.
///
/// Dropping it writes and syncs what was appended, and leaves the segments for the next opening.
pub struct CommitLog {
    shared: Arc<Shared>,
    threads: Mutex<Option<Threads>>,
}

struct Threads {
    keeper: JoinHandle<SegmentMaker>,
    syncer: JoinHandle<()>,
}

impl CommitLog {
    /// Begins a new segment in a directory that is there. Segments that are there are left alone: what they hold is to be in SSTables, and
    /// they are to be removed ([`super::FoundSegments::put_away`]) before anything is appended. Otherwise a torn tail would be followed by
    /// other segments, and be corruption.
    ///
    /// # Errors
    /// If the options make no sense, or the directory cannot be read or written.
    pub fn open(fs: Arc<dyn FileSystem>, directory: &Path, options: CommitLogOptions) -> Result<Self> {
        options.check()?;
        let mut maker = SegmentMaker::new(Arc::clone(&fs), directory, &options)?;
        let unarchived = Unarchived::list(fs, directory)?;
        unarchived.greatest_id().into_iter().for_each(|id| maker.pass_id(id));
        let compression = options.compression.clone();
        let segment = Arc::new(maker.make_segment(compression.clone()).map_err(into_error)?);
        let writer = SectionWriter::new(Arc::clone(&segment)).map_err(Error::output)?;
        let file_bytes = options.new_file_bytes(&segment);
        let mut queue = Queue::new(segment, compression, file_bytes);
        queue.put_aside = unarchived.count() as u64;
        let shared = Arc::new(Shared::new(options, queue, writer));
        let (for_keeper, for_syncer) = (Arc::clone(&shared), Arc::clone(&shared));
        let no_thread = |error| Error::output(error).at(directory);
        let keeper = thread::Builder::new()
            .name("commitlog-keeper".to_owned())
            .spawn(move || for_keeper.keep_segments(maker, unarchived))
            .map_err(no_thread)?;
        let syncer = thread::Builder::new()
            .name("commitlog-syncer".to_owned())
            .spawn(move || for_syncer.keep_synced())
            .map_err(no_thread)?;
        Ok(Self { shared, threads: Mutex::new(Some(Threads { keeper, syncer })) })
    }

    /// Appends the mutations of one write. They are in one section: after a power cut, all of them are there or none.
    ///
    /// # Errors
    /// If a mutation is larger than half a segment, or all of them than a segment; if the log failed or is closed; and if the
    /// next segment is needed and cannot be made, because the disk is full for instance. Then nothing was appended, and it can be tried again.
    pub fn append(&self, entries: &[LogEntry<'_>]) -> Result<Commit> {
        let (group, position) = self.shared.append(entries)?;
        Ok(Commit::new(Arc::clone(&self.shared), group, position))
    }

    /// Waits until all that was appended before is synced, whatever the mode.
    ///
    /// # Errors
    /// If a write or sync failed.
    pub fn flush(&self) -> Result<()> {
        self.shared.flush()
    }

    /// The position behind all that was appended: what is appended later has greater ones.
    pub fn position(&self) -> CommitLogPosition {
        self.shared.lock().position()
    }

    /// The writes to `table` behind `start` up to `end` are in SSTables. Segments that nobody needs any more are removed in
    /// the background, the oldest first (`CommitLog.discardCompletedSegments`).
    pub fn mark_clean(&self, table: TableId, start: CommitLogPosition, end: CommitLogPosition) {
        let mut queue = self.shared.lock();
        for active in &mut queue.segments {
            let id = active.segment.id;
            if start.segment_id > id || end.segment_id < id {
                continue;
            }
            let from = if start.segment_id == id { start.position.unsigned_abs() } else { 0 };
            let to = if end.segment_id == id { end.position.unsigned_abs() } else { u32::MAX };
            active.dirty.mark_clean(table, from, to);
        }
        drop(queue);
        self.shared.keeper_called.notify_all();
    }

    /// The table is gone: its writes keep no segment any more.
    pub fn forget(&self, table: TableId) {
        let mut queue = self.shared.lock();
        queue.segments.iter_mut().for_each(|active| active.dirty.forget(table));
        drop(queue);
        self.shared.keeper_called.notify_all();
    }

    /// Tables with writes that are only in the log, in each segment, the oldest first.
    pub fn dirty_tables(&self) -> Vec<(i64, Vec<TableId>)> {
        let mut queue = self.shared.lock();
        queue.segments.iter_mut().map(|active| (active.segment.id, active.dirty.tables())).collect()
    }

    /// The newest segment that has writes to `table` at `position` or in front of it.
    pub fn newest_with(&self, table: TableId, position: CommitLogPosition) -> Option<i64> {
        let queue = self.shared.lock();
        let has_writes = |active: &&ActiveSegment| {
            let id = active.segment.id;
            let end = if id == position.segment_id { position.position.unsigned_abs() } else { u32::MAX };
            id <= position.segment_id && active.dirty.has_up_to(table, end)
        };
        queue.segments.iter().rev().find(has_writes).map(|active| active.segment.id)
    }

    /// Waits until the segment with this id and all older ones are gone, but no longer than `patience`. Whether they are.
    ///
    /// # Errors
    /// If the log failed or is closed.
    pub fn wait_released(&self, id: i64, patience: Duration) -> Result<bool> {
        self.shared.wait_released(id, patience)
    }

    /// Goes on in another segment, so that the one before can be removed when its tables are flushed. All that was appended is
    /// synced first. Nothing is done if nothing was written to the segment.
    ///
    /// # Errors
    /// As [`CommitLog::flush`], and if the next segment cannot be made.
    pub fn rotate(&self) -> Result<()> {
        self.shared.rotate()
    }

    /// Has new segments compressed in another way. The current one stays as it is, and so does one that was made ahead.
    ///
    /// # Errors
    /// If the compressor does not know an option.
    pub fn set_compression(&self, compression: Option<SegmentCompression>) -> Result<()> {
        let options = CommitLogOptions { compression, ..self.shared.options.clone() };
        options.check()?;
        self.shared.lock().compression = options.compression;
        Ok(())
    }

    /// Changes the time from sync to sync of the modes that have one: the window of `Group`, the interval of `Periodic`.
    ///
    /// # Errors
    /// If the mode has none.
    pub fn set_sync_interval(&self, interval: Duration) -> Result<()> {
        match self.shared.options.mode {
            SyncMode::Group { .. } | SyncMode::Periodic { .. } => self.shared.set_pace(interval),
            other => {
                let told = format!("a commit log of the mode {other:?} has no time from sync to sync");
                return Err(Error::invalid_input(told));
            }
        }
        Ok(())
    }

    /// Changes how large all segments may be together, before a flush is asked for.
    pub fn set_total_bytes(&self, bytes: u64) {
        self.shared.total_bytes.store(bytes, Ordering::Relaxed);
        drop(self.shared.lock());
        self.shared.keeper_called.notify_all();
    }

    /// How many bytes all segments have on the disk.
    pub fn file_bytes(&self) -> u64 {
        self.shared.lock().file_bytes()
    }

    /// What was counted since the log was opened.
    pub fn metrics(&self) -> CommitLogMetrics {
        self.shared.lock().metrics
    }

    /// Segments that are complete and that the archive has not taken yet; none without one.
    pub fn unarchived_segments(&self) -> u64 {
        if self.shared.options.archive.is_none() {
            return 0;
        }
        let queue = self.shared.lock();
        let is_waiting = |active: &&ActiveSegment| queue.is_complete(active) && !active.is_archived;
        (queue.segments.iter().filter(is_waiting).count() as u64).saturating_add(queue.put_aside)
    }

    /// Tries at once what has failed and is to be tried again: an archive, or the removal of a segment.
    pub fn retry(&self) {
        self.shared.lock().retry_wanted = true;
        self.shared.keeper_called.notify_all();
    }

    /// Why nothing is acknowledged any more; none as long as all is well.
    pub fn failure(&self) -> Option<Error> {
        self.shared.lock().failure.as_ref().map(super::failure::Failure::to_error)
    }

    /// Ends the log. What was appended is synced; segments without writes that are only in the log are removed, the oldest
    /// first, so that nothing is left if all tables were flushed before.
    ///
    /// # Errors
    /// If a write, a sync, an archive or a removal failed. What is left of the log can be replayed.
    pub fn close(&self) -> Result<()> {
        self.shared.flush()?;
        let Some(mut maker) = self.stop() else { return Ok(()) };
        let (segments, next) = {
            let mut queue = self.shared.lock();
            (std::mem::take(&mut queue.segments), queue.next.take())
        };
        let mut is_kept = false;
        for mut active in segments {
            self.archive_last(&active)?;
            // Those behind one that is kept stay, too.
            is_kept |= !active.dirty.is_clean();
            if !is_kept {
                maker.remove(&active.segment, false).map_err(into_error)?;
            }
        }
        if let Some(next) = next {
            maker.remove(&next, false).map_err(into_error)?;
        }
        maker.remove_spare()
    }

    fn archive_last(&self, active: &ActiveSegment) -> Result<()> {
        let Some(archive) = &self.shared.options.archive else { return Ok(()) };
        let is_unused =
            active.last_group.is_none() && self.shared.lock().offset == active.segment.header_bytes;
        if active.is_archived || is_unused {
            return Ok(());
        }
        let archived = archive.archive(&active.segment.path, &active.segment.name);
        archived.map_err(|error| not_archived(&active.segment.path, error))
    }

    /// Writes and syncs what was appended, and ends the threads: nothing in the directory is changed any more, and the segments
    /// are left for the next opening.
    ///
    /// # Errors
    /// As [`CommitLog::flush`]; the threads are ended all the same.
    pub fn leave(&self) -> Result<()> {
        let flushed = self.shared.flush();
        drop(self.stop());
        flushed
    }

    /// Ends the threads.
    fn stop(&self) -> Option<SegmentMaker> {
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        self.shared.lock().is_closed = true;
        self.shared.keeper_called.notify_all();
        self.shared.syncer_called.notify_all();
        self.shared.next_ready.notify_all();
        self.shared.released.notify_all();
        let _ = threads.syncer.join();
        threads.keeper.join().ok()
    }
}

impl Drop for CommitLog {
    fn drop(&mut self) {
        // Who wants to know whether that worked calls `flush` or `close`.
        let _ = self.leave();
    }
}

impl fmt::Debug for CommitLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommitLog").field("position", &self.position()).finish_non_exhaustive()
    }
}

fn into_error(error: NoSegment) -> Error {
    match error {
        NoSegment::Now(error) => error,
        NoSegment::Ever(failure) => failure.to_error(),
    }
}
