//! `cqlite partitions`

use std::io::{self, BufWriter, Write};

use clap::{Args, ValueEnum};
use cqlite_sstable::find::FoundTable;
use cqlite_sstable::reader::Sstable;
use cqlite_sstable::tools::partitions::{
    CsvWriter, Measure, PartitionCounts, PartitionReport, PartitionSink, PartitionsOptions, SstablePlace,
    Thresholds, count_partitions, parse_size_bytes,
};
use cqlite_sstable::{Descriptor, Error, ErrorKind, Result};

use crate::below::Below;
use crate::exit::{HELP, Outcome};
use crate::inputs::{self, Inputs};
use crate::progress::Progress;
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  cqlite partitions data/shop/orders-5a1c                       the ten largest partitions of a table
  cqlite partitions --by tombstones --top 3 data/shop           of each table, those with most tombstones
  cqlite partitions -y /var/lib/cassandra/data                  sizes alone, from the indexes: fast
  cqlite partitions --min-size 100MiB --csv data/shop > l.csv   all large ones, as sstablepartitions does
  cqlite partitions -k 42 --json nb-1-big-Data.db               one partition

";

/// Find the largest partitions: by bytes, rows, cells or tombstones
///
/// A partition is what one SSTable has of it. The static row counts for its bytes alone.
#[derive(Args)]
#[command(after_help = format!("{EXAMPLES}{HELP}"))]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,

    /// How many partitions of each table to tell
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,

    /// By what partitions are compared
    #[arg(long, value_enum, default_value_t = By::Bytes)]
    by: By,

    /// Tell partitions from this size on: bytes, or with a unit as 10KiB, 20MiB, 1GiB
    #[arg(short = 't', long, value_name = "SIZE", value_parser = size)]
    min_size: Option<u64>,

    /// Tell partitions from so many rows on
    #[arg(short = 'w', long, value_name = "N")]
    min_rows: Option<u64>,

    /// Tell partitions from so many cells on
    #[arg(short = 'c', long, value_name = "N")]
    min_cells: Option<u64>,

    /// Tell partitions from so many tombstones on, expired rows and cells included
    #[arg(short = 'o', long, value_name = "N")]
    min_tombstones: Option<u64>,

    /// Also the hidden tables of indexes
    #[arg(short = 'r', long)]
    recursive: bool,

    /// With --recursive: also all snapshots
    #[arg(short = 's', long)]
    snapshots: bool,

    /// With --recursive: also incremental backups
    #[arg(short = 'b', long)]
    backups: bool,

    /// Only the partitions with these keys; a composite key is written a:b
    #[arg(short = 'k', long = "key", value_name = "KEY", num_args = 1.., allow_negative_numbers = true)]
    keys: Vec<String>,

    /// Not the partitions with these keys
    #[arg(short = 'x', long = "exclude-key", value_name = "KEY", num_args = 1.., allow_negative_numbers = true)]
    excluded: Vec<String>,

    /// Only sizes: rows are not read, and without -k and -x the index alone is
    #[arg(short = 'y', long, conflicts_with_all = ["min_rows", "min_cells", "min_tombstones"])]
    partitions_only: bool,

    /// When to judge what has expired, in seconds since 1970 [default: now]
    #[arg(
        short = 'u',
        long,
        visible_alias = "current-timestamp",
        value_name = "EPOCH_SECONDS",
        allow_negative_numbers = true
    )]
    now: Option<i64>,

    /// All partitions that reach a threshold, as sstablepartitions --csv prints them; without a threshold none
    #[arg(short = 'm', long, conflicts_with_all = ["json", "top", "by"])]
    csv: bool,

    /// One JSON object a table and line
    #[arg(long)]
    json: bool,
}

/// By what partitions are compared.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// Size in the uncompressed data
    Bytes,
    /// Rows, deleted ones included
    Rows,
    /// Cells
    Cells,
    /// Deletions, and what has expired
    Tombstones,
}

fn size(text: &str) -> Result<u64, String> {
    parse_size_bytes(text).ok_or_else(|| "a size is written as 4096, 10KiB, 20MiB or 1GiB".to_owned())
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    if arguments.partitions_only && arguments.by != By::Bytes {
        return Err(Error::invalid_input("--partitions-only tells sizes: it goes with --by bytes alone"));
    }
    let (found, outcome) = if arguments.recursive {
        let Arguments { snapshots, backups, .. } = *arguments;
        arguments.inputs.find_below(Below { snapshots, backups })?
    } else {
        arguments.inputs.find()?
    };
    let outcome = found.tables.iter().map(inputs::tell_of_obstacles).fold(outcome, Outcome::or);
    inputs::tell_of_live(&found.tables);
    let mut stdout = BufWriter::new(io::stdout().lock());
    let result = if arguments.csv {
        csv(arguments, &found.tables, outcome, &mut stdout)
    } else {
        reports(arguments, &found.tables, outcome, &mut stdout)
    };
    stdout.flush().map_err(Error::output).and(result)
}

