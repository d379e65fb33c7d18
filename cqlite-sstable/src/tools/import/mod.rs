//! Rows from text: CSV as cqlsh's `COPY` writes it, and JSON lines as `INSERT JSON` takes them.
//!
//! `docs/import.md` describes what is read. Nothing is dropped: what cannot be taken is refused by line and column, and
//! more refused rows than were allowed end the import.

mod columns;
mod compose;
mod csv_reader;
mod csv_record;
mod json_record;
mod json_value;
mod list_paths;
mod names;
mod options;
mod output;
mod parse_scalar;
mod record;
mod report;
mod row_writer;
mod text_value;

#[cfg(test)]
mod tests;

use std::io::BufRead;
use std::path::Path;

pub use csv_reader::CsvReader;
pub use options::{CsvOptions, ImportOptions, Nulls};
pub use output::{check_version, compression_of_table, kept_of_table, place_of_table};
pub use report::{ImportReport, RefusedRow, RefusedRows};
pub use text_value::TextDialect;

use self::columns::TargetColumns;
use self::csv_reader::RECORD_LIMIT_BYTES;
use self::csv_record::CsvFields;
use self::record::Record;
use self::row_writer::{Refusal, RowWriter};
use crate::component::statistics::{HeaderColumn, SerializationHeader};
use crate::error::{Error, Result};
use crate::schema::{Column, TableSchema};
use crate::tools::line::next_line;
use crate::writer::builder::SstableBuilder;

/// The header of an SSTable that is to have rows of this table. A builder finds its bases.
pub fn serialization_header(schema: &TableSchema) -> SerializationHeader {
    let columns = |columns: &[Column]| {
        let column = |column: &Column| HeaderColumn {
            name: column.name.clone().into_bytes(),
            column_type: column.column_type.clone(),
        };
        columns.iter().map(column).collect()
    };
    SerializationHeader {
        min_timestamp: 0,
        min_local_deletion_time_seconds: 0,
        min_ttl_seconds: 0,
        key_type: schema.key_type(),
        clustering_types: schema.clustering_types(),
        static_columns: columns(&schema.static_columns),
        regular_columns: columns(&schema.regular_columns),
    }
}

/// Reads rows of one table into a builder.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use cqlite_sstable::io::MemoryDirectory;
/// use cqlite_sstable::schema::{TableHint, TableSchema};
/// use cqlite_sstable::tools::import::{
///     ImportOptions, Importer, RefusedRow, RefusedRows, serialization_header,
/// };
/// use cqlite_sstable::writer::builder::{BuilderOptions, SstableBuilder};
/// use cqlite_sstable::Partitioner;
///
/// struct Listed(Vec<String>);
/// impl RefusedRows for Listed {
///     fn refused(&mut self, row: &RefusedRow<'_>) -> cqlite_sstable::Result<()> {
///         self.0.push(format!("line {}: {}", row.line, row.message));
///         Ok(())
///     }
/// }
///
/// let schema = TableSchema::from_cql("CREATE TABLE t (k int PRIMARY KEY, v text)", TableHint::default())?;
/// let directory = Arc::new(MemoryDirectory::new("memory"));
/// let header = serialization_header(&schema);
/// let mut builder = SstableBuilder::new(header, Partitioner::Murmur3, directory, BuilderOptions::default())?;
/// let options = ImportOptions { max_errors: 1, ..ImportOptions::new(1_700_000_000) };
/// let mut importer = Importer::new(&schema, &options)?;
/// let mut refused = Listed(Vec::new());
/// let lines = "{\"k\": 1, \"v\": \"one\"}\n{\"k\": \"x\"}\n";
/// importer.json_lines(lines.as_bytes(), "rows.jsonl", &mut builder, &mut refused)?;
/// assert_eq!(importer.report().rows, 1);
/// assert_eq!(
///     refused.0,
///     ["line 2: column k: 'x' is no int: a whole number from -2147483648 to 2147483647 is wanted"]
/// );
/// # Ok::<(), cqlite_sstable::Error>(())
/// ```
#[derive(Debug)]
pub struct Importer {
    columns: TargetColumns,
    writer: RowWriter,
    options: ImportOptions,
    /// Rows that were met with, those passed over included.
    met: u64,
    record: Record,
    report: ImportReport,
}

/// What becomes of a row of the input.
enum Meeting {
    Read,
    PassOver,
    End,
}

impl Importer {
    /// An importer for this table.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Unsupported`] for tables of counters, and those with compact storage;
    /// [`crate::ErrorKind::InvalidInput`] if one field is to have both write times and times to live.
    pub fn new(schema: &TableSchema, options: &ImportOptions) -> Result<Self> {
        Ok(Self {
            columns: TargetColumns::new(schema, options)?,
            writer: RowWriter::new(schema, options)?,
            options: options.clone(),
            met: 0,
            record: Record::default(),
            report: ImportReport::default(),
        })
    }

    /// What was taken and refused so far.
    pub fn report(&self) -> &ImportReport {
        &self.report
    }

