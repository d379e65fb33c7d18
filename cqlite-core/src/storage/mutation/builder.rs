//! Making an update of typed rows.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use cqlite_sstable::encoding::{
    ColumnSet, Deltas, EncodingStats, write_end_of_partition, write_unsized_marker, write_uvint,
    write_vint_prefixed,
};
use cqlite_sstable::merge::{RangeEnd, RangeMarker, RowMerge, range_markers};
use cqlite_sstable::row::{
    ClusteringBuffer, ClusteringKind, ClusteringPrefix, DeletionTime, NO_DELETION_TIME, Row, RowItem,
};
use cqlite_sstable::{Error, Result};

use super::decode::check_clustering;
use super::row_buffer::BufferedVersion;
use super::table_layout::{list_error, write_names};
use super::update::{HAS_PARTITION_DELETION, HAS_ROW_COUNT, HAS_STATIC_ROW, IS_EMPTY, UpdateHead};
use super::value_check::ColumnCheck;
use super::{ColumnList, MessagingVersion, Mutation, RangeSweep, RowBuffer, TableLayout};

/// The longest partition key, in bytes (`FBUtilities.MAX_UNSIGNED_SHORT`).
pub const KEY_LIMIT_BYTES: usize = 65_535;

/// The longest value of a cell, in bytes (Cassandra's `max_value_size` refuses to read longer ones).
pub const VALUE_LIMIT_BYTES: usize = 256 * 1024 * 1024;

/// What is told of a key without bytes.
pub(super) const EMPTY_KEY: &str = "a partition key may not be empty";

/// Makes the update of one partition of one table (`db.partitions.PartitionUpdate.Builder`): rows, the static row,
/// deletions of rows, ranges and the partition, in any order.
///
/// What is given for one row several times is reconciled, and what a deletion of the same update covers is left out, so
/// that an update shows nothing that it deletes itself. A builder can be used again, and keeps its memory then.
///
/// # Example
/// ```
/// use cqlite_core::storage::mutation::{PartitionUpdateBuilder, TableLayout};
/// use cqlite_sstable::Partitioner;
/// use cqlite_sstable::row::{Cell, ClusteringBuffer, DeletionTime, Liveness, NO_DELETION_TIME, Row, RowItem};
/// # use cqlite_sstable::schema::{SystemSchema, TableSchema};
/// # fn write(schema: &TableSchema) -> cqlite_sstable::Result<()> {
/// let table = TableLayout::new(schema, Partitioner::Murmur3)?;
/// let mut builder = PartitionUpdateBuilder::new(&table, b"key");
/// let clustering = ClusteringBuffer::default();
/// let row = Row {
///     is_static: false,
///     clustering: clustering.as_clustering(),
///     liveness: Some(Liveness::new(1_700_000_000_000_000)),
///     deletion: DeletionTime::LIVE,
///     shadowable_deletion: DeletionTime::LIVE,
/// };
/// let value = Cell {
///     column: 0,
///     timestamp: 1_700_000_000_000_000,
///     ttl_seconds: 0,
///     local_deletion_time_seconds: NO_DELETION_TIME,
///     path: None,
///     value: b"value",
/// };
/// builder.row(&row, &[RowItem::Cell(value)])?;
/// let mutation = builder.build()?;
/// assert_eq!(mutation.key(), b"key");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct PartitionUpdateBuilder {
    layout: Arc<TableLayout>,
    version: MessagingVersion,
    key: Vec<u8>,
    deletion: DeletionTime,
    rows: RowBuffer,
    /// Rows behind their reconciliation.
    merged: RowBuffer,
    ranges: Vec<RangeEnd>,
    has_deletions: bool,
    stats: EncodingStats,
    latest_deletion_seconds: i64,
    statics: ColumnSet,
    regulars: ColumnSet,
    is_ascending: bool,
    /// Of the row that was begun.
    is_static_row: bool,
    /// The columns of the last update: their names as they are encoded, whether static ones are among them, and the list.
    last_list: Option<(Vec<u8>, bool, Arc<ColumnList>)>,
}

