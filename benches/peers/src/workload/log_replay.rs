//! Opening after a kill, with all puts in the log and none in SSTables.

use std::io::Write as _;
use std::time::{Duration, Instant};
use std::{io, thread};

use super::Task;
use super::load::put_all;
use super::reads::get_present;
use crate::engine::Settings;
use crate::key::key;
use crate::outcome::{Outcome, Unit};
use crate::process::{disk_bytes, peak_memory_bytes};
use crate::result::Result;

/// More than all puts take, so that nothing is flushed and the log keeps everything.
const ENDLESS_MEMTABLE_BYTES: u64 = 8 << 30;
const ENDLESS_LOG_BYTES: u64 = 32 << 30;
/// What the process says when the log is written.
pub const WRITTEN: &str = "written";

/// Writes the log, says so, and waits to be killed.
pub fn write_log(task: &Task) -> Result<Outcome> {
    let settings = Settings {
        memtable_bytes: Some(ENDLESS_MEMTABLE_BYTES),
        log_bytes: Some(ENDLESS_LOG_BYTES),
        ..Settings::default()
    };
    let engine = task.open(&settings)?;
    put_all(engine.as_ref(), task.puts)?;
    let flushes = engine.activity()?.flushes;
    if flushes > 0 {
        return Err(format!("{flushes} memtables were flushed, so the log does not hold all puts").into());
    }
    let mut out = io::stdout().lock();
    writeln!(out, "{WRITTEN}")?;
    out.flush()?;
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}

/// Opens with the engine's defaults, up to the first answer, and looks whether everything is there.
pub fn open_log(task: &Task) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let left = disk_bytes(&task.directory)?;
    let begun = Instant::now();
    let engine = task.open(&Settings::default())?;
    let mut value = Vec::new();
    let is_there = engine.get(&key(task.puts - 1), &mut value)?;
    outcome.lower("open after a kill", begun.elapsed().as_secs_f64(), Unit::Seconds);
    outcome.lower("open after a kill, peak memory", peak_memory_bytes()? as f64, Unit::Bytes);
    outcome.note("open after a kill, bytes in the directory", left as f64, Unit::Bytes);
    if !is_there {
        return Err("the last put is lost".into());
    }
    get_present(engine.as_ref(), task, 1, task.reads)?;
    engine.close()?;
    Ok(outcome)
}
