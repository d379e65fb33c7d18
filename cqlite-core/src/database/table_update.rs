//! Changes of a partition, by the names of columns.

use std::sync::Arc;

use cqlite_sstable::reader::Slice;
use cqlite_sstable::row::{
    Cell, ClusteringBuffer, ClusteringValue, DeletionTime, Liveness, NO_DELETION_TIME, Row, RowItem,
};
use cqlite_sstable::{Error, Result};

use super::Database;
use crate::catalog::{MAX_TIME_TO_LIVE_SECONDS, Table};
use crate::storage::mutation::{Mutation, PartitionUpdateBuilder};

/// Changes of one partition of a table. Values are serialized as the types of their columns say
/// ([`cqlite_sstable::types`]); all changes have the same timestamp and the same time to live.
///
/// # Example
/// ```
/// use cqlite_core::Database;
/// use cqlite_core::catalog::{Keyspace, Replication};
/// use cqlite_core::storage::read::ReadCommand;
///
/// let db = Database::in_memory()?.open()?;
/// db.create_keyspace(Keyspace::new("shop", Replication::simple(1), true)?)?;
/// let table = db.create_table("shop", "CREATE TABLE lines (cart text, line int, item text, PRIMARY KEY (cart, line))")?;
/// let line = 1_i32.to_be_bytes();
/// let mutation = db.update(&table, b"cart 7").ttl(3_600)?.insert(&[&line], &[("item", Some(b"tea"))])?.build()?;
/// db.write(&mutation)?;
/// assert_eq!(db.read(&ReadCommand::key(table.id(), b"cart 7"))?.row_count(), 1);
/// db.write(&db.update(&table, b"cart 7").delete_row(&[&line])?.build()?)?;
/// assert!(db.read(&ReadCommand::key(table.id(), b"cart 7"))?.is_empty());
/// # Ok::<(), cqlite_sstable::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is written before it is built and given to the database"]
pub struct TableUpdate {
    table: Arc<Table>,
    builder: PartitionUpdateBuilder,
    timestamp: i64,
    ttl_seconds: i32,
    now_seconds: i64,
}

/// A column of a table and its new value; none deletes it.
pub type NamedValue<'a> = (&'a str, Option<&'a [u8]>);

impl Database {
    /// Begins changes of a partition, with a new timestamp and the time to live that the table has as its default.
    pub fn update(&self, table: &Arc<Table>, key: &[u8]) -> TableUpdate {
        TableUpdate {
            table: Arc::clone(table),
            builder: PartitionUpdateBuilder::new(table.layout(), key),
            timestamp: self.next_timestamp(),
            ttl_seconds: table.parameters().default_time_to_live_seconds,
            now_seconds: self.store.now_seconds(),
        }
    }
}

impl TableUpdate {
    /// Another timestamp, in microseconds since 1970, for what is added from now on.
    pub fn timestamp(mut self, micros: i64) -> Self {
        self.timestamp = micros;
        self
    }

    /// What is added from now on expires after so many seconds; 0 for never.
    ///
    /// # Errors
    /// If it is negative or more than twenty years.
    pub fn ttl(mut self, seconds: i32) -> Result<Self> {
        if !(0..=MAX_TIME_TO_LIVE_SECONDS).contains(&seconds) {
            let told =
                format!("a time to live is from 0 to {MAX_TIME_TO_LIVE_SECONDS} seconds, not {seconds}");
            return Err(Error::invalid_input(told));
        }
        self.ttl_seconds = seconds;
        Ok(self)
    }

