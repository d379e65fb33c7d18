//! A part of a memtable: the partitions of a range of tokens.

use cqlite_sstable::row::{DeletionTime, Unfiltered, UnfilteredPartitions};
use cqlite_sstable::{Error, Result};

use super::Visibility;
use super::applied_rows::{Applied, AppliedRows};
use super::arena::{Arena, Place};
use super::compactor::Compactor;
use super::deletions::Deletions;
use super::key_order::{KeyOrder, RowKey};
use super::ordered_index::{IndexPlace, OrderedIndex};
use super::statistics::MemtableStatistics;
use super::versions::{NONE, Version, Versions};
use crate::storage::mutation::PartitionUpdate;

/// From so many versions of a row on, it is tried again and again to put them together.
const PILED_VERSIONS: u32 = 16;
const VERSIONS_BETWEEN_ATTEMPTS: u32 = 8;

/// What one lock guards: indexes, versions, and the bytes that they refer to.
#[derive(Debug, Default)]
pub(super) struct Shard {
    pub(super) arena: Arena,
    pub(super) partitions: OrderedIndex<u64>,
    partition_slots: Vec<PartitionSlot>,
    row_slots: Vec<RowSlot>,
    pub(super) versions: Versions,
    compactor: Option<Box<Compactor>>,
    pub(super) statistics: MemtableStatistics,
    /// Rows in indexes of partitions.
    indexed_rows: usize,
    deletions_bytes: usize,
}

/// A partition.
#[derive(Debug)]
pub(super) struct PartitionSlot {
    pub(super) key: Place,
    /// The number of the static row, or [`NONE`].
    pub(super) static_row: u32,
    pub(super) rows: Rows,
    pub(super) deletions: Option<Box<Deletions>>,
}

/// The rows of a partition, by their numbers.
#[derive(Debug)]
pub(super) enum Rows {
    None,
    One(u32),
    Many(Box<OrderedIndex<u128>>),
}

/// A row.
#[derive(Debug)]
pub(super) struct RowSlot {
    /// Where the form of its clustering lies that does not fit a prefix.
    form: Place,
    pub(super) newest: u32,
    /// How many versions there are in front of the newest one that has all older ones in it.
    piled: u32,
}

impl Shard {
    /// Memory that is taken.
    pub(super) fn held_bytes(&self) -> usize {
        (self.arena.held_bytes())
            .saturating_add(OrderedIndex::<u64>::bytes_of(self.partitions.len()))
            .saturating_add(self.partition_slots.capacity().saturating_mul(size_of::<PartitionSlot>()))
            .saturating_add(self.row_slots.capacity().saturating_mul(size_of::<RowSlot>()))
            .saturating_add(self.versions.held_bytes())
            .saturating_add(OrderedIndex::<u128>::bytes_of(self.indexed_rows))
            .saturating_add(self.deletions_bytes)
    }

    pub(super) fn partition(&self, number: u32) -> Option<&PartitionSlot> {
        self.partition_slots.get(number as usize)
    }

    pub(super) fn row(&self, number: u32) -> Option<&RowSlot> {
        self.row_slots.get(number as usize)
    }

    /// The key of a partition.
    #[inline]
    pub(super) fn key(&self, number: u32) -> &[u8] {
        self.partition(number).map_or(&[], |slot| self.arena.get(slot.key))
    }

    /// The number of the partition with this key, or the place where it is to be.
    #[inline]
    pub(super) fn find(&self, key: &[u8], prefix: u64, order: &KeyOrder) -> Result<u32, IndexPlace> {
        self.partitions.find(prefix, |number| order.compare_keys(self.key(number), key))
    }

    /// How a row compares to a place with the same prefix.
    #[inline]
    pub(super) fn compare_row(&self, number: u32, key: &RowKey<'_>, order: &KeyOrder) -> std::cmp::Ordering {
        let Some(row) = self.row(number) else { return std::cmp::Ordering::Equal };
        let stored = match key.place {
            None => &[],
            Some(_) => self.versions.get(row.newest).map_or(&[][..], |newest| self.arena.get(newest.place)),
        };
        order.compare_row(self.arena.get(row.form), stored, key)
    }

    /// Applies an update, all of it.
    pub(super) fn apply(
        &mut self,
        update: &PartitionUpdate<'_>,
        rows: &AppliedRows,
        prefix: u64,
        sequence: u64,
        (order, visibility): (&KeyOrder, &Visibility),
    ) -> Result<()> {
        let partition = self.partition_of(update.key(), prefix, order)?;
        self.statistics.add_update(sequence, update.encoded().len(), &update.stats());
        self.add_deletions(partition, update, sequence, (order, visibility))?;
        for row in rows.rows(update) {
            let number = match &row.key {
                Some(key) => self.row_of(partition, key, order)?,
                None => self.static_row_of(partition),
            };
            let place = self.arena.push([&rows.head, row.bytes])?;
            self.add_version(number, Version::new(sequence, place));
            self.compact_if_piled(partition, number, row, (order, visibility));
        }
        Ok(())
    }

    /// The number of the partition with this key, which is made if there is none.
    fn partition_of(&mut self, key: &[u8], prefix: u64, order: &KeyOrder) -> Result<u32> {
        let place = match self.find(key, prefix, order) {
            Ok(number) => return Ok(number),
            Err(place) => place,
        };
        let key = self.arena.push([key, &[]])?;
        let number = next_number(self.partition_slots.len(), "partitions")?;
        let slot = PartitionSlot { key, static_row: NONE, rows: Rows::None, deletions: None };
        self.partition_slots.push(slot);
        self.partitions.insert(place, prefix, number);
        self.statistics.partitions = self.statistics.partitions.saturating_add(1);
        Ok(number)
    }

