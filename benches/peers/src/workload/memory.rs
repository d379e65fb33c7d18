//! Memory at the engine's own defaults.

use super::Task;
use super::load::put_all;
use super::reads::measure_reads;
use crate::engine::Settings;
use crate::outcome::{Outcome, Unit};
use crate::process::peak_memory_bytes;
use crate::result::Result;

/// Puts, settling and reads, and the most memory they took. Their speed counts elsewhere.
pub fn run(task: &Task) -> Result<Outcome> {
    let engine = task.open(&Settings::default())?;
    put_all(engine.as_ref(), task.puts)?;
    engine.settle()?;
    measure_reads(engine.as_ref(), task, "", &mut Outcome::default())?;
    let mut outcome = Outcome::default();
    outcome.lower("peak memory, defaults", peak_memory_bytes()? as f64, Unit::Bytes);
    outcome.lower("SSTables on disk, defaults", engine.sstable_bytes()? as f64, Unit::Bytes);
    engine.close()?;
    Ok(outcome)
}
