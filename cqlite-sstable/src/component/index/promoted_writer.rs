//! Writing the promoted index of a partition, in the layout of [`super::promoted`].

use std::io;
use std::sync::Arc;

use super::super::CutBlock;
use super::promoted::WIDTH_BASE;
use crate::encoding::{ValueLength, write_deletion_time, write_prefix, write_uvint, write_vint};
use crate::error::{Error, Result};
use crate::io::{OutputDirectory, SequentialFile, Spill};
use crate::row::DeletionTime;

/// Descriptions of blocks that are kept in memory; more of them go to a temporary file.
const BLOCKS_LIMIT_BYTES: usize = 2 * 1024 * 1024;
const OFFSETS_LIMIT_BYTES: usize = 256 * 1024;

/// Collects the blocks of one partition after another. The length of a promoted index stands in front of it, so that
/// it is written when the partition has ended.
#[derive(Debug)]
pub(crate) struct PromotedIndexWriter {
    clustering: Vec<ValueLength>,
    unsigned_deletion_times: bool,
    blocks: Spill,
    offsets: Spill,
    count: u32,
    head: Vec<u8>,
}

impl PromotedIndexWriter {
    /// For clusterings that are written so. Temporary files are made in `directory`.
    pub(crate) fn new(
        directory: Arc<dyn OutputDirectory>,
        clustering: Vec<ValueLength>,
        unsigned_deletion_times: bool,
    ) -> Self {
        Self {
            clustering,
            unsigned_deletion_times,
            blocks: Spill::new(Arc::clone(&directory), BLOCKS_LIMIT_BYTES),
            offsets: Spill::new(directory, OFFSETS_LIMIT_BYTES),
            count: 0,
            head: Vec::new(),
        }
    }

    /// Adds the next block of the partition.
    ///
    /// # Errors
    /// A temporary file that cannot be written, a deletion that this version cannot hold, and
    /// [`crate::ErrorKind::Unsupported`] if the promoted index exceeds 2 GiB.
    pub(crate) fn add(&mut self, block: &CutBlock<'_>) -> Result<()> {
        let offset = i32::try_from(self.blocks.len()).map_err(|_| too_long())?;
        self.offsets.tail().extend_from_slice(&offset.to_be_bytes());
        let out = self.blocks.tail();
        write_prefix(block.first, &self.clustering, out)?;
        write_prefix(block.last, &self.clustering, out)?;
        write_uvint(block.start, out);
        write_vint((block.width as i64).wrapping_sub(WIDTH_BASE), out);
        match block.open_at_end.is_live() {
            true => out.push(0),
            false => {
                out.push(1);
                write_deletion_time(block.open_at_end, self.unsigned_deletion_times, out)?;
            }
        }
        self.count = self.count.saturating_add(1);
        self.blocks.settle().and_then(|()| self.offsets.settle()).map_err(Error::output)
    }

    /// Appends the length of the promoted index and the index itself, or 0 if the partition has less than two blocks;
    /// then all blocks are forgotten. `header_length` is what stands in front of the first row or marker.
    ///
    /// # Errors
    /// As [`PromotedIndexWriter::add`], and if `file` cannot be written.
    pub(crate) fn finish_partition(
        &mut self,
        header_length: u64,
        deletion: DeletionTime,
        file: &mut SequentialFile,
    ) -> Result<()> {
        if self.count == 0 {
            file.buffer().push(0);
            return Ok(());
        }
        if self.count == 1 {
            file.buffer().push(0);
        } else {
            self.write(header_length, deletion, file)?;
        }
        self.count = 0;
        self.blocks.clear().and_then(|()| self.offsets.clear()).map_err(Error::output)
    }

    fn write(&mut self, header_length: u64, deletion: DeletionTime, file: &mut SequentialFile) -> Result<()> {
        self.head.clear();
        write_uvint(header_length, &mut self.head);
        write_deletion_time(deletion, self.unsigned_deletion_times, &mut self.head)?;
        write_uvint(u64::from(self.count), &mut self.head);
        let length = (self.head.len() as u64).saturating_add(self.blocks.len());
        let length = length.saturating_add(self.offsets.len());
        if i32::try_from(length).is_err() {
            return Err(too_long());
        }
        write_uvint(length, file.buffer());
        file.buffer().extend_from_slice(&self.head);
        let mut append = |piece: &[u8]| -> io::Result<()> { file.append(piece) };
        let written = self.blocks.drain_into(&mut append).and_then(|()| self.offsets.drain_into(&mut append));
        written.map_err(|error| file.failed(error))
    }
}

#[cold]
fn too_long() -> Error {
    Error::unsupported("the promoted index of the partition exceeds 2 GiB")
        .advise("write it with larger blocks, or as BTI, which has no such limit")
}
