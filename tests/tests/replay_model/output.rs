//! SSTables of a replay, and what they show together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use cqlite_core::storage::TableId;
use cqlite_core::storage::fs::{FileSystem, FsDirectory, FsFiles};
use cqlite_core::storage::mutation::TableLayout;
use cqlite_core::storage::replay::{NewSstable, ReplayOutput, ReplayTable};
use cqlite_sstable::component::statistics::{IntervalSet, SerializationHeader};
use cqlite_sstable::merge::{LazySource, Merge, SharedColumns};
use cqlite_sstable::reader::{ScanOptions, Sstable};
use cqlite_sstable::writer::{Lossy, SstableWriter, WriterOptions, Written};
use cqlite_sstable::{Descriptor, Format, Result, SstableId, Version};
use cqlite_tests::rows_told::{ColumnNames, rows_told};

/// Takes SSTables of any tables into one directory.
pub struct Output {
    pub fs: Arc<dyn FileSystem>,
    pub directory: PathBuf,
    next: Mutex<u32>,
    written: Mutex<BTreeMap<TableId, Vec<Descriptor>>>,
}

impl Output {
    pub fn new(fs: Arc<dyn FileSystem>, directory: &Path) -> Self {
        Self { fs, directory: directory.to_owned(), next: Mutex::default(), written: Mutex::default() }
    }

    /// The SSTables of a table.
    pub fn written(&self, table: TableId) -> Vec<Descriptor> {
        self.written.lock().unwrap().get(&table).cloned().unwrap_or_default()
    }

    fn open(&self, table: TableId) -> Vec<Sstable> {
        let open = |descriptor: &Descriptor| {
            let files = FsFiles::new(Arc::clone(&self.fs), descriptor.clone());
            Sstable::open_files(Box::new(files), descriptor.version()).unwrap()
        };
        self.written(table).iter().map(open).collect()
    }

    /// What the SSTables of a table show together.
    pub fn told(&self, layout: &TableLayout) -> Vec<String> {
        let sstables = self.open(layout.id());
        let headers: Vec<&SerializationHeader> = sstables.iter().map(Sstable::header).collect();
        if headers.is_empty() {
            return Vec::new();
        }
        let columns = Arc::new(SharedColumns::new(&headers).unwrap());
        let header = columns.header(&headers).unwrap();
        let sources =
            sstables.iter().map(|one| LazySource::opened(one.scan(ScanOptions::default()).unwrap()));
        let order = layout.order().clone();
        let mut merge = Merge::new(layout.partitioner().clone(), columns, order, sources.collect());
        rows_told(&mut merge, &ColumnNames::of_header(&header)).unwrap()
    }
}

impl ReplayOutput for Output {
    fn begin(&self, new: &NewSstable) -> Result<SstableWriter> {
        let id = {
            let mut next = self.next.lock().unwrap();
            *next += 1;
            SstableId::Sequence(*next)
        };
        let version = Version::parse("oa", Format::Big)?;
        let partitioner = new.layout.partitioner().clone();
        let mut options = WriterOptions::new(version, &partitioner, new.estimated_partitions);
        options.lossy = Lossy::Refuse;
        options.statistics.commit_log_intervals = IntervalSet::of(new.interval.start, new.interval.end);
        let directory = Arc::new(FsDirectory::new(Arc::clone(&self.fs), &self.directory));
        SstableWriter::new(directory, version, id, new.header.clone(), partitioner, options)
    }

    fn written(&self, new: &NewSstable, written: Written) -> Result<()> {
        assert_eq!(written.statistics.stats.commit_log_intervals.intervals(), [new.interval]);
        let descriptor = Descriptor::new(&written.directory, written.version, written.id);
        self.written.lock().unwrap().entry(new.layout.id()).or_default().push(descriptor);
        Ok(())
    }
}

/// A table of which nothing is in SSTables.
pub fn unflushed(layout: &Arc<TableLayout>) -> ReplayTable {
    ReplayTable { layout: Arc::clone(layout), flushed: IntervalSet::default(), truncated_at: None }
}
