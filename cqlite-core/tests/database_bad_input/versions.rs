//! Files of other releases of Cassandra than those that are known.

use std::path::Path;

use cqlite_core::storage::fs::{FileSystem as _, MemoryFileSystem};
use cqlite_sstable::ErrorKind;

use super::stage::{
    ROOT, all_below, builder, directory_of, files, open, put, put_numbered, read_file, write_file,
};

/// Gives all files of the SSTables in a directory the name of another version.
fn rename_version(fs: &MemoryFileSystem, directory: &Path, letters: &str) {
    for entry in fs.list(directory).unwrap() {
        if let Some(rest) = entry.name.strip_prefix("nb-") {
            fs.rename(&directory.join(&entry.name), &directory.join(format!("{letters}-{rest}"))).unwrap();
        }
    }
}

fn assert_unsupported(fs: &MemoryFileSystem, named: &str) {
    let before = all_below(fs, ROOT.as_ref());
    for opened in [builder(fs).open(), builder(fs).open_read_only()] {
        let refused = opened.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unsupported, "{refused}");
        let told = refused.to_string();
        assert!(told.contains(named) && !told.contains("corrupt"), "{told}");
    }
    let mut after = all_below(fs, ROOT.as_ref());
    after.retain(|path, _| !path.ends_with("cqlite.lock"));
    for (path, bytes) in before.into_iter().filter(|(path, _)| !path.ends_with("cqlite.lock")) {
        assert_eq!(after.get(&path), Some(&bytes), "{}", path.display());
    }
}

#[test]
fn sstables_of_a_version_that_is_not_known_are_named_unsupported_and_left_alone() {
    let fs = MemoryFileSystem::new();
    let (db, table) = open(builder(&fs));
    put_numbered(&db, &table, 0..10);
    let directory = directory_of(&db, &table);
    db.close().unwrap();
    rename_version(&fs, &directory, "zz");
    assert_unsupported(&fs, "zz");
}

#[test]
fn a_schema_in_sstables_of_a_version_that_is_not_known_is_named_unsupported_and_left_alone() {
    let fs = MemoryFileSystem::new();
    open(builder(&fs)).0.close().unwrap();
    let schema = Path::new("/db/data/system_schema");
    for entry in fs.list(schema).unwrap() {
        rename_version(&fs, &schema.join(entry.name), "zz");
    }
    assert_unsupported(&fs, "zz");
}

#[test]
fn commit_logs_of_versions_that_are_not_known_are_named_unsupported_and_left_alone() {
    for (number, name) in [(9_u8, "CommitLog-9-1999999999999.log"), (2, "CommitLog-2-1999999999999.log")] {
        let fs = MemoryFileSystem::new();
        let (db, table) = open(builder(&fs));
        put(&db, &table, "a", "x");
        drop(db);
        let segment = files(&fs, "/db/commitlog".as_ref(), ".log").pop().unwrap();
        let mut bytes = read_file(&fs, &segment);
        bytes[3] = number;
        write_file(&fs, Path::new("/db/commitlog").join(name), &bytes);
        assert_unsupported(&fs, &number.to_string());
    }
}

#[test]
fn a_commit_log_from_before_versions_is_named_unsupported_and_left_alone() {
    let fs = MemoryFileSystem::new();
    open(builder(&fs)).0.close().unwrap();
    write_file(&fs, "/db/commitlog/CommitLog-1357000000000.log", b"of 2013");
    assert_unsupported(&fs, "CommitLog-1357000000000.log");
}
