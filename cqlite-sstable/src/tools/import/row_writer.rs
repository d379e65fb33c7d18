//! Rows of the input as updates, as `INSERT` and `DELETE` make them.

use std::borrow::Cow;

use super::columns::{TargetColumn, TargetColumns};
use super::list_paths::ListPaths;
use super::options::{ImportOptions, Nulls};
use super::record::{Deletion, FieldValue, RangeBound, Record};
use crate::error::{Error, Result};
use crate::row::{
    Cell, ClusteringBuffer, ClusteringValue, DeletionTime, Liveness, NO_DELETION_TIME, Row, RowItem,
};
use crate::schema::{ColumnKind, TableSchema};
use crate::types::{CqlType, Elements};
use crate::writer::builder::{SstableBuilder, Update};

/// The longest partition key, and the longest clustering.
const KEY_LIMIT_BYTES: usize = 65_535;

/// Cassandra's longest time to live, 20 years (`Attributes.MAX_TTL`).
const MAX_TTL_SECONDS: i32 = 20 * 365 * 24 * 60 * 60;

/// Why a row was not taken.
pub(super) enum Refusal {
    /// It is wrong; others may be right.
    Row(String),
    /// Nothing can be written any more.
    Stop(Error),
}

impl From<String> for Refusal {
    fn from(message: String) -> Self {
        Self::Row(message)
    }
}

impl From<&str> for Refusal {
    fn from(message: &str) -> Self {
        Self::Row(message.to_owned())
    }
}

/// Makes updates of rows.
#[derive(Debug)]
pub(super) struct RowWriter {
    options: ImportOptions,
    default_ttl_seconds: i32,
    clustering_columns: usize,
    lists: ListPaths,
    /// The write time of the row, if it has none of its own.
    row_time_micros: i64,
}

/// A cell or complex deletion, of the bytes of a record.
struct Item<'r> {
    column: usize,
    deletion: Option<DeletionTime>,
    times: Times,
    path: Option<Cow<'r, [u8]>>,
    value: &'r [u8],
}

/// The times of a cell.
#[derive(Debug, Clone, Copy)]
struct Times {
    timestamp: i64,
    ttl_seconds: i32,
    local_deletion_time_seconds: i64,
}

impl RowWriter {
    pub(super) fn new(schema: &TableSchema, options: &ImportOptions) -> Result<Self> {
        if schema.is_compact {
            return Err(Error::unsupported(
                "tables WITH COMPACT STORAGE are not written: their rows have no liveness",
            ));
        }
        if schema.is_counter() {
            return Err(Error::unsupported(
                "a counter cannot be inserted: what a node counted is kept in shards, which no text has",
            )
            .advise("use cqlite dump --lossless and cqlite import --lossless, which carry them"));
        }
        Ok(Self {
            default_ttl_seconds: schema.default_time_to_live_seconds().unwrap_or(0),
            clustering_columns: schema.clustering.len(),
            lists: ListPaths::new(options.now_seconds, options.list_node),
            row_time_micros: options.write_time_micros,
            options: options.clone(),
        })
    }

    /// Adds what `record` says to the builder. It is the row of this number, from 1 on.
    pub(super) fn write(
        &mut self,
        record: &Record,
        columns: &TargetColumns,
        number: u64,
        builder: &mut SstableBuilder,
    ) -> Result<(), Refusal> {
        if self.options.write_times_ascend {
            let behind = i64::try_from(number.saturating_sub(1)).unwrap_or(i64::MAX);
            self.row_time_micros = self.options.write_time_micros.saturating_add(behind);
        }
        let key = partition_key(record, columns)?;
        match &record.deletion {
            Deletion::Partition => {
                refuse_values(record, columns, &[ColumnKind::PartitionKey], "the partition is deleted")?;
                let deletion = self.partition_deletion(record.write_time)?;
                return add(builder, &Update::Partition { key: &key, deletion });
            }
            Deletion::Range([start, end]) => {
                refuse_values(record, columns, &[ColumnKind::PartitionKey], "a range of rows is deleted")?;
                let deletion = self.deletion(record.write_time)?;
                let (first, last) = (buffer(&start.values), buffer(&end.values));
                let (start, end) = (self.bound(start, &first)?, self.bound(end, &last)?);
                return add(builder, &Update::Range { key: &key, start, end, deletion });
            }
            Deletion::Row => {
                let keys = [ColumnKind::PartitionKey, ColumnKind::Clustering];
                refuse_values(record, columns, &keys, "the row is deleted")?;
                if self.clustering_columns == 0 {
                    return Err(
                        "the table has no clustering columns: its rows are deleted as partitions".into()
                    );
                }
                let clustering = clustering(record, columns)?.ok_or("the row to delete has no clustering")?;
                let clustering = clustering.as_clustering();
                let deletion = self.deletion(record.write_time)?;
                return self.add_row(builder, &key, Head { clustering, liveness: None, deletion }, &[]);
            }
            Deletion::None | Deletion::Columns(_) => {}
        }
        self.write_values(record, columns, &key, builder)
    }

