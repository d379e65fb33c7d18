//! Gets of random keys, of absent ones, and a scan.

use std::time::Instant;

use super::Task;
use crate::engine::Engine;
use crate::key::{VALUE_BYTES, key, scatter};
use crate::outcome::{Outcome, Unit};
use crate::result::Result;
use crate::timing::{Timed, Timing};

/// Before reads are measured, so many times fewer are made, for the caches.
const WARM_UP: u64 = 4;

/// Measures all reads; `when` says of which state of the engine.
pub fn measure_reads(engine: &dyn Engine, task: &Task, when: &str, outcome: &mut Outcome) -> Result<()> {
    get_present(engine, task, 1, task.reads / WARM_UP)?;
    for threads in [1, 2] {
        let name = format!("get, {threads} thread{}, {when}", if threads == 1 { "" } else { "s" });
        get_present(engine, task, threads, task.reads)?.report(outcome, &name, 1);
    }
    get_absent(engine, task)?.report(outcome, &format!("get absent, 1 thread, {when}"), 1);
    outcome.higher(format!("scan, {when} (rows)"), scan_rate(engine, task.puts)?, Unit::PerSecond);
    Ok(())
}

/// Gets keys at random and looks whether the values are theirs.
pub fn get_present(engine: &dyn Engine, task: &Task, threads: u64, reads: u64) -> Result<Timing> {
    Timing::run(threads, reads, Timed::Sampled, Vec::new, |read, found| {
        let number = scatter(!read) % task.puts;
        if !engine.get(&key(number), found)? {
            return Err(format!("key {number} was put and is not there").into());
        }
        if found.len() != VALUE_BYTES || !found.starts_with(&scatter(number).to_le_bytes()) {
            return Err(format!("key {number} has another value than was put").into());
        }
        Ok(())
    })
}

fn get_absent(engine: &dyn Engine, task: &Task) -> Result<Timing> {
    Timing::run(1, task.reads, Timed::Sampled, Vec::new, |read, found| {
        if engine.get(&key(task.puts + read), found)? {
            return Err(format!("key {} was never put and is there", task.puts + read).into());
        }
        Ok(())
    })
}

fn scan_rate(engine: &dyn Engine, puts: u64) -> Result<f64> {
    let (mut rows, mut sum) = (0_u64, 0_u64);
    let begun = Instant::now();
    engine.scan(&mut |key, value| {
        rows += 1;
        let last = |bytes: &[u8]| bytes.last().copied().map_or(0, u64::from);
        sum += last(key) + last(value);
    })?;
    let elapsed = begun.elapsed();
    std::hint::black_box(sum);
    if rows != puts {
        return Err(format!("the scan shows {rows} rows of {puts}").into());
    }
    Ok(rows as f64 / elapsed.as_secs_f64())
}
