//! `cqlite export`

mod columns;
mod cql_rows;
mod cql_value;
pub mod csv_rows;
pub mod csv_value;
pub mod json_rows;
mod row;
pub mod sink;
pub mod target;

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use cqlite_core::catalog::Table;
use cqlite_core::storage::read::ReadCommand;
use cqlite_core::{Database, FilesReport};
use cqlite_cql::QualifiedName;
use cqlite_sstable::schema::{SchemaSource, write_cql};
use cqlite_sstable::{Component, Error, ErrorKind, Result};

use self::cql_rows::CqlRows;
use self::csv_rows::CsvRows;
use self::csv_value::CsvStyle;
use self::json_rows::{Frame, JsonRows};
use self::sink::{ExportSink, RowFormat, Watch};
use self::target::Target;
use crate::exit::{HELP, Outcome};
use crate::files_arguments::FilesArguments;
use crate::interruption::Interruption;
use crate::progress::Progress;
use crate::terminal;

/// So many tables a sentence names.
const LISTED: usize = 10;

const EXAMPLES: &str = "\
Examples:
  cqlite export data/shop/orders-5a1c --format jsonl          a line a row, as SELECT JSON tells it
  cqlite export --table shop.orders /var/lib/cassandra/data --format csv -o orders.csv
  cqlite export --snapshot s1 data/shop/orders-5a1c --format cql
  cqlite export nb-1-big-Data.db --format jsonl --key-names id --clustering-names line

Rows are merged and reconciled as a node does it, those of all SSTables of a table, and come in its order.

";

/// Print the rows of a table as JSON, CSV or statements of CQL, merged and reconciled as a node would
#[derive(Args)]
#[command(after_help = format!("{EXAMPLES}{HELP}"))]
pub struct Arguments {
    /// A file of an SSTable, or any directory: of a table, a snapshot, a keyspace, a node's data
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// How rows are written
    #[arg(long, short = 'f', value_enum)]
    format: Format,

    /// The table, where there are several: its name, or keyspace.name
    #[arg(long, value_name = "NAME", value_parser = table_name)]
    table: Option<QualifiedName>,

    #[command(flatten)]
    files: FilesArguments,

    /// In front of statements of CQL those that make the keyspace, its types and the table
    #[arg(long)]
    with_schema: bool,

    /// What stands in CSV for no value
    #[arg(long, value_name = "TEXT", default_value = "")]
    null: String,

    /// How many digits a float has in CSV; 9 keep it exactly
    #[arg(long, value_name = "DIGITS", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=20))]
    float_precision: u8,

    /// How many digits a double has in CSV; 17 keep it exactly
    #[arg(long, value_name = "DIGITS", default_value_t = 12, value_parser = clap::value_parser!(u8).range(1..=20))]
    double_precision: u8,

    /// Write to this file, and not to standard output
    #[arg(long, short = 'o', value_name = "FILE")]
    output: Option<PathBuf>,
}

/// How rows are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// An array of what SELECT JSON tells of each row
    Json,
    /// A line a row, exactly as SELECT JSON tells it
    Jsonl,
    /// As cqlsh's COPY TO writes it, with a header
    Csv,
    /// Statements that make the rows again, with their write times and what is left of their times to live
    Cql,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let options = arguments.files.options(arguments.table.iter().cloned().collect());
    let (db, report) = Database::open_files(&arguments.paths, &options)?;
    let mut outcome = tell(&report);
    if report.tables.is_empty() && outcome != Outcome::Success {
        return Ok(outcome);
    }
    let table = only_table(&db, &report, arguments.table.as_ref())?;
    let mut target = Target::open(arguments.output.as_deref())?;
    let watch = watch(arguments, &table, &report);
    let exported = match arguments.format {
        Format::Json => export(&db, &table, JsonRows::new(&table, Frame::Array), &mut target, watch),
        Format::Jsonl => export(&db, &table, JsonRows::new(&table, Frame::Lines), &mut target, watch),
        Format::Csv => export(&db, &table, CsvRows::new(&table, csv_style(arguments)), &mut target, watch),
        Format::Cql => {
            let now_seconds = arguments.files.now_seconds();
            let rows = CqlRows::new(&table, now_seconds)?;
            if arguments.with_schema {
                write_schema(&table, &report, &mut target)?;
            }
            export(&db, &table, rows, &mut target, watch)
        }
    };
    outcome = outcome.or(exported?);
    Ok(outcome)
}

