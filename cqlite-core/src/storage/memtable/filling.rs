//! How a source takes partitions and rows out of its memtable.

use std::sync::Arc;

use cqlite_sstable::partitioner::KeyPosition;
use cqlite_sstable::reader::Slice;
use cqlite_sstable::row::{ClusteringKind, ClusteringPrefix};

use super::copier::{Copier, From, RowRange};
use super::key_order::{KeyOrder, RowKey};
use super::memtable_rows::Asked;
use super::{FoundPartition, MemtableRows};

/// The key of a place, whose form is written into `form`.
pub(super) fn row_key<'a>(
    order: &KeyOrder,
    place: ClusteringPrefix<'a>,
    form: &'a mut Vec<u8>,
) -> RowKey<'a> {
    form.clear();
    let prefix = order.write_form(place, form);
    RowKey { prefix, form, place: order.needs_places().then_some(place) }
}

fn row_range<'a>(order: &KeyOrder, slice: &'a Slice, forms: &'a mut [Vec<u8>; 2]) -> RowRange<'a> {
    let [start, end] = forms;
    RowRange {
        start: row_key(order, slice.start.as_prefix(), start),
        end: row_key(order, slice.end.as_prefix(), end),
    }
}

impl MemtableRows {
    /// Copies the next partitions. False if there are no more.
    pub(super) fn fill(&mut self) -> bool {
        let continues = self.copied.continues;
        self.copied.clear();
        self.next = 0;
        let memtable = Arc::clone(&self.memtable);
        let order = memtable.order();
        match &mut self.asked {
            Asked::Partition { is_read: true, .. } | Asked::Partition { partition: None, .. } => false,
            Asked::Partition { partition: Some(FoundPartition { shard, number }), slice, is_read } => {
                *is_read = true;
                let forms = &mut self.forms;
                let rows = slice.as_ref().map(|slice| row_range(order, slice, forms));
                let shard = memtable.read(*shard);
                let (visible, into) = (self.visible, &mut self.copied);
                Copier { shard: &shard, order, visible, into }.copy_partition(*number, rows)
            }
            Asked::Range { range, from, shard, is_read } => {
                // What was read last is where it goes on.
                if continues || *is_read {
                    *from = Some((self.key.clone(), KeyPosition::After));
                }
                *is_read = false;
                while *shard < memtable.shard_count() {
                    let from = match from {
                        Some((key, position)) => From::Key(key, *position),
                        None => range.after.as_ref().map_or(From::First, From::AfterToken),
                    };
                    let locked = memtable.read(*shard);
                    let (visible, into) = (self.visible, &mut self.copied);
                    let is_last = Copier { shard: &locked, order, visible, into }.copy_range(from, range);
                    if is_last {
                        *shard = shard.saturating_add(1);
                    } else {
                        *is_read = true;
                    }
                    if !self.copied.entries.is_empty() {
                        return true;
                    }
                }
                false
            }
        }
    }

    /// Copies more rows of the partition, behind the one at which the cursor stands.
    pub(super) fn fill_more(&mut self) {
        let memtable = Arc::clone(&self.memtable);
        let order = memtable.order();
        let [after, end] = &mut self.forms;
        let last = (ClusteringKind::Clustering, self.cursor.row().clustering);
        let after = row_key(order, last, after);
        let (partition, slice) = match &self.asked {
            Asked::Partition { partition, slice, .. } => (*partition, slice.as_ref()),
            Asked::Range { .. } => (memtable.find_key(&self.key), None),
        };
        let end = slice.map(|slice| row_key(order, slice.end.as_prefix(), end));
        self.copied.clear();
        self.next = 0;
        let Some(FoundPartition { shard, number }) = partition else { return };
        let shard = memtable.read(shard);
        let (visible, into) = (self.visible, &mut self.copied);
        Copier { shard: &shard, order, visible, into }.copy_more(number, &after, end.as_ref());
    }
}
