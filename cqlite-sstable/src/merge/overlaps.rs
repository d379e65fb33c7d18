//! What else of a table has a partition, and so keeps its tombstones.

use std::cell::OnceCell;

use crate::component::{BloomFilter, Component, FilterLayout};
use crate::descriptor::Descriptor;
use crate::error::{Error, Result};
use crate::partitioner::{Partitioner, hash3_x64_128};
use crate::reader::{Access, DiskFiles, Files as _, Sstable};

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

#[derive(Debug)]
struct Overlapping {
    /// Its files are closed: there may be thousands.
    descriptor: Descriptor,
    min_timestamp: i64,
    /// The first and the last key, if they are known.
    keys: Option<(Vec<u8>, Vec<u8>)>,
    /// Filter.db, read when it is asked first; none if it is missing or damaged.
    filter: OnceCell<Option<BloomFilter>>,
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
    /// every token.
    ///
    /// # Errors
    /// If it is of another partitioner.
    pub fn add(
        &mut self,
        descriptor: Descriptor,
        sstable: &Sstable,
        keys: Option<(Vec<u8>, Vec<u8>)>,
    ) -> Result<()> {
        if sstable.partitioner()? != self.partitioner {
            return Err(Error::invalid_input("the SSTable is of another partitioner than the merged ones")
                .at(sstable.files().path(Component::Data)));
        }
        let min_timestamp = sstable.statistics().stats.min_timestamp;
        self.sstables.push(Overlapping { descriptor, min_timestamp, keys, filter: OnceCell::new() });
        Ok(())
    }
}

impl Overlaps for OverlappingSstables {
    fn purgeable_before(&self, key: &[u8]) -> Result<Option<i64>> {
        let having = self.sstables.iter().filter(|one| one.may_have(key, &self.partitioner));
        Ok(having.map(|one| one.min_timestamp).min())
    }
}

impl Overlapping {
    fn may_have(&self, key: &[u8], partitioner: &Partitioner) -> bool {
        if let Some((first, last)) = &self.keys
            && (partitioner.compare_keys(key, first).is_lt() || partitioner.compare_keys(key, last).is_gt())
        {
            return false;
        }
        let filter = self.filter.get_or_init(|| read_filter(&self.descriptor));
        filter.as_ref().is_none_or(|filter| filter.may_contain(hash3_x64_128(key, 0)))
    }
}

/// A filter that cannot be read refuses nothing: more tombstones are kept then, and none too few.
fn read_filter(descriptor: &Descriptor) -> Option<BloomFilter> {
    let files = DiskFiles::new(descriptor.clone(), Access::default());
    let source = files.open_if_there(Component::Filter).ok().flatten()?;
    BloomFilter::open(&*source, FilterLayout::of(descriptor.version())).ok()
}
