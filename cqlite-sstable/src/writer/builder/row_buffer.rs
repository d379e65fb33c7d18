//! Updates in memory, in any order until they are sorted.

use std::cmp::Ordering;

use super::Update;
use super::codec::{put_bytes, put_deletion, put_item, put_prefix, put_row, read_prefix, read_row};
use crate::encoding::{Bytes, DecodeError};
use crate::partitioner::{KeyPosition, Partitioner};
use crate::row::{ClusteringBuffer, ClusteringKind, ClusteringOrder, OwnedRow};

/// Memory is taken in pieces of this size.
const BLOCK_BYTES: usize = 1024 * 1024;

/// What an update is, in the order within a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Partition = 0,
    Range = 1,
    Static = 2,
    Row = 3,
}

impl Kind {
    fn of(update: &Update<'_>) -> Self {
        match update {
            Update::Partition { .. } => Self::Partition,
            Update::Range { .. } => Self::Range,
            Update::Row { row, .. } if row.is_static => Self::Static,
            Update::Row { .. } => Self::Row,
        }
    }

    fn read(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        Ok(match bytes.u8()? {
            0 => Self::Partition,
            1 => Self::Range,
            2 => Self::Static,
            _ => Self::Row,
        })
    }
}

/// Where an update lies: the bytes by which it is sorted, and behind them its own.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// The first of the bytes by which it is sorted.
    prefix: u64,
    block: u32,
    at: u32,
    sort_key_bytes: u32,
    bytes: u32,
}

/// Updates in memory.
#[derive(Debug)]
pub(super) struct RowBuffer {
    partitioner: Partitioner,
    order: ClusteringOrder,
    limit_bytes: usize,
    blocks: Vec<Vec<u8>>,
    /// The block that is being filled.
    block: usize,
    blocks_bytes: usize,
    entries: Vec<Entry>,
    sort_key: Vec<u8>,
    encoded: Vec<u8>,
}

impl RowBuffer {
    pub(super) fn new(partitioner: Partitioner, order: ClusteringOrder, limit_bytes: usize) -> Self {
        Self {
            partitioner,
            order,
            limit_bytes,
            blocks: Vec::new(),
            block: 0,
            blocks_bytes: 0,
            entries: Vec::new(),
            sort_key: Vec::new(),
            encoded: Vec::new(),
        }
    }

