//! The columns that are exported.

use cqlite_core::catalog::Table;
use cqlite_sstable::schema::ColumnKind;
use cqlite_sstable::types::CqlType;

/// A column of the output.
#[derive(Debug, Clone)]
pub struct ExportColumn {
    /// The name, not quoted.
    pub name: String,
    /// The type.
    pub cql_type: CqlType,
    /// What it is.
    pub kind: ColumnKind,
    /// Which of the columns of its kind it is.
    pub place: usize,
}

impl ExportColumn {
    /// Those of a table, in the order of `SELECT *`.
    pub fn all_of(table: &Table) -> Vec<Self> {
        let schema = table.schema();
        let named = |kind: ColumnKind, place: usize| match kind {
            ColumnKind::Clustering => {
                schema.clustering.get(place).map(|column| (&column.name, &column.column_type))
            }
            ColumnKind::PartitionKey => {
                schema.partition_key.get(place).map(|column| (&column.name, &column.column_type))
            }
            _ => schema.columns(kind).get(place).map(|column| (&column.name, &column.column_type)),
        };
        let column = |(kind, place): (ColumnKind, usize)| {
            let (name, cql_type) = named(kind, place)?;
            Some(Self { name: name.clone(), cql_type: cql_type.clone(), kind, place })
        };
        table.columns_in_select_order().into_iter().filter_map(column).collect()
    }

    /// Whether it is part of the primary key.
    pub fn is_key(&self) -> bool {
        matches!(self.kind, ColumnKind::PartitionKey | ColumnKind::Clustering)
    }
}
