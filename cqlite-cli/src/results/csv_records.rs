//! Rows as cqlsh's `COPY TO` writes them.

use std::sync::Arc;

use cqlite_core::query::{ColumnSpec, RowSet};
use cqlite_sstable::types::push_hex;

use super::{ResultFormat, written_type};
use crate::export::csv_rows::push_field;
use crate::export::csv_value::{CsvStyle, write_csv_value};
use crate::export::sink::Invalid;

/// Rows as cqlsh's `COPY TO ... WITH HEADER = TRUE` writes them, the columns in the order of the result.
pub struct CsvRecords {
    columns: Arc<[ColumnSpec]>,
    style: CsvStyle,
    value: Vec<u8>,
    invalid: Invalid,
}

impl CsvRecords {
    /// Rows of these columns.
    pub fn new(columns: Arc<[ColumnSpec]>) -> Self {
        Self { columns, style: CsvStyle::default(), value: Vec::new(), invalid: Invalid::default() }
    }

    fn push_value(&mut self, column: &ColumnSpec, value: Option<&[u8]>, out: &mut Vec<u8>) {
        let Some(value) = value else { return };
        self.value.clear();
        if let Err(error) = write_csv_value(written_type(column), value, &self.style, &mut self.value) {
            self.invalid.note(&column.name, &error);
            self.value.clear();
            self.value.extend_from_slice(b"0x");
            push_hex(value, &mut self.value);
        }
        push_field(&self.value, out);
    }
}

impl ResultFormat for CsvRecords {
    fn begin(&mut self, out: &mut Vec<u8>) {
        for (number, column) in self.columns.iter().enumerate() {
            out.extend_from_slice(if number > 0 { b"," } else { b"" });
            push_field(column.name.as_bytes(), out);
        }
        out.extend_from_slice(b"\r\n");
    }

    fn rows(&mut self, rows: &RowSet, out: &mut Vec<u8>) {
        let columns = Arc::clone(&self.columns);
        for row in rows.rows() {
            let start = out.len();
            for (number, (column, value)) in columns.iter().zip(row.values()).enumerate() {
                out.extend_from_slice(if number > 0 { b"," } else { b"" });
                self.push_value(column, value, out);
            }
            // A record of one field that is empty would be no record.
            if columns.len() == 1 && out.len() == start {
                out.extend_from_slice(b"\"\"");
            }
            out.extend_from_slice(b"\r\n");
        }
    }

    fn end(&mut self, _out: &mut Vec<u8>) {}

    fn invalid(&self) -> &Invalid {
        &self.invalid
    }
}
