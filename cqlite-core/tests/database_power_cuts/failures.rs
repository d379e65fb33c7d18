//! Calls that fail.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use cqlite_core::Database;
use cqlite_core::storage::fs::{Failure, Fault, FaultyFileSystem, MemoryFileSystem, Operation};
use cqlite_core::storage::store::Health;

use super::scenario::{Files, Logged, MODES, ROOT, builder, open};
use super::state::{State, difference, read};
use super::steps::{Step, all_steps};

/// What is known of a database on which calls fail.
struct Known {
    /// What it has, as far as its own process sees it.
    state: State,
    /// What it may have as well: a write of which nobody knows whether it lasts.
    unknown: Vec<State>,
    is_read_only: bool,
    /// The kinds of health that were seen.
    saw_full: bool,
}

/// The call that fails, and what comes of it.
#[derive(Default)]
struct Failed {
    call: Mutex<Option<(Operation, PathBuf)>>,
    /// Whether the database has said that it takes no writes any more.
    is_read_only: AtomicBool,
    /// How often what could not be synced was synced again after that.
    retried: AtomicU64,
}

impl Failed {
    fn is_sync_of_directory(&self) -> bool {
        matches!(*self.call.lock().unwrap(), Some((Operation::SyncDirectory, _)))
    }
}

/// Looks at what becomes of the call of a number that changes something.
fn failed_call(files: &Files, number: u64) -> Arc<Failed> {
    let failed = Arc::new(Failed::default());
    let seen = Arc::clone(&failed);
    files.observe(move |call| {
        if !call.operation.is_change() {
            return;
        }
        let mut known = seen.call.lock().unwrap();
        match &*known {
            None if call.number == number => *known = Some((call.operation, call.path.to_owned())),
            Some((operation, path))
                if call.operation.is_sync() && operation.is_sync() && path == call.path =>
            {
                seen.retried.fetch_add(u64::from(seen.is_read_only.load(Ordering::SeqCst)), Ordering::SeqCst);
            }
            _ => {}
        }
    });
    failed
}

fn next_state(step: &Step, state: &State) -> State {
    let mut next = state.clone();
    step.apply(&mut next);
    next
}

/// Whether a step can be done at all, as far as steps before it failed.
fn is_possible(step: &Step, state: &State) -> bool {
    let has = |name: &str| state.as_ref().is_some_and(|tables| tables.contains_key(name));
    let has_column = |name: &str, column: &str| {
        let table = state.as_ref().and_then(|tables| tables.get(name));
        table.is_some_and(|table| table.columns.iter().any(|known| known == column))
    };
    match step {
        Step::CreateKeyspace => state.is_none(),
        Step::DropKeyspace => state.is_some(),
        Step::CreateTable(name) => state.is_some() && !has(name),
        Step::Write(changes) => changes.iter().all(|change| has(change.table)),
        Step::Flush(name) | Step::Compact(name) | Step::Truncate(name) | Step::DropTable(name) => has(name),
        Step::AddColumn(name, column) => has(name) && !has_column(name, column),
        Step::DropColumn(name, column) => has_column(name, column),
        _ => true,
    }
}

impl Known {
    fn new() -> Self {
        Self { state: None, unknown: Vec::new(), is_read_only: false, saw_full: false }
    }

    fn is(&self, found: &State) -> bool {
        *found == self.state || self.unknown.contains(found)
    }

    /// What became of a step.
    fn done(&mut self, step: &Step, db: &Database, result: Result<(), String>, what: &str) {
        let next = next_state(step, &self.state);
        let health = db.health();
        let was_read_only = self.is_read_only;
        self.is_read_only = matches!(health, Health::ReadOnly { .. });
        self.saw_full |= matches!(health, Health::DiskFull { .. });
        match result {
            Ok(()) if was_read_only && matches!(step, Step::Write(_)) => {
                panic!("{what}: {step:?} is acknowledged after {health:?}")
            }
            Ok(()) => self.state = next,
            Err(error) if self.is_read_only && !was_read_only => {
                assert!(error.len() > 20, "{what}: {error}");
                self.unknown.push(next);
            }
            // Nothing was changed.
            Err(_) => {}
        }
    }
}

