//! Storage engines side by side: the same keys, workloads and limits for each, one process a run.

mod arguments;
mod engine;
mod key;
mod outcome;
mod process;
mod report;
mod result;
mod run;
mod timing;
mod workload;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::{env, fs};

use clap::{Parser as _, ValueEnum as _};
use serde::Serialize;

use arguments::Arguments;
use engine::EngineName;
use report::Summary;
use result::Result;
use run::Run;
use workload::{Task, Workload};

/// The versions that Cargo took.
const LOCK: &str = include_str!("../Cargo.lock");

/// All of a measurement, for other programs.
#[derive(Debug, Serialize)]
struct Json<'a> {
    versions: BTreeMap<&'static str, &'static str>,
    puts: u64,
    synced_puts: u64,
    records: u64,
    operations: u64,
    reads: u64,
    cache_mib: u64,
    memtable_mib: u64,
    synced_memtable_mib: u64,
    summaries: &'a [Summary],
    runs: &'a [Run],
}

fn main() -> ExitCode {
    match measure() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn measure() -> Result<ExitCode> {
    let mut given = env::args().skip(1);
    if given.next().is_some_and(|first| first == run::TASK_ARGUMENT) {
        let task = serde_json::from_str::<Task>(&given.next().ok_or("the task is missing")?)?;
        println!("{}", serde_json::to_string(&task.run()?)?);
        return Ok(ExitCode::SUCCESS);
    }
    let arguments = Arguments::parse();
    let all = EngineName::value_variants();
    let engines = if arguments.engines.is_empty() { all } else { &arguments.engines };
    let workloads =
        if arguments.workloads.is_empty() { &Workload::DEFAULT[..] } else { &arguments.workloads };
    let runs = run::run_all(&arguments, engines, workloads)?;
    let summaries = report::summarize(&runs);
    report::print_table(&summaries, engines);
    let void = runs.iter().filter(|run| run.outcome.void.is_some()).count();
    println!("{} runs, {void} of them void", runs.len());
    for (name, version) in versions() {
        println!("{name} {version}");
    }
    if let Some(file) = &arguments.json {
        let json = Json {
            versions: versions(),
            puts: arguments.puts,
            synced_puts: arguments.synced_puts,
            records: arguments.records,
            operations: arguments.operations,
            reads: arguments.reads,
            cache_mib: arguments.cache,
            memtable_mib: arguments.memtable,
            synced_memtable_mib: arguments.synced_memtable,
            summaries: &summaries,
            runs: &runs,
        };
        fs::write(file, serde_json::to_string_pretty(&json)?)?;
    }
    Ok(if void == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The versions of the engines, out of the lock file this was built with.
fn versions() -> BTreeMap<&'static str, &'static str> {
    let quoted = |line: &'static str, name| line.strip_prefix(name)?.strip_prefix(" = \"")?.strip_suffix('"');
    let mut versions = BTreeMap::new();
    let mut package = "";
    for line in LOCK.lines() {
        if let Some(name) = quoted(line, "name") {
            package = name;
        } else if let Some(version) = quoted(line, "version")
            && ["fjall", "lsm-tree", "librocksdb-sys", "rocksdb"].contains(&package)
        {
            versions.insert(package, version);
        }
    }
    versions
}
