//! Cassandra's own tools beside `cqlite`.

use std::io;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cqlite_tests::cassandra::{self, Tools};
use cqlite_tests::performance::Unit;

use crate::load::Result;
use crate::suite::Stage;

/// Dumps a table of 12 columns, and tells its metadata.
///
/// # Errors
/// If a tool fails.
pub fn run(stage: &Stage) -> Result<()> {
    let cassandra = stage.cassandra()?;
    let rows = stage.scale().of(100, 10_000, 100_000);
    stage.tell(format!("Cassandra writes a table of {rows} rows"));
    let data = cassandra::bench_table(&cassandra, &stage.empty("table")?, rows)?;
    let mut tools = Tools::start(&cassandra)?;
    // The first is for the compiler of the JVM.
    tools.sstabledump_to::<&str>(&data, &["-l"], &mut io::sink())?;
    for round in 0..stage.rounds() {
        stage.tell(format!("round {}", round + 1));
        let begun = Instant::now();
        tools.sstabledump_to::<&str>(&data, &["-l"], &mut io::sink())?;
        let by_cassandra = begun.elapsed();
        let by_cqlite = timed(Command::new(cqlite_tests::cqlite::path()).args(["dump", "-l"]).arg(&data))?;
        tell(stage, "dump", by_cassandra, by_cqlite);
        let begun = Instant::now();
        tools.sstablemetadata::<&str>(&data, &[])?;
        let by_cassandra = begun.elapsed();
        let by_cqlite = timed(Command::new(cqlite_tests::cqlite::path()).arg("info").arg(&data))?;
        tell(stage, "metadata", by_cassandra, by_cqlite);
    }
    Ok(())
}

fn timed(command: &mut Command) -> Result<Duration> {
    let begun = Instant::now();
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status()?;
    match status.success() {
        true => Ok(begun.elapsed()),
        false => Err(format!("{command:?} ended with {status}").into()),
    }
}

fn tell(stage: &Stage, what: &str, by_cassandra: Duration, by_cqlite: Duration) {
    let (cassandra, cqlite) = (by_cassandra.as_secs_f64(), by_cqlite.as_secs_f64());
    for (figure, unit, value) in [
        ("cassandra", Unit::Seconds, cassandra),
        ("cqlite", Unit::Seconds, cqlite),
        ("to_cassandra", Unit::Times, cassandra / cqlite),
    ] {
        stage.monitor().record_metric(&format!("peers.{what}.{figure}"), unit, value);
    }
}
