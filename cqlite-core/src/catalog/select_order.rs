//! The columns of a table as `SELECT *` shows them.

use cqlite_sstable::schema::{Column, ColumnKind, TableSchema};
use cqlite_sstable::types::CqlType;

use super::Table;

impl Table {
    /// What `SELECT *` shows, in its order: the columns of the partition key, the clustering columns, the static ones by name, the
    /// others by name; each by its kind and its place in that list of the [schema](Self::schema)
    /// (`TableMetadata.allColumnsInSelectOrder`).
    ///
    /// Of tables with compact storage what has no name in CQL is left out: where the columns are the cells of the static
    /// row, the clustering column and the value of the others; and a value that is always empty.
    pub fn columns_in_select_order(&self) -> Vec<(ColumnKind, usize)> {
        let schema = self.schema();
        let shows_clustering = !is_static_compact(schema);
        let mut columns = Vec::new();
        let mut push = |kind: ColumnKind, places: &mut dyn Iterator<Item = usize>| {
            columns.extend(places.map(|place| (kind, place)));
        };
        push(ColumnKind::PartitionKey, &mut (0..schema.partition_key.len()));
        if shows_clustering {
            push(ColumnKind::Clustering, &mut (0..schema.clustering.len()));
        }
        push(ColumnKind::Static, &mut by_name(schema, ColumnKind::Static).into_iter());
        if shows_clustering {
            push(ColumnKind::Regular, &mut by_name(schema, ColumnKind::Regular).into_iter());
        }
        columns
    }
}

/// The places of columns in the order of their names. Those that no statement can name are left out.
///
/// Rows have columns of one cell in front of those of many, each by name; here the two lists are merged, with a comparison of
/// names that takes bytes for signed numbers (`Columns.selectOrderIterator`, `ByteBuffer.compareTo`).
fn by_name(schema: &TableSchema, kind: ColumnKind) -> Vec<usize> {
    let columns = schema.columns(kind);
    let is_hidden = |column: &Column| schema.is_compact && column.column_type == CqlType::Empty;
    let of_kind = |has_many: bool| {
        let columns = columns.iter().enumerate();
        columns
            .filter(move |(_, column)| column.column_type.is_multi_cell() == has_many && !is_hidden(column))
    };
    let signed = |column: &Column| -> Vec<i8> { column.name.bytes().map(u8::cast_signed).collect() };
    let (mut of_one, mut of_many) = (of_kind(false).peekable(), of_kind(true).peekable());
    let mut places = Vec::with_capacity(columns.len());
    loop {
        let next = match (of_one.peek(), of_many.peek()) {
            (Some((_, one)), Some((_, many))) if signed(many) < signed(one) => of_many.next(),
            (None, _) => of_many.next(),
            _ => of_one.next(),
        };
        let Some((place, _)) = next else { return places };
        places.push(place);
    }
}

/// Whether the columns of a table are the cells of its static row (`TableMetadata.isStaticCompactTable`).
fn is_static_compact(schema: &TableSchema) -> bool {
    schema.is_compact && !schema.static_columns.is_empty()
}
