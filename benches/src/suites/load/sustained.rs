//! A load that does not end soon.

use std::time::Duration;

use cqlite_tests::performance::{Bound, Target, Unit};

use super::{engine, mix};
use crate::load::{Asked, Engine as _, KeyDistribution, Result, Until};
use crate::suite::Stage;
use crate::suites::ground::{closed, fill};

const CLIENTS: u64 = 16;
const LAST_TO_FIRST: &str = "sustained.last_to_first";

/// A load that goes on does not become slow.
pub fn targets() -> Vec<Target> {
    let what = "throughput of the last third of a sustained load to that of the first";
    vec![Target::new(LAST_TO_FIRST, what, Unit::Times, Bound::AtLeast(0.7))]
}

/// Three thirds without a pause between them.
///
/// # Errors
/// If an operation fails.
pub fn run(stage: &Stage) -> Result<()> {
    let records = stage.scale().of(1_000, 50_000, 500_000);
    let engine = engine(stage, &stage.empty("data")?)?;
    fill(stage, &engine, records)?;
    engine.settle()?;
    let asked = Asked::new(mix(), KeyDistribution::Zipfian, records)?;
    let third = Duration::from_millis(stage.scale().of(100, 1_000, 10_000));
    let mut rates = Vec::new();
    for number in 0..3 {
        stage.tell(format!("third {}", number + 1));
        let until = Until::Elapsed(third);
        let driven = closed(stage, "sustained", &engine, &asked, CLIENTS, until, number)?;
        stage.monitor().record_batch("sustained", &driven.all);
        rates.push(driven.all.throughput());
    }
    if let (Some(first), Some(last)) = (rates.first(), rates.last()) {
        stage.monitor().record_metric(LAST_TO_FIRST, Unit::Times, last / first);
    }
    let metrics = engine.database().metrics();
    stage.monitor().record_metric("sustained.stalled_writes", Unit::Count, metrics.stalled_writes as f64);
    stage.monitor().record_metric(
        "sustained.stalled_time",
        Unit::Seconds,
        metrics.stalled_time.as_secs_f64(),
    );
    engine.close()
}
