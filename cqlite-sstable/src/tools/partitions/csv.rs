//! The CSV of `sstablepartitions --csv`.

use std::io::{self, Write};

use super::{PartitionCounts, PartitionSink, SstablePlace, Thresholds};
use crate::error::{Error, Result};
use crate::tools::metadata::{hex, value_text};
use crate::types::CqlType;

const HEADER: &str = "key,keyBinary,live,offset,size,rowCount,cellCount,tombstoneCount,rowTombstoneCount,\
    rangeTombstoneCount,complexTombstoneCount,cellTombstoneCount,rowTtlExpired,cellTtlExpired,directory,keyspace,\
    table,index,snapshot,backup,generation,format,version";

/// Prints the partitions that reach a threshold as `sstablepartitions --csv` does, byte for byte.
///
/// A key with a blank is quoted twice, and quotes in a key without one stand as they are: so does that tool.
pub struct CsvWriter<'a> {
    out: &'a mut dyn Write,
    thresholds: Thresholds,
    place: Option<(SstablePlace, CqlType)>,
}

impl<'a> CsvWriter<'a> {
    /// Prints the header.
    ///
    /// # Errors
    /// If `out` fails.
    pub fn new(out: &'a mut dyn Write, thresholds: Thresholds) -> Result<Self> {
        writeln!(out, "{HEADER}").map_err(Error::output)?;
        Ok(Self { out, thresholds, place: None })
    }

    /// The partitions that follow are of the SSTable at `place`, with keys of `key_type`.
    pub fn begin(&mut self, place: SstablePlace, key_type: &CqlType) {
        self.place = Some((place, key_type.clone()));
    }

    fn write(&mut self, key: &[u8], is_live: bool, counts: &PartitionCounts) -> io::Result<()> {
        let Some((place, key_type)) = &self.place else { return Ok(()) };
        let text = quoted(value_text(key_type, key));
        write!(self.out, "\"{text}\",{},{is_live},{},{},", hex(key), counts.position, counts.size_bytes)?;
        let figures = [
            counts.rows,
            counts.cells,
            counts.tombstones(),
            counts.row_tombstones,
            counts.range_tombstones,
            counts.complex_tombstones,
            counts.cell_tombstones,
            counts.expired_rows,
            counts.expired_cells,
        ];
        figures.into_iter().try_for_each(|figure| write!(self.out, "{figure},"))?;
        let SstablePlace { data_file, keyspace, table, index, snapshot, backup, id, .. } = place;
        let (format, version) = (place.format, &place.version);
        write!(self.out, "{},{keyspace},{table},{index},{snapshot},{backup},", data_file.display())?;
        writeln!(self.out, "{id},{format},{version}")
    }
}

/// As the tool quotes a key within quotes.
fn quoted(text: String) -> String {
    if text.contains(' ') { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

impl PartitionSink for CsvWriter<'_> {
    fn counted(&mut self, counts: &PartitionCounts) -> bool {
        self.thresholds.are_reached(counts)
    }

    fn partition(&mut self, key: &[u8], is_live: bool, counts: &PartitionCounts) -> Result<()> {
        self.write(key, is_live, counts).map_err(Error::output)
    }
}