fn csv(
    arguments: &Arguments,
    tables: &[FoundTable],
    mut outcome: Outcome,
    stdout: &mut dyn Write,
) -> Result<Outcome> {
    let mut places = Vec::new();
    for descriptor in tables.iter().flat_map(|table| &table.sstables) {
        places.push((SstablePlace::of(descriptor)?, descriptor));
    }
    places.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut writer = CsvWriter::new(stdout, arguments.thresholds())?;
    let mut progress = Progress::beside_output();
    for (place, descriptor) in places {
        outcome = outcome.or(count(arguments, descriptor, &mut writer, &mut progress, |writer, sstable| {
            writer.begin(place, &sstable.header().key_type);
        })?);
    }
    Ok(outcome)
}

fn reports(
    arguments: &Arguments,
    tables: &[FoundTable],
    mut outcome: Outcome,
    stdout: &mut dyn Write,
) -> Result<Outcome> {
    let mut progress = Progress::new();
    for (i, table) in tables.iter().filter(|table| !table.sstables.is_empty()).enumerate() {
        let index_alone = arguments.partitions_only;
        let (measure, thresholds) = (arguments.by.measure(), arguments.thresholds());
        let mut report = PartitionReport::new(table.title(), measure, arguments.top, thresholds, index_alone);
        for descriptor in &table.sstables {
            let begin = |report: &mut PartitionReport, sstable: &Sstable| {
                report.begin(descriptor.stem(), &sstable.header().key_type);
            };
            outcome = outcome.or(count(arguments, descriptor, &mut report, &mut progress, begin)?);
        }
        progress.hide();
        let gap = if i > 0 && !arguments.json { "\n" } else { "" };
        write!(stdout, "{gap}").map_err(Error::output)?;
        let written = match arguments.json {
            true => writeln!(stdout, "{}", report.to_json()),
            false => report.write_readable(stdout),
        };
        written.map_err(Error::output)?;
    }
    Ok(outcome)
}

/// Counts the partitions of one SSTable. What is wrong with it is told; the other SSTables may be sound.
fn count<S: PartitionSink>(
    arguments: &Arguments,
    descriptor: &Descriptor,
    sink: &mut S,
    progress: &mut Progress,
    begin: impl FnOnce(&mut S, &Sstable),
) -> Result<Outcome> {
    progress.begin(descriptor.stem().to_owned());
    let opened = Sstable::open_descriptor(descriptor, cqlite_sstable::reader::Access::default());
    let counted = opened.and_then(|sstable| {
        if !sstable.warnings().is_empty() {
            progress.hide();
        }
        sstable.warnings().iter().for_each(terminal::warning);
        begin(sink, &sstable);
        count_partitions(&sstable, &arguments.options(), &mut Shown { sink, progress })
    });
    match counted {
        Ok(()) => Ok(Outcome::Success),
        Err(error) if error.kind() == ErrorKind::Output => Err(error),
        Err(error) => {
            progress.hide();
            terminal::error(&error);
            Ok(Outcome::from(&error))
        }
    }
}

/// A sink whose progress is shown.
struct Shown<'a, S> {
    sink: &'a mut S,
    progress: &'a mut Progress,
}

impl<S: PartitionSink> PartitionSink for Shown<'_, S> {
    fn counted(&mut self, counts: &PartitionCounts) -> bool {
        self.sink.counted(counts)
    }

    fn partition(&mut self, key: &[u8], is_live: bool, counts: &PartitionCounts) -> Result<()> {
        self.sink.partition(key, is_live, counts)
    }

    fn progress(&mut self, done_bytes: u64, total_bytes: u64) {
        self.progress.at(done_bytes, total_bytes);
    }
}

impl Arguments {
    fn thresholds(&self) -> Thresholds {
        Thresholds {
            min_size_bytes: self.min_size,
            min_rows: self.min_rows,
            min_cells: self.min_cells,
            min_tombstones: self.min_tombstones,
        }
    }

    fn options(&self) -> PartitionsOptions {
        PartitionsOptions {
            keys: self.keys.clone(),
            excluded_keys: self.excluded.clone(),
            now_seconds: inputs::now_seconds(self.now),
            index_alone: self.partitions_only,
        }
    }
}

impl By {
    fn measure(self) -> Measure {
        match self {
            Self::Bytes => Measure::Bytes,
            Self::Rows => Measure::Rows,
            Self::Cells => Measure::Cells,
            Self::Tombstones => Measure::Tombstones,
        }
    }
}
