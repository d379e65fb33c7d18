//! What the verbs that write SSTables have in common.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use cqlite_sstable::compress::CompressionParameters;
use cqlite_sstable::find::FoundTable;
use cqlite_sstable::tools::rewrite::{
    RewriteJob, RewriteOptions, RewriteReport, RewriteStep, Target, output_place,
};
use cqlite_sstable::writer::{Operation, Written};
use cqlite_sstable::{Descriptor, Error, ErrorKind, Format, Result, Version};
use serde_json::json;

use crate::exit::Outcome;
use crate::inputs::Inputs;
use crate::progress::Progress;
use crate::terminal;

/// Where outputs go, for the help of each verb.
pub const PLACES: &str = "\
Outputs:
  Those of a table whose directory is named as a node names it go to DIR/<keyspace>/<table>-<id>/, others to DIR itself.
  They are visible together, when all are complete and verified; a run that fails or is killed leaves nothing that
  Cassandra would read. Put them into a running node with: nodetool import <keyspace> <table> <directory>

";

/// The arguments that all verbs share that write SSTables.
#[derive(Args)]
pub struct OutputArguments {
    /// The directory for the outputs: none of an input, and without SSTables where they go
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,

    /// The number of the first output [default: behind all that are used where the inputs lie]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=2_147_483_647))]
    pub first_id: Option<u32>,

    /// Compress with lz4, zstd, snappy, deflate, noop, or none, with a level as in zstd:3 [default: as the input]
    #[arg(long, value_name = "COMPRESSION", value_parser = parse_compression)]
    compression: Option<Compression>,

    /// The size of blocks in the index of rows, as 16KiB [default: 64KiB, of da 16KiB]
    #[arg(long, value_name = "SIZE", value_parser = parse_block_size)]
    index_block: Option<u32>,

    /// Convert what the version cannot hold to what is nearest, and count it, instead of stopping
    #[arg(long)]
    lossy: bool,

    /// Let the outputs count as unrepaired, whatever the inputs are
    #[arg(long)]
    mark_unrepaired: bool,

    /// Do not read the outputs again before they become visible
    #[arg(long)]
    pub no_verify: bool,

    /// One JSON object a line: one an output and one a table, or one an SSTable that is salvaged
    #[arg(long)]
    pub json: bool,
}

/// How to compress, if at all.
#[derive(Clone)]
struct Compression(Option<CompressionParameters>);

fn parse_compression(text: &str) -> Result<Compression, String> {
    CompressionParameters::parse(text).map(Compression).map_err(|error| error.to_string())
}

fn parse_block_size(text: &str) -> Result<u32, String> {
    let bytes = parse_size(text)?;
    u32::try_from(bytes)
        .ok()
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| format!("{text} is no size of a block"))
}

/// Reads a number of bytes with a unit of 1024: `160MiB`, `64KiB`, `1GiB`, `4096`.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let split = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor: Option<u64> = match unit.trim() {
        "" | "B" => Some(1),
        "KiB" | "K" => Some(1 << 10),
        "MiB" | "M" => Some(1 << 20),
        "GiB" | "G" => Some(1 << 30),
        "TiB" | "T" => Some(1 << 40),
        _ => None,
    };
    let bytes =
        number.parse::<u64>().ok().zip(factor).and_then(|(number, factor)| number.checked_mul(factor));
    bytes.ok_or_else(|| format!("'{text}' is no size: write it as 160MiB, 64KiB or 4096"))
}

/// Reads the name of a version that can be written.
pub fn parse_version(text: &str) -> Result<Version, String> {
    let format = if text == "da" { Format::Bti } else { Format::Big };
    match text {
        "me" | "nb" | "oa" | "da" => Version::parse(text, format).map_err(|error| error.to_string()),
        _ => Err(format!("'{text}' is not written: nb, oa, da and me are")),
    }
}

/// What a verb does with the SSTables of one table.
pub type Run<'a> = dyn FnMut(
        &FoundTable,
        &RewriteJob<'_>,
        &mut dyn FnMut(RewriteStep<'_>),
    ) -> Result<(RewriteReport, Vec<String>)>
    + 'a;

impl OutputArguments {
    /// Runs `run` for each table that is found. The version of the outputs is `to`, or that of the newest input.
    pub fn for_each_table(
        &self,
        inputs: &Inputs,
        operation: Operation,
        to: Option<Version>,
        run: &mut Run<'_>,
    ) -> Result<Outcome> {
        let (found, mut outcome) = inputs.find()?;
        let tables: Vec<&FoundTable> =
            found.tables.iter().filter(|table| !table.sstables.is_empty()).collect();
        refuse_shared_place(&self.out, &tables)?;
        let mut stdout = io::stdout().lock();
        for table in tables {
            match self.one_table(table, operation, to, run, &mut stdout) {
                Ok(()) => {}
                Err(error) if error.is_closed_pipe() => return Err(error),
                Err(error) => {
                    terminal::error(&error);
                    outcome = outcome.or(Outcome::from(&error));
                }
            }
        }
        stdout.flush().map_err(Error::output)?;
        Ok(outcome)
    }

    /// What is written, in this version.
    pub fn options(&self, version: Version) -> RewriteOptions {
        RewriteOptions {
            target: Target { version, is_lossy: self.lossy },
            marks_unrepaired: self.mark_unrepaired,
            compression: self.compression.clone().map(|compression| compression.0),
            index_block_bytes: self.index_block,
        }
    }

