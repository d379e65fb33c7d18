//! A process that is killed while it writes.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use cqlite_core::Database;
use cqlite_core::query::{ExecuteOptions, Value};
use cqlite_tests::performance::{Bound, Target, Unit};

use crate::load::{CqliteEngine, RecordShape, Result};
use crate::suite::Stage;

/// Acknowledged writes that are not there afterwards.
const LOST: &str = "integration.recovery.lost_writes";

/// The part of the process that is killed.
const WRITER: &str = "writer";

/// Threads that write in it, each records of its own.
const THREADS: u64 = 4;

/// Records of the threads lie so far apart.
const APART: u64 = 1 << 40;

/// How long the process has at most.
const PATIENCE: Duration = Duration::from_secs(120);

/// What memtables may take: they are flushed again and again.
const MEMTABLE_BYTES: usize = 4 << 20;

const SHAPE: RecordShape = RecordShape::STANDARD;

/// That no acknowledged write is lost.
pub(super) fn lost_target() -> Target {
    let what = "acknowledged writes that were lost when the process was killed";
    Target::new(LOST, what, Unit::Count, Bound::AtMost(0.0))
}

/// Kills a process in the middle of its writes with SIGKILL, opens what it left, and looks for each write that was acknowledged.
///
/// # Errors
/// If the process fails by itself, or a write is lost.
pub(super) fn run(stage: &Stage) -> Result<()> {
    let data = stage.directory().join("data");
    if stage.role() == Some(WRITER) {
        return write(stage, &data);
    }
    stage.empty("data")?;
    let writes: u64 = stage.scale().of(500, 20_000, 300_000);
    let mut lost = 0;
    for round in 1..=stage.rounds() {
        stage.tell(format!("a process is killed after {writes} writes, round {round}"));
        let before = acknowledged(stage.directory()).iter().sum::<u64>();
        let mut process = stage.start(WRITER)?;
        let begun = Instant::now();
        while acknowledged(stage.directory()).iter().sum::<u64>() < before.saturating_add(writes) {
            if process.try_wait()?.is_some() || begun.elapsed() > PATIENCE {
                process.kill()?;
                process.wait()?;
                return Err("the process that writes has ended by itself, or writes too slowly".into());
            }
            thread::sleep(Duration::from_millis(1));
        }
        process.kill()?;
        process.wait()?;
        let begun = Instant::now();
        let db = stage.database(&data)?.open()?;
        let seconds = begun.elapsed().as_secs_f64();
        stage.monitor().record_metric("integration.recovery.opened", Unit::Seconds, seconds);
        let counts = acknowledged(stage.directory());
        stage.tell(format!("{} acknowledged writes are looked for", counts.iter().sum::<u64>()));
        lost += missing(&db, &counts)?;
        db.close()?;
    }
    stage.monitor().record_metric(LOST, Unit::Count, lost as f64);
    if lost > 0 { Err(format!("{lost} acknowledged writes were lost").into()) } else { Ok(()) }
}

/// What the process does that is killed: it writes, and notes of each thread how many writes were acknowledged.
fn write(stage: &Stage, data: &Path) -> Result<()> {
    let db = stage.database(data)?.memtable_memory(MEMTABLE_BYTES).open()?;
    let engine = CqliteEngine::new(db, SHAPE)?;
    let db = engine.database();
    thread::scope(|scope| {
        let threads: Vec<_> =
            (0..THREADS).map(|thread| scope.spawn(move || write_one(stage, db, thread))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a writer panicked")?)
    })
}

fn write_one(stage: &Stage, db: &Database, thread: u64) -> Result<()> {
    let next = acknowledged(stage.directory()).get(thread as usize).copied().unwrap_or_default();
    let file =
        File::options().create(true).truncate(false).write(true).open(note(stage.directory(), thread))?;
    let mut session = db.session();
    let insert = session.prepare("INSERT INTO load.records (key, field0) VALUES (?, ?)")?;
    let mut value = Vec::new();
    for number in next.. {
        let record = thread * APART + number;
        SHAPE.write_field(record, 0, 0, &mut value);
        let key = SHAPE.key(record);
        let values = [Value::borrowed(&key), Value::borrowed(&value)];
        session.execute_prepared(&insert, &values, ExecuteOptions::default())?;
        file.write_all_at(&(number + 1).to_le_bytes(), 0)?;
    }
    Ok(())
}

/// Where a thread notes how many of its writes were acknowledged. What is written there survives the process.
fn note(directory: &Path, thread: u64) -> PathBuf {
    directory.join(format!("acknowledged-{thread}"))
}

/// How many writes of each thread were acknowledged.
fn acknowledged(directory: &Path) -> Vec<u64> {
    let count = |thread| {
        let bytes = fs::read(note(directory, thread)).ok()?;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    };
    (0..THREADS).map(|thread| count(thread).unwrap_or_default()).collect()
}

/// How many acknowledged writes are not there as they were.
fn missing(db: &Database, counts: &[u64]) -> Result<u64> {
    let mut session = db.session();
    let select = session.prepare("SELECT field0 FROM load.records WHERE key = ?")?;
    let (mut lost, mut expected) = (0, Vec::new());
    for (thread, count) in (0..).zip(counts) {
        for number in 0..*count {
            let record = thread * APART + number;
            SHAPE.write_field(record, 0, 0, &mut expected);
            let key = SHAPE.key(record);
            let answer =
                session.execute_prepared(&select, &[Value::borrowed(&key)], ExecuteOptions::default())?;
            let rows = answer.rows().ok_or("a SELECT is answered with rows")?;
            let is_there = rows.row(0).and_then(|row| row.value(0)) == Some(&expected[..]);
            lost += u64::from(!is_there);
        }
    }
    Ok(lost)
}
