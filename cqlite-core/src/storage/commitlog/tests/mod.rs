mod archived;
mod damaged;
mod failing;

use std::collections::BTreeSet;
use std::future::Future as _;
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use cqlite_sstable::ErrorKind;
use cqlite_sstable::compress::Compressor;

use super::*;
use crate::storage::fs::{DiskFileSystem, FileSystem as _};

const TABLE: TableId = TableId::from_bytes([1; 16]);
const OTHER: TableId = TableId::from_bytes([2; 16]);
const SEGMENT_BYTES: u32 = 64 << 10;

const MODES: [SyncMode; 5] = [
    SyncMode::Batch,
    SyncMode::Group { window: Duration::from_millis(1) },
    SyncMode::Periodic { interval: Duration::from_millis(5) },
    SyncMode::Off,
    SyncMode::WriteBack { buffer_bytes: 4096 },
];

fn compressions() -> Vec<Option<SegmentCompression>> {
    let all = [Compressor::Lz4, Compressor::Snappy, Compressor::Deflate, Compressor::Zstd];
    [None].into_iter().chain(all.map(|one| Some(SegmentCompression::new(one)))).collect()
}

fn options(mode: SyncMode) -> CommitLogOptions {
    CommitLogOptions { mode, segment_bytes: SEGMENT_BYTES, ..CommitLogOptions::default() }
}

fn open(directory: &Path, options: CommitLogOptions) -> CommitLog {
    CommitLog::open(Arc::new(DiskFileSystem), directory, options).unwrap()
}

fn entry(mutation: &[u8]) -> LogEntry<'_> {
    LogEntry { mutation, tables: &[TABLE] }
}

fn mutation(number: u32) -> Vec<u8> {
    format!("the mutation with the number {number:06} {}", "x".repeat(number as usize % 300)).into_bytes()
}

/// The mutations in a directory with their positions, and whether all sections were whole and all tails clean.
fn replayed(directory: &Path) -> (Vec<(CommitLogPosition, Vec<u8>)>, bool) {
    let (mut all, mut is_sound) = (Vec::new(), true);
    let found = FoundSegments::list(&DiskFileSystem, directory).unwrap();
    for segment in found.segments() {
        let mut reader = segment.open(&DiskFileSystem).unwrap();
        while let Some(section) = reader.next_section().unwrap() {
            is_sound &= section.is_whole();
            let entries = section.entries().filter(|entry| !is_padding(entry));
            all.extend(entries.map(|entry| (entry.position, entry.mutation.to_vec())));
        }
        is_sound &= matches!(reader.tail(), Some(Tail::Clean { .. }));
    }
    assert!(all.is_sorted_by_key(|(position, _)| *position), "positions ascend");
    (all, is_sound)
}

fn is_padding(entry: &LoggedMutation<'_>) -> bool {
    entry.is_padding()
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        DiskFileSystem.list(directory).unwrap().into_iter().map(|entry| entry.name).collect();
    names.sort();
    names
}

#[test]
fn what_was_appended_is_read_back_in_order_in_every_mode_and_with_every_compressor() {
    for mode in MODES {
        for compression in compressions() {
            let place = tempfile::tempdir().unwrap();
            let log = open(place.path(), CommitLogOptions { compression, ..options(mode) });
            let mut told = Vec::new();
            for number in 0..600 {
                let mutation = mutation(number);
                told.push((log.append(&[entry(&mutation)]).unwrap().wait().unwrap(), mutation));
            }
            log.flush().unwrap();
            let (read, is_sound) = replayed(place.path());
            assert_eq!(read, told, "{mode:?}");
            assert!(is_sound);
            let ids: BTreeSet<_> = read.iter().map(|(position, _)| position.segment_id).collect();
            assert!(ids.len() > 1, "several segments are written");
        }
    }
}

