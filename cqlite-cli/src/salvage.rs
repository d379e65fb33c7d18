//! `cqlite salvage`

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use cqlite_sstable::reader::{Access, Sstable};
use cqlite_sstable::tools::salvage::{Loss, SalvageOptions, SalvageSink, Stream, salvage};
use cqlite_sstable::types::CqlType;
use cqlite_sstable::{Descriptor, Error, ErrorKind, Result};

use crate::exit::{HELP, Outcome};
use crate::inputs::Inputs;
use crate::progress::Progress;
use crate::salvage_report::{self, Form};
use crate::{tables, terminal};

const EXAMPLES: &str = "\
Examples:
  cqlite salvage --out rescued data/shop/orders-5a1c/nb-1-big-Data.db
  cqlite salvage --out rescued --json data/shop/orders-5a1c | jq .lost_bytes

For each SSTable, these files are made in the directory of --out:
  NAME.jsonl                the recovered rows, in the lossless form of JSON lines
  NAME.out-of-order.jsonl   right rows that stand behind greater keys or clusterings
  NAME.suspect.jsonl        rows that decode but that no checksum vouches for, and rows with invalid values
  NAME.lost.jsonl           what is lost: byte ranges, partitions, estimated rows
Only the first is always there. A new SSTable in place of JSON comes once CQLite can write SSTables.

";

/// Save what can be read of damaged SSTables, row by row, and list what is lost; the input is never changed
#[derive(Args)]
#[command(after_help = format!("{EXAMPLES}{HELP}"))]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,

    /// The directory for the output: one that is empty or does not exist, and not where the input is
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// One JSON object an SSTable and line
    #[arg(long)]
    json: bool,

    /// Pass over damage in tables of counters. By default salvage stops there: a count that is lost cannot be told
    /// from one that was never made, so that counters would silently be too low
    #[arg(long)]
    counters: bool,

    /// Do not check values against their types
    #[arg(long)]
    no_validate: bool,

    /// Write rows whose expiry overflowed (CASSANDRA-14092) anew: they expire in 2038, and their timestamp is one
    /// microsecond greater, so that they win over tombstones that were made of them
    #[arg(long)]
    reinsert_overflowed_ttl: bool,

    /// A file of CQL with the table; by it or by what is found beside the data, user-defined types that a header of
    /// Cassandra 3.0 does not call frozen are read as frozen (CASSANDRA-15035)
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let (tables, mut outcome) = arguments.inputs.find()?;
    let roots = tables.data_directories();
    let found: Vec<Descriptor> = tables.sstables().cloned().collect();
    let names = names(&found)?;
    prepare(&arguments.out, &found)?;
    let form = if arguments.json { Form::Json } else { Form::Readable };
    let mut stdout = io::stdout().lock();
    for (descriptor, name) in found.iter().zip(&names) {
        match run_one(arguments, descriptor, name, &roots) {
            Ok(done) => {
                salvage_report::write(&done, form, &mut stdout).map_err(Error::output)?;
                let complete = done.report.is_complete();
                outcome = outcome.or(if complete { Outcome::Success } else { Outcome::Damaged });
            }
            Err(error) if error.kind() == ErrorKind::Output => return Err(error),
            Err(error) => {
                terminal::error(&error);
                outcome = outcome.or(Outcome::from(&error));
            }
        }
    }
    stdout.flush().map_err(Error::output)?;
    Ok(outcome)
}

fn run_one(
    arguments: &Arguments,
    descriptor: &Descriptor,
    name: &str,
    roots: &[PathBuf],
) -> Result<salvage_report::Salvaged> {
    let mut sstable = Sstable::open_descriptor(descriptor, Access::default())?;
    let frozen = wrongly_multi_cell(arguments, descriptor, &sstable, roots)?;
    if !frozen.is_empty() {
        sstable.freeze_columns(&frozen);
    }
    let options = SalvageOptions {
        table: descriptor.table_name(),
        validates: !arguments.no_validate,
        reinserts_overflowed_ttl: arguments.reinsert_overflowed_ttl,
        skips_in_counters: arguments.counters,
    };
    let mut files = OutputFiles::new(&arguments.out, name, sstable.header().key_type.clone());
    let mut report = salvage(&sstable, &options, &mut files)?;
    files.finish().map_err(Error::output)?;
    for column in frozen {
        let column = String::from_utf8_lossy(&column).into_owned();
        report.notes.push(format!(
            "the header does not call the type of column {column} frozen, but the schema does"
        ));
    }
    Ok(salvage_report::Salvaged { name: name.to_owned(), files: files.paths(), report })
}

/// The names of the outputs, which must differ.
fn names(found: &[Descriptor]) -> Result<Vec<String>> {
    let name = |descriptor: &Descriptor| match descriptor.table_name() {
        Some((keyspace, table)) => format!("{keyspace}.{table}-{}", descriptor.stem()),
        None => descriptor.stem().to_owned(),
    };
    let names: Vec<String> = found.iter().map(name).collect();
    let mut seen = BTreeSet::new();
    match names.iter().find(|name| !seen.insert(*name)) {
        Some(twice) => Err(Error::invalid_input(format!(
            "two of the SSTables are called {twice}: salvage them one after another, each into its own directory"
        ))),
        None => Ok(names),
    }
}

