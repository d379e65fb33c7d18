//! A cursor as a source of partitions.

use super::Cursor;
use crate::error::Result;
use crate::row::{Partition, RowItem, Unfiltered, UnfilteredPartitions};

impl UnfilteredPartitions for Cursor {
    #[inline]
    fn advance_partition(&mut self) -> Result<bool> {
        Self::advance_partition(self)
    }

    #[inline]
    fn partition(&self) -> Partition<'_> {
        Self::partition(self)
    }

    #[inline]
    fn advance_unfiltered(&mut self) -> Result<bool> {
        Self::advance_unfiltered(self)
    }

    #[inline]
    fn unfiltered(&self) -> Unfiltered<'_> {
        Self::unfiltered(self)
    }

    #[inline]
    fn advance_item(&mut self) -> Result<bool> {
        Self::advance_item(self)
    }

    #[inline]
    fn item(&self) -> RowItem<'_> {
        Self::item(self)
    }
}
