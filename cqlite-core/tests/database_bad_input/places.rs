//! Directories that are not as a database left them.

use std::path::Path;
use std::sync::Arc;

use cqlite_core::storage::compaction::scheduler::CompactionRequest;
use cqlite_core::storage::fs::{Failure, Fault, FaultyFileSystem, FileSystem, MemoryFileSystem};
use cqlite_core::storage::read::ReadCommand;
use cqlite_core::{Database, Event};
use cqlite_sstable::ErrorKind;

use super::stage::{
    ROOT, Told, all_below, builder, directory_of, files, numbered, open, put, put_numbered, read_file, rows,
    write_file,
};

fn make(fs: &dyn FileSystem, directory: &str) {
    let mut path = std::path::PathBuf::new();
    for part in Path::new(directory) {
        path.push(part);
        let _ = fs.create_directory(&path);
    }
}

/// Writes, flushes and closes, so that there are SSTables and no log.
fn closed(fs: &(impl FileSystem + Clone + 'static)) -> std::path::PathBuf {
    let (db, table) = open(builder(fs));
    db.pause_compactions();
    for part in 0..2 {
        put_numbered(&db, &table, part * 10..part * 10 + 10);
        db.flush(table.id()).unwrap();
    }
    let directory = directory_of(&db, &table);
    db.close().unwrap();
    directory
}

#[test]
fn a_file_in_the_place_of_the_directory_is_named_and_left_alone() {
    let fs = MemoryFileSystem::new();
    write_file(&fs, ROOT, b"a letter");
    for opened in [builder(&fs).open(), builder(&fs).open_read_only()] {
        let told = opened.unwrap_err().to_string();
        assert!(told.starts_with("/db: ") && told.contains("not a directory"), "{told}");
    }
    assert_eq!(read_file(&fs, ROOT.as_ref()), b"a letter");
}

#[test]
fn a_table_directory_is_refused_with_advice_where_the_database_is() {
    let fs = MemoryFileSystem::new();
    let directory = closed(&fs);
    let before = all_below(&fs, ROOT.as_ref());
    let keyspace = directory.parent().unwrap();
    for other in [&directory, keyspace, keyspace.parent().unwrap()] {
        let opened = Database::builder(other).unwrap().file_system(Arc::new(fs.clone())).open();
        let refused = opened.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
        assert!(refused.advice().unwrap().contains("above 'data'"), "{refused}");
    }
    assert_eq!(all_below(&fs, ROOT.as_ref()), before);
}

#[test]
fn tables_without_a_schema_are_refused_and_left_alone() {
    let fs = MemoryFileSystem::new();
    let directory = closed(&fs);
    let data = fs.list("/db/data/system_schema".as_ref()).unwrap();
    for entry in data {
        let of = Path::new("/db/data/system_schema").join(entry.name);
        for file in all_below(&fs, &of).into_keys() {
            fs.remove_file(&file).unwrap();
        }
        fs.remove_directory(&of).unwrap();
    }
    fs.remove_directory("/db/data/system_schema".as_ref()).unwrap();
    let before = all_below(&fs, ROOT.as_ref());
    for opened in [builder(&fs).open(), builder(&fs).open_read_only()] {
        let refused = opened.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Missing, "{refused}");
        assert!(refused.to_string().contains("system_schema"), "{refused}");
    }
    assert_eq!(all_below(&fs, ROOT.as_ref()), before);
    assert!(!files(&fs, &directory, "-Data.db").is_empty());
}

#[test]
fn a_disk_that_is_mounted_read_only_is_named_with_advice_and_opens_to_be_read() {
    let fs = FaultyFileSystem::new(MemoryFileSystem::new());
    closed(&fs);
    let (db, table) = open(builder(&fs));
    put(&db, &table, "in the log", "x");
    drop(db);
    for failure in [Failure::ReadOnlyDisk, Failure::NotPermitted] {
        fs.plan(Fault::ChangesFrom { number: 0, failure });
        let refused = builder(&fs).open().unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Output, "{refused}");
        assert!(refused.to_string().starts_with("/db"), "{refused}");
        assert!(refused.advice().is_some_and(|advice| advice.contains("only to read")), "{refused}");
        let changes = fs.changes();
        let db = builder(&fs).open_read_only().unwrap();
        let found = rows(&db, &table);
        assert_eq!(found.len(), 21);
        assert!(db.write(&db.update(&table, b"k").delete_partition().unwrap().build().unwrap()).is_err());
        db.close().unwrap();
        assert_eq!(fs.changes(), changes, "a reader changes nothing");
        fs.plan(Fault::None);
    }
    let (db, table) = open(builder(&fs));
    assert_eq!(rows(&db, &table).len(), 21);
}

#[test]
fn a_full_disk_is_named_at_the_opening_and_nothing_is_lost() {
    let fs = FaultyFileSystem::new(MemoryFileSystem::new());
    let (db, table) = open(builder(&fs));
    put_numbered(&db, &table, 0..50);
    drop(db);
    for bytes in [0, 1, 5_000, 20_000, 60_000] {
        fs.plan(Fault::FullAfter { bytes });
        if let Err(refused) = builder(&fs).open() {
            let told = refused.to_string();
            assert_eq!(refused.kind(), ErrorKind::Output, "{told}");
            assert!(told.starts_with("/db") && told.to_lowercase().contains("space"), "{told}");
            assert!(refused.is_full_disk(), "{told}");
        }
        assert_eq!(rows(&builder(&fs).open_read_only().unwrap(), &table), numbered(0..50));
    }
    fs.plan(Fault::None);
    let (db, table) = open(builder(&fs));
    assert_eq!(rows(&db, &table), numbered(0..50));
}

