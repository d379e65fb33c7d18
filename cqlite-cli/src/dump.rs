//! `cqlite dump`

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd as _;
use std::path::PathBuf;

use clap::Args;
use cqlite_sstable::find::{FoundTable, OpenTable, descriptor_budget};
use cqlite_sstable::reader::{Access, Sstable};
use cqlite_sstable::tools::dump::{DumpFormat, DumpOptions, KeyNames, dump_with_progress};
use cqlite_sstable::types::JsonStyle;
use cqlite_sstable::{Component, Descriptor, Error, ErrorKind, Result};

use crate::exit::{HELP, Outcome};
use crate::inputs::{self, Inputs};
use crate::progress::Progress;
use crate::{tables, terminal};

const EXAMPLES: &str = "\
Examples:
  cqlite dump data/shop/orders-5a1c/nb-1-big-Data.db       one SSTable as JSON
  cqlite dump -l data/shop/orders-5a1c | jq .partition     all of a table, a partition a line
  cqlite dump --snapshot s1 /var/lib/cassandra/data        all tables as they were in a snapshot
  cqlite dump nb-1-big-Data.db -k 42 43                    only these partitions
  cqlite dump --tombstones-only nb-1-big-Data.db           only what deletes
  cqlite dump --lossless nb-1-big-Data.db > rows.jsonl     everything, for cqlite import --lossless

";

/// Print the rows of SSTables as JSON, byte for byte as Cassandra's sstabledump does
#[derive(Args)]
#[command(after_help = format!("{EXAMPLES}{HELP}"))]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,

    /// One JSON object a partition and line
    #[arg(short = 'l', long)]
    lines: bool,

    /// Times as numbers: microseconds or seconds since 1970
    #[arg(short = 't', long)]
    raw_times: bool,

    /// One line a row, in Cassandra's internal representation
    #[arg(short = 'd', long)]
    internal: bool,

    /// Only the partition keys
    #[arg(short = 'e', long)]
    keys_only: bool,

    /// Only the partitions with these keys; a composite key is written a:b
    #[arg(short = 'k', long = "key", value_name = "KEY", num_args = 1.., allow_negative_numbers = true)]
    keys: Vec<String>,

    /// Not the partitions with these keys
    #[arg(short = 'x', long = "exclude", value_name = "KEY", num_args = 1.., allow_negative_numbers = true)]
    excluded: Vec<String>,

    /// When to judge what has expired, in seconds since 1970 [default: now]
    #[arg(long, value_name = "EPOCH_SECONDS", allow_negative_numbers = true)]
    now: Option<i64>,

    /// Print right what sstabledump prints wrong: counter totals, NaN and infinities, dates before 1970; and
    /// the names of key columns, where a schema is found
    #[arg(long)]
    corrected: bool,

    /// A file of CQL with the names of the key columns, for --corrected; it goes before what is found
    #[arg(long, value_name = "FILE", requires = "corrected")]
    schema: Option<PathBuf>,

    /// Only deletions: of partitions, rows, ranges, collections and cells
    #[arg(long)]
    tombstones_only: bool,

    /// Each JSON line names the file it comes from; implies --lines
    #[arg(long)]
    with_source: bool,

    /// JSON lines that keep everything that an SSTable says of its rows, bytes as hexadecimal; of one SSTable
    #[arg(long, conflicts_with_all = [
        "lines", "raw_times", "internal", "keys_only", "now", "corrected", "tombstones_only", "with_source",
    ])]
    lossless: bool,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let (found, mut outcome) = arguments.inputs.find()?;
    let mut stdout = standard_output()?;
    let mut progress = Progress::beside_output();
    let several = found.sstables().count() > 1;
    if several && arguments.lossless {
        let message =
            "--lossless prints one SSTable, since its header is that of the output, but these are several";
        return Err(Error::invalid_input(message).advise("name one Data.db"));
    }
    let roots = found.data_directories();
    inputs::tell_of_live(&found.tables);
    for table in found.tables {
        outcome = outcome.or(inputs::tell_of_obstacles(&table));
        for (descriptor, opened) in open(table) {
            let sstable = opened.map_or_else(|| Sstable::open_descriptor(&descriptor, Access::default()), Ok);
            let printed = sstable.and_then(|one| {
                let options = options(arguments, &descriptor, &roots)?;
                progress.begin(descriptor.stem().to_owned());
                run_one(&options, &descriptor, &one, several, &mut stdout, &mut progress)
            });
            if !matches!(printed, Ok(Outcome::Success)) {
                progress.hide();
            }
            match printed {
                Ok(one) => outcome = outcome.or(one),
                // Nobody reads on; what was damaged before stays so.
                Err(error) if error.is_closed_pipe() && outcome != Outcome::Success => return Ok(outcome),
                Err(error) if error.kind() == ErrorKind::Output => return Err(error),
                Err(error) if !several && outcome == Outcome::Success => return Err(error),
                // The other SSTables may be sound.
                Err(error) => {
                    terminal::error(&error);
                    end_line(&mut stdout)?;
                    outcome = outcome.or(Outcome::from(&error));
                }
            }
        }
    }
    Ok(outcome)
}