    fn bound<'b>(
        &self,
        bound: &RangeBound,
        values: &'b ClusteringBuffer,
    ) -> Result<crate::row::ClusteringPrefix<'b>, Refusal> {
        check_clustering_length(bound.values.iter().map(Vec::len).sum())?;
        Ok((bound.kind, values.as_clustering()))
    }

    fn write_values(
        &mut self,
        record: &Record,
        columns: &TargetColumns,
        key: &[u8],
        builder: &mut SstableBuilder,
    ) -> Result<(), Refusal> {
        let statics = self.items(record, columns, ColumnKind::Static)?;
        let regulars = self.items(record, columns, ColumnKind::Regular)?;
        let clustering = clustering(record, columns)?;
        if clustering.is_none() && (!regulars.is_empty() || statics.is_empty()) {
            return Err(
                "the clustering columns are missing; without them only static columns can be set".into()
            );
        }
        if !statics.is_empty() {
            let none = ClusteringBuffer::default();
            let row = Row {
                is_static: true,
                clustering: none.as_clustering(),
                liveness: None,
                deletion: DeletionTime::LIVE,
                shadowable_deletion: DeletionTime::LIVE,
            };
            add(builder, &Update::Row { key, row, items: &borrowed(&statics) })?;
        }
        let Some(clustering) = clustering else { return Ok(()) };
        let liveness = match self.inserts(record, columns) {
            true => {
                let times = self.times(record.write_time, record.ttl)?;
                let (timestamp, ttl_seconds) = (times.timestamp, times.ttl_seconds);
                Some(Liveness {
                    timestamp,
                    ttl_seconds,
                    expires_at_seconds: times.local_deletion_time_seconds,
                })
            }
            false => None,
        };
        if liveness.is_none() && regulars.is_empty() {
            return Ok(());
        }
        let clustering = clustering.as_clustering();
        let head = Head { clustering, liveness, deletion: DeletionTime::LIVE };
        self.add_row(builder, key, head, &borrowed(&regulars))
    }

    fn add_row(
        &self,
        builder: &mut SstableBuilder,
        key: &[u8],
        head: Head<'_>,
        items: &[RowItem<'_>],
    ) -> Result<(), Refusal> {
        let Head { clustering, liveness, deletion } = head;
        let shadowable_deletion = DeletionTime::LIVE;
        let row = Row { is_static: false, clustering, liveness, deletion, shadowable_deletion };
        add(builder, &Update::Row { key, row, items })
    }

    /// Whether the row is inserted. One that only deletes columns or elements is not.
    fn inserts(&self, record: &Record, columns: &TargetColumns) -> bool {
        let only_deletes =
            matches!(record.deletion, Deletion::Columns(_)) || !record.deleted_elements.is_empty();
        !only_deletes
            || columns.iter().zip(&record.values).any(|(column, value)| {
                matches!(column.kind, ColumnKind::Regular) && *value != FieldValue::Unset
            })
    }

    fn timestamp(&self, own: Option<i64>) -> Result<i64, String> {
        match own.unwrap_or(self.row_time_micros) {
            i64::MIN => Err(format!("the write time {} is Cassandra's sign for none", i64::MIN)),
            timestamp => Ok(timestamp),
        }
    }

    fn times(&self, timestamp: Option<i64>, ttl: Option<i32>) -> Result<Times, String> {
        let timestamp = self.timestamp(timestamp)?;
        let ttl_seconds = ttl.or(self.options.ttl_seconds).unwrap_or(self.default_ttl_seconds);
        if !(0..=MAX_TTL_SECONDS).contains(&ttl_seconds) {
            return Err(format!("a TTL of {ttl_seconds} is not within 0 and {MAX_TTL_SECONDS} seconds"));
        }
        let mut local_deletion_time_seconds = NO_DELETION_TIME;
        if ttl_seconds > 0 {
            local_deletion_time_seconds = self.options.now_seconds.saturating_add(i64::from(ttl_seconds));
            self.check_second("it would expire", local_deletion_time_seconds)?;
        }
        Ok(Times { timestamp, ttl_seconds, local_deletion_time_seconds })
    }

    /// Refuses a second that the version cannot hold.
    fn check_second(&self, what: &str, second: i64) -> Result<(), String> {
        let last = self.options.max_deletion_time_seconds;
        match (0..=last).contains(&second) {
            true => Ok(()),
            false => Err(format!(
                "{what} at {second} seconds since 1970, and the version that is written holds none before 0 or after \
                 {last}"
            )),
        }
    }

    /// A deletion at the time of the import.
    fn deletion(&self, write_time: Option<i64>) -> Result<DeletionTime, String> {
        let times = self.tombstone(write_time)?;
        Ok(DeletionTime {
            marked_for_delete_at: times.timestamp,
            local_deletion_time_seconds: times.local_deletion_time_seconds,
        })
    }

    fn partition_deletion(&self, write_time: Option<i64>) -> Result<DeletionTime, String> {
        let deletion = self.deletion(write_time)?;
        let timestamp = deletion.marked_for_delete_at;
        match timestamp < 0 && !self.options.allows_negative_partition_deletions {
            true => Err(format!(
                "the partition is deleted with the write time {timestamp}, and the version that is written holds \
                 no such deletion before 1970"
            )),
            false => Ok(deletion),
        }
    }

    /// The items of the columns of a kind, in their order.
    fn items<'r>(
        &mut self,
        record: &'r Record,
        columns: &TargetColumns,
        kind: ColumnKind,
    ) -> Result<Vec<Item<'r>>, String> {
        let mut items = Vec::new();
        let deleted: &[usize] = match &record.deletion {
            Deletion::Columns(deleted) => deleted,
            _ => &[],
        };
        for (index, column) in columns.iter().enumerate().filter(|(_, column)| column.kind == kind) {
            let value = record.values.get(index).unwrap_or(&FieldValue::Unset);
            let own = |list: &[Option<i64>]| list.get(index).copied().flatten();
            let write_time = own(&record.write_times).or(record.write_time);
            let ttl = record.ttls.get(index).copied().flatten().or(record.ttl);
            let elements = record.deleted_elements.iter().find(|(of, _)| *of == index);
            let given = usize::from(*value != FieldValue::Unset)
                + usize::from(deleted.contains(&index))
                + usize::from(elements.is_some());
            if given > 1 {
                return Err(format!("the column {} is both given and deleted", column.name));
            }
            let times = |writer: &Self| {
                let times = writer.times(write_time, ttl);
                times.map_err(|error| format!("the column {}: {error}", column.name))
            };
            if deleted.contains(&index) {
                let tombstone = self.tombstone(write_time)?;
                items.push(deleted_column(column, tombstone, tombstone.timestamp));
            }
            if let Some((_, paths)) = elements {
                let tombstone = self.tombstone(write_time)?;
                items.extend(paths.iter().map(|path| Item {
                    column: column.index,
                    deletion: None,
                    times: tombstone,
                    path: Some(Cow::Borrowed(path)),
                    value: &[],
                }));
            }
            match value {
                FieldValue::Null if self.options.nulls == Nulls::Delete => {
                    let tombstone = self.tombstone(write_time)?;
                    items.push(deleted_column(column, tombstone, before(column, tombstone.timestamp)?));
                }
                FieldValue::Value(value) => {
                    let times = times(self)?;
                    self.push_value(column, value, times, &mut items)?;
                }
                _ => {}
            }
        }
        Ok(items)
    }

    fn tombstone(&self, write_time: Option<i64>) -> Result<Times, String> {
        let local_deletion_time_seconds = self.options.now_seconds;
        self.check_second("something is deleted", local_deletion_time_seconds)?;
        Ok(Times { timestamp: self.timestamp(write_time)?, ttl_seconds: 0, local_deletion_time_seconds })
    }

    fn push_value<'r>(
        &mut self,
        column: &TargetColumn,
        value: &'r [u8],
        times: Times,
        items: &mut Vec<Item<'r>>,
    ) -> Result<(), String> {
        let cell = |path: Option<Cow<'r, [u8]>>, value: &'r [u8]| Item {
            column: column.index,
            deletion: None,
            times,
            path,
            value,
        };
        if !column.column_type.is_multi_cell() {
            items.push(cell(None, value));
            return Ok(());
        }
        let now = self.tombstone(Some(times.timestamp))?;
        items.push(deleted_column(column, now, before(column, times.timestamp)?));
        let broken = |error: crate::types::InvalidValue| error.to_string();
        match &column.column_type {
            CqlType::Map { .. } => {
                let mut elements = Elements::of_map(value).map_err(broken)?;
                while let (Some(key), Some(mapped)) = (elements.next(), elements.next()) {
                    let (key, mapped) = (key.map_err(broken)?, mapped.map_err(broken)?);
                    items
                        .push(cell(Some(Cow::Borrowed(key.unwrap_or_default())), mapped.unwrap_or_default()));
                }
            }
            CqlType::Set { .. } => {
                for element in Elements::of_collection(value).map_err(broken)? {
                    let path = element.map_err(broken)?.unwrap_or_default();
                    items.push(cell(Some(Cow::Borrowed(path)), &[]));
                }
            }
            CqlType::List { .. } => {
                for element in Elements::of_collection(value).map_err(broken)? {
                    let path = self.lists.next_path().to_vec();
                    items.push(cell(Some(Cow::Owned(path)), element.map_err(broken)?.unwrap_or_default()));
                }
            }
            CqlType::User(user) => {
                for (number, field) in Elements::of_tuple(value, user.fields.len()).enumerate() {
                    if let Some(field) = field.map_err(broken)? {
                        let path = (number as u16).to_be_bytes().to_vec();
                        items.push(cell(Some(Cow::Owned(path)), field));
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// A row without its items.
struct Head<'a> {
    clustering: crate::row::Clustering<'a>,
    liveness: Option<Liveness>,
    deletion: DeletionTime,
}

/// The time up to which an `INSERT` deletes a column of several cells: a microsecond before it writes the new ones.
fn before(column: &TargetColumn, timestamp: i64) -> Result<i64, String> {
    match timestamp.checked_sub(1).filter(|before| *before != i64::MIN) {
        None if column.column_type.is_multi_cell() => Err(format!(
            "the column {}: in front of the write time {timestamp} there is none up to which the old elements could \
             be deleted",
            column.name
        )),
        before => Ok(before.unwrap_or(timestamp)),
    }
}

/// The deletion of a column: a tombstone, or, of one with several cells, that of all of them up to `complex`.
fn deleted_column(column: &TargetColumn, tombstone: Times, complex: i64) -> Item<'static> {
    let deletion = column.column_type.is_multi_cell().then_some(DeletionTime {
        marked_for_delete_at: complex,
        local_deletion_time_seconds: tombstone.local_deletion_time_seconds,
    });
    Item { column: column.index, deletion, times: tombstone, path: None, value: &[] }
}

fn borrowed<'i>(items: &'i [Item<'_>]) -> Vec<RowItem<'i>> {
    items.iter().map(borrowed_item).collect()
}

fn borrowed_item<'i>(item: &'i Item<'_>) -> RowItem<'i> {
    match item.deletion {
        Some(deletion) => RowItem::ComplexDeletion { column: item.column, deletion },
        None => RowItem::Cell(Cell {
            column: item.column,
            timestamp: item.times.timestamp,
            ttl_seconds: item.times.ttl_seconds,
            local_deletion_time_seconds: item.times.local_deletion_time_seconds,
            path: item.path.as_deref(),
            value: item.value,
        }),
    }
}

fn add(builder: &mut SstableBuilder, update: &Update<'_>) -> Result<(), Refusal> {
    builder.add(update).map_err(|error| match error.kind() {
        crate::error::ErrorKind::InvalidInput => Refusal::Row(error.message().to_owned()),
        _ => Refusal::Stop(error),
    })
}

/// The value of a column of the primary key.
fn key_value<'r>(
    record: &'r Record,
    index: usize,
    column: &TargetColumn,
) -> Result<Option<&'r [u8]>, String> {
    match record.values.get(index) {
        Some(FieldValue::Value(value)) => Ok(Some(value)),
        Some(FieldValue::Null) => {
            Err(format!("the column {} is part of the primary key and null", column.name))
        }
        _ => Ok(None),
    }
}

fn partition_key(record: &Record, columns: &TargetColumns) -> Result<Vec<u8>, String> {
    let parts: Vec<_> =
        columns.iter().enumerate().filter(|(_, column)| column.kind == ColumnKind::PartitionKey).collect();
    let is_only = parts.len() == 1;
    let mut key = Vec::new();
    for (index, column) in parts {
        let name = &column.name;
        let value = key_value(record, index, column)?;
        let value = value.ok_or_else(|| format!("the column {name} of the partition key is missing"))?;
        if is_only {
            if value.is_empty() {
                return Err(format!("the partition key {name} is empty"));
            }
            key.extend_from_slice(value);
        } else {
            let length = u16::try_from(value.len());
            let length = length
                .map_err(|_| format!("the column {name} has {} bytes, more than a key has", value.len()))?;
            key.extend_from_slice(&length.to_be_bytes());
            key.extend_from_slice(value);
            key.push(0);
        }
    }
    match key.len() > KEY_LIMIT_BYTES {
        true => Err(format!("the partition key has {} bytes, more than {KEY_LIMIT_BYTES}", key.len())),
        false => Ok(key),
    }
}

/// The clustering; none if no column of it is there, but the table has some.
fn clustering(record: &Record, columns: &TargetColumns) -> Result<Option<ClusteringBuffer>, String> {
    let mut buffer = ClusteringBuffer::default();
    let (mut bytes, mut missing, mut present) = (0, None, false);
    for (index, column) in
        columns.iter().enumerate().filter(|(_, column)| column.kind == ColumnKind::Clustering)
    {
        match key_value(record, index, column)? {
            Some(value) => {
                present = true;
                bytes += value.len();
                buffer.push(ClusteringValue::Value(value));
            }
            None => missing = missing.or(Some(&column.name)),
        }
    }
    check_clustering_length(bytes)?;
    match missing {
        None => Ok(Some(buffer)),
        Some(_) if !present => Ok(None),
        Some(name) => Err(format!("the clustering column {name} is missing")),
    }
}

fn check_clustering_length(bytes: usize) -> Result<(), String> {
    match bytes > KEY_LIMIT_BYTES {
        true => {
            Err(format!("the clustering columns have {bytes} bytes together, more than {KEY_LIMIT_BYTES}"))
        }
        false => Ok(()),
    }
}

fn buffer(values: &[Vec<u8>]) -> ClusteringBuffer {
    let mut buffer = ClusteringBuffer::default();
    values.iter().for_each(|value| buffer.push(ClusteringValue::Value(value)));
    buffer
}

/// Refuses values of columns that a deletion has no use for.
fn refuse_values(
    record: &Record,
    columns: &TargetColumns,
    wanted: &[ColumnKind],
    what: &str,
) -> Result<(), String> {
    let given = columns.iter().zip(&record.values);
    let mut useless =
        given.filter(|(column, value)| !wanted.contains(&column.kind) && **value != FieldValue::Unset);
    match useless.next() {
        Some((column, _)) => Err(format!("{what}, and yet the column {} is given", column.name)),
        None => Ok(()),
    }
}
