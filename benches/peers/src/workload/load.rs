//! Puts of all keys in random order, one by one or in batches.

use std::time::Instant;

use super::reads::measure_reads;
use super::{Task, require_background_work};
use crate::engine::Engine;
use crate::key::{KEY_BYTES, Key, VALUE_BYTES, key, value};
use crate::outcome::{Outcome, Unit};
use crate::process::{disk_bytes, peak_memory_bytes, written_bytes};
use crate::result::Result;
use crate::timing::{Timed, Timing};

/// Puts in a batch.
const BATCH_PUTS: u64 = 1000;

/// Puts, then settling, then reads.
pub fn put(task: &Task) -> Result<Outcome> {
    let engine = task.open(&task.settings(task.memtable_bytes))?;
    let mut outcome = Outcome::default();
    let written_before = written_bytes()?;
    put_all(engine.as_ref(), task.puts)?.report(&mut outcome, "put, not synced, 1 thread", 1);
    require_background_work(engine.as_ref(), &mut outcome)?;
    settle(engine.as_ref(), &mut outcome, written_before, task)?;
    outcome.lower("SSTables on disk, settled", engine.sstable_bytes()? as f64, Unit::Bytes);
    outcome.lower("directory on disk, settled", disk_bytes(&task.directory)? as f64, Unit::Bytes);
    measure_reads(engine.as_ref(), task, "settled", &mut outcome)?;
    outcome.lower("peak memory, settings alike", peak_memory_bytes()? as f64, Unit::Bytes);
    engine.close()?;
    Ok(outcome)
}

/// Puts, then reads while flushes and compactions may still run.
pub fn unsettled(task: &Task) -> Result<Outcome> {
    let engine = task.open(&task.settings(task.memtable_bytes))?;
    let mut outcome = Outcome::default();
    put_all(engine.as_ref(), task.puts)?;
    require_background_work(engine.as_ref(), &mut outcome)?;
    measure_reads(engine.as_ref(), task, "not settled", &mut outcome)?;
    engine.close()?;
    Ok(outcome)
}

/// Batches of puts, each synced, then settling.
pub fn batches(task: &Task) -> Result<Outcome> {
    let engine = task.open(&task.settings(task.memtable_bytes))?;
    let mut outcome = Outcome::default();
    let timing = Timing::run(
        1,
        task.puts / BATCH_PUTS,
        Timed::All,
        || Vec::<(Key, Vec<u8>)>::with_capacity(BATCH_PUTS as usize),
        |batch, entries| {
            entries.clear();
            let numbers = batch * BATCH_PUTS..(batch + 1) * BATCH_PUTS;
            entries.extend(numbers.map(|number| (key(number), value(number).to_vec())));
            engine.put_batch_synced(entries)
        },
    )?;
    timing.report(&mut outcome, "batches of 1,000 + sync (puts)", BATCH_PUTS);
    require_background_work(engine.as_ref(), &mut outcome)?;
    engine.close()?;
    Ok(outcome)
}

/// Puts the keys of all numbers below `puts`.
pub fn put_all(engine: &dyn Engine, puts: u64) -> Result<Timing> {
    Timing::run(1, puts, Timed::All, || (), |number, ()| engine.put(&key(number), &value(number)))
}

fn settle(engine: &dyn Engine, outcome: &mut Outcome, written_before: u64, task: &Task) -> Result<()> {
    let begun = Instant::now();
    let settled = engine.settle()?;
    outcome.lower("settling", settled.duration_since(begun).as_secs_f64(), Unit::Seconds);
    let written = (written_bytes()? - written_before) as f64;
    outcome.lower("bytes written, settled", written, Unit::Bytes);
    let put = (task.puts * (KEY_BYTES + VALUE_BYTES) as u64) as f64;
    outcome.lower("bytes written, times what was put", written / put, Unit::Times);
    Ok(())
}