#[test]
fn who_has_the_database_open_is_named_by_path_and_process() {
    let fs = MemoryFileSystem::new();
    let (db, _) = open(builder(&fs));
    let told = builder(&fs).open().unwrap_err().to_string();
    assert!(told.contains("/db/cqlite.lock"), "{told}");
    assert!(told.contains(&format!("process {}", std::process::id())), "{told}");
    drop(db);
    builder(&fs).open().unwrap();
}

#[test]
fn an_sstable_without_one_of_its_components_is_told_of_and_never_read_as_an_empty_one() {
    for component in [
        "Data.db",
        "Index.db",
        "Statistics.db",
        "CompressionInfo.db",
        "Filter.db",
        "Summary.db",
        "Digest.crc32",
        "TOC.txt",
    ] {
        let fs = MemoryFileSystem::new();
        let directory = closed(&fs);
        fs.remove_file(&directory.join(format!("nb-1-big-{component}"))).unwrap();
        let db = builder(&fs).open().unwrap_or_else(|error| panic!("{component}: {error}"));
        db.pause_compactions();
        let table = db.table("ks", "t").unwrap();
        match db.read(&ReadCommand::all(table.id())) {
            Ok(page) => {
                assert_eq!(page.row_count(), 20, "{component}");
            }
            Err(error) => {
                assert!(error.to_string().contains(&format!("nb-1-big-{component}")), "{component}: {error}");
                assert!(db.last_error().is_some_and(|told| told.contains(component)), "{component}");
            }
        }
        db.resume_compactions();
        let refused = db.compact(table.id(), &CompactionRequest::Major { splits: false });
        let after = db.read(&ReadCommand::all(table.id())).map_or(20, |page| page.row_count());
        assert_eq!(after, 20, "{component}: {refused:?}");
    }
}

#[test]
fn an_sstable_of_which_only_the_schema_table_was_copied_half_does_not_open_as_an_empty_schema() {
    for component in ["Data.db", "Index.db", "Statistics.db"] {
        let fs = MemoryFileSystem::new();
        closed(&fs);
        for entry in fs.list("/db/data/system_schema".as_ref()).unwrap() {
            let directory = Path::new("/db/data/system_schema").join(&entry.name);
            files(&fs, &directory, component).iter().for_each(|file| fs.remove_file(file).unwrap());
        }
        let refused = builder(&fs).open().unwrap_err().to_string();
        assert!(refused.contains(component), "{refused}");
        let refused = builder(&fs).open_read_only().unwrap_err().to_string();
        assert!(refused.contains(component), "{refused}");
    }
}

#[test]
fn a_table_whose_directory_is_missing_is_told_of_and_empty() {
    let fs = MemoryFileSystem::new();
    let directory = closed(&fs);
    for file in all_below(&fs, &directory).into_keys() {
        fs.remove_file(&file).unwrap();
    }
    fs.remove_directory(&directory).unwrap();
    for is_read_only in [true, false] {
        let told = Told::default();
        let builder = builder(&fs).listener(Arc::new(told.clone()));
        let db = if is_read_only { builder.open_read_only() } else { builder.open() }.unwrap();
        let table = db.table("ks", "t").unwrap();
        assert!(rows(&db, &table).is_empty());
        let is_it = |event: &Event| matches!(event, Event::MissingDirectory { directory: named, .. } if *named == directory);
        assert!(told.events().iter().any(is_it), "read only: {is_read_only}");
    }
}

#[test]
fn files_that_are_not_of_the_database_are_left_alone_whatever_it_does() {
    let fs = MemoryFileSystem::new();
    let directory = closed(&fs);
    let mut foreign = Vec::new();
    for place in
        [Path::new(ROOT), "/db/data".as_ref(), "/db/data/ks".as_ref(), "/db/commitlog".as_ref(), &directory]
    {
        for name in [
            "notes.txt",
            "lost+found.bin",
            "old-nb-1-big-Data.db",
            "CommitLog-7-x.log",
            "CommitLog-7-12_cdc.idx",
            "nb_txn_flush_notes.txt",
            "x.tmp",
            ".hidden",
            "mc-1-big",
            "manifest.json",
        ] {
            foreign.push(place.join(name));
            write_file(&fs, place.join(name), b"somebody's");
        }
        let folder = place.join("folder");
        make(&fs, folder.to_str().unwrap());
        foreign.push(folder.join("nb-7-big-Data.db"));
        write_file(&fs, folder.join("nb-7-big-Data.db"), b"somebody's");
    }
    let told = Told::default();
    let (db, table) = open(builder(&fs).listener(Arc::new(told.clone())));
    assert_eq!(rows(&db, &table), numbered(0..20));
    put_numbered(&db, &table, 20..30);
    db.flush(table.id()).unwrap();
    db.compact(table.id(), &CompactionRequest::Major { splits: false }).unwrap();
    assert_eq!(rows(&db, &table), numbered(0..30));
    db.snapshot("s").unwrap();
    db.clear_snapshot("s").unwrap();
    db.truncate(table.id()).unwrap();
    put(&db, &table, "a", "x");
    drop(db);
    let (db, table) = open(builder(&fs));
    assert_eq!(rows(&db, &table).len(), 1);
    db.drop_table("ks", "t").unwrap();
    db.close().unwrap();
    for file in foreign {
        assert!(fs.entry(&file).is_ok(), "{} is gone", file.display());
        assert_eq!(read_file(&fs, &file), b"somebody's", "{}", file.display());
    }
    assert!(told.events().iter().all(|event| !matches!(event, Event::Failed { .. })), "{:?}", told.events());
}
