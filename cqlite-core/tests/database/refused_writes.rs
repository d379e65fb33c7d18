//! Writes that nobody could read back.

use std::sync::{Arc, Mutex};

use cqlite_core::catalog::{Keyspace, Replication, Table};
use cqlite_core::storage::commitlog::{CommitLog, CommitLogOptions, LogEntry, SyncMode};
use cqlite_core::storage::fs::DiskFileSystem;
use cqlite_core::storage::mutation::{
    Batch, Decoded, MessagingVersion, Mutation, PartitionUpdateBuilder, TableLayout,
};
use cqlite_core::storage::read::ReadCommand;
use cqlite_core::storage::store::Health;
use cqlite_core::{Database, DatabaseBuilder, Event, EventListener};
use cqlite_sstable::row::{Cell, ClusteringBuffer, DeletionTime, NO_DELETION_TIME, Row, RowItem};
use cqlite_sstable::types::{CounterContext, CqlType};
use cqlite_sstable::{Partitioner, Result};

use super::rows::on;

const COUNTS: &str = "CREATE TABLE t (k text PRIMARY KEY, n counter)";

fn with(builder: DatabaseBuilder, create: &str) -> (Database, Arc<Table>) {
    let db = builder.open().unwrap();
    if db.schema().keyspace("ks").is_none() {
        db.create_keyspace(Keyspace::new("ks", Replication::simple(1), true).unwrap()).unwrap();
        db.create_table("ks", create).unwrap();
    }
    let table = db.table("ks", "t").unwrap();
    (db, table)
}

fn insert(db: &Database, table: &Arc<Table>, key: &[u8], name: &str, value: &[u8]) -> Result<()> {
    db.write(&db.update(table, key).insert(&[], &[(name, Some(value))])?.build()?)
}

/// The bytes of a mutation of one cell that nobody checked: they are made as if the table had blobs alone.
fn unchecked(table: &Table, key: &[u8], value: &[u8], partitioner: Partitioner) -> Vec<u8> {
    let mut schema = (**table.schema()).clone();
    schema.regular_columns.iter_mut().for_each(|column| column.column_type = CqlType::Blob);
    let layout = TableLayout::new(&schema, partitioner).unwrap();
    let clustering = ClusteringBuffer::default();
    let row = Row {
        is_static: false,
        clustering: clustering.as_clustering(),
        liveness: None,
        deletion: DeletionTime::LIVE,
        shadowable_deletion: DeletionTime::LIVE,
    };
    let cell = Cell {
        column: 0,
        timestamp: 1,
        ttl_seconds: 0,
        local_deletion_time_seconds: NO_DELETION_TIME,
        path: None,
        value,
    };
    let mut update = PartitionUpdateBuilder::new(&layout, key);
    update.row(&row, &[RowItem::Cell(cell)]).unwrap();
    update.build().unwrap().bytes().to_vec()
}

fn decoded(table: &Table, bytes: Vec<u8>) -> Mutation {
    let layout = |_| Some(Arc::clone(table.layout()));
    match Mutation::decode(bytes, MessagingVersion::default(), layout).unwrap() {
        Decoded::Mutation(mutation) => mutation,
        Decoded::UnknownTable(_) => panic!("the table is known"),
    }
}

fn count(db: &Database, table: &Table, key: &str) -> Vec<u8> {
    let page = db.read(&ReadCommand::key(table.id(), key)).unwrap();
    let row = page.partitions().next().unwrap().rows().next().unwrap();
    row.cells().value(0).unwrap().to_vec()
}

#[test]
fn an_empty_key_is_refused_and_other_writes_go_on() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with(on(place.path()), "CREATE TABLE t (k text PRIMARY KEY, v text)");
    let refused = insert(&db, &table, b"", "v", b"1").unwrap_err();
    assert!(refused.to_string().contains("a partition key may not be empty"), "{refused}");
    let local = Partitioner::Local(Arc::new(CqlType::Text));
    let refused = db.write(&decoded(&table, unchecked(&table, b"", b"1", local))).unwrap_err();
    assert!(refused.to_string().contains("a partition key may not be empty"), "{refused}");
    assert_eq!(db.health(), Health::Sound);
    insert(&db, &table, b"k", "v", b"1").unwrap();
    drop(db);
    let (db, table) = with(on(place.path()), "");
    assert_eq!(db.read(&ReadCommand::all(table.id())).unwrap().row_count(), 1);
}

