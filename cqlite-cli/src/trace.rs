//! `cqlite trace`

use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;

use clap::Args;
use cqlite_sstable::find::FoundTable;
use cqlite_sstable::reader::{Access, KeySearch, Sstable};
use cqlite_sstable::tools::trace::{TraceOptions, TracedSstable, gc_grace_seconds, parse_key, trace};
use cqlite_sstable::{Error, Result};

use crate::exit::Outcome;
use crate::inputs::{self, Inputs};
use crate::{tables, terminal};

const EXAMPLES: &str = "\
Examples:
  cqlite trace data/shop/orders-5a1c -k 42                          all versions of all cells of a partition
  cqlite trace data/shop/orders-5a1c -k 42 --clustering 2024-05-01  only of the rows that begin so
  cqlite trace data/shop/orders-5a1c -k 42 --column state --json    one column, for scripts

Values are constants of CQL, times of writes are in microseconds in JSON. A version wins, loses to another one,
is covered by a deletion, is merged (counters), or its column was dropped.

Exit codes:
  0  the key was found
  1  the data is damaged: what was printed before is right, but not all
  2  the command makes no sense as it was given
  3  something cannot be read or written: a missing file, no permission, not an SSTable, a full disk
  4  a version, compressor or feature that is not supported
  5  all was read, and none of the keys is there";

/// Tell every version of every cell of a partition over all SSTables of its table, which one wins, and why
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,

    /// The partition keys; a composite key is written a:b
    #[arg(short = 'k', long = "key", value_name = "KEY", num_args = 1.., required = true,
        allow_negative_numbers = true)]
    keys: Vec<String>,

    /// Only rows whose clustering columns begin with these values
    #[arg(long, value_name = "VALUE", num_args = 1.., allow_negative_numbers = true)]
    clustering: Vec<String>,

    /// Only cells of this column
    #[arg(long, value_name = "NAME")]
    column: Option<String>,

    /// When to judge what has expired, in seconds since 1970 [default: now]
    #[arg(long, value_name = "EPOCH_SECONDS", allow_negative_numbers = true)]
    now: Option<i64>,

    /// A file of CQL with the names of the key columns; it goes before what is found
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,

    /// One JSON object for each partition, row, and cell, and line
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let (found, mut outcome) = arguments.inputs.find()?;
    inputs::tell_of_live(&found.tables);
    let roots = found.data_directories();
    let mut any = false;
    for table in found.tables.iter().filter(|table| !table.sstables.is_empty()) {
        if let Some(obstacle) = table.obstacles().first() {
            terminal::error(obstacle);
            outcome = outcome.or(Outcome::from(obstacle));
            continue;
        }
        match trace_table(arguments, table, &roots) {
            Ok(there) => any |= there,
            Err(error) if error.kind() == cqlite_sstable::ErrorKind::Output => return Err(error),
            Err(error) => {
                terminal::error(&error);
                outcome = outcome.or(Outcome::from(&error));
            }
        }
    }
    Ok(if any { outcome } else { outcome.or(Outcome::NotFound) })
}

/// Traces the keys in one table. True if one of them is there.
fn trace_table(arguments: &Arguments, table: &FoundTable, roots: &[PathBuf]) -> Result<bool> {
    let resolved = tables::resolve(&table.sstables, arguments.schema.as_deref(), roots)?;
    let options = TraceOptions {
        now_seconds: inputs::now_seconds(arguments.now),
        gc_grace_seconds: gc_grace_seconds(&resolved),
        clustering: arguments.clustering.clone(),
        column: arguments.column.clone(),
        json: arguments.json,
    };
    let open = |one| Sstable::open_descriptor(one, Access::default());
    let opened = table.sstables.iter().map(open).collect::<Result<Vec<_>>>()?;
    let Some(first) = opened.first() else { return Ok(false) };
    let mut stdout = BufWriter::new(io::stdout().lock());
    let mut any = false;
    for text in &arguments.keys {
        let key = parse_key(&first.header().key_type, text)?;
        let mut traced = Vec::with_capacity(opened.len());
        for (descriptor, sstable) in table.sstables.iter().zip(&opened) {
            let (search, warning) = sstable.search(&key)?;
            warning.iter().for_each(terminal::warning);
            let cursor = match search {
                KeySearch::Found(found) => Some(found.cursor),
                KeySearch::Absent(_) => None,
            };
            let name = descriptor.stem().to_owned();
            traced.push(TracedSstable { name, cursor, header: sstable.header() });
        }
        if traced.iter().any(|one| one.cursor.is_some()) {
            any = true;
            trace(&resolved, &first.partitioner()?, &key, &mut traced, &options, &mut stdout)?;
        }
    }
    stdout.flush().map_err(Error::output)?;
    Ok(any)
}
