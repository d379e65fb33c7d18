//! Rows of a result, in memory.

use std::sync::Arc;

use serde::Deserialize;

use super::typed::{ColumnIndex, FromValue, RowDeserializer};
use super::{ColumnSpec, QueryError, QueryResult};

/// The rows that a statement answers with, or one page of them (`cql3.ResultSet`).
#[derive(Debug, Clone)]
pub struct RowSet {
    columns: Arc<[ColumnSpec]>,
    /// Of each value, where it ends in the bytes; `NULL` in the highest bit.
    ends: Vec<usize>,
    bytes: Vec<u8>,
    row_count: usize,
}

/// Set in the end of a value that is null.
const NULL: usize = 1 << (usize::BITS - 1);

impl RowSet {
    /// No rows of these columns.
    pub fn new(columns: impl Into<Arc<[ColumnSpec]>>) -> Self {
        Self { columns: columns.into(), ends: Vec::new(), bytes: Vec::new(), row_count: 0 }
    }

    /// The columns.
    pub fn columns(&self) -> &Arc<[ColumnSpec]> {
        &self.columns
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.row_count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.row_count == 0
    }

    /// About how much memory the values take.
    pub fn bytes(&self) -> usize {
        self.bytes.len().saturating_add(self.ends.len().saturating_mul(size_of::<usize>()))
    }

    /// Adds a row. Values that are missing at its end are null; there are not more than columns.
    pub fn push_row<'v>(&mut self, values: impl IntoIterator<Item = Option<&'v [u8]>>) {
        let mut left = self.columns.len();
        for value in values.into_iter().take(left) {
            match value {
                Some(value) => {
                    self.bytes.extend_from_slice(value);
                    self.ends.push(self.bytes.len());
                }
                None => self.ends.push(self.bytes.len() | NULL),
            }
            left = left.saturating_sub(1);
        }
        self.ends.extend(std::iter::repeat_n(self.bytes.len() | NULL, left));
        self.row_count = self.row_count.saturating_add(1);
    }

    /// Adds a row whose values are written one after the other. Those that are missing at its end are null. What `write`
    /// fails on is not added.
    ///
    /// # Errors
    /// Those of `write`.
    pub(crate) fn write_row(
        &mut self,
        write: impl FnOnce(&mut RowWriter<'_>) -> QueryResult<()>,
    ) -> QueryResult<()> {
        let (ends, bytes) = (self.ends.len(), self.bytes.len());
        let left = self.columns.len();
        let mut writer = RowWriter { ends: &mut self.ends, bytes: &mut self.bytes, left };
        if let Err(error) = write(&mut writer) {
            self.ends.truncate(ends);
            self.bytes.truncate(bytes);
            return Err(error);
        }
        let left = writer.left;
        self.ends.extend(std::iter::repeat_n(self.bytes.len() | NULL, left));
        self.row_count = self.row_count.saturating_add(1);
        Ok(())
    }

    /// Forgets the rows and keeps their memory.
    pub fn clear(&mut self) {
        self.ends.clear();
        self.bytes.clear();
        self.row_count = 0;
    }

    /// The rows, in their order.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = RowView<'_>> + ExactSizeIterator {
        (0..self.row_count).map(move |index| RowView { set: self, index })
    }

    /// The row at a place.
    pub fn row(&self, index: usize) -> Option<RowView<'_>> {
        (index < self.row_count).then_some(RowView { set: self, index })
    }
}

/// Takes the values of one row of a [`RowSet`]. What is more than its columns is left out.
#[derive(Debug)]
pub(crate) struct RowWriter<'a> {
    ends: &'a mut Vec<usize>,
    bytes: &'a mut Vec<u8>,
    left: usize,
}

impl RowWriter<'_> {
    /// Puts in a value.
    #[inline]
    pub(crate) fn value(&mut self, value: Option<&[u8]>) {
        let Some(left) = self.left.checked_sub(1) else { return };
        self.left = left;
        match value {
            Some(value) => {
                self.bytes.extend_from_slice(value);
                self.ends.push(self.bytes.len());
            }
            None => self.ends.push(self.bytes.len() | NULL),
        }
    }

    /// Puts in values that stand one behind the other, whose ends in these bytes are given; what has none is null.
    #[inline]
    pub(crate) fn values(&mut self, bytes: &[u8], ends: impl Iterator<Item = Option<usize>>) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        let (mut last, before) = (start, self.ends.len());
        self.ends.extend(ends.take(self.left).map(|end| match end {
            Some(end) => {
                last = start.saturating_add(end);
                last
            }
            None => last | NULL,
        }));
        self.left = self.left.saturating_sub(self.ends.len().saturating_sub(before));
    }

    /// Puts in a value that is made right there: behind the bytes that are in the buffer. It is null if `compose` says
    /// that there is none.
    pub(crate) fn compose(&mut self, compose: impl FnOnce(&mut Vec<u8>) -> bool) {
        let Some(left) = self.left.checked_sub(1) else { return };
        self.left = left;
        let start = self.bytes.len();
        if compose(self.bytes) {
            self.ends.push(self.bytes.len());
        } else {
            self.bytes.truncate(start);
            self.ends.push(start | NULL);
        }
    }
}

