//! A table for tests: SSTables and a memtable that are written by changes, and what is to be seen of them.

mod change;
mod dice;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use cqlite_sstable::component::statistics::SerializationHeader;
use cqlite_sstable::io::MemoryDirectory;
use cqlite_sstable::merge::{LazySource, Merge, SharedColumns};
use cqlite_sstable::reader::{CheckedScan, ScanOptions};
use cqlite_sstable::row::{ClusteringOrder, ClusteringValue, RowItem, Unfiltered, UnfilteredPartitions as _};
use cqlite_sstable::schema::{TableHint, TableSchema};
use cqlite_sstable::writer::builder::{BuilderOptions, SstableBuilder};
use cqlite_sstable::writer::{SstableWriter, WriterOptions};
use cqlite_sstable::{Descriptor, Format, Partitioner, Result, SstableId, Version};

pub(in crate::storage) use change::{Change, Visible, Written, visible_of};
pub(in crate::storage) use dice::Dice;

use super::executor::{CompactedTable, CompactionTask, LiveSstable, Replaced, Surroundings};
use super::{Choice, CompactionParameters, OverlappingTombstones};
use crate::storage::fs::{FileSystem, FsDirectory, MemoryFileSystem};
use crate::storage::mutation::TableLayout;

/// When the first change is made.
pub(in crate::storage) const START_SECONDS: i64 = 1_700_000_000;

const CQL: &str = "CREATE TABLE ks.t (k int, c int, v text, PRIMARY KEY (k, c))
    WITH ID = 376d1688-a5f0-f3e5-d112-43b0e99f316a";

/// Where the table lies.
pub(in crate::storage) const TABLE: &str = "/data/ks/t-376d1688a5f0f3e5d11243b0e99f316a";

/// A table whose truth is a list of changes.
#[derive(Debug)]
pub(in crate::storage) struct TestTable {
    pub(in crate::storage) files: Arc<dyn FileSystem>,
    pub(in crate::storage) table: Arc<CompactedTable>,
    pub(in crate::storage) now_seconds: AtomicI64,
    next_id: Arc<AtomicU32>,
    live: Mutex<Arc<[Arc<LiveSstable>]>>,
    memtable: Mutex<Vec<Written>>,
    written: Mutex<Vec<Written>>,
}

pub(in crate::storage) fn schema() -> TableSchema {
    TableSchema::from_cql(CQL, TableHint::default()).unwrap()
}

pub(in crate::storage) fn version() -> Version {
    Version::parse("nb", Format::Big).unwrap()
}

/// Makes the directory of the table, and syncs it.
pub(in crate::storage) fn make_directories(files: &dyn FileSystem) {
    let mut above: Vec<&Path> = Path::new(TABLE).ancestors().collect();
    above.reverse();
    for pair in above.windows(2) {
        files.create_directory(pair[1]).unwrap();
        files.sync_directory(pair[0]).unwrap();
    }
}

impl TestTable {
    /// An empty table in a directory that is there, with `gc_grace_seconds` of 0.
    pub(in crate::storage) fn new(files: Arc<dyn FileSystem>) -> Self {
        let table = CompactedTable {
            schema: schema(),
            parameters: CompactionParameters::default(),
            compression: None,
            bloom_filter_fp_chance: 0.01,
            gc_grace_seconds: 0,
            version: version(),
            index_block_bytes: None,
            host_id: Some([7; 16]),
        };
        Self {
            files,
            table: Arc::new(table),
            now_seconds: AtomicI64::new(START_SECONDS),
            next_id: Arc::new(AtomicU32::new(1)),
            live: Mutex::new(Arc::from(Vec::new())),
            memtable: Mutex::default(),
            written: Mutex::default(),
        }
    }

    pub(in crate::storage) fn with_table(mut self, table: CompactedTable) -> Self {
        self.table = Arc::new(table);
        self
    }

    pub(in crate::storage) fn directory(&self) -> PathBuf {
        PathBuf::from(TABLE)
    }

