//! What clients wait at a rate that can be kept up.

use std::time::Duration;

use cqlite_tests::performance::Unit;

use super::{CLIENTS, engine, mix};
use crate::load::{Asked, CqliteEngine, Drive, Driven, Engine as _, KeyDistribution, Pace, Result, Until};
use crate::suite::Stage;
use crate::suites::ground::{closed, fill};

/// The part of the highest rate at which latencies are measured.
const PART: f64 = 0.7;
/// A rate is kept up if so much of it is carried out,
const CARRIED_OUT: f64 = 0.98;
/// and 99 of a hundred operations are late by less than this.
const LATE: Duration = Duration::from_millis(20);
/// Rates that are tried.
const TRIES: u64 = 5;

/// Looks for the highest rate that is kept up, and measures at 70 % of it.
///
/// # Errors
/// If an operation fails.
pub fn run(stage: &Stage) -> Result<()> {
    let records = stage.scale().of(1_000, 100_000, 1_000_000);
    let engine = engine(stage, &stage.empty("data")?)?;
    fill(stage, &engine, records)?;
    engine.settle()?;
    let asked = Asked::new(mix(), KeyDistribution::Zipfian, records)?;
    let time = Duration::from_millis(stage.scale().of(100, 1_500, 20_000));
    let highest = highest_rate(stage, &engine, &asked, time)?;
    stage.monitor().record_metric("open_loop.highest_rate", Unit::PerSecond, highest);
    let rate = highest * PART;
    for round in 0..stage.rounds() {
        stage.tell(format!("{} for {time:?}, round {}", Unit::PerSecond.text(rate), round + 1));
        let driven = at(stage, "open_loop", &engine, &asked, rate, time, 100 + round)?;
        stage.monitor().record_batch("open_loop", &driven.all);
        let metrics = engine.database().metrics();
        let searched = metrics.sstables_found as f64 / metrics.key_lookups.max(1) as f64;
        stage.monitor().record_metric("open_loop.sstables_per_read", Unit::Count, searched);
        let pending = metrics.pending_compaction_bytes as f64;
        stage.monitor().record_metric("open_loop.pending_compactions", Unit::Bytes, pending);
    }
    engine.close()
}

/// The highest rate that is kept up, between a tenth of what clients come to that do not wait for a schedule, and all of that.
///
/// Each rate is tried for as long as is measured later, so that what it leaves to flushes and compactions is a part of it.
fn highest_rate(stage: &Stage, engine: &CqliteEngine, asked: &Asked, time: Duration) -> Result<f64> {
    stage.tell("the highest rate is looked for");
    let unpaced = closed(stage, "unpaced", engine, asked, CLIENTS, Until::Elapsed(time), 0)?;
    let (mut kept_up, mut too_high) = (unpaced.all.throughput() / 10.0, unpaced.all.throughput() * 1.1);
    for attempt in 1..=TRIES {
        let rate = f64::midpoint(kept_up, too_high);
        stage.tell(format!("{} is tried", Unit::PerSecond.text(rate)));
        let driven = at(stage, "search", engine, asked, rate, time, attempt)?;
        match is_kept_up(&driven, rate) {
            true => kept_up = rate,
            false => too_high = rate,
        }
    }
    Ok(kept_up)
}

fn is_kept_up(driven: &Driven, rate: f64) -> bool {
    driven.all.throughput() >= rate * CARRIED_OUT
        && u128::from(driven.all.latency.p99_nanos) <= LATE.as_nanos()
}

fn at(
    stage: &Stage,
    name: &str,
    engine: &CqliteEngine,
    asked: &Asked,
    rate: f64,
    time: Duration,
    seed: u64,
) -> Result<Driven> {
    let drive = Drive { name, clients: CLIENTS, pace: Pace::Open(rate), until: Until::Elapsed(time), seed };
    drive.run(engine, asked, stage.monitor())
}
