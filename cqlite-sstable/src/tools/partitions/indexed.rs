//! Sizes from the index alone.

use super::{PartitionCounts, PartitionSink};
use crate::error::Result;
use crate::reader::Sstable;

/// Progress is told once in so many partitions.
const TELL_PARTITIONS: u64 = 16 * 1024;

/// A partition ends where the next one begins, and the last one with the data.
pub(super) fn count(sstable: &Sstable, sink: &mut dyn PartitionSink) -> Result<()> {
    let total_bytes = sstable.data_length();
    let mut positions = sstable.partition_positions()?;
    let mut heads = sstable.partition_heads()?;
    let mut next = positions.next_position()?;
    let mut partitions = 0_u64;
    while let Some(position) = next {
        next = positions.next_position()?;
        let size_bytes = next.unwrap_or(total_bytes).saturating_sub(position);
        let counts = PartitionCounts { position, size_bytes, ..PartitionCounts::default() };
        if sink.counted(&counts) {
            let head = heads.at(position)?;
            sink.partition(head.key, head.deletion.is_live(), &counts)?;
        }
        partitions += 1;
        if partitions.is_multiple_of(TELL_PARTITIONS) {
            sink.progress(position, total_bytes);
        }
    }
    Ok(())
}
