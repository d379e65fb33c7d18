//! Updates that are held in memory until they are sorted.

use std::cmp::Ordering;
use std::sync::Arc;

use cqlite_sstable::encoding::Bytes;

use super::tables::MetTable;
use crate::storage::mutation::MessagingVersion;

/// Updates are collected in blocks of so many bytes; a larger one has a block of its own.
const BLOCK_BYTES: usize = 1 << 20;

/// The version of the encoding, and the id of the table.
const FRONT_BYTES: usize = 17;

/// Where an update is, and by what it is sorted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reference {
    pub(super) table: u32,
    pub(super) prefix: u64,
    block: u32,
    start: u32,
    length: u32,
}

/// Updates of any tables: records, each of the version of its encoding and the bytes of the update, and references to
/// them.
#[derive(Debug, Default)]
pub(super) struct Load {
    blocks: Vec<Vec<u8>>,
    references: Vec<Reference>,
    block_bytes: usize,
}

impl Load {
    /// Adds an update.
    pub(super) fn push(&mut self, table: u32, prefix: u64, version: MessagingVersion, update: &[u8]) {
        let length = update.len().saturating_add(1);
        let has_room = |block: &Vec<u8>| block.capacity().saturating_sub(block.len()) >= length;
        if !self.blocks.last().is_some_and(has_room) {
            let block = Vec::with_capacity(BLOCK_BYTES.max(length));
            self.block_bytes = self.block_bytes.saturating_add(block.capacity());
            self.blocks.push(block);
        }
        let number = self.blocks.len().saturating_sub(1) as u32;
        let Some(block) = self.blocks.last_mut() else { return };
        let start = block.len() as u32;
        block.push(version as u8);
        block.extend_from_slice(update);
        self.references.push(Reference { table, prefix, block: number, start, length: length as u32 });
    }

    /// Forgets all updates but the first so many, and tells of what tables and lengths they are.
    pub(super) fn take_back(&mut self, taken: usize) -> impl Iterator<Item = (u32, u64)> {
        let taken = taken.min(self.references.len());
        self.references
            .drain(taken..)
            .map(|reference| (reference.table, u64::from(reference.length).saturating_sub(1)))
    }

    /// The memory that it takes.
    pub(super) fn held_bytes(&self) -> usize {
        self.block_bytes.saturating_add(self.references.capacity().saturating_mul(size_of::<Reference>()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.references.is_empty()
    }

    /// Brings the references into the order of tables and partitions.
    pub(super) fn sort(&mut self, tables: &[Arc<MetTable>]) {
        let mut references = std::mem::take(&mut self.references);
        references.sort_unstable_by(|a, b| {
            (a.table, a.prefix).cmp(&(b.table, b.prefix)).then_with(|| {
                let table = tables.get(a.table as usize);
                table.map_or(Ordering::Equal, |table| compare_records(table, self.record(a), self.record(b)))
            })
        });
        self.references = references;
    }

    pub(super) fn references(&self) -> &[Reference] {
        &self.references
    }

    pub(super) fn record(&self, reference: &Reference) -> &[u8] {
        let (start, length) = (reference.start as usize, reference.length as usize);
        let block = self.blocks.get(reference.block as usize);
        block.and_then(|block| block.get(start..start.saturating_add(length))).unwrap_or_default()
    }
}

/// The version of a record's encoding, and the update.
pub(super) fn split_record(record: &[u8]) -> (MessagingVersion, &[u8]) {
    let (version, update) = record.split_first().unwrap_or((&0, &[]));
    let version = match version {
        0 => MessagingVersion::V30,
        1 => MessagingVersion::V40,
        _ => MessagingVersion::V50,
    };
    (version, update)
}

/// The partition key of a record.
pub(super) fn key_of(record: &[u8]) -> &[u8] {
    Bytes::from(record, FRONT_BYTES).vint_prefixed().unwrap_or_default()
}

/// How the partitions of two records of a table compare that have one prefix.
pub(super) fn compare_records(table: &MetTable, a: &[u8], b: &[u8]) -> Ordering {
    let (a, b) = (key_of(a), key_of(b));
    if a == b { Ordering::Equal } else { table.layout().partitioner().compare_keys(a, b) }
}
