//! Rows that tests write and read.

use std::sync::Arc;

use cqlite_core::catalog::{Keyspace, Replication, Table};
use cqlite_core::storage::commitlog::{CommitLog, CommitLogOptions, LogEntry};
use cqlite_core::storage::fs::DiskFileSystem;
use cqlite_core::storage::mutation::{Mutation, PartitionUpdateBuilder};
use cqlite_core::storage::read::{Page, ReadCommand};
use cqlite_core::{Database, DatabaseBuilder};
use cqlite_sstable::row::{
    Cell, ClusteringBuffer, ClusteringValue, DeletionTime, Liveness, NO_DELETION_TIME, Row, RowItem,
};

/// A database with a keyspace `ks` and a table `t` of text keys, an int as clustering, a static and a regular text column.
pub fn with_table(builder: DatabaseBuilder) -> (Database, Arc<Table>) {
    let db = builder.open().unwrap();
    if db.schema().keyspace("ks").is_none() {
        db.create_keyspace(Keyspace::new("ks", Replication::simple(1), true).unwrap()).unwrap();
        let statement = "CREATE TABLE t (k text, c int, s text static, v text, PRIMARY KEY (k, c))";
        db.create_table("ks", statement).unwrap();
    }
    let table = db.table("ks", "t").unwrap();
    (db, table)
}

pub fn on(directory: &std::path::Path) -> DatabaseBuilder {
    Database::builder(directory).unwrap().commit_log_segment(1 << 20)
}

pub fn clustering(c: i32) -> ClusteringBuffer {
    let mut values = ClusteringBuffer::default();
    values.push(ClusteringValue::Value(&c.to_be_bytes()));
    values
}

pub fn row(values: &ClusteringBuffer, timestamp: i64, is_static: bool) -> Row<'_> {
    Row {
        is_static,
        clustering: values.as_clustering(),
        liveness: (!is_static).then(|| Liveness::new(timestamp)),
        deletion: DeletionTime::LIVE,
        shadowable_deletion: DeletionTime::LIVE,
    }
}

pub fn cell(column: usize, timestamp: i64, value: &[u8]) -> RowItem<'_> {
    RowItem::Cell(Cell {
        column,
        timestamp,
        ttl_seconds: 0,
        local_deletion_time_seconds: NO_DELETION_TIME,
        path: None,
        value,
    })
}

/// `INSERT INTO t (k, c, v)`.
pub fn put(db: &Database, table: &Table, k: &str, c: i32, v: &str) -> Mutation {
    let (timestamp, values) = (db.next_timestamp(), clustering(c));
    let mut update = PartitionUpdateBuilder::new(table.layout(), k.as_bytes());
    update.row(&row(&values, timestamp, false), &[cell(0, timestamp, v.as_bytes())]).unwrap();
    update.build().unwrap()
}

/// `INSERT INTO t (k, s)`.
pub fn put_static(db: &Database, table: &Table, k: &str, s: &str) -> Mutation {
    let (timestamp, values) = (db.next_timestamp(), ClusteringBuffer::default());
    let mut update = PartitionUpdateBuilder::new(table.layout(), k.as_bytes());
    update.row(&row(&values, timestamp, true), &[cell(0, timestamp, s.as_bytes())]).unwrap();
    update.build().unwrap()
}

/// `DELETE FROM t WHERE k AND c`, or the whole partition without a clustering.
pub fn delete(db: &Database, table: &Table, k: &str, c: Option<i32>) -> Mutation {
    let timestamp = db.next_timestamp();
    let deletion = DeletionTime::build(timestamp, timestamp / 1_000_000);
    let mut update = PartitionUpdateBuilder::new(table.layout(), k.as_bytes());
    match c {
        None => update.delete_partition(deletion).unwrap(),
        Some(c) => {
            let values = clustering(c);
            let row = Row { liveness: None, deletion, ..row(&values, timestamp, false) };
            update.row(&row, &[]).unwrap();
        }
    }
    update.build().unwrap()
}

/// What a page says, a line for each row: `k=c:v`, with `k[s]` for a static value.
pub fn lines(page: &Page) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut lines = Vec::new();
    for partition in page.partitions() {
        let key = text(partition.key());
        let key = match partition.static_cells().value(0) {
            Some(value) => format!("{key}[{}]", text(value)),
            None => key,
        };
        let before = lines.len();
        for row in partition.rows() {
            let c = row.clustering().get(0).unwrap().bytes().unwrap();
            let c = i32::from_be_bytes(c.try_into().unwrap());
            let v = row.cells().value(0).map_or_else(|| "null".to_owned(), text);
            lines.push(format!("{key}={c}:{v}"));
        }
        if lines.len() == before {
            lines.push(key);
        }
    }
    lines
}

pub fn key(db: &Database, table: &Table, k: &str) -> Vec<String> {
    lines(&db.read(&ReadCommand::key(table.id(), k.as_bytes())).unwrap())
}

pub fn all(db: &Database, table: &Table) -> Vec<String> {
    let mut all = lines(&db.read(&ReadCommand::all(table.id())).unwrap());
    all.sort();
    all
}

/// Writes as a node does that is killed then: what it writes is in the commit log of a database that is not open. A node writes
/// to its own tables, too.
pub fn log_as_a_node(directory: &std::path::Path, mutations: &[Mutation]) {
    let directory = directory.join("commitlog");
    let log = CommitLog::open(Arc::new(DiskFileSystem), &directory, CommitLogOptions::default()).unwrap();
    for mutation in mutations {
        let tables: Vec<_> = mutation.updates().map(|update| update.table_id()).collect();
        log.append(&[LogEntry { mutation: mutation.bytes(), tables: &tables }]).unwrap().wait().unwrap();
    }
}
