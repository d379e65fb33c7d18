//! Commit groups: who collects, who writes, who waits.

use std::sync::{Arc, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use cqlite_sstable::{Error, Result};

use super::entry::{ENTRY_OVERHEAD_BYTES, EntryChecksums};
use super::failure::Failure;
use super::queue::{Group, InFlight, Level, PADDING_BYTES, Queue};
use super::section_writer::SectionWriter;
use super::segment::Segment;
use super::{CommitLogOptions, CommitLogPosition, LogEntry, MARKER_BYTES, SyncMode};
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Condvar, Mutex, MutexGuard, thread};

/// How much a group collects, unless one entry or batch has more.
const GROUP_LIMIT_BYTES: u32 = 1 << 20;

/// How much is written before it is synced in the background, where writers do not wait for that: so that little is left when a
/// segment is full.
pub(super) const SYNC_AT_BYTES: u64 = 4 << 20;

/// What writers and the threads of the log share.
///
/// A writer collects its entries in the pending group, under the lock. Who waits for a group that nobody writes leads it: takes it,
/// writes it without the lock, and syncs it. All others that wait are parked until their group is done, or until it is their group's
/// turn: then one of them leads.
pub(super) struct Shared {
    pub(super) options: CommitLogOptions,
    /// From sync to sync, in nanoseconds, where the mode has such a time.
    pace_nanos: AtomicU64,
    /// How large all segments may be together.
    pub(super) total_bytes: AtomicU64,
    queue: Mutex<Queue>,
    writer: Mutex<SectionWriter>,
    /// Whether a sync failed. One sync at a time: the operating system tells of a failure only once.
    sync_failed: Mutex<bool>,
    pub(super) keeper_called: Condvar,
    pub(super) syncer_called: Condvar,
    pub(super) next_ready: Condvar,
    /// The oldest segment is gone.
    pub(super) released: Condvar,
    synced: Condvar,
}

impl Shared {
    pub(super) fn new(options: CommitLogOptions, queue: Queue, writer: SectionWriter) -> Self {
        let pace = match options.mode {
            SyncMode::Group { window: pace } | SyncMode::Periodic { interval: pace } => pace,
            _ => Duration::ZERO,
        };
        Self {
            pace_nanos: AtomicU64::new(nanos(pace)),
            total_bytes: AtomicU64::new(options.total_bytes),
            options,
            queue: Mutex::new(queue),
            writer: Mutex::new(writer),
            sync_failed: Mutex::new(false),
            keeper_called: Condvar::new(),
            syncer_called: Condvar::new(),
            next_ready: Condvar::new(),
            released: Condvar::new(),
            synced: Condvar::new(),
        }
    }

    /// Takes the lock. What a thread that panicked left under it is complete.
    pub(super) fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From sync to sync.
    pub(super) fn pace(&self) -> Duration {
        Duration::from_nanos(self.pace_nanos.load(Ordering::Relaxed))
    }

    pub(super) fn set_pace(&self, pace: Duration) {
        self.pace_nanos.store(nanos(pace), Ordering::Relaxed);
        // Under the lock, so that who is about to wait knows it.
        drop(self.lock());
        self.syncer_called.notify_all();
    }

    /// How far a group is when its writers are told so.
    pub(super) fn acknowledged_level(&self) -> Level {
        match self.options.mode {
            SyncMode::Batch | SyncMode::Group { .. } => Level::Synced,
            SyncMode::Periodic { .. } | SyncMode::Off => Level::Written,
            SyncMode::WriteBack { .. } => Level::Collected,
        }
    }

