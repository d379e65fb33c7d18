//! What `sstabledump` prints (`tools.SSTableExport`, `tools.JsonTransformer`), byte for byte, and more.

mod columns;
mod internal;
mod json;
mod json_writer;
mod keys;
mod lossless;
mod options;
mod output;
mod parallel;
mod printer;
mod segments;
mod turns;

#[cfg(test)]
mod tests;

use std::io::Write;

pub use options::{DumpFormat, DumpOptions, KeyNames};

use self::internal::InternalDump;
use self::json::JsonDump;
use self::json_writer::{JsonWriter, Layout};
use self::keys::KeyFilter;
use self::lossless::LosslessDump;
use self::output::{Output, WriterSink};
use self::parallel::Division;
use self::segments::Segments;
use crate::error::{Error, Result};
use crate::reader::{Cursor, Positions, ScanOptions, Sstable};
use crate::tools::lossless::write_lossless_header;

/// Each thread has several chunks in memory; longer ones than this are left to one thread.
const LARGE_CHUNK_BYTES: usize = 256 * 1024;

/// One thread tells of its progress once in so many bytes.
const TELL_BYTES: u64 = 1024 * 1024;

/// What a dump met with.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct DumpSummary {
    /// Partitions that were read.
    pub partitions: u64,
    /// Values that are not valid for their type; they were printed as bytes.
    pub invalid_values: u64,
    /// What is wrong with the first of them, and where.
    pub first_invalid: Option<String>,
    /// What a person should know though all was printed: why all of the data was read for single keys.
    pub warnings: Vec<String>,
}

impl DumpSummary {
    fn invalid(&mut self, position: u64, what: impl std::fmt::Display) {
        self.invalid_values += 1;
        self.first_invalid.get_or_insert_with(|| format!("{what} (in the row at position {position})"));
    }

    /// Adds the invalid values of what was printed behind this.
    fn append(&mut self, later: Self) {
        self.invalid_values += later.invalid_values;
        self.first_invalid = self.first_invalid.take().or(later.first_invalid);
        self.warnings.extend(later.warnings);
    }
}

/// Prints the rows of `sstable`. Output begins with the first row and memory does not grow with the input.
///
/// # Errors
/// If a key in the options is not of the key's type, if the rows cannot be read (what was printed before is
/// right), or if `writer` fails: then the error's source tells why, such as a closed pipe.
///
/// # Example
/// ```no_run
/// use cqlite_sstable::reader::Sstable;
/// use cqlite_sstable::tools::dump::{DumpOptions, dump};
/// let sstable = Sstable::open("shop/orders-3f9a/nb-1-big-Data.db")?;
/// dump(&sstable, &DumpOptions::new(1_700_000_000), &mut std::io::stdout().lock())?;
/// # Ok::<(), cqlite_sstable::Error>(())
/// ```
pub fn dump(sstable: &Sstable, options: &DumpOptions, writer: &mut dyn Write) -> Result<DumpSummary> {
    dump_with_progress(sstable, options, writer, &mut |_, _| {})
}

