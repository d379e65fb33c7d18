//! `cqlite commitlog`

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use cqlite_core::storage::commitlog::{
    Damage, FoundSegment, FoundSegments, OnDamage, SegmentPlace, SegmentReader,
};
use cqlite_core::storage::fs::DiskFileSystem;
use cqlite_sstable::{Error, ErrorKind, Result};

use crate::commitlog_printer::{Printer, Totals};
use crate::exit::{HELP, Outcome};
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  cqlite commitlog /var/lib/cassandra/commitlog              all segments, the oldest first
  cqlite commitlog CommitLog-7-1795245639596.log             one segment
  cqlite commitlog --json commitlog | jq 'select(.kind == \"entry\").table' | sort | uniq -c

A torn tail of the last segment is a warning: Cassandra starts on it. All else that is damaged is an error, and what is behind
it is printed as far as it can be found. A segment that is named alone is taken for the last one.

";

/// Print the segments of a commit log: headers, sections, and for each entry its position, size, table and key
#[derive(Args)]
#[command(after_help = format!("{EXAMPLES}{HELP}"))]
pub struct Arguments {
    /// A segment, or a directory with segments
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// One JSON object a line for each segment, section and entry, and for the end
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let mut printer = Printer::new(arguments.json, BufWriter::new(io::stdout().lock()));
    let mut outcome = Outcome::Success;
    let mut totals = Totals::default();
    for path in &arguments.paths {
        match found(path) {
            Ok(found) => {
                for segment in found.segments() {
                    outcome = outcome.or(print_segment(segment, &mut printer, &mut totals)?);
                }
            }
            Err(error) => {
                terminal::error(&error);
                outcome = outcome.or(Outcome::from(&error));
            }
        }
    }
    printer.totals(&totals)?;
    Ok(outcome)
}

fn found(path: &Path) -> Result<FoundSegments> {
    if !path.is_dir() {
        return FoundSegments::one(&DiskFileSystem, path);
    }
    let found = FoundSegments::list(&DiskFileSystem, path)?;
    if found.segments().is_empty() {
        return Err(Error::new(
            ErrorKind::NotAnSstable,
            "there are no segments of a commit log in the directory",
        )
        .at(path)
        .advise("name the directory with files CommitLog-<version>-<id>.log"));
    }
    Ok(found)
}

/// Prints a segment as far as it can be read. An error is one of the output.
fn print_segment<W: Write>(
    segment: &FoundSegment,
    printer: &mut Printer<W>,
    totals: &mut Totals,
) -> Result<Outcome> {
    let mut reader = match segment.open_with(&DiskFileSystem, OnDamage::Skip) {
        Ok(reader) => reader,
        Err(error) => return Ok(told(&error)),
    };
    totals.segments += 1;
    printer.segment(segment, &reader)?;
    let mut outcome = Outcome::Success;
    loop {
        match reader.next_section() {
            Ok(None) => break,
            Ok(Some(section)) => {
                printer.section(&section)?;
                totals.sections += 1;
                for entry in section.entries() {
                    printer.entry(&entry)?;
                    totals.entries += 1;
                    totals.mutation_bytes += entry.mutation.len() as u64;
                }
            }
            Err(error) => {
                outcome = told(&error);
                break;
            }
        }
    }
    if outcome == Outcome::Success
        && let Err(error) = reader.check_end()
    {
        outcome = told(&error);
    }
    printer.tail(&reader)?;
    totals.damaged += reader.damage_count();
    Ok(outcome.or(tell_damage(segment, &reader)))
}

fn told(error: &Error) -> Outcome {
    terminal::error(error);
    Outcome::from(error)
}

fn tell_damage(segment: &FoundSegment, reader: &SegmentReader) -> Outcome {
    let mut outcome = Outcome::Success;
    let tell = |damage: &Damage| match damage.is_torn {
        true => terminal::warning(damage.to_error(segment.path())),
        false => terminal::error(damage.to_error(segment.path())),
    };
    for damage in reader.damage() {
        tell(damage);
        if !damage.is_torn {
            outcome = Outcome::Damaged;
        }
    }
    let untold = reader.damage_count().saturating_sub(reader.damage().len() as u64);
    if untold > 0 {
        let path = segment.path().display();
        terminal::warning(format!("{path}: {untold} more places are damaged"));
        if segment.place() == SegmentPlace::Earlier {
            outcome = Outcome::Damaged;
        }
    }
    outcome
}
