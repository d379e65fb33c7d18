//! Writes to a database until it is killed, from outside or by itself at a moment that was chosen:
//! `killed-database <directory> <mode> <compressed> <seed> <least> <moment> <counters> [<next number of each writer>...]`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a tool of the tests: it fails at once and loudly"
)]

use std::collections::HashMap;
use std::env;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use cqlite_core::Database;
use cqlite_core::storage::fs::{Call, DiskFileSystem, FaultyFileSystem, Operation};
use cqlite_tests::fuzz::Random;
use cqlite_tests::killed::{Moment, Tables, Told, builder};
use rustix::process::{Signal, getpid, kill_process};

/// Tells what happens, and ends the process when its moment has come.
struct Killer {
    moment: Option<Moment>,
    is_open: AtomicBool,
    acknowledged: AtomicU64,
    /// Nothing is killed before so many acknowledgements.
    least: u64,
    armed: Mutex<Armed>,
}

#[derive(Default)]
struct Armed {
    /// The thread on which the moment has begun.
    thread: Option<ThreadId>,
    /// So many calls of that thread are let pass, and so many moments before this one.
    calls: usize,
    moments: usize,
    writes: HashMap<String, usize>,
}

fn tell(told: Told) {
    // Who is told has gone, or will see the end.
    let _ = std::io::stdout().lock().write_all(&told.to_bytes()).and_then(|()| std::io::stdout().flush());
}

impl Killer {
    fn begins(&self, moment: Moment, call: &Call<'_>, armed: &mut Armed) -> bool {
        let path = call.path.to_string_lossy();
        let name = call.path.file_name().unwrap_or_default().to_string_lossy();
        let is = |operation: Operation| call.operation == operation;
        if moment == Moment::Replay {
            return !self.is_open.load(Ordering::SeqCst) && path.contains("_txn_") && is(Operation::Create);
        }
        if !self.is_open.load(Ordering::SeqCst) || self.acknowledged.load(Ordering::SeqCst) < self.least {
            return false;
        }
        match moment {
            Moment::Rotation => is(Operation::Rename) && name.starts_with("CommitLogSpare"),
            Moment::Flush => is(Operation::Create) && name.contains("_txn_flush_"),
            Moment::Install if is(Operation::Write) && name.contains("_txn_") => {
                let writes = armed.writes.entry(name.into_owned()).or_default();
                *writes += 1;
                *writes > 1
            }
            Moment::Deletion => is(Operation::RemoveFile) && name.contains("-big-"),
            Moment::Snapshot => is(Operation::HardLink) && path.contains(".db"),
            _ => false,
        }
    }

    fn saw(&self, call: &Call<'_>) {
        let Some(moment) = self.moment.filter(|_| call.operation.is_change()) else { return };
        let mut armed = self.armed.lock().unwrap();
        if armed.thread.is_none() && self.begins(moment, call, &mut armed) {
            if armed.moments > 0 {
                armed.moments -= 1;
                return;
            }
            armed.thread = Some(thread::current().id());
        }
        if armed.thread == Some(thread::current().id()) {
            if armed.calls == 0 {
                tell(Told::Killed(moment));
                kill_process(getpid(), Signal::KILL).unwrap();
                thread::sleep(Duration::from_secs(60));
            }
            armed.calls -= 1;
        }
    }
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [directory, mode, is_compressed, seed, least, moment, counters, next @ ..] = arguments.as_slice()
    else {
        return;
    };
    let number = |text: &String| text.parse::<u64>().unwrap();
    let mut random = Random::new(number(seed));
    let moment = Moment::parse(moment);
    let calls = match moment {
        Some(Moment::Install) => random.below(3),
        Some(Moment::Rotation) => random.below(2),
        Some(Moment::Replay) => random.below(30),
        _ => random.below(9),
    };
    let killer = Arc::new(Killer {
        moment,
        is_open: AtomicBool::new(false),
        acknowledged: AtomicU64::new(0),
        least: number(least),
        // A replay has one transaction for each table alone.
        armed: Mutex::new(Armed {
            calls,
            moments: if moment == Some(Moment::Replay) { 0 } else { random.below(4) },
            ..Armed::default()
        }),
    });
    let files = FaultyFileSystem::new(DiskFileSystem);
    let seeing = Arc::clone(&killer);
    files.observe(move |call| seeing.saw(call));
    let builder = builder(Path::new(directory), number(mode) as usize, is_compressed == "true");
    let db = builder.file_system(Arc::new(files)).open().unwrap();
    let tables = Tables::of(&db);
    killer.is_open.store(true, Ordering::SeqCst);
    tell(Told::Opened);
    let next: Vec<u64> = next.iter().map(number).collect();
    work(&db, &tables, &killer, number(counters), &next);
}

/// Writes, counts, flushes and takes snapshots without end, if there is anything to write.
fn work(db: &Database, tables: &Tables, killer: &Killer, counters: u64, next: &[u64]) {
    let acknowledge = |told: Told| {
        tell(told);
        killer.acknowledged.fetch_add(1, Ordering::SeqCst);
    };
    if next.is_empty() && counters == 0 {
        return;
    }
    thread::scope(|scope| {
        for (writer, first) in next.iter().enumerate() {
            scope.spawn(move || {
                for number in *first.. {
                    acknowledge(tables.write(db, writer as u32, number));
                }
            });
        }
        for _ in 0..counters {
            scope.spawn(move || {
                loop {
                    tables.count(db, 1);
                    acknowledge(Told::Counted);
                }
            });
        }
        scope.spawn(move || {
            for round in 0.. {
                thread::sleep(Duration::from_millis(15));
                tables.all().iter().for_each(|table| db.flush(table.id()).unwrap());
                if round % 3 == 0 {
                    let tag = format!("{}-{round}", std::process::id());
                    db.snapshot(&tag).unwrap();
                    db.clear_snapshot(&tag).unwrap();
                }
            }
        });
    });
}