    /// Writes a row, which is there from then on also if all of its values are deleted (`INSERT`).
    ///
    /// # Errors
    /// If there is no such column, a value is too large, or there are not as many clustering values as columns.
    pub fn insert(self, clustering: &[&[u8]], values: &[NamedValue<'_>]) -> Result<Self> {
        let liveness = Liveness {
            timestamp: self.timestamp,
            ttl_seconds: self.ttl_seconds,
            expires_at_seconds: self.expires_at_seconds(),
        };
        self.row(clustering, Some(liveness), values, false)
    }

    /// Writes values of a row, which is there as long as it has any (`UPDATE`).
    ///
    /// # Errors
    /// As [`TableUpdate::insert`].
    pub fn set(self, clustering: &[&[u8]], values: &[NamedValue<'_>]) -> Result<Self> {
        self.row(clustering, None, values, false)
    }

    /// Writes values of static columns.
    ///
    /// # Errors
    /// As [`TableUpdate::insert`].
    pub fn set_static(self, values: &[NamedValue<'_>]) -> Result<Self> {
        self.row(&[], None, values, true)
    }

    /// Writes or deletes single cells of a collection or user-defined type, by their paths.
    ///
    /// # Errors
    /// As [`TableUpdate::insert`], and if the column has one cell.
    pub fn set_elements(
        mut self,
        clustering: &[&[u8]],
        column: &str,
        elements: &[(&[u8], Option<&[u8]>)],
    ) -> Result<Self> {
        let (is_static, column) = self.column(column)?;
        let items: Vec<RowItem<'_>> =
            elements.iter().map(|(path, value)| self.cell(column, Some(path), *value)).collect();
        self.push(clustering, None, DeletionTime::LIVE, &items, is_static)?;
        Ok(self)
    }

    /// Replaces a collection or user-defined type by these elements.
    ///
    /// # Errors
    /// As [`TableUpdate::set_elements`].
    pub fn replace_elements(
        mut self,
        clustering: &[&[u8]],
        column: &str,
        elements: &[(&[u8], Option<&[u8]>)],
    ) -> Result<Self> {
        let (is_static, column) = self.column(column)?;
        let before = self.timestamp.saturating_sub(1);
        let deletion = DeletionTime::build(before, self.now_seconds);
        let items = elements.iter().map(|(path, value)| self.cell(column, Some(path), *value));
        let items: Vec<RowItem<'_>> =
            std::iter::once(RowItem::ComplexDeletion { column, deletion }).chain(items).collect();
        self.push(clustering, None, DeletionTime::LIVE, &items, is_static)?;
        Ok(self)
    }

    /// Deletes a row.
    ///
    /// # Errors
    /// If there are not as many clustering values as columns.
    pub fn delete_row(mut self, clustering: &[&[u8]]) -> Result<Self> {
        let deletion = self.deletion();
        self.push(clustering, None, deletion, &[], false)?;
        Ok(self)
    }

    /// Deletes the rows of a slice.
    ///
    /// # Errors
    /// If no row can be in it.
    pub fn delete_range(mut self, slice: &Slice) -> Result<Self> {
        self.builder.delete_range(slice.start.as_prefix(), slice.end.as_prefix(), self.deletion())?;
        Ok(self)
    }

    /// Deletes the whole partition.
    ///
    /// # Errors
    /// If the time is past what a deletion can have.
    pub fn delete_partition(mut self) -> Result<Self> {
        self.builder.delete_partition(self.deletion())?;
        Ok(self)
    }

    /// The mutation of all that was added.
    ///
    /// # Errors
    /// If the key or a value is too large.
    pub fn build(mut self) -> Result<Mutation> {
        self.builder.build()
    }

    fn row(
        mut self,
        clustering: &[&[u8]],
        liveness: Option<Liveness>,
        values: &[NamedValue<'_>],
        is_static: bool,
    ) -> Result<Self> {
        let mut items = Vec::with_capacity(values.len());
        for (name, value) in values {
            let (of_static, column) = self.column(name)?;
            if of_static != is_static {
                let kind = if of_static { "static" } else { "not static" };
                return Err(Error::invalid_input(format!("the column '{name}' is {kind}")));
            }
            items.push(self.cell(column, None, *value));
        }
        self.push(clustering, liveness, DeletionTime::LIVE, &items, is_static)?;
        Ok(self)
    }

    fn push(
        &mut self,
        clustering: &[&[u8]],
        liveness: Option<Liveness>,
        deletion: DeletionTime,
        items: &[RowItem<'_>],
        is_static: bool,
    ) -> Result<()> {
        let mut values = ClusteringBuffer::default();
        if !is_static {
            clustering.iter().for_each(|value| values.push(ClusteringValue::Value(value)));
        }
        let clustering = values.as_clustering();
        let shadowable_deletion = DeletionTime::LIVE;
        self.builder.row(&Row { is_static, clustering, liveness, deletion, shadowable_deletion }, items)
    }

    /// Whether a column is static, and its place among those of its kind.
    fn column(&self, name: &str) -> Result<(bool, usize)> {
        let layout = self.table.layout();
        let place = |is_static| {
            layout.header_columns(is_static).iter().position(|column| column.name == name.as_bytes())
        };
        let found =
            place(false).map(|column| (false, column)).or_else(|| place(true).map(|column| (true, column)));
        found.ok_or_else(|| {
            let (keyspace, table) = (layout.keyspace(), layout.name());
            Error::invalid_input(format!(
                "{keyspace}.{table} has no column '{name}' that values can be written to"
            ))
        })
    }

    fn cell<'a>(&self, column: usize, path: Option<&'a [u8]>, value: Option<&'a [u8]>) -> RowItem<'a> {
        let (ttl_seconds, local_deletion_time_seconds) = match value {
            Some(_) => (self.ttl_seconds, self.expires_at_seconds()),
            None => (0, self.now_seconds),
        };
        let (timestamp, value) = (self.timestamp, value.unwrap_or_default());
        RowItem::Cell(Cell { column, timestamp, ttl_seconds, local_deletion_time_seconds, path, value })
    }

    fn deletion(&self) -> DeletionTime {
        DeletionTime::build(self.timestamp, self.now_seconds)
    }

    fn expires_at_seconds(&self) -> i64 {
        match self.ttl_seconds {
            0 => NO_DELETION_TIME,
            ttl => self.now_seconds.saturating_add(i64::from(ttl)),
        }
    }
}
