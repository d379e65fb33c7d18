//! What `sstabledump` prints (`tools.SSTableExport`, `tools.JsonTransformer`), byte for byte, and more.

mod columns;
mod internal;
mod json;
mod json_writer;
mod keys;
mod options;
mod output;
mod printer;

use std::io::Write;

pub use options::{DumpFormat, DumpOptions, KeyNames};

use self::internal::InternalDump;
use self::json::JsonDump;
use self::json_writer::{JsonWriter, Layout};
use self::keys::KeyFilter;
use self::output::Output;
use crate::error::Result;
use crate::reader::{Cursor, ScanOptions, Sstable};

/// What a dump met with.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct DumpSummary {
    /// Partitions that were read.
    pub partitions: u64,
    /// Values that are not valid for their type; they were printed as bytes.
    pub invalid_values: u64,
    /// What is wrong with the first of them, and where.
    pub first_invalid: Option<String>,
}

impl DumpSummary {
    fn invalid(&mut self, position: u64, what: impl std::fmt::Display) {
        self.invalid_values += 1;
        self.first_invalid.get_or_insert_with(|| format!("{what} (in the row at position {position})"));
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
    let filter = KeyFilter::new(sstable.header(), sstable.partitioner()?, options)?;
    let mut out = Output::new(writer);
    let mut summary = DumpSummary::default();
    let read = match options.format {
        DumpFormat::Internal => {
            let mut lines = InternalDump::new(sstable, &mut out, &mut summary);
            each_partition(sstable, &filter, |cursor| lines.partition(cursor))
        }
        DumpFormat::Json | DumpFormat::JsonLines | DumpFormat::Keys => {
            let lines = options.format == DumpFormat::JsonLines;
            let layout = if lines { Layout::Lines } else { Layout::Pretty };
            let mut json = JsonDump::new(sstable, options, JsonWriter::new(&mut out, layout), &mut summary);
            json.start();
            let read = each_partition(sstable, &filter, |cursor| json.partition(cursor));
            if read.is_ok() {
                json.end();
            }
            read
        }
    };
    out.flush()?;
    summary.partitions = read?;
    Ok(summary)
}

/// Hands each partition that the filter accepts to `print`, and says how many there are in all.
fn each_partition(
    sstable: &Sstable,
    filter: &KeyFilter,
    mut print: impl FnMut(&mut Cursor) -> Result<()>,
) -> Result<u64> {
    let mut cursor = sstable.scan(ScanOptions { columns: None, read_ahead: true, digest: true })?;
    while cursor.advance_partition()? {
        if filter.accepts(cursor.partition().key) {
            print(&mut cursor)?;
        }
    }
    sstable.finish_scan(&mut cursor)?;
    Ok(cursor.partitions())
}