    pub(super) fn order(&self) -> &ClusteringOrder {
        &self.order
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Takes an update, unless it is full: then the update is to be given again when it was cleared.
    pub(super) fn add(&mut self, update: &Update<'_>) -> bool {
        self.encode(update);
        let bytes = self.sort_key.len().saturating_add(self.encoded.len());
        if !self.entries.is_empty() && !self.has_room(bytes) {
            return false;
        }
        self.find_block(bytes);
        let Some(block) = self.blocks.get_mut(self.block) else { return false };
        let mut prefix = [0; 8];
        for (into, byte) in prefix.iter_mut().zip(&self.sort_key) {
            *into = *byte;
        }
        self.entries.push(Entry {
            prefix: u64::from_be_bytes(prefix),
            block: self.block as u32,
            at: block.len() as u32,
            sort_key_bytes: self.sort_key.len() as u32,
            bytes: self.encoded.len() as u32,
        });
        block.extend_from_slice(&self.sort_key);
        block.extend_from_slice(&self.encoded);
        true
    }

    /// Whether so many bytes more stay within the limit, with the room that has to be taken for them.
    fn has_room(&self, bytes: usize) -> bool {
        const ENTRY: usize = size_of::<Entry>();
        let entries = match self.entries.capacity() {
            capacity if self.entries.len() < capacity => capacity,
            // The old list and one of twice its size are there together for a moment.
            capacity => capacity.saturating_mul(3),
        };
        let blocks = if self.fits(self.block, bytes) || self.fits(self.block.saturating_add(1), bytes) {
            self.blocks_bytes
        } else {
            self.blocks_bytes.saturating_add(self.block_bytes(bytes))
        };
        entries.saturating_mul(ENTRY).saturating_add(blocks) <= self.limit_bytes
    }

    /// The size of a new block that is to hold so many bytes.
    fn block_bytes(&self, bytes: usize) -> usize {
        bytes.max(BLOCK_BYTES.min(self.limit_bytes))
    }

    fn fits(&self, block: usize, bytes: usize) -> bool {
        self.blocks.get(block).is_some_and(|block| block.capacity().saturating_sub(block.len()) >= bytes)
    }

    /// Makes the current block one that has room for so many bytes.
    fn find_block(&mut self, bytes: usize) {
        if self.fits(self.block, bytes) {
            return;
        }
        let next = if self.blocks.is_empty() { 0 } else { self.block.saturating_add(1) };
        if !self.fits(next, bytes) {
            // One that is larger than others does not stay between those that are used again.
            let block = Vec::with_capacity(self.block_bytes(bytes));
            self.blocks_bytes = self.blocks_bytes.saturating_add(block.capacity());
            self.blocks.insert(next.min(self.blocks.len()), block);
        }
        self.block = next;
    }

    fn encode(&mut self, update: &Update<'_>) {
        let (kind, sort_key, out) = (Kind::of(update), &mut self.sort_key, &mut self.encoded);
        sort_key.clear();
        self.partitioner.write_byte_comparable(update.key(), KeyPosition::At, sort_key);
        sort_key.push(kind as u8);
        out.clear();
        out.push(kind as u8);
        put_bytes(update.key(), out);
        match update {
            Update::Partition { deletion, .. } => put_deletion(deletion, out),
            Update::Range { start, end, deletion, .. } => {
                put_deletion(deletion, out);
                for (kind, values) in [start, end] {
                    put_prefix(*kind, *values, out);
                }
            }
            Update::Row { row, items, .. } => {
                if kind == Kind::Row {
                    self.order.write_byte_comparable((ClusteringKind::Clustering, row.clustering), sort_key);
                }
                put_row(row, out);
                items.iter().for_each(|item| put_item(item, out));
            }
        }
    }

    fn slices(&self, entry: &Entry) -> (&[u8], &[u8]) {
        let block = self.blocks.get(entry.block as usize).map(Vec::as_slice).unwrap_or_default();
        let rest = block.get(entry.at as usize..).unwrap_or_default();
        let (sort_key, rest) = rest.split_at_checked(entry.sort_key_bytes as usize).unwrap_or_default();
        (sort_key, rest.get(..entry.bytes as usize).unwrap_or_default())
    }

    /// Brings the updates into the order of an SSTable.
    pub(super) fn sort(&mut self) {
        let mut entries = std::mem::take(&mut self.entries);
        entries.sort_unstable_by(|a, b| {
            (a.prefix.cmp(&b.prefix)).then_with(|| self.slices(a).0.cmp(self.slices(b).0)).then_with(|| {
                // Different values of one form, and the order in which they were added.
                self.compare_places(a, b).then_with(|| (a.block, a.at).cmp(&(b.block, b.at)))
            })
        });
        self.entries = entries;
    }

    fn compare_places(&self, a: &Entry, b: &Entry) -> Ordering {
        let row = |entry: &Entry| {
            let mut bytes = Bytes::new(self.slices(entry).1);
            let mut row = OwnedRow::default();
            let is_row = Kind::read(&mut bytes) == Ok(Kind::Row)
                && bytes.vint_prefixed().is_ok()
                && read_row(&mut bytes, &mut row).is_ok();
            is_row.then_some(row)
        };
        match (row(a), row(b)) {
            (Some(a), Some(b)) => {
                self.order.compare_rows(a.clustering.as_clustering(), b.clustering.as_clustering())
            }
            _ => Ordering::Equal,
        }
    }

    /// The update at `index`: what it is, its key, and the rest of its bytes.
    pub(super) fn get(&self, index: usize) -> Option<(Kind, &[u8], Bytes<'_>)> {
        let mut bytes = Bytes::new(self.slices(self.entries.get(index)?).1);
        let kind = Kind::read(&mut bytes).ok()?;
        let key = bytes.vint_prefixed().ok()?;
        Some((kind, key, bytes))
    }

    /// The bytes of the update at `index`, of which [`RowBuffer::get`] shows a part.
    pub(super) fn bytes(&self, index: usize) -> &[u8] {
        self.entries.get(index).map(|entry| self.slices(entry).1).unwrap_or_default()
    }

    /// How many partitions there are, once they are sorted.
    pub(super) fn partitions(&self) -> u64 {
        let key = |index: usize| self.get(index).map(|(_, key, _)| key);
        let starts = (0..self.len())
            .filter(|index| index.checked_sub(1).is_none_or(|before| key(before) != key(*index)));
        starts.count() as u64
    }

    /// The bytes of all updates.
    pub(super) fn bytes_of_all(&self) -> u64 {
        self.entries.iter().map(|entry| u64::from(entry.bytes)).sum()
    }

    /// Forgets the updates and keeps the memory, up to the limit.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.blocks.retain(|block| block.capacity() <= BLOCK_BYTES);
        self.blocks.iter_mut().for_each(Vec::clear);
        self.blocks_bytes = self.blocks.iter().map(Vec::capacity).sum();
        self.block = 0;
        for scratch in [&mut self.sort_key, &mut self.encoded] {
            scratch.clear();
            scratch.shrink_to(BLOCK_BYTES);
        }
    }
}

/// The bounds of a range.
pub(super) fn read_range(
    bytes: &mut Bytes<'_>,
) -> Result<[(ClusteringKind, ClusteringBuffer); 2], DecodeError> {
    let mut bound = || {
        let mut values = ClusteringBuffer::default();
        Ok((read_prefix(bytes, &mut values)?, values))
    };
    Ok([bound()?, bound()?])
}
