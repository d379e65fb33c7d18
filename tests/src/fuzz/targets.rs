//! The targets themselves. All use the public face of the crates alone.

use std::{io, sync::Arc, sync::OnceLock};

use cqlite_sstable::{
    Component, Format, Version,
    component::{ChunkOffsets, CompressionInfo, statistics::Statistics},
    io::{ChunkFeed, Feed as _, MemorySource},
    reader::{MemoryFiles, Sstable},
    tools::{
        dump::{DumpFormat, DumpOptions, dump},
        metadata::{Metadata, ReadableOptions},
    },
    types::{CqlType, JsonStyle, parse_string, validate, write_cql, write_json, write_string},
};

use super::seeds::{Layout, layouts};
use crate::mutated::{crc_db, fix_chunk_checksums, fix_statistics_checksums};

/// When expiry is judged.
const NOW_SECONDS: i64 = 1_700_000_000;

/// A dump of a few bytes that is longer than this prints something that is not in them.
const LONGEST_OUTPUT_BYTES: usize = 64 << 20;

/// One version of each form that Statistics.db and CompressionInfo.db have had.
fn versions() -> [Version; 6] {
    ["ma", "mb", "mc", "me", "nb", "oa"]
        .map(|letters| Version::parse(letters, Format::Big).expect("a version that is read"))
}

/// Statistics.db: as it is, and with its checksums made right so that what lies behind them is reached.
pub fn statistics(data: &[u8]) {
    let mut fixed = data.to_vec();
    fix_statistics_checksums(&mut fixed);
    for version in versions() {
        let _ = Statistics::parse(data, version);
        if let Ok(statistics) = Statistics::parse(&fixed, version) {
            ask(&statistics);
        }
    }
}

/// Everything that is computed of what was read.
fn ask(statistics: &Statistics) {
    for histogram in
        [&statistics.stats.estimated_partition_size_bytes, &statistics.stats.estimated_cells_per_partition]
    {
        let _ = (histogram.count(), histogram.mean(), histogram.min(), histogram.max());
        let _ = histogram.percentile(0.99);
    }
    let _ = statistics.compaction.cardinality_estimator.cardinality();
    let _ = statistics.stats.estimated_tombstone_drop_times.sum(NOW_SECONDS);
    let header = &statistics.header;
    let columns = header.static_columns.iter().chain(&header.regular_columns);
    for named in columns.map(|column| &column.column_type).chain([&header.key_type]) {
        let _ = named.marshal_name().to_string();
    }
}

/// All reports on a Statistics.db, its checksums made right.
pub fn metadata(data: &[u8]) {
    let mut fixed = data.to_vec();
    fix_statistics_checksums(&mut fixed);
    for version in versions() {
        if let Ok(statistics) = Statistics::parse(&fixed, version) {
            report(statistics, version);
        }
    }
}

fn report(statistics: Statistics, version: Version) {
    let metadata = Metadata::new("nb-1-big", version, statistics);
    let options =
        ReadableOptions { now_seconds: NOW_SECONDS, gc_grace_seconds: 0, colors: false, table: None };
    let mut text = Counted(0);
    metadata.write_readable(&options, &mut text).expect("counting cannot fail");
    metadata.write_cassandra(NOW_SECONDS, 0, &mut text).expect("counting cannot fail");
    io::Write::write_all(&mut text, metadata.to_json(NOW_SECONDS).to_string().as_bytes()).expect("as above");
    assert!(text.0 <= LONGEST_OUTPUT_BYTES, "{} bytes were printed", text.0);
}

/// The body of HEADER, in an otherwise sound Statistics.db.
pub fn header(data: &[u8]) {
    let layout = &known_layouts()[0];
    let whole = layout.with_header(data);
    if let Ok(statistics) = Statistics::parse(&whole, layout.version) {
        ask(&statistics);
    }
}

