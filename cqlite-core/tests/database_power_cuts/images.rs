//! What power cuts leave, and whether that is what it has to be.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use cqlite_core::Database;
use cqlite_core::storage::fs::{Call, FileSystem, FsFiles, MemoryFileSystem};
use cqlite_core::storage::lifecycle::list_snapshots;
use cqlite_sstable::Descriptor;
use cqlite_sstable::io::Source;
use cqlite_sstable::tools::verify::{Verdict, VerifyOptions, verify};

use super::scenario::{Files, Progress, ROOT, builder};
use super::state::{KEYSPACE, State, difference, read};
use super::steps::{BACKUP, SNAPSHOT, Step, states};

const CHECKERS: usize = 2;

/// What is left of a file system by a power cut.
pub struct Image {
    pub files: MemoryFileSystem,
    /// The steps that last, and those that were begun.
    pub lasting: usize,
    pub begun: usize,
    pub what: String,
}

/// What images are compared with.
pub struct Expected {
    states: Vec<State>,
    snapshot: Option<usize>,
    backup: Option<usize>,
}

impl Expected {
    pub fn of(steps: &[Step]) -> Self {
        let place = |is_it: fn(&Step) -> bool| steps.iter().position(is_it);
        Self {
            states: states(steps),
            snapshot: place(|step| matches!(step, Step::Snapshot)),
            backup: place(|step| matches!(step, Step::Backup)),
        }
    }

    /// Opens an image. What is wrong with it, as a sentence.
    pub fn check(&self, image: &Image, is_thorough: bool) -> Result<(), String> {
        let told = |what: String| format!("{}: {what}", image.what);
        let opened = builder(&image.files, ROOT).and_then(cqlite_core::DatabaseBuilder::open);
        let db = opened.map_err(|error| told(format!("it does not open: {error}")))?;
        db.pause_compactions();
        let found = read(&db).map_err(|error| told(format!("it cannot be read: {error}")))?;
        let candidates = &self.states[image.lasting..=image.begun];
        if !candidates.contains(&found) {
            let difference = difference(&found, &candidates[0]);
            let (from, to) = (image.lasting, image.begun);
            return Err(told(format!("it is none of the states {from} to {to}: {difference}")));
        }
        if let Some(damaged) = db.metrics().tables.iter().find(|table| table.damaged_sstables > 0) {
            return Err(told(format!("damaged: {damaged:?}, {:?}", db.last_error())));
        }
        if is_thorough {
            self.check_files(&db, image).map_err(told)?;
            drop(db);
            self.check_backup(image).map_err(told)?;
        }
        Ok(())
    }

    /// All files of SSTables and snapshots are whole.
    fn check_files(&self, db: &Database, image: &Image) -> Result<(), String> {
        let files: Arc<dyn FileSystem> = Arc::new(image.files.clone());
        let view = db.view();
        let mut snapshots = 0;
        for table in db.schema().tables() {
            let table = view.table(table.id()).map_err(|error| error.to_string())?;
            for sstable in table.sstables() {
                verified(&files, sstable.live().descriptor().clone())?;
            }
            let directory = table.table().directory();
            for snapshot in list_snapshots(&files, directory).map_err(|error| error.to_string())? {
                snapshots += usize::from(snapshot.tag == SNAPSHOT);
                let schema = image.files.open(&snapshot.directory.join("schema.cql"));
                let is_of_user = directory.starts_with(format!("{ROOT}/data/{KEYSPACE}"));
                if is_of_user && !schema.is_ok_and(|schema| starts_with(&*schema, b"CREATE TABLE")) {
                    return Err(format!("{} has no schema.cql", snapshot.directory.display()));
                }
                let manifest = snapshot.manifest.ok_or("a snapshot has no manifest")?;
                for file in manifest.files {
                    let data = snapshot.directory.join(file);
                    verified(&files, Descriptor::from_file(&data).map_err(|error| error.to_string())?)?;
                }
            }
        }
        let is_taken = self.snapshot.is_some_and(|step| image.lasting > step);
        // Tables that are dropped later take their snapshots with them.
        if is_taken && snapshots == 0 { Err("the snapshot is not there".to_owned()) } else { Ok(()) }
    }

