//! `cqlite salvage`

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use cqlite_sstable::find::FoundTable;
use cqlite_sstable::reader::{Access, Sstable};
use cqlite_sstable::tools::rewrite::{OutputIds, output_place};
use cqlite_sstable::tools::salvage::{SalvageJob, SalvageOptions, SalvagedSstables, salvage};
use cqlite_sstable::types::CqlType;
use cqlite_sstable::{Descriptor, Error, ErrorKind, Result, Version};

use crate::exit::{HELP, Outcome};
use crate::inputs::Inputs;
use crate::rewriting::{OutputArguments, PLACES, parse_version, refuse_shared_place};
use crate::salvage_files::SalvageFiles;
use crate::salvage_report::{self, Form, Salvaged};
use crate::tables;
use crate::terminal::{self, Told};

const EXAMPLES: &str = "\
Examples:
  cqlite salvage --out rescued data/shop/orders-5a1c/nb-1-big-Data.db
  cqlite salvage --out rescued --json data/shop/orders-5a1c | jq .lost_bytes
  cqlite salvage --lossless --out rescued nb-1-big-Data.db      JSON lines to look at and to change; import reads them

Of each SSTable a new one is made of the recovered rows, and a second one, in order, of right rows that stood behind
greater keys or clusterings. In the directory of --out there are also, where there is something to say:
  NAME.suspect.jsonl        rows that decode but that no checksum vouches for, and rows with invalid values
  NAME.lost.jsonl           what is lost: byte ranges, partitions, estimated rows
With --lossless, NAME.jsonl and NAME.out-of-order.jsonl take the place of the SSTables.

";

/// Save what can be read of damaged SSTables, row by row, and list what is lost; the input is never changed
#[derive(Args)]
#[command(after_help = format!("{EXAMPLES}{PLACES}{HELP}"))]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,

    /// The version of the new SSTables [default: that of the damaged one]
    #[arg(long, value_name = "VERSION", value_parser = parse_version)]
    to: Option<Version>,

    /// Write JSON lines in the lossless form in place of SSTables
    #[arg(long, conflicts_with_all =
        ["to", "first_id", "compression", "index_block", "lossy", "mark_unrepaired", "no_verify"])]
    lossless: bool,

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

    #[command(flatten)]
    output: OutputArguments,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let (found, outcome) = arguments.inputs.find()?;
    let roots = found.data_directories();
    let descriptors: Vec<Descriptor> = found.sstables().cloned().collect();
    let out = &arguments.output.out;
    refuse_equal_names(&descriptors)?;
    let tables: Vec<&FoundTable> = found.tables.iter().filter(|table| !table.sstables.is_empty()).collect();
    refuse_shared_place(out, &tables)?;
    let is_made = prepare(out, &descriptors)?;
    let done = salvage_all(arguments, &tables, &roots, outcome);
    if is_made && !matches!(done, Ok(Outcome::Success)) {
        // What is not empty stays.
        let _ = fs::remove_dir(out);
    }
    done
}

fn salvage_all(
    arguments: &Arguments,
    tables: &[&FoundTable],
    roots: &[PathBuf],
    mut outcome: Outcome,
) -> Result<Outcome> {
    let form = if arguments.output.json { Form::Json } else { Form::Readable };
    let mut stdout = Told(io::stdout().lock());
    for table in tables {
        let Some(oldest) = table.sstables.iter().map(Descriptor::version).min() else { continue };
        let to = arguments.to.unwrap_or(oldest);
        let mut ids = OutputIds::of(&table.sstables, arguments.output.first_id, true, to)?;
        for descriptor in &table.sstables {
            match run_one(arguments, descriptor, roots, &mut ids) {
                Ok(done) => {
                    salvage_report::write(&done, form, &mut stdout).map_err(Error::output)?;
                    let complete = done.sstables.report.is_complete();
                    outcome = outcome.or(if complete { Outcome::Success } else { Outcome::Damaged });
                }
                Err(error) if error.kind() == ErrorKind::Output => return Err(error),
                Err(error) => {
                    terminal::error(&error);
                    outcome = outcome.or(Outcome::from(&error));
                }
            }
        }
    }
    stdout.flush().map_err(Error::output)?;
    Ok(outcome)
}

fn run_one(
    arguments: &Arguments,
    descriptor: &Descriptor,
    roots: &[PathBuf],
    ids: &mut OutputIds,
) -> Result<Salvaged> {
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
    let (out, name) = (&arguments.output.out, name(descriptor));
    let mut files = SalvageFiles::new(out, &name, sstable.header().key_type.clone());
    let mut sstables = match arguments.lossless {
        true => {
            let report = salvage(&sstable, &options, &mut files)?;
            SalvagedSstables { report, ..SalvagedSstables::default() }
        }
        false => {
            let version = arguments.to.unwrap_or_else(|| descriptor.version().written_as());
            let job = SalvageJob {
                place: &output_place(out, descriptor),
                output: &arguments.output.options(version),
                salvage: &options,
                verifies: !arguments.output.no_verify,
            };
            job.run((descriptor, &sstable), ids, &mut files)?
        }
    };
    files.finish().map_err(Error::output)?;
    for column in frozen {
        let column = String::from_utf8_lossy(&column).into_owned();
        let note =
            format!("the header does not call the type of column {column} frozen, but the schema does");
        sstables.report.notes.push(note);
    }
    Ok(Salvaged { name, files: files.paths(), sstables })
}

/// The name of what is written beside SSTables.
pub fn name(descriptor: &Descriptor) -> String {
    match descriptor.table_name() {
        Some((keyspace, table)) => format!("{keyspace}.{table}-{}", descriptor.stem()),
        None => descriptor.stem().to_owned(),
    }
}

/// The names of the outputs must differ.
fn refuse_equal_names(found: &[Descriptor]) -> Result<()> {
    let mut seen = BTreeSet::new();
    match found.iter().map(name).find(|name| !seen.insert(name.clone())) {
        Some(twice) => Err(Error::invalid_input(format!(
            "two of the SSTables are called {twice}: salvage them one after another, each into its own directory"
        ))),
        None => Ok(()),
    }
}

/// Makes the directory of the output. Tells whether it was not there.
fn prepare(out: &Path, found: &[Descriptor]) -> Result<bool> {
    let there = out.exists();
    let place = out.ancestors().find(|above| above.exists()).unwrap_or(Path::new("."));
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
        return fs::create_dir_all(out).map(|()| true).map_err(|error| Error::output(error).at(out));
    }
    let mut entries = fs::read_dir(out).map_err(|error| Error::io(out, error))?;
    match entries.next() {
        None => Ok(false),
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
