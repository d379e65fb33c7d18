//! Carrying out a `SELECT`.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::count::CountSink;
use super::group_by::Grouping;
use super::read::{Asked, SelectRead};
use super::sink::{Counts, SelectSink};
use super::{PreparedSelect, SelectPagingState};
use crate::query::restrictions::RowFilter;
use crate::query::{Bindings, QueryError, QueryResult, RowSet};
use crate::storage::read::{Partitions, ReadCommand, ReadTrace};
use crate::storage::store::View;

/// So many rows are handed on at a time.
const BATCH_ROWS: usize = 1_000;

/// So many bytes of rows are sorted at most.
const SORT_LIMIT_BYTES: usize = 32 << 20;

/// What Cassandra allows an index of vectors to be asked for.
const NEAREST_LIMIT: u64 = 1_000;

/// How a `SELECT` is carried out.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SelectOptions<'a> {
    /// How many rows are wanted at a time; all if none is given.
    pub(crate) page_rows: Option<u64>,
    /// Where the page before ended.
    pub(crate) paging_state: Option<&'a SelectPagingState>,
    /// Where it is told what is touched.
    pub(crate) trace: Option<&'a Arc<ReadTrace>>,
}

/// The rows of one page.
#[derive(Debug)]
pub(crate) struct SelectPage {
    /// The rows.
    pub(crate) rows: RowSet,
    /// Where the next page begins; none if there is none.
    pub(crate) next: Option<SelectPagingState>,
    /// How many rows were looked at.
    pub(crate) rows_read: u64,
}

/// Takes rows, some at a time.
pub(crate) trait RowConsumer {
    /// Takes the next rows. Nothing of them lives longer than the call.
    ///
    /// # Errors
    /// They end the read.
    fn rows(&mut self, rows: &RowSet) -> QueryResult<ControlFlow<()>>;

    /// Whether nobody wants the rest any more, which ends the read with an error.
    fn is_over(&self) -> bool {
        false
    }
}

impl PreparedSelect {
    /// The rows, or one page of them.
    ///
    /// # Errors
    /// If values make no sense for it, a function fails, or what is stored cannot be read.
    pub(crate) fn execute(
        &self,
        view: &View,
        bindings: &Bindings<'_>,
        options: SelectOptions<'_>,
    ) -> QueryResult<SelectPage> {
        self.run(view, bindings, options, None)
    }

    /// Hands all rows to a consumer, in memory that does not grow. Returned is how many were looked at.
    ///
    /// # Errors
    /// As [`Self::execute`], and those of the consumer.
    pub(crate) fn for_each(
        &self,
        view: &View,
        bindings: &Bindings<'_>,
        trace: Option<&Arc<ReadTrace>>,
        consumer: &mut dyn RowConsumer,
    ) -> QueryResult<u64> {
        let options = SelectOptions { trace, ..SelectOptions::default() };
        let page = self.run(view, bindings, options, Some(&mut *consumer))?;
        if !page.rows.is_empty() {
            let _ = consumer.rows(&page.rows)?;
        }
        Ok(page.rows_read)
    }

    fn run(
        &self,
        view: &View,
        bindings: &Bindings<'_>,
        mut options: SelectOptions<'_>,
        consumer: Option<&mut dyn RowConsumer>,
    ) -> QueryResult<SelectPage> {
        let limit = self.limit.value(bindings)?;
        let partition_limit = self.partition_limit.value(bindings)?;
        // What is selected is looked at before what is read.
        let selectors = self.selection.selectors(bindings)?;
        let order = self.table.layout().order();
        let maker = match &self.grouping {
            None => None,
            Some(grouping) => Some(grouping.maker(order, bindings)?),
        };
        self.check_nearest(limit)?;
        if self.restrictions.has_ann() {
            options.page_rows = None;
        }
        let is_paged =
            options.page_rows.is_some_and(|rows| self.post_limit(limit).is_none_or(|limit| rows < limit));
        let has_pages = options.page_rows.is_some();
        let is_one_row = self.grouping.as_ref().is_some_and(Grouping::is_everything);
        if is_one_row || (!is_paged && self.grouping.is_none()) {
            options.page_rows = None;
        }
        let filter = self.restrictions.row_filter(bindings)?;
        let asked = self.read(&filter, bindings)?;
        let needs_pages = self.grouping.is_some() || (is_paged && !matches!(asked, Asked::Nothing));
        if self.post_ordering.is_some() && has_pages && needs_pages {
            return Err(QueryError::invalid(
                "Cannot page queries with both ORDER BY and a IN restriction on the partition key; you must either remove the ORDER BY or the IN and sort client side, or disable paging for this query",
            ));
        }
        let read = match asked {
            Asked::Rows(read) if is_one_row && self.counts(&read, &filter) => {
                let consumer = consumer.map(|consumer| &*consumer);
                return self.counted(view, read, partition_limit, options.trace, consumer);
            }
            Asked::Rows(read) => Some(read),
            Asked::Nothing | Asked::NoRow => None,
        };
        let counts = Counts::new(self.post_limit(limit), partition_limit, options);
        let consumer = consumer.map(|consumer| (consumer, BATCH_ROWS));
        let mut sink = SelectSink::new(self, filter, (selectors, maker), consumer);
        let mut next = None;
        if let Some(mut read) = read {
            read.command.trace = options.trace.cloned();
            next = self.scan(view, read, &mut sink, counts)?;
        }
        let rows_read = sink.rows_read();
        let rows = sink.finish()?;
        Ok(SelectPage { rows: self.ordered(rows, limit, bindings)?, next, rows_read })
    }

