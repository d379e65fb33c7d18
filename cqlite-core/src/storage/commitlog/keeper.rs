//! The thread that makes segments ahead, and removes those that are not needed any more.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use cqlite_sstable::Result;

use super::queue::Queue;
use super::segment::{NoSegment, Segment, SegmentMaker};
use super::shared::Shared;
use super::unarchived::{Unarchived, not_archived};
use super::{CommitLogPosition, SegmentCompression, TableId};
use crate::sync::MutexGuard;
use crate::sync::atomic::Ordering;

/// When what failed, and can be tried again, is tried again.
const RETRY: Duration = Duration::from_secs(10);

/// What is to be done, the most urgent first.
enum Chore {
    Stop,
    MakeNext(Option<SegmentCompression>),
    ArchiveAside,
    Archive(Arc<Segment>),
    Release(Arc<Segment>),
    MakeSpare,
    AskForFlush(Vec<TableId>, CommitLogPosition),
    Wait,
}

/// The keeper's own state.
struct Keeper {
    maker: SegmentMaker,
    unarchived: Unarchived,
    has_archive_failed: bool,
    spare_failed: bool,
    /// Archiving or removing failed: it is not tried again before.
    retry_at: Option<Instant>,
    /// The oldest segment when a flush was asked for.
    asked_for: Option<i64>,
}

impl Shared {
    /// Works until the log is closed, and gives the maker back.
    pub(super) fn keep_segments(&self, maker: SegmentMaker, unarchived: Unarchived) -> SegmentMaker {
        let mut keeper = Keeper {
            maker,
            unarchived,
            has_archive_failed: false,
            spare_failed: false,
            retry_at: None,
            asked_for: None,
        };
        let mut queue = self.lock();
        loop {
            let chore = keeper.chore(self, &mut queue);
            queue = match chore {
                Chore::Stop => return keeper.maker,
                Chore::Wait => self.wait_for_chores(queue, keeper.retry_at),
                chore => {
                    drop(queue);
                    keeper.work(self, chore);
                    self.lock()
                }
            };
        }
    }

    fn wait_for_chores<'a>(
        &self,
        queue: MutexGuard<'a, Queue>,
        retry_at: Option<Instant>,
    ) -> MutexGuard<'a, Queue> {
        match retry_at {
            None => self.keeper_called.wait(queue).unwrap_or_else(PoisonError::into_inner),
            Some(at) => {
                let rest = at.saturating_duration_since(Instant::now());
                self.keeper_called.wait_timeout(queue, rest).unwrap_or_else(PoisonError::into_inner).0
            }
        }
    }
}

impl Keeper {
    fn chore(&mut self, shared: &Shared, queue: &mut Queue) -> Chore {
        if queue.is_closed {
            return Chore::Stop;
        }
        if queue.failure.is_some() {
            return Chore::Wait;
        }
        if queue.next_wanted && queue.next.is_none() {
            return Chore::MakeNext(queue.compression.clone());
        }
        let is_retried = std::mem::take(&mut queue.retry_wanted);
        self.retry_at = self.retry_at.filter(|at| !is_retried && *at > Instant::now());
        if self.retry_at.is_none() {
            if shared.options.archive.is_some() && self.unarchived.count() > 0 {
                return Chore::ArchiveAside;
            }
            if let Some(segment) = unarchived(shared, queue) {
                return Chore::Archive(segment);
            }
            if let Some(segment) = releasable(shared, queue) {
                return Chore::Release(segment);
            }
        }
        if !self.spare_failed && !self.maker.has_spare(queue.compression.as_ref()) {
            return Chore::MakeSpare;
        }
        self.flush_wanted(shared, queue).unwrap_or(Chore::Wait)
    }

    /// If the log is too large: the tables that keep its oldest segment, once for each such segment.
    fn flush_wanted(&mut self, shared: &Shared, queue: &mut Queue) -> Option<Chore> {
        let is_too_large = queue.file_bytes() > shared.total_bytes.load(Ordering::Relaxed);
        let is_current = queue.segments.len() < 2;
        if !is_too_large || is_current || shared.options.flush_wanted.is_none() {
            return None;
        }
        let oldest = queue.segments.front_mut()?;
        let id = oldest.segment.id;
        let tables = oldest.dirty.tables();
        if tables.is_empty() || self.asked_for == Some(id) {
            return None;
        }
        self.asked_for = Some(id);
        let position = i32::try_from(shared.options.segment_bytes).unwrap_or(i32::MAX);
        Some(Chore::AskForFlush(tables, CommitLogPosition { segment_id: id, position }))
    }