fn csv_style(arguments: &Arguments) -> CsvStyle {
    CsvStyle {
        null: arguments.null.clone(),
        float_digits: usize::from(arguments.float_precision),
        double_digits: usize::from(arguments.double_precision),
    }
}

/// Tells what was found and cannot be shown.
fn tell(report: &FilesReport) -> Outcome {
    report.warnings.iter().for_each(terminal::warning);
    let refused = report.refused.iter().map(|refused| &refused.error);
    let mut outcome = Outcome::Success;
    for error in report.errors.iter().chain(refused) {
        terminal::error(error);
        outcome = outcome.or(Outcome::from(error));
    }
    outcome
}

/// The table that is meant.
fn only_table(db: &Database, report: &FilesReport, wanted: Option<&QualifiedName>) -> Result<Arc<Table>> {
    match report.tables.as_slice() {
        [only] => db.table(&only.keyspace, &only.name),
        [] => {
            let told = match wanted {
                Some(name) => format!("there is no table {name} here"),
                None => "there is no table here that can be exported".to_owned(),
            };
            let error = Error::new(ErrorKind::Missing, told);
            Err(match report.left_out.as_slice() {
                [] => error,
                others => {
                    let listed: Vec<&str> = others.iter().take(LISTED).map(String::as_str).collect();
                    error.advise(format!("there are: {}", listed.join(", ")))
                }
            })
        }
        several => {
            let names: Vec<String> = several
                .iter()
                .map(|table| QualifiedName::new(table.keyspace.as_str(), table.name.as_str()).to_string())
                .collect();
            Err(Error::invalid_input(format!("there are several tables: {}", names.join(", ")))
                .advise("choose one with --table"))
        }
    }
}

fn watch(arguments: &Arguments, table: &Table, report: &FilesReport) -> Watch {
    let found = report.tables.iter().find(|found| found.id == table.id());
    let sstables = found.into_iter().flat_map(|found| &found.sstables);
    let bytes = sstables.map(|one| std::fs::metadata(one.file(Component::Data)).map_or(0, |data| data.len()));
    let mut progress = match arguments.output {
        Some(_) => Progress::new(),
        None => Progress::beside_output(),
    };
    progress.begin(QualifiedName::new(table.keyspace(), table.name()).to_string());
    Watch {
        progress,
        total_bytes: bytes.sum(),
        partitioner: table.layout().partitioner().clone(),
        interruption: Interruption::watch(),
    }
}

fn export(
    db: &Database,
    table: &Table,
    format: impl RowFormat,
    target: &mut Target,
    watch: Watch,
) -> Result<Outcome> {
    let mut sink = ExportSink::new(format, target, watch);
    db.view().for_each(&ReadCommand::all(table.id()).read_ahead(), &mut sink)?;
    let written = sink.finish()?;
    let mut outcome = Outcome::Success;
    if written.is_interrupted {
        terminal::error(format!("interrupted behind {} rows", written.rows));
        outcome = Outcome::Interrupted;
    }
    if let Some((count, first)) = written.invalid {
        terminal::error(format!(
            "{count} values are not valid for their type and were written as bytes; the first: {first}"
        ));
        outcome = outcome.or(Outcome::Damaged);
    }
    Ok(outcome)
}

fn write_schema(table: &Table, report: &FilesReport, target: &mut Target) -> Result<()> {
    let found = report.tables.iter().find(|found| found.id == table.id());
    let source = found.map_or(SchemaSource::Headers, |found| found.source.clone());
    target.write(write_cql(table.schema(), &source).as_bytes())?;
    target.write(b"\n")
}

fn table_name(text: &str) -> std::result::Result<QualifiedName, String> {
    match text.split_once('.') {
        Some((keyspace, name)) if !keyspace.is_empty() && !name.is_empty() => {
            Ok(QualifiedName::new(keyspace, name))
        }
        None if !text.is_empty() => Ok(QualifiedName::unqualified(text)),
        _ => Err("a table is called name or keyspace.name".to_owned()),
    }
}
