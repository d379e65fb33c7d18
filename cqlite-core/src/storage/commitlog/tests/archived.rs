use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::{SEGMENT_BYTES, entry, mutation, names, open, options, replayed};
use crate::storage::commitlog::{
    CommitLogOptions, DirectoryArchive, FoundSegments, SegmentArchive, SegmentCompression, SegmentName,
    SyncMode, restore_segments,
};
use crate::storage::fs::{DiskFileSystem, Failure, Fault, FaultyFileSystem, FileSystem, MemoryFileSystem};
use cqlite_sstable::compress::Compressor;

/// An archive that is out of reach.
#[derive(Debug)]
struct Unreachable;

impl SegmentArchive for Unreachable {
    fn archive(&self, _: &Path, _: &str) -> std::io::Result<()> {
        Err(std::io::ErrorKind::HostUnreachable.into())
    }
}

fn archive(directory: &Path, kept: Option<usize>) -> Arc<DirectoryArchive> {
    Arc::new(DirectoryArchive::new(Arc::new(DiskFileSystem), directory, kept))
}

#[test]
fn an_archive_that_is_restored_has_all_that_was_written() {
    for compression in [None, Some(SegmentCompression::new(Compressor::Zstd))] {
        let (place, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let archive = Some(archive(kept.path(), None) as Arc<_>);
        let log = open(place.path(), CommitLogOptions { archive, compression, ..options(SyncMode::Off) });
        let mut told = Vec::new();
        for number in 0..1500 {
            let mutation = mutation(number);
            told.push((log.append(&[entry(&mutation)]).unwrap().wait().unwrap(), mutation));
        }
        log.close().unwrap();
        let restored = tempfile::tempdir().unwrap();
        let (first, last) = (names(kept.path()), names(kept.path()).pop().unwrap());
        std::fs::copy(kept.path().join(&last), restored.path().join(&last)).unwrap();
        let found = restore_segments(&DiskFileSystem, kept.path(), restored.path()).unwrap();
        assert_eq!(found.copied.len(), first.len() - 1);
        assert_eq!(found.were_there, [SegmentName::parse(&last).unwrap().unwrap()]);
        assert_eq!(replayed(restored.path()), (told, true));
    }
}

#[test]
fn what_a_log_left_that_was_not_closed_is_archived_before_it_is_removed() {
    let (place, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let log = open(place.path(), options(SyncMode::Off));
    let mut told = Vec::new();
    for number in 0..900 {
        let mutation = mutation(number);
        told.push((log.append(&[entry(&mutation)]).unwrap().wait().unwrap(), mutation));
    }
    drop(log);
    let found = FoundSegments::list(&DiskFileSystem, place.path()).unwrap();
    let refused = found.put_away(&DiskFileSystem, Some(archive(kept.path(), None).as_ref())).unwrap();
    assert!(refused.is_none() && names(place.path()).is_empty());
    assert_eq!(replayed(kept.path()), (told, true));
}

/// All segments of a log, put aside or not.
fn all_segments(fs: &dyn FileSystem, log: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for directory in [log.to_owned(), log.join("unarchived")] {
        for entry in fs.list(&directory).unwrap_or_default() {
            if !entry.is_directory && entry.name.starts_with("CommitLog-") {
                let source = fs.open(&directory.join(&entry.name)).unwrap();
                let mut bytes = vec![0; source.len() as usize];
                source.read_at(&mut bytes, 0).unwrap();
                all.insert(entry.name, bytes);
            }
        }
    }
    all
}

#[test]
fn what_an_archive_does_not_take_at_the_opening_is_kept_at_every_power_cut() {
    let log_directory = Path::new("/commitlog");
    let disk = tempfile::tempdir().unwrap();
    let log = open(disk.path(), options(SyncMode::Off));
    for number in 0..900 {
        log.append(&[entry(&mutation(number))]).unwrap().wait().unwrap();
    }
    drop(log);
    let begun = || {
        let memory = MemoryFileSystem::new();
        memory.create_directory(log_directory).unwrap();
        memory.sync_directory(Path::new("/")).unwrap();
        for name in names(disk.path()).into_iter().filter(|name| name.starts_with("CommitLog-")) {
            let file = memory.create(&log_directory.join(&name)).unwrap();
            file.write_at(&std::fs::read(disk.path().join(&name)).unwrap(), 0).unwrap();
            file.sync().unwrap();
        }
        memory.sync_directory(log_directory).unwrap();
        memory
    };
    let mut expected = all_segments(&begun(), log_directory);
    let found = FoundSegments::list(&DiskFileSystem, disk.path()).unwrap();
    let is_filled =
        |name: &String| found.segments().iter().any(|one| !one.is_empty() && one.name().to_string() == *name);
    // One that was made ahead has nothing in it.
    expected.retain(|name, _| is_filled(name));
    assert!(expected.len() > 2);
    for number in 0.. {
        let files = FaultyFileSystem::new(begun());
        files.plan(Fault::ChangesFrom { number, failure: Failure::BrokenDisk });
        let found = FoundSegments::list(&files, log_directory).unwrap();
        let put_away = found.put_away(&files, Some(&Unreachable));
        for seed in 0..8 {
            let mut left = all_segments(&files.inner().crash_image(seed), log_directory);
            left.retain(|name, _| is_filled(name));
            assert!(left == expected, "call {number}, seed {seed}: {:?}", left.keys());
        }
        if let Ok(refused) = put_away {
            assert!(refused.unwrap().to_string().contains("cannot be archived"));
            let left = FoundSegments::list(&files, log_directory).unwrap();
            assert!(left.segments().is_empty() && number > 8);
            break;
        }
    }
}

#[test]
fn what_was_put_aside_is_archived_by_the_next_log_and_no_name_comes_twice() {
    let (place, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let far_ahead = CommitLogOptions { least_segment_id: 9_000_000_000_000, ..options(SyncMode::Off) };
    let log = open(place.path(), far_ahead);
    let position = log.append(&[entry(b"left behind")]).unwrap().wait().unwrap();
    drop(log);
    let found = FoundSegments::list(&DiskFileSystem, place.path()).unwrap();
    assert!(found.put_away(&DiskFileSystem, Some(&Unreachable)).unwrap().is_some());
    let log = open(place.path(), options(SyncMode::Off));
    assert!(log.position().segment_id > position.segment_id);
    assert_eq!(log.unarchived_segments(), 0, "it has no archive");
    drop(log);
    let archive = Some(archive(kept.path(), None) as Arc<_>);
    let log = open(place.path(), CommitLogOptions { archive, ..options(SyncMode::Off) });
    while log.unarchived_segments() > 0 {
        thread::yield_now();
    }
    assert_eq!(replayed(kept.path()).0, [(position, b"left behind".to_vec())]);
    assert!(!place.path().join("unarchived").exists());
}

#[test]
fn an_archive_keeps_the_newest_segments_and_leaves_other_files_alone() {
    let (place, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(kept.path().join("notes"), b"mine").unwrap();
    let archive = Some(archive(kept.path(), Some(2)) as Arc<_>);
    let log = open(place.path(), CommitLogOptions { archive, ..options(SyncMode::Off) });
    let mut last = None;
    for number in 0..2000 {
        last = Some(log.append(&[entry(&mutation(number))]).unwrap().wait().unwrap());
    }
    log.close().unwrap();
    let names = names(kept.path());
    assert_eq!(names.len(), 3, "{names:?}");
    let newest = FoundSegments::list(&DiskFileSystem, kept.path()).unwrap().greatest_id();
    assert_eq!(newest, last.map(|position| position.segment_id));
    assert!(names.contains(&"notes".to_owned()));
}

#[test]
fn a_segment_is_left_when_it_is_old_enough_and_not_while_it_is_empty() {
    let (place, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let archive = Some(archive(kept.path(), None) as Arc<_>);
    let segment_age = Some(Duration::from_millis(20));
    let log = open(place.path(), CommitLogOptions { archive, segment_age, ..options(SyncMode::Off) });
    for round in 1..=3 {
        let mutation = format!("the only mutation of round {round}").into_bytes();
        let position = log.append(&[entry(&mutation)]).unwrap().wait().unwrap();
        // It is far from full.
        assert!((position.position as u32) < SEGMENT_BYTES / 2);
        let archived = || names(kept.path()).iter().filter(|name| name.starts_with("CommitLog-")).count();
        while log.position().segment_id == position.segment_id || archived() < round {
            thread::yield_now();
        }
        assert_eq!(replayed(kept.path()).0.last().unwrap(), &(position, mutation));
        assert_eq!(log.metrics().segments_begun, round as u64 + 1, "nothing but what is written ages");
    }
}

#[test]
fn a_copy_that_fails_at_any_call_leaves_no_segment_that_is_not_whole() {
    let (from, to) = (Path::new("/archive"), Path::new("/commitlog"));
    let memory = MemoryFileSystem::new();
    for directory in [from, to] {
        memory.create_directory(directory).unwrap();
    }
    let disk = tempfile::tempdir().unwrap();
    let log = open(disk.path(), options(SyncMode::Off));
    for number in 0..900 {
        log.append(&[entry(&mutation(number))]).unwrap().wait().unwrap();
    }
    drop(log);
    let mut expected = Vec::new();
    for name in names(disk.path()).into_iter().filter(|name| name.starts_with("CommitLog-")) {
        let bytes = std::fs::read(disk.path().join(&name)).unwrap();
        memory.create(&from.join(&name)).unwrap().write_at(&bytes, 0).unwrap();
        expected.push((name, bytes));
    }
    assert!(expected.len() > 2);
    let mut failed = 0;
    for number in 0.. {
        let files = FaultyFileSystem::new(memory.clone());
        files.plan(Fault::ChangesFrom { number, failure: Failure::BrokenDisk });
        let restored = restore_segments(&files, from, to);
        failed += u32::from(restored.is_err());
        for entry in memory.list(to).unwrap() {
            let source = memory.open(&to.join(&entry.name)).unwrap();
            let mut bytes = vec![0; source.len() as usize];
            source.read_at(&mut bytes, 0).unwrap();
            let is_segment = entry.name.starts_with("CommitLog-");
            assert!(!is_segment || expected.contains(&(entry.name, bytes)), "call {number}");
        }
        if restored.is_ok() {
            break;
        }
    }
    assert!(failed > 4, "{failed}");
    assert_eq!(FoundSegments::list(&memory, to).unwrap().segments().len(), expected.len());
}