    pub(in crate::storage) fn now(&self) -> i64 {
        self.now_seconds.load(Ordering::SeqCst)
    }

    pub(in crate::storage) fn next_id(&self) -> SstableId {
        SstableId::Sequence(self.next_id.fetch_add(1, Ordering::SeqCst))
    }

    /// Flushes changes.
    pub(in crate::storage) fn write(&self, changes: &[Written]) -> Arc<LiveSstable> {
        self.written.lock().unwrap().extend_from_slice(changes);
        self.write_sstable(changes)
    }

    fn write_sstable(&self, changes: &[Written]) -> Arc<LiveSstable> {
        let descriptor = write_sstable(&self.files, Path::new(TABLE), self.next_id(), changes);
        let sstable = Arc::new(LiveSstable::open(&self.files, descriptor).unwrap());
        let mut live = self.live.lock().unwrap();
        *live = live.iter().cloned().chain([Arc::clone(&sstable)]).collect();
        sstable
    }

    /// Changes stay in the memtable until [`TestTable::flush`].
    pub(in crate::storage) fn keep_in_memory(&self, changes: &[Written]) {
        self.written.lock().unwrap().extend_from_slice(changes);
        self.memtable.lock().unwrap().extend_from_slice(changes);
    }

    pub(in crate::storage) fn flush(&self) {
        let changes = self.memtable.lock().unwrap().clone();
        if !changes.is_empty() {
            self.write_sstable(&changes);
            self.memtable.lock().unwrap().clear();
        }
    }

    /// What is to be seen by all changes.
    pub(in crate::storage) fn expected(&self) -> Visible {
        visible_of(&self.written.lock().unwrap(), self.now())
    }

    /// What SSTables and memtable have together.
    pub(in crate::storage) fn visible(&self) -> Visible {
        let memory: Arc<dyn FileSystem> = Arc::new(MemoryFileSystem::new());
        let memtable = self.memtable.lock().unwrap().clone();
        let mut live: Vec<Arc<LiveSstable>> = self.live().to_vec();
        if !memtable.is_empty() {
            let descriptor = write_sstable(&memory, Path::new("/"), SstableId::Sequence(1), &memtable);
            live.push(Arc::new(LiveSstable::open(&memory, descriptor).unwrap()));
        }
        merged(&live, self.now())
    }

    pub(in crate::storage) fn task(self: &Arc<Self>, choice: Choice) -> CompactionTask {
        let is_input = |live: &&Arc<LiveSstable>| choice.inputs.contains(live.id());
        let inputs = self.live().iter().filter(is_input).cloned().collect();
        let ids = Arc::clone(&self.next_id);
        CompactionTask {
            files: Arc::clone(&self.files),
            directory: self.directory(),
            table: Arc::clone(&self.table),
            choice,
            inputs,
            surroundings: Arc::clone(self) as Arc<dyn Surroundings>,
            ids: Arc::new(move || Ok(SstableId::Sequence(ids.fetch_add(1, Ordering::SeqCst)))),
            garbage: OverlappingTombstones::None,
            now_seconds: self.now(),
        }
    }

    /// Puts outputs into the place of their inputs.
    pub(in crate::storage) fn replace(&self, replaced: &Replaced) {
        let mut live = self.live.lock().unwrap();
        let kept = live.iter().filter(|one| !replaced.inputs().contains(one.id()));
        *live = kept.chain(replaced.outputs()).cloned().collect();
    }

    /// Opens an SSTable anew whose files were changed.
    pub(in crate::storage) fn reopen(&self, at: usize) {
        let mut live = self.live.lock().unwrap();
        let mut opened = live.to_vec();
        opened[at] = Arc::new(LiveSstable::open(&self.files, opened[at].descriptor().clone()).unwrap());
        *live = Arc::from(opened);
    }

    pub(in crate::storage) fn ids(&self) -> Vec<SstableId> {
        self.live().iter().map(|live| live.id().clone()).collect()
    }
}