#[test]
fn what_many_threads_write_is_grouped_and_every_acknowledged_write_is_there() {
    for mode in MODES {
        let place = tempfile::tempdir().unwrap();
        let log = open(place.path(), options(mode));
        let told = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for writer in 0..8 {
                let (log, told) = (&log, &told);
                scope.spawn(move || {
                    for number in 0..200 {
                        let mutation = mutation(writer * 1000 + number);
                        let position = log.append(&[entry(&mutation)]).unwrap().wait().unwrap();
                        told.lock().unwrap().push((position, mutation));
                    }
                });
            }
        });
        log.flush().unwrap();
        let metrics = log.metrics();
        let mut told = told.into_inner().unwrap();
        told.sort();
        assert_eq!(replayed(place.path()), (told, true), "{mode:?}");
        assert_eq!(metrics.mutations, 1600);
        assert!(metrics.groups <= 1600 && metrics.syncs > 0, "{metrics:?}");
    }
}

#[test]
fn a_batch_is_in_one_section_and_one_that_is_too_large_is_refused_with_both_sizes() {
    let place = tempfile::tempdir().unwrap();
    let log = open(place.path(), options(SyncMode::Batch));
    for round in 0..5 {
        let mutations: Vec<_> = (0..100).map(|number| mutation(round * 100 + number)).collect();
        let entries: Vec<_> = mutations.iter().map(|mutation| entry(mutation)).collect();
        log.append(&entries).unwrap().wait().unwrap();
    }
    let found = FoundSegments::list(&DiskFileSystem, place.path()).unwrap();
    let mut sections = Vec::new();
    for segment in found.segments() {
        let mut reader = segment.open(&DiskFileSystem).unwrap();
        while let Some(section) = reader.next_section().unwrap() {
            sections.push(section.entries().filter(|entry| !is_padding(entry)).count());
        }
    }
    assert_eq!(sections, [100; 5]);

    let half = vec![7; SEGMENT_BYTES as usize / 2 - ENTRY_OVERHEAD_BYTES as usize];
    log.append(&[entry(&half)]).unwrap().wait().unwrap();
    let more = [half.as_slice(), &[7]].concat();
    let error = log.append(&[entry(&more)]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("32769 bytes") && error.to_string().contains("32768"), "{error}");
    let error = log.append(&[entry(&half), entry(&half)]).unwrap_err();
    assert!(error.to_string().contains("65536 bytes") && error.to_string().contains("65234"), "{error}");
    assert!(log.append(&[]).is_err());
    log.append(&[entry(b"it goes on")]).unwrap().wait().unwrap();
}

#[test]
fn a_batch_as_large_as_can_be_has_room_in_a_segment() {
    for compression in compressions() {
        let place = tempfile::tempdir().unwrap();
        let options = CommitLogOptions { compression, ..options(SyncMode::Batch) };
        let limit = options.batch_limit_bytes();
        let log = open(place.path(), options);
        let mutation = vec![9; limit as usize / 2 - ENTRY_OVERHEAD_BYTES as usize];
        log.append(&[entry(&mutation), entry(&mutation)]).unwrap().wait().unwrap();
        assert_eq!(replayed(place.path()).0.len(), 2);
    }
}

/// Counts how often it was woken.
struct Woken(Mutex<u64>, Condvar);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        *self.0.lock().unwrap() += 1;
        self.1.notify_all();
    }
}

#[test]
fn a_commit_is_a_future_that_is_woken_without_anybody_waiting() {
    for mode in MODES {
        let place = tempfile::tempdir().unwrap();
        let log = open(place.path(), options(mode));
        let woken = Arc::new(Woken(Mutex::new(0), Condvar::new()));
        let waker = Waker::from(Arc::clone(&woken));
        let commit = log.append(&[entry(b"a mutation")]).unwrap();
        let (position, mut commit) = (commit.position(), pin!(commit));
        let done = loop {
            match commit.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(done) => break done,
                Poll::Pending => {
                    let count = woken.0.lock().unwrap();
                    drop(woken.1.wait_while(count, |count| *count == 0).unwrap());
                    *woken.0.lock().unwrap() = 0;
                }
            }
        };
        assert_eq!(done.unwrap(), position);
    }
}

