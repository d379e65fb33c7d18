//! `cqlite filter`

use std::collections::HashSet;
use std::fs;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use clap::Args;
use cqlite_sstable::find::FoundTable;
use cqlite_sstable::merge::WrittenBetween;
use cqlite_sstable::reader::{Access, DiskFiles, read_header};
use cqlite_sstable::tools::filter::{FilterOptions, TokenRange};
use cqlite_sstable::types::parse_string;
use cqlite_sstable::writer::Operation;
use cqlite_sstable::{Error, ErrorKind, Result, Version};

use crate::exit::{HELP, Outcome};
use crate::inputs::Inputs;
use crate::rewrite_tables::RewriteArguments;
use crate::rewriting::{Done, PLACES, parse_version};
use crate::tables::partitioner;

const EXAMPLES: &str = "\
Examples:
  cqlite filter --drop-keys keys.txt --out rest data/shop/orders-5a1c      a key a line, as sstabledump takes it
  cqlite filter --token-range -3074457345618258603,3074457345618258602 --out part data/shop
  cqlite filter --before 1700000000000000 --out then data/shop/orders-5a1c     as it was: writes and deletions up to there
  cqlite filter --after 1700000000000000 --out since data/shop/orders-5a1c     what was written and deleted since

Deletions are filtered by their write time like values. What an earlier compaction has dropped does not come back.

";

/// Write each SSTable anew with a part of its rows; the inputs are never changed
#[derive(Args)]
#[command(after_help = format!("{EXAMPLES}{PLACES}{HELP}"))]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,

    #[command(flatten)]
    part: PartArguments,

    /// The version of the outputs [default: that of the inputs]
    #[arg(long, value_name = "VERSION", value_parser = parse_version)]
    to: Option<Version>,

    #[command(flatten)]
    output: RewriteArguments,
}

#[derive(Args)]
#[group(required = true, multiple = true)]
struct PartArguments {
    /// Without the partitions whose keys are in a file, one a line; components of a key are joined by ':'
    #[arg(long, value_name = "FILE")]
    drop_keys: Option<PathBuf>,

    /// Only partitions with tokens greater than A, up to and with B; over the end of the ring if A is not less
    #[arg(long, value_name = "A,B", value_parser = parse_range, allow_hyphen_values = true)]
    token_range: Option<(String, String)>,

    /// Only what was written before this time, in microseconds since 1970
    #[arg(long, value_name = "TIMESTAMP", allow_negative_numbers = true)]
    before: Option<i64>,

    /// Only what was written at this time or later, in microseconds since 1970
    #[arg(long, value_name = "TIMESTAMP", allow_negative_numbers = true)]
    after: Option<i64>,
}

fn parse_range(text: &str) -> Result<(String, String), String> {
    let ends = text.split_once(',').map(|(start, end)| (start.trim().to_owned(), end.trim().to_owned()));
    ends.ok_or_else(|| format!("'{text}' is no range: write two tokens with a comma, as -100,100"))
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let keys = arguments.part.drop_keys.as_deref().map(read_lines).transpose()?;
    let operation = Operation::Compaction;
    let found = arguments.inputs.find()?;
    arguments.output.for_each_table(found, operation, arguments.to, &mut |table, job, step| {
        let options = arguments.part.options(table, keys.as_deref())?;
        let report = job.filter(&options, step)?;
        let note = format!(
            "{} partitions, {} rows of others, {} cells were left out",
            report.dropped.partitions, report.dropped.rows, report.dropped.items
        );
        Ok(Done::new(report, vec![note]))
    })
}

fn read_lines(path: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(path).map_err(|error| Error::io(path, error))?;
    Ok(text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

impl PartArguments {
    fn options(&self, table: &FoundTable, keys: Option<&[String]>) -> Result<FilterOptions> {
        let range = |(start, end): &(String, String)| -> Result<TokenRange> {
            let partitioner = partitioner(table)?;
            Ok(TokenRange { start: partitioner.parse_token(start)?, end: partitioner.parse_token(end)? })
        };
        let has_times = self.before.is_some() || self.after.is_some();
        let after = self.after.map_or(Bound::Unbounded, Bound::Included);
        let micros = (after, self.before.map_or(Bound::Unbounded, Bound::Excluded));
        Ok(FilterOptions {
            dropped_keys: serialized(table, keys.unwrap_or_default())?,
            tokens: self.token_range.as_ref().map(range).transpose()?,
            written: has_times.then_some(WrittenBetween { micros }),
        })
    }
}

/// Keys as SSTables have them; all of a table have one type.
fn serialized(table: &FoundTable, keys: &[String]) -> Result<HashSet<Vec<u8>>> {
    let (Some(first), false) = (table.sstables.first(), keys.is_empty()) else { return Ok(HashSet::new()) };
    let files = DiskFiles::new(first.clone(), Access::default());
    let key_type = read_header(&files, first.version())?.key_type;
    let parse = |key: &String| {
        parse_string(&key_type, key).map_err(|error| {
            Error::new(ErrorKind::InvalidInput, format!("'{key}' is no key of {}: {error}", table.title()))
        })
    };
    keys.iter().map(parse).collect()
}