    /// Collects entries in one group. Returns its number, and the position behind the last entry.
    pub(super) fn append(&self, entries: &[LogEntry<'_>]) -> Result<(u64, CommitLogPosition)> {
        let bytes = self.size_of(entries)?;
        let (single, many);
        let checksums: &[EntryChecksums] = if let [entry] = entries {
            single = [EntryChecksums::of(entry.mutation)];
            &single
        } else {
            many = entries.iter().map(|entry| EntryChecksums::of(entry.mutation)).collect::<Vec<_>>();
            &many
        };
        let mut queue = self.lock();
        loop {
            self.refuse_if_over(&queue)?;
            let has_room = queue.end().saturating_add(bytes) <= self.end_of_entries();
            let is_full = (queue.pending.bytes.len() as u32).saturating_add(bytes) > self.group_limit_bytes();
            if !queue.pending.is_empty() && (is_full || !has_room) {
                let number = queue.pending.number;
                drop(queue);
                self.reach(number, Level::Written)?;
                queue = self.lock();
            } else if has_room {
                break;
            } else {
                queue = self.enter_next_segment(queue)?;
            }
        }
        let position = queue.push(entries, checksums);
        if self.options.segment_age.is_some() && queue.first_entry.is_none() {
            queue.first_entry = Some(Instant::now());
            self.syncer_called.notify_all();
        }
        if queue.offset > self.options.segment_bytes / 2 && !queue.next_was_wanted {
            queue.want_next();
            self.keeper_called.notify_all();
        }
        Ok((queue.pending.number, position))
    }

    fn refuse_if_over(&self, queue: &Queue) -> Result<()> {
        if let Some(failure) = &queue.failure {
            return Err(failure.to_error());
        }
        if queue.is_closed {
            return Err(Error::invalid_input("the commit log is closed"));
        }
        Ok(())
    }

    /// Where entries must end: behind them padding and a marker of zeros have room.
    fn end_of_entries(&self) -> u32 {
        self.options.segment_bytes.saturating_sub(PADDING_BYTES).saturating_sub(MARKER_BYTES)
    }

    fn group_limit_bytes(&self) -> u32 {
        match self.options.mode {
            SyncMode::WriteBack { buffer_bytes } => buffer_bytes,
            _ => GROUP_LIMIT_BYTES,
        }
    }

    /// The bytes of all entries, if they may have so many.
    fn size_of(&self, entries: &[LogEntry<'_>]) -> Result<u32> {
        let segment_bytes = self.options.segment_bytes;
        let largest = u64::from(segment_bytes / 2);
        let mut total = 0_u64;
        for entry in entries {
            let bytes = (entry.mutation.len() as u64).saturating_add(u64::from(ENTRY_OVERHEAD_BYTES));
            if bytes > largest {
                return Err(Error::invalid_input(format!(
                    "the mutation has {bytes} bytes in the commit log, where {largest} are the most: half a segment of {segment_bytes}"
                ))
                .advise("write fewer rows at once, or make segments larger"));
            }
            total = total.saturating_add(bytes);
        }
        let room = u64::from(self.options.batch_limit_bytes());
        match u32::try_from(total) {
            _ if entries.is_empty() => Err(Error::invalid_input("a write to the commit log has no mutations")),
            Ok(bytes) if total <= room => Ok(bytes),
            _ => Err(Error::invalid_input(format!(
                "the batch has {total} bytes in the commit log, where {room} are the most: a segment of {segment_bytes}, in which a \
                 batch is all or nothing"
            ))
            .advise("write fewer mutations in a batch, or make segments larger")),
        }
    }

    /// Goes over to the next segment, and waits for it if it is not there yet. Nothing is pending.
    pub(super) fn enter_next_segment<'a>(
        &'a self,
        mut queue: MutexGuard<'a, Queue>,
    ) -> Result<MutexGuard<'a, Queue>> {
        if let Some(next) = queue.next.take() {
            let file_bytes = self.options.new_file_bytes(&next);
            queue.enter(next, file_bytes);
            self.keeper_called.notify_all();
            return Ok(queue);
        }
        if let Some(error) = queue.next_error.take() {
            return Err(error);
        }
        queue.want_next();
        queue.next_demanded = true;
        queue.metrics.waits_for_segment = queue.metrics.waits_for_segment.saturating_add(1);
        self.keeper_called.notify_all();
        Ok(self.next_ready.wait(queue).unwrap_or_else(PoisonError::into_inner))
    }

    /// Goes on in another segment, if anything was written to the current one.
    pub(super) fn rotate(&self) -> Result<()> {
        loop {
            self.flush()?;
            let mut queue = self.lock();
            if !queue.pending.is_empty() {
                continue;
            }
            if queue.offset == queue.pending.segment.header_bytes {
                return Ok(());
            }
            let before = queue.pending.segment.id;
            while queue.pending.segment.id == before && queue.pending.is_empty() {
                // Nobody makes a segment any more then.
                self.refuse_if_over(&queue)?;
                queue = self.enter_next_segment(queue)?;
            }
            if queue.pending.segment.id != before {
                return Ok(());
            }
        }
    }

