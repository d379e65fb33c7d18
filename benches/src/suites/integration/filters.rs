//! How well bloom filters keep absent keys away from the index and the data.

use std::time::Instant;

use cqlite_core::query::{ExecuteOptions, Value};
use cqlite_core::storage::compaction::scheduler::CompactionRequest;
use cqlite_core::{Database, Metrics};
use cqlite_sstable::{Format, Version};
use cqlite_tests::performance::{PerformanceTargets, Unit};

use crate::load::{Engine as _, RecordShape, Result};
use crate::suite::Stage;
use crate::suites::ground::{engine_with, fill};

const CHANCES: [f64; 2] = [0.01, 0.1];

const FORMATS: [(&str, Format); 2] = [("nb", Format::Big), ("da", Format::Bti)];

/// What absent keys came to.
struct Absent {
    /// False positives per filter that was asked, as a multiple of the chance that the table asks for.
    to_chance: f64,
    /// The share that was answered without data.
    without_data: f64,
}

/// Asks one SSTable for keys that it does not have, with an index of keys and with tries, and with two chances. The worst counts.
///
/// # Errors
/// If a key is found that is not there.
pub(super) fn run(stage: &Stage) -> Result<()> {
    let mut databases = Vec::new();
    let records: u64 = stage.scale().of(2_000, 100_000, 1_000_000);
    for (letters, format) in FORMATS {
        for chance in CHANCES {
            let name = format!("{letters}-{chance}");
            let version = Version::parse(letters, format)?;
            let options = format!("bloom_filter_fp_chance = {chance}");
            let directory = stage.empty(&name)?;
            let engine = engine_with(stage, &directory, RecordShape::SMALL, &options, |builder| {
                builder.without_commit_log().sstable_version(version)
            })?;
            fill(stage, &engine, records)?;
            engine.settle()?;
            let table = engine.database().table("load", "records")?.id();
            engine.database().compact(table, &CompactionRequest::Major { splits: false })?;
            databases.push((name, chance, engine));
        }
    }
    let asked: u64 = stage.scale().of(20_000, 100_000, 1_000_000);
    for round in 0..stage.rounds() {
        let (mut to_chance, mut without_data) = (0.0_f64, 1.0_f64);
        for (name, chance, engine) in &databases {
            stage.tell(format!("{name}: {asked} absent keys, round {}", round + 1));
            // Other keys in each round: the same would meet the same false positives.
            let first = records.saturating_add(round.saturating_mul(asked));
            let absent = ask(stage, name, engine.database(), *chance, first..first.saturating_add(asked))?;
            to_chance = to_chance.max(absent.to_chance);
            without_data = without_data.min(absent.without_data);
        }
        let monitor = stage.monitor();
        monitor.record_metric(PerformanceTargets::BLOOM_FALSE_POSITIVES, Unit::Times, to_chance);
        monitor.record_metric(PerformanceTargets::BLOOM_ABSENT_WITHOUT_DATA, Unit::Share, without_data);
    }
    databases.into_iter().try_for_each(|(_, _, engine)| engine.close())
}

fn ask(
    stage: &Stage,
    name: &str,
    db: &Database,
    chance: f64,
    numbers: std::ops::Range<u64>,
) -> Result<Absent> {
    let mut session = db.session();
    let select = session.prepare("SELECT * FROM load.records WHERE key = ?")?;
    let shape = RecordShape::SMALL;
    // A filter is read when it has been worth it.
    for number in 0..1_000 {
        session.execute_prepared(
            &select,
            &[Value::borrowed(&shape.key(number))],
            ExecuteOptions::default(),
        )?;
    }
    let count = numbers.end.saturating_sub(numbers.start).max(1) as f64;
    let before = db.metrics();
    let begun = Instant::now();
    for number in numbers {
        let key = shape.key(number);
        let answer =
            session.execute_prepared(&select, &[Value::borrowed(&key)], ExecuteOptions::default())?;
        if answer.rows().is_none_or(|rows| !rows.is_empty()) {
            return Err(format!("{name}: key {key:02x?} is found and not there").into());
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    let after = db.metrics();
    let since = |of: fn(&Metrics) -> u64| of(&after).saturating_sub(of(&before)) as f64;
    let consulted = since(|metrics| metrics.filter_rejections) + since(|metrics| metrics.filter_passes);
    let rate = since(|metrics| metrics.filter_false_positives) / consulted;
    // Whatever is read of Data.db goes through the cache of chunks.
    let touched = since(|metrics| metrics.chunk_cache_hits) + since(|metrics| metrics.chunk_cache_misses);
    let absent = Absent { to_chance: rate / chance, without_data: 1.0 - touched / count };
    let monitor = stage.monitor();
    monitor.record_metric(&format!("filters.{name}.absent"), Unit::PerSecond, count / seconds);
    monitor.record_metric(&format!("filters.{name}.false_positives"), Unit::Times, absent.to_chance);
    monitor.record_metric(&format!("filters.{name}.consulted"), Unit::Share, consulted / count);
    monitor.record_metric(&format!("filters.{name}.without_data"), Unit::Share, absent.without_data);
    Ok(absent)
}