#[test]
fn a_write_that_nobody_waits_for_is_written_all_the_same() {
    let place = tempfile::tempdir().unwrap();
    let log = open(place.path(), options(SyncMode::Batch));
    drop(log.append(&[entry(b"a mutation")]).unwrap());
    while log.metrics().groups == 0 {
        thread::yield_now();
    }
    assert_eq!(replayed(place.path()).0.len(), 1);
}

#[test]
fn segments_go_when_their_tables_are_flushed_and_the_oldest_first() {
    let place = tempfile::tempdir().unwrap();
    let log = open(place.path(), options(SyncMode::Batch));
    log.append(&[LogEntry { mutation: b"of another table", tables: &[OTHER] }]).unwrap().wait().unwrap();
    for number in 0..1000 {
        log.append(&[entry(&mutation(number))]).unwrap().wait().unwrap();
    }
    let dirty = log.dirty_tables();
    assert!(dirty.len() > 2);
    assert_eq!(dirty[0].1, [TABLE, OTHER]);
    assert_eq!(dirty[1].1, [TABLE]);

    log.mark_clean(TABLE, CommitLogPosition::NONE, log.position());
    let dirty = log.dirty_tables();
    assert!(dirty.len() > 2 && dirty[0].1 == [OTHER], "the oldest keeps all others: {dirty:?}");
    assert!(dirty[1..].iter().all(|(_, tables)| tables.is_empty()));

    log.mark_clean(OTHER, CommitLogPosition::NONE, log.position());
    while log.dirty_tables().len() > 1 {
        thread::yield_now();
    }
    log.append(&[entry(b"the current one stays")]).unwrap().wait().unwrap();
    assert_eq!(replayed(place.path()).0.last().unwrap().1, b"the current one stays");
}

#[test]
fn a_segment_that_is_used_again_shows_nothing_of_what_it_held() {
    let place = tempfile::tempdir().unwrap();
    let log = open(place.path(), options(SyncMode::Off));
    for round in 0..20 {
        for number in 0..200 {
            log.append(&[entry(&mutation(number))]).unwrap().wait().unwrap();
        }
        log.append(&[entry(format!("round {round:06}").as_bytes())]).unwrap().wait().unwrap();
        log.rotate().unwrap();
        log.mark_clean(TABLE, CommitLogPosition::NONE, log.position());
        while log.dirty_tables().len() > 1 {
            thread::yield_now();
        }
        assert_eq!(replayed(place.path()), (Vec::new(), true));
    }
    assert!(log.metrics().segments_released >= 20);
}

#[test]
fn a_closed_log_leaves_nothing_but_what_is_dirty() {
    let place = tempfile::tempdir().unwrap();
    let log = open(place.path(), options(SyncMode::Batch));
    for number in 0..500 {
        log.append(&[entry(&mutation(number))]).unwrap().wait().unwrap();
    }
    log.mark_clean(TABLE, CommitLogPosition::NONE, log.position());
    log.close().unwrap();
    assert_eq!(names(place.path()), [""; 0]);

    let log = open(place.path(), options(SyncMode::Periodic { interval: Duration::from_secs(10) }));
    log.append(&[entry(b"not flushed")]).unwrap().wait().unwrap();
    log.close().unwrap();
    assert_eq!(replayed(place.path()).0.len(), 1);
    let found = FoundSegments::list(&DiskFileSystem, place.path()).unwrap();
    found.put_away(&DiskFileSystem, None).unwrap();
    assert_eq!(names(place.path()), [""; 0]);
}

