//! The columns of a table.

use std::borrow::Cow;
use std::cmp::Ordering;

use cqlite_cql::Order;

use crate::types::CqlType;

/// A column by name and type. Whether it is static, say, is told by the list of a [`super::TableSchema`] that it
/// stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name, not quoted.
    pub name: String,
    /// The type; never [`CqlType::Reversed`].
    pub column_type: CqlType,
}

/// A clustering column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusteringColumn {
    /// The name, not quoted.
    pub name: String,
    /// The type; never [`CqlType::Reversed`], see [`Self::order`].
    pub column_type: CqlType,
    /// Which values come first.
    pub order: Order,
}

/// A column that was dropped from the table and may still have cells in its SSTables. The table may have a column
/// of its name again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DroppedColumn {
    /// The name, not quoted.
    pub name: String,
    /// The type it had, user-defined types expanded to tuples.
    pub column_type: CqlType,
    /// Static or regular: no other can be dropped.
    pub kind: ColumnKind,
    /// Cells of this time in microseconds and older ones are gone; none if the time of the drop is not known.
    pub dropped_at_micros: Option<i64>,
}

/// What a column is in its table (`ColumnMetadata.Kind`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColumnKind {
    /// A part of the partition key.
    PartitionKey,
    /// A part of the clustering.
    Clustering,
    /// Shared by all rows of a partition.
    Static,
    /// Any other.
    Regular,
}

impl ColumnKind {
    /// The kind of this name in `system_schema.columns`.
    pub fn find(name: &str) -> Option<Self> {
        [Self::PartitionKey, Self::Clustering, Self::Static, Self::Regular]
            .into_iter()
            .find(|kind| kind.name() == name)
    }

    /// The name in `system_schema.columns`.
    pub fn name(self) -> &'static str {
        match self {
            Self::PartitionKey => "partition_key",
            Self::Clustering => "clustering",
            Self::Static => "static",
            Self::Regular => "regular",
        }
    }
}

impl Column {
    /// A column.
    pub fn new(name: impl Into<String>, column_type: CqlType) -> Self {
        Self { name: name.into(), column_type }
    }

    /// The order in which rows and headers have their columns (`ColumnMetadata.comparisonOrder`): those of one
    /// cell before those of many, and each by name.
    pub fn comparison_order(&self, other: &Self) -> Ordering {
        let key = |column: &Self| column.column_type.is_multi_cell();
        key(self).cmp(&key(other)).then_with(|| compare_names(self.name.as_bytes(), other.name.as_bytes()))
    }
}

impl ClusteringColumn {
    /// The column of a name and a type of a header, where descending order is a [`CqlType::Reversed`].
    pub fn from_header(name: impl Into<String>, header_type: &CqlType) -> Self {
        let order = match header_type {
            CqlType::Reversed(_) => Order::Descending,
            _ => Order::Ascending,
        };
        Self { name: name.into(), column_type: header_type.without_reversed().clone(), order }
    }
}

/// Compares the bytes of names, but a first byte of 0x80 or more comes before all of ASCII: Cassandra compares
/// the first six bytes as a number with its top bit flipped.
fn compare_names(left: &[u8], right: &[u8]) -> Ordering {
    let prefix = |name: &[u8]| {
        let mut first = [0_u8; 6];
        for (into, byte) in first.iter_mut().zip(name) {
            *into = *byte;
        }
        if let Some(byte) = first.first_mut() {
            *byte ^= 0x80;
        }
        first
    };
    prefix(left).cmp(&prefix(right)).then_with(|| left.cmp(right))
}

/// A column's name as text: its UTF-8, or in hexadecimal the bytes of a name made with Thrift that is none.
pub(super) fn name_text(name: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(name).map_or_else(
        |_| {
            let digits: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
            Cow::Owned(format!("0x{digits}"))
        },
        Cow::Borrowed,
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn simple_columns_come_first_and_names_that_are_not_ascii_before_those_that_are() {
        let list = CqlType::List { element: Arc::new(CqlType::Int), frozen: false };
        let mut columns: Vec<Column> = ["a", "z", "B", "é", "a\0", "abcdefg", "abcdefé", "abcdef"]
            .map(|n| Column::new(n, CqlType::Int))
            .into();
        columns.push(Column::new("0", list));
        columns.sort_by(Column::comparison_order);
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["é", "B", "a", "a\0", "abcdef", "abcdefg", "abcdefé", "z", "0"]);
    }
}
