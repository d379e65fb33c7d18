//! `cqlite import`

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use cqlite_sstable::compress::CompressionParameters;
use cqlite_sstable::row::UnfilteredPartitions;
use cqlite_sstable::schema::{TableHint, TableSchema};
use cqlite_sstable::tools::import::{
    ImportOptions, ImportReport, Importer, check_version, compression_of_table, kept_of_table,
    place_of_table, serialization_header,
};
use cqlite_sstable::tools::lossless::LosslessReader;
use cqlite_sstable::tools::rewrite::{
    Cut, Kept, NewPlace, OutputIds, Outputs, Target, check_place, check_space,
};
use cqlite_sstable::writer::builder::{BuilderOptions, SstableBuilder};
use cqlite_sstable::writer::{Operation, SstableIds, TimeUuid, Written};
use cqlite_sstable::{Error, Format, Partitioner, Result, Version};

use crate::counted_input::{CountedInput, length_bytes};
use crate::exit::{HELP, Outcome};
use crate::import_options::{CsvArguments, CutArguments, NullMeaning, TextFormat};
use crate::progress::Progress;
use crate::refused_rows::Refused;
use crate::rewriting::{parse_size, parse_version};
use crate::{inputs, terminal};

const EXAMPLES: &str = "\
Examples:
  cqlite import orders.csv --header --schema schema.cql --out new
  cqlite import rows.jsonl --schema 'CREATE TABLE shop.stock (item text PRIMARY KEY, amount int)' --out new
  zcat rows.csv.gz | cqlite import - --format csv --columns id,name --schema schema.cql --out new
  cqlite import --lossless rows.jsonl --out new            what cqlite dump --lossless printed

Nothing is there before all is: the SSTables become visible together. Rows that cannot be taken are told by line.

";

/// Write SSTables from CSV or JSON lines, or from what dump --lossless printed
#[derive(Args)]
#[command(after_help = format!("{EXAMPLES}{HELP}"))]
pub struct Arguments {
    /// Files of rows; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The directory for the SSTables; they go to KEYSPACE/TABLE below it
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// The table: a file of CQL, or its CREATE statements themselves
    #[arg(long, value_name = "FILE|CQL", required_unless_present = "lossless")]
    schema: Option<String>,

    /// Which of several tables in the schema
    #[arg(long, value_name = "KEYSPACE.TABLE")]
    table: Option<String>,

    /// The file is of lossless rows
    #[arg(long, conflicts_with_all = [
        "schema", "table", "format", "timestamp", "timestamp_column", "ttl", "ttl_column", "null", "max_errors",
        "rejects", "now", "memory", "skip_rows", "max_rows",
    ])]
    lossless: bool,

    /// What the files are written in [default: by the end of their names]
    #[arg(long)]
    format: Option<TextFormat>,

    /// The write time of rows that have none of their own, in microseconds since 1970 [default: now for the first
    /// row, and a microsecond more for each one behind it]
    #[arg(long, value_name = "MICROS", allow_negative_numbers = true)]
    timestamp: Option<i64>,

    /// The field with the write time of a row
    #[arg(long, value_name = "NAME")]
    timestamp_column: Option<String>,

    /// The time to live of rows that have none of their own; 0 for none [default: the table's]
    #[arg(long, value_name = "SECONDS")]
    ttl: Option<i32>,

    /// The field with the time to live of a row
    #[arg(long, value_name = "NAME")]
    ttl_column: Option<String>,

    /// What a null means
    #[arg(long, value_name = "MEANING", default_value = "unset")]
    null: NullMeaning,

    /// Pass over so many rows at the beginning, behind a header
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    skip_rows: u64,

    /// Read so many rows at most, of all files and with those that are passed over
    #[arg(long, value_name = "COUNT")]
    max_rows: Option<u64>,

    /// How many rows may be refused
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    max_errors: u64,

    /// A new file for the rows that are refused, as they stand
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,

    /// The time of the import, in seconds since 1970 [default: now]
    #[arg(long, value_name = "EPOCH_SECONDS")]
    now: Option<i64>,

    /// The version of the SSTables: nb, oa, da or me [default: nb; of lossless rows, their own]
    #[arg(long, value_name = "VERSION", value_parser = parse_version)]
    to: Option<Version>,

    /// How Data.db is compressed: none, lz4, snappy, deflate, zstd, zstd:LEVEL [default: as the table says]
    #[arg(long, value_name = "COMPRESSOR")]
    compression: Option<String>,

    /// The most memory for rows that are not sorted yet; sorted ones wait in temporary files in the directory of --out
    #[arg(long, value_name = "SIZE", default_value = "128MiB", value_parser = parse_size)]
    memory: u64,

    #[command(flatten)]
    cut: CutArguments,

    /// The id of the first SSTable [default: the next that is free]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=2_147_483_647))]
    first_id: Option<u32>,

    /// Do not read the SSTables again to check them; take values of lossless rows that are not valid
    #[arg(long)]
    no_verify: bool,

    #[command(flatten)]
    csv: CsvArguments,
}

