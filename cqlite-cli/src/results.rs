//! Rows of results as text.

mod csv_records;
mod description;
mod json_objects;
mod layout;
mod result_table;
mod screen_text;

use cqlite_core::query::{ColumnSpec, RowSet};
use cqlite_sstable::types::CqlType;

pub use self::csv_records::CsvRecords;
pub use self::description::push_description;
pub use self::json_objects::{JsonFrame, JsonObjects};
pub use self::layout::Layout;
pub use self::result_table::ResultTable;
pub use self::screen_text::{Palette, ScreenText, push_name};
use crate::export::sink::Invalid;

/// How rows of a result are written as text.
pub trait ResultFormat {
    /// What stands in front of all rows.
    fn begin(&mut self, out: &mut Vec<u8>);

    /// Some of the rows, in their order.
    fn rows(&mut self, rows: &RowSet, out: &mut Vec<u8>);

    /// What stands behind all rows.
    fn end(&mut self, out: &mut Vec<u8>);

    /// Values that were written as bytes.
    fn invalid(&self) -> &Invalid;
}

/// The type by which a value of a column is written: what a counter counts to is no counter any more.
pub fn written_type(column: &ColumnSpec) -> &CqlType {
    match &column.cql_type {
        CqlType::Counter => &CqlType::BigInt,
        other => other,
    }
}
