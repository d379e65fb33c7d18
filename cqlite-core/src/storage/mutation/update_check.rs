//! Whether an update can be kept.

use cqlite_sstable::row::{RowItem, UnfilteredPartitions as _};
use cqlite_sstable::types::CounterContext;
use cqlite_sstable::{Error, Result};

use super::builder::EMPTY_KEY;
use super::{MessagingVersion, PartitionUpdate, TableLayout};

impl PartitionUpdate<'_> {
    /// Refuses what could not be read back from a commit log, or be merged into memtables and SSTables: what is in the log
    /// has to be applied.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] if it is such an update.
    pub(in crate::storage) fn check_loggable(&self) -> Result<()> {
        let is_unsigned = MessagingVersion::default().has_uint_deletion_time();
        let told = if self.key().is_empty() && self.layout().needs_keys() {
            EMPTY_KEY
        } else if !self.is_empty() && self.head.deltas.unsigned_deletion_times != is_unsigned {
            "the write is encoded for a commit log of another version"
        } else if self.has_unmergeable_counters()? {
            "the value of a counter is none"
        } else {
            return Ok(());
        };
        Err(Error::invalid_input(told).at(self.layout().full_name()))
    }

    /// Whether the cells of its columns can be decoded by another layout of the table. What that does not have is no hindrance.
    pub(in crate::storage) fn is_laid_out_for(&self, layout: &TableLayout) -> bool {
        [true, false].into_iter().all(|is_static| {
            let columns = self.layout().header_columns(is_static);
            let places = self.head.list.columns(is_static).iter().filter_map(|column| column.place);
            places.filter_map(|place| columns.get(place)).all(|column| {
                let mut others = layout.header_columns(is_static).iter();
                let other = others.find(|other| other.name == column.name);
                other.is_none_or(|other| column.column_type.is_laid_out_as(&other.column_type))
            })
        })
    }

    /// Whether it has a counter's value that is none: no other one could be merged with it.
    ///
    /// # Errors
    /// If it cannot be decoded.
    pub(in crate::storage) fn has_unmergeable_counters(&self) -> Result<bool> {
        if !self.layout().is_counter() || self.is_empty() {
            return Ok(false);
        }
        let mut rows = self.rows();
        let mut is_row = rows.advance_partition()?;
        while is_row {
            while rows.advance_item()? {
                if let RowItem::Cell(cell) = rows.item()
                    && !cell.is_tombstone()
                    && CounterContext::decode(cell.value).is_err()
                {
                    return Ok(true);
                }
            }
            is_row = rows.advance_unfiltered()?;
        }
        Ok(false)
    }
}
