//! Storage engines side by side, by the program of `benches/peers`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use cqlite_tests::performance::Unit;
use cqlite_tests::repository;
use serde::Deserialize;

use crate::load::Result;
use crate::suite::{NotRun, Stage};

/// What the program tells of all runs, as far as it is needed here.
#[derive(Deserialize)]
struct Told {
    versions: std::collections::BTreeMap<String, String>,
    summaries: Vec<Summary>,
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Summary {
    name: String,
    engine: String,
    better: String,
    ratio: Option<f64>,
}

#[derive(Deserialize)]
struct Run {
    engine: String,
    figures: Vec<Figure>,
    void: Option<String>,
}

#[derive(Deserialize)]
struct Figure {
    name: String,
    value: f64,
    unit: String,
}

/// Runs the program, and takes its figures.
///
/// # Errors
/// If it fails; [`NotRun`] where it was not built.
pub fn run(stage: &Stage) -> Result<()> {
    let program = program()?;
    let json = stage.directory().join("engines.json");
    let (runs, count) = (stage.scale().of("1", "1", "5"), stage.scale().of("100000", "300000", "1000000"));
    let records = stage.scale().of("40000", "60000", "200000");
    stage.tell("engines are measured in turns");
    let output = Command::new(program)
        .args(["--runs", runs, "--puts", count, "--records", records, "--operations", count])
        .args(["--workload", "put,batches,ycsb-a,ycsb-b,ycsb-c,ycsb-d,ycsb-e,ycsb-f"])
        .args(["--memtable", stage.scale().of("1", "4", "16")])
        .arg("--directory")
        .arg(stage.directory())
        .arg("--json")
        .arg(&json)
        .output()?;
    if !json.exists() {
        return Err(format!(
            "the engines ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        )
        .into());
    }
    let told: Told = serde_json::from_str(&fs::read_to_string(&json)?)?;
    let peers: Vec<_> = told.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    stage.tell(peers.join(", "));
    for run in &told.runs {
        if let Some(void) = &run.void {
            return Err(format!("a run of {} is void: {void}", run.engine).into());
        }
        for Figure { name, value, unit } in &run.figures {
            let (unit, value) = in_base_unit(unit, *value)?;
            stage.monitor().record_metric(
                &format!("peers.{}.{}", figure_name(name), run.engine),
                unit,
                value,
            );
        }
    }
    let compared = told.summaries.iter().filter(|it| it.engine == "cqlite" && it.better != "neither");
    for Summary { name, ratio, .. } in compared {
        if let Some(ratio) = ratio {
            let figure = format!("peers.{}.to_best_peer", figure_name(name));
            stage.monitor().record_metric(&figure, Unit::Times, *ratio);
        }
    }
    Ok(())
}

/// `put, not synced, 1 thread, p99` as a part of a name.
fn figure_name(name: &str) -> String {
    let letters =
        name.chars().map(|letter| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' });
    let mut short = letters.collect::<String>();
    while short.contains("__") {
        short = short.replace("__", "_");
    }
    short.trim_matches('_').to_owned()
}

fn in_base_unit(unit: &str, value: f64) -> Result<(Unit, f64)> {
    Ok(match unit {
        "per second" => (Unit::PerSecond, value),
        "microseconds" => (Unit::Seconds, value / 1e6),
        "seconds" => (Unit::Seconds, value),
        "bytes" => (Unit::Bytes, value),
        "times" => (Unit::Times, value),
        _ => return Err(format!("the engines tell a figure in {unit}, which is not known here").into()),
    })
}

fn program() -> Result<PathBuf> {
    let places = [
        std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from),
        Some(repository().join("benches/peers/target")),
    ];
    let mut programs = places.into_iter().flatten().map(|target| target.join("release/engines"));
    programs.find(|program| program.exists()).ok_or_else(|| {
        NotRun::because("the engines are not built: `cd benches/peers && cargo build --release`").into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_the_engines_have_names_without_blanks_and_base_units() {
        assert_eq!(figure_name("put, not synced, 1 thread, p99"), "put_not_synced_1_thread_p99");
        assert_eq!(figure_name("load (records)"), "load_records");
        assert_eq!(in_base_unit("microseconds", 5.0).unwrap(), (Unit::Seconds, 5e-6));
        assert!(in_base_unit("furlongs", 5.0).is_err());
    }
}
