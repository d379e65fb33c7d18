//! A source of partitions.

use super::{Partition, RowItem, Unfiltered};
use crate::error::Result;

/// Partitions in the order of tokens and keys, with their rows and markers in clustering order, and the cells of each
/// row in column order (`db.partitions.UnfilteredPartitionIterator`).
///
/// Everything that has rows is one: the cursor over an SSTable, the merge of several sources, a filter in front of
/// another source. Each step is two: `advance_..` moves, a second method borrows what is there. What is not asked
/// for is passed over. The columns of cells are indexes into those of the serialization header, or of the shared
/// columns, that belongs to the source.
///
/// After an error the source must not be used further.
pub trait UnfilteredPartitions {
    /// Moves to the next partition, over what is left of the current one. False behind the last.
    ///
    /// # Errors
    /// If the source cannot be read, or contradicts itself.
    fn advance_partition(&mut self) -> Result<bool>;

    /// The partition moved to last.
    fn partition(&self) -> Partition<'_>;

    /// Moves to the next row or marker of the partition, over what is left of the current row or of the static one.
    /// False at the end of the partition.
    ///
    /// # Errors
    /// As [`UnfilteredPartitions::advance_partition`].
    fn advance_unfiltered(&mut self) -> Result<bool>;

    /// The row or marker moved to last.
    fn unfiltered(&self) -> Unfiltered<'_>;

    /// Moves to the next complex deletion or cell of the row, or of the static row after
    /// [`UnfilteredPartitions::advance_partition`]. False at the end of the row, and where there is no row.
    ///
    /// # Errors
    /// As [`UnfilteredPartitions::advance_partition`].
    fn advance_item(&mut self) -> Result<bool>;

    /// The complex deletion or cell moved to last.
    fn item(&self) -> RowItem<'_>;
}

/// So that something of a source can be looked at when it is drained.
impl<S: UnfilteredPartitions + ?Sized> UnfilteredPartitions for &mut S {
    fn advance_partition(&mut self) -> Result<bool> {
        (**self).advance_partition()
    }

    fn partition(&self) -> Partition<'_> {
        (**self).partition()
    }

    fn advance_unfiltered(&mut self) -> Result<bool> {
        (**self).advance_unfiltered()
    }

    fn unfiltered(&self) -> Unfiltered<'_> {
        (**self).unfiltered()
    }

    fn advance_item(&mut self) -> Result<bool> {
        (**self).advance_item()
    }

    fn item(&self) -> RowItem<'_> {
        (**self).item()
    }
}
