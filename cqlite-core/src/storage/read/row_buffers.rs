//! Memory that the reads of a thread use one after the other.

use std::cell::Cell;

use cqlite_sstable::row::ClusteringBuffer;

use super::cell_buffer::CellBuffer;

/// No more is kept from one read to the next.
const KEPT_BYTES: usize = 64 * 1024;

thread_local! {
    static LAST: Cell<RowBuffers> = const { Cell::new(RowBuffers::NONE) };
}

/// The partition and the row at which a read is.
#[derive(Debug, Clone)]
pub(super) struct RowBuffers {
    pub(super) key: Vec<u8>,
    pub(super) clustering: ClusteringBuffer,
    pub(super) statics: CellBuffer,
    pub(super) cells: CellBuffer,
}

impl RowBuffers {
    const NONE: Self = Self {
        key: Vec::new(),
        clustering: ClusteringBuffer::EMPTY,
        statics: CellBuffer::EMPTY,
        cells: CellBuffer::EMPTY,
    };

    /// Those of the last read of this thread, empty.
    pub(super) fn lend() -> Self {
        let mut buffers = LAST.try_with(|last| last.replace(Self::NONE)).unwrap_or(Self::NONE);
        buffers.key.clear();
        buffers.statics.clear();
        buffers.cells.clear();
        buffers
    }

    /// Leaves them to the next read of this thread, unless they are large.
    pub(super) fn give_back(&mut self) {
        let held = [
            self.key.capacity(),
            self.clustering.capacity_bytes(),
            self.statics.capacity_bytes(),
            self.cells.capacity_bytes(),
        ];
        if held.into_iter().fold(0, usize::saturating_add) <= KEPT_BYTES {
            // A thread that ends has no next read.
            let _ = LAST.try_with(|last| last.set(std::mem::replace(self, Self::NONE)));
        }
    }
}
