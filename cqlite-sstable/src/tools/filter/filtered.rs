//! A source of rows without those that do not pass.

use super::RowFilter;
use crate::error::Result;
use crate::partitioner::Partitioner;
use crate::row::{Partition, Row, RowItem, Unfiltered, UnfilteredPartitions};

/// What a filter left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DroppedCounts {
    /// Partitions as a whole.
    pub partitions: u64,
    /// Rows as a whole, in partitions of which something passed.
    pub rows: u64,
    /// Cells and deletions of collections.
    pub items: u64,
}

impl DroppedCounts {
    /// Adds what was left out elsewhere.
    pub fn add(&mut self, other: Self) {
        self.partitions = self.partitions.saturating_add(other.partitions);
        self.rows = self.rows.saturating_add(other.rows);
        self.items = self.items.saturating_add(other.items);
    }
}

/// Another source with what a [`RowFilter`] lets pass. What is left without anything is left out: rows, partitions.
///
/// A row that has nothing but cells is known to be left when the first of them passes: so far it looks ahead.
#[derive(Debug)]
pub struct Filtered<S> {
    source: S,
    filter: RowFilter,
    partitioner: Partitioner,
    dropped: DroppedCounts,
    /// Whether it is at the static row, and whether that one passes.
    is_at_static: bool,
    passes_static: bool,
    /// Whether the source is at an item, or at a row or marker, that was not moved to here.
    has_item: bool,
    has_unfiltered: bool,
}

impl<S: UnfilteredPartitions> Filtered<S> {
    /// What passes of `source`.
    pub fn new(source: S, filter: RowFilter, partitioner: Partitioner) -> Self {
        Self {
            source,
            filter,
            partitioner,
            dropped: DroppedCounts::default(),
            is_at_static: false,
            passes_static: false,
            has_item: false,
            has_unfiltered: false,
        }
    }

    /// What was left out so far.
    pub fn dropped(&self) -> DroppedCounts {
        self.dropped
    }

    /// The source.
    pub fn source(&self) -> &S {
        &self.source
    }

    fn next_item(&mut self) -> Result<bool> {
        while self.source.advance_item()? {
            if !self.filter.has_times() || self.filter.passes_item(self.source.item()) {
                return Ok(true);
            }
            self.dropped.items = self.dropped.items.saturating_add(1);
        }
        Ok(false)
    }

    fn next_unfiltered(&mut self) -> Result<bool> {
        self.has_item = false;
        while self.source.advance_unfiltered()? {
            if !self.filter.has_times() {
                return Ok(true);
            }
            let head = match self.source.unfiltered() {
                Unfiltered::Row(row) => has_head(&self.filter.row(row)),
                Unfiltered::Marker(marker) if self.filter.marker(marker).is_some() => true,
                Unfiltered::Marker(_) => continue,
            };
            if head {
                return Ok(true);
            }
            self.has_item = self.next_item()?;
            if self.has_item {
                return Ok(true);
            }
            self.dropped.rows = self.dropped.rows.saturating_add(1);
        }
        Ok(false)
    }

    /// Whether anything of the partition passes that the source stands on.
    fn passes_partition(&mut self) -> Result<bool> {
        let (filter, partitioner) = (&self.filter, &self.partitioner);
        let Partition { key, deletion, static_row } = self.source.partition();
        if !filter.passes_key(key, || partitioner.token(key)) {
            return Ok(false);
        }
        self.passes_static = static_row.is_some();
        if !filter.has_times() {
            return Ok(true);
        }
        let is_deleted = !filter.deletion(deletion).is_live();
        if let Some(head) = static_row.map(|row| has_head(&filter.row(row))) {
            self.has_item = !head && self.next_item()?;
            self.passes_static = head || self.has_item;
        }
        if is_deleted || self.passes_static {
            return Ok(true);
        }
        self.has_unfiltered = self.next_unfiltered()?;
        Ok(self.has_unfiltered)
    }
}

/// Whether a row is one without any cell.
fn has_head(row: &Row<'_>) -> bool {
    row.liveness.is_some() || !row.deletion.is_live() || !row.shadowable_deletion.is_live()
}

impl<S: UnfilteredPartitions> UnfilteredPartitions for Filtered<S> {
    fn advance_partition(&mut self) -> Result<bool> {
        while self.source.advance_partition()? {
            (self.is_at_static, self.has_item, self.has_unfiltered) = (true, false, false);
            let rows = self.dropped.rows;
            if self.passes_partition()? {
                return Ok(true);
            }
            self.dropped.partitions = self.dropped.partitions.saturating_add(1);
            self.dropped.rows = rows;
        }
        Ok(false)
    }

    fn partition(&self) -> Partition<'_> {
        let Partition { key, deletion, static_row } = self.source.partition();
        let static_row = static_row.filter(|_| self.passes_static).map(|row| self.filter.row(row));
        Partition { key, deletion: self.filter.deletion(deletion), static_row }
    }

    fn advance_unfiltered(&mut self) -> Result<bool> {
        self.is_at_static = false;
        if std::mem::take(&mut self.has_unfiltered) {
            return Ok(true);
        }
        self.next_unfiltered()
    }

    fn unfiltered(&self) -> Unfiltered<'_> {
        match self.source.unfiltered() {
            Unfiltered::Row(row) => Unfiltered::Row(self.filter.row(row)),
            Unfiltered::Marker(marker) => Unfiltered::Marker(self.filter.marker(marker).unwrap_or(marker)),
        }
    }

    fn advance_item(&mut self) -> Result<bool> {
        if self.is_at_static && !self.passes_static {
            return Ok(false);
        }
        if std::mem::take(&mut self.has_item) {
            return Ok(true);
        }
        self.next_item()
    }

    fn item(&self) -> RowItem<'_> {
        self.source.item()
    }
}