/// As [`dump`]. `progress` is told, again and again, how many bytes of the uncompressed data were printed, of how many.
///
/// # Errors
/// As [`dump`].
pub fn dump_with_progress(
    sstable: &Sstable,
    options: &DumpOptions,
    writer: &mut dyn Write,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<DumpSummary> {
    dump_divided(sstable, options, writer, &Division::for_cores(), progress)
}

fn dump_divided(
    sstable: &Sstable,
    options: &DumpOptions,
    writer: &mut dyn Write,
    division: &Division,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<DumpSummary> {
    let filter = KeyFilter::new(sstable.header(), sstable.partitioner()?, options)?;
    let document = Document { sstable, options, filter };
    let mut sink = WriterSink(writer);
    let mut out = Output::new(&mut sink);
    document.start(&mut out);
    let total_bytes = sstable.data_length();
    let mut at = |done_bytes: u64| progress(done_bytes, total_bytes);
    let printed = match document.segments(division) {
        Some(segments) => parallel::print(&document, segments, division, &mut out, &mut at),
        None => document.print(&mut out, &mut at),
    };
    if let Ok((_, any)) = printed {
        document.end(&mut out, any);
    }
    out.flush()?;
    writer.flush().map_err(Error::output)?;
    printed.map(|(summary, _)| summary)
}

/// What is printed, and how.
struct Document<'a> {
    sstable: &'a Sstable,
    options: &'a DumpOptions,
    filter: KeyFilter,
}

impl Document<'_> {
    fn layout(&self) -> Layout {
        if self.options.format == DumpFormat::JsonLines { Layout::Lines } else { Layout::Pretty }
    }

    /// Whether the partitions stand in an array.
    fn is_array(&self) -> bool {
        matches!(self.options.format, DumpFormat::Json | DumpFormat::Keys)
    }

    /// Whether a byte, a comma or the end of a line, stands between two partitions.
    fn separates_partitions(&self) -> bool {
        !matches!(self.options.format, DumpFormat::Internal | DumpFormat::Lossless)
    }

    fn start(&self, out: &mut Output<'_>) {
        if self.is_array() {
            JsonWriter::new(out, self.layout()).start_array();
        }
        if self.options.format == DumpFormat::Lossless {
            let table =
                self.options.table.as_ref().map(|(keyspace, name)| (keyspace.as_str(), name.as_str()));
            write_lossless_header(self.sstable, table, out);
        }
    }

    fn end(&self, out: &mut Output<'_>, any: bool) {
        if self.is_array() {
            JsonWriter::continued(out, self.layout(), true, any).end_array();
        }
    }

    /// The segments that threads print, where that is worth it.
    fn segments(&self, division: &Division) -> Option<Segments> {
        let divided = division.threads > 1
            && self.options.keys.is_empty()
            && self.sstable.data_length() >= division.least_data_bytes
            && self.sstable.compression().is_none_or(|info| info.largest_chunk_bytes() <= LARGE_CHUNK_BYTES);
        if divided { Segments::open(self.sstable) } else { None }
    }

    /// Prints the partitions in this thread, and returns what it met with and whether there is any output. `at` is
    /// told how far it is in the data.
    fn print(&self, out: &mut Output<'_>, at: &mut dyn FnMut(u64)) -> Result<(DumpSummary, bool)> {
        let mut summary = DumpSummary::default();
        match self.filter.tokens().map(|tokens| self.sstable.positions_of(tokens)).transpose()? {
            Some(Positions::Known(positions, mut cursor)) => {
                return self.print_at(&positions, &mut cursor, out, summary);
            }
            Some(Positions::Unknown(error)) => {
                summary.warnings.push(format!("{error} (all of the data was read instead)"));
            }
            None => {}
        }
        let mut printer = PartitionPrinter::new(self, out, &mut summary, Entries::None);
        let mut cursor =
            self.sstable.scan(ScanOptions { read_ahead: true, digest: true, ..ScanOptions::default() })?;
        let mut told_bytes = 0;
        while cursor.advance_partition()? {
            if self.filter.accepts(cursor.partition().key) {
                printer.partition(&mut cursor)?;
            }
            let done_bytes = cursor.position();
            if done_bytes - told_bytes >= TELL_BYTES {
                told_bytes = done_bytes;
                at(done_bytes);
            }
        }
        self.sstable.finish_scan(&mut cursor)?;
        let any = printer.has_entries();
        summary.partitions = cursor.partitions();
        Ok((summary, any))
    }

    /// As [`Document::print`], of the partitions that begin at these positions.
    fn print_at(
        &self,
        positions: &[u64],
        cursor: &mut Cursor,
        out: &mut Output<'_>,
        mut summary: DumpSummary,
    ) -> Result<(DumpSummary, bool)> {
        summary.partitions = positions.len() as u64;
        let mut printer = PartitionPrinter::new(self, out, &mut summary, Entries::None);
        for position in positions {
            cursor.move_to_partition(*position)?;
            if self.filter.accepts(cursor.partition().key) {
                printer.partition(cursor)?;
            }
        }
        let any = printer.has_entries();
        Ok((summary, any))
    }
}

/// Whether there are partitions in front of those that are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entries {
    None,
    Before,
}

/// Prints partitions in the middle of a document.
enum PartitionPrinter<'a, 'o, 'w> {
    Json(JsonDump<'a, 'o, 'w>),
    Internal(InternalDump<'a, 'o, 'w>),
    Lossless(LosslessDump<'o, 'w>),
}

impl<'a, 'o, 'w> PartitionPrinter<'a, 'o, 'w> {
    fn new(
        document: &'a Document<'a>,
        out: &'o mut Output<'w>,
        summary: &'a mut DumpSummary,
        entries: Entries,
    ) -> Self {
        if document.options.format == DumpFormat::Internal {
            return Self::Internal(InternalDump::new(document.sstable, out, summary));
        }
        if document.options.format == DumpFormat::Lossless {
            return Self::Lossless(LosslessDump::new(document.sstable.header(), out));
        }
        let before = entries == Entries::Before;
        let json = JsonWriter::continued(out, document.layout(), document.is_array(), before);
        Self::Json(JsonDump::new(document.sstable, document.options, json, summary))
    }

    fn partition(&mut self, cursor: &mut Cursor) -> Result<()> {
        match self {
            Self::Json(json) => json.partition(cursor),
            Self::Internal(lines) => lines.partition(cursor),
            Self::Lossless(lines) => lines.partition(cursor),
        }
    }

    /// Whether a partition was printed that the next one has to be separated from.
    fn has_entries(&self) -> bool {
        match self {
            Self::Json(json) => json.has_entries(),
            Self::Internal(_) | Self::Lossless(_) => false,
        }
    }
}
