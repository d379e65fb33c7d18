//! The process of one scenario, from both sides.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cqlite_tests::performance::{
    MonitorRecord, PartEnd, PerformanceMonitor, PerformanceTargets, ProcessMemory, Sampling, Unit,
};
use rustix::process::{Signal, set_parent_process_death_signal};
use serde::{Deserialize, Serialize};

use super::run::targets_of;
use super::told::Told;
use super::{NotRun, Scale, Scenario, Stage};
use crate::load::{Error, Result};

/// The first argument of the process of a scenario.
pub(super) const ARGUMENT: &str = "scenario";

/// So often counters are told.
const EVERY: Duration = Duration::from_millis(500);

/// What the process of a scenario is told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Order {
    /// The full name of the scenario.
    pub(super) scenario: String,
    pub(super) scale: Scale,
    /// An empty directory.
    pub(super) directory: PathBuf,
    /// The part of a further process of the scenario.
    pub(super) role: Option<String>,
    /// Whether its allocator is told to be sparing.
    pub(super) is_sparing: bool,
}

impl Order {
    /// The order to a further process of the scenario.
    pub(super) fn with_role(&self, role: &str) -> Self {
        Self { role: Some(role.to_owned()), ..self.clone() }
    }

    /// Starts a process of the program.
    pub(super) fn start(&self, program: &Path) -> Result<Child> {
        let mut command = Command::new(program);
        if self.is_sparing {
            command.env("MALLOC_ARENA_MAX", "2");
        }
        let command = command
            .arg(ARGUMENT)
            .arg(serde_json::to_string(self)?)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        command.map_err(|error| format!("cannot start {}: {error}", program.display()).into())
    }

    /// Starts a process of the program, waits for it, and tells what it tells.
    pub(super) fn carry_out(
        &self,
        program: &Path,
        mut hear: impl FnMut(&Told),
    ) -> Result<(PartEnd, Option<Box<MonitorRecord>>)> {
        let mut child = self.start(program)?;
        let output = child.stdout.take().ok_or("the process of the scenario has no output")?;
        let mut last = None;
        for line in BufReader::new(output).lines() {
            match serde_json::from_str(&line?)? {
                Told::Ended(end, record) => last = Some((end, Some(record))),
                told => hear(&told),
            }
        }
        let status = child.wait()?;
        Ok(last.unwrap_or_else(|| (PartEnd::Failed(format!("its process ended with {status}")), None)))
    }
}

/// Runs a scenario in this process, and tells what comes of it.
pub(super) fn play(order: &str, scenarios: &[Scenario]) -> Result<()> {
    // What was started for somebody who is gone is of no use.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let order: Order = serde_json::from_str(order)?;
    let scenario = scenarios
        .iter()
        .find(|scenario| scenario.full_name() == order.scenario)
        .ok_or_else(|| format!("there is no scenario {}", order.scenario))?;
    let monitor = Arc::new(PerformanceMonitor::with_targets(PerformanceTargets::none()));
    let sampling =
        Sampling::start(Arc::clone(&monitor), EVERY, |counters| tell(&Told::Live(counters.to_vec())));
    let stage = Stage::new(order, Arc::clone(&monitor), |step| {
        tell(&Told::Step(step.to_owned()));
    });
    let end = act(scenario, &stage);
    drop(sampling);
    if let Some(memory) = ProcessMemory::now() {
        let name = format!("{}.{}.peak_memory", scenario.suite, scenario.name);
        monitor.record_metric(&name, Unit::Bytes, memory.peak_bytes as f64);
    }
    tell(&Told::Ended(end, Box::new(monitor.to_record())));
    Ok(())
}

/// Runs a scenario on a stage.
fn act(scenario: &Scenario, stage: &Stage) -> PartEnd {
    let begun = Instant::now();
    let ended = catch_unwind(AssertUnwindSafe(|| (scenario.run)(stage)));
    stage.monitor().record_time(&scenario.full_name(), begun.elapsed());
    match ended {
        Ok(Ok(())) => PartEnd::Completed,
        Ok(Err(error)) => end_of(&error),
        Err(_) => PartEnd::Failed("it panicked: see above".to_owned()),
    }
}

fn end_of(error: &Error) -> PartEnd {
    match error.downcast_ref::<NotRun>() {
        Some(reason) => PartEnd::NotRun(reason.to_string()),
        None => PartEnd::Failed(error.to_string()),
    }
}

#[allow(clippy::print_stdout, reason = "the line is for the process that started this one")]
fn tell(told: &Told) {
    if let Ok(line) = serde_json::to_string(told) {
        let mut output = io::stdout().lock();
        // Who does not listen any more has ended this process.
        let _nobody_listens = writeln!(output, "{line}").and_then(|()| output.flush());
    }
}

/// What goes on in a further process of a scenario, as it tells of it. It ends with the process.
///
/// # Errors
/// If its output was taken already. Each step is one if what it tells cannot be read.
pub fn steps_of(child: &mut Child) -> Result<impl Iterator<Item = Result<String>> + use<>> {
    let output = child.stdout.take().ok_or("the process of the scenario has no output")?;
    let told = BufReader::new(output).lines().map(|line| Ok(serde_json::from_str(&line?)?));
    Ok(told.filter_map(|told: Result<Told>| match told {
        Ok(Told::Step(step)) => Some(Ok(step)),
        Ok(Told::Ended(PartEnd::Completed, _) | Told::Live(_)) => None,
        Ok(Told::Ended(end, _)) => Some(Err(end.reason().unwrap_or_default().into())),
        Err(error) => Some(Err(error)),
    }))
}

/// Has a process of this program run a scenario in a directory, which is made and removed.
///
/// # Errors
/// If the directory cannot be made or removed, or the process cannot be started or understood. What goes wrong in the scenario is no error.
pub(super) fn perform(
    program: &Path,
    scenario: &Scenario,
    scale: Scale,
    directory: &Path,
    hear: impl FnMut(&Told),
) -> Result<(PartEnd, Option<Box<MonitorRecord>>)> {
    fs::create_dir(directory).map_err(|error| format!("cannot make {}: {error}", directory.display()))?;
    let order = Order {
        scenario: scenario.full_name(),
        scale,
        directory: directory.to_owned(),
        role: None,
        is_sparing: scenario.is_sparing,
    };
    let performed = order.carry_out(program, hear);
    fs::remove_dir_all(directory)
        .map_err(|error| format!("cannot remove {}: {error}", directory.display()))?;
    performed
}

/// Has a process of this program, which runs scenarios, run one in a new directory: what it measured, and how it ended.
///
/// # Errors
/// If it cannot be started or understood. What goes wrong in the scenario is no error.
pub fn try_out(program: &Path, scenario: &Scenario, scale: Scale) -> Result<(PartEnd, PerformanceMonitor)> {
    let parent = tempfile::tempdir()?;
    let (end, record) = perform(program, scenario, scale, &parent.path().join("data"), |_| ())?;
    let targets = targets_of(&[*scenario]);
    let monitor = PerformanceMonitor::with_targets(targets);
    record.iter().for_each(|record| monitor.absorb(record));
    Ok((end, monitor))
}
