//! What was read, kept in memory.

use std::ops::{ControlFlow, Range};

use cqlite_sstable::Result;
use cqlite_sstable::row::{Clustering, ClusteringBuffer, Liveness};

use super::cell_buffer::CellBuffer;
use super::{Cells, PagingState, ReadPartition, ReadRow, RowSink};

/// No page has more than about so many bytes, whatever its limit is: the rest is the next page.
const PAGE_LIMIT_BYTES: usize = 4 << 20;

/// Partitions and rows that were read, and where to go on.
#[derive(Debug, Clone)]
pub struct Page {
    limit_bytes: usize,
    cells: CellBuffer,
    partitions: Vec<KeptPartition>,
    rows: Vec<KeptRow>,
    bytes: usize,
    pub(super) next: Option<PagingState>,
}

#[derive(Debug, Clone)]
struct KeptPartition {
    key: Vec<u8>,
    static_cells: Range<usize>,
    rows: Range<usize>,
}

#[derive(Debug, Clone)]
struct KeptRow {
    clustering: ClusteringBuffer,
    liveness: Option<Liveness>,
    cells: Range<usize>,
}

impl Default for Page {
    fn default() -> Self {
        Self::with_limit(PAGE_LIMIT_BYTES)
    }
}

impl Page {
    /// An empty page that takes so many bytes, about.
    pub(super) fn with_limit(limit_bytes: usize) -> Self {
        let (cells, partitions, rows) = (CellBuffer::default(), Vec::new(), Vec::new());
        Self { limit_bytes, cells, partitions, rows, bytes: 0, next: None }
    }

    /// The rows of all partitions.
    pub(super) fn rows(&self) -> impl DoubleEndedIterator<Item = PageRow<'_>> {
        self.rows.iter().map(|row| PageRow { page: self, row })
    }

    /// The partitions, with their rows. The first and the last one may be parts of partitions.
    pub fn partitions(&self) -> impl Iterator<Item = PagePartition<'_>> {
        self.partitions.iter().map(|partition| PagePartition { page: self, partition })
    }

    /// How many rows there are, partitions without any left out.
    pub fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.partitions.is_empty()
    }

    /// Where to go on; none at the end.
    pub fn next(&self) -> Option<&PagingState> {
        self.next.as_ref()
    }

    /// Whether there is room for more.
    fn flow(&self) -> ControlFlow<()> {
        let is_full = self.bytes.saturating_add(self.cells.bytes()) >= self.limit_bytes;
        if is_full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn push_cells(&mut self, cells: Cells<'_>) -> Range<usize> {
        let start = self.cells.len();
        cells.iter().for_each(|cell| self.cells.push(&cell));
        start..self.cells.len()
    }
}

impl RowSink for Page {
    fn partition(&mut self, partition: &ReadPartition<'_>) -> Result<ControlFlow<()>> {
        let static_cells = self.push_cells(partition.static_cells);
        let rows = self.rows.len()..self.rows.len();
        self.bytes =
            self.bytes.saturating_add(partition.key.len()).saturating_add(size_of::<KeptPartition>());
        self.partitions.push(KeptPartition { key: partition.key.to_owned(), static_cells, rows });
        Ok(self.flow())
    }

    fn row(&mut self, row: &ReadRow<'_>) -> Result<ControlFlow<()>> {
        let cells = self.push_cells(row.cells);
        let mut clustering = ClusteringBuffer::default();
        clustering.copy_from(row.clustering);
        self.rows.push(KeptRow { clustering, liveness: row.liveness, cells });
        self.bytes = self.bytes.saturating_add(size_of::<KeptRow>());
        if let Some(partition) = self.partitions.last_mut() {
            partition.rows.end = self.rows.len();
        }
        Ok(self.flow())
    }
}

/// A partition of a page.
#[derive(Debug, Clone, Copy)]
pub struct PagePartition<'a> {
    page: &'a Page,
    partition: &'a KeptPartition,
}

impl<'a> PagePartition<'a> {
    /// The serialized key.
    pub fn key(&self) -> &'a [u8] {
        &self.partition.key
    }

    /// The live cells of its static row.
    pub fn static_cells(&self) -> Cells<'a> {
        Cells::of(&self.page.cells, self.partition.static_cells.clone())
    }

    /// Its rows.
    pub fn rows(&self) -> impl Iterator<Item = PageRow<'a>> + use<'a> {
        let (page, rows) = (self.page, self.page.rows.get(self.partition.rows.clone()).unwrap_or_default());
        rows.iter().map(move |row| PageRow { page, row })
    }
}

/// A row of a page.
#[derive(Debug, Clone, Copy)]
pub struct PageRow<'a> {
    page: &'a Page,
    row: &'a KeptRow,
}

impl<'a> PageRow<'a> {
    /// The values of the clustering columns.
    pub fn clustering(&self) -> Clustering<'a> {
        self.row.clustering.as_clustering()
    }

    /// As [`ReadRow::liveness`].
    pub fn liveness(&self) -> Option<Liveness> {
        self.row.liveness
    }

    /// The live cells that were wanted.
    pub fn cells(&self) -> Cells<'a> {
        Cells::of(&self.page.cells, self.row.cells.clone())
    }

    /// It as it was read.
    pub(super) fn as_read(&self) -> ReadRow<'a> {
        ReadRow { clustering: self.clustering(), liveness: self.liveness(), cells: self.cells() }
    }
}