/// What is written, and where.
struct Place {
    directory: PathBuf,
    version: Version,
    uuids: bool,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let mut progress = Progress::new();
    if arguments.lossless {
        run_lossless(arguments, &mut progress)
    } else {
        run_text(arguments, &mut progress)
    }
}

fn run_text(arguments: &Arguments, progress: &mut Progress) -> Result<Outcome> {
    let schema = schema(arguments)?;
    let version = arguments.to.map_or_else(|| parse_version("nb").map_err(Error::invalid_input), Ok)?;
    let partitioner = Partitioner::Murmur3;
    let cut = arguments.cut.cut(&partitioner)?;
    let options = options(arguments, version);
    let mut importer = Importer::new(&schema, &options)?;
    let header = serialization_header(&schema);
    let chosen = compression(arguments)?;
    let compression = chosen.clone().map_or_else(|| compression_of_table(&schema), Ok)?;
    check_version(&header, version, compression.as_ref())?;
    let place = Place { directory: place_of_table(&schema, &arguments.out)?, version, uuids: false };
    check_place(&place.directory, [])?;
    // The rows take about as much as their text, in temporary files and then in the SSTables.
    check_space(&place.directory, arguments.files.iter().filter_map(|file| length_bytes(file)).sum())?;
    let new = NewPlace::make(&place.directory)?;
    let memory_limit_bytes = usize::try_from(arguments.memory).unwrap_or(usize::MAX);
    let building = BuilderOptions { memory_limit_bytes, ..BuilderOptions::default() };
    let mut builder = SstableBuilder::new(header, partitioner.clone(), new.directory(), building)?;
    let mut refused = Refused::new(arguments.rejects.as_deref())?;
    let read = read_all(arguments, &mut importer, &mut builder, &mut refused, progress);
    progress.hide();
    refused.finish()?;
    read?;
    let mut sorted = builder.finish()?;
    let kept = kept_of_table(&schema, &sorted, (version, &partitioner), chosen)?;
    let cut = match (cut, &kept.compression) {
        (Cut::AtBytes { limit, .. }, None) => Cut::AtBytes { limit, stored_bytes: sorted.bytes() },
        (Cut::AtBytes { limit, .. }, Some(_)) => Cut::AtBytes { limit, stored_bytes: sorted.bytes() / 4 },
        (cut, _) => cut,
    };
    let written =
        write(arguments, &place, (kept, partitioner, cut), (&mut sorted, |_, error| error), progress)?;
    new.keep();
    tell(&written, Some(importer.report()))?;
    Ok(if importer.report().refused > 0 { Outcome::Damaged } else { Outcome::Success })
}

fn run_lossless(arguments: &Arguments, progress: &mut Progress) -> Result<Outcome> {
    let [file] = arguments.files.as_slice() else {
        return Err(Error::invalid_input("lossless rows are those of one SSTable: name one file"));
    };
    let mut reading = Progress::new();
    let mut reader = LosslessReader::open(CountedInput::open(file, &mut reading)?, file)?;
    if arguments.no_verify {
        reader = reader.with_any_values();
    }
    let header = reader.header().clone();
    let own = || {
        let format = if header.version == "da" { Format::Bti } else { Format::Big };
        Version::parse(&header.version, format).map(Version::written_as)
    };
    let version = arguments.to.map_or_else(own, Ok)?;
    let partitioner = Partitioner::parse(&header.partitioner, &header.serialization.key_type)?;
    let cut = arguments.cut.cut(&partitioner)?;
    let kept = header.kept(Target { version, is_lossy: false }, compression(arguments)?)?;
    check_version(&kept.header, version, kept.compression.as_ref()).map_err(|error| error.at(file))?;
    let directory = header.place(&arguments.out)?;
    let place = Place { directory, version, uuids: header.has_uuid() };
    check_place(&place.directory, [])?;
    // Two digits a byte, and names.
    check_space(&place.directory, length_bytes(file).unwrap_or(0) / 4)?;
    let new = NewPlace::make(&place.directory)?;
    let source = (&mut reader, LosslessReader::located);
    let written = write(arguments, &place, (kept, partitioner, cut), source, progress)?;
    new.keep();
    if reader.unknown_deletions() > 0 {
        terminal::warning(format!(
            "{}: of {} partitions it is not known whether they were deleted; they are written as if not",
            file.display(),
            reader.unknown_deletions()
        ));
    }
    tell(&written, None)?;
    Ok(Outcome::Success)
}