/// Does the steps as far as that is possible. What is known at the end.
fn run(files: &Files, logged: Logged, steps: &[Step], (failed, what): (&Failed, &str)) -> Known {
    let mut known = Known::new();
    let mut db = open(files, logged).ok();
    for step in steps {
        let Some(open_db) = db.take() else {
            // The one failure was at the opening; at the next one there is none.
            db = open(files, logged).ok();
            assert!(db.is_some(), "{what}: it does not open any more");
            continue;
        };
        if let Step::Reopen { closes } = step {
            if known.is_read_only {
                db = Some(open_db);
                break;
            }
            if *closes {
                // Where that fails, what is left in the log is there at the next opening.
                let _ = open_db.close();
            } else {
                drop(open_db);
            }
            db = open(files, logged).ok();
            continue;
        }
        if is_possible(step, &known.state) {
            let result = step.run(&open_db).map_err(|error| error.to_string());
            known.done(step, &open_db, result, what);
            if known.is_read_only {
                failed.is_read_only.store(true, Ordering::SeqCst);
            }
        }
        // Reads go on, whatever has failed.
        db = Some(open_db);
    }
    if let Some(db) = &db {
        let found = read(db);
        // The one call that fails may be of this very read.
        let found = found.or_else(|_| read(db)).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(known.is(&found), "{what}: {}", difference(&found, &known.state));
    }
    drop(db);
    if known.is_read_only {
        assert_eq!(failed.retried.load(Ordering::SeqCst), 0, "{what}: a sync that has failed is tried again");
    }
    known
}

fn check(files: &MemoryFileSystem, known: &Known, what: &str) {
    let opened = builder(files, ROOT).and_then(cqlite_core::DatabaseBuilder::open);
    let db = opened.unwrap_or_else(|error| panic!("{what}: it does not open: {error}"));
    let found = read(&db).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(known.is(&found), "{what}: {}", difference(&found, &known.state));
    assert!(
        db.metrics().tables.iter().all(|table| table.damaged_sstables == 0),
        "{what}: {:?}",
        db.last_error()
    );
}

fn every() -> usize {
    match std::env::var("CQLITE_FAILED_CALLS").as_deref() {
        Ok("all") => 1,
        Ok(every) => every.parse().unwrap(),
        Err(_) => 211,
    }
}

/// Lets every so many calls fail, each in a run of its own.
fn each_call_fails(of: impl Fn(u64, Failure) -> Fault, count: impl Fn(&Files) -> u64, of_each: usize) {
    let steps = all_steps();
    let (mut runs, mut read_only, mut full) = (0, 0, 0);
    // In the last mode, nothing is acknowledged before a sync.
    for (place, mode) in MODES.into_iter().take(4).enumerate() {
        let logged = Logged { mode, compression: None };
        let whole = FaultyFileSystem::new(MemoryFileSystem::new());
        run(&whole, logged, &steps, (&Failed::default(), "nothing fails"));
        let (count, every) = (count(&whole), every() * of_each);
        for failure in [Failure::BrokenDisk, Failure::FullDisk] {
            let half = if failure == Failure::FullDisk { every / 2 } else { 0 };
            let first = half + place * every / (2 * MODES.len());
            for number in (first as u64..count).step_by(every) {
                let files = FaultyFileSystem::new(MemoryFileSystem::new());
                let failed = failed_call(&files, number);
                files.plan(of(number, failure));
                let what = format!("{mode:?}, {failure:?} at call {number}");
                let known = run(&files, logged, &steps, (&failed, &what));
                files.plan(Fault::None);
                check(files.inner(), &known, &format!("{what}, opened again"));
                // Nobody knows what is lost of a directory that could not be synced: later syncs of it do not bring that
                // back. As long as power stays, all is there.
                if logged.is_synced() && !failed.is_sync_of_directory() {
                    for seed in [0, 3 + number] {
                        let image = files.inner().crash_image(seed);
                        check(&image, &known, &format!("{what}, power cut {seed}"));
                    }
                }
                runs += 1;
                read_only += usize::from(known.is_read_only);
                full += usize::from(known.saw_full);
            }
        }
    }
    eprintln!("{runs} calls failed: {read_only} made it read-only, {full} full");
}

#[test]
fn a_change_that_fails_at_any_call_is_told_of_and_what_was_acknowledged_is_there() {
    each_call_fails(|number, failure| Fault::Change { number, failure }, FaultyFileSystem::changes, 1);
}

#[test]
fn a_read_that_fails_at_any_call_is_told_of_and_changes_nothing() {
    each_call_fails(|number, failure| Fault::Read { number, failure }, FaultyFileSystem::reads, 5);
}