    /// Waits until a segment and all older ones are gone, for a time. Whether they are.
    pub(super) fn wait_released(&self, id: i64, patience: Duration) -> Result<bool> {
        // A segment that is left has to be synced before it can go.
        self.flush()?;
        self.keeper_called.notify_all();
        let until = Instant::now() + patience;
        let mut queue = self.lock();
        loop {
            self.refuse_if_over(&queue)?;
            if queue.segments.front().is_none_or(|oldest| oldest.segment.id > id) {
                return Ok(true);
            }
            let rest = until.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                return Ok(false);
            }
            queue = self.released.wait_timeout(queue, rest).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until a group is so far, and leads it if nobody does.
    pub(super) fn reach(&self, number: u64, level: Level) -> Result<()> {
        let mut queue = self.lock();
        loop {
            if queue.has_reached(number, level) {
                return Ok(());
            }
            if let Some(failure) = &queue.failure {
                return Err(failure.to_error());
            }
            queue = if number <= queue.written {
                self.sync_written(queue)
            } else if queue.in_flight.is_none() {
                self.lead(queue)
            } else {
                wait_for(number, queue)
            };
        }
    }

    /// Writes the pending group, and syncs it where writers wait for that.
    fn lead<'a>(&'a self, mut queue: MutexGuard<'a, Queue>) -> MutexGuard<'a, Queue> {
        if let SyncMode::Group { .. } = self.options.mode {
            let rest = self.pace().saturating_sub(queue.last_sync.elapsed());
            // Others collect meanwhile, and do not lead.
            queue.in_flight = Some(InFlight::default());
            drop(queue);
            thread::sleep(rest);
            queue = self.lock();
        }
        let mut group = queue.take_pending();
        drop(queue);
        let will_sync = self.acknowledged_level() == Level::Synced;
        let outcome = self.write(&mut group, will_sync);
        let mut queue = self.lock();
        let in_flight = queue.in_flight.take().unwrap_or_default();
        match outcome {
            Ok(written) => self.settle(&mut queue, group, &written, will_sync),
            Err(failure) => queue.failure = Some(failure),
        }
        self.tell(queue, &in_flight)
    }

    /// What is known after a group was written.
    fn settle(&self, queue: &mut Queue, group: Group, written: &WrittenGroup, is_synced: bool) {
        queue.written = group.number;
        let Group { number, bytes, mutations, segment, .. } = group;
        let content = bytes.len() as u64;
        queue.recycle(bytes);
        if written.synced_before {
            queue.synced = queue.synced.max(number.saturating_sub(1));
            queue.unsynced_bytes = 0;
        }
        if is_synced {
            queue.synced = number;
            queue.last_sync = Instant::now();
        } else {
            queue.unsynced_bytes = queue.unsynced_bytes.saturating_add(u64::from(written.bytes));
            if queue.unsynced_bytes >= SYNC_AT_BYTES {
                self.syncer_called.notify_all();
            }
        }
        if segment.compression.is_some() {
            let active = queue.segments.iter_mut().find(|active| Arc::ptr_eq(&active.segment, &segment));
            if let Some(active) = active {
                active.file_bytes = active.file_bytes.saturating_add(u64::from(written.bytes));
            }
        }
        if !Arc::ptr_eq(&queue.written_segment, &segment) {
            queue.written_segment = Arc::clone(&segment);
            self.keeper_called.notify_all();
        }
        let metrics = &mut queue.metrics;
        metrics.groups = metrics.groups.saturating_add(1);
        metrics.mutations = metrics.mutations.saturating_add(mutations);
        metrics.content_bytes = metrics.content_bytes.saturating_add(content);
        metrics.written_bytes = metrics.written_bytes.saturating_add(u64::from(written.bytes));
        if let Some(compression) = &segment.compression
            && let Some(codec) = metrics.codec_mut(compression.compressor)
        {
            codec.add(content, u64::from(written.bytes), written.compress_time);
        }
        let syncs = u64::from(written.synced_before).saturating_add(u64::from(is_synced));
        metrics.syncs = metrics.syncs.saturating_add(syncs);
    }

    /// Wakes those whose group is done, and one of those who wait for the next group.
    fn tell<'a>(&'a self, mut queue: MutexGuard<'a, Queue>, done: &InFlight) -> MutexGuard<'a, Queue> {
        let wakers = queue.ready_wakers();
        let has_failed = queue.failure.is_some();
        let next = (queue.pending.waiters > 0).then(|| Arc::clone(&queue.pending.done));
        let syncer_leads = next.is_none() && queue.lead_wanted && !queue.pending.is_empty();
        if !has_failed && !syncer_leads && next.is_none() && done.waiters == 0 && wakers.is_empty() {
            return queue;
        }
        // Those who wake take the lock first of all.
        drop(queue);
        match next {
            Some(next) if has_failed => next.notify_all(),
            Some(next) => next.notify_one(),
            None => {}
        }
        if done.waiters > 0 {
            done.done.notify_all();
        }
        if syncer_leads {
            self.syncer_called.notify_all();
        }
        if has_failed {
            self.tell_of_failure();
        }
        wakers.into_iter().for_each(Waker::wake);
        self.lock()
    }

    fn tell_of_failure(&self) {
        self.keeper_called.notify_all();
        self.syncer_called.notify_all();
        self.next_ready.notify_all();
        self.released.notify_all();
        self.synced.notify_all();
    }

    /// Ends everything: nothing is acknowledged from now on.
    pub(super) fn fail(&self, failure: Failure) {
        let mut queue = self.lock();
        queue.failure.get_or_insert(failure);
        let in_flight =
            queue.in_flight.as_ref().map(|group| InFlight { done: Arc::clone(&group.done), waiters: 1 });
        drop(self.tell(queue, &in_flight.unwrap_or_default()));
    }

    fn write(&self, group: &mut Group, will_sync: bool) -> Result<WrittenGroup, Failure> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let left = writer.left_for(&group.segment);
        if let Some(left) = &left {
            self.sync_segment(left)?;
        }
        let (bytes, compress_time) = writer
            .write(group, will_sync)
            .map_err(|error| Failure::new(&group.segment.path, "writing", &error))?;
        if will_sync {
            self.sync_segment(&group.segment)?;
        }
        Ok(WrittenGroup { bytes, compress_time, synced_before: left.is_some() })
    }