    fn one_table(
        &self,
        table: &FoundTable,
        operation: Operation,
        to: Option<Version>,
        run: &mut Run<'_>,
        stdout: &mut impl Write,
    ) -> Result<()> {
        if let Some(obstacle) = table.obstacles().first() {
            return Err(Error::new(obstacle.kind(), obstacle.to_string()));
        }
        let Some(first) = table.sstables.first() else { return Ok(()) };
        let newest = table.sstables.iter().map(Descriptor::version).max();
        let version = to.or(newest.map(Version::written_as)).unwrap_or_else(|| first.version());
        let place = output_place(&self.out, first);
        let job = RewriteJob {
            inputs: &table.sstables,
            named: &table.sstables,
            place: &place,
            operation,
            options: self.options(version),
            first_id: self.first_id,
            verifies: !self.no_verify,
        };
        let mut progress = if self.json { Progress::beside_output() } else { Progress::new() };
        progress.begin(table.title());
        let mut step = |step: RewriteStep<'_>| match step {
            RewriteStep::Read { done_bytes, total_bytes } => progress.at(done_bytes, total_bytes),
            RewriteStep::Verifying(written) => progress.begin(format!("verifying {}", name(written))),
        };
        let (report, notes) = run(table, &job, &mut step)?;
        progress.hide();
        let written = match self.json {
            true => write_json(table, &report, &notes, stdout),
            false => write_readable(table, &report, &notes, stdout),
        };
        written.map_err(Error::output)
    }
}

/// Two tables whose names are not known would go to one directory.
pub fn refuse_shared_place(out: &Path, tables: &[&FoundTable]) -> Result<()> {
    let mut unnamed =
        tables.iter().filter(|table| table.sstables.first().is_some_and(|one| output_place(out, one) == out));
    match (unnamed.next(), unnamed.next()) {
        (Some(first), Some(second)) => Err(Error::new(
            ErrorKind::InvalidInput,
            format!(
                "{} and {} are not named as tables: their outputs would lie together",
                first.place().display(),
                second.place().display()
            ),
        )
        .advise("name them one after another, each with its own --out")),
        _ => Ok(()),
    }
}

pub fn name(written: &Written) -> String {
    Descriptor::new(&written.directory, written.version, written.id.clone()).to_string()
}

fn write_readable(
    table: &FoundTable,
    report: &RewriteReport,
    notes: &[String],
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(out, "{}", table.title())?;
    for written in &report.written {
        let partitions = written.partitions;
        writeln!(out, "  wrote  {}  {partitions} partitions, {} bytes", name(written), written.size_bytes())?;
    }
    if report.written.is_empty() {
        writeln!(out, "  wrote  nothing: nothing was left")?;
    }
    for (count, what) in conversions(&report.written) {
        if count > 0 {
            writeln!(out, "  lossy  {count} {what}")?;
        }
    }
    notes.iter().try_for_each(|note| writeln!(out, "  note   {note}"))
}

/// What was converted, summed over the outputs.
pub fn conversions<'w>(
    written: impl IntoIterator<Item = &'w Written> + Clone,
) -> [(u64, &'static str); 4] {
    let sum = |count: fn(&Written) -> u64| {
        written.clone().into_iter().fold(0_u64, |sum, written| sum.saturating_add(count(written)))
    };
    [
        (sum(|one| one.conversions.capped_times), "dates are now the last that the version can hold"),
        (sum(|one| one.conversions.dropped_partition_deletions), "deletions of partitions were left out"),
        (sum(|one| one.conversions.vectors_as_blobs), "columns of vectors are now of blobs"),
        (sum(|one| one.conversions.compression), "times another compression was taken"),
    ]
}

fn write_json(
    table: &FoundTable,
    report: &RewriteReport,
    notes: &[String],
    out: &mut impl Write,
) -> io::Result<()> {
    for written in &report.written {
        let line = json!({
            "sstable": name(written),
            "partitions": written.partitions,
            "unfiltereds": written.unfiltereds,
            "uncompressed_bytes": written.data_length_bytes,
            "disk_bytes": written.size_bytes(),
        });
        writeln!(out, "{line}")?;
    }
    let [capped_times, dropped_partition_deletions, vectors_as_blobs, compression] =
        conversions(&report.written).map(|(count, _)| count);
    let line = json!({
        "table": table.title(),
        "inputs": table.sstables.len(),
        "outputs": report.written.len(),
        "read_partitions": report.read_partitions,
        "dropped_partitions": report.dropped.partitions,
        "dropped_rows": report.dropped.rows,
        "dropped_cells": report.dropped.items,
        "lossy": {
            "capped_times": capped_times,
            "dropped_partition_deletions": dropped_partition_deletions,
            "vectors_as_blobs": vectors_as_blobs,
            "compression": compression,
        },
        "notes": notes,
    });
    writeln!(out, "{line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units_of_1024_or_none() {
        assert_eq!(parse_size("160MiB"), Ok(160 * 1024 * 1024));
        assert_eq!((parse_size("4096"), parse_size("1 GiB")), (Ok(4096), Ok(1 << 30)));
        for wrong in ["", "MiB", "1MB", "-1", "1.5GiB", "99999999999TiB"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_versions_that_are_written_are_taken() {
        for version in ["nb", "oa", "da", "me"] {
            assert_eq!(parse_version(version).unwrap().to_string(), version);
        }
        for version in ["mc", "na", "zz", "", "NB"] {
            assert!(parse_version(version).unwrap_err().contains("nb, oa, da and me"), "{version}");
        }
    }
}
