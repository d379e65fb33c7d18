//! From rows that are read to rows of a result.

use std::fmt;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use cqlite_sstable::row::Clustering;
use cqlite_sstable::{Error, Result};

use super::group_by::GroupMaker;
use super::{PreparedSelect, RowConsumer, SelectOptions, SelectPagingState};
use crate::query::restrictions::{RowFilter, TokenBounds};
use crate::query::selection::Selectors;
use crate::query::{IndexedCells, InputRow, PartitionKey, QueryError, QueryResult, RowSet};
use crate::storage::read::{
    Cells, KeptCells, PagingState, Partitions, ReadCommand, ReadPartition, ReadRow, RowSink,
};

/// The limits of one execution, and where it begins.
#[derive(Debug, Clone)]
pub(super) struct Counts {
    pub(super) limit: Option<u64>,
    pub(super) page_rows: Option<u64>,
    pub(super) partition_limit: Option<u64>,
    pub(super) remaining_in_partition: Option<u64>,
    pub(super) resume: Option<PagingState>,
}

impl Counts {
    pub(super) fn new(limit: Option<u64>, partition_limit: Option<u64>, options: SelectOptions<'_>) -> Self {
        let state = options.paging_state;
        Self {
            limit: state.map_or(limit, |state| state.remaining),
            page_rows: options.page_rows,
            partition_limit,
            remaining_in_partition: state.map_or(partition_limit, |state| state.remaining_in_partition),
            resume: state.map(|state| state.read.clone()),
        }
    }
}

/// So many rows are looked at between two looks at whether anybody wants the rest.
const LOOK_ROWS: u64 = 1024;

/// Rows are handed on when they take so much, however few they are.
const BATCH_BYTES: usize = 1 << 20;

/// Takes rows that are read, and makes those of the result.
pub(super) struct SelectSink<'e, 'c> {
    select: &'e PreparedSelect,
    filter: RowFilter<'e>,
    selectors: Selectors<'e>,
    maker: Option<GroupMaker<'e>>,
    rows: RowSet,
    consumer: Option<(&'c mut dyn RowConsumer, usize)>,
    partition: Partition,
    counter: Counter,
    /// Rows were added to the group that is not yet shown.
    is_pending: bool,
    rows_read: u64,
    error: Option<QueryError>,
}

/// The partition that is read.
#[derive(Debug, Default)]
struct Partition {
    key: Vec<u8>,
    parts: Vec<Range<usize>>,
    statics: KeptCells,
    static_starts: Vec<u32>,
    regular_starts: Vec<u32>,
    /// Whether it is shown, as far as its key and static row go.
    is_shown: bool,
}

/// What is left of limits that hold for what is shown.
#[derive(Debug, Default)]
struct Counter {
    is_counting: bool,
    tokens: Option<TokenBounds>,
    remaining: Option<u64>,
    on_page: Option<u64>,
    partition_limit: Option<u64>,
    in_partition: Option<u64>,
    /// The same of the partition of what was shown last.
    in_last: Option<u64>,
    /// The key of the partition in which the page before ended, until it is passed.
    resumed: Option<Vec<u8>>,
    /// The read was broken off in front of a row, rather than behind it.
    is_before: bool,
}

impl Counter {
    fn count(&mut self) {
        for limit in [&mut self.remaining, &mut self.on_page, &mut self.in_partition] {
            *limit = limit.map(|rows| rows.saturating_sub(1));
        }
        self.in_last = self.in_partition;
    }