    /// Reads a row from each line of JSON. `path` is for messages. Empty lines are passed over.
    ///
    /// # Errors
    /// If more rows were refused than may be, the input cannot be read, a line is longer than 256 MiB, no row has a
    /// field that was asked for to have its write time or time to live, or the builder cannot write.
    pub fn json_lines<R: BufRead>(
        &mut self,
        mut input: R,
        path: impl AsRef<Path>,
        builder: &mut SstableBuilder,
        refused: &mut dyn RefusedRows,
    ) -> Result<()> {
        const BYTE_ORDER_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];
        let path = path.as_ref();
        let taken_before = self.report.rows;
        let mut has_row_fields = [false; 2];
        let mut line = Vec::new();
        for number in 1_u64.. {
            if !next_line(&mut input, RECORD_LIMIT_BYTES, &mut line, (path, number))? {
                break;
            }
            let text = if number == 1 { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&line) } else { &line };
            if text.trim_ascii().is_empty() {
                continue;
            }
            match self.meet() {
                Meeting::End => break,
                Meeting::PassOver => continue,
                Meeting::Read => {}
            }
            self.record.clear(self.columns.len());
            let parsed = (std::str::from_utf8(text).map_err(|_| "it is not UTF-8".to_owned()))
                .and_then(|text| json_record::read(text, &self.columns, &mut self.record));
            for (has, is_there) in has_row_fields.iter_mut().zip(self.record.has_row_fields) {
                *has |= is_there;
            }
            self.take(parsed, (path, number, &line), builder, refused)?;
        }
        self.record = Record::default();
        let takes_rows = self.report.rows > taken_before;
        for ((_, what, wanted), has) in self.columns.row_fields().into_iter().zip(has_row_fields) {
            if let Some(wanted) = wanted.filter(|_| takes_rows && !has) {
                let message = format!("no row has the field '{wanted}', which is to have {what}");
                return Err(Error::invalid_input(message).at(path));
            }
        }
        Ok(())
    }

    /// Reads a row from each record of CSV.
    ///
    /// # Errors
    /// As [`Importer::json_lines`], and if the names of the fields are not those of columns, a field that an option
    /// names is not there, or a quote is not closed.
    pub fn csv<R: BufRead>(
        &mut self,
        input: R,
        path: impl AsRef<Path>,
        options: &CsvOptions,
        builder: &mut SstableBuilder,
        refused: &mut dyn RefusedRows,
    ) -> Result<()> {
        let path = path.as_ref();
        let mut reader = CsvReader::new(input, path, options);
        let Some(fields) = self.csv_fields(&mut reader, path, options)? else { return Ok(()) };
        while reader.advance()? {
            match self.meet() {
                Meeting::End => break,
                Meeting::PassOver => continue,
                Meeting::Read => {}
            }
            self.record.clear(self.columns.len());
            let parsed = fields.read(reader.fields(), &self.columns, &options.dialect, &mut self.record);
            self.take(parsed, (path, reader.line(), reader.raw()), builder, refused)?;
        }
        self.record = Record::default();
        Ok(())
    }

    /// Counts a row of the input, and tells what is to become of it.
    fn meet(&mut self) -> Meeting {
        if self.options.most_rows.is_some_and(|most| self.met >= most) {
            return Meeting::End;
        }
        self.met = self.met.saturating_add(1);
        if self.met <= self.options.skipped_rows { Meeting::PassOver } else { Meeting::Read }
    }

    /// What the fields are; none if the input ends where the header should be.
    fn csv_fields<R: BufRead>(
        &self,
        reader: &mut CsvReader<R>,
        path: &Path,
        options: &CsvOptions,
    ) -> Result<Option<CsvFields>> {
        if options.has_header && !reader.advance()? {
            return Ok(None);
        }
        let named = match (&options.columns, options.has_header) {
            (Some(names), _) => CsvFields::new(names.iter().map(String::as_str), &self.columns, options),
            (None, true) => {
                let names: Vec<String> =
                    reader.fields().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
                CsvFields::new(names.iter().map(String::as_str), &self.columns, options)
            }
            (None, false) => CsvFields::by_default(&self.columns, options),
        };
        named.map(Some).map_err(|message| {
            let error = Error::invalid_input(message).at(path);
            error.advise(
                "name the fields in their order with --columns, and leave some out with --skip-columns",
            )
        })
    }

    /// Counts a row that was read, and writes it.
    fn take(
        &mut self,
        parsed: Result<(), String>,
        (path, line, text): (&Path, u64, &[u8]),
        builder: &mut SstableBuilder,
        refused: &mut dyn RefusedRows,
    ) -> Result<()> {
        let taken = match parsed {
            Ok(()) => self.writer.write(&self.record, &self.columns, self.met, builder),
            Err(message) => Err(Refusal::Row(message)),
        };
        let message = match taken {
            Ok(()) => {
                self.report.rows = self.report.rows.saturating_add(1);
                return Ok(());
            }
            Err(Refusal::Stop(error)) => return Err(error),
            Err(Refusal::Row(message)) => message,
        };
        self.report.refused = self.report.refused.saturating_add(1);
        refused.refused(&RefusedRow { path, line, message: &message, text })?;
        if self.report.refused <= self.options.max_errors {
            return Ok(());
        }
        let what = match self.options.max_errors {
            0 => "a row is refused".to_owned(),
            most => format!("more than {most} rows are refused"),
        };
        Err(Error::invalid_input(format!("line {line}: {what}: {message}"))
            .at(path)
            .advise("correct it, or allow more with --max-errors and keep them with --rejects"))
    }
}