#[test]
fn keys_that_are_none_of_their_type_are_refused() {
    let cases: [(&str, &[u8], bool); 8] = [
        ("k int, v int, PRIMARY KEY (k)", b"abc", false),
        ("k int, v int, PRIMARY KEY (k)", b"12345", false),
        ("k int, v int, PRIMARY KEY (k)", b"1234", true),
        ("k text, v int, PRIMARY KEY (k)", b"\xFF", false),
        ("k text, v int, PRIMARY KEY (k)", "\u{e9}".as_bytes(), true),
        ("k blob, v int, PRIMARY KEY (k)", b"\xFF", true),
        ("k int, l text, v int, PRIMARY KEY ((k, l))", b"1234", false),
        ("k int, l text, v int, PRIMARY KEY ((k, l))", b"\0\x041234\0\0\x01x\0", true),
    ];
    for (columns, key, is_valid) in cases {
        let create = format!("CREATE TABLE t ({columns})");
        let (db, table) = with(Database::in_memory().unwrap(), &create);
        let written = insert(&db, &table, key, "v", &[0; 4]);
        assert_eq!(written.is_ok(), is_valid, "{columns} {key:x?} {written:?}");
    }
}

#[test]
fn values_that_are_none_of_their_column_are_refused() {
    let (db, table) = with(
        Database::in_memory().unwrap(),
        "CREATE TABLE t (k int PRIMARY KEY, i int, s smallint, a text, b blob, f frozen<list<int>>, l list<int>, \
         m map<text, int>, u set<text>, d duration)",
    );
    let cases: [(&str, &[u8], bool); 12] = [
        ("i", b"1234", true),
        ("i", b"", true),
        ("i", b"123", false),
        ("s", b"", false),
        ("a", b"\xFF\xFE", false),
        ("a", "\u{e9}".as_bytes(), true),
        ("b", b"\xFF\xFE", true),
        ("f", b"zzz", false),
        ("f", b"\0\0\0\x01\0\0\0\x041234", true),
        ("f", b"\0\0\0\x01\0\0\0\x03123", false),
        ("l", b"\0\0\0\x01", false),
        ("d", b"\x02\x01\x00", false),
    ];
    for (name, value, is_valid) in cases {
        let written = insert(&db, &table, &[0; 4], name, value);
        assert_eq!(written.is_ok(), is_valid, "{name} {value:x?} {written:?}");
    }
    let time_uuid: &[u8] = b"\0\0\0\0\0\0\x10\0\x80\0\0\0\0\0\0\0";
    let elements: [(&str, &[u8], &[u8], bool); 8] = [
        ("l", b"not a time uuid", b"1234", false),
        ("l", time_uuid, b"123", false),
        ("l", time_uuid, b"1234", true),
        ("m", b"\xFF", b"1234", false),
        ("m", b"key", b"1234", true),
        ("u", b"element", b"value", false),
        ("u", b"element", b"", true),
        ("i", b"path", b"1234", false),
    ];
    for (name, path, value, is_valid) in elements {
        let update = db.update(&table, &[0; 4]).set_elements(&[], name, &[(path, Some(value))]);
        let written = update.and_then(|update| db.write(&update.build()?));
        assert_eq!(written.is_ok(), is_valid, "{name} {path:x?} {value:x?} {written:?}");
    }
    db.flush(table.id()).unwrap();
}

#[test]
fn counters_take_counts_alone() {
    let (db, table) = with(Database::in_memory().unwrap(), COUNTS);
    assert_eq!(db.add_to_counter(&table, b"k", &[], 0, 5).unwrap(), 5);
    let five = count(&db, &table, "k");
    let update = || db.update(&table, b"k");
    let refused = [
        update().set(&[], &[("n", Some(b"rubbish"))]),
        update().set(&[], &[("n", Some(b""))]),
        update().insert(&[], &[]),
        update().ttl(10).and_then(|update| update.set(&[], &[("n", Some(&five))])),
    ];
    for (number, update) in refused.into_iter().enumerate() {
        assert!(update.is_err(), "{number}");
    }
    let rubbish = unchecked(&table, b"k", b"rubbish", Partitioner::Murmur3);
    let refused = db.write(&decoded(&table, rubbish)).unwrap_err();
    assert!(refused.to_string().contains("the value of a counter is none"), "{refused}");
    db.write(&update().set(&[], &[("n", Some(&five))]).unwrap().build().unwrap()).unwrap();
    assert_eq!(db.add_to_counter(&table, b"k", &[], 0, 1).unwrap(), 6);
    db.flush(table.id()).unwrap();
    db.write(&update().set(&[], &[("n", None)]).unwrap().build().unwrap()).unwrap();
    assert!(db.read(&ReadCommand::key(table.id(), "k")).unwrap().is_empty());
}

#[test]
fn a_write_for_a_commit_log_of_another_version_is_refused() {
    let (db, table) = with(Database::in_memory().unwrap(), "CREATE TABLE t (k text PRIMARY KEY, v text)");
    let mut update = PartitionUpdateBuilder::new(table.layout(), b"k").for_version(MessagingVersion::V50);
    update.delete_partition(DeletionTime::build(1, 1)).unwrap();
    let refused = db.write(&update.build().unwrap()).unwrap_err();
    assert!(refused.to_string().contains("a commit log of another version"), "{refused}");
    assert_eq!(db.health(), Health::Sound);
}

