use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use cqlite_sstable::ErrorKind;
use cqlite_sstable::compress::Compressor;

use super::{MODES, TABLE, entry, is_padding};
use crate::storage::commitlog::segment::{NoSegment, SegmentMaker};
use crate::storage::commitlog::{
    Commit, CommitLog, CommitLogOptions, CommitLogPosition, FoundSegments, SegmentCompression, SyncMode,
};
use crate::storage::fs::{Failure, Fault, FaultyFileSystem, FileSystem, MemoryFileSystem, Operation};

const DIRECTORY: &str = "/commitlog";
const BATCHES: u64 = 24;
const FLUSHED_BATCH: u64 = 12;

fn files() -> FaultyFileSystem<MemoryFileSystem> {
    let memory = MemoryFileSystem::new();
    memory.create_directory(Path::new(DIRECTORY)).unwrap();
    memory.sync_directory(Path::new("/")).unwrap();
    FaultyFileSystem::new(memory)
}

fn options(mode: SyncMode, compression: Option<Compressor>) -> CommitLogOptions {
    let compression = compression.map(SegmentCompression::new);
    CommitLogOptions { mode, compression, segment_bytes: 8192, ..CommitLogOptions::default() }
}

/// How far a writer has come.
#[derive(Debug, Default)]
struct Progress {
    /// Batches up to this one are synced, as the writer was told.
    synced: AtomicU64,
    /// Batches up to this one are in SSTables.
    flushed: AtomicU64,
}

/// Writes batches of three mutations each, flushes some, and ends at the first error.
fn write(files: &FaultyFileSystem<MemoryFileSystem>, options: CommitLogOptions, progress: &Progress) {
    let mode = options.mode;
    let Ok(log) = CommitLog::open(Arc::new(files.clone()), Path::new(DIRECTORY), options) else { return };
    for batch in 1..=BATCHES {
        let mutations =
            [0, 1, 2].map(|part| format!("{batch:04} {part} {}", "x".repeat(batch as usize * 19 % 600)));
        let entries = mutations.each_ref().map(|mutation| entry(mutation.as_bytes()));
        let done = log.append(&entries).and_then(|commit| {
            let waited = commit.wait().map(drop);
            if mode == SyncMode::Batch { waited } else { waited.and_then(|()| log.flush()) }
        });
        if done.is_err() {
            if let Some(failure) = log.failure() {
                assert_eq!(failure.kind(), ErrorKind::Output);
                assert!(log.append(&entries).is_err(), "nothing is taken any more");
                assert!(log.flush().is_err());
            }
            return;
        }
        progress.synced.store(batch, Ordering::SeqCst);
        if batch == FLUSHED_BATCH {
            progress.flushed.store(batch, Ordering::SeqCst);
            log.mark_clean(TABLE, CommitLogPosition::NONE, log.position());
        }
    }
}

/// The batches that are there. Of those of sections that are whole, none is there in part.
fn batches(files: &MemoryFileSystem) -> BTreeSet<u64> {
    let mut parts = Vec::new();
    let found = FoundSegments::list(files, Path::new(DIRECTORY)).unwrap();
    for segment in found.segments() {
        let mut reader = segment.open(files).unwrap();
        while let Some(section) = reader.next_section().unwrap() {
            let entries = section.entries().filter(|entry| section.is_whole() && !is_padding(entry));
            parts.extend(entries.map(|entry| String::from_utf8(entry.mutation[..6].to_vec()).unwrap()));
        }
    }
    let batches: BTreeSet<u64> = parts.iter().map(|part| part[..4].parse().unwrap()).collect();
    for batch in &batches {
        assert_eq!(
            parts.iter().filter(|part| part.starts_with(&format!("{batch:04}"))).count(),
            3,
            "{batch}"
        );
    }
    batches
}

fn assert_nothing_is_lost(found: &BTreeSet<u64>, flushed: u64, synced: u64, when: &str) {
    for batch in flushed + 1..=synced {
        assert!(found.contains(&batch), "batch {batch} of {synced} is lost {when}: {found:?}");
    }
}