impl Surroundings for TestTable {
    fn memtables_have_of(&self, key: &[u8]) -> Result<Option<i64>> {
        let memtable = self.memtable.lock().unwrap();
        let of_key = memtable.iter().filter(|change| change.key.to_be_bytes() == key);
        Ok(of_key.map(|change| change.timestamp).min())
    }

    fn memtables_have(&self) -> Option<i64> {
        self.memtable.lock().unwrap().iter().map(|change| change.timestamp).min()
    }

    fn live(&self) -> Arc<[Arc<LiveSstable>]> {
        Arc::clone(&self.live.lock().unwrap())
    }
}

/// Writes an SSTable of changes.
pub(in crate::storage) fn write_sstable(
    files: &Arc<dyn FileSystem>,
    directory: &Path,
    id: SstableId,
    changes: &[Written],
) -> Descriptor {
    let layout = TableLayout::new(&schema(), Partitioner::Murmur3).unwrap();
    let mut builder = SstableBuilder::new(
        layout.header().clone(),
        Partitioner::Murmur3,
        Arc::new(MemoryDirectory::new("sorted")),
        BuilderOptions::default(),
    )
    .unwrap();
    changes.iter().for_each(|change| change.add_to(&mut builder));
    let mut sorted = builder.finish().unwrap();
    let mut options = WriterOptions::new(version(), &Partitioner::Murmur3, sorted.estimated_partitions());
    options.compression = None;
    let output = Arc::new(FsDirectory::new(Arc::clone(files), directory));
    let (header, partitioner) = (sorted.header().clone(), Partitioner::Murmur3);
    let mut writer = SstableWriter::new(output, version(), id.clone(), header, partitioner, options).unwrap();
    writer.write(&mut sorted).unwrap();
    writer.finish().unwrap();
    Descriptor::new(directory, version(), id)
}

/// What is to be seen of SSTables together.
pub(in crate::storage) fn merged(live: &[Arc<LiveSstable>], now_seconds: i64) -> Visible {
    try_merged(live, now_seconds).unwrap()
}

/// As [`merged`], of SSTables that may be damaged.
pub(in crate::storage) fn try_merged(live: &[Arc<LiveSstable>], now_seconds: i64) -> Result<Visible> {
    let headers: Vec<&SerializationHeader> = live.iter().map(|one| one.sstable().header()).collect();
    let columns = Arc::new(SharedColumns::new(&headers)?);
    let Some(header) = headers.first() else { return Ok(BTreeMap::new()) };
    let order = ClusteringOrder::new(header.clustering_types.clone());
    let read = Arc::new(AtomicU64::new(0));
    let source = |one: &Arc<LiveSstable>| {
        let scan = CheckedScan::new(Arc::clone(one.sstable()), ScanOptions::default(), Arc::clone(&read));
        Ok(LazySource::opened(scan?))
    };
    let sources = live.iter().map(source).collect::<Result<_>>()?;
    let mut merge = Merge::new(Partitioner::Murmur3, columns, order, sources);
    let mut visible = BTreeMap::new();
    let number = |bytes: &[u8]| i32::from_be_bytes(bytes.try_into().unwrap());
    while merge.advance_partition()? {
        let key = number(merge.partition().key);
        while merge.advance_unfiltered()? {
            let Unfiltered::Row(row) = merge.unfiltered() else { continue };
            let clustering = number(row.clustering.get(0).and_then(ClusteringValue::bytes).unwrap());
            let is_live = row.liveness.is_some_and(|liveness| liveness.is_live(now_seconds));
            let mut value = None;
            while merge.advance_item()? {
                if let RowItem::Cell(cell) = merge.item()
                    && cell.is_live(now_seconds)
                {
                    value = Some(String::from_utf8(cell.value.to_vec()).unwrap());
                }
            }
            if is_live || value.is_some() {
                visible.insert((key, clustering), value);
            }
        }
    }
    Ok(visible)
}