impl PartitionUpdateBuilder {
    /// An update of the partition of this serialized key, in which nothing is changed yet.
    pub fn new(layout: &Arc<TableLayout>, key: &[u8]) -> Self {
        let mut builder = Self {
            layout: Arc::clone(layout),
            version: MessagingVersion::default(),
            key: Vec::new(),
            deletion: DeletionTime::LIVE,
            rows: RowBuffer::default(),
            merged: RowBuffer::default(),
            ranges: Vec::new(),
            has_deletions: false,
            stats: EncodingStats::default(),
            latest_deletion_seconds: 0,
            statics: ColumnSet::default(),
            regulars: ColumnSet::default(),
            is_ascending: true,
            is_static_row: false,
            last_list: None,
        };
        builder.restart(key);
        builder
    }

    /// The table.
    pub fn layout(&self) -> &Arc<TableLayout> {
        &self.layout
    }

    /// Has it encode for another version than [`MessagingVersion::default`].
    #[must_use]
    pub fn for_version(mut self, version: MessagingVersion) -> Self {
        self.version = version;
        self
    }

    /// Forgets what was given, and begins the update of another partition.
    pub fn restart(&mut self, key: &[u8]) {
        self.key.clear();
        self.key.extend_from_slice(key);
        self.deletion = DeletionTime::LIVE;
        self.rows.clear();
        self.ranges.clear();
        (self.has_deletions, self.is_ascending) = (false, true);
        self.stats = EncodingStats::default();
        self.latest_deletion_seconds = 0;
        self.statics.clear(self.layout.header_columns(true).len());
        self.regulars.clear(self.layout.header_columns(false).len());
    }

