//! The SSTables that a compaction makes.

use std::sync::Arc;

use cqlite_sstable::row::UnfilteredPartitions;
use cqlite_sstable::tools::rewrite::{Kept, Target, has_cores};
use cqlite_sstable::writer::{SstableWriter, Transaction, Written};
use cqlite_sstable::{Partitioner, Result, Token};

use super::super::Place;
use super::cutter::Cutter;
use super::{CompactionControl, NextId};

/// The outputs of one compaction, written one after another.
pub(super) struct Outputs<'a> {
    pub(super) transaction: &'a mut Transaction,
    pub(super) ids: &'a NextId,
    pub(super) control: &'a CompactionControl,
    pub(super) kept: Kept,
    pub(super) target: Target,
    pub(super) partitioner: Partitioner,
    pub(super) cutter: Cutter<'a>,
    /// The stored bytes of all inputs.
    pub(super) total_bytes: u64,
    pub(super) current: Option<Current>,
    pub(super) written: Vec<Written>,
}

/// The output that is written.
pub(super) struct Current {
    writer: SstableWriter,
    first: Place,
    last: Place,
}

impl Outputs<'_> {
    /// Writes all partitions of a source, and completes the last output.
    ///
    /// # Errors
    /// Those of the source, and if an output cannot be written.
    pub(super) fn write(&mut self, source: &mut impl UnfilteredPartitions) -> Result<()> {
        while source.advance_partition()? {
            let key = source.partition().key;
            let token = self.partitioner.token(key);
            let ends = self
                .current
                .as_ref()
                .is_some_and(|current| self.cutter.ends_before(&token, current.writer.stored_bytes()));
            if ends {
                self.end()?;
            }
            let current = match &mut self.current {
                Some(current) => {
                    current.last.key.clear();
                    current.last.key.extend_from_slice(key);
                    current.last.token = token;
                    current
                }
                None => {
                    let begun = self.begin(token, key)?;
                    self.current.insert(begun)
                }
            };
            current.writer.write_partition(source)?;
        }
        self.end()
    }

    fn begin(&mut self, token: Token, key: &[u8]) -> Result<Current> {
        self.cutter.begin(&token);
        let id = (self.ids)()?;
        self.transaction.add(self.target.version, id.clone())?;
        let estimated_keys = match self.written.last() {
            None => self.cutter.share(self.kept.partitions, self.total_bytes),
            Some(previous) => {
                previous.partitions.saturating_add(previous.partitions / 8).min(self.kept.partitions)
            }
        };
        let writes_behind = !self.cutter.asks_for_stored_bytes() && has_cores();
        let mut options = self.kept.writer_options(self.target, estimated_keys, writes_behind);
        options.statistics.sstable_level = i32::from(self.cutter.level());
        let writer = SstableWriter::new(
            Arc::clone(self.transaction.directory()),
            self.target.version,
            id,
            self.kept.header.clone(),
            self.partitioner.clone(),
            options,
        )?;
        let first = Place { token, key: key.to_vec() };
        Ok(Current { writer, last: first.clone(), first })
    }

    fn end(&mut self) -> Result<()> {
        let Some(Current { mut writer, first, last }) = self.current.take() else { return Ok(()) };
        writer.settings_mut().token_space_coverage = self.cutter.coverage(&first, &last);
        let written = writer.finish()?;
        self.control.add_written(written.size_bytes());
        self.written.push(written);
        Ok(())
    }
}
