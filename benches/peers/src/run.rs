//! The parent: starts a process for each run of a workload with an engine, in alternating order.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs};

use serde::Serialize;

use crate::arguments::Arguments;
use crate::engine::EngineName;
use crate::outcome::Outcome;
use crate::process::load_average;
use crate::result::Result;
use crate::workload::{Part, Task, WRITTEN, Workload};

const MIB: u64 = 1 << 20;
const MB: u64 = 1_000_000;
/// The first argument of a process that does one task.
pub const TASK_ARGUMENT: &str = "task";

/// One run of a workload with an engine.
#[derive(Debug, Serialize)]
pub struct Run {
    /// Counted from 0.
    pub run: u32,
    /// The workload.
    pub workload: Workload,
    /// The engine.
    pub engine: EngineName,
    /// The machine's load of the last minute when the run began.
    pub load_average: f64,
    /// What it gave.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// Does all that the arguments ask for. Every other round goes through the engines the other way round.
pub fn run_all(arguments: &Arguments, engines: &[EngineName], workloads: &[Workload]) -> Result<Vec<Run>> {
    let parent = arguments.directory.join(format!("engines-{}", std::process::id()));
    fs::create_dir_all(&parent)?;
    let runs = run_in(&parent, arguments, engines, workloads);
    fs::remove_dir_all(&parent)?;
    runs
}

fn run_in(
    parent: &Path,
    arguments: &Arguments,
    engines: &[EngineName],
    workloads: &[Workload],
) -> Result<Vec<Run>> {
    let mut runs = Vec::new();
    for run in 0..arguments.runs {
        for &workload in workloads {
            let mut order = engines.to_vec();
            if run % 2 == 1 {
                order.reverse();
            }
            for engine in order {
                if workload == Workload::Backpressure && !engine.can_be_slowed() {
                    eprintln!("{} has no way to write SSTables slowly: left out", engine.name());
                    continue;
                }
                let load_average = load_average()?;
                eprintln!("run {}: {}, {}, load {load_average:.2}", run + 1, workload.name(), engine.name());
                let directory = parent.join(format!("{}-{}-{run}", workload.name(), engine.name()));
                fs::create_dir(&directory)?;
                let outcome = in_processes(&task(arguments, workload, engine, directory.clone()))
                    .map_err(|error| format!("{} with {}: {error}", workload.name(), engine.name()))?;
                fs::remove_dir_all(&directory)?;
                if let Some(reason) = &outcome.void {
                    eprintln!("    void: {reason}");
                }
                runs.push(Run { run, workload, engine, load_average, outcome });
            }
        }
    }
    Ok(runs)
}

fn task(arguments: &Arguments, workload: Workload, engine: EngineName, directory: PathBuf) -> Task {
    Task {
        engine,
        workload,
        part: Part::Whole,
        directory,
        puts: arguments.puts,
        synced_puts: arguments.synced_puts,
        reads: arguments.reads,
        records: arguments.records,
        operations: arguments.operations,
        cache_bytes: arguments.cache * MIB,
        memtable_bytes: arguments.memtable * MIB,
        synced_memtable_bytes: arguments.synced_memtable * MIB,
        slow_bytes_per_second: arguments.slow_rate * MB,
        slow_seconds: arguments.slow_time,
    }
}

fn in_processes(task: &Task) -> Result<Outcome> {
    if task.workload != Workload::Open {
        return finish(start(task)?);
    }
    let mut writer = start(&Task { part: Part::WriteLog, ..task.clone() })?;
    let mut line = String::new();
    let output = writer.stdout.take().ok_or("the process has no output")?;
    BufReader::new(output).read_line(&mut line)?;
    // SIGKILL: the engine gets no chance to put anything in order.
    writer.kill()?;
    writer.wait()?;
    if line.trim_end() != WRITTEN {
        return Err("the process that was to write a log ended before it was done".into());
    }
    finish(start(&Task { part: Part::OpenLog, ..task.clone() })?)
}

fn start(task: &Task) -> Result<Child> {
    Ok(Command::new(env::current_exe()?)
        .arg(TASK_ARGUMENT)
        .arg(serde_json::to_string(task)?)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?)
}

fn finish(mut child: Child) -> Result<Outcome> {
    let mut text = String::new();
    child.stdout.take().ok_or("the process has no output")?.read_to_string(&mut text)?;
    let status = child.wait()?;
    if !status.success() {
        return Err(format!("the process ended with {status}").into());
    }
    Ok(serde_json::from_str(&text)?)
}