    /// The backup is there as a whole or not at all.
    fn check_backup(&self, image: &Image) -> Result<(), String> {
        let Some(step) = self.backup else { return Ok(()) };
        let is_there = image.files.entry(&Path::new(BACKUP).join("data")).is_ok();
        if !is_there && image.lasting > step {
            return Err("the backup is not there".to_owned());
        }
        if is_there {
            let opened = builder(&image.files, BACKUP).and_then(cqlite_core::DatabaseBuilder::open);
            let db = opened.map_err(|error| format!("the backup does not open: {error}"))?;
            let found = read(&db).map_err(|error| format!("the backup cannot be read: {error}"))?;
            if found != self.states[step] {
                return Err(format!("the backup is other: {}", difference(&found, &self.states[step])));
            }
        }
        Ok(())
    }
}

fn starts_with(source: &dyn Source, start: &[u8]) -> bool {
    let mut bytes = vec![0; start.len()];
    source.read_at(&mut bytes, 0).is_ok() && bytes == start
}

fn verified(files: &Arc<dyn FileSystem>, descriptor: Descriptor) -> Result<(), String> {
    let (version, what) = (descriptor.version(), PathBuf::from(descriptor.stem()));
    let files = Arc::new(FsFiles::new(Arc::clone(files), descriptor));
    let report = verify(files, version, &VerifyOptions::default(), &mut |_| {});
    if report.verdict == Verdict::Sound {
        return Ok(());
    }
    let findings: Vec<String> = report.damages().map(ToString::to_string).collect();
    Err(format!("{what:?} is {:?}: {findings:?}", report.verdict))
}

/// Takes images while steps are done, and checks them on other threads.
pub struct Checkers {
    sender: SyncSender<Option<Image>>,
    threads: Vec<thread::JoinHandle<()>>,
    failures: Arc<Mutex<Vec<String>>>,
    checked: Arc<AtomicUsize>,
}

impl Checkers {
    /// After the first failure, `progress` is over.
    pub fn start(expected: &Arc<Expected>, progress: &Arc<Progress>, thorough_every: usize) -> Self {
        let (sender, receiver) = sync_channel::<Option<Image>>(4 * CHECKERS);
        let receiver = Arc::new(Mutex::new(receiver));
        let (failures, checked) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let start = |_| {
            let (expected, progress) = (Arc::clone(expected), Arc::clone(progress));
            let (receiver, failures) = (Arc::clone(&receiver), Arc::clone(&failures));
            let checked = Arc::clone(&checked);
            thread::spawn(move || {
                while let Some(image) = next(&receiver) {
                    let number = checked.fetch_add(1, Ordering::SeqCst);
                    if progress.is_over.load(Ordering::SeqCst) {
                        continue;
                    }
                    if let Err(failure) = expected.check(&image, number % thorough_every == 0) {
                        failures.lock().unwrap().push(failure);
                        progress.is_over.store(true, Ordering::SeqCst);
                    }
                }
            })
        };
        let threads = (0..CHECKERS).map(start).collect();
        Self { sender, threads, failures, checked }
    }

    /// Has images taken of what is left when a call that changes something is about to be made: one for each seed that
    /// `seeds` wants at it.
    pub fn observe(
        &self,
        files: &Files,
        progress: &Arc<Progress>,
        seeds: impl Fn(&Call<'_>) -> Vec<u64> + Send + Sync + 'static,
    ) {
        let (memory, progress) = (files.inner().clone(), Arc::clone(progress));
        let sender = self.sender.clone();
        files.observe(move |call| {
            if !call.operation.is_change() || progress.is_over.load(Ordering::SeqCst) {
                return;
            }
            for seed in seeds(call) {
                let lasting = progress.lasting.load(Ordering::SeqCst);
                let files = memory.crash_image(seed);
                let begun = progress.begun.load(Ordering::SeqCst);
                let Call { number, operation, path, .. } = call;
                let what = format!("seed {seed} at change {number}, {operation:?} of {}", path.display());
                // Nobody checks any more when a thread has failed.
                let _ = sender.send(Some(Image { files, lasting, begun, what }));
            }
        });
    }

    /// Waits for all that were taken: how many there were, and what was wrong with the first ones.
    pub fn end(self) -> (usize, Vec<String>) {
        for _ in &self.threads {
            self.sender.send(None).unwrap();
        }
        for thread in self.threads {
            thread.join().unwrap();
        }
        let failures = std::mem::take(&mut *self.failures.lock().unwrap());
        (self.checked.load(Ordering::SeqCst), failures)
    }
}

fn next(receiver: &Mutex<Receiver<Option<Image>>>) -> Option<Image> {
    receiver.lock().unwrap().recv().ok().flatten()
}
