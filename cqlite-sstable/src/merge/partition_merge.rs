//! The merge of several sources.

use std::sync::Arc;

use super::heads::Heads;
use super::merged_row::MergedRow;
use super::open_range::OpenRange;
use super::sources::Sources;
use super::waiting::Waiting;
use super::{LazySource, RowHead, SharedColumns, key_text};
use crate::error::{Error, Result};
use crate::partitioner::Partitioner;
use crate::row::{
    ClusteringBuffer, ClusteringOrder, ClusteringPrefix, DeletionTime, Partition, PrefixBuffer, RowItem,
    Unfiltered, UnfilteredPartitions,
};

/// Several sources of rows of one table as one: of each cell, liveness and deletion the version that wins, without what
/// deletions cover, as Cassandra writes it when it compacts the same SSTables and purges nothing
/// (`UnfilteredPartitionIterators.merge`, `UnfilteredRowIterators.UnfilteredRowMergeIterator`, `Row.Merger`).
///
/// It streams: nothing is held of a partition or a row but one place and one item of each source, all of them borrowed;
/// the merged value of a counter alone has a buffer. The rows of a partition that only one source has are passed through
/// as they are, and so is a row of one source that no deletion covers. A static row never is where its partition is
/// deleted. Rows of which nothing is left are not shown.
///
/// Columns of items are places among the [`SharedColumns`]. Sources have to be in order; that partitions are is checked.
///
/// # Example
/// ```no_run
/// use std::sync::Arc;
/// use cqlite_sstable::merge::{LazySource, Merge, SharedColumns};
/// use cqlite_sstable::reader::{ScanOptions, Sstable};
/// use cqlite_sstable::row::{ClusteringOrder, UnfilteredPartitions as _};
/// let inputs = [Sstable::open("orders/nb-1-big-Data.db")?, Sstable::open("orders/nb-2-big-Data.db")?];
/// let headers: Vec<_> = inputs.iter().map(Sstable::header).collect();
/// let columns = Arc::new(SharedColumns::new(&headers)?);
/// let order = ClusteringOrder::new(columns.header(&headers)?.clustering_types);
/// let sources = inputs.iter().map(|input| Ok(LazySource::opened(input.scan(ScanOptions::default())?)));
/// let sources = sources.collect::<cqlite_sstable::Result<Vec<_>>>()?;
/// let mut merge = Merge::new(inputs[0].partitioner()?, columns, order, sources);
/// while merge.advance_partition()? {
///     while merge.advance_unfiltered()? {
///         println!("{:?}", merge.unfiltered());
///     }
/// }
/// # Ok::<(), cqlite_sstable::Error>(())
/// ```
pub struct Merge<'a, S> {
    columns: Arc<SharedColumns>,
    order: ClusteringOrder,
    sources: Sources<'a, S>,
    /// The one source that has the current partition.
    alone: Option<usize>,
    deletion: DeletionTime,
    /// The static row is merged: several sources have the partition, or its deletion may cover parts of that row.
    merges_static: bool,
    stage: Stage,
    rows: Waiting,
    /// The sources that stand at the current row or marker.
    at_place: Vec<usize>,
    open_range: OpenRange,
    /// Where the markers stand that were passed last.
    marker_place: PrefixBuffer,
    row: MergedRow,
    /// What is in front of the cells of the merged static row.
    static_head: RowHead,
    no_clustering: ClusteringBuffer,
}

/// What the merge stands on in a partition of several sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The head of the partition with its static row, or nothing.
    Head,
    /// A row that one source has, and that no deletion covers.
    RowAsItIs,
    Row,
    Marker,
    /// The end of the partition.
    End,
}

impl<'a, S: UnfilteredPartitions> Merge<'a, S> {
    /// The merge of `sources`, whose columns are those of `columns`, one header for each, in this order.
    pub fn new(
        partitioner: Partitioner,
        columns: Arc<SharedColumns>,
        order: ClusteringOrder,
        sources: Vec<LazySource<'a, S>>,
    ) -> Self {
        Self {
            columns,
            order,
            sources: Sources::new(partitioner, sources),
            alone: None,
            deletion: DeletionTime::LIVE,
            merges_static: false,
            stage: Stage::End,
            rows: Waiting::default(),
            at_place: Vec::new(),
            open_range: OpenRange::new(),
            marker_place: PrefixBuffer::bottom(),
            row: MergedRow::default(),
            static_head: RowHead::default(),
            no_clustering: ClusteringBuffer::default(),
        }
    }

