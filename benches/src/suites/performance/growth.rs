//! What more rows cost.

use cqlite_tests::performance::{PerformanceTargets, Unit};

use crate::load::{
    Asked, Engine as _, KeyDistribution, OperationKind, OperationMix, RecordShape, Result, Until,
};
use crate::suite::Stage;
use crate::suites::ground::{closed, engine, fill};

const FEW: u64 = 1_000_000;
const MANY: u64 = 10_000_000;

/// The same mixed load over few rows and over many, in turns: the worse ratio counts.
///
/// # Errors
/// If an operation fails.
pub fn run(stage: &Stage) -> Result<()> {
    let smaller = stage.scale().of(1_000, 100, 1);
    let engines = [("few", FEW / smaller), ("many", MANY / smaller)]
        .into_iter()
        .map(|(name, records)| {
            let engine = engine(stage, &stage.empty(name)?, RecordShape::SMALL)?;
            let filled = fill(stage, &engine, records)?;
            let figure = format!("growth.fill.{name}");
            stage.monitor().record_metric(&figure, Unit::PerSecond, filled.records_per_second());
            engine.settle()?;
            Ok((name, records, engine))
        })
        .collect::<Result<Vec<_>>>()?;
    let mix = OperationMix::new([
        (OperationKind::Read, 50),
        (OperationKind::Update, 25),
        (OperationKind::Insert, 25),
    ]);
    for round in 0..stage.rounds() {
        let mut rates = Vec::new();
        for (name, records, engine) in &engines {
            stage.tell(format!("{records} rows, round {}", round + 1));
            let asked = Asked::new(mix.clone(), KeyDistribution::Zipfian, *records)?;
            let until = Until::Operations(stage.scale().of(1_000, 10_000, 1_000_000));
            let figure = format!("growth.{name}");
            let driven = closed(stage, &figure, engine, &asked, stage.busy_clients(), until, round)?;
            stage.monitor().record_metric(&figure, Unit::PerSecond, driven.all.throughput());
            engine.settle()?;
            rates.push(driven.all.throughput());
        }
        if let [few, many] = rates[..] {
            stage.monitor().record_metric(PerformanceTargets::GROWTH, Unit::Times, many / few);
        }
    }
    engines.into_iter().try_for_each(|(_, _, engine)| engine.close())
}