#[test]
fn a_power_cut_at_any_moment_loses_nothing_that_was_synced_and_leaves_no_part_of_a_batch() {
    for (mode, compression) in
        [(SyncMode::Batch, None), (SyncMode::Off, None), (SyncMode::Batch, Some(Compressor::Lz4))]
    {
        let whole = files();
        write(&whole, options(mode, compression), &Progress::default());
        let changes = whole.changes();
        assert!(changes > 60, "{changes}");
        for change in 0..changes {
            let (files, progress) = (files(), Arc::new(Progress::default()));
            let images = Arc::new(Mutex::new(Vec::new()));
            let (inner, told, taken) = (files.inner().clone(), Arc::clone(&progress), Arc::clone(&images));
            files.observe(move |call| {
                if call.number == change && call.operation.is_change() {
                    let (flushed, synced) =
                        (told.flushed.load(Ordering::SeqCst), told.synced.load(Ordering::SeqCst));
                    let all = (0..4).map(|seed| (flushed, synced, inner.crash_image(seed)));
                    taken.lock().unwrap().extend(all);
                }
            });
            write(&files, options(mode, compression), &progress);
            for (flushed, synced, image) in std::mem::take(&mut *images.lock().unwrap()) {
                let when = format!("in {mode:?}, {compression:?}, by a power cut at change {change}");
                // A flush that was told of may have begun to remove segments a moment later.
                let flushed = if synced >= FLUSHED_BATCH { FLUSHED_BATCH } else { flushed };
                assert_nothing_is_lost(&batches(&image), flushed, synced, &when);
            }
        }
    }
}

#[test]
fn a_call_that_fails_at_any_moment_loses_nothing_that_was_acknowledged() {
    for mode in MODES {
        let whole = files();
        write(&whole, options(mode, None), &Progress::default());
        for change in 0..whole.changes() {
            for failure in [Failure::BrokenDisk, Failure::FullDisk] {
                let (files, progress) = (files(), Progress::default());
                files.plan(Fault::Change { number: change, failure });
                write(&files, options(mode, None), &progress);
                let synced = progress.synced.load(Ordering::SeqCst);
                let flushed = if synced >= FLUSHED_BATCH { FLUSHED_BATCH } else { 0 };
                let when = format!("in {mode:?}, by {failure:?} at change {change}");
                assert_nothing_is_lost(&batches(files.inner()), flushed, synced, &when);
            }
        }
    }
}

#[test]
fn after_a_failed_sync_nothing_is_acknowledged_to_any_thread_and_no_segment_is_synced_again() {
    for mode in MODES {
        let files = files();
        let log =
            CommitLog::open(Arc::new(files.clone()), Path::new(DIRECTORY), options(mode, None)).unwrap();
        files.plan(Fault::ChangesFrom { number: files.changes() + 40, failure: Failure::BrokenDisk });
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while log.append(&[entry(&[3; 300])]).and_then(Commit::wait).is_ok() {
                        if mode != SyncMode::Batch && log.flush().is_err() {
                            return;
                        }
                    }
                });
            }
        });
        let told = log.failure().map(|error| error.to_string()).unwrap_or_default();
        let syncs = files.syncs();
        // The disk is well again.
        files.plan(Fault::None);
        if !told.is_empty() {
            assert!(log.append(&[entry(b"one more mutation")]).is_err() && log.flush().is_err(), "{told}");
            assert!(
                told.contains("accepts nothing more") && told.contains("open the database again"),
                "{told}"
            );
            drop(log);
            assert_eq!(files.syncs(), syncs, "{mode:?}: {told}");
        }
    }
}

#[test]
fn a_full_disk_refuses_writes_and_they_go_on_when_there_is_room() {
    let files = files();
    let log = CommitLog::open(Arc::new(files.clone()), Path::new(DIRECTORY), options(SyncMode::Off, None));
    let log = log.unwrap();
    files.inner().set_capacity(20_000);
    let error = loop {
        match log.append(&[entry(&[3; 900])]) {
            Ok(commit) => drop(commit.wait().unwrap()),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Output);
    assert!(error.to_string().contains("make room on the disk"), "{error}");
    assert!(log.failure().is_none(), "it can be tried again");
    assert!(log.append(&[entry(&[3; 900])]).is_err());
    files.inner().set_capacity(u64::MAX);
    log.append(&[entry(&[3; 900])]).unwrap().wait().unwrap();
}

/// What `work` returns, which does not wait for ever.
fn ended<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (to, from) = channel();
    thread::spawn(move || to.send(work()));
    from.recv_timeout(Duration::from_secs(60)).expect("it waits for ever")
}

#[test]
fn who_waits_for_the_next_segment_is_told_when_the_log_fails() {
    let files = files();
    let log = CommitLog::open(Arc::new(files.clone()), Path::new(DIRECTORY), options(SyncMode::Batch, None));
    let log = Arc::new(log.unwrap());
    log.append(&[entry(&[3; 300])]).unwrap().wait().unwrap();
    let observed = files.clone();
    files.observe(move |call| {
        if call.operation == Operation::Rename {
            observed.plan(Fault::ChangesFrom { number: call.number + 1, failure: Failure::BrokenDisk });
        }
    });
    let rotating = Arc::clone(&log);
    let told = ended(move || rotating.rotate()).unwrap_err().to_string();
    assert!(told.contains("accepts nothing more"), "{told}");
}

