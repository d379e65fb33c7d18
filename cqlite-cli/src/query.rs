//! `cqlite query`

mod asked;
mod chosen;
mod opened;
mod told;

use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use clap::{Args, ValueEnum};
use cqlite_core::query::{ColumnSpec, QueryError, RowSet, Session};
use cqlite_cql::query::DescribeStatement;
use cqlite_sstable::{Error, Result};

use self::asked::Asked;
use self::opened::Opened;
use self::told::Told;
use crate::exit::{HELP, Outcome};
use crate::export::target::Target;
use crate::files_arguments::FilesArguments;
use crate::results::{
    CsvRecords, JsonFrame, JsonObjects, Layout, ResultFormat, ResultTable, push_description,
};
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  cqlite query data/shop/orders-5a1c 'SELECT * FROM orders WHERE id = 42'
  cqlite query /var/lib/cassandra/data 'SELECT count(*) FROM shop.orders' --with-commitlog
  cqlite query --snapshot s1 data 'SELECT id, total FROM shop.orders' --format csv
  cqlite query nb-1-big-Data.db 'SELECT * FROM unknown_table' --key-names id --format jsonl
  cqlite query data 'DESCRIBE KEYSPACE shop'
  cqlite query data - < statement.cql

The rows are those that a node would answer with: merged and reconciled over all SSTables of the table. Nothing is
written. A keyspace in front of the table can be left out where there is one table of its name.

";

/// So many bytes of text are written at a time.
const STEP_BYTES: usize = 128 * 1024;

/// A longer statement is none that somebody wrote.
const STATEMENT_LIMIT_BYTES: u64 = 64 << 20;

/// Ask SSTables, snapshots and data directories in CQL: SELECT and DESCRIBE, answered as a node would
#[derive(Args)]
#[command(after_help = format!("{EXAMPLES}{HELP}"))]
pub struct Arguments {
    /// Files of SSTables, or any directories: of a table, a snapshot, a keyspace, a node's data; and last a SELECT or DESCRIBE, or `-` to
    /// read it from standard input
    #[arg(required = true, num_args = 2.., value_names = ["PATH", "STATEMENT"])]
    words: Vec<OsString>,

    /// How rows are written
    #[arg(long, short = 'f', value_enum, default_value = "table")]
    format: Format,

    #[command(flatten)]
    files: FilesArguments,

    /// Tell on standard error what was opened and read
    #[arg(long, short = 'v')]
    verbose: bool,
}

/// How rows are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table as cqlsh shows it
    Table,
    /// An array of objects, with values as SELECT JSON tells them
    Json,
    /// An object a line, likewise
    Jsonl,
    /// As cqlsh's COPY TO writes it, with a header
    Csv,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let (statement, paths) = match arguments.words.split_last() {
        Some((statement, paths)) if !paths.is_empty() => (statement, paths),
        _ => return Err(Error::invalid_input("a path and a statement are wanted")),
    };
    let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
    let text = statement_text(statement)?;
    let asked = match Asked::parse(&text) {
        Ok(asked) => asked,
        Err(error) => return refuse(error),
    };
    let mut told = Told::begin(arguments.verbose);
    let opened = Opened::open(&paths, &arguments.files, &asked, &told)?;
    let outcome = opened.outcome;
    if matches!(asked, Asked::Select(_)) && opened.tables.is_empty() && outcome != Outcome::Success {
        return Ok(outcome);
    }
    let mut session = opened.db.session();
    session.set_tracing(arguments.verbose);
    let answered = match &asked {
        Asked::Select(select) => chosen::use_keyspace_of(&select.table, &opened, &mut session)
            .and_then(|()| answer(arguments, &session, &text, select.is_json, &mut told)),
        Asked::Describe(describe) => describe_all(arguments, &mut session, &text, describe),
    };
    match answered {
        Ok(answered) => Ok(outcome.or(answered)),
        Err(error) => Ok(outcome.or(refuse(error)?)),
    }
}

/// The statement: what was given, or standard input.
fn statement_text(given: &OsStr) -> Result<String> {
    let not_text = |place: usize| {
        Error::invalid_input(format!("the statement is not UTF-8: byte {place} is not valid there"))
    };
    if given != "-" {
        let text = given.to_str().map(str::to_owned);
        return text.ok_or_else(|| Error::invalid_input("the statement is not UTF-8"));
    }
    let cannot_read = |error: io::Error| Error::io(Path::new("standard input"), error);
    let mut bytes = Vec::new();
    let mut input = io::stdin().lock().take(STATEMENT_LIMIT_BYTES);
    input.read_to_end(&mut bytes).map_err(cannot_read)?;
    String::from_utf8(bytes).map_err(|error| not_text(error.utf8_error().valid_up_to()))
}

/// Tells why a statement was refused, and what may have been meant.
fn refuse(error: QueryError) -> Result<Outcome> {
    if error.storage_error().is_some() {
        return Err(Error::from(error));
    }
    terminal::error(&error);
    error.suggestion().into_iter().for_each(terminal::hint);
    Ok(Outcome::from(&Error::from(error)))
}

type Answered = std::result::Result<Outcome, QueryError>;

fn answer(
    arguments: &Arguments,
    session: &Session<'_>,
    text: &str,
    is_json: bool,
    told: &mut Told,
) -> Answered {
    let statement = session.prepare(text)?;
    if let Some(marker) = statement.bind_markers().first() {
        let message = format!("the value of the bind marker {} is not given", marker.name);
        return Err(QueryError::invalid(message));
    }
    let columns = statement.result_columns().unwrap_or_else(|| Arc::new([]));
    let mut format = format(arguments.format, columns, is_json);
    let mut target = Target::open(None)?;
    let mut out = Vec::new();
    format.begin(&mut out);
    let started = Instant::now();
    session.for_each(&statement, &[], |rows| {
        told.rows(rows);
        format.rows(rows, &mut out);
        if out.len() >= STEP_BYTES {
            target.write(&out)?;
            out.clear();
        }
        Ok(ControlFlow::Continue(()))
    })?;
    format.end(&mut out);
    target.write(&out)?;
    told.answered(started.elapsed(), session.take_trace().as_ref());
    let invalid = format.invalid();
    let Some(first) = &invalid.first else { return Ok(Outcome::Success) };
    let count = invalid.count;
    terminal::error(format!(
        "{count} values are not valid for their type and were written as bytes; the first: {first}"
    ));
    Ok(Outcome::Damaged)
}

fn format(format: Format, columns: Arc<[ColumnSpec]>, is_json: bool) -> Box<dyn ResultFormat> {
    match format {
        Format::Table => Box::new(ResultTable::new(columns, &[], Layout::plain())),
        Format::Json => Box::new(JsonObjects::new(columns, JsonFrame::Array, is_json)),
        Format::Jsonl => Box::new(JsonObjects::new(columns, JsonFrame::Lines, is_json)),
        Format::Csv => Box::new(CsvRecords::new(columns)),
    }
}

fn describe_all(
    arguments: &Arguments,
    session: &mut Session<'_>,
    text: &str,
    describe: &DescribeStatement,
) -> Answered {
    let rows = session.execute(text, &[])?.rows().unwrap_or_else(|| RowSet::new([]));
    let mut out = Vec::new();
    if arguments.format == Format::Table {
        push_description(describe, &rows, None, &mut out);
    } else {
        let mut format = format(arguments.format, Arc::clone(rows.columns()), false);
        format.begin(&mut out);
        format.rows(&rows, &mut out);
        format.end(&mut out);
    }
    Target::open(None)?.write(&out)?;
    Ok(Outcome::Success)
}
