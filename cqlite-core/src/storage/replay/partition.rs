//! The updates of one partition, merged and written.

use std::ops::Range;
use std::sync::Arc;

use cqlite_sstable::Result;
use cqlite_sstable::component::statistics::SerializationHeader;
use cqlite_sstable::merge::{LazySource, Merge, RowHead, SharedColumns};
use cqlite_sstable::row::UnfilteredPartitions;
use cqlite_sstable::writer::SstableWriter;

use super::load::{key_of, split_record};
use super::run_merge::RunMerge;
use super::tables::MetTable;
use crate::storage::memtable::{Memtable, Visibility};
use crate::storage::mutation::{PartitionUpdate, TableLayout, UpdateHead, UpdateRows};

/// Up to so many updates, of so many bytes, are merged where they lie; more of them by a memtable.
const MERGED_UPDATES: usize = 16;
const MERGED_BYTES: usize = 256 << 10;

/// Takes the updates of one partition after the other, and writes what they make together.
pub(super) struct PartitionWriter {
    layout: Arc<TableLayout>,
    /// How much of a partition is merged at a time.
    limit_bytes: usize,
    bytes: Vec<u8>,
    records: Vec<Range<usize>>,
    heads: Vec<UpdateHead>,
    /// Those for two, three and more sources.
    columns: Vec<Arc<SharedColumns>>,
    /// What was taken of a large partition, with its key.
    memtable: Option<Arc<Memtable>>,
    key: Vec<u8>,
    taken_bytes: u64,
    /// Whether there may be cells of dropped columns.
    hides_any: bool,
}

impl PartitionWriter {
    pub(super) fn new(table: &MetTable, limit_bytes: usize) -> Result<Self> {
        let header: &SerializationHeader = table.layout().header();
        let columns =
            (2..=MERGED_UPDATES).map(|count| SharedColumns::new(&vec![header; count]).map(Arc::new));
        Ok(Self {
            layout: table.layout().twin()?,
            limit_bytes,
            bytes: Vec::new(),
            records: Vec::new(),
            heads: Vec::new(),
            columns: columns.collect::<Result<_>>()?,
            memtable: None,
            key: Vec::new(),
            taken_bytes: 0,
            hides_any: false,
        })
    }

    /// Takes the updates of the current partition. True if there are more of them than can be merged at a time: those are
    /// taken by the next call.
    pub(super) fn take(&mut self, updates: &mut RunMerge<'_>) -> Result<bool> {
        let prefix = updates.prefix();
        self.bytes.clear();
        self.records.clear();
        self.heads.clear();
        self.hides_any = false;
        self.key.clear();
        self.key.extend_from_slice(key_of(updates.record()));
        while updates.prefix() == prefix && key_of(updates.record()) == self.key {
            if self.records.len() >= MERGED_UPDATES || self.bytes.len() >= MERGED_BYTES {
                return self.take_many(updates, prefix);
            }
            let record = updates.record();
            let (version, bytes) = split_record(record);
            let head = UpdateHead::of_sound(bytes, version, Arc::clone(&self.layout))?;
            self.hides_any |= head.list.hides_any;
            self.heads.push(head);
            let start = self.bytes.len();
            self.bytes.extend_from_slice(record);
            self.records.push(start..self.bytes.len());
            updates.advance()?;
        }
        self.taken_bytes = self.bytes.len() as u64;
        Ok(false)
    }

    /// The bytes of the updates that were taken last.
    pub(super) fn taken_bytes(&self) -> u64 {
        self.taken_bytes
    }

    fn take_many(&mut self, updates: &mut RunMerge<'_>, prefix: Option<u64>) -> Result<bool> {
        let visibility = Arc::new(Visibility::new());
        let memtable = Memtable::new(Arc::clone(&self.layout), Arc::clone(&visibility), Arc::default());
        let (mut sequence, mut hides_any) = (0_u64, false);
        let mut apply = |record: &[u8]| -> Result<bool> {
            let (version, bytes) = split_record(record);
            let head = UpdateHead::of_whole(bytes, version, Arc::clone(&self.layout))?;
            hides_any |= head.list.hides_any;
            sequence = sequence.saturating_add(1);
            memtable.apply(PartitionUpdate { bytes, head: &head }, sequence)?;
            // Versions of a row that pile up are put together, as nobody reads older ones.
            visibility.set_complete(sequence);
            visibility.set_oldest(sequence);
            Ok(memtable.held_bytes() < self.limit_bytes)
        };
        for record in &self.records {
            apply(self.bytes.get(record.clone()).unwrap_or_default())?;
        }
        let (mut has_room, mut taken_bytes) = (true, self.bytes.len() as u64);
        while has_room && updates.prefix() == prefix && key_of(updates.record()) == self.key {
            has_room = apply(updates.record())?;
            taken_bytes = taken_bytes.saturating_add(updates.record().len() as u64);
            updates.advance()?;
        }
        self.hides_any = hides_any;
        self.records.clear();
        self.heads.clear();
        self.bytes = Vec::new();
        self.taken_bytes = taken_bytes;
        self.memtable = Some(memtable);
        Ok(updates.prefix() == prefix && key_of(updates.record()) == self.key)
    }

    /// Whether anything is left of what was taken, without the cells of columns that were dropped.
    pub(super) fn says_anything(&self) -> Result<bool> {
        if !self.hides_any {
            return Ok(true);
        }
        match &self.memtable {
            Some(memtable) => shows_anything(&mut memtable.partition(&self.key, None, u64::MAX)),
            None => self.merge().map_or(Ok(true), |mut merge| shows_anything(&mut merge)),
        }
    }

    /// Writes what was taken.
    pub(super) fn write(&mut self, writer: &mut SstableWriter) -> Result<()> {
        if let Some(memtable) = self.memtable.take() {
            return writer.write(&mut memtable.partition(&self.key, None, u64::MAX));
        }
        if let Some(mut merge) = self.merge() {
            return writer.write(&mut merge);
        }
        self.updates().try_for_each(|update| writer.write(&mut update.rows()))
    }

    /// The merge of what was taken; none of a single update, which is shown as it is.
    fn merge(&self) -> Option<Merge<'_, UpdateRows<'_>>> {
        // Rows of which nothing may be seen a merge leaves out: even if there is but one version, which is taken twice.
        let again = self.hides_any && self.heads.len() == 1;
        let count = self.heads.len().saturating_add(usize::from(again));
        let columns = count.checked_sub(2).and_then(|index| self.columns.get(index))?;
        let updates = self.updates().chain(self.updates().filter(|_| again));
        let sources = updates.map(|update| LazySource::opened(update.rows())).collect();
        let (partitioner, order) = (self.layout.partitioner().clone(), self.layout.order().clone());
        Some(Merge::new(partitioner, Arc::clone(columns), order, sources))
    }

    fn updates(&self) -> impl Iterator<Item = PartitionUpdate<'_>> {
        self.records.iter().zip(&self.heads).map(|(record, head)| {
            let (_, bytes) = split_record(self.bytes.get(record.clone()).unwrap_or_default());
            PartitionUpdate { bytes, head }
        })
    }
}

fn shows_anything(source: &mut impl UnfilteredPartitions) -> Result<bool> {
    while source.advance_partition()? {
        let partition = source.partition();
        let has_static_head = partition.static_row.is_some_and(|row| !RowHead::of(&row).is_empty());
        if !partition.deletion.is_live()
            || has_static_head
            || source.advance_item()?
            || source.advance_unfiltered()?
        {
            return Ok(true);
        }
    }
    Ok(false)
}