/// CompressionInfo.db with a Data.db: `u16` length of the first, the first, the second. All chunks are read,
/// as they are and with their checksums made right.
pub fn compression_info(data: &[u8]) {
    let Some((length, rest)) = data.split_first_chunk::<2>() else { return };
    let Some((info, stored)) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length))) else {
        return;
    };
    for version in versions() {
        let source = Arc::new(MemorySource::new("CompressionInfo.db", info));
        let Ok(info) = CompressionInfo::open(source, version) else { continue };
        let info = Arc::new(info);
        let mut offsets = ChunkOffsets::new(Arc::clone(&info), stored.len() as u64);
        let payloads: Vec<_> = (0..info.chunk_count).map_while(|index| offsets.payload(index).ok()).collect();
        let mut fixed = stored.to_vec();
        fix_chunk_checksums(&mut fixed, &payloads);
        let mut feed = ChunkFeed::new(Arc::new(MemorySource::new("Data.db", fixed)), info, true);
        if feed.unit() > 1 << 20 {
            continue;
        }
        let mut room = vec![0; feed.unit()];
        while feed.fill(&mut room).is_ok_and(|filled| filled > 0) {}
        let _ = feed.digest();
    }
}

/// Uncompressed rows: one byte that chooses a header of `layouts`, one that chooses how to print, the rows.
pub fn row_codec(data: &[u8]) {
    let [layout, how, rows @ ..] = data else { return };
    let layouts = known_layouts();
    let layout = &layouts[usize::from(*layout) % layouts.len()];
    let mut files = MemoryFiles::default();
    files.insert(Component::Data, rows);
    files.insert(Component::Statistics, Arc::clone(&layout.statistics));
    files.insert(Component::Crc, crc_db(rows, 1 << 16));
    let Ok(sstable) = Sstable::open_files(Box::new(files), layout.version) else { return };
    let mut options = DumpOptions::new(NOW_SECONDS);
    options.format = [DumpFormat::Json, DumpFormat::JsonLines, DumpFormat::Internal, DumpFormat::Keys]
        [usize::from(how & 3)];
    if how & 32 != 0 {
        options.format = DumpFormat::Lossless;
    }
    options.raw_times = how & 4 != 0;
    options.tombstones_only = how & 8 != 0;
    options.style = if how & 16 != 0 { JsonStyle::Corrected } else { JsonStyle::Cassandra };
    let mut out = Counted(0);
    if let Err(error) = dump(&sstable, &options, &mut out) {
        assert!(!error.to_string().contains('\n'), "{error}");
    }
    assert!(out.0 <= LONGEST_OUTPUT_BYTES.max(rows.len() * 4096), "{} bytes were printed", out.0);
}

fn known_layouts() -> &'static [Layout] {
    static LAYOUTS: OnceLock<Vec<Layout>> = OnceLock::new();
    LAYOUTS.get_or_init(layouts)
}

/// Counts what is written.
struct Counted(usize);

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A marshal class name, a line end, a value of that type in bytes and in text.
pub fn marshal_type(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (name, value) = (&data[..end], data.get(end + 1..).unwrap_or_default());
    let Ok(name) = std::str::from_utf8(name) else { return };
    let Ok(parsed) = CqlType::parse_marshal(name) else { return };
    let printed = parsed.marshal_name().to_string();
    let again = CqlType::parse_marshal(&printed);
    assert_eq!(again.map(|again| again.marshal_name().to_string()), Ok(printed));
    let _ = (parsed.freeze(), parsed.fixed_length());
    let _ = validate(&parsed, value);
    let mut text = Vec::new();
    if write_string(&parsed, value, &mut text).is_ok()
        && let Ok(text) = std::str::from_utf8(&text)
    {
        let _ = parse_string(&parsed, text);
    }
    let _ = write_cql(&parsed, value, &mut Vec::new());
    for style in [JsonStyle::Cassandra, JsonStyle::Corrected] {
        let _ = write_json(&parsed, value, style, &mut Vec::new());
    }
    if let Ok(value) = std::str::from_utf8(value) {
        let _ = parse_string(&parsed, value);
    }
}

/// A script of CQL: what can be read prints to something that reads back the same.
pub fn cql_script(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for statement in cqlite_cql::parse_script(text).unwrap_or_default() {
        let printed = statement.node.to_string();
        assert_eq!(cqlite_cql::parse_statement(&printed), Ok(statement.node), "{printed:?}");
    }
    if let Ok(parsed) = cqlite_cql::parse_type(text) {
        let printed = parsed.to_string();
        assert_eq!(cqlite_cql::parse_type(&printed), Ok(parsed), "{printed:?}");
    }
}