/// A row of a [`RowSet`].
#[derive(Debug, Clone, Copy)]
pub struct RowView<'a> {
    set: &'a RowSet,
    index: usize,
}

impl<'a> RowView<'a> {
    /// The columns.
    pub fn columns(&self) -> &'a [ColumnSpec] {
        &self.set.columns
    }

    /// The value of the column at a place, as its type serializes it; none if it is null or there is no such column.
    pub fn value(&self, column: usize) -> Option<&'a [u8]> {
        let width = self.set.columns.len();
        if column >= width {
            return None;
        }
        let place = self.index.checked_mul(width)?.checked_add(column)?;
        let end = *self.set.ends.get(place)?;
        if end & NULL != 0 {
            return None;
        }
        let start =
            place.checked_sub(1).and_then(|before| self.set.ends.get(before)).map_or(0, |end| end & !NULL);
        self.set.bytes.get(start..end)
    }

    /// The value of a column, by its place or name, as a type of Rust.
    ///
    /// # Errors
    /// If there is no such column, values of it are none of this type, or it is null and the type is no `Option`.
    pub fn get<T: FromValue<'a>>(&self, column: impl ColumnIndex) -> QueryResult<T> {
        let columns = self.columns();
        let place = column.place(columns).and_then(|place| Some((place, columns.get(place)?)));
        let Some((place, column)) = place else {
            let told = format!("the result has no column {}", column.text());
            return Err(QueryError::invalid(told));
        };
        T::from_value(column, self.value(place))
    }

    /// The row as a struct, by the names of its columns, or as a tuple, in their order.
    ///
    /// # Errors
    /// If the type has fields that no column is for, or values are none of theirs.
    ///
    /// # Example
    /// ```
    /// # use cqlite_core::Database;
    /// #[derive(serde::Deserialize)]
    /// struct Price {
    ///     item: String,
    ///     cents: Option<i32>,
    /// }
    /// let db = Database::in_memory()?.open()?;
    /// db.execute("CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}", ())?;
    /// db.execute("CREATE TABLE shop.prices (item text PRIMARY KEY, cents int)", ())?;
    /// db.execute("INSERT INTO shop.prices (item, cents) VALUES (?, ?)", ("tea", 250))?;
    /// let rows = db.execute("SELECT * FROM shop.prices", ())?.rows().ok_or("a SELECT has rows")?;
    /// for row in rows.rows() {
    ///     let price: Price = row.deserialize()?;
    ///     assert_eq!((price.item.as_str(), price.cents), ("tea", Some(250)));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn deserialize<T: Deserialize<'a>>(&self) -> QueryResult<T> {
        T::deserialize(RowDeserializer(*self)).map_err(|error| QueryError::invalid(error.to_string()))
    }

    /// The values of all columns.
    pub fn values(&self) -> impl Iterator<Item = Option<&'a [u8]>> + use<'a> {
        let row = *self;
        (0..row.set.columns.len()).map(move |column| row.value(column))
    }
}

#[cfg(test)]
mod tests {
    use cqlite_sstable::types::CqlType;

    use super::super::QueryError;
    use super::*;

    #[test]
    fn null_and_empty_values_are_told_apart() {
        let table = ColumnSpec {
            keyspace: "k".into(),
            table: "t".into(),
            name: "a".into(),
            cql_type: CqlType::Blob,
            is_descending: false,
        };
        let mut set = RowSet::new(vec![table.clone(), table.with("b", CqlType::Blob)]);
        set.push_row([Some(&b"x"[..]), None]);
        set.push_row([None, Some(&b""[..])]);
        set.push_row([Some(&b"yz"[..])]);
        let rows: Vec<Vec<_>> = set.rows().map(|row| row.values().collect()).collect();
        assert_eq!(
            rows,
            [vec![Some(&b"x"[..]), None], vec![None, Some(&b""[..])], vec![Some(&b"yz"[..]), None]]
        );
    }

    #[test]
    fn a_row_that_cannot_be_written_leaves_nothing() {
        let column = ColumnSpec {
            keyspace: "k".into(),
            table: "t".into(),
            name: "a".into(),
            cql_type: CqlType::Blob,
            is_descending: false,
        };
        let mut set = RowSet::new(vec![column.clone(), column.with("b", CqlType::Blob)]);
        let failed = set.write_row(|row| {
            row.value(Some(b"lost"));
            Err(QueryError::invalid("no"))
        });
        assert!(failed.is_err());
        let written = set.write_row(|row| {
            row.compose(|bytes| {
                bytes.extend_from_slice(b"half of a null");
                false
            });
            row.compose(|bytes| {
                bytes.extend_from_slice(b"made");
                true
            });
            row.value(Some(b"too much"));
            Ok(())
        });
        assert!(written.is_ok());
        set.push_row([Some(&b"x"[..])]);
        let rows: Vec<Vec<_>> = set.rows().map(|row| row.values().collect()).collect();
        assert_eq!(rows, [vec![None, Some(&b"made"[..])], vec![Some(&b"x"[..]), None]]);
    }
}
