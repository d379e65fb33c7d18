//! What else of a table has a partition, and so keeps its tombstones.

use super::overlapping::Overlapping;
use crate::component::Component;
use crate::descriptor::Descriptor;
use crate::error::{Error, Result};
use crate::partitioner::Partitioner;
use crate::reader::Sstable;

/// Tells up to which write time tombstones of a partition may be dropped: an older version of what they delete may
/// stand somewhere that the merge does not see (`AbstractCompactionController.getPurgeEvaluator`).
pub trait Overlaps {
    /// Only what was written before this time in microseconds may be dropped from the partition; without a limit if none.
    ///
    /// # Errors
    /// If it cannot be found out.
    fn purgeable_before(&self, key: &[u8]) -> Result<Option<i64>>;
}

/// Nothing of the table is anywhere else.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoOverlaps;

/// There may be anything elsewhere, say in a commit log: nothing is dropped.
#[derive(Debug, Clone, Copy, Default)]
pub struct UnknownOverlaps;

/// SSTables of the same table that are not merged with the others.
#[derive(Debug)]
pub struct OverlappingSstables {
    partitioner: Partitioner,
    sstables: Vec<Overlapping>,
}

impl Overlaps for NoOverlaps {
    fn purgeable_before(&self, _key: &[u8]) -> Result<Option<i64>> {
        Ok(None)
    }
}

impl Overlaps for UnknownOverlaps {
    fn purgeable_before(&self, _key: &[u8]) -> Result<Option<i64>> {
        Ok(Some(i64::MIN))
    }
}

impl<O: Overlaps + ?Sized> Overlaps for Box<O> {
    fn purgeable_before(&self, key: &[u8]) -> Result<Option<i64>> {
        (**self).purgeable_before(key)
    }
}

impl OverlappingSstables {
    /// None so far, of a table of this partitioner.
    pub fn new(partitioner: Partitioner) -> Self {
        Self { partitioner, sstables: Vec::new() }
    }

    /// Adds an SSTable, with the serialized keys of its first and last partition. Without them it is taken to have
    /// every token. What of it is not to be believed, and so rules out nothing, is returned: its filter or its range, where
    /// the keys of its index are others.
    ///
    /// # Errors
    /// If it is of another partitioner.
    pub fn add(
        &mut self,
        descriptor: Descriptor,
        sstable: &Sstable,
        keys: Option<(Vec<u8>, Vec<u8>)>,
    ) -> Result<Vec<Error>> {
        if sstable.partitioner()? != self.partitioner {
            return Err(Error::invalid_input("the SSTable is of another partitioner than the merged ones")
                .at(sstable.files().path(Component::Data)));
        }
        let (overlapping, doubts) = Overlapping::of(descriptor, sstable, keys, &self.partitioner);
        self.sstables.push(overlapping);
        Ok(doubts)
    }
}

impl Overlaps for OverlappingSstables {
    fn purgeable_before(&self, key: &[u8]) -> Result<Option<i64>> {
        let having = self.sstables.iter().filter(|one| one.may_have(key, &self.partitioner));
        Ok(having.map(|one| one.min_timestamp).min())
    }
}
