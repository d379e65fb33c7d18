//! What one thread writes at a time.

use std::sync::Arc;

use cqlite_sstable::Result;
use cqlite_sstable::writer::SstableWriter;

use super::partition::PartitionWriter;
use super::run::Run;
use super::run_merge::RunMerge;
use super::scanner::TableTotals;
use super::tables::MetTable;
use super::{NewSstable, ReplayOutput};

/// A smaller table is not divided.
const DIVIDED_BYTES: u64 = 4 << 20;

/// The partitions of a table between two prefixes.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) table: Arc<MetTable>,
    from: u64,
    /// Where the next job begins.
    until: Option<u64>,
    pub(super) new: NewSstable,
}

impl Job {
    /// What is to be written of a table: by so many threads if it is worth it, each about as many bytes.
    pub(super) fn of_table(
        table: &Arc<MetTable>,
        totals: &TableTotals,
        runs: &[Run],
        threads: usize,
        mut new: NewSstable,
    ) -> Vec<Self> {
        let mut samples: Vec<u64> = runs
            .iter()
            .flat_map(Run::samples)
            .filter(|(number, _)| *number == table.number)
            .map(|(_, prefix)| prefix)
            .collect();
        samples.sort_unstable();
        let parts = if totals.bytes < DIVIDED_BYTES { 1 } else { threads.max(1) };
        let mut starts: Vec<u64> = (1..parts)
            .filter_map(|part| samples.get(samples.len().saturating_mul(part) / parts).copied())
            .collect();
        starts.insert(0, 0);
        starts.dedup();
        let parts = starts.len() as u64;
        new.estimated_partitions = totals.updates.div_ceil(parts);
        new.estimated_bytes = totals.bytes.div_ceil(parts);
        let job = |(index, from): (usize, &u64)| Self {
            table: Arc::clone(table),
            from: *from,
            until: starts.get(index.saturating_add(1)).copied(),
            new: new.clone(),
        };
        starts.iter().enumerate().map(job).collect()
    }

    /// Writes an SSTable, if there are any partitions; more of them where a partition is too large to be merged at once. `told` is
    /// told of the bytes of updates that were taken; false ends the work.
    pub(super) fn write(
        &self,
        runs: &[Run],
        limits: Limits,
        output: &dyn ReplayOutput,
        told: &mut dyn FnMut(u64) -> bool,
    ) -> Result<()> {
        let mut updates = RunMerge::new(&self.table, runs, self.from, limits.piece_bytes)?;
        let mut partitions = PartitionWriter::new(&self.table, limits.partition_bytes)?;
        let mut writer = None;
        while updates.prefix().is_some_and(|prefix| self.until.is_none_or(|until| prefix < until)) {
            let mut has_more = partitions.take(&mut updates)?;
            if !has_more && !partitions.says_anything()? {
                continue;
            }
            let writer = match &mut writer {
                Some(writer) => writer,
                None => writer.insert(output.begin(&self.new)?),
            };
            partitions.write(writer)?;
            while has_more {
                has_more = partitions.take(&mut updates)?;
                let mut another =
                    output.begin(&NewSstable { estimated_partitions: 1, ..self.new.clone() })?;
                partitions.write(&mut another)?;
                finish(another, &self.new, output)?;
            }
            if !told(partitions.taken_bytes()) {
                return Ok(());
            }
        }
        match writer {
            Some(writer) => finish(writer, &self.new, output),
            None => Ok(()),
        }
    }
}

/// An SSTable in which nothing is, as all of it was of columns that were dropped, is not finished.
fn finish(writer: SstableWriter, new: &NewSstable, output: &dyn ReplayOutput) -> Result<()> {
    if writer.partitions() == 0 {
        return Ok(());
    }
    output.written(new, writer.finish()?)
}

/// The memory that a job may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// What is read of a temporary file at once.
    pub(super) piece_bytes: usize,
    /// How much of a partition is merged at a time.
    pub(super) partition_bytes: usize,
}
