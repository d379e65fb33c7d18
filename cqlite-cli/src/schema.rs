//! `cqlite schema`

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::Args;
use cqlite_sstable::{Error, Result};

use crate::exit::{HELP, Outcome};
use crate::inputs::Inputs;
use crate::{tables, terminal};

const EXAMPLES: &str = "\
Examples:
  cqlite schema data/shop/orders-5a1c                      a table, from whatever is there
  cqlite schema data/shop                                  all tables of a keyspace that have SSTables
  cqlite schema backup/*-Data.db > schema.cql              from headers alone: names of keys are made up
  cqlite schema --schema all.cql backup/nb-1-big-Data.db   names from a file of CQL

";

/// Print the table as CQL, from schema.cql, system_schema, or the headers of its SSTables
#[derive(Args)]
#[command(after_help = format!("{EXAMPLES}{HELP}"))]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,

    /// A file of CQL with the CREATE statements; it goes before everything that is found
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let (found, mut outcome) = arguments.inputs.find()?;
    let mut stdout = io::stdout().lock();
    let roots = found.data_directories();
    let mut gap = "";
    for table in found.tables.iter().filter(|table| !table.sstables.is_empty()) {
        if let Some(obstacle) = table.obstacles().first() {
            terminal::error(obstacle);
            outcome = outcome.or(Outcome::from(obstacle));
            continue;
        }
        match tables::resolve(&table.sstables, arguments.schema.as_deref(), &roots) {
            Ok(resolved) => {
                write!(stdout, "{gap}{}", resolved.to_cql()).map_err(Error::output)?;
                gap = "\n";
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
