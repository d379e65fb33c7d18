//! The rows of an update, made ready to be put into a shard.

use std::cell::RefCell;
use std::ops::Range;

use cqlite_sstable::encoding::{Bytes, read_clustering};
use cqlite_sstable::row::{ClusteringBuffer, ClusteringKind, PrefixBuffer, Unfiltered, UnfilteredPartitions};
use cqlite_sstable::{Error, Result};

use super::key_order::{KeyOrder, RowKey};
use super::stored_row::write_stored_head;
use crate::storage::mutation::{PartitionUpdate, RowBuffer, UpdateRows};

crate::sync::thread_local! {
    static SCRATCH: RefCell<AppliedRows> = RefCell::default();
}

/// Where the rows of an update lie, and by what they are ordered.
#[derive(Debug, Default)]
pub(super) struct AppliedRows {
    /// What stands in front of each stored row.
    pub(super) head: Vec<u8>,
    rows: Vec<AppliedRow>,
    forms: Vec<u8>,
    values: ClusteringBuffer,
    /// Rows that were encoded anew, as their columns are none of the lists that are kept.
    encoded: Vec<u8>,
    is_encoded: bool,
    buffer: RowBuffer,
}

#[derive(Debug)]
struct AppliedRow {
    is_static: bool,
    prefix: u128,
    form: Range<usize>,
    place: Option<PrefixBuffer>,
    bytes: Range<usize>,
}

/// A row of an update.
#[derive(Debug, Clone, Copy)]
pub(super) struct Applied<'a> {
    /// Its place; none for the static row.
    pub(super) key: Option<RowKey<'a>>,
    pub(super) bytes: &'a [u8],
}

impl AppliedRows {
    /// Makes the rows of `update` ready in memory of the thread, and has `apply` do with them what is to be done.
    pub(super) fn with<T>(
        update: &PartitionUpdate<'_>,
        order: &KeyOrder,
        apply: impl FnOnce(&Self) -> Result<T>,
    ) -> Result<T> {
        SCRATCH.with(|scratch| {
            let mut scratch = scratch.borrow_mut();
            scratch.fill(update, order)?;
            let applied = apply(&scratch);
            scratch.forget();
            applied
        })
    }

    /// The rows.
    pub(super) fn rows<'a>(&'a self, update: &PartitionUpdate<'a>) -> impl Iterator<Item = Applied<'a>> {
        let bytes = if self.is_encoded { self.encoded.as_slice() } else { update.bytes };
        self.rows.iter().map(move |row| {
            let form = self.forms.get(row.form.clone()).unwrap_or_default();
            let place = row.place.as_ref().map(PrefixBuffer::as_prefix);
            let key = (!row.is_static).then_some(RowKey { prefix: row.prefix, form, place });
            Applied { key, bytes: bytes.get(row.bytes.clone()).unwrap_or_default() }
        })
    }

    fn fill(&mut self, update: &PartitionUpdate<'_>, order: &KeyOrder) -> Result<()> {
        self.forget();
        let head = update.head;
        let number = head.list.number;
        write_stored_head(number.unwrap_or(0), &head.deltas, &mut self.head);
        self.is_encoded = number.is_none();
        if head.row_count == 1 && !head.has_markers && head.static_row.is_none() && !self.is_encoded {
            const END_BYTES: usize = 1;
            let bytes = head.rows..head.end.saturating_sub(END_BYTES);
            return self.add_only(update, order, bytes);
        }
        self.add_all(update, order)
    }

    /// Lets go of memory that an unusual update needed.
    fn forget(&mut self) {
        const KEPT_BYTES: usize = 256 * 1024;
        self.head.clear();
        self.rows.clear();
        self.forms.clear();
        self.encoded.clear();
        self.forms.shrink_to(KEPT_BYTES);
        self.encoded.shrink_to(KEPT_BYTES);
        self.rows.shrink_to(KEPT_BYTES / size_of::<AppliedRow>());
        self.buffer.clear();
    }

    /// The only row: all that has to be read of it is its clustering.
    fn add_only(
        &mut self,
        update: &PartitionUpdate<'_>,
        order: &KeyOrder,
        bytes: Range<usize>,
    ) -> Result<()> {
        const HAS_EXTENSION: u8 = 0x80;
        let lengths = &update.head.list.layout.clustering;
        if lengths.is_empty() {
            self.values.clear();
        } else {
            let mut reader = Bytes::from(update.bytes, bytes.start);
            let mut read = || {
                if reader.u8()? & HAS_EXTENSION != 0 {
                    reader.u8()?;
                }
                read_clustering(&mut reader, lengths, &mut self.values)
            };
            read().map_err(|error| Error::corrupt(format!("an update cannot be applied: {error}")))?;
        }
        self.add(false, order, bytes);
        Ok(())
    }

    /// Adds the row whose clustering is in `values`.
    fn add(&mut self, is_static: bool, order: &KeyOrder, bytes: Range<usize>) {
        let form = self.forms.len();
        let mut row = AppliedRow { is_static, prefix: 0, form: form..form, place: None, bytes };
        if !is_static {
            let place = (ClusteringKind::Clustering, self.values.as_clustering());
            row.prefix = order.write_form(place, &mut self.forms);
            row.form = form..self.forms.len();
            row.place = order
                .needs_places()
                .then(|| PrefixBuffer { kind: ClusteringKind::Clustering, values: self.values.clone() });
        }
        self.rows.push(row);
    }

    fn add_all(&mut self, update: &PartitionUpdate<'_>, order: &KeyOrder) -> Result<()> {
        let mut rows = update.rows();
        if !rows.advance_partition()? {
            return Ok(());
        }
        if let Some(start) = update.head.static_row {
            if let Some(row) = rows.partition().static_row.filter(|_| self.is_encoded) {
                self.buffer.push_row(&row);
            }
            self.read_row(update, &mut rows, order, (true, start))?;
        }
        loop {
            let start = rows.next_position();
            if !rows.advance_unfiltered()? {
                return Ok(());
            }
            if let Unfiltered::Row(row) = rows.unfiltered() {
                self.values.copy_from(row.clustering);
                if self.is_encoded {
                    self.buffer.push_row(&row);
                }
                self.read_row(update, &mut rows, order, (false, start))?;
            }
        }
    }

    /// Goes to the end of a row, and adds it.
    fn read_row(
        &mut self,
        update: &PartitionUpdate<'_>,
        rows: &mut UpdateRows<'_>,
        order: &KeyOrder,
        (is_static, start): (bool, usize),
    ) -> Result<()> {
        while rows.advance_item()? {
            if self.is_encoded {
                self.buffer.push_item(&rows.item());
            }
        }
        let mut bytes = start..rows.position();
        if self.is_encoded {
            let start = self.encoded.len();
            let list = update.layout().all_columns();
            self.buffer.write(0, list, &update.head.deltas, &mut self.encoded)?;
            self.buffer.clear();
            bytes = start..self.encoded.len();
        }
        self.add(is_static, order, bytes);
        Ok(())
    }
}
