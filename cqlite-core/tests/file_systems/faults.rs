//! Calls that fail: what is planned fails, and an SSTable that is written or read meanwhile stands it.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use cqlite_core::storage::fs::{
    DiskFileSystem, Failure, Fault, FaultyFileSystem, FileSystem, MemoryFileSystem, Operation,
};

use super::written::{TABLE, descriptor, empty_table, live, read, replace, rows_of, version};

const FAILURES: [Failure; 2] = [Failure::FullDisk, Failure::BrokenDisk];

fn faulty(fault: Fault) -> FaultyFileSystem<MemoryFileSystem> {
    let files = FaultyFileSystem::new(empty_table());
    files.plan(fault);
    files
}

/// Writes an SSTable, and puts another one in its place.
fn work(files: &FaultyFileSystem<MemoryFileSystem>) -> [cqlite_sstable::Result<()>; 2] {
    let shared: Arc<dyn FileSystem> = Arc::new(files.clone());
    let (table, rows) = (Path::new(TABLE), rows_of(0..200));
    let first = replace(&shared, table, &[], (version("nb"), 1), &rows, || {});
    if first.is_err() {
        return [first, Ok(())];
    }
    [first, replace(&shared, table, &[descriptor("nb-1-big")], (version("nb"), 2), &rows, || {})]
}

#[test]
fn a_transaction_that_meets_a_failure_says_so_and_leaves_all_of_the_old_or_all_of_the_new() {
    let all = faulty(Fault::None);
    assert!(work(&all).iter().all(Result::is_ok));
    let mut failed = 0;
    for number in 0..all.changes() {
        for failure in FAILURES {
            for fault in [Fault::Change { number, failure }, Fault::ChangesFrom { number, failure }] {
                let files = faulty(fault);
                let done = work(&files);
                failed += usize::from(done.iter().any(Result::is_err));
                for image in 0..5 {
                    let cut =
                        if image == 4 { files.inner().clone() } else { files.inner().crash_image(image) };
                    let (stems, rows) = live(&cut).unwrap_or_else(|why| panic!("{fault:?}: {why}"));
                    let is_expected = match (stems.first().map(String::as_str), &done) {
                        (None, [Err(_), _]) => rows.is_empty(),
                        (Some("nb-1-big"), [_, Err(_)] | [Err(_), _]) => rows == rows_of(0..200),
                        (Some("nb-2-big"), [Ok(()), _]) => rows == rows_of(0..200),
                        _ => false,
                    };
                    assert!(is_expected && stems.len() <= 1, "{fault:?}: {stems:?}, {done:?}");
                }
            }
        }
    }
    assert!(failed as u64 > all.changes() * 3, "{failed} of {}", all.changes());
}

#[test]
fn a_disk_that_is_full_at_any_byte_stops_a_transaction_in_order() {
    let written = Arc::new(Mutex::new(0));
    let (counted, all) = (Arc::clone(&written), faulty(Fault::None));
    all.observe(move |call| {
        if call.operation == Operation::Write {
            *counted.lock().unwrap() += call.bytes;
        }
    });
    assert!(work(&all).iter().all(Result::is_ok));
    let total = *written.lock().unwrap();
    for bytes in (0..total).step_by(97) {
        let files = faulty(Fault::FullAfter { bytes });
        assert!(work(&files).iter().any(Result::is_err));
        let (stems, rows) = live(&files.inner().crash_image(0)).unwrap();
        assert_eq!(rows, if stems.is_empty() { rows_of(0..0) } else { rows_of(0..200) });
    }
    assert!(work(&faulty(Fault::FullAfter { bytes: total })).iter().all(Result::is_ok));
}

#[test]
fn a_read_that_fails_is_an_error_and_never_a_row_less() {
    let files = faulty(Fault::None);
    let shared: Arc<dyn FileSystem> = Arc::new(files.clone());
    let rows = rows_of(0..200);
    replace(&shared, Path::new(TABLE), &[], (version("da"), 1), &rows, || {}).unwrap();
    let (before, mut failed) = (files.reads(), 0);
    read(&shared, &descriptor("da-1-bti")).unwrap();
    let reads = files.reads() - before;
    for number in 0..reads {
        files.plan(Fault::Read { number: files.reads() + number, failure: Failure::BrokenDisk });
        match read(&shared, &descriptor("da-1-bti")) {
            Ok(read) => assert_eq!(read, rows),
            Err(_) => failed += 1,
        }
    }
    assert!(failed > 2, "{failed} of {reads}");
}

