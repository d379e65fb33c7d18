//! What the verbs that write SSTables have in common.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use cqlite_sstable::compress::CompressionParameters;
use cqlite_sstable::find::FoundTable;
use cqlite_sstable::merge::{PurgeReport, TombstoneCounts};
use cqlite_sstable::tools::rewrite::{RewriteOptions, RewriteReport, Target, output_place};
use cqlite_sstable::writer::Written;
use cqlite_sstable::{Descriptor, Error, ErrorKind, Format, Result, Version};
use serde_json::{Value, json};

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

impl OutputArguments {
    /// What is written, in this version.
    pub fn options(&self, version: Version) -> RewriteOptions {
        RewriteOptions {
            target: Target { version, is_lossy: self.lossy },
            marks_unrepaired: self.mark_unrepaired,
            compression: self.compression.clone().map(|compression| compression.0),
            index_block_bytes: self.index_block,
        }
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

/// What a verb did with the SSTables of one table.
pub struct Done {
    pub report: RewriteReport,
    /// What is to be told beside the outputs, a sentence each.
    pub notes: Vec<String>,
    /// What was purged, where that was asked for.
    pub purge: Option<PurgeReport>,
    /// How many inputs were damaged and salvaged.
    pub damaged_inputs: u64,
}

impl Done {
    /// Of a verb that does not purge.
    pub fn new(report: RewriteReport, notes: Vec<String>) -> Self {
        Self { report, notes, purge: None, damaged_inputs: 0 }
    }

    /// Prints it, for people or as JSON.
    pub fn write(&self, table: &FoundTable, is_json: bool, out: &mut impl Write) -> io::Result<()> {
        if is_json { write_json(table, self, out) } else { write_readable(table, self, out) }
    }
}

fn write_readable(table: &FoundTable, done: &Done, out: &mut impl Write) -> io::Result<()> {
    let report = &done.report;
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
    done.notes.iter().try_for_each(|note| writeln!(out, "  note   {note}"))
}

/// What was converted, summed over the outputs.
pub fn conversions<'w>(written: impl IntoIterator<Item = &'w Written> + Clone) -> [(u64, &'static str); 5] {
    let sum = |count: fn(&Written) -> u64| {
        written.clone().into_iter().fold(0_u64, |sum, written| sum.saturating_add(count(written)))
    };
    [
        (sum(|one| one.conversions.capped_times), "dates are now the last that the version can hold"),
        (sum(|one| one.conversions.dropped_partition_deletions), "deletions of partitions were left out"),
        (
            sum(|one| one.conversions.dropped_row_deletions),
            "deletions of rows beside shadowable ones were left out",
        ),
        (sum(|one| one.conversions.vectors_as_blobs), "columns of vectors are now of blobs"),
        (sum(|one| one.conversions.compression), "times another compression was taken"),
    ]
}

fn write_json(table: &FoundTable, done: &Done, out: &mut impl Write) -> io::Result<()> {
    let report = &done.report;
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
    let [capped_times, dropped_partition_deletions, dropped_row_deletions, vectors_as_blobs, compression] =
        conversions(&report.written).map(|(count, _)| count);
    let mut line = json!({
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
            "dropped_row_deletions": dropped_row_deletions,
            "vectors_as_blobs": vectors_as_blobs,
            "compression": compression,
        },
        "damaged_inputs": done.damaged_inputs,
        "notes": done.notes,
    });
    if let (Some(purge), Some(fields)) = (&done.purge, line.as_object_mut()) {
        fields.insert("purge".to_owned(), purge_json(purge));
    }
    writeln!(out, "{line}")
}

fn purge_json(report: &PurgeReport) -> Value {
    let counts = |counts: &TombstoneCounts| {
        json!({
            "partition_deletions": counts.partition_deletions,
            "range_bounds": counts.range_bounds,
            "row_deletions": counts.row_deletions,
            "expired_livenesses": counts.expired_livenesses,
            "complex_deletions": counts.complex_deletions,
            "cell_tombstones": counts.cell_tombstones,
            "expired_cells": counts.expired_cells,
        })
    };
    json!({
        "purged": counts(&report.purged),
        "kept_by_overlap": counts(&report.kept_by_overlap),
        "kept_unrepaired": counts(&report.kept_unrepaired),
        "kept_in_grace": counts(&report.kept_in_grace),
        "cells_made_tombstones": report.cells_made_tombstones,
        "rows_emptied": report.rows_emptied,
        "partitions_emptied": report.partitions_emptied,
        "of_dropped_columns": report.of_dropped_columns,
    })
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
