//! A hundred clients.

use cqlite_tests::performance::Unit;

use super::{CLIENTS, engine, mix};
use crate::load::{Asked, Engine as _, KeyDistribution, Result, Until};
use crate::suite::Stage;
use crate::suites::ground::{closed, fill};

/// Each asks again as soon as it is answered.
///
/// # Errors
/// If an operation fails.
pub fn run(stage: &Stage) -> Result<()> {
    let records = stage.scale().of(1_000, 100_000, 1_000_000);
    let engine = engine(stage, &stage.empty("data")?)?;
    fill(stage, &engine, records)?;
    engine.settle()?;
    for round in 0..stage.rounds() {
        stage.tell(format!("round {}", round + 1));
        let asked = Asked::new(mix(), KeyDistribution::Zipfian, records)?;
        let until = Until::Operations(stage.scale().of(1_000, 100_000, 2_000_000));
        let driven = closed(stage, "crowd", &engine, &asked, CLIENTS, until, round)?;
        stage.monitor().record_metric("crowd", Unit::PerSecond, driven.all.throughput());
        for (kind, figures) in &driven.kinds {
            stage.monitor().record_batch(&format!("crowd.{kind}"), figures);
        }
    }
    engine.close()
}
