//! What other SSTables delete of what is compacted.

use std::sync::Arc;

use cqlite_sstable::component::statistics::SerializationHeader;
use cqlite_sstable::merge::{CellChange, RowHead, SharedColumns, Transformation};
use cqlite_sstable::row::{Cell, ClusteringOrder, DeletionTime, Partition, Row};
use cqlite_sstable::{Partitioner, Result};

use super::super::{OverlappingTombstones, Place};
use super::LiveSstable;
use super::shadow_source::ShadowSource;

/// Leaves out what SSTables that are not compacted delete: by partitions, ranges and rows, and with
/// [`OverlappingTombstones::Cell`] also what they overwrite cell by cell (`CompactionIterator.GarbageSkipper`). What
/// they delete it with stays where it is, and is not copied.
///
/// Something goes only for what is newer, never for its equal: of two SSTables that are written anew at the same time,
/// each with the other one for a shadow, one has the newest of everything. Range tombstones go with their partition alone,
/// where Cassandra also cuts them by other ranges.
pub(super) struct Shadow {
    partitioner: Partitioner,
    order: ClusteringOrder,
    /// Those of the rows that pass, then those of each source.
    columns: Arc<SharedColumns>,
    sources: Vec<ShadowSource>,
    /// The sources that have the current partition.
    at_key: Vec<usize>,
    by_cells: bool,
    partition_deletion: DeletionTime,
    /// What covers the current row.
    covering: DeletionTime,
}

impl Shadow {
    /// The shadow of `sources` on rows with this header.
    ///
    /// # Errors
    /// If the columns of a source have an order contrary to those of the rows.
    pub(super) fn new(
        partitioner: Partitioner,
        order: ClusteringOrder,
        header: &SerializationHeader,
        sources: Vec<Arc<LiveSstable>>,
        garbage: OverlappingTombstones,
    ) -> Result<Self> {
        let of_sources = sources.iter().map(|source| source.sstable().header());
        let headers: Vec<&SerializationHeader> = [header].into_iter().chain(of_sources).collect();
        let columns = Arc::new(SharedColumns::new(&headers)?);
        let by_cells = garbage == OverlappingTombstones::Cell && !columns.has_counters();
        let sources = sources.into_iter().zip(1..);
        Ok(Self {
            partitioner,
            order,
            sources: sources.map(|(live, number)| ShadowSource::new(live, number, &columns)).collect(),
            columns,
            at_key: Vec::new(),
            by_cells,
            partition_deletion: DeletionTime::LIVE,
            covering: DeletionTime::LIVE,
        })
    }

    fn keeps(&self, deletion: DeletionTime) -> bool {
        self.covering <= deletion
    }

    fn sources_at_key(&mut self) -> impl Iterator<Item = &mut ShadowSource> {
        let at_key = &self.at_key;
        let numbered = self.sources.iter_mut().enumerate();
        numbered.filter(move |(number, _)| at_key.contains(number)).map(|(_, source)| source)
    }
}

/// A deletion that something newer covers is none.
fn unless_covered(deletion: DeletionTime, covering: DeletionTime) -> DeletionTime {
    if covering > deletion { DeletionTime::LIVE } else { deletion }
}

impl Transformation for Shadow {
    fn partition(&mut self, partition: &Partition<'_>) -> Result<Option<DeletionTime>> {
        let place = Place { token: self.partitioner.token(partition.key), key: partition.key.to_vec() };
        self.partition_deletion = DeletionTime::LIVE;
        self.at_key.clear();
        for (number, source) in self.sources.iter_mut().enumerate() {
            if let Some(deletion) = source.move_to_partition(&place)? {
                self.partition_deletion = self.partition_deletion.max(deletion);
                self.at_key.push(number);
            }
        }
        self.covering = self.partition_deletion;
        Ok(Some(unless_covered(partition.deletion, self.partition_deletion)))
    }

    fn row(&mut self, row: &Row<'_>) -> Result<Option<RowHead>> {
        let (mut covering, order) = (self.partition_deletion, self.order.clone());
        for source in self.sources_at_key() {
            let deletion = match row.is_static {
                true => source.move_to_static_row(),
                false => source.move_to_row(row.clustering, &order)?,
            };
            covering = covering.max(deletion);
        }
        self.covering = covering;
        let mut head = RowHead::of(row);
        head.liveness = head.liveness.filter(|liveness| !covering.deletes(liveness.timestamp));
        head.deletion = unless_covered(head.deletion, covering);
        head.shadowable_deletion = unless_covered(head.shadowable_deletion, covering);
        Ok(Some(head))
    }

    fn range(&mut self, deletion: &DeletionTime) -> Result<bool> {
        Ok(self.partition_deletion <= *deletion)
    }

    fn complex_deletion(&mut self, is_static: bool, column: usize, deletion: &DeletionTime) -> Result<bool> {
        let mut is_kept = self.keeps(*deletion);
        if self.by_cells && is_kept {
            let place = self.columns.place(0, is_static, column);
            for source in self.sources_at_key() {
                is_kept &= source.complex_deletion_of(is_static, place)? <= *deletion;
            }
        }
        Ok(is_kept)
    }

    fn cell(&mut self, is_static: bool, cell: &Cell<'_>) -> Result<CellChange> {
        let mut is_covered = self.covering.deletes(cell.timestamp);
        if self.by_cells && !is_covered {
            let place = self.columns.place(0, is_static, cell.column);
            for source in self.sources_at_key() {
                is_covered |= source.covers(is_static, place, cell)?;
            }
        }
        Ok(if is_covered { CellChange::Dropped } else { CellChange::Kept })
    }
}
