//! An SSTable that is part of a table.

use std::any::Any;
use std::sync::{Arc, OnceLock};

use cqlite_sstable::reader::Sstable;
use cqlite_sstable::{Component, Descriptor, Error, ErrorKind, Partitioner, Result, SstableId, Token};

use super::super::{Place, RepairGroup, SstableFiles, SstableSummary};
use crate::storage::fs::{FileSystem, FsFiles, FsHeldFiles};

/// An open SSTable that is part of a table, with what is known of it without reading rows.
#[derive(Debug)]
pub struct LiveSstable {
    descriptor: Descriptor,
    sstable: Arc<Sstable>,
    first: Place,
    last: Place,
    files: SstableFiles,
    /// What is let go behind all of it, once it was replaced.
    removal: OnceLock<Arc<dyn Any + Send + Sync>>,
}

impl LiveSstable {
    /// Opens an SSTable.
    ///
    /// # Errors
    /// If it is not whole, its metadata is damaged, or nothing tells its first and last partition.
    pub fn open(files: &Arc<dyn FileSystem>, descriptor: Descriptor) -> Result<Self> {
        let opened = FsFiles::new(Arc::clone(files), descriptor.clone());
        let sstable = Sstable::open_files(Box::new(opened), descriptor.version())?;
        Self::of(files, descriptor, Arc::new(sstable))
    }

    /// Opens an SSTable that another process may remove at any moment: what it has can be read all the same.
    ///
    /// # Errors
    /// As [`LiveSstable::open`].
    pub fn open_held(files: &Arc<dyn FileSystem>, descriptor: Descriptor) -> Result<Self> {
        let held = FsHeldFiles::open(files, descriptor.clone())?;
        let sstable = Sstable::open_files(Box::new(held), descriptor.version())?;
        Self::of(files, descriptor, Arc::new(sstable))
    }

    /// Opens an SSTable that is read and nothing else, with no more of its files looked at than that takes: of them all, the
    /// length of Data.db alone is known then.
    ///
    /// # Errors
    /// As [`LiveSstable::open`].
    pub fn open_to_read(files: &Arc<dyn FileSystem>, descriptor: Descriptor) -> Result<Self> {
        let held = FsHeldFiles::open(files, descriptor.clone())?;
        let sstable = Sstable::open_files(Box::new(held), descriptor.version())?;
        let path = descriptor.file(Component::Data);
        let data = files.entry(&path).map_err(|error| Error::io(&path, error))?;
        let partitions = sstable.statistics().stats.estimated_partition_size_bytes.count();
        let known = SstableFiles {
            data_bytes: data.length_bytes,
            disk_bytes: data.length_bytes,
            created_at_millis: data.modified_millis,
            partitions: u64::try_from(partitions).unwrap_or(0),
        };
        let [first, last] = Self::ends(&sstable)?;
        let (sstable, removal) = (Arc::new(sstable), OnceLock::new());
        Ok(Self { descriptor, sstable, first, last, files: known, removal })
    }

    /// The places of the first and last partition. Without an index all rows can be read all the same: then nothing is known
    /// of the last one, and it may be any.
    fn ends(sstable: &Sstable) -> Result<[Place; 2]> {
        let partitioner = sstable.partitioner()?;
        match sstable.key_range() {
            Err(error) if error.kind() == ErrorKind::Missing && partitioner == Partitioner::Murmur3 => {
                let greatest =
                    Place { token: Token::Murmur3(i64::MAX), key: vec![0xFF; usize::from(u16::MAX)] };
                Ok([place(&partitioner, sstable.first_key()?), greatest])
            }
            ends => ends.map(|(first, last)| [first, last].map(|key| place(&partitioner, key))),
        }
    }

    /// An SSTable that is open already.
    ///
    /// # Errors
    /// If its files cannot be looked at, or nothing tells its first and last partition.
    pub fn of(files: &Arc<dyn FileSystem>, descriptor: Descriptor, sstable: Arc<Sstable>) -> Result<Self> {
        let counted = sstable.statistics().stats.estimated_partition_size_bytes.count();
        let files = files_of(&**files, &descriptor, u64::try_from(counted).unwrap_or(0))?;
        let partitioner = sstable.partitioner()?;
        let (first, last) = sstable.key_range()?;
        let [first, last] = [first, last].map(|key| place(&partitioner, key));
        Ok(Self { descriptor, sstable, first, last, files, removal: OnceLock::new() })
    }

    /// It is no part of its table any more. What is given is let go when nobody reads it any more, compactions beside which it
    /// was live among them: so its files are not to go before.
    pub fn replace(&self, removal: Arc<dyn Any + Send + Sync>) {
        // It is replaced once.
        let _ = self.removal.set(removal);
    }

    /// Where it lies.
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// The id, which no other live SSTable of the table has.
    pub fn id(&self) -> &SstableId {
        self.descriptor.id()
    }

    /// The SSTable itself.
    pub fn sstable(&self) -> &Arc<Sstable> {
        &self.sstable
    }

    /// The place of the first partition.
    pub fn first(&self) -> &Place {
        &self.first
    }

    /// The place of the last partition.
    pub fn last(&self) -> &Place {
        &self.last
    }

    /// What is known of its files.
    pub fn files(&self) -> SstableFiles {
        self.files
    }

    /// The group that it may be compacted in.
    pub fn group(&self) -> RepairGroup {
        RepairGroup::of(&self.sstable.statistics().stats)
    }

    /// What a compaction strategy goes by.
    pub fn summary(&self, gc_before_seconds: i64) -> SstableSummary {
        let ends = [self.first.clone(), self.last.clone()];
        let stats = &self.sstable.statistics().stats;
        SstableSummary::of(self.id().clone(), ends, self.files, stats, gc_before_seconds)
    }

    /// Whether it may have the partition at `place`, by its range and its bloom filter.
    ///
    /// # Errors
    /// If its index cannot be opened.
    pub fn may_have(&self, place: &Place) -> Result<bool> {
        if *place < self.first || *place > self.last {
            return Ok(false);
        }
        self.sstable.may_contain(&place.key)
    }
}

fn place(partitioner: &Partitioner, key: Vec<u8>) -> Place {
    Place { token: partitioner.token(&key), key }
}

fn files_of(files: &dyn FileSystem, descriptor: &Descriptor, partitions: u64) -> Result<SstableFiles> {
    let directory = descriptor.directory();
    let entries = files.list(directory).map_err(|error| Error::io(directory, error))?;
    let prefix = format!("{}-", descriptor.stem());
    let mut known = SstableFiles { data_bytes: 0, disk_bytes: 0, created_at_millis: 0, partitions };
    for entry in entries {
        let Some(component) = entry.name.strip_prefix(&prefix) else { continue };
        known.disk_bytes = known.disk_bytes.saturating_add(entry.length_bytes);
        if component == Component::Data.file_name() {
            known.data_bytes = entry.length_bytes;
            known.created_at_millis = entry.modified_millis;
        }
    }
    Ok(known)
}
