//! `cqlite upgrade`

use clap::Args;
use cqlite_sstable::writer::Operation;
use cqlite_sstable::{Result, Version};

use crate::exit::{HELP, Outcome};
use crate::inputs::Inputs;
use crate::rewrite_tables::RewriteArguments;
use crate::rewriting::{Done, PLACES, parse_version};

const EXAMPLES: &str = "\
Examples:
  cqlite upgrade --to nb --out new data/shop/orders-5a1c             for Cassandra 4.0 to 5.0
  cqlite upgrade --to da --index-block 16KiB --out new data/shop     a keyspace, with trie indexes
  cqlite upgrade --to me --compression lz4 --out new nb-1-big-Data.db    for Cassandra 3.11 and ScyllaDB

";

/// Write each SSTable anew in another version, or with another compression; the inputs are never changed
#[derive(Args)]
#[command(after_help = format!("{EXAMPLES}{PLACES}{HELP}"))]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,

    /// The version: nb (Cassandra 4.0 to 5.0), oa or da (5.0), me (3.11, ScyllaDB)
    #[arg(long, value_name = "VERSION", value_parser = parse_version)]
    to: Version,

    #[command(flatten)]
    output: RewriteArguments,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let to = Some(arguments.to);
    let found = arguments.inputs.find()?;
    arguments.output.for_each_table(found, Operation::Upgrade, to, &mut |_, job, step| {
        Ok(Done::new(job.upgrade(step)?, Vec::new()))
    })
}
