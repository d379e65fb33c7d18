//! Taking partitions and rows out of a shard.

use std::ops::Range;

use cqlite_sstable::reader::TokenRange;
use cqlite_sstable::{Token, partitioner::KeyPosition};

use super::copied::{Copied, CopiedPartition, Entry};
use super::key_order::{KeyOrder, RowKey};
use super::ordered_index::{IndexPlace, OrderedIndex};
use super::shard::{PartitionSlot, Rows, Shard};
use super::versions::NONE;

/// So many bytes are copied at most while a shard is locked, unless one row has more.
const COPIED_BYTES: usize = 32 * 1024;

/// So many entries are copied at most.
const COPIED_ENTRIES: usize = 64;

/// The rows between two bounds.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowRange<'a> {
    pub(super) start: RowKey<'a>,
    pub(super) end: RowKey<'a>,
}

/// Takes out what a reader sees.
pub(super) struct Copier<'a> {
    pub(super) shard: &'a Shard,
    pub(super) order: &'a KeyOrder,
    pub(super) visible: u64,
    pub(super) into: &'a mut Copied,
}

/// Where the partitions begin that are copied.
#[derive(Debug, Clone, Copy)]
pub(super) enum From<'a> {
    /// With the first one.
    First,
    /// With the first one of a greater token.
    AfterToken(&'a Token),
    /// At a key, or behind it.
    Key(&'a [u8], KeyPosition),
}

impl Copier<'_> {
    /// Copies partitions in order, as many as may be at once. True if these are the last ones of the shard, or of the
    /// range.
    pub(super) fn copy_range(&mut self, from: From<'_>, range: &TokenRange) -> bool {
        let mut place = self.place_of(from);
        while let Some((_, number)) = self.shard.partitions.get(place) {
            let key = self.shard.key(number);
            let through = range.through.as_ref();
            if through.is_some_and(|through| self.order.compare_token(key, through).is_gt()) {
                return true;
            }
            self.copy_partition(number, None);
            if self.into.continues || self.is_full() {
                return false;
            }
            place = self.shard.partitions.step(place);
        }
        true
    }

    /// Copies more rows of a partition, those behind `after` and not behind the end of `rows`.
    pub(super) fn copy_more(&mut self, number: u32, after: &RowKey<'_>, end: Option<&RowKey<'_>>) {
        if let Some(Rows::Many(index)) = self.shard.partition(number).map(|slot| &slot.rows) {
            let mut place =
                index.lower_bound(after.prefix, |row| self.shard.compare_row(row, after, self.order));
            if let Some((prefix, row)) = index.get(place)
                && prefix == after.prefix
                && self.shard.compare_row(row, after, self.order).is_eq()
            {
                place = index.step(place);
            }
            self.copy_rows(index, place, end);
        }
    }

    fn is_full(&self) -> bool {
        self.into.len_bytes() >= COPIED_BYTES || self.into.entries.len() >= COPIED_ENTRIES
    }

    fn place_of(&self, from: From<'_>) -> IndexPlace {
        let partitions = &self.shard.partitions;
        match from {
            From::First => IndexPlace::FIRST,
            From::AfterToken(token) => partitions.lower_bound(KeyOrder::token_prefix(token), |number| {
                match self.order.compare_token(self.shard.key(number), token).is_gt() {
                    true => std::cmp::Ordering::Greater,
                    false => std::cmp::Ordering::Less,
                }
            }),
            From::Key(key, position) => {
                let prefix = self.order.partition_prefix(key);
                partitions.lower_bound(prefix, |number| {
                    let order = self.order.compare_keys(self.shard.key(number), key);
                    order.then(match position {
                        KeyPosition::After => std::cmp::Ordering::Less,
                        KeyPosition::At | KeyPosition::Before => std::cmp::Ordering::Equal,
                    })
                })
            }
        }
    }

    /// Copies a partition with its first rows. False if the reader sees nothing of it.
    pub(super) fn copy_partition(&mut self, number: u32, range: Option<RowRange<'_>>) -> bool {
        let Some(slot) = self.shard.partition(number) else { return false };
        let (at, bytes) = (self.into.entries.len(), self.into.len_bytes());
        let key = self.into.push_key(self.shard.key(number));
        let deletions = slot.deletions.as_ref();
        let deletion = deletions.map(|all| all.partition(self.visible)).unwrap_or_default();
        let ends = deletions.map(|all| all.ends(self.visible, deletion)).unwrap_or_default();
        let static_row = self.copy_versions(slot.static_row);
        let is_seen = !deletion.is_live() || !ends.is_empty() || !static_row.is_empty();
        self.into.entries.push(Entry::Partition(CopiedPartition { key, deletion, static_row, ends }));
        self.copy_first_rows(slot, range);
        let is_seen = is_seen || self.into.entries.len() > at.saturating_add(1);
        if !is_seen {
            self.into.truncate(at, bytes);
        }
        is_seen
    }

    fn copy_first_rows(&mut self, slot: &PartitionSlot, range: Option<RowRange<'_>>) {
        match (&slot.rows, range) {
            (Rows::None, _) => {}
            (Rows::One(row), _) => {
                // Whether it is in the slice is told by the reader, who knows its clustering.
                self.copy_row(*row);
            }
            (Rows::Many(index), Some(range)) => {
                let start = &range.start;
                let place =
                    index.lower_bound(start.prefix, |row| self.shard.compare_row(row, start, self.order));
                self.copy_rows(index, place, Some(&range.end));
            }
            (Rows::Many(index), None) => self.copy_rows(index, IndexPlace::FIRST, None),
        }
    }

    /// Copies rows up to a bound, until it is enough.
    fn copy_rows(&mut self, index: &OrderedIndex<u128>, mut place: IndexPlace, end: Option<&RowKey<'_>>) {
        while let Some((prefix, row)) = index.get(place) {
            let is_behind = |end: &RowKey<'_>| {
                let by_prefix = prefix.cmp(&end.prefix);
                by_prefix.then_with(|| self.shard.compare_row(row, end, self.order)).is_gt()
            };
            if end.is_some_and(is_behind) {
                return;
            }
            if self.is_full() && matches!(self.into.entries.last(), Some(Entry::Row(_))) {
                self.into.continues = true;
                return;
            }
            self.copy_row(row);
            place = index.step(place);
        }
    }

    fn copy_row(&mut self, row: u32) {
        let versions = self.copy_versions(row);
        if !versions.is_empty() {
            self.into.entries.push(Entry::Row(versions));
        }
    }

    /// Copies the versions of a row that a reader needs: from the newest one that it sees to one that has all older ones
    /// in it.
    fn copy_versions(&mut self, row: u32) -> Range<usize> {
        let start = self.into.version_count();
        let mut number = self.shard.row(row).map_or(NONE, |row| row.newest);
        while let Some(version) = self.shard.versions.get(number) {
            if version.sequence <= self.visible {
                self.into.push_version(&self.shard.arena, version.place);
                if version.is_whole() {
                    break;
                }
            }
            number = version.older();
        }
        start..self.into.version_count()
    }
}
