//! Rows as `SELECT JSON *` tells them.

use std::ops::Range;

use cqlite_core::catalog::Table;
use cqlite_core::storage::read::{Cells, ReadPartition, ReadRow};
use cqlite_sstable::Result;
use cqlite_sstable::row::ClusteringValue;
use cqlite_sstable::schema::ColumnKind;
use cqlite_sstable::types::{CqlType, JsonEscaped, JsonStyle, TextSink as _, push_hex, write_json};

use super::columns::ExportColumn;
use super::row::{CellPlaces, KeyParts, total, value_of};
use super::sink::{Invalid, RowFormat};

/// How rows stand one behind the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// A row a line.
    Lines,
    /// An array of them, a row a line.
    Array,
}

/// Rows as `SELECT JSON *` tells them (`cql3.selection.Selection.rowToJson`).
pub struct JsonRows {
    frame: Frame,
    partition_key: Vec<JsonColumn>,
    clustering: Vec<JsonColumn>,
    statics: Vec<JsonColumn>,
    regulars: Vec<JsonColumn>,
    /// How many static and regular columns a row may have cells of.
    counts: [usize; 2],
    key: KeyParts,
    places: CellPlaces,
    /// The row up to its clustering, and its static columns: both the same for all rows of a partition.
    of_partition: [Vec<u8>; 2],
    has_rows: bool,
    invalid: Invalid,
}

/// A column, with what stands in front of its value.
struct JsonColumn {
    of: ExportColumn,
    head: Vec<u8>,
}

impl JsonRows {
    /// Rows of a table.
    pub fn new(table: &Table, frame: Frame) -> Self {
        let columns = ExportColumn::all_of(table);
        let of_kind = |kind: ColumnKind| {
            let of_kind = columns.iter().enumerate().filter(|(_, column)| column.kind == kind);
            of_kind.map(|(number, column)| JsonColumn::new(column.clone(), number == 0)).collect()
        };
        let layout = table.layout();
        Self {
            frame,
            partition_key: of_kind(ColumnKind::PartitionKey),
            clustering: of_kind(ColumnKind::Clustering),
            statics: of_kind(ColumnKind::Static),
            regulars: of_kind(ColumnKind::Regular),
            counts: [true, false].map(|is_static| layout.header_columns(is_static).len()),
            key: KeyParts::default(),
            places: CellPlaces::default(),
            of_partition: [Vec::new(), Vec::new()],
            has_rows: false,
            invalid: Invalid::default(),
        }
    }
}

impl JsonColumn {
    fn new(of: ExportColumn, is_first: bool) -> Self {
        let mut head = if is_first { b"{\"".to_vec() } else { b", \"".to_vec() };
        push_json_name(&of.name, &mut head);
        head.extend_from_slice(b"\": ");
        Self { of, head }
    }

    #[inline]
    fn write(&self, value: Option<&[u8]>, out: &mut Vec<u8>, invalid: &mut Invalid) {
        out.extend_from_slice(&self.head);
        match value {
            Some(value) => write_value(&self.of, value, out, invalid),
            None => out.extend_from_slice(b"null"),
        }
    }

    #[inline]
    fn write_cells(&self, cells: Cells<'_>, places: Range<usize>, out: &mut Vec<u8>, invalid: &mut Invalid) {
        match &self.of.cql_type {
            of if of.is_multi_cell() => self.write(value_of(of, cells, places).as_deref(), out, invalid),
            _ if places.is_empty() => self.write(None, out, invalid),
            CqlType::Counter => {
                out.extend_from_slice(&self.head);
                let total = cells.get(places.start).map_or(0, |cell| total(cell.value));
                out.extend_from_slice(total.to_string().as_bytes());
            }
            _ => self.write(cells.get(places.start).map(|cell| cell.value), out, invalid),
        }
    }
}

/// The name of a column as `SELECT JSON` tells it: with quotes within the quotes, where CQL would need them for the letters' case.
pub fn push_json_name(name: &str, out: &mut Vec<u8>) {
    let quote: &[u8] = if name == name.to_lowercase() { b"" } else { b"\"" };
    let mut escaped = JsonEscaped::new(out);
    for piece in [quote, name.as_bytes(), quote] {
        escaped.push(piece);
    }
}

#[inline]
fn write_value(of: &ExportColumn, value: &[u8], out: &mut Vec<u8>, invalid: &mut Invalid) {
    if let Err(error) = write_json(&of.cql_type, value, JsonStyle::Cassandra, out) {
        invalid.note(&of.name, &error);
        out.extend_from_slice(b"\"0x");
        push_hex(value, out);
        out.push(b'"');
    }
}

impl RowFormat for JsonRows {
    fn begin(&mut self, out: &mut Vec<u8>) {
        if self.frame == Frame::Array {
            out.push(b'[');
        }
    }

    fn partition(&mut self, partition: &ReadPartition<'_>) -> Result<()> {
        let [prefix, statics] = &mut self.of_partition;
        prefix.clear();
        statics.clear();
        self.key.split(partition.key, self.partition_key.len());
        for column in &self.partition_key {
            let value = self.key.get(partition.key, column.of.place);
            column.write(Some(value), prefix, &mut self.invalid);
        }
        if !self.statics.is_empty() {
            self.places.index(&partition.static_cells, self.counts[0]);
            for column in &self.statics {
                let places = self.places.of(column.of.place);
                column.write_cells(partition.static_cells, places, statics, &mut self.invalid);
            }
        }
        Ok(())
    }

    fn row(&mut self, row: Option<&ReadRow<'_>>, out: &mut Vec<u8>) -> Result<()> {
        if self.frame == Frame::Array {
            out.extend_from_slice(if self.has_rows { b",\n" } else { b"\n" });
        }
        self.has_rows = true;
        let [prefix, statics] = &self.of_partition;
        out.extend_from_slice(prefix);
        for column in &self.clustering {
            let value = row.and_then(|row| row.clustering.get(column.of.place));
            column.write(value.and_then(ClusteringValue::bytes), out, &mut self.invalid);
        }
        out.extend_from_slice(statics);
        let cells = row.map_or(Cells::NONE, |row| row.cells);
        self.places.index(&cells, self.counts[1]);
        for column in &self.regulars {
            column.write_cells(cells, self.places.of(column.of.place), out, &mut self.invalid);
        }
        out.push(b'}');
        if self.frame == Frame::Lines {
            out.push(b'\n');
        }
        Ok(())
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if self.frame == Frame::Array {
            out.extend_from_slice(b"\n]\n");
        }
    }

    fn invalid(&self) -> &Invalid {
        &self.invalid
    }
}