/// Writes all partitions of a source into SSTables that become visible together. The source may tell where in the
/// input an error is.
fn write<S: UnfilteredPartitions>(
    arguments: &Arguments,
    place: &Place,
    (kept, partitioner, cut): (Kept, Partitioner, Cut),
    (source, located): (&mut S, impl Fn(&S, Error) -> Error),
    progress: &mut Progress,
) -> Result<Vec<Written>> {
    let Place { directory, version, uuids } = place;
    let ids = match arguments.first_id {
        Some(first) => SstableIds::from(first),
        None => SstableIds::free_in(std::slice::from_ref(directory), *uuids)?,
    };
    let target = Target { version: *version, is_lossy: false };
    let ids = OutputIds::next_of(ids);
    let mut outputs = Outputs::begin(directory, Operation::Write, target, ids, !arguments.no_verify)?;
    outputs.start(None, kept, partitioner, (cut, None))?;
    progress.begin("writing".to_owned());
    outputs.write(source, |_| 0).map_err(|error| located(source, error))?;
    let written = outputs.commit(|written| progress.begin(format!("verifying {}", written.id)))?;
    progress.hide();
    Ok(written)
}

fn read_all(
    arguments: &Arguments,
    importer: &mut Importer,
    builder: &mut SstableBuilder,
    refused: &mut Refused,
    progress: &mut Progress,
) -> Result<()> {
    let csv = arguments.csv.options()?;
    for file in &arguments.files {
        let format = match (arguments.format, file.extension().and_then(|extension| extension.to_str())) {
            (Some(format), _) => format,
            (None, Some("csv")) => TextFormat::Csv,
            (None, Some("jsonl" | "json" | "ndjson")) => TextFormat::Jsonl,
            _ => {
                return Err(Error::invalid_input("its name does not tell whether it is CSV or JSON lines")
                    .at(file)
                    .advise("say so with --format"));
            }
        };
        let input = CountedInput::open(file, progress)?;
        match format {
            TextFormat::Csv => importer.csv(input, file, &csv, builder, refused)?,
            TextFormat::Jsonl => importer.json_lines(input, file, builder, refused)?,
        }
    }
    Ok(())
}

fn schema(arguments: &Arguments) -> Result<TableSchema> {
    let given = arguments.schema.as_deref().unwrap_or_default();
    let (keyspace, table) = match arguments.table.as_deref().map(|name| name.split_once('.').ok_or(name)) {
        None => (None, None),
        Some(Ok((keyspace, table))) => (Some(keyspace), Some(table)),
        Some(Err(table)) => (None, Some(table)),
    };
    let hint = TableHint { keyspace, table, id: None };
    if !Path::new(given).exists() && is_cql(given) {
        return TableSchema::from_cql(given, hint);
    }
    let text = fs::read_to_string(given).map_err(|error| Error::io(Path::new(given), error))?;
    TableSchema::from_cql(&text, hint).map_err(|error| error.at(given))
}

/// Whether a text begins as a statement does: with a word, and white space behind it.
fn is_cql(text: &str) -> bool {
    let text = text.trim_start();
    let (word, rest) = text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()));
    !rest.is_empty()
        && ["create", "use", "alter"].iter().any(|statement| word.eq_ignore_ascii_case(statement))
}

fn compression(arguments: &Arguments) -> Result<Option<Option<CompressionParameters>>> {
    arguments.compression.as_deref().map(CompressionParameters::parse).transpose()
}

fn options(arguments: &Arguments, version: Version) -> ImportOptions {
    let now_seconds = inputs::now_seconds(arguments.now);
    let clock = || {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    };
    let now_micros = arguments.now.map_or_else(clock, |seconds| seconds.saturating_mul(1_000_000));
    let defaults = ImportOptions::new(now_seconds).of_version(version);
    ImportOptions {
        write_time_micros: arguments.timestamp.unwrap_or(now_micros),
        write_times_ascend: arguments.timestamp.is_none(),
        ttl_seconds: arguments.ttl,
        timestamp_column: arguments.timestamp_column.clone(),
        ttl_column: arguments.ttl_column.clone(),
        nulls: arguments.null.into(),
        skipped_rows: arguments.skip_rows,
        most_rows: arguments.max_rows,
        max_errors: arguments.max_errors,
        // With a time of its own the output is to be the same in every run.
        list_node: if arguments.now.is_some() { defaults.list_node } else { list_node() },
        ..defaults
    }
}

/// The end of a time UUID of this process: elements of lists from two imports are never taken for one.
fn list_node() -> [u8; 8] {
    let uuid = TimeUuid::next().to_uuid();
    let mut node = [0; 8];
    node.iter_mut().zip(uuid.0.iter().skip(8)).for_each(|(into, byte)| *into = *byte);
    node
}

fn tell(written: &[Written], report: Option<&ImportReport>) -> Result<()> {
    let mut stdout = io::stdout().lock();
    let mut tell = || {
        if let Some(report) = report {
            writeln!(stdout, "{} rows read, {} refused", report.rows, report.refused)?;
        }
        for one in written {
            let name = one.directory.join(format!("{}-{}", one.version, one.id));
            writeln!(stdout, "{}: {} partitions", name.display(), one.partitions)?;
        }
        stdout.flush()
    };
    tell().map_err(Error::output)
}
