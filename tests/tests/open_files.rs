//! Somebody's files as a database that is only read: what it shows, what it refuses, and that it leaves no trace.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use cqlite_core::catalog::{Keyspace, Replication};
use cqlite_core::storage::read::ReadCommand;
use cqlite_core::{Database, FilesOptions, LogChoice};
use cqlite_cql::QualifiedName;
use cqlite_sstable::ErrorKind;
use cqlite_sstable::schema::SchemaSource;
use cqlite_tests::{available::corpus_or_skip, cassandra::Format, fixtures};

/// A copy of a directory with all that is in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// All that is below a directory, with when it was changed last.
fn listed(directory: &Path, all: &mut BTreeMap<PathBuf, SystemTime>) {
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        all.insert(entry.path(), entry.metadata().unwrap().modified().unwrap());
        if entry.path().is_dir() {
            listed(&entry.path(), all);
        }
    }
}

#[test]
fn reading_somebodys_files_changes_nothing_of_them_and_writing_is_refused() {
    let place = tempfile::tempdir().unwrap();
    copy(&fixtures::data(Format::Nb), place.path());
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    listed(place.path(), &mut before);
    let (db, report) = Database::open_files(&[place.path().into()], &FilesOptions::default()).unwrap();
    assert!(report.refused.is_empty() && report.errors.is_empty(), "{report:?}");
    for table in &report.tables {
        db.read(&ReadCommand::all(table.id).limit(10)).unwrap();
    }
    let new = Keyspace::new("new", Replication::simple(1), true).unwrap();
    let refused = db.create_keyspace(new).unwrap_err();
    assert!(refused.to_string().contains("somebody's files"), "{refused}");
    db.close().unwrap();
    listed(place.path(), &mut after);
    assert_eq!(before, after);
}

#[test]
fn the_schema_has_what_was_found_with_types_and_views_and_nothing_else() {
    let data = fixtures::data(Format::Oa);
    let (db, report) = Database::open_files(&[data], &FilesOptions::default()).unwrap();
    let schema = db.schema();
    let keyspace = schema.keyspace("merge").unwrap();
    assert!(keyspace.views().contains_key("viewed_by_a"), "{:?}", keyspace.views().keys());
    assert!(keyspace.tables().contains_key("viewed"), "{:?}", keyspace.tables().keys());
    assert!(schema.keyspace("system_schema").is_some_and(|own| own.tables().contains_key("columns")));
    assert!(schema.keyspace("system").is_none());
    let by_schema = |source: &SchemaSource| matches!(source, SchemaSource::SystemSchema(_));
    let of_users = report.tables.iter().filter(|table| table.keyspace != "system_schema");
    assert!(of_users.clone().count() > 20);
    for table in of_users {
        assert!(by_schema(&table.source), "{}.{}: {}", table.keyspace, table.name, table.source);
        assert_eq!(schema.table(&table.keyspace, &table.name).unwrap().id(), table.id);
    }
}

#[test]
fn a_key_is_looked_up_where_a_scan_finds_it() {
    for format in Format::ALL {
        let table = fixtures::table(format, "merge", "events");
        let (db, _) = Database::open_files(&[table.directory], &FilesOptions::default()).unwrap();
        let table = db.table("merge", "events").unwrap();
        let all = db.read(&ReadCommand::all(table.id())).unwrap();
        let mut partitions = 0;
        for partition in all.partitions() {
            let found = db.read(&ReadCommand::key(table.id(), partition.key())).unwrap();
            let found = found.partitions().next().unwrap();
            assert_eq!(found.rows().count(), partition.rows().count());
            partitions += 1;
        }
        assert!(partitions > 1, "{format}: {partitions}");
        assert!(db.read(&ReadCommand::key(table.id(), b"not there at all")).unwrap().is_empty());
    }
}

#[test]
fn tables_that_are_not_wanted_are_left_alone() {
    let data = fixtures::data(Format::Nb);
    let tables = vec![QualifiedName::unqualified("statics")];
    let options = FilesOptions { tables, ..FilesOptions::default() };
    let (_, report) = Database::open_files(&[data], &options).unwrap();
    let names: Vec<&str> = report.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["statics"]);
    assert!(report.left_out.contains(&"rows.wide".to_owned()), "{:?}", report.left_out);
}

