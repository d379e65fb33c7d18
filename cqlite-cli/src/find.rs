//! `cqlite find`

use std::io::{self, Write as _};

use clap::Args;
use cqlite_sstable::reader::{Access, Sstable};
use cqlite_sstable::tools::key_place::{KeyReport, find_key};
use cqlite_sstable::tools::trace::parse_key;
use cqlite_sstable::{Component, Descriptor, Error, Result};

use crate::exit::Outcome;
use crate::inputs::{self, Inputs};
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  cqlite find data/shop/orders-5a1c -k 42              which SSTables of a table hold a key
  cqlite find data/shop/orders-5a1c -k 42 43 --json    several keys, for scripts
  cqlite find --snapshot s1 data/shop -k eu:1042       in a snapshot; a composite key

Exit codes:
  0  a key was found somewhere
  1  the data is damaged: what was printed before is right, but not all
  2  the command makes no sense as it was given
  3  something cannot be read or written: a missing file, no permission, not an SSTable, a full disk
  4  a version, compressor or feature that is not supported
  5  all was read, and none of the keys is there";

/// Tell which SSTables hold a partition: where it is in them, how big it is, and when it was written
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,

    /// The partition keys; a composite key is written a:b
    #[arg(short = 'k', long = "key", value_name = "KEY", num_args = 1.., required = true,
        allow_negative_numbers = true)]
    keys: Vec<String>,

    /// One JSON object for each SSTable and key, and line
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let (found, mut outcome) = arguments.inputs.find()?;
    inputs::tell_of_live(&found.tables);
    let mut stdout = io::stdout().lock();
    let mut any = false;
    for table in &found.tables {
        outcome = outcome.or(inputs::tell_of_obstacles(table));
    }
    for descriptor in found.sstables() {
        match report(arguments, descriptor, &mut stdout) {
            Ok(there) => any |= there,
            Err(error) if error.kind() == cqlite_sstable::ErrorKind::Output => return Err(error),
            Err(error) => {
                terminal::error(&error);
                outcome = outcome.or(Outcome::from(&error));
            }
        }
    }
    stdout.flush().map_err(Error::output)?;
    Ok(if any { outcome } else { outcome.or(Outcome::NotFound) })
}

/// Prints a line for each key. True if one of them is there.
fn report(arguments: &Arguments, descriptor: &Descriptor, stdout: &mut impl io::Write) -> Result<bool> {
    let sstable = Sstable::open_descriptor(descriptor, Access::default())?;
    let name = descriptor.file(Component::Data).display().to_string();
    let mut any = false;
    for text in &arguments.keys {
        let key = parse_key(&sstable.header().key_type, text)?;
        let (report, warning) = find_key(&sstable, &key)?;
        warning.iter().for_each(terminal::warning);
        any |= matches!(report, KeyReport::There(_));
        let written = if arguments.json {
            writeln!(stdout, "{}", report.to_json(&name, text))
        } else {
            report.write_readable(&name, text, stdout)
        };
        written.map_err(Error::output)?;
    }
    Ok(any)
}
