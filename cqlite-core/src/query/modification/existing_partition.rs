//! What was read of a partition before it is written.

use cqlite_sstable::reader::Slice;
use cqlite_sstable::row::{Cell, Clustering, ClusteringOrder};

use crate::query::QueryResult;
use crate::storage::read::{Cells, Page, PageRow, ReadCommand};
use crate::storage::store::View;

/// Rows of one partition that were read for an operation or a condition (`db.partitions.FilteredPartition`).
#[derive(Debug, Default)]
pub(super) struct ExistingPartition {
    pages: Vec<Page>,
    /// Of the pages in front of this one, only the static row counts.
    first_page: usize,
}

impl ExistingPartition {
    /// Reads the rows of slices, all pages, and the static row also where there are no such rows.
    ///
    /// # Errors
    /// Those of the read.
    pub(super) fn read(
        view: &View,
        command: &ReadCommand,
        slices: impl IntoIterator<Item = Slice>,
        has_statics: bool,
    ) -> QueryResult<Self> {
        let mut pages: Vec<Page> = Vec::new();
        let mut of_rows = command.clone().slices(slices);
        loop {
            let page = view.read(&of_rows)?;
            let next = page.next().cloned();
            pages.push(page);
            match next {
                Some(state) => of_rows = of_rows.resume(state),
                None => break,
            }
        }
        if !has_statics || pages.first().is_some_and(|page| !page.is_empty()) {
            return Ok(Self { pages, first_page: 0 });
        }
        let of_static_row = view.read(&command.clone().limit(1))?;
        Ok(Self { pages: vec![of_static_row], first_page: 1 })
    }

    /// Reads up to the first row that is there by its own liveness, if `needs_liveness`, or any. It alone is shown.
    ///
    /// # Errors
    /// Those of the read.
    pub(super) fn read_first(view: &View, command: ReadCommand, needs_liveness: bool) -> QueryResult<Self> {
        let mut command = command.page_rows(1);
        let mut pages: Vec<Page> = Vec::new();
        loop {
            let page = view.read(&command)?;
            let is_row = |row: &PageRow<'_>| !needs_liveness || row.liveness().is_some();
            let is_found = page.partitions().flat_map(|partition| partition.rows()).any(|row| is_row(&row));
            let next = page.next().cloned();
            // The first page has the static row.
            pages.truncate(1);
            pages.push(page);
            match next {
                Some(state) if !is_found => command = command.resume(state),
                _ => {
                    let first_page = pages.len().saturating_sub(usize::from(is_found));
                    return Ok(Self { pages, first_page });
                }
            }
        }
    }

    /// The live cells of the static row; none if there is none.
    pub(super) fn statics(&self) -> Option<Cells<'_>> {
        let partition = self.pages.first().and_then(|page| page.partitions().next());
        partition.map(|partition| partition.static_cells()).filter(|cells| !cells.is_empty())
    }

    /// The rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = PageRow<'_>> {
        let pages = self.pages.get(self.first_page..).unwrap_or_default();
        pages.iter().flat_map(Page::partitions).flat_map(|partition| partition.rows())
    }

    /// The row of a clustering.
    pub(super) fn row(&self, clustering: Clustering<'_>, order: &ClusteringOrder) -> Option<PageRow<'_>> {
        self.rows().find(|row| order.compare_rows(row.clustering(), clustering).is_eq())
    }
}

/// The cells of one column.
pub(super) fn cells_of<'c>(cells: Cells<'c>, column: usize) -> impl Iterator<Item = Cell<'c>> {
    cells.iter().filter(move |cell| cell.column == column)
}