/// Makes the directory of the output.
fn prepare(out: &Path, found: &[Descriptor]) -> Result<()> {
    let there = out.exists();
    let place = if there {
        out
    } else {
        out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
    };
    let place = place.canonicalize().map_err(|error| Error::io(place, error))?;
    for descriptor in found {
        let input = descriptor
            .directory()
            .canonicalize()
            .map_err(|error| Error::io(descriptor.directory(), error))?;
        if place.starts_with(&input) {
            return Err(Error::invalid_input(
                "the output must not be in the directory of an SSTable that is salvaged",
            )
            .at(out)
            .advise("name another directory with --out"));
        }
    }
    if !there {
        return fs::create_dir(out).map_err(|error| Error::output(error).at(out));
    }
    let mut entries = fs::read_dir(out).map_err(|error| Error::io(out, error))?;
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(Error::invalid_input("the directory for the output is not empty")
            .at(out)
            .advise("name a new one with --out")),
    }
}

/// The columns of user-defined types that the schema calls frozen and the header does not
/// (`SSTableHeaderFix` of Cassandra 4).
fn wrongly_multi_cell(
    arguments: &Arguments,
    descriptor: &Descriptor,
    sstable: &Sstable,
    roots: &[PathBuf],
) -> Result<Vec<Vec<u8>>> {
    let header = sstable.header();
    let columns = || header.static_columns.iter().chain(&header.regular_columns);
    let is_multi_cell_user = |of: &CqlType| matches!(of, CqlType::User(_)) && of.is_multi_cell();
    if !columns().any(|column| is_multi_cell_user(&column.column_type)) {
        return Ok(Vec::new());
    }
    let given = arguments.schema.as_deref();
    let schema = tables::resolve(std::slice::from_ref(descriptor), given, roots)?.schema;
    let is_frozen = |name: &str| {
        let mut named =
            schema.static_columns.iter().chain(&schema.regular_columns).filter(|column| column.name == name);
        named.any(|column| {
            matches!(column.column_type, CqlType::User(_)) && !column.column_type.is_multi_cell()
        })
    };
    let wrong =
        columns().filter(|column| is_multi_cell_user(&column.column_type) && is_frozen(&column.name_text()));
    Ok(wrong.map(|column| column.name.clone()).collect())
}

/// The files of one SSTable's output, made when something goes into them.
struct OutputFiles {
    stem: PathBuf,
    key_type: CqlType,
    streams: BTreeMap<Stream, BufWriter<File>>,
    lost: Option<BufWriter<File>>,
    paths: Vec<PathBuf>,
    progress: Progress,
}

impl OutputFiles {
    fn new(out: &Path, name: &str, key_type: CqlType) -> Self {
        let mut progress = Progress::new();
        progress.begin(format!("salvaging {name}"));
        let (streams, lost, paths) = (BTreeMap::new(), None, Vec::new());
        Self { stem: out.join(name), key_type, streams, lost, paths, progress }
    }

    fn create(&mut self, end: &str) -> io::Result<BufWriter<File>> {
        let mut path = self.stem.clone().into_os_string();
        path.push(end);
        let path = PathBuf::from(path);
        let file = File::create_new(&path)?;
        self.paths.push(path);
        Ok(BufWriter::new(file))
    }

    fn finish(&mut self) -> io::Result<()> {
        let mut all = self.streams.values_mut().chain(&mut self.lost);
        all.try_for_each(|file| file.flush().and_then(|()| file.get_ref().sync_all()))
    }

    fn paths(self) -> Vec<PathBuf> {
        self.paths
    }
}

impl SalvageSink for OutputFiles {
    fn write(&mut self, stream: Stream, text: &[u8]) -> io::Result<()> {
        if let Some(file) = self.streams.get_mut(&stream) {
            return file.write_all(text);
        }
        let mut file = self.create(match stream {
            Stream::Recovered => ".jsonl",
            Stream::OutOfOrder => ".out-of-order.jsonl",
            Stream::Suspect => ".suspect.jsonl",
        })?;
        file.write_all(text)?;
        self.streams.insert(stream, file);
        Ok(())
    }

    fn lost(&mut self, loss: &Loss) -> io::Result<()> {
        let mut file = match self.lost.take() {
            Some(file) => file,
            None => self.create(".lost.jsonl")?,
        };
        let line = salvage_report::loss_line(loss, &self.key_type);
        let written = writeln!(file, "{line}");
        self.lost = Some(file);
        written
    }

    fn progress(&mut self, done_bytes: u64, total_bytes: u64) {
        self.progress.at(done_bytes, total_bytes);
    }
}