#[test]
fn ids_are_never_used_again_and_left_over_spares_go() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("CommitLog-7-8999999999999.log"), b"").unwrap();
    std::fs::write(place.path().join("CommitLogSpare-1"), b"half").unwrap();
    let log = open(place.path(), options(SyncMode::Batch));
    assert_eq!(log.position().segment_id, 9_000_000_000_001);
    drop(log);
    assert!(names(place.path()).contains(&"CommitLog-7-9000000000001.log".to_owned()));
    let least_segment_id = 9_500_000_000_000;
    let log = open(place.path(), CommitLogOptions { least_segment_id, ..options(SyncMode::Batch) });
    assert!(log.position().segment_id > least_segment_id);
}

#[test]
fn a_log_that_is_too_large_asks_for_a_flush_of_what_keeps_its_oldest_segment() {
    let place = tempfile::tempdir().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&asked);
    let log = open(
        place.path(),
        CommitLogOptions {
            total_bytes: u64::from(SEGMENT_BYTES) * 3,
            flush_wanted: Some(Arc::new(move |tables: &[TableId], position| {
                told.lock().unwrap().push((tables.to_vec(), position));
            })),
            ..options(SyncMode::Batch)
        },
    );
    let first = log.position().segment_id;
    log.append(&[LogEntry { mutation: b"of both tables", tables: &[TABLE, OTHER] }]).unwrap().wait().unwrap();
    while asked.lock().unwrap().is_empty() {
        log.append(&[entry(&[5; 2000])]).unwrap().wait().unwrap();
    }
    let (tables, position) = asked.lock().unwrap()[0].clone();
    assert_eq!((tables, position.segment_id), (vec![TABLE, OTHER], first));
    log.mark_clean(TABLE, CommitLogPosition::NONE, position);
    log.mark_clean(OTHER, CommitLogPosition::NONE, position);
    while log.dirty_tables()[0].0 == first {
        thread::yield_now();
    }
}

#[test]
fn full_segments_are_archived_before_they_go() {
    let (place, archive) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let command = format!("cp %path {}/%name", archive.path().display());
    let log = open(
        place.path(),
        CommitLogOptions {
            archive: Some(Arc::new(ArchiveCommand::new(command))),
            ..options(SyncMode::Batch)
        },
    );
    let mut told = Vec::new();
    for number in 0..1000 {
        let mutation = mutation(number);
        told.push((log.append(&[entry(&mutation)]).unwrap().wait().unwrap(), mutation));
    }
    log.mark_clean(TABLE, CommitLogPosition::NONE, log.position());
    log.close().unwrap();
    assert_eq!(names(place.path()), [""; 0]);
    assert_eq!(replayed(archive.path()), (told, true));

    let log = open(
        place.path(),
        CommitLogOptions {
            archive: Some(Arc::new(ArchiveCommand::new("false"))),
            ..options(SyncMode::Batch)
        },
    );
    log.append(&[entry(b"a mutation")]).unwrap().wait().unwrap();
    log.mark_clean(TABLE, CommitLogPosition::NONE, log.position());
    log.rotate().unwrap();
    while log.metrics().failed_archives == 0 {
        thread::yield_now();
    }
    assert_eq!(replayed(place.path()).0.len(), 1, "what could not be archived stays");
}

#[test]
fn no_marker_of_a_plain_segment_is_in_two_sectors() {
    let place = tempfile::tempdir().unwrap();
    let log = open(place.path(), options(SyncMode::Off));
    for number in 0..2000 {
        log.append(&[entry(&mutation(number))]).unwrap().wait().unwrap();
    }
    let (mut markers, mut padded) = (0, 0);
    for segment in FoundSegments::list(&DiskFileSystem, place.path()).unwrap().segments() {
        let mut reader = segment.open(&DiskFileSystem).unwrap();
        while let Some(section) = reader.next_section().unwrap() {
            assert!(section.end() % 512 <= 504, "a marker at {}", section.end());
            padded += section.entries().filter(is_padding).count();
            markers += 1;
        }
    }
    assert!(markers == 2000 && padded > 5, "{padded} of {markers}");
}
