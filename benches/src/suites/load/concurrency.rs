//! As many clients as there can be.

use cqlite_tests::performance::Unit;

use super::{engine, mix};
use crate::load::{Asked, Engine as _, KeyDistribution, Result, Until};
use crate::suite::Stage;
use crate::suites::ground::{closed, fill};

/// More clients do not help any more where they come to less than this part of the best.
const WORTHWHILE: f64 = 0.5;

/// Twice as many clients each time, as long as they come to half of the best at least.
///
/// # Errors
/// If an operation fails.
pub fn run(stage: &Stage) -> Result<()> {
    let records = stage.scale().of(1_000, 50_000, 500_000);
    let engine = engine(stage, &stage.empty("data")?)?;
    fill(stage, &engine, records)?;
    engine.settle()?;
    for round in 0..stage.rounds() {
        let asked = Asked::new(mix(), KeyDistribution::Zipfian, records)?;
        let (mut most, mut best) = (0, 0.0_f64);
        for clients in [64, 128, 256, 512, 1_024] {
            stage.tell(format!("{clients} clients, round {}", round + 1));
            let until = Until::Operations(stage.scale().of(1_024, 40_000, 500_000));
            let name = format!("concurrency.{clients}");
            let driven = closed(stage, &name, &engine, &asked, clients, until, round)?;
            let rate = driven.all.throughput();
            stage.monitor().record_metric(&name, Unit::PerSecond, rate);
            best = best.max(rate);
            if rate < best * WORTHWHILE {
                break;
            }
            most = clients;
        }
        stage.monitor().record_metric("concurrency.clients", Unit::Count, most as f64);
    }
    engine.close()
}
