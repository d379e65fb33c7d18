//! `cqlite diff`

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use cqlite_sstable::find::{FindOptions, Found, find};
use cqlite_sstable::reader::{Access, Sstable};
use cqlite_sstable::schema::ResolvedTable;
use cqlite_sstable::tools::diff::{DiffOptions, DiffSide, diff};
use cqlite_sstable::{Error, Result};

use crate::exit::Outcome;
use crate::{inputs, tables, terminal};

const EXAMPLES: &str = "\
Examples:
  cqlite diff a/nb-1-big-Data.db b/nb-7-big-Data.db    two SSTables
  cqlite diff before/orders-5a1c after/orders-5a1c     two tables, each of several SSTables
  cqlite diff --ignore-timestamps old/orders new/orders    only what a query returns

Exit codes:
  0  both sides say the same
  1  they differ
  2  the command makes no sense as it was given
  3  something cannot be read or written, or is damaged
  4  a version, compressor or feature that is not supported";

/// Compare two tables or SSTables: do they say the same, and what differs first?
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// A file of an SSTable, or the directory of a table
    #[arg(value_name = "A")]
    a: PathBuf,

    /// What it is compared with
    #[arg(value_name = "B")]
    b: PathBuf,

    /// So many differences are told
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    max: u64,

    /// Compare only what a query returns: rows and values, but no write times, TTLs, and deletions
    #[arg(long)]
    ignore_timestamps: bool,

    /// When to judge what has expired, in seconds since 1970 [default: now]
    #[arg(long, value_name = "EPOCH_SECONDS", allow_negative_numbers = true)]
    now: Option<i64>,

    /// A file of CQL with the names of the key columns; it goes before what is found
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,

    /// One JSON object for each difference, and line
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    match compare(arguments) {
        // Here, 1 means different.
        Err(error) if Outcome::from(&error) == Outcome::Damaged => {
            terminal::error(&error);
            Ok(Outcome::Unreadable)
        }
        result => result,
    }
}

fn compare(arguments: &Arguments) -> Result<Outcome> {
    let (a, b) = (Side::open(&arguments.a, arguments)?, Side::open(&arguments.b, arguments)?);
    let options = DiffOptions {
        max: arguments.max,
        ignore_timestamps: arguments.ignore_timestamps,
        now_seconds: inputs::now_seconds(arguments.now),
    };
    let mut stdout = io::stdout().lock();
    let summary = diff(&a.as_side(), &b.as_side(), &options, &mut |difference| {
        let written = if arguments.json {
            writeln!(stdout, "{}", difference.to_json())
        } else {
            writeln!(stdout, "{difference}")
        };
        written.map_err(Error::output)
    })?;
    if summary.is_cut {
        terminal::warning(format!("there are more than {} differences; --max tells more", arguments.max));
    }
    Ok(if summary.differences == 0 { Outcome::Success } else { Outcome::Different })
}

/// The SSTables of one side, open.
struct Side {
    sstables: Vec<Sstable>,
    table: ResolvedTable,
}

impl Side {
    fn open(path: &Path, arguments: &Arguments) -> Result<Self> {
        let found = find(&[path.to_owned()], &FindOptions::default())?;
        let roots = found.data_directories();
        let Found { tables: found, refused, warnings } = found;
        warnings.iter().for_each(terminal::warning);
        if let Some(error) = refused.into_iter().next() {
            return Err(error);
        }
        let mut found: Vec<_> = found.into_iter().filter(|table| !table.sstables.is_empty()).collect();
        let (Some(table), None) = (found.pop(), found.pop()) else {
            return Err(Error::invalid_input("not exactly one table is there")
                .at(path)
                .advise("name an SSTable, or the directory of one table"));
        };
        if let Some(obstacle) = table.obstacles().first() {
            return Err(Error::invalid_input(obstacle.to_string()));
        }
        let resolved = tables::resolve(&table.sstables, arguments.schema.as_deref(), &roots)?;
        let open = |one| Sstable::open_descriptor(one, Access::default());
        let sstables = table.sstables.iter().map(open).collect::<Result<Vec<_>>>()?;
        sstables.iter().flat_map(Sstable::warnings).for_each(terminal::warning);
        Ok(Self { sstables, table: resolved })
    }

    fn as_side(&self) -> DiffSide<'_> {
        DiffSide { sstables: &self.sstables, table: &self.table }
    }
}
