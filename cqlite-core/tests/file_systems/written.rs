//! SSTables of one table that are written, put in the place of others, and read in any file system.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_core::storage::fs::{FileSystem, FsDirectory, FsFiles, FsTableFiles, MemoryFileSystem};
use cqlite_sstable::component::statistics::{HeaderColumn, SerializationHeader};
use cqlite_sstable::find::LiveSet;
use cqlite_sstable::io::OutputDirectory;
use cqlite_sstable::reader::{ScanOptions, Sstable};
use cqlite_sstable::row::{Cell, ClusteringBuffer, DeletionTime, Liveness, NO_DELETION_TIME, Row, RowItem};
use cqlite_sstable::types::CqlType;
use cqlite_sstable::writer::{Operation, SstableWriter, Transaction, WriterOptions};
use cqlite_sstable::{Component, Descriptor, Format, Partitioner, Result, SstableId, Version};

/// The directory of the table.
pub const TABLE: &str = "/data";

/// Keys with their values.
pub type Rows = BTreeMap<u32, Vec<u8>>;

pub fn version(letters: &str) -> Version {
    Version::parse(letters, if letters == "da" { Format::Bti } else { Format::Big }).unwrap()
}

/// A file system with a directory for the table.
pub fn empty_table() -> MemoryFileSystem {
    let files = MemoryFileSystem::new();
    files.create_directory(Path::new(TABLE)).unwrap();
    files.sync_directory(Path::new("/")).unwrap();
    files
}

/// The rows of some keys.
pub fn rows_of(keys: Range<u32>) -> Rows {
    keys.map(|key| (key, format!("{:08x}", key.wrapping_mul(0x9e37_79b9)).repeat(8).into_bytes())).collect()
}

fn header() -> SerializationHeader {
    SerializationHeader {
        min_timestamp: 0,
        min_local_deletion_time_seconds: 0,
        min_ttl_seconds: 0,
        key_type: CqlType::Int,
        clustering_types: Vec::new(),
        static_columns: Vec::new(),
        regular_columns: vec![HeaderColumn { name: "v".into(), column_type: CqlType::Blob }],
    }
}

fn write(directory: &Arc<dyn OutputDirectory>, version: Version, id: SstableId, rows: &Rows) -> Result<()> {
    let partitioner = Partitioner::ByteOrdered;
    let options = WriterOptions::new(version, &partitioner, rows.len() as u64);
    let mut writer = SstableWriter::new(Arc::clone(directory), version, id, header(), partitioner, options)?;
    for (key, value) in rows {
        writer.start_partition(&key.to_be_bytes(), DeletionTime::LIVE)?;
        writer.start_row(&Row {
            is_static: false,
            clustering: ClusteringBuffer::default().as_clustering(),
            liveness: Some(Liveness::new(5)),
            deletion: DeletionTime::LIVE,
            shadowable_deletion: DeletionTime::LIVE,
        })?;
        let local_deletion_time_seconds = NO_DELETION_TIME;
        let (timestamp, ttl_seconds, path) = (5, 0, None);
        writer.cell(&Cell { column: 0, timestamp, ttl_seconds, local_deletion_time_seconds, path, value })?;
        writer.end_row()?;
        writer.end_partition()?;
    }
    writer.finish().map(|_| ())
}

/// Puts one new SSTable in the place of `old`; `moment` is called before the commit and after it.
pub fn replace(
    files: &Arc<dyn FileSystem>,
    table: &Path,
    old: &[Descriptor],
    (version, id): (Version, u32),
    rows: &Rows,
    mut moment: impl FnMut(),
) -> Result<()> {
    let directory: Arc<dyn OutputDirectory> = Arc::new(FsDirectory::new(Arc::clone(files), table));
    let operation = if old.is_empty() { Operation::Flush } else { Operation::Compaction };
    let mut transaction = Transaction::begin(Arc::clone(&directory), operation, version)?;
    let id = SstableId::Sequence(id);
    transaction.add(version, id.clone())?;
    write(&directory, version, id, rows)?;
    for descriptor in old {
        transaction.remove(FsFiles::new(Arc::clone(files), descriptor.clone()).obsolete()?)?;
    }
    moment();
    let committed = transaction.commit()?;
    moment();
    committed.finish()
}

