//! Queries over sensor readings.

use std::time::{Duration, Instant};

use cqlite_core::Database;
use cqlite_core::query::{ExecuteOptions, Session, Value};
use cqlite_tests::performance::{BatchPerformanceMeasurer, Unit};

use crate::load::Result;
use crate::suite::Stage;

/// Readings of a station.
const READINGS: u32 = 2_000;

/// Queries by the names of their figures, with the rows that each reads of those there are: of one station, or of all.
struct Query {
    name: &'static str,
    cql: &'static str,
    /// How many rows are answered, of so many stations.
    rows: fn(u32) -> u64,
    /// How many rows are read to answer it.
    read: fn(u32) -> u64,
    is_of_station: bool,
}

const QUERIES: [Query; 10] = [
    Query {
        name: "slice",
        cql: "SELECT * FROM readings WHERE station = ? AND number >= 500 AND number < 600",
        rows: |_| 100,
        read: |_| 100,
        is_of_station: true,
    },
    Query {
        name: "newest",
        cql: "SELECT * FROM readings WHERE station = ? ORDER BY number DESC LIMIT 10",
        rows: |_| 10,
        read: |_| 10,
        is_of_station: true,
    },
    Query {
        name: "in",
        cql: "SELECT temperature FROM readings WHERE station = ? AND number IN (1, 10, 100, 1000)",
        rows: |_| 4,
        read: |_| 4,
        is_of_station: true,
    },
    Query {
        name: "partition",
        cql: "SELECT * FROM readings WHERE station = ?",
        rows: |_| u64::from(READINGS),
        read: |_| u64::from(READINGS),
        is_of_station: true,
    },
    Query {
        name: "aggregates",
        cql: "SELECT count(*), min(temperature), max(temperature), avg(humidity), sum(number) FROM readings WHERE station = ?",
        rows: |_| 1,
        read: |_| u64::from(READINGS),
        is_of_station: true,
    },
    Query {
        name: "groups",
        cql: "SELECT station, count(*), avg(temperature) FROM readings GROUP BY station",
        rows: |stations| u64::from(stations),
        read: |stations| u64::from(stations) * u64::from(READINGS),
        is_of_station: false,
    },
    Query {
        name: "filter",
        cql: "SELECT station, number FROM readings WHERE temperature > 38 ALLOW FILTERING",
        rows: |stations| u64::from(stations) * u64::from(READINGS) / 40,
        read: |stations| u64::from(stations) * u64::from(READINGS),
        is_of_station: false,
    },
    Query {
        name: "per_partition",
        cql: "SELECT * FROM readings PER PARTITION LIMIT 2",
        rows: |stations| u64::from(stations) * 2,
        read: |stations| u64::from(stations) * 2,
        is_of_station: false,
    },
    Query {
        name: "distinct",
        cql: "SELECT DISTINCT station FROM readings",
        rows: |stations| u64::from(stations),
        read: |stations| u64::from(stations),
        is_of_station: false,
    },
    Query {
        name: "index",
        cql: "SELECT number FROM readings WHERE status = 'broken'",
        rows: |stations| u64::from(stations) * 2,
        read: |stations| u64::from(stations) * 2,
        is_of_station: false,
    },
];

/// Each query again and again, with answers of which the number of rows is known.
///
/// # Errors
/// If an answer has another number of rows.
pub fn run(stage: &Stage) -> Result<()> {
    let stations: u32 = stage.scale().of(4, 40, 500);
    let db = stage.database(&stage.empty("data")?)?.open()?;
    write(stage, &db, stations)?;
    let mut session = db.session();
    session.execute("USE weather", &[])?;
    for round in 0..stage.rounds() {
        for query in &QUERIES {
            stage.tell(format!("{}, round {}", query.name, round + 1));
            let measured = measure(stage, &mut session, query, stations)?;
            let figures = measured.finalize();
            stage.monitor().record_batch(&format!("queries.{}", query.name), &figures);
            let rows = figures.throughput() * (query.read)(stations) as f64;
            stage.monitor().record_metric(&format!("queries.{}.rows", query.name), Unit::PerSecond, rows);
        }
    }
    Ok(db.close()?)
}

fn measure(
    stage: &Stage,
    session: &mut Session<'_>,
    query: &Query,
    stations: u32,
) -> Result<BatchPerformanceMeasurer> {
    let select = session.prepare(query.cql)?;
    let enough = Duration::from_millis(stage.scale().of(1, 100, 2_000));
    let expected = (query.rows)(stations);
    let recorder = stage.monitor().recorder(&format!("queries.{}", query.name));
    let mut measurer = BatchPerformanceMeasurer::new();
    let started = Instant::now();
    for repetition in 0_u64.. {
        if repetition > 0 && started.elapsed() >= enough {
            break;
        }
        let station = (repetition as u32 % stations).to_be_bytes();
        let values = if query.is_of_station { &[Value::borrowed(&station)][..] } else { &[] };
        let begun = Instant::now();
        let answer = session.execute_prepared(&select, values, ExecuteOptions::default())?;
        let found = answer.rows().map_or(0, |rows| rows.len() as u64);
        let latency = begun.elapsed();
        recorder.record(latency);
        measurer.record_operation(latency);
        if found != expected {
            return Err(format!("{}: {found} rows were answered in place of {expected}", query.cql).into());
        }
    }
    Ok(measurer)
}

fn write(stage: &Stage, db: &Database, stations: u32) -> Result<()> {
    stage.tell(format!("{} readings are written", u64::from(stations) * u64::from(READINGS)));
    let mut session = db.session();
    for statement in [
        "CREATE KEYSPACE weather WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        "USE weather",
        "CREATE TABLE readings (station int, number int, temperature int, humidity double, status text, PRIMARY KEY (station, number))",
        "CREATE INDEX ON readings (status)",
    ] {
        session.execute(statement, &[])?;
    }
    let insert = session.prepare(
        "INSERT INTO readings (station, number, temperature, humidity, status) VALUES (?, ?, ?, ?, ?)",
    )?;
    for station in 0..stations {
        for number in 0..READINGS {
            // Each temperature from 0 to 39 is as frequent as the others.
            let temperature = ((number.wrapping_mul(7)) % 40).to_be_bytes();
            let humidity = f64::from(number % 100).to_be_bytes();
            let status: &[u8] = if number % 1_000 == 0 { b"broken" } else { b"fine" };
            let (station, number) = (station.to_be_bytes(), number.to_be_bytes());
            let values = [&station[..], &number, &temperature, &humidity, status].map(Value::borrowed);
            session.execute_prepared(&insert, &values, ExecuteOptions::default())?;
        }
    }
    db.flush(db.table("weather", "readings")?.id())?;
    db.wait_idle();
    Ok(())
}