/// The SSTables of a table to which a node may be writing are all open before the first row is printed.
/// Others are opened one after another: there may be thousands.
fn open(table: FoundTable) -> Vec<(Descriptor, Option<Sstable>)> {
    let descriptors = table.sstables.clone();
    if table.is_live && table.obstacles().is_empty() {
        // Where this fails, each SSTable tells for itself.
        if let Ok(opened) = OpenTable::open(table, Access::default(), descriptor_budget()) {
            let OpenTable { table, sstables } = opened;
            return table.sstables.into_iter().zip(sstables.into_iter().map(Some)).collect();
        }
    }
    descriptors.into_iter().map(|descriptor| (descriptor, None)).collect()
}

fn run_one(
    options: &DumpOptions,
    descriptor: &Descriptor,
    sstable: &Sstable,
    several: bool,
    stdout: &mut File,
    progress: &mut Progress,
) -> Result<Outcome> {
    if !sstable.warnings().is_empty() {
        progress.hide();
    }
    sstable.warnings().iter().for_each(terminal::warning);
    let summary = dump_with_progress(sstable, options, stdout, &mut |done, total| progress.at(done, total))?;
    summary.warnings.iter().for_each(terminal::warning);
    if several && options.format != DumpFormat::Internal {
        end_line(stdout)?;
    }
    if summary.invalid_values == 0 {
        return Ok(Outcome::Success);
    }
    progress.hide();
    terminal::error(format!(
        "{}: {} values are not valid for their type and were printed as bytes; the first: {}",
        descriptor.file(Component::Data).display(),
        summary.invalid_values,
        summary.first_invalid.unwrap_or_default()
    ));
    Ok(Outcome::Damaged)
}

fn options(arguments: &Arguments, descriptor: &Descriptor, roots: &[PathBuf]) -> Result<DumpOptions> {
    let format = if arguments.lossless {
        DumpFormat::Lossless
    } else if arguments.keys_only {
        DumpFormat::Keys
    } else if arguments.internal {
        DumpFormat::Internal
    } else if arguments.lines || arguments.with_source {
        DumpFormat::JsonLines
    } else {
        DumpFormat::Json
    };
    let data = descriptor.file(Component::Data);
    let table = descriptor.table_name().filter(|_| arguments.lossless);
    let key_names = if arguments.corrected { key_names(arguments, descriptor, roots)? } else { None };
    Ok(DumpOptions {
        format,
        key_names,
        table,
        raw_times: arguments.raw_times,
        keys: arguments.keys.clone(),
        excluded_keys: arguments.excluded.clone(),
        style: if arguments.corrected { JsonStyle::Corrected } else { JsonStyle::Cassandra },
        tombstones_only: arguments.tombstones_only,
        source: arguments.with_source.then(|| data.display().to_string()),
        ..DumpOptions::new(inputs::now_seconds(arguments.now))
    })
}

/// The names of the key columns, unless they would be made up.
fn key_names(arguments: &Arguments, descriptor: &Descriptor, roots: &[PathBuf]) -> Result<Option<KeyNames>> {
    let resolved = tables::resolve(std::slice::from_ref(descriptor), arguments.schema.as_deref(), roots)?;
    if resolved.source.has_made_up_names() {
        return Ok(None);
    }
    let schema = resolved.schema;
    Ok(Some(KeyNames {
        partition_key: schema.partition_key.into_iter().map(|column| column.name).collect(),
        clustering: schema.clustering.into_iter().map(|column| column.name).collect(),
    }))
}

/// Standard output without the buffer of the standard library: the dump has its own.
fn standard_output() -> Result<File> {
    let owned = io::stdout().as_fd().try_clone_to_owned().map_err(Error::output)?;
    Ok(File::from(owned))
}

fn end_line(stdout: &mut File) -> Result<()> {
    stdout.write_all(b"\n").map_err(Error::output)
}