    /// Whether rows are only counted, each that is read.
    fn counts(&self, read: &SelectRead, filter: &RowFilter<'_>) -> bool {
        let takes_all = filter.is_empty() && read.tokens.is_none() && !self.columns.is_static_compact();
        takes_all && self.post_ordering.is_none() && self.selection.counts_rows()
    }

    fn counted(
        &self,
        view: &View,
        read: SelectRead,
        partition_limit: Option<u64>,
        trace: Option<&Arc<ReadTrace>>,
        consumer: Option<&dyn RowConsumer>,
    ) -> QueryResult<SelectPage> {
        let mut command = read.command;
        command.partition_limit = command.partition_limit.or(partition_limit);
        command.trace = trace.cloned();
        let mut sink = CountSink::new(self.restrictions.shows_statics_alone(), consumer);
        view.for_each(&command, &mut sink)?;
        let count = i64::try_from(sink.rows()).unwrap_or(i64::MAX).to_be_bytes();
        let mut rows = RowSet::new(Arc::clone(self.selection.row_columns()));
        rows.push_row(std::iter::repeat_n(Some(&count[..]), rows.columns().len()));
        Ok(SelectPage { rows, next: None, rows_read: sink.rows() })
    }

    /// The limit that holds while rows are read: not if they are sorted afterwards, or all become one.
    fn post_limit(&self, limit: Option<u64>) -> Option<u64> {
        let is_one = self.grouping.as_ref().is_some_and(Grouping::is_everything);
        limit.filter(|_| !is_one && self.post_ordering.is_none())
    }

    fn check_nearest(&self, limit: Option<u64>) -> QueryResult<()> {
        if !self.restrictions.has_ann() {
            return Ok(());
        }
        let told = |message: &str| Err(QueryError::invalid(message));
        if self.grouping.is_some() {
            return told("Top-K queries can not be run with aggregation");
        }
        let Some(limit) = limit else {
            return told(
                "Top-K queries must have a limit specified and the limit must be less than the query page size",
            );
        };
        if self.partition_limit.is_some() {
            return told("Top-K queries do not support per-partition limits");
        }
        if limit > NEAREST_LIMIT {
            return Err(QueryError::invalid(format!(
                "Use of ANN OF in an ORDER BY clause requires a LIMIT that is not greater than {NEAREST_LIMIT}. LIMIT was {limit}"
            )));
        }
        Ok(())
    }

    /// Reads rows into the sink. Returned is where the next page begins.
    fn scan(
        &self,
        view: &View,
        read: SelectRead,
        sink: &mut SelectSink<'_, '_>,
        counts: Counts,
    ) -> QueryResult<Option<SelectPagingState>> {
        let SelectRead { mut command, tokens } = read;
        command.resume = counts.resume.clone();
        let is_counted_below = sink.takes_all() && tokens.is_none();
        if is_counted_below {
            command.limit = counts.limit;
            command.page_rows = counts.page_rows;
            command.partition_limit = command.partition_limit.or(counts.partition_limit);
            if let Some(state) = command.resume.take() {
                command.resume = Some(state.with_limits(counts.limit, counts.remaining_in_partition));
            }
        } else {
            sink.count(&counts, tokens);
        }
        let ended = view.for_each(&command, sink);
        sink.take_error()?;
        let ended = ended?;
        if counts.page_rows.is_none() {
            return Ok(None);
        }
        let next = match is_counted_below {
            true => ended.map(|read| {
                let (remaining, remaining_in_partition) = read.limits();
                SelectPagingState { read, remaining, remaining_in_partition }
            }),
            false => sink.paging_state(ended, &command),
        };
        Ok(next.filter(|state| !is_at_end(state, &command)))
    }

    /// Rows in the order that was asked for, without the columns that are there for it alone.
    fn ordered(&self, rows: RowSet, limit: Option<u64>, bindings: &Bindings<'_>) -> QueryResult<RowSet> {
        let Some(ordering) = &self.post_ordering else { return Ok(rows) };
        let places = ordering.order(&rows, bindings)?;
        let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        let mut ordered = RowSet::new(Arc::clone(self.selection.result_columns()));
        for row in places.into_iter().take(limit).filter_map(|place| rows.row(place)) {
            ordered.push_row(row.values());
        }
        Ok(ordered)
    }

    /// # Errors
    /// If there are too many rows to be sorted.
    pub(super) fn check_sortable(&self, rows: &RowSet) -> QueryResult<()> {
        if self.post_ordering.is_some() && rows.bytes() > SORT_LIMIT_BYTES {
            let limit = SORT_LIMIT_BYTES >> 20;
            return Err(QueryError::invalid(format!(
                "the rows that would be sorted have more than {limit} MiB: ask for fewer partitions or columns at a time"
            )));
        }
        Ok(())
    }
}

/// Whether nothing can come behind a place among partitions that are named one by one.
fn is_at_end(state: &SelectPagingState, command: &ReadCommand) -> bool {
    let keys = match &command.partitions {
        Partitions::Key(_) => 1,
        Partitions::Keys(keys) => keys.len(),
        Partitions::Range(_) => return false,
    };
    let is_last = state.read.key_number().saturating_add(1) >= keys;
    is_last && (state.read.ends_partition() || state.remaining_in_partition == Some(0))
}