    /// The columns that items name by their places.
    pub fn columns(&self) -> &Arc<SharedColumns> {
        &self.columns
    }

    /// How many sources are open.
    pub fn open_sources(&self) -> usize {
        self.sources.heads.len()
    }

    fn start_partition(&mut self) -> Result<()> {
        let Sources { heads, at_key, .. } = &mut self.sources;
        self.alone = match at_key.as_slice() {
            [alone] => Some(*alone),
            _ => None,
        };
        self.stage = Stage::Head;
        self.static_head = RowHead::default();
        let deletions = at_key.iter().map(|number| heads.get(*number).source.partition().deletion);
        self.deletion = deletions.max().unwrap_or_default();
        self.open_range.reset_sources(heads, at_key);
        self.merges_static =
            !self.columns.columns(true).is_empty() && (self.alone.is_none() || !self.deletion.is_live());
        if self.merges_static {
            self.at_place.clear();
            let with_static = |number: &usize| heads.get(*number).source.partition().static_row.is_some();
            self.at_place.extend(at_key.iter().copied().filter(with_static));
            let head = |source: &S| source.partition().static_row.as_ref().map(RowHead::of);
            self.row.start(heads, &self.columns, &self.at_place, (true, self.deletion), head)?;
            self.static_head = self.row.head;
        }
        Ok(())
    }

    /// Moves the sources at the current place to their next ones, and stands at the least of those.
    #[inline]
    fn advance_place(&mut self) -> Result<bool> {
        let Sources { heads, at_key, .. } = &mut self.sources;
        if self.stage == Stage::Head {
            self.rows.reset(at_key.len());
            self.at_place.clear();
            self.at_place.extend_from_slice(at_key);
        }
        let order = &self.order;
        for number in &self.at_place {
            let head = heads.get_mut(*number);
            if head.source.advance_unfiltered()? {
                let compare = |a, b| order.compare(place(heads, a), place(heads, b));
                self.rows.push(*number, compare);
            } else if !head.open.is_live() {
                let what = "a range of deleted rows has no end";
                return Err(self.damaged(*number, what));
            }
        }
        self.at_place.clear();
        let compare = |a, b| order.compare(place(heads, a), place(heads, b));
        self.rows.take_least(&mut self.at_place, compare);
        Ok(!self.at_place.is_empty())
    }

    /// Passes the markers of all sources at the current place. True if they change what is open.
    fn pass_markers(&mut self) -> Result<bool> {
        let mut index = 0_usize;
        while let Some(number) = self.at_place.get(index).copied() {
            if self.pass_markers_of(number)? {
                index = index.saturating_add(1);
            } else {
                self.at_place.swap_remove(index);
            }
        }
        let Sources { heads, at_key, .. } = &self.sources;
        let latest = at_key.iter().map(|number| heads.get(*number).open).max().unwrap_or_default();
        let is_in_front = self.marker_place.kind.compared_to_clustering().is_lt();
        Ok(self.open_range.change(latest, self.deletion, is_in_front))
    }

    /// Notes what is open in a source behind the current place. Where it has the end of a range, the start of the next one
    /// may stand at the same place. False if it stands behind the place already.
    fn pass_markers_of(&mut self, number: usize) -> Result<bool> {
        let order = &self.order;
        loop {
            let head = self.sources.heads.get_mut(number);
            let Unfiltered::Marker(marker) = head.source.unfiltered() else { return Ok(true) };
            let (kind, open) = (marker.kind, marker.open_behind());
            head.open = open;
            if !kind.is_end() {
                return Ok(true);
            }
            if !head.source.advance_unfiltered()? {
                return Ok(false);
            }
            if order.compare(head.source.unfiltered().place(), self.marker_place.as_prefix()).is_ne() {
                let heads = &self.sources.heads;
                self.rows.push(number, |a, b| order.compare(place(heads, a), place(heads, b)));
                return Ok(false);
            }
        }
    }

    /// Stands at a row that several sources have, or of which a deletion may cover parts. False if nothing is left.
    fn start_row(&mut self, active: DeletionTime) -> Result<bool> {
        let heads = &mut self.sources.heads;
        let head = |source: &S| match source.unfiltered() {
            Unfiltered::Row(row) => Some(RowHead::of(&row)),
            Unfiltered::Marker(_) => None,
        };
        self.row.start(heads, &self.columns, &self.at_place, (false, active), head)?;
        self.row.has_content(heads, &self.columns)
    }