    fn sync_segment(&self, segment: &Segment) -> Result<(), Failure> {
        let mut failed = self.sync_failed.lock().unwrap_or_else(PoisonError::into_inner);
        if *failed {
            let error = std::io::Error::other("another sync failed before");
            return Err(Failure::new(&segment.path, "syncing", &error));
        }
        segment.file.sync_data().map_err(|error| {
            *failed = true;
            Failure::new(&segment.path, "syncing", &error)
        })
    }

    /// Syncs what is written, or waits for the one who does that.
    fn sync_written<'a>(&'a self, mut queue: MutexGuard<'a, Queue>) -> MutexGuard<'a, Queue> {
        if queue.is_syncing {
            return self.synced.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        queue.is_syncing = true;
        let (target, unsynced_bytes) = (queue.written, queue.unsynced_bytes);
        // What was written to segments before is synced: that is done before the next is entered.
        let segment = Arc::clone(&queue.written_segment);
        drop(queue);
        let outcome = self.sync_segment(&segment);
        let mut queue = self.lock();
        queue.is_syncing = false;
        match outcome {
            Ok(()) => {
                queue.synced = queue.synced.max(target);
                queue.unsynced_bytes = queue.unsynced_bytes.saturating_sub(unsynced_bytes);
                queue.last_sync = Instant::now();
                queue.metrics.syncs = queue.metrics.syncs.saturating_add(1);
            }
            Err(failure) => {
                queue.failure.get_or_insert(failure);
            }
        }
        self.synced.notify_all();
        self.tell(queue, &InFlight::default())
    }

    /// Writes all that was appended, and syncs it.
    pub(super) fn flush(&self) -> Result<()> {
        let queue = self.lock();
        if let Some(failure) = &queue.failure {
            return Err(failure.to_error());
        }
        let number = queue.last_group();
        drop(queue);
        self.reach(number, Level::Synced)
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// What became of a group.
struct WrittenGroup {
    bytes: u32,
    compress_time: Duration,
    /// Whether all groups before it were synced first.
    synced_before: bool,
}

/// Parks until the group is done, or somebody is to lead it.
fn wait_for(number: u64, mut queue: MutexGuard<'_, Queue>) -> MutexGuard<'_, Queue> {
    let done = if number == queue.pending.number {
        queue.pending.waiters = queue.pending.waiters.saturating_add(1);
        Arc::clone(&queue.pending.done)
    } else if let Some(group) = &mut queue.in_flight {
        group.waiters = group.waiters.saturating_add(1);
        Arc::clone(&group.done)
    } else {
        return queue;
    };
    done.wait(queue).unwrap_or_else(PoisonError::into_inner)
}
