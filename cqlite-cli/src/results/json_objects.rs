//! Rows as objects of JSON.

use std::sync::Arc;

use cqlite_core::query::{ColumnSpec, RowSet};
use cqlite_sstable::types::{JsonStyle, push_hex, write_json};

use super::{ResultFormat, written_type};
use crate::export::json_rows::push_json_name;
use crate::export::sink::Invalid;

/// How objects stand one behind the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonFrame {
    /// An object a line.
    Lines,
    /// An array of them, an object a line.
    Array,
}

/// Rows as `SELECT JSON` tells them: an object each. What such a statement has answered stays as it is.
pub struct JsonObjects {
    columns: Arc<[ColumnSpec]>,
    /// What stands in front of the value of each column.
    heads: Vec<Vec<u8>>,
    frame: JsonFrame,
    /// The statement was a `SELECT JSON`.
    is_json: bool,
    has_rows: bool,
    invalid: Invalid,
}

impl JsonObjects {
    /// Rows of these columns.
    pub fn new(columns: Arc<[ColumnSpec]>, frame: JsonFrame, is_json: bool) -> Self {
        let head = |(number, column): (usize, &ColumnSpec)| {
            let mut head = if number == 0 { b"{\"".to_vec() } else { b", \"".to_vec() };
            push_json_name(&column.name, &mut head);
            head.extend_from_slice(b"\": ");
            head
        };
        let heads = columns.iter().enumerate().map(head).collect();
        Self { columns, heads, frame, is_json, has_rows: false, invalid: Invalid::default() }
    }

    fn push_value(&mut self, column: &ColumnSpec, value: Option<&[u8]>, out: &mut Vec<u8>) {
        let Some(value) = value else { return out.extend_from_slice(b"null") };
        if let Err(error) = write_json(written_type(column), value, JsonStyle::Cassandra, out) {
            self.invalid.note(&column.name, &error);
            out.extend_from_slice(b"\"0x");
            push_hex(value, out);
            out.push(b'"');
        }
    }
}

impl ResultFormat for JsonObjects {
    fn begin(&mut self, out: &mut Vec<u8>) {
        if self.frame == JsonFrame::Array {
            out.push(b'[');
        }
    }

    fn rows(&mut self, rows: &RowSet, out: &mut Vec<u8>) {
        let columns = Arc::clone(&self.columns);
        let heads = std::mem::take(&mut self.heads);
        for row in rows.rows() {
            if self.frame == JsonFrame::Array {
                out.extend_from_slice(if self.has_rows { b",\n" } else { b"\n" });
            }
            self.has_rows = true;
            if self.is_json {
                out.extend_from_slice(row.value(0).unwrap_or(b"null"));
            } else {
                for ((column, head), value) in columns.iter().zip(&heads).zip(row.values()) {
                    out.extend_from_slice(head);
                    self.push_value(column, value, out);
                }
                out.push(b'}');
            }
            if self.frame == JsonFrame::Lines {
                out.push(b'\n');
            }
        }
        self.heads = heads;
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if self.frame == JsonFrame::Array {
            out.extend_from_slice(if self.has_rows { b"\n]\n" } else { b"]\n" });
        }
    }

    fn invalid(&self) -> &Invalid {
        &self.invalid
    }
}
