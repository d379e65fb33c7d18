//! A catalogue without an engine: its mutations in memtables, its SSTables in a directory.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use cqlite_core::catalog::{Schema, SystemTables, Table};
use cqlite_core::storage::TableId;
use cqlite_core::storage::memtable::{Memtable, Visibility};
use cqlite_core::storage::mutation::Mutation;
use cqlite_sstable::component::statistics::{HeaderColumn, SerializationHeader};
use cqlite_sstable::find::{FindOptions, OpenTable, descriptor_budget, find};
use cqlite_sstable::io::DiskDirectory;
use cqlite_sstable::merge::{LazySource, Merge, SharedColumns};
use cqlite_sstable::partitioner::Partitioner;
use cqlite_sstable::reader::{Access, Cursor, ScanOptions, Sstable, TokenRange};
use cqlite_sstable::row::{ClusteringOrder, RowItem, Unfiltered, UnfilteredPartitions};
use cqlite_sstable::schema::{SchemaRows, SchemaTable};
use cqlite_sstable::writer::{SstableWriter, WriterOptions};
use cqlite_sstable::{Format, Result, SstableId, Version};

/// What is written into Cassandra's own tables.
#[derive(Debug)]
pub struct Catalogued {
    system: Arc<SystemTables>,
    memtables: BTreeMap<TableId, Arc<Memtable>>,
    visibility: Arc<Visibility>,
    sequence: u64,
}

impl Catalogued {
    /// Nothing yet.
    pub fn new(system: &Arc<SystemTables>) -> Self {
        let visibility = Arc::new(Visibility::new());
        let memtable = |table: &Arc<Table>| {
            Memtable::new(Arc::clone(table.layout()), Arc::clone(&visibility), Arc::default())
        };
        let memtables = system.all().map(|table| (table.id(), memtable(table))).collect();
        Self { system: Arc::clone(system), memtables, visibility, sequence: 0 }
    }

    /// Writes a mutation.
    ///
    /// # Panics
    /// If it is of another table.
    pub fn apply(&mut self, mutation: &Mutation) {
        self.sequence += 1;
        for update in mutation.updates() {
            self.memtables[&update.table_id()].apply(update, self.sequence).expect("an update of its table");
        }
        self.visibility.set_complete(self.sequence);
    }

    /// What is live.
    ///
    /// # Panics
    /// If it cannot be read.
    pub fn rows(&self) -> SchemaRows {
        let mut rows = SchemaRows::default();
        for of in SchemaTable::ALL {
            let table = self.system.schema_table(of);
            let mut source = self.memtables[&table.id()].range(TokenRange::default(), self.sequence);
            let columns = table.layout().header_columns(false);
            rows.read(of, &mut source, columns, now_seconds()).expect("rows of a schema table");
        }
        rows
    }

    /// What was written, as `shape` tells it.
    ///
    /// # Panics
    /// If it cannot be read.
    pub fn shape(&self, of: SchemaTable, keyspaces: &[&str]) -> Vec<String> {
        let table = self.system.schema_table(of);
        let mut source = self.memtables[&table.id()].range(TokenRange::default(), self.sequence);
        shape(&mut source, table.layout().header_columns(false), keyspaces)
    }

    /// The schema.
    ///
    /// # Errors
    /// If the rows are none.
    pub fn schema(&self) -> Result<Schema> {
        Schema::read(&self.system, &self.rows())
    }

    /// Writes an SSTable of each table that has rows under a directory of data.
    ///
    /// # Errors
    /// If one cannot be written.
    pub fn flush(&self, data: &Path) -> Result<()> {
        let version = Version::parse("nb", Format::Big).expect("a version");
        for table in self.system.all() {
            let memtable = &self.memtables[&table.id()];
            if memtable.is_empty() {
                continue;
            }
            let statistics = memtable.statistics();
            let mut header = table.layout().header().clone();
            let deltas = statistics.least.deltas(version.has_uint_deletion_time());
            header.min_timestamp = deltas.min_timestamp;
            header.min_local_deletion_time_seconds = deltas.min_local_deletion_time_seconds;
            header.min_ttl_seconds = deltas.min_ttl_seconds;
            let directory = data.join(table.keyspace()).join(table.directory_name());
            let directory = Arc::new(DiskDirectory::create_all(directory)?);
            let options = WriterOptions::new(version, self.system.partitioner(), 16);
            let partitioner = self.system.partitioner().clone();
            let id = SstableId::Sequence(1);
            let mut writer = SstableWriter::new(directory, version, id, header, partitioner, options)?;
            writer.write(&mut memtable.range(TokenRange::default(), self.sequence))?;
            writer.finish()?;
        }
        Ok(())
    }
}

