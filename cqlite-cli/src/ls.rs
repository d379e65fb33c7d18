//! `cqlite ls`

use std::io::{self, BufWriter, Write as _};

use clap::{Args, ValueEnum};
use cqlite_sstable::find::FoundTable;
use cqlite_sstable::tools::listing::{ListOrder, ListedSstable, Overlap, overlaps, write_listing};
use cqlite_sstable::{Error, Result};

use crate::exit::{HELP, Outcome};
use crate::inputs::{self, Inputs};
use crate::progress::Progress;
use crate::{tables, terminal};

const EXAMPLES: &str = "\
Examples:
  cqlite ls data/shop/orders-5a1c                 the SSTables of a table, the oldest first
  cqlite ls --sort droppable /var/lib/cassandra/data
  cqlite ls --json data/shop | jq 'select(.overlapping_sstables > 8) | .sstable'

Columns:
  LVL     level in leveled compaction           NEWEST   age of the newest timestamp
  REP     repaired: no, yes, or pending         EXPIRES  when the last of it expires
  DISK    all its files                         DROP     share of droppable tombstones
  DATA    the data without compression          TOKENS   from where to where in the ring
  PARTS   partitions                            OVER     how many SSTables share tokens
  OLDEST  age of the oldest timestamp           ?        not known

";

/// List SSTables: version, level, repaired, sizes, times, tombstones, tokens and overlaps
#[derive(Args)]
#[command(after_help = format!("{EXAMPLES}{HELP}"))]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,

    /// In which order, table by table
    #[arg(long, value_enum, default_value_t = Sort::Id)]
    sort: Sort,

    /// One JSON object an SSTable and line, with exact figures
    #[arg(long)]
    json: bool,

    /// When to judge what can be dropped and tell ages from, in seconds since 1970 [default: now]
    #[arg(long, value_name = "EPOCH_SECONDS", allow_negative_numbers = true)]
    now: Option<i64>,

    /// How long tombstones must be kept, in seconds [default: as the schema says, or 864000]
    #[arg(short = 'g', long = "gc-grace-seconds", value_name = "SECONDS")]
    gc_grace_seconds: Option<u32>,
}

/// The orders.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sort {
    /// The oldest id first
    Id,
    /// The largest on disk first
    Size,
    /// By level, then by token
    Level,
    /// The oldest timestamp first
    Oldest,
    /// The newest timestamp first
    Newest,
    /// The soonest to be all expired first
    Expires,
    /// The most droppable tombstones first
    Droppable,
    /// By the first token
    Tokens,
    /// The most overlapping SSTables first
    Overlaps,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let (found, mut outcome) = arguments.inputs.find()?;
    let roots = found.data_directories();
    let now_seconds = inputs::now_seconds(arguments.now);
    let mut stdout = BufWriter::new(io::stdout().lock());
    let mut gap = "";
    for table in found.tables.iter().filter(|table| !table.sstables.is_empty()) {
        outcome = outcome.or(inputs::tell_of_obstacles(table));
        let grace = tables::gc_grace_seconds(arguments.gc_grace_seconds, &table.sstables, &roots);
        let (sstables, read) = load(table, now_seconds.saturating_sub(grace));
        outcome = outcome.or(read);
        let sstables = with_overlaps(sstables, arguments.sort.order());
        if arguments.json {
            let title = table.title();
            let mut lines = sstables.iter().map(|(one, overlap)| one.to_json(&title, overlap.as_ref()));
            lines.try_for_each(|line| writeln!(stdout, "{line}")).map_err(Error::output)?;
        } else {
            write!(stdout, "{gap}").map_err(Error::output)?;
            write_listing(&table.title(), &sstables, now_seconds, &mut stdout).map_err(Error::output)?;
            gap = "\n";
        }
    }
    stdout.flush().map_err(Error::output)?;
    Ok(outcome)
}

/// The SSTables of a table, one after another. What cannot be read is told.
pub fn load(table: &FoundTable, gc_before_seconds: i64) -> (Vec<ListedSstable>, Outcome) {
    let mut outcome = Outcome::Success;
    let mut listed = Vec::new();
    let mut progress = Progress::new();
    progress.begin(table.title());
    let total = table.sstables.len() as u64;
    for (done, descriptor) in (0_u64..).zip(&table.sstables) {
        progress.at_sstable(done, total);
        match ListedSstable::load(descriptor, gc_before_seconds) {
            Ok(one) => {
                if !one.warnings.is_empty() {
                    progress.hide();
                }
                one.warnings.iter().for_each(terminal::warning);
                listed.push(one);
            }
            Err(error) => {
                progress.hide();
                terminal::error(&error);
                outcome = outcome.or(Outcome::from(&error));
            }
        }
    }
    (listed, outcome)
}

fn with_overlaps(sstables: Vec<ListedSstable>, order: ListOrder) -> Vec<(ListedSstable, Option<Overlap>)> {
    let ranges: Vec<_> = sstables.iter().map(|one| one.tokens.clone()).collect();
    let mut sstables: Vec<_> = sstables.into_iter().zip(overlaps(&ranges)).collect();
    order.sort(&mut sstables);
    sstables
}

impl Sort {
    fn order(self) -> ListOrder {
        match self {
            Self::Id => ListOrder::Id,
            Self::Size => ListOrder::Size,
            Self::Level => ListOrder::Level,
            Self::Oldest => ListOrder::Oldest,
            Self::Newest => ListOrder::Newest,
            Self::Expires => ListOrder::Expires,
            Self::Droppable => ListOrder::Droppable,
            Self::Tokens => ListOrder::Tokens,
            Self::Overlaps => ListOrder::Overlaps,
        }
    }
}
