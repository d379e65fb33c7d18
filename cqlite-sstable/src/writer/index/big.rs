//! Writing Index.db and Summary.db (`BigTableWriter.IndexWriter`, `BigFormatPartitionWriter`).

use std::sync::Arc;

use super::block_cutter::BlockCutter;
use super::{IndexSettings, no_partitions};
use crate::component::statistics::SerializationHeader;
use crate::component::{Component, PromotedIndexWriter, SummarySampler, write_entry_head};
use crate::encoding::ValueLength;
use crate::error::Result;
use crate::io::{OutputDirectory, SequentialFile};
use crate::row::{ClusteringPrefix, DeletionTime};
use crate::version::Version;

#[derive(Debug)]
pub(super) struct BigIndexWriter {
    index: SequentialFile,
    summary: SequentialFile,
    sampler: SummarySampler,
    cutter: BlockCutter,
    promoted: PromotedIndexWriter,
    /// Of the current partition, or of the last one.
    key: Vec<u8>,
    has_partitions: bool,
    partition_start: u64,
    rows_start: u64,
}

impl BigIndexWriter {
    pub(super) fn new(
        directory: Arc<dyn OutputDirectory>,
        stem: &str,
        version: Version,
        header: &SerializationHeader,
        settings: IndexSettings,
    ) -> Result<Self> {
        let clustering = header.clustering_types.iter().map(ValueLength::of).collect();
        let create =
            |component: Component| SequentialFile::create(&*directory, &format!("{stem}-{component}"));
        Ok(Self {
            index: create(Component::Index)?,
            summary: create(Component::Summary)?,
            sampler: SummarySampler::new(Arc::clone(&directory), settings.min_index_interval),
            cutter: BlockCutter::new(settings.block_bytes),
            promoted: PromotedIndexWriter::new(directory, clustering, version.has_uint_deletion_time()),
            key: Vec::new(),
            has_partitions: false,
            partition_start: 0,
            rows_start: 0,
        })
    }

    #[inline]
    pub(super) fn start_partition(&mut self, key: &[u8], position: u64) {
        self.key.clear();
        self.key.extend_from_slice(key);
        self.has_partitions = true;
        self.partition_start = position;
        self.cutter.start_partition(position);
    }

    #[inline]
    pub(super) fn start_rows(&mut self, position: u64) {
        self.rows_start = position;
    }

    #[inline]
    pub(super) fn unfiltered(
        &mut self,
        place: ClusteringPrefix<'_>,
        start: u64,
        end: u64,
        open_behind: DeletionTime,
    ) -> Result<()> {
        match self.cutter.push(place, start, end, open_behind) {
            Some(block) => self.promoted.add(&block).map_err(|error| error.at(self.index.path())),
            None => Ok(()),
        }
    }

    pub(super) fn end_partition(&mut self, deletion: DeletionTime, end: u64) -> Result<()> {
        if let Some(block) = self.cutter.finish_partition(end) {
            self.promoted.add(&block).map_err(|error| error.at(self.index.path()))?;
        }
        let passed = self.sampler.pass(&self.key, self.index.position());
        passed.map_err(|error| error.at(self.summary.path()))?;
        write_entry_head(&self.key, self.partition_start, self.index.buffer());
        let header_length = self.rows_start.saturating_sub(self.partition_start);
        let written = self.promoted.finish_partition(header_length, deletion, &mut self.index);
        written.map_err(|error| error.at(self.index.path()))?;
        self.index.settle()
    }

    pub(super) fn finish(mut self) -> Result<Vec<(Component, u64)>> {
        if !self.has_partitions {
            return Err(no_partitions());
        }
        self.sampler.finish(&self.key, &mut self.summary)?;
        Ok(vec![(Component::Index, self.index.finish()?), (Component::Summary, self.summary.finish()?)])
    }
}
