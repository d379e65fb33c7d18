//! SSTables that are written, read through and compacted.

use std::ops::ControlFlow;
use std::time::Instant;

use cqlite_core::storage::compaction::scheduler::CompactionRequest;
use cqlite_sstable::{Format, Version};
use cqlite_tests::performance::Unit;

use crate::load::{CqliteEngine, RecordShape, Result};
use crate::suite::Stage;
use crate::suites::ground::{engine_with, fill};

/// SSTables that are compacted to one.
const INPUTS: u64 = 4;

/// SSTables with an index of keys (`nb`), and with tries (`da`).
///
/// # Errors
/// If something cannot be written or read.
pub fn run(stage: &Stage) -> Result<()> {
    let records = stage.scale().of(1_000, 30_000, 400_000);
    for _round in 0..stage.rounds() {
        for (letters, format) in [("nb", Format::Big), ("da", Format::Bti)] {
            one(stage, Version::parse(letters, format)?, records)?;
        }
    }
    Ok(())
}

fn one(stage: &Stage, version: Version, records: u64) -> Result<()> {
    let shape = RecordShape::STANDARD;
    let engine = engine_with(stage, &stage.empty("data")?, shape, "", |builder| {
        builder.memtable_memory(2 << 30).without_commit_log().sstable_version(version)
    })?;
    let db = engine.database();
    // SSTables that are there are not compacted before all are.
    db.pause_compactions();
    let table = db.table("load", "records")?.id();
    let mut flushing = 0.0;
    for _input in 0..INPUTS {
        // The same records again: a compaction merges each of them.
        fill(stage, &engine, records)?;
        stage.tell(format!("{version}: a memtable is written"));
        let begun = Instant::now();
        db.flush(table)?;
        flushing += begun.elapsed().as_secs_f64();
    }
    let raw_bytes = (records * INPUTS) as f64 * shape.bytes() as f64;
    let tell = |what: &str, bytes: f64, seconds: f64| {
        let figure = format!("sstables.{version}.{what}");
        stage.monitor().record_metric(&figure, Unit::BytesPerSecond, bytes / seconds);
    };
    tell("write", raw_bytes, flushing);
    db.resume_compactions();
    stage.tell(format!("{version}: {INPUTS} SSTables are compacted"));
    let begun = Instant::now();
    if db.compact(table, &CompactionRequest::Major { splits: false })?.len() != 1 {
        return Err("a compaction of all leaves another number of SSTables than one".into());
    }
    tell("compact", raw_bytes, begun.elapsed().as_secs_f64());
    stage.tell(format!("{version}: an SSTable is read"));
    let begun = Instant::now();
    if rows(&engine)? != records {
        return Err("a compaction has lost records".into());
    }
    tell("read", raw_bytes / INPUTS as f64, begun.elapsed().as_secs_f64());
    engine.close()
}

fn rows(engine: &CqliteEngine) -> Result<u64> {
    let session = engine.database().session();
    let select = session.prepare("SELECT * FROM load.records")?;
    let mut seen = 0;
    session.for_each(&select, &[], |rows| {
        seen += rows.len() as u64;
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(seen)
}
