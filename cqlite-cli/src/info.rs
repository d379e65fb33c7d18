//! `cqlite info`

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use cqlite_sstable::reader::{Access, DiskFiles};
use cqlite_sstable::tools::metadata::{Metadata, ReadableOptions};
use cqlite_sstable::{Descriptor, Error, Result};

use crate::exit::{HELP, Outcome};
use crate::inputs::{self, Inputs};
use crate::{tables, terminal};

const EXAMPLES: &str = "\
Examples:
  cqlite info data/shop/orders-5a1c/nb-1-big-Data.db       one SSTable, for people
  cqlite info --json data/shop/orders-5a1c | jq .          all of a table, an object a line
  cqlite info --format cassandra nb-1-big-Data.db          the text of sstablemetadata

";

/// Tell what is known about SSTables without reading their rows: times, sizes, tombstones, columns
#[derive(Args)]
#[command(after_help = format!("{EXAMPLES}{HELP}"))]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,

    /// In which form
    #[arg(long, value_enum, default_value_t = Form::Readable)]
    format: Form,

    /// One JSON object an SSTable and line; the same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,

    /// A file of CQL with the names of the key columns; it goes before what is found
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,

    /// When to judge which tombstones can be dropped, in seconds since 1970 [default: now]
    #[arg(long, value_name = "EPOCH_SECONDS", allow_negative_numbers = true)]
    now: Option<i64>,

    /// How long tombstones must be kept, in seconds
    #[arg(short = 'g', long = "gc-grace-seconds", value_name = "SECONDS", default_value_t = 0)]
    gc_grace_seconds: i64,
}

/// The forms of the report.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people
    Readable,
    /// For scripts
    Json,
    /// The text of Cassandra's sstablemetadata
    Cassandra,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let (found, mut outcome) = arguments.inputs.find()?;
    let roots = found.data_directories();
    let mut stdout = io::stdout().lock();
    for table in &found.tables {
        outcome = outcome.or(inputs::tell_of_obstacles(table));
    }
    for (i, descriptor) in found.sstables().enumerate() {
        match report(arguments, descriptor, &roots) {
            Ok(text) => {
                let gap: &[u8] = if i > 0 && arguments.form() == Form::Readable { b"\n" } else { b"" };
                stdout.write_all(gap).and_then(|()| stdout.write_all(&text)).map_err(Error::output)?;
            }
            Err(error) => {
                terminal::error(&error);
                outcome = outcome.or(Outcome::from(&error));
            }
        }
    }
    stdout.flush().map_err(Error::output)?;
    Ok(outcome)
}

impl Arguments {
    fn form(&self) -> Form {
        if self.json { Form::Json } else { self.format }
    }
}

fn report(arguments: &Arguments, descriptor: &Descriptor, roots: &[PathBuf]) -> Result<Vec<u8>> {
    let directory = std::path::absolute(descriptor.directory())
        .map_err(|error| Error::io(descriptor.directory(), error))?;
    let name = directory.join(descriptor.stem());
    let files = DiskFiles::new(descriptor.clone(), Access::default());
    let metadata = Metadata::load(name.display().to_string(), &files, descriptor.version())?;
    metadata.warnings.iter().for_each(terminal::warning);
    let now_seconds = inputs::now_seconds(arguments.now);
    let gc_grace_seconds = arguments.gc_grace_seconds;
    let mut text = Vec::new();
    match arguments.form() {
        Form::Cassandra => metadata.write_cassandra(now_seconds, gc_grace_seconds, &mut text),
        Form::Json => {
            let value = metadata.to_json(now_seconds.saturating_sub(gc_grace_seconds));
            writeln!(text, "{value}")
        }
        Form::Readable => {
            // The report is worth printing without names, too.
            let table = tables::resolve(std::slice::from_ref(descriptor), arguments.schema.as_deref(), roots);
            let table = table.map_err(terminal::warning).ok();
            let colors = terminal::colors(&io::stdout());
            let options = ReadableOptions { now_seconds, gc_grace_seconds, colors, table: table.as_ref() };
            metadata.write_readable(&options, &mut text)
        }
    }
    .map_err(Error::output)?;
    Ok(text)
}
