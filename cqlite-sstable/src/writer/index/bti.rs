//! Writing Partitions.db and Rows.db (`BtiTableWriter.IndexWriter`, `BtiFormatPartitionWriter`).

use super::block_cutter::BlockCutter;
use super::{IndexSettings, no_partitions};
use crate::component::statistics::SerializationHeader;
use crate::component::{Component, PartitionPosition, PartitionsWriter, RowsWriter};
use crate::error::Result;
use crate::io::{OutputDirectory, SequentialFile};
use crate::partitioner::Partitioner;
use crate::row::{ClusteringOrder, ClusteringPrefix, DeletionTime};

#[derive(Debug)]
pub(super) struct BtiIndexWriter {
    partitions_file: SequentialFile,
    rows_file: SequentialFile,
    partitions: PartitionsWriter,
    rows: RowsWriter,
    cutter: BlockCutter,
    /// Of the current partition, or of the last one.
    key: Vec<u8>,
    partition_start: u64,
}

impl BtiIndexWriter {
    pub(super) fn new(
        directory: &dyn OutputDirectory,
        stem: &str,
        header: &SerializationHeader,
        partitioner: Partitioner,
        settings: IndexSettings,
    ) -> Result<Self> {
        let create = |component: Component| SequentialFile::create(directory, &format!("{stem}-{component}"));
        Ok(Self {
            partitions_file: create(Component::Partitions)?,
            rows_file: create(Component::Rows)?,
            partitions: PartitionsWriter::new(partitioner),
            rows: RowsWriter::new(ClusteringOrder::new(header.clustering_types.clone())),
            cutter: BlockCutter::new(settings.block_bytes),
            key: Vec::new(),
            partition_start: 0,
        })
    }

    #[inline]
    pub(super) fn start_partition(&mut self, key: &[u8], position: u64) {
        self.key.clear();
        self.key.extend_from_slice(key);
        self.partition_start = position;
        self.cutter.start_partition(position);
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
            Some(block) => self.rows.add(&block, &mut self.rows_file),
            None => Ok(()),
        }
    }

    pub(super) fn end_partition(&mut self, deletion: DeletionTime, end: u64) -> Result<()> {
        if let Some(block) = self.cutter.finish_partition(end) {
            self.rows.add(&block, &mut self.rows_file)?;
        }
        // The end-of-partition byte is the last one.
        let rows_end = end.saturating_sub(self.partition_start).saturating_sub(1);
        let position = match self.rows.finish_partition(
            (&self.key, self.partition_start, deletion),
            rows_end,
            &mut self.rows_file,
        )? {
            Some(entry) => PartitionPosition::Rows(entry),
            None => PartitionPosition::Data(self.partition_start),
        };
        self.partitions.add(&self.key, position, &mut self.partitions_file)
    }

    pub(super) fn finish(mut self) -> Result<Vec<(Component, u64)>> {
        if self.partitions.is_empty() {
            return Err(no_partitions());
        }
        self.partitions.finish(&mut self.partitions_file)?;
        let (partitions, rows) = (self.partitions_file.finish()?, self.rows_file.finish()?);
        Ok(vec![(Component::Partitions, partitions), (Component::Rows, rows)])
    }
}