#[test]
fn calls_are_counted_and_told_of_by_what_they_do() {
    let files = FaultyFileSystem::new(MemoryFileSystem::new());
    let calls = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&calls);
    files.observe(move |call| {
        let path = call.path.display().to_string();
        told.lock().unwrap().push((call.number, call.operation, path, call.bytes));
    });
    let file = files.create(Path::new("/a")).unwrap();
    file.write_at(b"abc", 0).unwrap();
    file.read_at(&mut [0; 2], 0).unwrap();
    files.sync_directory(Path::new("/")).unwrap();
    files.list(Path::new("/")).unwrap();
    let expected = [
        (0, Operation::Create, "/a".to_owned(), 0),
        (1, Operation::Write, "/a".to_owned(), 3),
        (0, Operation::Read, "/a".to_owned(), 2),
        (2, Operation::SyncDirectory, "/".to_owned(), 0),
        (1, Operation::List, "/".to_owned(), 0),
    ];
    assert_eq!(*calls.lock().unwrap(), expected);
    assert_eq!((files.changes(), files.reads(), files.syncs()), (3, 2, 1));
}

#[test]
fn one_call_fails_or_all_from_one_on() {
    for failure in FAILURES {
        let expected = io::Error::from(failure).raw_os_error();
        let files = faulty(Fault::Change { number: 1, failure });
        let create =
            |name: &str| files.create(Path::new(name)).map(|_| ()).map_err(|error| error.raw_os_error());
        assert_eq!([create("/a"), create("/b"), create("/c")], [Ok(()), Err(expected), Ok(())]);
        files.plan(Fault::ChangesFrom { number: 4, failure });
        assert_eq!([create("/d"), create("/e"), create("/f")], [Ok(()), Err(expected), Err(expected)]);
        files.plan(Fault::ReadsFrom { number: 0, failure });
        assert!(files.list(Path::new("/")).is_err() && create("/g").is_ok());
        files.plan(Fault::None);
        assert!(files.list(Path::new("/")).is_ok());
    }
    assert_eq!(io::Error::from(Failure::FullDisk).kind(), io::ErrorKind::StorageFull);
}

#[test]
fn a_write_that_fails_has_written_a_part_and_a_sync_that_fails_loses_what_it_should_have_written() {
    let files = FaultyFileSystem::new(MemoryFileSystem::new());
    let file = files.create(Path::new("/a")).unwrap();
    files.sync_directory(Path::new("/")).unwrap();
    files.plan(Fault::Change { number: 2, failure: Failure::BrokenDisk });
    file.write_at(b"abcd", 0).unwrap_err();
    assert_eq!(file.length_bytes().unwrap(), 2);
    files.plan(Fault::Change { number: 3, failure: Failure::BrokenDisk });
    file.sync_data().unwrap_err();
    file.sync_data().unwrap();
    let image = files.inner().crash_image(1).open(Path::new("/a")).unwrap();
    let mut bytes = [1; 2];
    image.read_at(&mut bytes, 0).unwrap();
    assert_eq!(bytes, [0; 2]);
    files.plan(Fault::Change { number: 6, failure: Failure::BrokenDisk });
    files.create(Path::new("/b")).unwrap();
    files.sync_directory(Path::new("/")).unwrap_err();
    files.sync_directory(Path::new("/")).unwrap();
    assert_eq!(files.inner().crash_image(1).list(Path::new("/")).unwrap().len(), 1);
}

#[test]
fn a_full_disk_takes_what_fits_and_refuses_new_files_but_lets_others_go() {
    let place = tempfile::tempdir().unwrap();
    let files = FaultyFileSystem::new(DiskFileSystem);
    let at = |name: &str| place.path().join(name);
    let file = files.create(&at("a")).unwrap();
    files.plan(Fault::FullAfter { bytes: 3 });
    assert_eq!(files.free_bytes(place.path()).unwrap(), Some(3));
    assert_eq!(file.write_at(b"abcdef", 0).unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert_eq!(file.length_bytes().unwrap(), 3);
    assert_eq!(files.create(&at("b")).unwrap_err().kind(), io::ErrorKind::StorageFull);
    file.sync().unwrap();
    files.rename(&at("a"), &at("c")).unwrap();
    files.remove_file(&at("c")).unwrap();
}

#[test]
fn images_are_taken_at_the_call_that_was_named() {
    let files = FaultyFileSystem::new(MemoryFileSystem::new());
    let images = files.crash_at(2, [0, 1]);
    for name in ["/a", "/b", "/c"] {
        files.create(Path::new(name)).unwrap();
    }
    let names: Vec<usize> =
        images.take().iter().map(|image| image.list(Path::new("/")).unwrap().len()).collect();
    assert_eq!(names, [0, 2]);
    assert!(images.take().is_empty());
}