    fn work(&mut self, shared: &Shared, chore: Chore) {
        match chore {
            Chore::Stop | Chore::Wait => {}
            Chore::MakeNext(compression) => {
                let made = self.maker.make_segment(compression);
                self.spare_failed = false;
                self.hand_over(shared, made);
            }
            Chore::MakeSpare => {
                let made = self.maker.make_spare();
                self.spare_failed = made.is_err();
                self.judge(shared, made.err());
            }
            Chore::ArchiveAside => self.archive_aside(shared),
            Chore::Archive(segment) => self.archive(shared, &segment),
            Chore::Release(segment) => self.release(shared, &segment),
            Chore::AskForFlush(tables, position) => {
                if let Some(ask) = &shared.options.flush_wanted {
                    ask(&tables, position);
                }
            }
        }
    }

    fn hand_over(&mut self, shared: &Shared, made: Result<Segment, NoSegment>) {
        let mut queue = shared.lock();
        match made {
            Ok(segment) => queue.next = Some(Arc::new(segment)),
            // Who makes one ahead is not told: it is tried again when one is needed.
            Err(NoSegment::Now(error)) => queue.next_error = queue.next_demanded.then_some(error),
            Err(NoSegment::Ever(failure)) => {
                drop(queue);
                return shared.fail(failure);
            }
        }
        queue.next_wanted = false;
        queue.next_demanded = false;
        drop(queue);
        shared.next_ready.notify_all();
    }

    fn archive(&mut self, shared: &Shared, segment: &Arc<Segment>) {
        let Some(archive) = &shared.options.archive else { return };
        let archived = archive.archive(&segment.path, &segment.name);
        if !self.tell_archived(shared, archived.map_err(|error| not_archived(&segment.path, error))) {
            return;
        }
        let mut queue = shared.lock();
        let active = queue.segments.iter_mut().find(|active| Arc::ptr_eq(&active.segment, segment));
        if let Some(active) = active {
            active.is_archived = true;
        }
    }

    fn archive_aside(&mut self, shared: &Shared) {
        let Some(archive) = &shared.options.archive else { return };
        let archived = self.unarchived.archive_oldest(&**archive);
        shared.lock().put_aside = self.unarchived.count() as u64;
        self.tell_archived(shared, archived);
    }

    /// Tells whether a segment was archived, and when to try again if it was not.
    fn tell_archived(&mut self, shared: &Shared, archived: Result<()>) -> bool {
        let is_archived = archived.is_ok();
        if !is_archived {
            let mut queue = shared.lock();
            queue.metrics.failed_archives = queue.metrics.failed_archives.saturating_add(1);
            drop(queue);
            self.retry_at = Some(Instant::now() + RETRY);
        }
        let told = shared.options.archive_told.as_ref().filter(|_| !is_archived || self.has_archive_failed);
        self.has_archive_failed = !is_archived;
        told.into_iter().for_each(|tell| tell(archived.as_ref().err()));
        is_archived
    }

    fn release(&mut self, shared: &Shared, segment: &Segment) {
        let removed = self.maker.remove(segment, true);
        if removed.is_err() {
            self.retry_at = Some(Instant::now() + RETRY);
            return self.judge(shared, removed.err());
        }
        let mut queue = shared.lock();
        queue.segments.pop_front();
        queue.metrics.segments_released = queue.metrics.segments_released.saturating_add(1);
        drop(queue);
        shared.released.notify_all();
    }

    fn judge(&self, shared: &Shared, error: Option<NoSegment>) {
        if let Some(NoSegment::Ever(failure)) = error {
            shared.fail(failure);
        }
    }
}

/// The oldest segment that is complete and was not archived.
fn unarchived(shared: &Shared, queue: &Queue) -> Option<Arc<Segment>> {
    shared.options.archive.as_ref()?;
    let mut complete = queue.segments.iter().filter(|active| queue.is_complete(active));
    complete.find(|active| !active.is_archived).map(|active| Arc::clone(&active.segment))
}

/// The oldest segment, if it is complete and nothing in it is needed any more. Never a younger one: what an old segment
/// holds must not come back without what came after it.
fn releasable(shared: &Shared, queue: &mut Queue) -> Option<Arc<Segment>> {
    let oldest = queue.segments.front()?;
    let is_archived = shared.options.archive.is_none() || oldest.is_archived;
    if !is_archived || !queue.is_complete(oldest) {
        return None;
    }
    let oldest = queue.segments.front_mut()?;
    oldest.dirty.is_clean().then(|| Arc::clone(&oldest.segment))
}
