//! What compressors make of records.

use std::fs;
use std::time::Instant;

use cqlite_core::storage::compaction::scheduler::CompactionRequest;
use cqlite_sstable::Component;
use cqlite_tests::performance::{PerformanceTargets, Unit};

use crate::load::{CqliteEngine, DataPattern, Engine as _, RecordShape, Result};
use crate::suite::{Scale, Stage};
use crate::suites::ground::{engine_with, fill};

/// Compressors by the names that figures have, with the options of the table.
const COMPRESSORS: [(&str, &str); 6] = [
    ("lz4", "{'class': 'LZ4Compressor'}"),
    ("lz4_high", "{'class': 'LZ4Compressor', 'lz4_compressor_type': 'high'}"),
    ("snappy", "{'class': 'SnappyCompressor'}"),
    ("deflate", "{'class': 'DeflateCompressor'}"),
    ("zstd", "{'class': 'ZstdCompressor'}"),
    ("none", "{'enabled': 'false'}"),
];

/// What the standard pattern is compressed by in the target: what a table has that says nothing.
const STANDARD: &str = "lz4";

/// Each pattern with each compressor.
///
/// # Errors
/// If something cannot be written or read.
pub fn run(stage: &Stage) -> Result<()> {
    let records = stage.scale().of(1_000, 4_000, 100_000);
    for pattern in DataPattern::ALL {
        for (compressor, options) in COMPRESSORS {
            let is_of_standard = compressor == STANDARD || pattern == RecordShape::STANDARD.pattern;
            if stage.scale() != Scale::Full && !is_of_standard {
                continue;
            }
            let name = format!("{}.{compressor}", figure_name(pattern));
            stage.tell(format!("{pattern}, {compressor}"));
            let shape = RecordShape { pattern, ..RecordShape::STANDARD };
            let table = format!("compression = {options}");
            let roomy = |builder: cqlite_core::DatabaseBuilder| builder.memtable_memory(1 << 30);
            let engine = engine_with(stage, &stage.empty("data")?, shape, &table, roomy)?;
            fill(stage, &engine, records)?;
            let raw_bytes = records as f64 * shape.bytes() as f64;
            for _round in 0..stage.rounds().min(3) {
                measure(stage, &engine, &name, raw_bytes)?;
            }
            let share = stored_bytes(&engine)? as f64 / raw_bytes;
            let monitor = stage.monitor();
            monitor.record_metric(&format!("compression.{name}"), Unit::Share, share);
            if pattern == RecordShape::STANDARD.pattern && compressor == STANDARD {
                monitor.record_metric(PerformanceTargets::COMPRESSED_SIZE, Unit::Share, share);
            }
            engine.close()?;
        }
    }
    Ok(())
}

/// Writes all once more, as one SSTable, and reads it through.
fn measure(stage: &Stage, engine: &CqliteEngine, name: &str, raw_bytes: f64) -> Result<()> {
    let table = engine.database().table("load", "records")?.id();
    let begun = Instant::now();
    match engine.database().view().table(table)?.sstables().is_empty() {
        true => engine.settle()?,
        false => drop(engine.database().compact(table, &CompactionRequest::Major { splits: false })?),
    }
    let written = raw_bytes / begun.elapsed().as_secs_f64();
    stage.monitor().record_metric(&format!("compression.{name}.write"), Unit::BytesPerSecond, written);
    let session = engine.database().session();
    let select = session.prepare("SELECT count(field0) FROM load.records")?;
    let begun = Instant::now();
    session.for_each(&select, &[], |_| Ok(std::ops::ControlFlow::Continue(())))?;
    let read = raw_bytes / begun.elapsed().as_secs_f64();
    stage.monitor().record_metric(&format!("compression.{name}.read"), Unit::BytesPerSecond, read);
    Ok(())
}

/// What all data files of the table take on the disk.
fn stored_bytes(engine: &CqliteEngine) -> Result<u64> {
    let table = engine.database().table("load", "records")?.id();
    let view = engine.database().view();
    let paths =
        view.table(table)?.sstables().iter().map(|live| live.live().descriptor().file(Component::Data));
    paths.map(|path| Ok(fs::metadata(path)?.len())).sum()
}

fn figure_name(pattern: DataPattern) -> &'static str {
    match pattern {
        DataPattern::AccessLog => "access_log",
        DataPattern::SensorReadings => "sensor_readings",
        DataPattern::Prose => "prose",
        DataPattern::HalfRandom => "half_random",
        DataPattern::Random => "random",
        DataPattern::Constant => "constant",
    }
}