#[derive(Debug, Default)]
struct LeftOut(Mutex<Vec<u64>>);

impl EventListener for LeftOut {
    fn tell(&self, event: &Event) {
        if let Event::Replayed(report) = event {
            self.0.lock().unwrap().push(report.unmergeable_updates);
        }
    }
}

#[test]
fn a_logged_counter_that_is_none_is_left_out_and_told_of() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with(on(place.path()), COUNTS);
    db.add_to_counter(&table, b"k", &[], 0, 5).unwrap();
    db.close().unwrap();
    let options = CommitLogOptions { mode: SyncMode::Batch, ..CommitLogOptions::default() };
    let log = CommitLog::open(Arc::new(DiskFileSystem), &place.path().join("commitlog"), options).unwrap();
    for key in [b"k", b"l"] {
        let mutation = unchecked(&table, key, b"rubbish", Partitioner::Murmur3);
        log.append(&[LogEntry { mutation: &mutation, tables: &[table.id()] }]).unwrap().wait().unwrap();
    }
    drop(log);

    let db = Database::open_read_only(place.path()).unwrap();
    assert_eq!(db.read(&ReadCommand::all(table.id())).unwrap().row_count(), 1);
    drop(db);
    let left_out = Arc::new(LeftOut::default());
    let (db, table) = with(on(place.path()).listener(Arc::clone(&left_out) as _), "");
    assert_eq!(*left_out.0.lock().unwrap(), [2]);
    assert_eq!(CounterContext::decode(&count(&db, &table, "k")).unwrap().total(), 5);
    assert_eq!(db.add_to_counter(&table, b"l", &[], 0, 1).unwrap(), 1);
    db.flush(table.id()).unwrap();
}

#[test]
fn the_timestamp_that_stands_for_none_is_refused() {
    let (db, table) = with(Database::in_memory().unwrap(), "CREATE TABLE t (k text PRIMARY KEY, v text)");
    let update = |timestamp| db.update(&table, b"k").timestamp(timestamp);
    let value: &[(&str, Option<&[u8]>)] = &[("v", Some(b"1"))];
    let refused = [
        update(i64::MIN).insert(&[], &[]),
        update(i64::MIN).set(&[], value),
        update(i64::MIN).delete_row(&[]),
        update(i64::MIN).delete_partition(),
    ];
    for (number, update) in refused.into_iter().enumerate() {
        assert!(update.is_err(), "{number}");
    }
    db.write(&update(i64::MIN + 1).set(&[], value).unwrap().build().unwrap()).unwrap();
    assert_eq!(db.read(&ReadCommand::all(table.id())).unwrap().row_count(), 1);
}

#[test]
fn a_time_to_live_past_what_the_log_can_hold_is_refused_with_what_to_do() {
    let (db, table) = with(Database::in_memory().unwrap(), "CREATE TABLE t (k text PRIMARY KEY, v text)");
    let twenty_years = db.update(&table, b"k").ttl(20 * 365 * 24 * 3_600).unwrap();
    let refused = twenty_years.insert(&[], &[("v", Some(b"1"))]).unwrap_err();
    assert!(refused.advice().is_some_and(|advice| advice.contains("before 2038-01-19")), "{refused}");
}

#[test]
fn tables_that_the_database_itself_needs_are_not_written_by_its_users() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with(on(place.path()), "CREATE TABLE t (k text PRIMARY KEY, v text)");
    for (keyspace, name) in [("system_schema", "tables"), ("system_schema", "columns"), ("system", "local")] {
        let own = db.table(keyspace, name).unwrap();
        let deletion = || db.update(&own, b"ks").delete_partition().unwrap().build().unwrap();
        let user = db.update(&table, b"k").insert(&[], &[]).unwrap().build().unwrap();
        let mut batch = Batch::new();
        batch.push(user);
        batch.push(deletion());
        let everything = cqlite_sstable::reader::Slice::all();
        let range =
            db.update(&own, b"ks").delete_range(&everything).and_then(cqlite_core::TableUpdate::build);
        let read = ReadCommand::key(own.id(), "ks");
        let refused = [
            db.write(&deletion()).unwrap_err(),
            db.submit(&batch).map(drop).unwrap_err(),
            db.apply_if(&read, |_| Ok(true), &deletion()).unwrap_err(),
            db.ingest(own.id(), &[], Default::default()).unwrap_err(),
            range.and_then(|range| db.write(&range)).unwrap_err(),
        ];
        for refused in refused {
            assert!(refused.to_string().contains("a table of the database itself"), "{refused}");
            assert!(refused.advice().is_some_and(|advice| advice.contains("methods of the database")));
        }
    }
    assert!(db.read(&ReadCommand::all(table.id())).unwrap().is_empty(), "nothing of a batch is written");
    drop(db);
    let db = on(place.path()).open().unwrap();
    assert!(db.table("ks", "t").is_ok());
}
