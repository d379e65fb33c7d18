//! Commit groups: who collects, who writes, who waits.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cqlite_sstable::compress::Compressor;

use super::logged::{LOG, logged};
use super::play::{play, together};
use super::storage::TableId;
use super::storage::commitlog::{
    CommitLog, CommitLogOptions, CommitLogPosition, LogEntry, SegmentCompression, SyncMode,
};
use super::storage::fs::{Failure, Fault, FaultyFileSystem, FileSystem, MemoryFileSystem};

const TABLE: TableId = TableId::from_bytes([1; 16]);

/// As small as they may be: the writes of a scene are in several.
const SEGMENT_BYTES: u32 = 4096;

/// No time passes in a scene, and what is waited for that long does not come.
const WHILE: Duration = Duration::from_secs(3_600);

const MODES: [SyncMode; 5] = [
    SyncMode::Batch,
    SyncMode::Group { window: Duration::ZERO },
    SyncMode::Periodic { interval: WHILE },
    SyncMode::Off,
    SyncMode::WriteBack { buffer_bytes: 2_000 },
];

/// What threads that write share.
struct Scene {
    files: FaultyFileSystem<MemoryFileSystem>,
    log: CommitLog,
    mode: SyncMode,
    may_fail: bool,
    /// What was appended, and in the end has to be there.
    appended: Mutex<Vec<(CommitLogPosition, Vec<u8>)>>,
    /// Up to where nothing has to be there any more.
    clean: Mutex<CommitLogPosition>,
}

impl Scene {
    /// By a mode, plain or compressed.
    fn new(number: u64, may_fail: bool) -> Arc<Self> {
        let files = FaultyFileSystem::new(MemoryFileSystem::new());
        files.create_directory(Path::new(LOG)).unwrap();
        files.sync_directory(Path::new("/")).unwrap();
        let mode = MODES[(number % 5) as usize];
        let compression = number.is_multiple_of(3).then(|| SegmentCompression::new(Compressor::Lz4));
        let options = CommitLogOptions {
            mode,
            segment_bytes: SEGMENT_BYTES,
            compression,
            ..CommitLogOptions::default()
        };
        let log = CommitLog::open(Arc::new(files.clone()), Path::new(LOG), options).unwrap();
        let (appended, clean) = (Mutex::default(), Mutex::new(CommitLogPosition::NONE));
        Arc::new(Self { files, log, mode, may_fail, appended, clean })
    }

    /// Appends a mutation, and has it acknowledged in the way of `wait`.
    fn append(&self, number: usize, wait: Wait) -> cqlite_sstable::Result<()> {
        let mutation = mutation(number);
        let commit = self.log.append(&[LogEntry { mutation: &mutation, tables: &[TABLE] }])?;
        let position = commit.position();
        self.appended.lock().unwrap().push((position, mutation.clone()));
        let told = match wait {
            Wait::Blocking => commit.wait()?,
            Wait::Future => shuttle::future::block_on(commit)?,
            Wait::Never => {
                drop(commit);
                return Ok(());
            }
        };
        assert_eq!(told, position);
        self.check_is_there(&(position, mutation));
        Ok(())
    }

    /// What is acknowledged survives what its mode says, unless it is in SSTables.
    fn check_is_there(&self, acknowledged: &(CommitLogPosition, Vec<u8>)) {
        if acknowledged.0 <= *self.clean.lock().unwrap() {
            return;
        }
        let left = match self.mode {
            SyncMode::Batch | SyncMode::Group { .. } => self.files.inner().crash_image(0),
            // A sync that fails takes away what was only written.
            SyncMode::Periodic { .. } | SyncMode::Off if !self.may_fail => self.files.inner().crash_image(1),
            _ => return,
        };
        let (logged, is_sound) = logged(&left);
        assert!(is_sound || self.may_fail);
        assert!(logged.contains(acknowledged), "{:?} is acknowledged by {:?}", acknowledged.0, self.mode);
    }

    /// All up to now is in SSTables.
    fn mark_clean(&self) {
        let end = self.log.position();
        *self.clean.lock().unwrap() = end;
        self.log.mark_clean(TABLE, CommitLogPosition::NONE, end);
    }

    /// What a power cut leaves, where nothing has failed.
    fn left(&self) -> Vec<(CommitLogPosition, Vec<u8>)> {
        let (logged, is_sound) = logged(&self.files.inner().crash_image(0));
        assert!(is_sound);
        logged
    }

    /// In the order of the positions.
    fn appended(&self) -> Vec<(CommitLogPosition, Vec<u8>)> {
        let mut appended = self.appended.lock().unwrap().clone();
        appended.sort();
        appended
    }
}

/// How a writer waits.
#[derive(Clone, Copy)]
enum Wait {
    Blocking,
    Future,
    Never,
}

/// All are of different bytes and lengths; two to five are in a segment.
fn mutation(number: usize) -> Vec<u8> {
    let mut state = number as u64 + 1;
    let mut bytes = format!("the mutation with the number {number:04}").into_bytes();
    bytes.extend((0..500 + number * 97 % 700).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    }));
    bytes
}

/// Four threads that append, each in its way.
fn writers(scene: &Arc<Scene>) -> Vec<Box<dyn FnOnce() + Send>> {
    let writer = |(thread, wait): (usize, Wait)| -> Box<dyn FnOnce() + Send> {
        let scene = Arc::clone(scene);
        Box::new(move || {
            for number in 0..3 {
                let appended = scene.append(thread * 3 + number, wait);
                assert!(scene.may_fail || appended.is_ok(), "{appended:?}");
            }
        })
    };
    [Wait::Blocking, Wait::Blocking, Wait::Future, Wait::Never].into_iter().enumerate().map(writer).collect()
}

#[test]
fn what_is_acknowledged_is_in_the_log_and_nobody_waits_for_ever() {
    play(|number| {
        let scene = Scene::new(number, false);
        let mut parts = writers(&scene);
        let rotating = Arc::clone(&scene);
        parts.push(Box::new(move || {
            rotating.log.rotate().unwrap();
            rotating.log.flush().unwrap();
        }));
        together(parts);
        scene.log.flush().unwrap();
        assert_eq!(scene.left(), scene.appended());
    });
}

#[test]
fn segments_are_released_oldest_first_while_others_are_written() {
    play(|number| {
        let scene = Scene::new(number, false);
        let mut parts = writers(&scene);
        let flushing = Arc::clone(&scene);
        parts.push(Box::new(move || {
            flushing.mark_clean();
            flushing.log.rotate().unwrap();
        }));
        together(parts);
        scene.log.flush().unwrap();
        // Of what is behind the first that is left, nothing is missing.
        let left = scene.left();
        let all = scene.appended();
        assert!(all.ends_with(&left), "{} of {} are left", left.len(), all.len());
        scene.mark_clean();
        scene.log.close().unwrap();
        assert!(scene.files.list(Path::new(LOG)).unwrap().is_empty(), "nothing is needed any more");
    });
}

#[test]
fn who_waits_is_told_of_a_call_that_fails_and_what_was_acknowledged_is_there() {
    play(|number| {
        let scene = Scene::new(number, true);
        let failure = if number.is_multiple_of(2) { Failure::BrokenDisk } else { Failure::FullDisk };
        scene.files.plan(Fault::Change { number: scene.files.changes() + number / 5 % 60, failure });
        together(writers(&scene));
        let flushed = scene.log.flush();
        assert!(flushed.is_ok() || scene.log.failure().is_some(), "{flushed:?}");
    });
}
