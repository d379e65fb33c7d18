//! The rows of a memtable.

use std::ops::Range;
use std::sync::Arc;

use cqlite_sstable::Result;
use cqlite_sstable::merge::{RowHead, RowMerge, range_markers};
use cqlite_sstable::partitioner::KeyPosition;
use cqlite_sstable::reader::{Slice, TokenRange};
use cqlite_sstable::row::{
    ClusteringBuffer, ClusteringKind, DeletionTime, Partition, Row, RowItem, Unfiltered, UnfilteredPartitions,
};

use super::copied::{Copied, Entry};
use super::stored_row::{KnownLists, StoredRowCursor, StoredVersion};
use super::{FoundPartition, Memtable};
use crate::storage::mutation::RangeSweep;

/// A source of what a memtable has: one partition, or those of a range of tokens, as of one moment. Versions of a row are
/// merged by the rules of [`cqlite_sstable::merge`], and what deletions of the memtable cover is not shown.
///
/// It holds no lock between two steps, and copies at most some dozens of kilobytes while it holds one. It can be used
/// again by [`MemtableRows::seek`], and then allocates nothing.
pub struct MemtableRows {
    pub(super) memtable: Arc<Memtable>,
    pub(super) visible: u64,
    pub(super) asked: Asked,
    lists: KnownLists,
    pub(super) copied: Copied,
    /// The entry of what was copied that comes next.
    pub(super) next: usize,
    pub(super) key: Vec<u8>,
    deletion: DeletionTime,
    sweep: RangeSweep,
    state: State,
    /// The row at which the cursor stands, or that comes behind the marker at which it stands.
    pub(super) cursor: StoredRowCursor,
    versions: Range<usize>,
    merge: RowMerge<StoredVersion>,
    head: RowHead,
    clustering: ClusteringBuffer,
    pub(super) forms: [Vec<u8>; 2],
}

/// What is shown.
#[derive(Debug)]
pub(super) enum Asked {
    /// One partition, maybe a slice of it.
    Partition {
        partition: Option<FoundPartition>,
        slice: Option<Slice>,
        is_read: bool,
    },
    Range {
        range: TokenRange,
        from: Option<(Vec<u8>, KeyPosition)>,
        shard: usize,
        is_read: bool,
    },
}

/// Where the source stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// In front of the first row, at the static row.
    Static(Shown),
    Row(Shown),
    /// A row is known that comes behind the marker.
    MarkerInFrontOfRow,
    Marker,
    End,
}

/// How a row is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// As it was copied: the version of this number.
    Plain(usize),
    Merged,
    /// There is none.
    Nothing,
}

impl MemtableRows {
    pub(super) fn of_partition(
        memtable: &Arc<Memtable>,
        partition: Option<FoundPartition>,
        slice: Option<Slice>,
        visible: u64,
    ) -> Self {
        Self::new(memtable, Asked::Partition { partition, slice, is_read: false }, visible)
    }

    pub(super) fn of_range(memtable: &Arc<Memtable>, range: TokenRange, visible: u64) -> Self {
        Self::new(memtable, Asked::Range { range, from: None, shard: 0, is_read: false }, visible)
    }

    fn new(memtable: &Arc<Memtable>, asked: Asked, visible: u64) -> Self {
        let layout = memtable.layout();
        Self {
            memtable: Arc::clone(memtable),
            visible,
            asked,
            lists: KnownLists::new(Arc::clone(layout)),
            copied: Copied::default(),
            next: 0,
            key: Vec::new(),
            deletion: DeletionTime::LIVE,
            sweep: RangeSweep::default(),
            state: State::End,
            cursor: StoredRowCursor::default(),
            versions: 0..0,
            merge: RowMerge::new(Arc::clone(layout.columns())),
            head: RowHead::default(),
            clustering: ClusteringBuffer::default(),
            forms: [Vec::new(), Vec::new()],
        }
    }

    /// Goes in front of the partition of a key, and shows nothing else from now on.
    pub fn seek(&mut self, key: &[u8], slice: Option<Slice>) {
        let partition = self.memtable.find_key(key);
        self.asked = Asked::Partition { partition, slice, is_read: false };
        self.forget();
    }

