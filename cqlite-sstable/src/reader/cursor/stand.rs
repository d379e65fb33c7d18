//! Where a cursor stands in the uncompressed data.

use super::Cursor;

impl Cursor {
    /// Where the partition begins in the uncompressed data.
    pub fn partition_position(&self) -> u64 {
        self.partition_position
    }

    /// Where the unfiltereds of the partition begin: behind key, deletion and static row.
    pub fn rows_position(&self) -> u64 {
        self.rows_position
    }

    /// Where the row or marker moved to last ends in the uncompressed data.
    pub fn unfiltered_end(&self) -> u64 {
        self.row_end
    }
}
