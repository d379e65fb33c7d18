//! The process of one scenario, from both sides.

use std::env;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cqlite_tests::performance::{
    MonitorRecord, PartEnd, PerformanceMonitor, PerformanceTargets, ProcessMemory, Sampling, Unit,
};
use rustix::process::{Signal, set_parent_process_death_signal};
use serde::{Deserialize, Serialize};

use super::told::Told;
use super::{NotRun, Scale, Scenario, Stage};
use crate::load::{Error, Result};

/// The first argument of the process of a scenario.
pub(super) const ARGUMENT: &str = "scenario";

/// So often counters are told.
const EVERY: Duration = Duration::from_millis(500);

/// What the process of a scenario is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    /// The full name of the scenario.
    pub(super) scenario: String,
    pub(super) scale: Scale,
    /// An empty directory.
    pub(super) directory: PathBuf,
}

impl Order {
    /// Starts the process, waits for it, and tells what it tells.
    pub(super) fn carry_out(
        &self,
        mut hear: impl FnMut(&Told),
    ) -> Result<(PartEnd, Option<Box<MonitorRecord>>)> {
        let mut child = Command::new(env::current_exe()?)
            .arg(ARGUMENT)
            .arg(serde_json::to_string(self)?)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
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
    let stage = Stage::new(order.directory, order.scale, Arc::clone(&monitor), |step| {
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
pub(super) fn act(scenario: &Scenario, stage: &Stage) -> PartEnd {
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

/// The directory of a scenario's process.
pub(super) fn directory(work: &Path, scenario: &Scenario) -> PathBuf {
    work.join(format!("{}-{}", scenario.suite, scenario.name))
}