#[test]
fn who_waits_for_the_next_segment_is_told_when_the_log_is_closed() {
    let files = files();
    let (is_held, is_let_go) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (held, let_go) = (Arc::clone(&is_held), Arc::clone(&is_let_go));
    files.observe(move |call| {
        // The keeper makes its first spare, until the log is closed.
        if call.operation == Operation::Create && call.path.ends_with("CommitLogSpare-2") {
            held.store(true, Ordering::SeqCst);
            while !let_go.load(Ordering::SeqCst) {
                thread::yield_now();
            }
        }
    });
    let log = CommitLog::open(Arc::new(files.clone()), Path::new(DIRECTORY), options(SyncMode::Batch, None));
    let log = Arc::new(log.unwrap());
    log.append(&[entry(&[3; 300])]).unwrap().wait().unwrap();
    let [rotating, watched, left] = [(); 3].map(|()| Arc::clone(&log));
    let rotated = thread::spawn(move || rotating.rotate());
    while watched.metrics().waits_for_segment == 0 || !is_held.load(Ordering::SeqCst) {
        thread::yield_now();
    }
    let leaving = thread::spawn(move || left.leave());
    while log.append(&[entry(&[3; 300])]).is_ok() {
        thread::yield_now();
    }
    is_let_go.store(true, Ordering::SeqCst);
    let told = ended(move || rotated.join().unwrap()).unwrap_err().to_string();
    assert!(told.contains("closed"), "{told}");
    ended(move || leaving.join().unwrap()).unwrap();
}

#[test]
fn where_no_id_is_left_for_a_segment_writes_are_refused_and_no_segment_is_replaced() {
    let files = files();
    let options = CommitLogOptions { least_segment_id: i64::MAX - 3, ..options(SyncMode::Batch, None) };
    let log = CommitLog::open(Arc::new(files.clone()), Path::new(DIRECTORY), options).unwrap();
    let mut written = 0;
    let refused = loop {
        match log.append(&[entry(&[3; 900])]).and_then(Commit::wait) {
            Ok(_) => written += 1,
            Err(error) => break error.to_string(),
        }
    };
    assert!(refused.contains("there is no id left"), "{refused}");
    assert!(log.failure().is_none());
    drop(log);
    let found = FoundSegments::list(files.inner(), Path::new(DIRECTORY)).unwrap();
    let mut read = 0;
    for segment in found.segments() {
        let mut reader = segment.open(files.inner()).unwrap();
        while let Some(section) = reader.next_section().unwrap() {
            read += section.entries().filter(|entry| !is_padding(entry)).count();
        }
    }
    assert_eq!(read, written);
}

#[test]
fn an_id_of_a_segment_that_could_not_be_made_is_not_taken_for_that_of_a_missing_one() {
    let files = files();
    let options = options(SyncMode::Batch, None);
    let directory = Path::new(DIRECTORY);
    let mut maker = SegmentMaker::new(Arc::new(files.clone()), directory, &options).unwrap();
    let mut made = Vec::new();
    // The header is written, and the file renamed.
    for failing in [None, Some(0), Some(2), None] {
        if let Some(change) = failing {
            maker.make_spare().unwrap();
            let number = files.changes() + change;
            files.plan(Fault::Change { number, failure: Failure::BrokenDisk });
            assert!(matches!(maker.make_segment(None), Err(NoSegment::Now(_))), "{change}");
            files.plan(Fault::None);
        }
        made.push(maker.make_segment(None).unwrap());
    }
    let [first, second, third, fourth] = &made[..] else { panic!("{}", made.len()) };
    assert_eq!([second.id - first.id, third.id - second.id, fourth.id - third.id], [2, 2, 1]);
    let found = || FoundSegments::list(&files, directory).unwrap();
    assert_eq!(found().missing(), []);
    files.remove_file(&second.path).unwrap();
    let missing = found().missing();
    assert_eq!(missing.len(), 1);
    let told = (missing[0].after.id, missing[0].before.id, missing[0].count);
    assert_eq!(told, (first.id, third.id, 1));
    files.remove_file(&first.path).unwrap();
    assert_eq!(found().missing(), [], "the oldest ones go first");
    // Of a header that cannot be read nobody knows which segment it is.
    files.open_writable(&third.path).unwrap().write_at(&[0xFF], 3).unwrap();
    assert_eq!(found().missing(), []);
}