/// What is live in the tables of `system_schema` of a directory.
///
/// # Errors
/// If an SSTable cannot be read.
pub fn stored_rows(system: &SystemTables, data: &Path) -> Result<SchemaRows> {
    let mut rows = SchemaRows::default();
    for of in SchemaTable::ALL {
        with_merged(system.schema_table(of), data, |merge, columns| {
            rows.read(of, merge, columns, now_seconds())
        })?;
    }
    Ok(rows)
}

/// What was written into a table of `system_schema` of a directory, as `shape` tells it.
///
/// # Errors
/// If an SSTable cannot be read.
pub fn stored_shape(
    system: &SystemTables,
    data: &Path,
    of: SchemaTable,
    keyspaces: &[&str],
) -> Result<Vec<String>> {
    let shape =
        |merge: &mut Merge<'_, Cursor>, columns: &[HeaderColumn]| Ok(shape(merge, columns, keyspaces));
    Ok(with_merged(system.schema_table(of), data, shape)?.unwrap_or_default())
}

/// Shows the merge of all SSTables of a table of a directory, if there are any.
///
/// # Errors
/// If an SSTable cannot be read.
pub fn with_merged<T>(
    table: &Table,
    data: &Path,
    show: impl FnOnce(&mut Merge<'_, Cursor>, &[HeaderColumn]) -> Result<T>,
) -> Result<Option<T>> {
    let directory = data.join(table.keyspace()).join(table.directory_name());
    if !directory.is_dir() {
        return Ok(None);
    }
    let mut found = find(&[directory], &FindOptions::default())?;
    let Some(found) = found.tables.pop() else { return Ok(None) };
    let opened = OpenTable::open(found, Access::default(), descriptor_budget())?;
    if opened.sstables.is_empty() {
        return Ok(None);
    }
    let headers: Vec<&SerializationHeader> = opened.sstables.iter().map(Sstable::header).collect();
    let columns = Arc::new(SharedColumns::new(&headers)?);
    let header = columns.header(&headers)?;
    let order = ClusteringOrder::new(header.clustering_types.clone());
    let scans = opened.sstables.iter().map(|one| Ok(LazySource::opened(one.scan(ScanOptions::default())?)));
    let scans = scans.collect::<Result<Vec<_>>>()?;
    let mut merge = Merge::new(Partitioner::Murmur3, columns, order, scans);
    show(&mut merge, &header.regular_columns).map(Some)
}

/// Rows with their deletions and the names of their cells, without times: a line for each.
fn shape(
    source: &mut impl UnfilteredPartitions,
    columns: &[HeaderColumn],
    keyspaces: &[&str],
) -> Vec<String> {
    let mut lines = Vec::new();
    while source.advance_partition().expect("a partition") {
        let partition = source.partition();
        let key = String::from_utf8_lossy(partition.key).into_owned();
        if !keyspaces.contains(&key.as_str()) {
            continue;
        }
        let is_deleted = !partition.deletion.is_live();
        if is_deleted {
            lines.push(format!("{key} deleted"));
        }
        while source.advance_unfiltered().expect("a row") {
            let Unfiltered::Row(row) = source.unfiltered() else { panic!("a range tombstone in {key}") };
            let values = row.clustering.iter().map(|value| value.bytes().unwrap_or_default().to_vec());
            let values: Vec<_> = values.map(|value| String::from_utf8_lossy(&value).into_owned()).collect();
            let (liveness, deletion) = (row.liveness.map(|liveness| liveness.timestamp), row.deletion);
            let deletion = match (deletion.is_live(), liveness) {
                (true, _) => "no deletion".to_owned(),
                (false, None) => "deleted".to_owned(),
                (false, Some(at)) if at - deletion.marked_for_delete_at == 1 => {
                    "deleted just before".to_owned()
                }
                (false, Some(_)) => "deleted before".to_owned(),
            };
            let mut cells = Vec::new();
            while source.advance_item().expect("an item") {
                let RowItem::Cell(cell) = source.item() else { panic!("a complex deletion in {key}") };
                let state = if cell.is_tombstone() { " tombstone" } else { "" };
                let age = liveness.map_or(0, |at| at - cell.timestamp);
                cells.push(format!("{}{state} {age}", columns[cell.column].name_text()));
            }
            let liveness = if liveness.is_some() { "live" } else { "no liveness" };
            lines.push(format!("{key} {}: {liveness}, {deletion}, {}", values.join("/"), cells.join(", ")));
        }
    }
    lines.sort();
    lines
}

/// The time.
///
/// # Panics
/// If it is before 1970.
pub fn now_seconds() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time");
    since.as_secs() as i64
}