#[test]
fn tables_of_one_name_and_different_ids_are_both_refused() {
    let table = fixtures::table(Format::Nb, "rows", "statics");
    let place = tempfile::tempdir().unwrap();
    let ids = ["0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"];
    for id in ids {
        copy(&table.directory, &place.path().join("rows").join(format!("statics-{id}")));
    }
    let (db, report) = Database::open_files(&[place.path().into()], &FilesOptions::default()).unwrap();
    assert!(report.tables.is_empty() && report.refused.len() == 2, "{report:?}");
    let told = report.refused[0].error.to_string();
    assert!(ids.iter().all(|id| told.contains(id)), "{told}");
    assert!(db.table("rows", "statics").is_err());
}

#[test]
fn all_rows_of_an_sstable_without_its_index_are_read() {
    let table = fixtures::table(Format::Nb, "rows", "statics");
    let place = tempfile::tempdir().unwrap();
    let copied = place.path().join("copied");
    fs::create_dir(&copied).unwrap();
    let stem = table.sstables[0].stem();
    for component in ["Data.db", "Statistics.db", "CompressionInfo.db"] {
        let name = format!("{stem}-{component}");
        fs::copy(table.directory.join(&name), copied.join(&name)).unwrap();
    }
    let (db, report) = Database::open_files(&[copied], &FilesOptions::default()).unwrap();
    let [alone] = report.tables.as_slice() else { panic!("{report:?}") };
    assert_eq!((alone.keyspace.as_str(), alone.name.as_str()), ("unknown_keyspace", "unknown_table"));
    let rows = db.read(&ReadCommand::all(alone.id)).unwrap().partitions().count();
    let (whole, _) = Database::open_files(&[table.directory], &FilesOptions::default()).unwrap();
    let known = whole.table("rows", "statics").unwrap();
    assert_eq!(rows, whole.read(&ReadCommand::all(known.id())).unwrap().partitions().count());
    let key = db.read(&ReadCommand::key(alone.id, [0, 0, 0, 1])).unwrap_err();
    assert_eq!(key.kind(), ErrorKind::Missing, "{key}");
}

#[test]
fn what_is_not_flushed_takes_no_more_memory_than_it_may() {
    let name = "what_is_not_flushed_takes_no_more_memory_than_it_may";
    let Some(corpus) = corpus_or_skip(name) else { return };
    let data = corpus.root().join("cassandra50/nb/node-killed-lz4/data");
    let open = |memtable_bytes| {
        let commit_log = LogChoice::Beside;
        let options = FilesOptions { commit_log, memtable_bytes, ..FilesOptions::default() };
        Database::open_files(std::slice::from_ref(&data), &options)
    };
    let (db, report) = open(24 << 20).unwrap();
    let log = report.commit_log.unwrap();
    assert!(log.mutations > log.passed && log.unknown == 0, "{log:?}");
    let plain = db.table("app", "plain").unwrap();
    assert!(!db.read(&ReadCommand::all(plain.id())).unwrap().is_empty());
    let error = open(10_000).unwrap_err();
    assert!(error.to_string().contains("10000 bytes of memory"), "{error}");
}

#[test]
fn without_the_commit_log_one_warning_tells_of_it() {
    let Some(corpus) = corpus_or_skip("without_the_commit_log_one_warning_tells_of_it") else { return };
    for (node, warnings) in [("node-killed", 1), ("node-drained", 0)] {
        let data = corpus.root().join("cassandra50/nb").join(node).join("data");
        let (_, report) = Database::open_files(&[data], &FilesOptions::default()).unwrap();
        let told = report.warnings.iter().filter(|warning| warning.to_string().contains("commit log"));
        assert_eq!(told.count(), warnings, "{node}: {:?}", report.warnings);
    }
}

#[test]
fn a_table_whose_directory_was_not_copied_is_not_taken_for_an_empty_one() {
    let place = tempfile::tempdir().unwrap();
    let data = fixtures::data(Format::Nb);
    copy(&data.join("system_schema"), &place.path().join("system_schema"));
    let statics = fixtures::table(Format::Nb, "rows", "statics").directory;
    copy(&statics, &place.path().join("rows").join(statics.file_name().unwrap()));
    let wide = fixtures::table(Format::Nb, "rows", "wide").directory;
    let open = || Database::open_files(&[place.path().into()], &FilesOptions::default()).unwrap().0;
    let db = open();
    assert!(db.table("rows", "statics").is_ok() && db.table("rows", "wide").is_err());
    // The directory of a table that is empty is there.
    fs::create_dir(place.path().join("rows").join(wide.file_name().unwrap())).unwrap();
    let db = open();
    let wide = db.table("rows", "wide").unwrap();
    assert!(db.read(&ReadCommand::all(wide.id())).unwrap().is_empty());
}
