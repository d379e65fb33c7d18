//! Puts that are synced one by one, beside the raw floor of the same minute.

use super::floor::raw_floor;
use super::{Task, require_background_work};
use crate::key::{key, value};
use crate::outcome::{Outcome, Unit};
use crate::result::Result;
use crate::timing::{Timed, Timing};

/// The floor, the puts, and the floor again: the disk of a shared machine is not the same all the time.
pub fn run(task: &Task, threads: u64) -> Result<Outcome> {
    let beside = task.directory.with_extension("floor");
    std::fs::create_dir(&beside)?;
    let floor_before = raw_floor(&beside)?.rate();
    let engine = task.open(&task.settings(task.synced_memtable_bytes))?;
    let mut outcome = Outcome::default();
    let timing = Timing::run(
        threads,
        task.synced_puts,
        Timed::All,
        || (),
        |number, ()| engine.put_synced(&key(number), &value(number)),
    )?;
    require_background_work(engine.as_ref(), &mut outcome)?;
    engine.close()?;
    let floor_after = raw_floor(&beside)?.rate();
    std::fs::remove_dir(&beside)?;
    let floor = f64::midpoint(floor_before, floor_after);
    let name = format!("put + sync, {threads} thread{}", if threads == 1 { "" } else { "s" });
    timing.report(&mut outcome, &name, 1);
    outcome.note(format!("{name}: raw floor beside it, 1 thread"), floor, Unit::PerSecond);
    outcome.higher(format!("{name}: times the floor"), timing.rate() / floor, Unit::Times);
    Ok(outcome)
}
