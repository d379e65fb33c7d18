//! Puts that are faster than a slowed device can flush.

use std::time::{Duration, Instant};

use super::Task;
use crate::engine::Settings;
use crate::key::{KEY_BYTES, VALUE_BYTES, key, value};
use crate::outcome::{Outcome, Unit};
use crate::process::peak_memory_bytes;
use crate::result::Result;
use crate::timing::{Timed, Timing};

/// Puts between two looks at the clock.
const STRETCH_PUTS: u64 = 1000;

/// Puts as fast as they are taken until the time is over.
pub fn run(task: &Task) -> Result<Outcome> {
    let settings = Settings {
        sstable_bytes_per_second: Some(task.slow_bytes_per_second),
        ..task.settings(task.memtable_bytes)
    };
    let engine = task.open(&settings)?;
    let begun = Instant::now();
    let (mut puts, mut longest) = (0, Duration::ZERO);
    while begun.elapsed() < task.slow_time() {
        let stretch = Timing::run(
            1,
            STRETCH_PUTS,
            Timed::All,
            || (),
            |number, ()| engine.put(&key(puts + number), &value(puts + number)),
        )?;
        puts += STRETCH_PUTS;
        longest = longest.max(stretch.longest());
    }
    let admitted = (puts * (KEY_BYTES + VALUE_BYTES) as u64) as f64 / begun.elapsed().as_secs_f64();
    let mut outcome = Outcome::default();
    outcome.note("slowed device: bytes admitted a second", admitted, Unit::Bytes);
    let times = admitted / task.slow_bytes_per_second as f64;
    outcome.note("slowed device: admitted, times the device's rate", times, Unit::Times);
    outcome.lower("slowed device: longest put", longest.as_secs_f64(), Unit::Seconds);
    outcome.lower("slowed device: peak memory", peak_memory_bytes()? as f64, Unit::Bytes);
    engine.close()?;
    Ok(outcome)
}
