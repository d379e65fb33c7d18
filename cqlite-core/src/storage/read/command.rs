//! What is to be read.

use std::sync::Arc;

use cqlite_sstable::reader::{Direction, Slice, TokenRange};
use cqlite_sstable::{Error, Result};

use super::{PagingState, ReadTrace};
use crate::storage::TableId;
use crate::storage::mutation::TableLayout;

/// Which partitions are to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Partitions {
    /// The one of this serialized key.
    Key(Vec<u8>),
    /// Those of these serialized keys, in this order.
    Keys(Vec<Vec<u8>>),
    /// All that have tokens in a range.
    Range(TokenRange),
}

/// What is to be read of a table (`db.ReadCommand`).
#[derive(Debug, Clone)]
pub struct ReadCommand {
    /// The table.
    pub table: TableId,
    /// Which partitions.
    pub partitions: Partitions,
    /// Which of their rows: in clustering order, none of which meets another. All if there are none.
    pub slices: Vec<Slice>,
    /// In which order rows come within a partition.
    pub direction: Direction,
    /// The columns of which values are wanted: places among the static ones and among the regular ones of the table's layout; all
    /// of none are named. Rows come also if they have no value in these.
    pub columns: Option<[Vec<usize>; 2]>,
    /// How many rows are wanted at most, on all pages together. A partition that has a static row alone counts as one.
    pub limit: Option<u64>,
    /// How many rows are wanted at a time at most: the next page goes on behind them.
    pub page_rows: Option<u64>,
    /// How many rows are wanted of each partition at most.
    pub partition_limit: Option<u64>,
    /// The time by which expiry is judged, in seconds since 1970; the time of the store's clock if none is given.
    pub now_seconds: Option<i64>,
    /// Where an earlier read ended.
    pub resume: Option<PagingState>,
    /// Where it is told what the read touches, if anybody wants to know.
    pub trace: Option<Arc<ReadTrace>>,
    /// Whether a thread for each of a few SSTables may read and decompress ahead where partitions of a range are wanted: for who
    /// reads much and does nothing beside.
    pub reads_ahead: bool,
}

impl ReadCommand {
    fn new(table: TableId, partitions: Partitions) -> Self {
        Self {
            table,
            partitions,
            slices: Vec::new(),
            direction: Direction::Forward,
            columns: None,
            limit: None,
            page_rows: None,
            partition_limit: None,
            now_seconds: None,
            resume: None,
            trace: None,
            reads_ahead: false,
        }
    }

    /// One partition.
    pub fn key(table: TableId, key: impl Into<Vec<u8>>) -> Self {
        Self::new(table, Partitions::Key(key.into()))
    }

    /// Several partitions.
    pub fn keys(table: TableId, keys: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self::new(table, Partitions::Keys(keys.into_iter().collect()))
    }

    /// The partitions of a range of tokens.
    pub fn range(table: TableId, range: TokenRange) -> Self {
        Self::new(table, Partitions::Range(range))
    }

    /// All partitions.
    pub fn all(table: TableId) -> Self {
        Self::range(table, TokenRange::default())
    }

    /// These slices alone.
    #[must_use]
    pub fn slices(mut self, slices: impl IntoIterator<Item = Slice>) -> Self {
        self.slices = slices.into_iter().collect();
        self
    }

    /// At most so many rows, on all pages together.
    #[must_use]
    pub fn limit(mut self, rows: u64) -> Self {
        self.limit = Some(rows);
        self
    }

    /// At most so many rows on each page, and at least one.
    #[must_use]
    pub fn page_rows(mut self, rows: u64) -> Self {
        self.page_rows = Some(rows.max(1));
        self
    }

    /// At most so many rows of each partition.
    #[must_use]
    pub fn partition_limit(mut self, rows: u64) -> Self {
        self.partition_limit = Some(rows);
        self
    }

    /// The last row of each partition first.
    #[must_use]
    pub fn reversed(mut self) -> Self {
        self.direction = Direction::Reversed;
        self
    }

    /// Values of these columns alone, by their places among the static and the regular ones.
    #[must_use]
    pub fn columns(mut self, statics: Vec<usize>, regulars: Vec<usize>) -> Self {
        self.columns = Some([statics, regulars]);
        self
    }

    /// As of this second.
    #[must_use]
    pub fn now_seconds(mut self, now_seconds: i64) -> Self {
        self.now_seconds = Some(now_seconds);
        self
    }

    /// With threads that read ahead.
    #[must_use]
    pub fn read_ahead(mut self) -> Self {
        self.reads_ahead = true;
        self
    }

    /// What comes behind the end of an earlier read with the same command.
    #[must_use]
    pub fn resume(mut self, state: PagingState) -> Self {
        self.resume = Some(state);
        self
    }

    /// Whether slices are in their order, and the place to go on from is one of this command.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] if they are not.
    pub(super) fn check(&self, layout: &TableLayout) -> Result<()> {
        let order = layout.order();
        let bounds = self.slices.iter().map(|slice| (slice.start.as_prefix(), slice.end.as_prefix()));
        let mut last = None;
        for (start, end) in bounds.filter(|(start, end)| !order.slice_is_empty(*start, *end)) {
            if last.is_some_and(|last| order.compare(last, start).is_gt()) {
                return Err(Error::invalid_input(
                    "slices have to be in clustering order, and none may meet another",
                ));
            }
            last = Some(end);
        }
        let Some(state) = &self.resume else { return Ok(()) };
        let is_known = match &self.partitions {
            Partitions::Key(key) => state.key_number == 0 && *key == state.key,
            Partitions::Keys(keys) => keys.get(state.key_number) == Some(&state.key),
            Partitions::Range(_) => true,
        };
        let columns = layout.clustering_types().len();
        let is_row = state.clustering.as_ref().is_none_or(|values| values.as_clustering().len() == columns);
        if is_known && is_row {
            return Ok(());
        }
        Err(Error::invalid_input("the paging state is one of another read"))
    }
}
