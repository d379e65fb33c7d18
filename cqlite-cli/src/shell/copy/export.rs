//! `COPY TO`

use std::ops::ControlFlow;
use std::time::Instant;

use cqlite_core::catalog::Table;
use cqlite_core::query::RowView;
use cqlite_cql::{Identifier, QualifiedName};
use cqlite_sstable::types::push_hex;

use super::fields::push_field;
use super::options::CopyOptions;
use super::{CopyCommand, called};
use crate::export::csv_value::write_csv_value;
use crate::export::sink::Invalid;
use crate::export::target::Target;
use crate::results::written_type;
use crate::shell::runner::Shell;
use crate::shell::trouble::Trouble;

/// So many bytes are written at a time.
const STEP_BYTES: usize = 128 * 1024;

/// Writes the rows of a table.
///
/// # Errors
/// If they cannot be read or written, or values are none of their types.
pub fn run(
    shell: &mut Shell<'_>,
    command: &CopyCommand,
    table: &Table,
    columns: &[String],
) -> Result<(), Trouble> {
    let started = Instant::now();
    let names: Vec<String> =
        columns.iter().map(|name| Identifier::quote_if_needed(name).into_owned()).collect();
    let from = QualifiedName::new(table.keyspace(), table.name());
    let statement = shell.session.prepare(&format!("SELECT {} FROM {from}", names.join(", ")))?;
    let mut target =
        Target::open(command.file.as_deref()).map_err(|error| Trouble::command(error.to_string()))?;
    let mut records = Records { command, value: Vec::new(), out: Vec::new(), invalid: Invalid::default() };
    if command.options.csv.has_header {
        records.push_all(columns.iter().map(|name| Some(name.as_bytes())));
    }
    let mut rows_written = 0_u64;
    let mut is_ended = false;
    shell.session.for_each(&statement, &[], |rows| {
        rows.rows().for_each(|row| records.push(row));
        rows_written = rows_written.saturating_add(rows.len() as u64);
        if records.out.len() >= STEP_BYTES {
            target.write(&records.out)?;
            records.out.clear();
        }
        is_ended = shell.interruption.has_come();
        Ok(if is_ended { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    target.write(&records.out)?;
    if is_ended {
        return Err(Trouble::command(format!("COPY was ended behind {rows_written} rows")));
    }
    if command.file.is_some() {
        let (place, seconds) = (called(command.file.as_deref(), "STDOUT"), started.elapsed().as_secs_f64());
        shell.output.tell(&format!("{rows_written} rows exported to {place} in {seconds:.3} seconds."))?;
    }
    match records.invalid.first {
        Some(first) => Err(Trouble::Damaged(records.invalid.count, first)),
        None => Ok(()),
    }
}

/// Records as they are written.
struct Records<'c> {
    command: &'c CopyCommand,
    value: Vec<u8>,
    out: Vec<u8>,
    invalid: Invalid,
}

impl Records<'_> {
    fn push(&mut self, row: RowView<'_>) {
        let CopyOptions { csv, style, .. } = &self.command.options;
        let start = self.out.len();
        for (number, (column, value)) in row.columns().iter().zip(row.values()).enumerate() {
            if number > 0 {
                self.out.push(csv.delimiter);
            }
            self.value.clear();
            match value {
                None => self.value.extend_from_slice(style.null.as_bytes()),
                Some(value) => {
                    if let Err(error) = write_csv_value(written_type(column), value, style, &mut self.value) {
                        self.invalid.note(&column.name, &error);
                        self.value.extend_from_slice(b"0x");
                        push_hex(value, &mut self.value);
                    }
                }
            }
            push_field(&self.value, csv, &mut self.out);
        }
        self.end(start);
    }

    fn push_all<'f>(&mut self, fields: impl Iterator<Item = Option<&'f [u8]>>) {
        let csv = &self.command.options.csv;
        let start = self.out.len();
        for (number, field) in fields.enumerate() {
            if number > 0 {
                self.out.push(csv.delimiter);
            }
            push_field(field.unwrap_or_default(), csv, &mut self.out);
        }
        self.end(start);
    }

    /// Ends a record. One of a single field that is empty would be no record.
    fn end(&mut self, start: usize) {
        if self.out.len() == start {
            self.out.extend_from_slice(&[self.command.options.csv.quote; 2]);
        }
        self.out.extend_from_slice(b"\r\n");
    }
}
