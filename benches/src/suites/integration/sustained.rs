//! A mixed load with all that goes on in the background.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use cqlite_core::storage::compaction::scheduler::CompactionRequest;
use cqlite_core::storage::store::Health;
use cqlite_core::{CheckpointOptions, Database};
use cqlite_tests::performance::Unit;

use crate::load::{
    Asked, CqliteEngine, Drive, Engine as _, KeyDistribution, OperationKind, OperationMix, Pace, RecordShape,
    Result, Until,
};
use crate::suite::Stage;
use crate::suites::ground::{engine_with, fill};

/// Between two flushes.
const FLUSHES: Duration = Duration::from_millis(250);

/// After so many flushes all SSTables are compacted to one.
const COMPACTED_AFTER: u64 = 8;

/// Reads, updates, inserts and scans while memtables are flushed, SSTables compacted, and checkpoints made.
///
/// # Errors
/// If an operation fails, the database is not sound in the end, or records are missing: in it or in its newest checkpoint.
pub(super) fn run(stage: &Stage) -> Result<()> {
    let time = Duration::from_millis(stage.scale().of(300, 5_000, 30_000));
    let records = stage.scale().of(1_000, 50_000, 500_000);
    let every = Some(Duration::from_millis(stage.scale().of(100, 1_000, 5_000)));
    let directory = stage.empty("data")?;
    let engine = engine_with(stage, &directory, RecordShape::STANDARD, "", |builder| {
        builder.checkpoints(CheckpointOptions { interval: every, ..CheckpointOptions::default() })
    })?;
    fill(stage, &engine, records)?;
    engine.settle()?;
    let mix = OperationMix::new([
        (OperationKind::Read, 50),
        (OperationKind::Update, 25),
        (OperationKind::Insert, 20),
        (OperationKind::Scan, 5),
    ]);
    let asked = Asked::new(mix, KeyDistribution::Zipfian, records)?;
    // The whole time is one load; each part of it is a figure.
    let parts = stage.rounds();
    for part in 0..parts {
        stage.tell(format!("part {} of {parts}", part + 1));
        let until = Until::Elapsed(time / u32::try_from(parts)?);
        let drive =
            Drive { name: "sustained", clients: stage.busy_clients(), pace: Pace::Closed, until, seed: part };
        let is_over = AtomicBool::new(false);
        let driven = thread::scope(|scope| {
            let background = scope.spawn(|| flush_and_compact(engine.database(), &is_over));
            let driven = drive.run(&engine, &asked, stage.monitor());
            is_over.store(true, Ordering::Relaxed);
            background.join().map_err(|_| "the thread that flushes panicked")??;
            driven
        })?;
        stage.monitor().record_batch("sustained", &driven.all);
    }
    engine.settle()?;
    check(stage, engine, asked.records(), records)
}

fn flush_and_compact(db: &Database, is_over: &AtomicBool) -> Result<()> {
    let table = db.table("load", "records")?.id();
    for flush in 1_u64.. {
        thread::sleep(FLUSHES);
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        db.flush(table)?;
        if flush.is_multiple_of(COMPACTED_AFTER) {
            db.compact(table, &CompactionRequest::Major { splits: false })?;
        }
    }
    Ok(())
}

fn check(stage: &Stage, engine: CqliteEngine, records: u64, at_first: u64) -> Result<()> {
    stage.tell("all records are counted, and those of the newest checkpoint");
    let db = engine.database();
    if db.health() != Health::Sound {
        return Err(format!("the database is not sound: {:?}", db.last_error()).into());
    }
    let there = count(db)?;
    if there != records {
        return Err(format!("{there} of {records} records are there").into());
    }
    let (monitor, metrics) = (stage.monitor(), db.metrics());
    monitor.record_metric("sustained.flush", Unit::Seconds, metrics.flushes.p50.as_secs_f64());
    if let Some(times) = metrics.write_amplification() {
        monitor.record_metric("sustained.write_amplification", Unit::Times, times);
    }
    let checkpoints = db.checkpoints()?;
    monitor.record_metric("sustained.checkpoints", Unit::Count, checkpoints.len() as f64);
    if let Some(newest) = checkpoints.last() {
        let copy = Database::open_read_only(newest)?;
        let there = count(&copy)?;
        copy.close()?;
        if there < at_first || there > records {
            return Err(
                format!("a checkpoint has {there} records, which were {at_first} to {records}").into()
            );
        }
    }
    engine.close()
}

fn count(db: &Database) -> Result<u64> {
    let rows = db.execute("SELECT count(*) FROM load.records", ())?.rows().ok_or("a SELECT has rows")?;
    let count = rows.row(0).map(|row| row.get::<i64>(0)).transpose()?.unwrap_or_default();
    Ok(count.unsigned_abs())
}