    /// Adds a row, or the static one, with its complex deletions and cells. Columns are places among those of the layout.
    /// A row that says nothing is left out.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] if it is no row of this table, a value is none of its column's type or has
    /// more than [`VALUE_LIMIT_BYTES`], or a time is past what the version of the encoding can hold.
    pub fn row(&mut self, row: &Row<'_>, items: &[RowItem<'_>]) -> Result<()> {
        self.begin_row(row)?;
        items.iter().try_for_each(|item| self.item(item))?;
        self.end_row();
        Ok(())
    }

    /// Begins a row, or the static one, of which the items follow one by one: [`Self::item`]. [`Self::end_row`] ends it.
    ///
    /// # Errors
    /// As [`Self::row`].
    pub fn begin_row(&mut self, row: &Row<'_>) -> Result<()> {
        self.check_row(row)?;
        self.stats.add_row(row);
        self.has_deletions |= !row.deletion.is_live() || !row.shadowable_deletion.is_live();
        if let Some(liveness) = &row.liveness {
            self.check_time(liveness.expires_at_seconds)?;
            self.check_timestamp(liveness.timestamp)?;
        }
        self.check_deletion(row.deletion)?;
        self.check_deletion(row.shadowable_deletion)?;
        self.rows.push_row(row);
        self.is_static_row = row.is_static;
        Ok(())
    }

    /// Adds a complex deletion or a cell to the row that was begun, in any order.
    ///
    /// # Errors
    /// As [`Self::row`].
    pub fn item(&mut self, item: &RowItem<'_>) -> Result<()> {
        self.check_item(self.is_static_row, item)?;
        self.stats.add_item(item);
        self.rows.push_item(item);
        Ok(())
    }

    /// Ends the row that was begun. If it says nothing, it is left out.
    pub fn end_row(&mut self) {
        if self.rows.pop_if_empty() {
            return;
        }
        let before = self.rows.len();
        self.rows.settle_last(self.layout.columns());
        // A row with two items of one place became several.
        self.is_ascending &= self.rows.len() == before && self.is_behind_the_others();
    }

    /// Deletes the whole partition.
    ///
    /// # Errors
    /// If the time is past what the version of the encoding can hold.
    pub fn delete_partition(&mut self, deletion: DeletionTime) -> Result<()> {
        self.check_deletion(deletion)?;
        self.stats.add_deletion(&deletion);
        self.deletion = self.deletion.max(deletion);
        self.has_deletions |= !deletion.is_live();
        Ok(())
    }

    /// Deletes the rows between two bounds: a start and an end.
    ///
    /// # Errors
    /// If the bounds are none, have more values than there are clustering columns, or no row can be between them; and if
    /// the time is past what the version of the encoding can hold.
    pub fn delete_range(
        &mut self,
        start: ClusteringPrefix<'_>,
        end: ClusteringPrefix<'_>,
        deletion: DeletionTime,
    ) -> Result<()> {
        let told = |what: &str| Err(Error::invalid_input(what));
        let columns = self.layout.clustering_types().len();
        if !start.0.is_start() || !end.0.is_end() {
            return told("a range of rows needs a bound that starts it and one that ends it");
        }
        if start.1.len().max(end.1.len()) > columns {
            return told("a bound has more values than there are clustering columns");
        }
        if self.layout.order().slice_is_empty(start, end) {
            return told("a range of rows ends in front of its start");
        }
        self.check_deletion(deletion)?;
        if deletion.is_live() {
            return Ok(());
        }
        self.check_values(start)?;
        self.check_values(end)?;
        self.stats.add_deletion(&deletion);
        self.has_deletions = true;
        for (kind, clustering) in [start, end] {
            let mut values = ClusteringBuffer::default();
            values.copy_from(clustering);
            self.ranges.push(RangeEnd { kind, values, deletion });
        }
        Ok(())
    }

    /// The mutation that has this update alone.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] if the key is none of its type, is empty or has more than
    /// [`KEY_LIMIT_BYTES`], or an item does not fit its column.
    pub fn build(&mut self) -> Result<Mutation> {
        self.check_key()?;
        let deltas = self.stats.deltas(self.version.has_uint_deletion_time());
        let latest =
            DeletionTime { local_deletion_time_seconds: self.latest_deletion_seconds, ..self.deletion };
        if !deltas.holds_deletion(latest) {
            return Err(self.too_late(self.latest_deletion_seconds));
        }
        let markers = self.reconcile()?;
        let encoded = self.encode(&deltas, &markers);
        encoded.map_err(|error| error.at(self.layout.full_name()))
    }

    /// Whether the row that was added last stands behind those in front of it.
    fn is_behind_the_others(&self) -> bool {
        let last = self.rows.len();
        let row = |behind: usize| last.checked_sub(behind).and_then(|index| self.rows.row(index));
        match (row(2), row(1)) {
            (Some(before), Some(last)) => compare_rows(&self.layout, &before, &last).is_lt(),
            _ => true,
        }
    }

    /// Brings rows into their order and leaves of each what counts. Returned are the markers of the ranges.
    fn reconcile(&mut self) -> Result<Vec<RangeMarker>> {
        if self.is_ascending && !self.has_deletions {
            return Ok(Vec::new());
        }
        let layout = Arc::clone(&self.layout);
        let order = layout.order();
        let partition = self.deletion;
        self.ranges.retain(|range| range.deletion > partition);
        let markers = range_markers(std::mem::take(&mut self.ranges), order);
        let mut sweep = RangeSweep::new(markers.clone());
        let (rows, merged) = (&self.rows, &mut self.merged);
        let mut sorted: Vec<usize> = (0..rows.len()).collect();
        let row = |index: &usize| rows.row(*index);
        let compare = |a: &usize, b: &usize| match (row(a), row(b)) {
            (Some(a), Some(b)) => compare_rows(&layout, &a, &b),
            _ => Ordering::Equal,
        };
        sorted.sort_by(compare);
        let mut merge = RowMerge::new(Arc::clone(layout.columns()));
        merged.clear();
        for versions in sorted.chunk_by(|a, b| compare(a, b).is_eq()) {
            let Some(first) = versions.first().and_then(row) else { continue };
            let mut active = partition;
            if !first.is_static {
                let place = (ClusteringKind::Clustering, first.clustering);
                while sweep.next_before(Some(place), order).is_some() {
                    sweep.advance();
                }
                active = active.max(sweep.open());
            }
            for (number, index) in versions.iter().enumerate() {
                let Some(version) = BufferedVersion::new(rows, *index) else { continue };
                match merge.version_mut(number) {
                    Some(place) => *place = version,
                    None => merge.push(version),
                }
            }
            if !merge.start(versions.len(), first.is_static, active)? {
                continue;
            }
            merged.push_head(&merge.head(), first.is_static, first.clustering);
            while merge.advance_item()? {
                merged.push_item(&merge.item());
            }
        }
        drop(merge);
        std::mem::swap(&mut self.rows, &mut self.merged);
        Ok(markers)
    }

    fn encode(&mut self, deltas: &Deltas, markers: &[RangeMarker]) -> Result<Mutation> {
        let mut out =
            Vec::with_capacity(self.rows.value_bytes().saturating_add(self.key.len()).saturating_add(96));
        out.push(1);
        let start = out.len();
        out.extend_from_slice(self.layout.id().as_bytes());
        write_vint_prefixed(&self.key, &mut out)?;
        let key = out.len().saturating_sub(self.key.len())..out.len();
        let mut head = UpdateHead::new(Arc::clone(&self.layout), start, key);
        if self.rows.len() == 0 && markers.is_empty() && self.deletion.is_live() {
            out.push(IS_EMPTY);
            head.end = out.len();
            return Ok(Mutation::of_one(out, head));
        }
        let has_static = self.rows.row(0).is_some_and(|row| row.is_static);
        let flag = |condition: bool, flag: u8| if condition { flag } else { 0 };
        let has_deletion = !self.deletion.is_live();
        out.push(
            HAS_ROW_COUNT | flag(has_static, HAS_STATIC_ROW) | flag(has_deletion, HAS_PARTITION_DELETION),
        );
        deltas.write_bases(&mut out);
        let names = out.len();
        for (is_static, set) in [(true, &self.statics), (false, &self.regulars)] {
            if is_static && !has_static {
                continue;
            }
            let columns = self.layout.header_columns(is_static);
            let named = columns.iter().enumerate().filter(|(place, _)| set.contains(*place));
            write_names(set.len(), named.map(|(_, column)| column), &mut out)?;
        }
        let list = self.list(out.get(names..).unwrap_or_default(), has_static)?;
        if has_deletion {
            deltas.write_deletion_time(self.deletion, &mut out);
        }
        if has_static {
            head.static_row = Some(out.len());
            self.rows.write(0, &list, deltas, &mut out)?;
        }
        let row_count = self.rows.len().saturating_sub(usize::from(has_static));
        write_uvint(row_count as u64, &mut out);
        head.rows = out.len();
        head.row_count = row_count;
        head.has_markers = !markers.is_empty();
        let mut sweep = markers.iter().map(RangeMarker::as_marker).peekable();
        for index in usize::from(has_static)..self.rows.len() {
            while let (Some(marker), Some(row)) = (sweep.peek(), self.rows.row(index)) {
                let place = (ClusteringKind::Clustering, row.clustering);
                if self.layout.order().compare((marker.kind, marker.clustering), place).is_gt() {
                    break;
                }
                write_unsized_marker(marker, &list.layout, deltas, &mut out)?;
                sweep.next();
            }
            self.rows.write(index, &list, deltas, &mut out)?;
        }
        sweep.try_for_each(|marker| write_unsized_marker(&marker, &list.layout, deltas, &mut out))?;
        write_end_of_partition(&mut out);
        head.end = out.len();
        head.deltas = *deltas;
        head.list = list;
        head.deletion = self.deletion;
        Ok(Mutation::of_one(out, head))
    }

    /// The list of these names. Mostly it is that of the update before.
    fn list(&mut self, names: &[u8], has_static: bool) -> Result<Arc<ColumnList>> {
        if let Some((known, with_static, list)) = &self.last_list
            && known == names
            && *with_static == has_static
        {
            return Ok(Arc::clone(list));
        }
        let list = self.layout.list(names, has_static).map_err(list_error)?;
        self.last_list = Some((names.to_owned(), has_static, Arc::clone(&list)));
        Ok(list)
    }

    fn check_key(&self) -> Result<()> {
        let told = match self.key.len() {
            0 if self.layout.needs_keys() => EMPTY_KEY.to_owned(),
            0 => return Ok(()),
            1..=KEY_LIMIT_BYTES => match self.layout.key_check().check(&self.key) {
                Ok(()) => return Ok(()),
                Err(error) => format!("a partition key is none of its type: {}", error.message()),
            },
            bytes => format!("a partition key has {bytes} bytes, more than {KEY_LIMIT_BYTES}"),
        };
        Err(Error::invalid_input(told).at(self.layout.full_name()))
    }

    fn check_row(&self, row: &Row<'_>) -> Result<()> {
        let columns = self.layout.clustering_types().len();
        if row.is_static && !self.layout.has_statics() {
            let told = format!("the table {} has no static columns", self.layout.full_name());
            return Err(Error::invalid_input(told));
        }
        if row.liveness.is_some() && self.layout.is_counter() {
            let told = "a row of counters lives by their values alone: it can be updated, not inserted";
            return Err(Error::invalid_input(told).at(self.layout.full_name()));
        }
        if row.is_static {
            return Ok(());
        }
        if row.clustering.len() != columns {
            let told = format!("a row has {} clustering values, not {columns}", row.clustering.len());
            return Err(Error::invalid_input(told));
        }
        if columns == 0 {
            return Ok(());
        }
        self.check_values((ClusteringKind::Clustering, row.clustering))
    }

    fn check_values(&self, (_, values): ClusteringPrefix<'_>) -> Result<()> {
        check_clustering(&self.layout, values)
            .map_err(|error| Error::invalid_input(format!("a clustering value is none of its type: {error}")))
    }

    fn check_item(&mut self, is_static: bool, item: &RowItem<'_>) -> Result<()> {
        let column = match item {
            RowItem::ComplexDeletion { column, deletion } => {
                self.has_deletions = true;
                self.check_deletion(*deletion)?;
                self.column_check(is_static, *column)?;
                *column
            }
            RowItem::Cell(cell) => {
                let value_bytes = cell.value.len();
                if value_bytes > VALUE_LIMIT_BYTES {
                    let told = format!("a value has {value_bytes} bytes, more than {VALUE_LIMIT_BYTES}");
                    return Err(Error::invalid_input(told));
                }
                self.check_time(cell.local_deletion_time_seconds)?;
                self.check_timestamp(cell.timestamp)?;
                if let Err(error) = self.column_check(is_static, cell.column)?.check(cell) {
                    return Err(self.wrong_cell(is_static, cell.column, &error));
                }
                cell.column
            }
        };
        let columns = if is_static { &mut self.statics } else { &mut self.regulars };
        columns.insert(column);
        Ok(())
    }

    #[inline]
    fn column_check(&self, is_static: bool, column: usize) -> Result<&ColumnCheck> {
        self.layout.column_check(is_static, column).ok_or_else(|| {
            let table = self.layout.full_name();
            Error::invalid_input(format!("the table {table} has no column at place {column}"))
        })
    }

    #[cold]
    fn wrong_cell(&self, is_static: bool, column: usize, error: &Error) -> Error {
        let column = self.layout.header_columns(is_static).get(column);
        let name = column.map_or(Cow::Borrowed(""), |column| column.name_text());
        let told = format!("a value of the column '{name}' cannot be written: {}", error.message());
        Error::invalid_input(told).at(self.layout.full_name())
    }

    fn check_deletion(&mut self, deletion: DeletionTime) -> Result<()> {
        if deletion.is_live() {
            return Ok(());
        }
        self.check_timestamp(deletion.marked_for_delete_at)?;
        let seconds = deletion.local_deletion_time_seconds;
        self.latest_deletion_seconds = self.latest_deletion_seconds.max(seconds);
        self.check_time(seconds)
    }

    #[inline]
    fn check_time(&self, seconds: i64) -> Result<()> {
        let limits = || EncodingStats::default().deltas(self.version.has_uint_deletion_time());
        match seconds == NO_DELETION_TIME || limits().holds_expiry(seconds) {
            true => Ok(()),
            false => Err(self.too_late(seconds)),
        }
    }

    /// The least timestamp stands for none (`Attributes.getTimestamp`).
    #[inline]
    fn check_timestamp(&self, micros: i64) -> Result<()> {
        if micros != i64::MIN {
            return Ok(());
        }
        let told = format!("out of bound timestamp, must be in [{}, {}]", i64::MIN + 1, i64::MAX);
        Err(Error::invalid_input(told).at(self.layout.full_name()))
    }

    #[cold]
    fn too_late(&self, seconds: i64) -> Error {
        let told = format!(
            "the second {seconds} since 1970 is no expiry or local deletion time that commit logs of this version can hold"
        );
        let last = if self.version.has_uint_deletion_time() { "2106-02-07" } else { "2038-01-19" };
        let advice = format!(
            "give a shorter time to live, or none: what expires has to do so before {last}; or is the clock wrong?"
        );
        Error::invalid_input(told).at(self.layout.full_name()).advise(advice)
    }
}

/// The static row stands in front of the others.
fn compare_rows(layout: &TableLayout, a: &Row<'_>, b: &Row<'_>) -> Ordering {
    match (a.is_static, b.is_static) {
        (false, false) => layout.order().compare_rows(a.clustering, b.clustering),
        (a_is_static, b_is_static) => b_is_static.cmp(&a_is_static),
    }
}
