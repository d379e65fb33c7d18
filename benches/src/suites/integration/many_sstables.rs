//! A table with hundreds of SSTables.

use std::fs;
use std::time::Instant;

use cqlite_core::Database;
use cqlite_core::query::{ExecuteOptions, Session, Statement};
use cqlite_core::storage::compaction::scheduler::CompactionRequest;
use cqlite_tests::performance::{Bound, ProcessMemory, Target, Unit};

use crate::load::Result;
use crate::scatter;
use crate::suite::Stage;

/// Descriptors that are open when all SSTables have been read, for each SSTable.
const OPEN_FILES: &str = "integration.many_sstables.open_files_each";
/// The most memory that the process takes.
const PEAK: &str = "integration.many_sstables.peak_memory";

/// Keys of the table, of which each SSTable has one in ten.
const KEYS: i32 = 1_000;

/// That neither files nor memory grow beyond their bounds.
pub(super) fn targets() -> Vec<Target> {
    vec![
        Target::new(
            OPEN_FILES,
            "open files for each of hundreds of SSTables",
            Unit::Count,
            Bound::AtMost(5.0),
        ),
        Target::new(
            PEAK,
            "peak memory of a process that reads hundreds of SSTables",
            Unit::Bytes,
            Bound::AtMost(128e6),
        ),
    ]
}

/// Writes the same keys again and again into SSTables that are not compacted, reads them, compacts all and reads them again.
///
/// # Errors
/// If a row is not the newest.
pub(super) fn run(stage: &Stage) -> Result<()> {
    let sstables: u32 = stage.scale().of(20, 200, 600);
    let db = stage.database(&stage.empty("data")?)?.auto_snapshot(false).open()?;
    db.pause_compactions();
    for statement in [
        "CREATE KEYSPACE many WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        "CREATE TABLE many.rows (pk int, ck int, value bigint, PRIMARY KEY (pk, ck))",
    ] {
        db.execute(statement, ())?;
    }
    let table = db.table("many", "rows")?.id();
    // What was written last under each key; none where it was deleted.
    let mut model = vec![None; KEYS as usize];
    stage.tell(format!("{sstables} SSTables are written"));
    for number in 0..sstables {
        write(&db, number, &mut model)?;
        db.flush(table)?;
    }
    let count = db.metrics().tables.iter().find(|one| one.id == table).map_or(0, |one| one.sstables);
    if count != u64::from(sstables) {
        return Err(format!("there are {count} SSTables in place of {sstables}").into());
    }
    for round in 0..stage.rounds() {
        stage.tell(format!("each row is read of {sstables} SSTables, round {}", round + 1));
        read(stage, &db, &model, "many_sstables.before_compaction")?;
    }
    let open = open_files();
    if let Some(open) = open {
        stage.monitor().record_metric(OPEN_FILES, Unit::Count, open as f64 / f64::from(sstables));
    } else {
        stage.monitor().record_not_run(OPEN_FILES, "the kernel does not tell the open files");
    }
    stage.tell("all are compacted");
    db.resume_compactions();
    let begun = Instant::now();
    db.compact(table, &CompactionRequest::Major { splits: false })?;
    let rate = f64::from(sstables) / begun.elapsed().as_secs_f64();
    stage.monitor().record_metric("many_sstables.compacted", Unit::PerSecond, rate);
    for _round in 0..stage.rounds() {
        read(stage, &db, &model, "many_sstables.after_compaction")?;
    }
    db.close()?;
    match ProcessMemory::now() {
        Some(memory) => stage.monitor().record_metric(PEAK, Unit::Bytes, memory.peak_bytes as f64),
        None => stage.monitor().record_not_run(PEAK, "the kernel does not tell the memory"),
    }
    Ok(())
}

fn write(db: &Database, number: u32, model: &mut [Option<i64>]) -> Result<()> {
    let mut session = db.session();
    let insert = session.prepare("INSERT INTO many.rows (pk, ck, value) VALUES (?, ?, ?)")?;
    let delete = session.prepare("DELETE FROM many.rows WHERE pk = ? AND ck = ?")?;
    for place in 0..KEYS / 10 {
        let random = scatter(u64::from(number) << 32 | u64::from(place.unsigned_abs()));
        let key = (random % u64::from(KEYS.unsigned_abs())) as i32;
        let value = i64::from(number) * i64::from(KEYS) + i64::from(place);
        let is_deleted = random >> 40 & 7 == 0;
        if is_deleted {
            session.execute_prepared(&delete, (key / 10, key % 10), ExecuteOptions::default())?;
        } else {
            session.execute_prepared(&insert, (key / 10, key % 10, value), ExecuteOptions::default())?;
        }
        if let Some(known) = model.get_mut(key as usize) {
            *known = (!is_deleted).then_some(value);
        }
    }
    Ok(())
}

/// Reads each row by its key, and all of them in one scan.
fn read(stage: &Stage, db: &Database, model: &[Option<i64>], figure: &str) -> Result<()> {
    let mut session = db.session();
    let select = session.prepare("SELECT value FROM many.rows WHERE pk = ? AND ck = ?")?;
    let begun = Instant::now();
    for (key, expected) in (0..).zip(model) {
        let found = value(&mut session, &select, key)?;
        if found != *expected {
            return Err(format!("key {key}: {found:?} is read in place of {expected:?}").into());
        }
    }
    let rate = model.len() as f64 / begun.elapsed().as_secs_f64();
    stage.monitor().record_metric(&format!("{figure}.reads"), Unit::PerSecond, rate);
    let begun = Instant::now();
    let rows = db.execute("SELECT pk, ck, value FROM many.rows", ())?.rows().ok_or("a SELECT has rows")?;
    let rate = rows.len() as f64 / begun.elapsed().as_secs_f64();
    stage.monitor().record_metric(&format!("{figure}.scan"), Unit::PerSecond, rate);
    let mut seen = vec![None; model.len()];
    for row in rows.rows() {
        let key = row.get::<i32>(0)? * 10 + row.get::<i32>(1)?;
        if let Some(place) = seen.get_mut(key as usize) {
            *place = row.get::<Option<i64>>(2)?;
        }
    }
    if seen != model {
        return Err("a scan shows other rows than were written last".into());
    }
    Ok(())
}

fn value(session: &mut Session<'_>, select: &Statement, key: i32) -> Result<Option<i64>> {
    let answer = session.execute_prepared(select, (key / 10, key % 10), ExecuteOptions::default())?;
    let rows = answer.rows().ok_or("a SELECT has rows")?;
    Ok(rows.row(0).map(|row| row.get(0)).transpose()?)
}

/// The files that this process has open; none where the kernel does not tell.
fn open_files() -> Option<usize> {
    Some(fs::read_dir("/proc/self/fd").ok()?.count())
}