    fn static_row_of(&mut self, partition: u32) -> u32 {
        let Some(slot) = self.partition_slots.get_mut(partition as usize) else { return NONE };
        if slot.static_row == NONE {
            slot.static_row = self.row_slots.len() as u32;
            self.row_slots.push(RowSlot { form: Place::default(), newest: NONE, piled: 0 });
        }
        slot.static_row
    }

    /// The number of the row at this place, which is made if there is none.
    fn row_of(&mut self, partition: u32, key: &RowKey<'_>, order: &KeyOrder) -> Result<u32> {
        let index = match self.partition(partition).map(|slot| &slot.rows) {
            Some(Rows::Many(index)) => Some(index),
            // Without clustering columns there is no other row.
            Some(Rows::One(only)) if !order.has_clusterings() => return Ok(*only),
            Some(Rows::One(only)) => {
                let (only, prefix) = (*only, self.prefix_of(*only, key, order));
                if prefix == key.prefix && self.compare_row(only, key, order).is_eq() {
                    return Ok(only);
                }
                let mut index = Box::new(OrderedIndex::default());
                index.insert(IndexPlace::FIRST, prefix, only);
                self.indexed_rows = self.indexed_rows.saturating_add(1);
                if let Some(slot) = self.partition_slots.get_mut(partition as usize) {
                    slot.rows = Rows::Many(index);
                }
                match self.partition(partition).map(|slot| &slot.rows) {
                    Some(Rows::Many(index)) => Some(index),
                    _ => None,
                }
            }
            _ => None,
        };
        let place =
            match index.map(|index| index.find(key.prefix, |number| self.compare_row(number, key, order))) {
                Some(Ok(number)) => return Ok(number),
                Some(Err(place)) => Some(place),
                None => None,
            };
        let number = next_number(self.row_slots.len(), "rows")?;
        let kept = key.kept_form();
        let form = if kept.is_empty() { Place::default() } else { self.arena.push([kept, &[]])? };
        self.row_slots.push(RowSlot { form, newest: NONE, piled: 0 });
        self.statistics.rows = self.statistics.rows.saturating_add(1);
        if let Some(slot) = self.partition_slots.get_mut(partition as usize) {
            match (&mut slot.rows, place) {
                (Rows::Many(index), Some(place)) => {
                    index.insert(place, key.prefix, number);
                    self.indexed_rows = self.indexed_rows.saturating_add(1);
                }
                (rows, _) => *rows = Rows::One(number),
            }
        }
        Ok(number)
    }

    /// The prefix of the only row of a partition, which is not kept.
    fn prefix_of(&self, row: u32, like: &RowKey<'_>, order: &KeyOrder) -> u128 {
        if like.form.is_empty() {
            return like.prefix;
        }
        let newest = self.row(row).and_then(|row| self.versions.get(row.newest));
        let stored = newest.map_or(&[][..], |newest| self.arena.get(newest.place));
        order.stored_prefix(stored)
    }

    /// Puts a version in front of those with lesser sequence numbers.
    fn add_version(&mut self, row: u32, version: Version) {
        let Some(slot) = self.row_slots.get_mut(row as usize) else { return };
        slot.newest = self.versions.add(slot.newest, version);
        slot.piled = slot.piled.saturating_add(1);
    }

    fn compact_if_piled(
        &mut self,
        partition: u32,
        row: u32,
        applied: Applied<'_>,
        (order, visibility): (&KeyOrder, &Visibility),
    ) {
        let has_deletions = self.partition(partition).is_some_and(|slot| slot.deletions.is_some());
        let Some(slot) = self.row_slots.get_mut(row as usize) else { return };
        if slot.piled < PILED_VERSIONS || !slot.piled.is_multiple_of(VERSIONS_BETWEEN_ATTEMPTS) {
            return;
        }
        let compactor = self.compactor.get_or_insert_with(|| Box::new(Compactor::new(order.layout())));
        let is_static = applied.key.is_none();
        if has_deletions && compactor.has_counters() {
            return;
        }
        let newest =
            compactor.compact(slot.newest, is_static, (&mut self.versions, &mut self.arena), visibility);
        // What cannot be put together stays as it is.
        if let Ok(Some((newest, piled))) = newest {
            (slot.newest, slot.piled) = (newest, piled);
        }
    }

    fn add_deletions(
        &mut self,
        partition: u32,
        update: &PartitionUpdate<'_>,
        sequence: u64,
        (order, visibility): (&KeyOrder, &Visibility),
    ) -> Result<()> {
        let deletion = update.deletion();
        if deletion == DeletionTime::LIVE && !update.head.has_markers {
            return Ok(());
        }
        let Some(slot) = self.partition_slots.get_mut(partition as usize) else { return Ok(()) };
        let held = slot.deletions.as_ref().map_or(0, |deletions| deletions.held_bytes());
        let deletions = slot.deletions.get_or_insert_with(Box::default);
        let oldest = visibility.oldest();
        if !deletion.is_live() {
            deletions.delete_partition(sequence, deletion, oldest);
        }
        if update.head.has_markers {
            let mut rows = update.rows();
            rows.advance_partition()?;
            while rows.advance_unfiltered()? {
                if let Unfiltered::Marker(marker) = rows.unfiltered() {
                    deletions.add_marker(sequence, &marker);
                }
            }
            deletions.fold(oldest, order.clustering_order());
        }
        self.deletions_bytes =
            self.deletions_bytes.saturating_sub(held).saturating_add(deletions.held_bytes());
        Ok(())
    }
}

fn next_number(count: usize, of: &str) -> Result<u32> {
    u32::try_from(count).ok().filter(|number| *number < NONE).ok_or_else(|| {
        Error::invalid_input(format!("a memtable has no room for more {of}")).advise("flush it")
    })
}
