//! Writers, readers and flushes: the gate, the switch of memtables and the view.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::logged::{LOG, logged};
use super::play::{play, together};
use super::storage::commitlog::{CommitLog, CommitLogOptions, SyncMode};
use super::storage::fs::{FileSystem, MemoryFileSystem};
use super::storage::mutation::{Batch, TableLayout};
use super::storage::store::Store;
use super::sync::thread;
use super::tables::{Rows, TABLES, layouts, make_directories, mutations, shown, store};

/// The key that all writers write.
const COMMON: u64 = 0;

const WRITERS: u64 = 2;
const WRITES: u64 = 3;

/// What writers, readers and flushes share.
struct Scene {
    files: MemoryFileSystem,
    layouts: Vec<Arc<TableLayout>>,
    store: Arc<Store>,
    is_synced: bool,
    /// The keys of writes that are acknowledged, with the bytes of the mutation in which each is.
    acknowledged: Mutex<Vec<(u64, Vec<u8>)>>,
    timestamp: AtomicU64,
}

impl Scene {
    /// Without a commit log.
    fn unlogged() -> Self {
        let files = MemoryFileSystem::new();
        make_directories(&files);
        let layouts = layouts();
        let store = store(&files, &layouts);
        let (acknowledged, timestamp) = (Mutex::default(), AtomicU64::new(1));
        Self { files, layouts, store, is_synced: false, acknowledged, timestamp }
    }

    fn new(number: u64) -> Arc<Self> {
        let scene = Self::unlogged();
        let files = &scene.files;
        files.create_directory(Path::new(LOG)).unwrap();
        files.sync_directory(Path::new("/")).unwrap();
        let is_synced = number.is_multiple_of(2);
        let interval = Duration::from_secs(3_600);
        let mode = if is_synced { SyncMode::Batch } else { SyncMode::Periodic { interval } };
        let options = CommitLogOptions { mode, segment_bytes: 4096, ..CommitLogOptions::default() };
        let log = CommitLog::open(Arc::new(files.clone()), Path::new(LOG), options).unwrap();
        scene.store.set_log(log).unwrap();
        Arc::new(Self { is_synced, ..scene })
    }

    /// A batch of a key of its own and of the common one, in both tables.
    fn write(&self, key: u64) {
        let timestamp = self.timestamp.fetch_add(1, Ordering::SeqCst) as i64;
        let mutations = mutations(&self.layouts, &[(key, key), (COMMON, key)], timestamp);
        let batch: Batch = mutations.iter().cloned().collect();
        let commit = self.store.submit(&batch).unwrap();
        let shown = shown(&self.store.view());
        assert!(shown.iter().all(|rows| rows.contains_key(&key)), "who wrote {key} sees it: {shown:?}");
        commit.wait().unwrap();
        self.acknowledged.lock().unwrap().push((key, mutations[0].bytes().to_vec()));
    }

    /// All of each batch is there or nothing, and the same again after a while.
    fn read(&self) {
        let view = self.store.view();
        let first = shown(&view);
        assert_eq!(first[0], first[1], "the tables differ");
        for writer in 1..=WRITERS {
            let keys: Vec<u64> = first[0].keys().copied().filter(|key| key % 10 == writer).collect();
            let all = (1..=keys.len() as u64).map(|write| write * 10 + writer);
            assert!(keys.iter().copied().eq(all), "{keys:?} with none left out");
        }
        let common = first[0].get(&COMMON);
        assert_eq!(common.is_some(), !first[0].is_empty());
        assert!(common.is_none_or(|last| first[0].contains_key(last)), "{last:?}", last = common);
        thread::yield_now();
        assert_eq!(shown(&view), first, "a view shows the same again");
    }

    /// What is acknowledged is in SSTables, or in the part of the log that they do not have.
    fn check_is_there(&self) {
        let acknowledged = self.acknowledged.lock().unwrap().clone();
        let left = self.files.crash_image(u64::from(!self.is_synced));
        let (logged, is_sound) = logged(&left);
        assert!(is_sound);
        let store = store(&left, &self.layouts);
        let in_sstables: [Rows; 2] = shown(&store.view());
        for (table, rows) in TABLES.into_iter().zip(&in_sstables) {
            let flushed = store.flushed_intervals(table).unwrap_or_default();
            for (key, bytes) in &acknowledged {
                let entry = logged.iter().find(|(_, mutation)| mutation == bytes);
                let is_replayed = entry.is_some_and(|(position, _)| !flushed.contains(*position));
                let position = entry.map(|(position, _)| position);
                assert!(
                    is_replayed || rows.contains_key(key),
                    "{key} of table {table} is lost: in the log at {position:?}, flushed are {flushed:?}"
                );
            }
        }
    }
}

#[test]
fn memtables_are_switched_between_writes_and_no_view_shows_a_part_of_one() {
    play(|number| {
        let scene = Scene::new(number);
        let writer = |writer: u64| -> Box<dyn FnOnce() + Send> {
            let scene = Arc::clone(&scene);
            Box::new(move || (1..=WRITES).for_each(|write| scene.write(write * 10 + writer)))
        };
        let mut parts: Vec<_> = (1..=WRITERS).map(writer).collect();
        for order in [[0, 1, 0], [1, 1, 0]] {
            let scene = Arc::clone(&scene);
            parts.push(Box::new(move || {
                order.into_iter().for_each(|table| scene.store.flush(TABLES[table]).unwrap());
            }));
        }
        let reading = Arc::clone(&scene);
        parts.push(Box::new(move || {
            reading.read();
            reading.check_is_there();
            reading.read();
        }));
        together(parts);
        scene.read();
        scene.check_is_there();
        let [rows, _] = shown(&scene.store.view());
        assert_eq!(rows.len() as u64, WRITERS * WRITES + 1);
        scene.store.close().unwrap();
        assert!(scene.files.list(Path::new(LOG)).unwrap().is_empty(), "all is in SSTables");
    });
}

#[test]
fn a_view_has_all_of_a_batch_while_memtables_are_switched() {
    play(|_| {
        let scene = Arc::new(Scene::unlogged());
        let (writing, reading) = (Arc::clone(&scene), Arc::clone(&scene));
        let mut parts: Vec<Box<dyn FnOnce() + Send>> = vec![
            Box::new(move || {
                for key in 1..=2 {
                    let mutations = mutations(&writing.layouts, &[(key, key)], key as i64);
                    writing.store.submit(&mutations.into_iter().collect()).unwrap().wait().unwrap();
                }
            }),
            Box::new(move || {
                for _ in 0..3 {
                    let [first, second] = shown(&reading.store.view());
                    assert_eq!(first, second, "the tables differ");
                }
            }),
        ];
        for table in TABLES {
            let flushing = Arc::clone(&scene);
            parts.push(Box::new(move || flushing.store.flush(table).unwrap()));
        }
        together(parts);
        assert_eq!(shown(&scene.store.view()).map(|rows| rows.len()), [2, 2], "nothing is lost");
    });
}
