//! `cqlite blockers`

use std::io::{self, BufWriter, Write as _};

use clap::Args;
use cqlite_sstable::tools::blockers::BlockersReport;
use cqlite_sstable::{Error, Result};

use crate::exit::{HELP, Outcome};
use crate::inputs::{self, Inputs};
use crate::{ls, tables};

const EXAMPLES: &str = "\
Examples:
  cqlite blockers data/metrics/by_hour-5a1c               what keeps a table's expired SSTables
  cqlite blockers -g 3600 data/metrics                    as if gc_grace_seconds were an hour
  cqlite blockers --json data | jq '.blockers[].sstable'

An SSTable is expired if all in it was deleted or ran out longer than gc_grace_seconds ago. Compaction drops it
as a whole, unless another SSTable of the table, with anything that is not expired, has a write as old as the
newest in it. What memtables hold can keep it, too; they are not seen here.

";

/// Tell what keeps expired SSTables from being dropped
#[derive(Args)]
#[command(after_help = format!("{EXAMPLES}{HELP}"))]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,

    /// How long tombstones must be kept, in seconds [default: as the schema says, or 864000]
    #[arg(short = 'g', long = "gc-grace-seconds", value_name = "SECONDS")]
    gc_grace_seconds: Option<u32>,

    /// When to judge what has expired, in seconds since 1970 [default: now]
    #[arg(long, value_name = "EPOCH_SECONDS", allow_negative_numbers = true)]
    now: Option<i64>,

    /// One JSON object a table and line
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let (found, mut outcome) = arguments.inputs.find()?;
    let roots = found.data_directories();
    inputs::tell_of_live(&found.tables);
    let mut stdout = BufWriter::new(io::stdout().lock());
    let mut gap = "";
    for table in found.tables.iter().filter(|table| !table.sstables.is_empty()) {
        outcome = outcome.or(inputs::tell_of_obstacles(table));
        let grace = tables::gc_grace_seconds(arguments.gc_grace_seconds, &table.sstables, &roots);
        let gc_before_seconds = inputs::now_seconds(arguments.now).saturating_sub(grace);
        let (sstables, read) = ls::load(table, gc_before_seconds);
        outcome = outcome.or(read);
        let report = BlockersReport::new(table.title(), sstables, gc_before_seconds);
        let written = if arguments.json {
            writeln!(stdout, "{}", report.to_json())
        } else {
            write!(stdout, "{gap}").and_then(|()| report.write_readable(&mut stdout))
        };
        written.map_err(Error::output)?;
        gap = "\n";
    }
    stdout.flush().map_err(Error::output)?;
    Ok(outcome)
}
