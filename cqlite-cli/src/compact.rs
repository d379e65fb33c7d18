//! `cqlite compact`

use std::path::PathBuf;

use clap::Args;
use cqlite_sstable::find::{CommitLog, FoundTable};
use cqlite_sstable::merge::{PurgeOptions, PurgeReport};
use cqlite_sstable::reader::{Access, Sstable};
use cqlite_sstable::tools::rewrite::{OtherSstables, Purging, RepairState};
use cqlite_sstable::writer::Operation;
use cqlite_sstable::{Descriptor, Error, Result, Version};

use crate::exit::{HELP, Outcome};
use crate::inputs::{Inputs, now_seconds};
use crate::rewrite_tables::RewriteArguments;
use crate::rewriting::{Done, PLACES, parse_version};
use crate::tables;

const EXAMPLES: &str = "\
Examples:
  cqlite compact --out merged data/shop/orders-5a1c                    all of a table into one SSTable
  cqlite compact --out merged data/shop/orders-5a1c/nb-{3,7}-big-Data.db
  cqlite compact --purge --commitlog-drained --out merged data/shop/orders-5a1c    without old tombstones

Tombstones are kept, unless --purge is given: offline, not all of a table may be in sight, and what a tombstone deletes
would come back. With --purge, one is dropped that is older than gc_grace_seconds, if nothing older can be of its
partition in any SSTable that lies beside the inputs and is none of them, nor in the commit log. That has to be empty:
either it lies in commitlog/ beside the data directory and was drained, or --commitlog-drained says so. What was written
to a column before it was dropped goes, too.

";

/// Merge the SSTables of each table into one, as a compaction does; the inputs are never changed
#[derive(Args)]
#[command(after_help = format!("{EXAMPLES}{PLACES}{HELP}"))]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,

    /// Drop tombstones that are not needed any more
    #[arg(long)]
    purge: bool,

    /// How long tombstones must be kept, in seconds [default: as the schema says]
    #[arg(long, value_name = "SECONDS", requires = "purge")]
    gc_grace: Option<u32>,

    /// When to judge expiry, in seconds since 1970 [default: now]
    #[arg(long, value_name = "EPOCH_SECONDS", requires = "purge", allow_negative_numbers = true)]
    now: Option<i64>,

    /// No commit log holds anything of the table: the node was drained, or there is none
    #[arg(long, requires = "purge")]
    commitlog_drained: bool,

    /// A file of CQL with the table [default: what is found beside the data]
    #[arg(long, value_name = "FILE", requires = "purge")]
    schema: Option<PathBuf>,

    /// The version of the output [default: the newest of the inputs]
    #[arg(long, value_name = "VERSION", value_parser = parse_version)]
    to: Option<Version>,

    #[command(flatten)]
    output: RewriteArguments,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let found = arguments.inputs.find()?;
    let roots = found.0.data_directories();
    let operation = Operation::Compaction;
    arguments.output.for_each_table(found, operation, arguments.to, &mut |table, job, step| {
        let mut notes = Vec::new();
        let purging = arguments.purge.then(|| arguments.purging(table, &roots, &mut notes)).transpose()?;
        let report = job.compact(purging, step)?;
        notes.extend(report.purge.as_ref().map(told).into_iter().flatten());
        Ok(Done { purge: report.purge, ..Done::new(report.rewrite, notes) })
    })
}

impl Arguments {
    fn purging(&self, table: &FoundTable, roots: &[PathBuf], notes: &mut Vec<String>) -> Result<Purging> {
        let schema = tables::resolve(&table.sstables, self.schema.as_deref(), roots)?.schema;
        let grace = self.gc_grace.map(i64::from).or(schema.gc_grace_seconds()).ok_or_else(|| {
            Error::invalid_input("how long tombstones must be kept is not known")
                .at(table.place())
                .advise("give it by --gc-grace, or the table by --schema")
        })?;
        let others = OtherSstables::of(&table.sstables)?;
        let partitioner = tables::partitioner(table)?;
        if !self.commitlog_drained {
            notes.extend(kept_for(others.commit_log).map(str::to_owned));
        }
        let beside = others.sstables.len();
        if beside > 0 {
            notes.push(format!("{beside} SSTables beside the inputs keep tombstones of what they may hold"));
        }
        let now_seconds = now_seconds(self.now);
        let options = PurgeOptions {
            now_seconds,
            gc_before_seconds: now_seconds.saturating_sub(grace),
            keeps_unrepaired: schema.purges_repaired_only() && !are_repaired(&table.sstables)?,
            strict_liveness: schema.enforces_strict_liveness,
            has_counters: schema.is_counter(),
        };
        let (overlaps, doubts) = others.overlaps(partitioner, self.commitlog_drained)?;
        notes.extend(
            doubts.iter().map(|doubt| format!("every tombstone is kept that this could rule out: {doubt}")),
        );
        Ok(Purging { options, overlaps, schema })
    }
}

/// Why the commit log keeps all tombstones, if it does.
fn kept_for(commit_log: CommitLog) -> Option<&'static str> {
    match commit_log {
        CommitLog::Empty => None,
        CommitLog::NotFound => Some(
            "no tombstone is purged: no commit log was found beside the data, and one elsewhere may hold older writes \
             (after nodetool drain, or without a node, give --commitlog-drained)",
        ),
        CommitLog::HasWrites => Some(
            "no tombstone is purged: a commit log may hold older writes (after nodetool drain, give --commitlog-drained)",
        ),
    }
}

fn are_repaired(sstables: &[Descriptor]) -> Result<bool> {
    for one in sstables {
        let sstable = Sstable::open_descriptor(one, Access::default())?;
        if !RepairState::of(&sstable.statistics().stats).is_repaired() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What a purge did, a sentence each.
fn told(report: &PurgeReport) -> Vec<String> {
    let sentences = [
        (report.purged.total(), "tombstones and expired values were purged"),
        (report.kept_by_overlap.total(), "are old enough, but may delete something outside of the inputs"),
        (report.kept_unrepaired.total(), "are old enough, but not repaired, as the table wants"),
        (report.kept_in_grace.total(), "are not older than gc_grace_seconds"),
        (report.cells_made_tombstones, "expired values became tombstones"),
        (report.of_dropped_columns, "cells were left out that are older than the drop of their column"),
    ];
    let counted = sentences.into_iter().filter(|(count, _)| *count > 0);
    counted.map(|(count, what)| format!("{count} {what}")).collect()
}
