//! Queries of many kinds, with answers that a naive model gives as well.

use std::time::Instant;

use cqlite_core::Database;
use cqlite_core::query::ExecuteOptions;
use cqlite_core::storage::compaction::scheduler::CompactionRequest;
use cqlite_tests::performance::Unit;

use super::model::{Model, Reading};
use super::query::{KINDS, Query};
use crate::load::Result;
use crate::scatter;
use crate::suite::Stage;

/// Readings of a station.
const READINGS: i32 = 100;

/// Fills a table and its model in the same way, and compares random queries: while part of it is in memory and part in SSTables, and
/// when all is in one SSTable.
///
/// # Errors
/// If an answer differs from that of the model.
pub(super) fn run(stage: &Stage) -> Result<()> {
    let stations: i32 = stage.scale().of(5, 20, 100);
    let db = stage.database(&stage.empty("data")?)?.auto_snapshot(false).open()?;
    for statement in [
        "CREATE KEYSPACE weather WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        "CREATE TABLE weather.readings (station int, number int, temperature int, status text, PRIMARY KEY (station, number))",
        "CREATE INDEX ON weather.readings (status)",
    ] {
        db.execute(statement, ())?;
    }
    let mut model = Model::default();
    stage.tell("readings are written, written again and deleted");
    write(&db, &mut model, stations)?;
    for round in 0..stage.rounds() {
        compare(stage, &db, &model, stations, round, "mixed")?;
    }
    db.compact(db.table("weather", "readings")?.id(), &CompactionRequest::Major { splits: false })?;
    for round in 0..stage.rounds() {
        compare(stage, &db, &model, stations, round + 100, "compacted")?;
    }
    Ok(db.close()?)
}

fn write(db: &Database, model: &mut Model, stations: i32) -> Result<()> {
    let mut session = db.session();
    let insert = session
        .prepare("INSERT INTO weather.readings (station, number, temperature, status) VALUES (?, ?, ?, ?)")?;
    let delete = session.prepare("DELETE FROM weather.readings WHERE station = ? AND number = ?")?;
    let range =
        session.prepare("DELETE FROM weather.readings WHERE station = ? AND number >= ? AND number < ?")?;
    let table = db.table("weather", "readings")?.id();
    for pass in 0..3_u64 {
        for station in 0..stations {
            for number in 0..READINGS {
                let random = scatter(
                    pass << 48 | u64::from(station.unsigned_abs()) << 24 | u64::from(number.unsigned_abs()),
                );
                if pass > 0 && random & 3 != 0 {
                    continue;
                }
                if random >> 2 & 7 == 0 {
                    session.execute_prepared(&delete, (station, number), ExecuteOptions::default())?;
                    model.delete(station, number..number + 1);
                    continue;
                }
                let temperature = (random >> 8 & 0x3f) as i32 - 20;
                let status = match (random >> 16) % 5 {
                    0 => "late",
                    1 => "broken",
                    _ => "fine",
                };
                let values = (station, number, temperature, status);
                session.execute_prepared(&insert, values, ExecuteOptions::default())?;
                model.insert(Reading { station, number, temperature, status });
            }
            let from = (scatter(pass << 32 | u64::from(station.unsigned_abs())) % 100) as i32;
            session.execute_prepared(&range, (station, from, from + 5), ExecuteOptions::default())?;
            model.delete(station, from..from + 5);
        }
        // The last pass stays in memory.
        if pass < 2 {
            db.flush(table)?;
        }
    }
    Ok(())
}

fn compare(stage: &Stage, db: &Database, model: &Model, stations: i32, round: u64, when: &str) -> Result<()> {
    stage.tell(format!("queries are compared with a model, {when}"));
    let queries: u64 = stage.scale().of(100, 1_000, 10_000);
    let mut session = db.session();
    let (mut seconds, mut rows) = (0.0, 0);
    for number in 0..queries {
        let random = scatter(round << 32 | number);
        let Some(kind) = KINDS.get(number as usize % KINDS.len()) else { continue };
        let Query { cql, is_ordered, mut expected } = kind(model, stations, random);
        let begun = Instant::now();
        let answer = session.execute(&cql, ()).map_err(|error| format!("{cql}: {error}"))?;
        let answer = answer.rows().ok_or("a SELECT is answered with rows")?;
        seconds += begun.elapsed().as_secs_f64();
        rows += answer.len();
        let mut found: Vec<Vec<String>> = answer.rows().map(|row| row.values().map(told).collect()).collect();
        if !is_ordered {
            found.sort();
            expected.sort();
        }
        if found != expected {
            return Err(format!("{when}: {cql} answers {found:?} in place of {expected:?}").into());
        }
    }
    let monitor = stage.monitor();
    monitor.record_metric(&format!("complex_queries.{when}"), Unit::PerSecond, queries as f64 / seconds);
    monitor.record_metric(&format!("complex_queries.{when}.rows"), Unit::PerSecond, rows as f64 / seconds);
    Ok(())
}

/// A value as text: whole numbers of four or eight bytes that are no text, or text.
fn told(value: Option<&[u8]>) -> String {
    match value {
        None => "null".to_owned(),
        Some(bytes) if bytes.iter().all(u8::is_ascii_lowercase) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
        Some(bytes) => {
            let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
            let start = if negative { -1_i64 } else { 0 };
            bytes.iter().fold(start, |number, byte| number << 8 | i64::from(*byte)).to_string()
        }
    }
}