/// The SSTable of this name.
pub fn descriptor(stem: &str) -> Descriptor {
    Descriptor::from_file(&Path::new(TABLE).join(format!("{stem}-{}", Component::Data))).unwrap()
}

/// The rows of an SSTable.
pub fn read(files: &Arc<dyn FileSystem>, descriptor: &Descriptor) -> Result<Rows> {
    let own = FsFiles::new(Arc::clone(files), descriptor.clone());
    let sstable = Sstable::open_files(Box::new(own), descriptor.version())?;
    let mut rows = Rows::new();
    let mut cursor = sstable.scan(ScanOptions { digest: true, ..ScanOptions::default() })?;
    while cursor.advance_partition()? {
        let key = u32::from_be_bytes(cursor.partition().key.try_into().unwrap());
        while cursor.advance_unfiltered()? {
            while cursor.advance_item()? {
                let RowItem::Cell(cell) = cursor.item() else { panic!("no cell of {key}") };
                rows.insert(key, cell.value.to_vec());
            }
        }
    }
    sstable.finish_scan(&mut cursor)?;
    Ok(rows)
}

/// The SSTables that are part of the table, with their rows; as an error, why there is not a table.
pub fn live(files: &MemoryFileSystem) -> Result<(BTreeSet<String>, Rows), String> {
    let files: Arc<dyn FileSystem> = Arc::new(files.clone());
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let table = FsTableFiles::new(Arc::clone(&files));
    let set = LiveSet::list(&table, &[PathBuf::from(TABLE)]).map_err(|error| told(&error))?;
    if let Some(error) = set.undecided.iter().chain(&set.refused).next() {
        return Err(told(error));
    }
    let mut rows = Rows::new();
    for sstable in &set.sstables {
        rows.extend(read(&files, sstable).map_err(|error| told(&error))?);
        check_components(&files, sstable)?;
    }
    Ok((set.sstables.iter().map(|one| one.stem().to_owned()).collect(), rows))
}

/// All components that the SSTable lists are there, with something in them but in Rows.db.
fn check_components(files: &Arc<dyn FileSystem>, sstable: &Descriptor) -> Result<(), String> {
    let read = |name: &str| {
        let path = Path::new(TABLE).join(format!("{}-{name}", sstable.stem()));
        bytes_of(&**files, &path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let list = String::from_utf8(read("TOC.txt")?).map_err(|error| error.to_string())?;
    if list.lines().count() < 7 {
        return Err(format!("the table of contents lists {list:?}"));
    }
    for name in list.lines() {
        if name != "Rows.db" && read(name)?.iter().all(|byte| *byte == 0) {
            return Err(format!("{name} holds nothing"));
        }
    }
    Ok(())
}

fn bytes_of(files: &dyn FileSystem, path: &Path) -> io::Result<Vec<u8>> {
    let source = files.open(path)?;
    let mut bytes = vec![0; source.len() as usize];
    source.read_at(&mut bytes, 0).map(|()| bytes)
}

/// All files of an SSTable.
pub fn files_of(files: &MemoryFileSystem, stem: &str) -> BTreeMap<String, Vec<u8>> {
    let entries = files.list(Path::new(TABLE)).unwrap();
    let names =
        entries.into_iter().map(|entry| entry.name).filter(|name| name.starts_with(&format!("{stem}-")));
    names.map(|name| (name.clone(), bytes_of(files, &Path::new(TABLE).join(name)).unwrap())).collect()
}

/// What a database does with what a transaction left when it is opened: what is not part of the table is removed, and
/// then the log.
pub fn resolve(files: &MemoryFileSystem) {
    let shared: Arc<dyn FileSystem> = Arc::new(files.clone());
    let set = LiveSet::list(&FsTableFiles::new(shared), &[PathBuf::from(TABLE)]).unwrap();
    for transaction in &set.transactions {
        for hidden in &transaction.hidden {
            let start = format!("{}-", hidden.stem());
            let entries = files.list(hidden.directory()).unwrap();
            for entry in entries.iter().filter(|entry| entry.name.starts_with(&start)) {
                files.remove_file(&hidden.directory().join(&entry.name)).unwrap();
            }
        }
        files.sync_directory(Path::new(TABLE)).unwrap();
        transaction.logs.iter().for_each(|log| files.remove_file(log).unwrap());
    }
    files.sync_directory(Path::new(TABLE)).unwrap();
}
