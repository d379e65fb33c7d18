//! Rows as cqlsh's `COPY TO` writes them, with a header.

use cqlite_core::catalog::Table;
use cqlite_core::storage::read::{Cells, ReadPartition, ReadRow};
use cqlite_sstable::Result;
use cqlite_sstable::row::ClusteringValue;
use cqlite_sstable::schema::ColumnKind;
use cqlite_sstable::types::{CqlType, push_hex};

use super::columns::ExportColumn;
use super::csv_value::{CsvStyle, write_csv_value};
use super::row::{CellPlaces, KeyParts, value_of};
use super::sink::{Invalid, RowFormat};

/// Rows as cqlsh's `COPY TO ... WITH HEADER = TRUE` writes them: the columns of the key, then all others by name.
pub struct CsvRows {
    columns: Vec<ExportColumn>,
    /// How many static and regular columns a row may have cells of.
    counts: [usize; 2],
    partition_key_columns: usize,
    key: KeyParts,
    places: CellPlaces,
    /// The fields of the columns that all rows of a partition share, in the order of all columns.
    of_partition: Vec<Vec<u8>>,
    value: Vec<u8>,
    style: CsvStyle,
    invalid: Invalid,
}

impl CsvRows {
    /// Rows of a table.
    pub fn new(table: &Table, style: CsvStyle) -> Self {
        let mut columns = ExportColumn::all_of(table);
        let keys = columns.iter().take_while(|column| column.is_key()).count();
        columns.get_mut(keys..).unwrap_or_default().sort_by(|a, b| a.name.cmp(&b.name));
        let layout = table.layout();
        Self {
            counts: [true, false].map(|is_static| layout.header_columns(is_static).len()),
            partition_key_columns: table.schema().partition_key.len(),
            key: KeyParts::default(),
            places: CellPlaces::default(),
            of_partition: vec![Vec::new(); columns.len()],
            columns,
            value: Vec::new(),
            style,
            invalid: Invalid::default(),
        }
    }
}

/// A value as a field. One that is none of its type is written as its bytes.
fn push_value(
    of: &ExportColumn,
    value: Option<&[u8]>,
    (style, text): (&CsvStyle, &mut Vec<u8>),
    out: &mut Vec<u8>,
    invalid: &mut Invalid,
) {
    let Some(value) = value else { return push_field(style.null.as_bytes(), out) };
    // What a counter counts to is no counter any more.
    let as_type = if of.cql_type == CqlType::Counter { &CqlType::BigInt } else { &of.cql_type };
    text.clear();
    if let Err(error) = write_csv_value(as_type, value, style, text) {
        invalid.note(&of.name, &error);
        text.clear();
        text.extend_from_slice(b"0x");
        push_hex(value, text);
    }
    push_field(text, out);
}

/// A field as Python's `csv.writer` writes it: within quotes if a comma or the end of a line is in it, and a backslash in front of quotes and
/// backslashes.
pub fn push_field(text: &[u8], out: &mut Vec<u8>) {
    let needs_quotes = text.iter().any(|byte| matches!(byte, b',' | b'\r' | b'\n'));
    if needs_quotes {
        out.push(b'"');
    }
    for piece in text.split_inclusive(|byte| matches!(byte, b'"' | b'\\')) {
        match piece.split_last() {
            Some((special @ (b'"' | b'\\'), plain)) => {
                out.extend_from_slice(plain);
                out.extend_from_slice(&[b'\\', *special]);
            }
            _ => out.extend_from_slice(piece),
        }
    }
    if needs_quotes {
        out.push(b'"');
    }
}

impl RowFormat for CsvRows {
    fn begin(&mut self, out: &mut Vec<u8>) {
        for (number, column) in self.columns.iter().enumerate() {
            out.extend_from_slice(if number > 0 { b"," } else { b"" });
            push_field(column.name.as_bytes(), out);
        }
        out.extend_from_slice(b"\r\n");
    }

    fn partition(&mut self, partition: &ReadPartition<'_>) -> Result<()> {
        self.key.split(partition.key, self.partition_key_columns);
        self.places.index(&partition.static_cells, self.counts[0]);
        for (column, field) in self.columns.iter().zip(&mut self.of_partition) {
            field.clear();
            let of_static;
            let value = match column.kind {
                ColumnKind::PartitionKey => Some(self.key.get(partition.key, column.place)),
                ColumnKind::Static => {
                    let places = self.places.of(column.place);
                    of_static = value_of(&column.cql_type, partition.static_cells, places);
                    of_static.as_deref()
                }
                _ => continue,
            };
            push_value(column, value, (&self.style, &mut self.value), field, &mut self.invalid);
        }
        Ok(())
    }

    fn row(&mut self, row: Option<&ReadRow<'_>>, out: &mut Vec<u8>) -> Result<()> {
        let cells = row.map_or(Cells::NONE, |row| row.cells);
        self.places.index(&cells, self.counts[1]);
        for (number, (column, field)) in self.columns.iter().zip(&self.of_partition).enumerate() {
            out.extend_from_slice(if number > 0 { b"," } else { b"" });
            match column.kind {
                ColumnKind::PartitionKey | ColumnKind::Static => out.extend_from_slice(field),
                ColumnKind::Clustering => {
                    let value = row.and_then(|row| row.clustering.get(column.place));
                    let value = value.and_then(ClusteringValue::bytes);
                    push_value(column, value, (&self.style, &mut self.value), out, &mut self.invalid);
                }
                ColumnKind::Regular => {
                    let value = value_of(&column.cql_type, cells, self.places.of(column.place));
                    push_value(
                        column,
                        value.as_deref(),
                        (&self.style, &mut self.value),
                        out,
                        &mut self.invalid,
                    );
                }
            }
        }
        // A record of one field that is empty would be no record.
        if self.columns.len() == 1 && out.last().is_none_or(|last| *last == b'\n') {
            out.extend_from_slice(b"\"\"");
        }
        out.extend_from_slice(b"\r\n");
        Ok(())
    }

    fn end(&mut self, _out: &mut Vec<u8>) {}

    fn invalid(&self) -> &Invalid {
        &self.invalid
    }
}