    fn is_full(&self) -> bool {
        self.remaining == Some(0) || self.on_page == Some(0)
    }
}

impl<'e, 'c> SelectSink<'e, 'c> {
    pub(super) fn new(
        select: &'e PreparedSelect,
        filter: RowFilter<'e>,
        (selectors, maker): (Selectors<'e>, Option<GroupMaker<'e>>),
        consumer: Option<(&'c mut dyn RowConsumer, usize)>,
    ) -> Self {
        Self {
            select,
            filter,
            selectors,
            maker,
            rows: RowSet::new(Arc::clone(select.selection.row_columns())),
            consumer,
            partition: Partition::default(),
            counter: Counter::default(),
            is_pending: false,
            rows_read: 0,
            error: None,
        }
    }

    /// Whether each row that comes is one of the result, so that limits can be left to who reads.
    pub(super) fn takes_all(&self) -> bool {
        self.filter.is_empty() && self.maker.as_ref().is_none_or(GroupMaker::is_everything)
    }

    /// Has it count what it shows.
    pub(super) fn count(&mut self, counts: &Counts, tokens: Option<TokenBounds>) {
        self.counter = Counter {
            is_counting: true,
            tokens,
            remaining: counts.limit,
            on_page: counts.page_rows,
            partition_limit: counts.partition_limit,
            in_partition: counts.remaining_in_partition,
            in_last: counts.remaining_in_partition,
            resumed: counts.resume.as_ref().map(|state| state.key().to_owned()),
            is_before: false,
        };
    }

    /// # Errors
    /// What ended the read.
    pub(super) fn take_error(&mut self) -> QueryResult<()> {
        self.error.take().map_or(Ok(()), Err)
    }

    /// Where the next page begins, if this one is full.
    pub(super) fn paging_state(
        &self,
        ended: Option<PagingState>,
        command: &ReadCommand,
    ) -> Option<SelectPagingState> {
        if self.counter.remaining == Some(0) || self.counter.on_page != Some(0) {
            return None;
        }
        let read = match self.maker.as_ref().and_then(GroupMaker::last) {
            Some((key, clustering)) => {
                let number = match &command.partitions {
                    Partitions::Keys(keys) => keys.iter().position(|one| one == key).unwrap_or(0),
                    _ => 0,
                };
                PagingState::behind(key.to_owned(), clustering.cloned(), number)
            }
            None => ended?,
        };
        let (remaining, remaining_in_partition) = (self.counter.remaining, self.counter.in_last);
        Some(SelectPagingState { read, remaining, remaining_in_partition })
    }

    /// How many rows were looked at.
    pub(super) fn rows_read(&self) -> u64 {
        self.rows_read
    }

    /// The rows that were not handed on yet.
    pub(super) fn finish(mut self) -> QueryResult<RowSet> {
        let is_everything = self.maker.as_ref().is_some_and(GroupMaker::is_everything);
        if self.is_pending || is_everything {
            self.selectors.output(&mut self.rows)?;
        }
        Ok(self.rows)
    }

    /// Takes a row, or a static row alone.
    fn take(&mut self, clustering: Option<Clustering<'_>>, cells: Cells<'_>) -> QueryResult<ControlFlow<()>> {
        self.rows_read = self.rows_read.saturating_add(1);
        if self.rows_read.is_multiple_of(LOOK_ROWS)
            && self.consumer.as_ref().is_some_and(|(consumer, _)| consumer.is_over())
        {
            return Err(QueryError::invalid("interrupted"));
        }
        let layout = self.select.table.layout();
        let Partition { key, parts, statics, static_starts, regular_starts, .. } = &mut self.partition;
        let statics = match layout.has_statics() {
            true => IndexedCells::index(statics.cells(), layout.header_columns(true).len(), static_starts),
            false => IndexedCells::NONE,
        };
        let row = InputRow {
            key: PartitionKey { bytes: key, parts },
            clustering,
            statics,
            regulars: IndexedCells::index(cells, layout.header_columns(false).len(), regular_starts),
        };
        if clustering.is_some() && !self.filter.shows_row(&row) {
            return Ok(ControlFlow::Continue(()));
        }
        let counter = &mut self.counter;
        match &mut self.maker {
            None => {
                if counter.in_partition == Some(0) {
                    return Ok(ControlFlow::Continue(()));
                }
                self.selectors.push(&row, &mut self.rows)?;
                counter.count();
                let is_full = counter.is_counting && counter.is_full();
                self.shown(is_full)
            }
            Some(maker) => {
                if counter.is_full() && maker.is_behind_partition(key) {
                    // Of the rows of the next one a function may not be had.
                    counter.is_before = true;
                    return Ok(ControlFlow::Break(()));
                }
                let is_new = maker.is_new(&row)?;
                if is_new && counter.in_partition == Some(0) {
                    return Ok(ControlFlow::Continue(()));
                }
                if is_new && counter.is_full() {
                    counter.is_before = true;
                    return Ok(ControlFlow::Break(()));
                }
                if is_new && self.is_pending {
                    self.selectors.output(&mut self.rows)?;
                    self.selectors.reset();
                }
                if is_new {
                    counter.count();
                }
                self.selectors.add_row(&row)?;
                maker.pass(&row);
                self.is_pending = true;
                self.shown(false)
            }
        }
    }

    /// Hands rows on if there are enough of them.
    fn shown(&mut self, is_full: bool) -> QueryResult<ControlFlow<()>> {
        self.select.check_sortable(&self.rows)?;
        if let Some((consumer, batch)) = &mut self.consumer
            && (self.rows.len() >= *batch || self.rows.bytes() >= BATCH_BYTES)
            && self.select.post_ordering.is_none()
        {
            let flow = consumer.rows(&self.rows)?;
            self.rows.clear();
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(if is_full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    fn begin(&mut self, partition: &ReadPartition<'_>) {
        let columns = self.select.columns.partition_key().len();
        let kept = &mut self.partition;
        kept.key.clear();
        kept.key.extend_from_slice(partition.key);
        PartitionKey::split(&kept.key, columns, &mut kept.parts);
        let layout = self.select.table.layout();
        if layout.has_statics() {
            kept.statics.keep(partition.static_cells);
        }
        if self.counter.is_counting && self.counter.resumed.take().is_none_or(|key| key != kept.key) {
            self.counter.in_partition = self.counter.partition_limit;
        }
        if self.filter.is_empty() && self.counter.tokens.is_none() {
            kept.is_shown = true;
            return;
        }
        let Partition { key, parts, statics, static_starts, .. } = kept;
        let of_token = |tokens: &TokenBounds| tokens.contains(&layout.partitioner().token(key));
        let row = InputRow {
            key: PartitionKey { bytes: key, parts },
            clustering: None,
            statics: IndexedCells::index(statics.cells(), layout.header_columns(true).len(), static_starts),
            regulars: IndexedCells::NONE,
        };
        kept.is_shown =
            self.counter.tokens.as_ref().is_none_or(of_token) && self.filter.shows_partition(&row);
    }

    /// What an error of a statement is for who reads: the end.
    fn told(&mut self, flow: QueryResult<ControlFlow<()>>) -> Result<ControlFlow<()>> {
        match flow {
            Ok(flow) => Ok(flow),
            Err(error) => {
                self.error = Some(error);
                Err(Error::invalid_input("the statement failed"))
            }
        }
    }
}

impl RowSink for SelectSink<'_, '_> {
    fn partition(&mut self, partition: &ReadPartition<'_>) -> Result<ControlFlow<()>> {
        self.begin(partition);
        if !self.select.columns.is_static_compact() {
            return Ok(ControlFlow::Continue(()));
        }
        // What else is in the partition has no name in CQL.
        let flow = if self.partition.is_shown {
            self.take(None, Cells::NONE)
        } else {
            return Ok(ControlFlow::Continue(()));
        };
        self.told(flow)
    }

    fn row(&mut self, row: &ReadRow<'_>) -> Result<ControlFlow<()>> {
        if !self.partition.is_shown || self.select.columns.is_static_compact() {
            return Ok(ControlFlow::Continue(()));
        }
        let flow = self.take(Some(row.clustering), row.cells);
        self.told(flow)
    }

    fn statics_alone(&mut self, partition: &ReadPartition<'_>) -> Result<ControlFlow<()>> {
        self.begin(partition);
        let is_shown = self.partition.is_shown
            && self.select.restrictions.shows_statics_alone()
            && !self.filter.needs_rows();
        if !is_shown {
            return Ok(ControlFlow::Continue(()));
        }
        let flow = self.take(None, Cells::NONE);
        self.told(flow)
    }
}

impl fmt::Debug for SelectSink<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SelectSink").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}
