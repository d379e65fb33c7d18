//! Every input on its own: upgrade, split, filter.

use std::path::Path;

use super::token_counts::{partitions_between, partitions_within};
use super::{
    Cut, Kept, OutputIds, Outputs, RewriteInput, RewriteOptions, check_place, check_space, estimated_bytes,
    keep,
};
use crate::descriptor::Descriptor;
use crate::error::{Error, ErrorKind, Result};
use crate::merge::Transformed;
use crate::reader::{Access, ScanOptions, Sstable};
use crate::tools::filter::{DroppedCounts, FilterOptions, RowFilter};
use crate::writer::{Operation, Written};

/// A rewrite of SSTables of one table, each on its own.
#[derive(Debug, Clone)]
pub struct RewriteJob<'a> {
    /// The inputs, by age.
    pub inputs: &'a [Descriptor],
    /// The SSTables that were named: the inputs, or what inputs were salvaged from. Outputs get ids behind theirs, and
    /// go to none of their directories.
    pub named: &'a [Descriptor],
    /// The directory for the outputs.
    pub place: &'a Path,
    /// What does it, for the name of the transaction log.
    pub operation: Operation,
    /// What is written.
    pub options: RewriteOptions,
    /// The id of the first output; by default one behind those of the inputs, or a time UUID where an input has one.
    pub first_id: Option<u32>,
    /// Whether the outputs are read as a whole before they become visible.
    pub verifies: bool,
}

/// What a rewrite is doing.
#[derive(Debug, Clone, Copy)]
pub enum RewriteStep<'a> {
    /// So many bytes of the data of all inputs are read.
    Read {
        /// Bytes so far, uncompressed.
        done_bytes: u64,
        /// All of them.
        total_bytes: u64,
    },
    /// An output is verified.
    Verifying(&'a Written),
}

/// What became of a rewrite.
#[derive(Debug, Clone, Default)]
pub struct RewriteReport {
    /// The outputs in the order in which they were written.
    pub written: Vec<Written>,
    /// What a filter left out.
    pub dropped: DroppedCounts,
    /// Partitions of the inputs.
    pub read_partitions: u64,
}

impl RewriteJob<'_> {
    /// Upgrades each SSTable to the target's version: one output for each input, with its id.
    ///
    /// # Errors
    /// As [`RewriteJob::filter`].
    pub fn upgrade(&self, step: impl FnMut(RewriteStep<'_>)) -> Result<RewriteReport> {
        self.run(true, |_, _| Cut::Never, None, step)
    }

    /// Splits each SSTable. `cut` tells where, from the bytes of its data, uncompressed and on disk.
    ///
    /// # Errors
    /// As [`RewriteJob::filter`].
    pub fn split(
        &self,
        cut: impl Fn(u64, u64) -> Cut,
        step: impl FnMut(RewriteStep<'_>),
    ) -> Result<RewriteReport> {
        self.run(false, cut, None, step)
    }

    /// Writes of each SSTable what passes a filter; none if nothing does.
    ///
    /// # Errors
    /// If the place or the inputs are refused, an input is damaged, an output cannot hold what is in an input, or cannot
    /// be written, or is not sound. Nothing is left of any output then.
    pub fn filter(&self, filter: &FilterOptions, step: impl FnMut(RewriteStep<'_>)) -> Result<RewriteReport> {
        self.run(false, |_, _| Cut::Never, Some(filter), step)
    }

    fn run(
        &self,
        keeps_ids: bool,
        cut: impl Fn(u64, u64) -> Cut,
        filter: Option<&FilterOptions>,
        mut step: impl FnMut(RewriteStep<'_>),
    ) -> Result<RewriteReport> {
        let (kept, total_bytes) = self.prepare(filter)?;
        let ids = OutputIds::of(self.named, self.first_id, keeps_ids, self.options.target.version)?;
        let mut outputs =
            Outputs::begin(self.place, self.operation, self.options.target, ids, self.verifies)?;
        let mut report = RewriteReport::default();
        let mut before_bytes = 0_u64;
        for (descriptor, mut kept) in self.inputs.iter().zip(kept) {
            let sstable = Sstable::open_descriptor(descriptor, Access::default())?;
            let length = sstable.data_length();
            let cut = cut(length, sstable.data().len());
            let counts = match &cut {
                Cut::BehindTokens(tokens) => partitions_between(&sstable, tokens),
                _ => None,
            };
            if let Some(range) = filter.and_then(|filter| filter.tokens.as_ref()) {
                kept.partitions = partitions_within(&sstable, range).unwrap_or(kept.partitions);
                kept.settings.token_space_coverage = None;
            }
            outputs.start(Some(descriptor.id().clone()), kept, sstable.partitioner()?, (cut, counts))?;
            let mut cursor =
                sstable.scan(ScanOptions { read_ahead: true, digest: true, ..ScanOptions::default() })?;
            let mut told = |read: u64| {
                let done_bytes = before_bytes.saturating_add(read);
                step(RewriteStep::Read { done_bytes, total_bytes });
                read
            };
            let written = match filter {
                None => outputs.write(&mut cursor, |cursor| told(cursor.partition_position())),
                Some(filter) => {
                    let filter = RowFilter::new(filter, sstable.partitioner()?);
                    let mut source = Transformed::new(&mut cursor, filter);
                    let written =
                        outputs.write(&mut source, |source| told(source.source().partition_position()));
                    report.dropped.add(source.transformation().dropped());
                    written
                }
            };
            written.map_err(|error| damaged(descriptor, error))?;
            sstable.finish_scan(&mut cursor)?;
            report.read_partitions = report.read_partitions.saturating_add(cursor.partitions());
            before_bytes = before_bytes.saturating_add(length);
        }
        report.written = outputs.commit(|written| step(RewriteStep::Verifying(written)))?;
        Ok(report)
    }

    /// What is kept of each input, and the bytes of all their data. What can be refused without reading rows is refused
    /// here, before anything is written.
    fn prepare(&self, filter: Option<&FilterOptions>) -> Result<(Vec<Kept>, u64)> {
        if self.inputs.is_empty() {
            return Err(Error::invalid_input("there is no SSTable to rewrite"));
        }
        check_place(self.place, self.named)?;
        let (mut all, mut total_bytes, mut wanted_bytes) = (Vec::new(), 0_u64, 0_u64);
        for descriptor in self.inputs {
            let sstable = Sstable::open_descriptor(descriptor, Access::default())?;
            filter.map_or(Ok(()), |filter| filter.check(sstable.header()))?;
            let kept = keep(&[RewriteInput::of(descriptor, &sstable)?], &self.options)?;
            total_bytes = total_bytes.saturating_add(sstable.data_length());
            let wanted = estimated_bytes(descriptor, &sstable, kept.compression.is_some())?;
            wanted_bytes = wanted_bytes.saturating_add(wanted);
            all.push(kept);
        }
        check_space(self.place, wanted_bytes)?;
        Ok((all, total_bytes))
    }
}

/// What the writer does not take of an input, since no SSTable has it so, is damage of the input.
fn damaged(input: &Descriptor, error: Error) -> Error {
    match error.kind() {
        ErrorKind::InvalidInput => Error::corrupt(format!("the input is damaged: {error}"))
            .at(input.to_string())
            .advise("bring it in order with salvage, or take what can be read of it with --skip-damaged"),
        _ => error,
    }
}