    /// The source whose current row is shown as it is.
    #[inline]
    fn as_it_is(&self) -> Option<usize> {
        match (self.alone, self.stage) {
            (Some(_), Stage::Head) if self.merges_static => None,
            (Some(alone), _) => Some(alone),
            (None, Stage::RowAsItIs) => self.at_place.first().copied(),
            _ => None,
        }
    }

    #[inline]
    fn advance_merged_item(&mut self) -> Result<bool> {
        let advanced = self.row.advance_item(&mut self.sources.heads, &self.columns);
        advanced.map_err(|error| error.partition(key_text(self.sources.key())))
    }

    fn damaged(&self, number: usize, what: &str) -> Error {
        let input = self.sources.heads.get(number).number.saturating_add(1);
        Error::corrupt(format!("input {input} of the merge is damaged: {what}"))
            .partition(key_text(self.sources.key()))
            .advise("check the inputs with verify, and leave out what is damaged with salvage")
    }
}

impl<S: UnfilteredPartitions> UnfilteredPartitions for Merge<'_, S> {
    fn advance_partition(&mut self) -> Result<bool> {
        self.stage = Stage::End;
        if !self.sources.advance_partition(&self.columns)? {
            return Ok(false);
        }
        self.start_partition().map_err(|error| error.partition(key_text(self.sources.key())))?;
        Ok(true)
    }

    fn partition(&self) -> Partition<'_> {
        let as_it_is = self.alone.filter(|_| !self.merges_static);
        let own = as_it_is.and_then(|alone| self.sources.heads.get(alone).source.partition().static_row);
        let no_clustering = self.no_clustering.as_clustering();
        let has_static = own.is_none() && !self.columns.columns(true).is_empty();
        let static_row = own.or(has_static.then(|| self.static_head.row(true, no_clustering)));
        Partition { key: self.sources.key(), deletion: self.deletion, static_row }
    }

    #[inline]
    fn advance_unfiltered(&mut self) -> Result<bool> {
        if let Some(alone) = self.alone {
            self.stage = Stage::RowAsItIs;
            return self.sources.heads.get_mut(alone).source.advance_unfiltered();
        }
        if self.stage == Stage::End {
            return Ok(false);
        }
        while self.advance_place()? {
            let Some(first) = self.at_place.first() else { break };
            if let Unfiltered::Marker(marker) = self.sources.heads.get(*first).source.unfiltered() {
                self.stage = Stage::Marker;
                self.marker_place.set((marker.kind, marker.clustering));
                if self.pass_markers()? {
                    return Ok(true);
                }
                continue;
            }
            let active = self.open_range.active(self.deletion);
            if self.at_place.len() == 1 && active.is_live() {
                self.stage = Stage::RowAsItIs;
                return Ok(true);
            }
            self.stage = Stage::Row;
            let has_content = self.start_row(active);
            if has_content.map_err(|error| error.partition(key_text(self.sources.key())))? {
                return Ok(true);
            }
        }
        self.stage = Stage::End;
        Ok(false)
    }

    fn unfiltered(&self) -> Unfiltered<'_> {
        if self.stage == Stage::Marker {
            let clustering = self.marker_place.values.as_clustering();
            return Unfiltered::Marker(self.open_range.marker().at(clustering));
        }
        let number = self.alone.or(self.at_place.first().copied()).unwrap_or_default();
        let unfiltered = self.sources.heads.get(number).source.unfiltered();
        match (unfiltered, self.stage) {
            (Unfiltered::Row(row), Stage::Row) => Unfiltered::Row(self.row.head.row(false, row.clustering)),
            (as_it_is, _) => as_it_is,
        }
    }

    #[inline]
    fn advance_item(&mut self) -> Result<bool> {
        match (self.stage, self.as_it_is()) {
            (_, Some(number)) => self.sources.heads.get_mut(number).source.advance_item(),
            (Stage::Row, _) => self.advance_merged_item(),
            (Stage::Head, _) if self.merges_static => self.advance_merged_item(),
            _ => Ok(false),
        }
    }

    #[inline]
    fn item(&self) -> RowItem<'_> {
        let heads = &self.sources.heads;
        match self.as_it_is() {
            Some(number) => heads.get(number).shared_item(self.stage == Stage::Head),
            None => self.row.item(heads),
        }
    }
}

#[inline]
fn place<S: UnfilteredPartitions>(heads: &Heads<S>, number: usize) -> ClusteringPrefix<'_> {
    heads.get(number).source.unfiltered().place()
}
