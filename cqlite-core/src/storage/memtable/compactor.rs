//! Putting versions of a row together.

use std::sync::Arc;

use cqlite_sstable::Result;
use cqlite_sstable::encoding::EncodingStats;
use cqlite_sstable::merge::{RowMerge, RowVersion as _};
use cqlite_sstable::row::{ClusteringBuffer, DeletionTime, RowItem};

use super::Visibility;
use super::arena::Arena;
use super::stored_row::{KnownLists, StoredVersion, write_stored_head};
use super::versions::{Version, Versions};
use crate::storage::mutation::{RowBuffer, TableLayout};

/// Makes one version of several, so that rows that are written again and again stay cheap to read and small.
///
/// Nothing is changed in place. A new version that has the older ones in it is put in front of them, and what no reader
/// can ask for any more is forgotten.
///
/// What is left of a counter that is deleted and counted again depends on what is merged first. So that a reader never
/// sees that change, counters are left as they are where deletions are; and so are rows with a deletion that later
/// liveness takes away.
pub(super) struct Compactor {
    layout: Arc<TableLayout>,
    merge: RowMerge<StoredVersion>,
    lists: KnownLists,
    buffer: RowBuffer,
    clustering: ClusteringBuffer,
    head: Vec<u8>,
    encoded: Vec<u8>,
}

impl std::fmt::Debug for Compactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compactor").finish_non_exhaustive()
    }
}

impl Compactor {
    pub(super) fn new(layout: &Arc<TableLayout>) -> Self {
        Self {
            layout: Arc::clone(layout),
            merge: RowMerge::new(Arc::clone(layout.columns())),
            lists: KnownLists::new(Arc::clone(layout)),
            buffer: RowBuffer::default(),
            clustering: ClusteringBuffer::default(),
            head: Vec::new(),
            encoded: Vec::new(),
        }
    }

    /// Whether the table counts.
    pub(super) fn has_counters(&self) -> bool {
        self.layout.columns().has_counters()
    }

    /// Puts together the versions of a row that are complete. Returned are its newest version then, and how many there
    /// are in front of the whole one; nothing if it stays as it is.
    pub(super) fn compact(
        &mut self,
        newest: u32,
        is_static: bool,
        (versions, arena): (&mut Versions, &mut Arena),
        visibility: &Visibility,
    ) -> Result<Option<(u32, u32)>> {
        let complete = visibility.complete();
        // The last version that is too new, and how many of those there are.
        let (mut front, mut in_front, mut number) = (None, 0_u32, newest);
        while let Some(version) = versions.get(number).filter(|version| version.sequence > complete) {
            (front, in_front) = (Some(number), in_front.saturating_add(1));
            number = version.older();
        }
        let Some(first) = versions.get(number).copied() else { return Ok(None) };
        let first_number = number;
        if !self.merge_from(number, is_static, versions, arena)? {
            return Ok(None);
        }
        let place = arena.push([&self.head, &self.encoded])?;
        let whole = versions.put(Version::whole(first.sequence, place, first_number));
        if let Some(front) = front {
            versions.set_older(front, whole);
        }
        forget_unseen(whole, visibility.oldest(), versions, arena);
        Ok(Some((if front.is_some() { newest } else { whole }, in_front)))
    }

    /// Encodes what the versions from `number` on make together. False if there is only one, or one of those that are
    /// left as they are.
    fn merge_from(
        &mut self,
        mut number: u32,
        is_static: bool,
        versions: &Versions,
        arena: &Arena,
    ) -> Result<bool> {
        let mut count = 0_usize;
        while let Some(version) = versions.get(number) {
            if self.merge.version(count).is_none() {
                self.merge.push(StoredVersion::default());
            }
            let Some(place) = self.merge.version_mut(count) else { break };
            place.set(arena.get(version.place), &mut self.lists)?;
            let row = place.row();
            let has_deletion = !row.deletion.is_live() && self.layout.columns().has_counters();
            if has_deletion || !row.shadowable_deletion.is_live() {
                return Ok(false);
            }
            if count == 0 {
                self.clustering.copy_from(row.clustering);
            }
            count = count.saturating_add(1);
            if version.is_whole() {
                break;
            }
            number = version.older();
        }
        if count < 2 {
            return Ok(false);
        }
        self.buffer.clear();
        self.merge.start(count, is_static, DeletionTime::LIVE)?;
        let row = self.merge.head().row(is_static, self.clustering.as_clustering());
        let mut stats = EncodingStats::default();
        stats.add_row(&row);
        self.buffer.push_row(&row);
        while self.merge.advance_item()? {
            let item = self.merge.item();
            if matches!(item, RowItem::Cell(cell) if cell.is_tombstone())
                && self.layout.columns().has_counters()
            {
                return Ok(false);
            }
            stats.add_item(&item);
            self.buffer.push_item(&item);
        }
        self.encode(&stats)?;
        Ok(true)
    }

    fn encode(&mut self, stats: &EncodingStats) -> Result<()> {
        const ALL_COLUMNS: u32 = 0;
        let deltas = stats.deltas(true);
        self.head.clear();
        self.encoded.clear();
        write_stored_head(ALL_COLUMNS, &deltas, &mut self.head);
        self.buffer.write(0, self.layout.all_columns(), &deltas, &mut self.encoded)?;
        Ok(())
    }
}

/// Forgets what is older than the newest version that has all in it and that every reader sees.
fn forget_unseen(whole: u32, oldest: u64, versions: &mut Versions, arena: &mut Arena) {
    let mut last = whole;
    while let Some(version) = versions.get(last) {
        if version.is_whole() && version.sequence <= oldest {
            break;
        }
        last = version.older();
    }
    let Some(mut number) = versions.get(last).map(Version::older) else { return };
    versions.set_older(last, super::versions::NONE);
    while let Some(version) = versions.get(number).copied() {
        arena.release(version.place);
        versions.remove(number);
        number = version.older();
    }
}
