//! Where replays write that are measured.

use std::sync::{Arc, Mutex};

use cqlite_core::storage::replay::{NewSstable, ReplayOutput};
use cqlite_sstable::io::OutputDirectory;
use cqlite_sstable::writer::{SstableWriter, WriterOptions, Written};
use cqlite_sstable::{Format, Result, SstableId, Version};

/// The SSTables of a replay, numbered from 1 in one directory.
pub struct ReplayedSstables {
    directory: Arc<dyn OutputDirectory>,
    next: Mutex<u32>,
    written: Mutex<Vec<Written>>,
}

impl ReplayedSstables {
    /// None yet.
    pub fn new(directory: Arc<dyn OutputDirectory>) -> Self {
        Self { directory, next: Mutex::new(1), written: Mutex::default() }
    }

    /// All that were written.
    pub fn into_written(self) -> Vec<Written> {
        self.written.into_inner().unwrap()
    }
}

impl ReplayOutput for ReplayedSstables {
    fn begin(&self, new: &NewSstable) -> Result<SstableWriter> {
        let mut next = self.next.lock().unwrap();
        let id = SstableId::Sequence(*next);
        *next += 1;
        let version = Version::parse("nb", Format::Big)?;
        let partitioner = new.layout.partitioner().clone();
        let options = WriterOptions::new(version, &partitioner, new.estimated_partitions);
        let (directory, header) = (Arc::clone(&self.directory), new.header.clone());
        SstableWriter::new(directory, version, id, header, partitioner, options)
    }

    fn written(&self, _: &NewSstable, written: Written) -> Result<()> {
        self.written.lock().unwrap().push(written);
        Ok(())
    }
}