    /// Goes in front of a key or behind it, and shows what follows in the range that was asked for: to go on where
    /// another reader stopped. Of a single partition nothing changes.
    pub fn skip_to(&mut self, key: &[u8], position: KeyPosition) {
        if let Asked::Range { from, shard, is_read, .. } = &mut self.asked {
            *shard = self.memtable.shard_of(key);
            (*from, *is_read) = (Some((key.to_owned(), position)), false);
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.copied.clear();
        self.next = 0;
        self.state = State::End;
    }

    /// Enters the partition that was copied last but not entered.
    fn enter(&mut self, number: usize) -> Result<()> {
        let Some(Entry::Partition(partition)) = self.copied.entries.get_mut(number) else { return Ok(()) };
        let ends = std::mem::take(&mut partition.ends);
        let (key, static_row) = (partition.key.clone(), partition.static_row.clone());
        self.deletion = partition.deletion;
        self.key.clear();
        self.key.extend_from_slice(self.copied.key(&key));
        let order = self.memtable.layout().order();
        self.sweep = RangeSweep::default();
        if !ends.is_empty() {
            self.sweep = RangeSweep::new(range_markers(ends, order));
            if let Asked::Partition { slice: Some(slice), .. } = &self.asked {
                self.sweep.cut(slice.start.as_prefix(), slice.end.as_prefix(), order);
            }
        }
        self.versions = 0..0;
        let shown = match static_row.len() {
            0 => {
                self.cursor.start_empty_static();
                Shown::Nothing
            }
            _ => {
                self.start_cursor(&static_row)?;
                let active = self.deletion;
                self.show(static_row, active)?
            }
        };
        self.state = State::Static(shown);
        Ok(())
    }

    fn start_cursor(&mut self, versions: &Range<usize>) -> Result<()> {
        self.cursor.start(self.copied.version(versions.start), &mut self.lists)
    }

    /// Finds out what of a row is shown. The cursor stands at its first version.
    #[inline]
    fn show(&mut self, versions: Range<usize>, active: DeletionTime) -> Result<Shown> {
        if versions.len() == 1 && active.is_live() && self.cursor.is_plain() {
            return Ok(Shown::Plain(versions.start));
        }
        self.show_merged(versions, active)
    }

    fn show_merged(&mut self, versions: Range<usize>, active: DeletionTime) -> Result<Shown> {
        let (count, is_static) = (versions.len(), self.cursor.row().is_static);
        self.clustering.copy_from(self.cursor.row().clustering);
        for (number, version) in versions.enumerate() {
            if self.merge.version(number).is_none() {
                self.merge.push(StoredVersion::default());
            }
            if let Some(place) = self.merge.version_mut(number) {
                place.set(self.copied.version(version), &mut self.lists)?;
            }
        }
        let is_left = self.merge.start(count, is_static, active)?;
        self.head = self.merge.head();
        Ok(if is_left { Shown::Merged } else { Shown::Nothing })
    }

    /// Moves the cursor to the next row that was copied, in the slice that was asked for. False if there is none.
    fn advance_row(&mut self) -> Result<bool> {
        loop {
            if self.next == self.copied.entries.len() && self.copied.continues {
                self.fill_more();
            }
            let Some(Entry::Row(versions)) = self.copied.entries.get(self.next) else { return Ok(false) };
            self.versions = versions.clone();
            self.next = self.next.saturating_add(1);
            let versions = self.versions.clone();
            self.start_cursor(&versions)?;
            if let Asked::Partition { slice: Some(slice), .. } = &self.asked {
                let place = (ClusteringKind::Clustering, self.cursor.row().clustering);
                let order = self.memtable.layout().order();
                if !order.slice_includes(slice.start.as_prefix(), slice.end.as_prefix(), place) {
                    continue;
                }
            }
            return Ok(true);
        }
    }

    /// Whether a marker comes in front of a row, or comes at all if there is none.
    fn marker_is_next(&self, has_row: bool) -> bool {
        let place = has_row.then(|| (ClusteringKind::Clustering, self.cursor.row().clustering));
        self.sweep.next_before(place, self.memtable.layout().order()).is_some()
    }

    fn shown(&self) -> Shown {
        match self.state {
            State::Static(shown) | State::Row(shown) => shown,
            State::MarkerInFrontOfRow | State::Marker | State::End => Shown::Nothing,
        }
    }

    fn row(&self, is_static: bool) -> Row<'_> {
        match self.shown() {
            Shown::Plain(_) => self.cursor.row(),
            Shown::Merged => self.head.row(is_static, self.clustering.as_clustering()),
            Shown::Nothing => RowHead::default().row(is_static, self.clustering.as_clustering()),
        }
    }
}

impl UnfilteredPartitions for MemtableRows {
    fn advance_partition(&mut self) -> Result<bool> {
        self.state = State::End;
        loop {
            while let Some(entry) = self.copied.entries.get(self.next) {
                let number = self.next;
                self.next = number.saturating_add(1);
                if matches!(entry, Entry::Partition(_)) {
                    self.enter(number)?;
                    return Ok(true);
                }
            }
            if !self.fill() {
                return Ok(false);
            }
        }
    }

    fn partition(&self) -> Partition<'_> {
        let has_static = self.memtable.layout().has_statics() && matches!(self.state, State::Static(_));
        let static_row = has_static.then(|| self.row(true));
        Partition { key: &self.key, deletion: self.deletion, static_row }
    }

    fn advance_unfiltered(&mut self) -> Result<bool> {
        let mut has_row = match self.state {
            State::End => return Ok(false),
            State::MarkerInFrontOfRow => true,
            State::Static(_) | State::Row(_) | State::Marker => self.advance_row()?,
        };
        loop {
            if self.marker_is_next(has_row) {
                self.sweep.advance();
                self.state = if has_row { State::MarkerInFrontOfRow } else { State::Marker };
                return Ok(true);
            }
            if !has_row {
                self.state = State::End;
                return Ok(false);
            }
            let open = self.sweep.open();
            let active = if open.is_live() { self.deletion } else { open };
            let shown = self.show(self.versions.clone(), active)?;
            if shown != Shown::Nothing {
                self.state = State::Row(shown);
                return Ok(true);
            }
            has_row = self.advance_row()?;
        }
    }

    fn unfiltered(&self) -> Unfiltered<'_> {
        match (self.state, self.sweep.last()) {
            (State::Marker | State::MarkerInFrontOfRow, Some(marker)) => Unfiltered::Marker(marker),
            _ => Unfiltered::Row(self.row(false)),
        }
    }

    #[inline]
    fn advance_item(&mut self) -> Result<bool> {
        match self.shown() {
            Shown::Plain(version) => self.cursor.advance_item(self.copied.version(version)),
            Shown::Merged => self.merge.advance_item(),
            Shown::Nothing => Ok(false),
        }
    }

    #[inline]
    fn item(&self) -> RowItem<'_> {
        match self.shown() {
            Shown::Plain(version) => self.cursor.item(self.copied.version(version)),
            Shown::Merged | Shown::Nothing => self.merge.item(),
        }
    }
}

impl std::fmt::Debug for MemtableRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemtableRows").field("visible", &self.visible).field("asked", &self.asked).finish()
    }
}
