//! Updates in memory, in any order until they are sorted.

use std::cmp::Ordering;

use super::Update;
use super::codec::{
    put_bytes, put_deletion, put_item, put_prefix, put_row, read_deletion, read_prefix, read_row,
};
use crate::encoding::{Bytes, DecodeError};
use crate::partitioner::{KeyPosition, Partitioner};
use crate::row::{ClusteringKind, ClusteringOrder, ClusteringPrefix, DeletionTime, OwnedRow, PrefixBuffer};

/// Memory is taken in pieces of this size.
const BLOCK_BYTES: usize = 1024 * 1024;

/// What the memory of one open range takes while ranges are put together, the room in its node included.
const OPEN_RANGE_BYTES: usize = 64;

/// What an entry is, in the order within a partition: rows and the bounds of ranges stand among each other by their
/// clusterings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Partition = 0,
    Static = 1,
    Row = 2,
    /// One of the two bounds of a range, each of which has the deletion.
    Bound = 3,
}

impl Kind {
    fn read(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        Ok(match bytes.u8()? {
            0 => Self::Partition,
            1 => Self::Static,
            2 => Self::Row,
            _ => Self::Bound,
        })
    }

    /// The byte by which it is sorted within a partition.
    fn rank(self) -> u8 {
        (self as u8).min(Self::Row as u8)
    }
}

/// Where an update, or a bound of one, lies: the bytes by which it is sorted, and behind them its own.
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
    /// How many of the entries are bounds.
    bounds: usize,
    encoded: Encoded,
}

/// The entries of an update before they are taken: two for a range, one for any other.
#[derive(Debug, Default)]
struct Encoded {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
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
            bounds: 0,
            encoded: Encoded::default(),
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
        let (bytes, entries) = (self.encoded.bytes.len(), self.encoded.entries.len());
        if !self.entries.is_empty() && !self.has_room(bytes, entries) {
            return false;
        }
        self.find_block(bytes);
        let Some(block) = self.blocks.get_mut(self.block) else { return false };
        let (number, start) = (self.block as u32, block.len() as u32);
        for entry in &self.encoded.entries {
            self.entries.push(Entry { block: number, at: start.saturating_add(entry.at), ..*entry });
        }
        if matches!(update, Update::Range { .. }) {
            self.bounds = self.bounds.saturating_add(entries);
        }
        block.extend_from_slice(&self.encoded.bytes);
        true
    }

    /// Whether so many bytes more, in so many entries, stay within the limit, with the room that has to be taken for them.
    fn has_room(&self, bytes: usize, entries: usize) -> bool {
        const ENTRY: usize = size_of::<Entry>();
        let entries = match self.entries.capacity() {
            capacity if self.entries.len().saturating_add(entries) <= capacity => capacity,
            // The old list and one of twice its size are there together for a moment.
            capacity => capacity.saturating_mul(3),
        };
        let blocks = if self.fits(self.block, bytes) || self.fits(self.block.saturating_add(1), bytes) {
            self.blocks_bytes
        } else {
            self.blocks_bytes.saturating_add(self.block_bytes(bytes))
        };
        // All ranges may be open at one place.
        let ranges = (self.bounds / 2).saturating_mul(OPEN_RANGE_BYTES);
        entries.saturating_mul(ENTRY).saturating_add(blocks).saturating_add(ranges) <= self.limit_bytes
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
        let mut encoded = std::mem::take(&mut self.encoded);
        encoded.bytes.clear();
        encoded.entries.clear();
        let key = update.key();
        match update {
            Update::Partition { deletion, .. } => {
                self.encode_entry(&mut encoded, key, Kind::Partition, None, |out| {
                    put_deletion(deletion, out);
                });
            }
            Update::Range { start, end, deletion, .. } => {
                for bound in [*start, *end] {
                    self.encode_entry(&mut encoded, key, Kind::Bound, Some(bound), |out| {
                        put_deletion(deletion, out);
                        put_prefix(bound.0, bound.1, out);
                    });
                }
            }
            Update::Row { row, items, .. } => {
                let place = (ClusteringKind::Clustering, row.clustering);
                let (kind, place) =
                    if row.is_static { (Kind::Static, None) } else { (Kind::Row, Some(place)) };
                self.encode_entry(&mut encoded, key, kind, place, |out| {
                    put_row(row, out);
                    items.iter().for_each(|item| put_item(item, out));
                });
            }
        }
        self.encoded = encoded;
    }

    /// Appends an entry: the bytes by which it is sorted, then its kind and key, then what `put` writes.
    fn encode_entry(
        &self,
        encoded: &mut Encoded,
        key: &[u8],
        kind: Kind,
        place: Option<ClusteringPrefix<'_>>,
        put: impl FnOnce(&mut Vec<u8>),
    ) {
        let out = &mut encoded.bytes;
        let at = out.len();
        self.partitioner.write_byte_comparable(key, KeyPosition::At, out);
        out.push(kind.rank());
        if let Some(place) = place {
            self.order.write_byte_comparable(place, out);
        }
        let behind_sort_key = out.len();
        let mut prefix = [0; 8];
        for (into, byte) in prefix.iter_mut().zip(out.iter().skip(at)) {
            *into = *byte;
        }
        out.push(kind as u8);
        put_bytes(key, out);
        put(out);
        encoded.entries.push(Entry {
            prefix: u64::from_be_bytes(prefix),
            block: 0,
            at: at as u32,
            sort_key_bytes: behind_sort_key.saturating_sub(at) as u32,
            bytes: out.len().saturating_sub(behind_sort_key) as u32,
        });
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
        match (self.place(a), self.place(b)) {
            (Some(a), Some(b)) => self.order.compare(a.as_prefix(), b.as_prefix()),
            _ => Ordering::Equal,
        }
    }

    /// Where a row or a bound stands in its partition.
    fn place(&self, entry: &Entry) -> Option<PrefixBuffer> {
        let mut bytes = Bytes::new(self.slices(entry).1);
        let kind = Kind::read(&mut bytes).ok()?;
        bytes.vint_prefixed().ok()?;
        let mut place = PrefixBuffer::bottom();
        match kind {
            Kind::Row => {
                let mut row = OwnedRow::default();
                read_row(&mut bytes, &mut row).ok()?;
                place = PrefixBuffer { kind: ClusteringKind::Clustering, values: row.clustering };
            }
            Kind::Bound => drop(read_bound(&mut bytes, &mut place).ok()?),
            Kind::Partition | Kind::Static => return None,
        }
        Some(place)
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
        self.bounds = 0;
        self.blocks.retain(|block| block.capacity() <= BLOCK_BYTES);
        self.blocks.iter_mut().for_each(Vec::clear);
        self.blocks_bytes = self.blocks.iter().map(Vec::capacity).sum();
        self.block = 0;
        self.encoded.bytes.clear();
        self.encoded.bytes.shrink_to(BLOCK_BYTES);
    }
}

/// A bound of a range, and the deletion of the range.
pub(super) fn read_bound(
    bytes: &mut Bytes<'_>,
    into: &mut PrefixBuffer,
) -> Result<DeletionTime, DecodeError> {
    let deletion = read_deletion(bytes)?;
    into.kind = read_prefix(bytes, &mut into.values)?;
    Ok(deletion)
}
