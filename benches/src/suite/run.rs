//! A run of scenarios, one after another.

use std::env;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use cqlite_tests::performance::{
    DeviceFloor, History, Machine, Part, PartEnd, PerformanceMonitor, PerformanceTargets, Report,
    TerminalReport,
};

use super::child;
use super::screen::Screen;
use super::surroundings::{Surroundings, free_memory_bytes};
use super::work_directory::WorkDirectory;
use super::{Arguments, Scenario};
use crate::load::Result;

/// The time that the raw disk is measured for.
const FLOOR_TIME: Duration = Duration::from_secs(3);

/// A run: the scenarios that were asked for, and the targets that they measure.
pub(super) struct Run<'a> {
    arguments: &'a Arguments,
    scenarios: Vec<Scenario>,
    targets: PerformanceTargets,
}

impl<'a> Run<'a> {
    /// The run that is asked for, of these scenarios.
    ///
    /// # Errors
    /// If no scenario is asked for, or a line is moved of a target that the run does not have.
    pub(super) fn new(arguments: &'a Arguments, all: &[Scenario]) -> Result<Self> {
        let scenarios: Vec<_> = all.iter().filter(|scenario| arguments.ask_for(scenario)).copied().collect();
        if scenarios.is_empty() {
            return Err("no scenario is asked for: --list tells which there are".into());
        }
        let mut targets = targets_of(&scenarios);
        for (name, value) in &arguments.targets {
            targets = targets.overridden(name, *value)?;
        }
        Ok(Self { arguments, scenarios, targets })
    }

    /// What would be run.
    pub(super) fn list(&self) -> String {
        let lines = self.scenarios.iter().map(|scenario| {
            let targets: String = targets_of(&[*scenario])
                .iter()
                .map(|target| format!("\n    {}: {}", target.name, target.bound.text(target.unit)))
                .collect();
            format!("{}\n    {}{targets}\n", scenario.full_name(), scenario.about)
        });
        lines.collect()
    }

    /// Runs all, tells the verdicts, and writes the report.
    ///
    /// # Errors
    /// If the machine does not offer what is needed, or something cannot be read or written.
    pub(super) fn run(&self) -> Result<Report> {
        let Arguments { directory, output, .. } = self.arguments;
        let work = WorkDirectory::new(directory)?;
        fs::create_dir_all(output).map_err(|error| format!("cannot make {}: {error}", output.display()))?;
        let mut machine = Machine::probe(work.path())?;
        let found = Surroundings::of(&machine, free_memory_bytes(), self.arguments.scale());
        tell(&machine_text(&machine));
        for remark in &found.remarks {
            tell(remark);
        }
        if !found.missing.is_empty() {
            return Err(found.missing.join("; ").into());
        }
        let floor = DeviceFloor::measure(work.path(), FLOOR_TIME)?;
        tell(&floor.text());
        machine.floor = Some(floor);
        let began = Instant::now();
        let monitor = PerformanceMonitor::begun(self.targets.clone(), began);
        let mut screen = Screen::new(self.scenarios.len());
        for scenario in &self.scenarios {
            let from = began.elapsed().as_secs_f64();
            self.one(scenario, work.path(), &monitor, from, &mut screen)?;
        }
        screen.close();
        let history = output.join("history.jsonl");
        let mut report = monitor.generate_report().titled("CQLite under load").on(machine);
        for (name, value) in self.arguments.options() {
            report = report.with_option(name, value);
        }
        for (name, value) in &self.arguments.targets {
            report = report.with_option(format!("target {name}"), value.to_string());
        }
        let report = report.compared_with(&History::read(&history)?);
        report.write_json(&output.join("report.json"))?;
        report.write_html(&output.join("report.html"))?;
        History::append(&history, &report.history_entry())?;
        print(&TerminalReport::new(&report).to_string());
        tell(&format!("the report is in {}", output.join("report.html").display()));
        Ok(report)
    }

    fn one(
        &self,
        scenario: &Scenario,
        work: &Path,
        monitor: &PerformanceMonitor,
        from: f64,
        screen: &mut Screen,
    ) -> Result<()> {
        screen.begin(scenario);
        let begun = Instant::now();
        let directory = work.join(format!("{}-{}", scenario.suite, scenario.name));
        let program = env::current_exe()?;
        let scale = self.arguments.scale();
        let mut end = PartEnd::Completed;
        for _process in 0..scenario.processes(scale) {
            let performed = child::perform(&program, scenario, scale, &directory, |told| screen.hear(told));
            let (ended, record) =
                performed.unwrap_or_else(|error| (PartEnd::Failed(error.to_string()), None));
            if let Some(record) = record {
                monitor.absorb(&record);
            }
            end = ended;
            if end != PartEnd::Completed {
                break;
            }
        }
        if let Some(reason) = end.reason() {
            for target in targets_of(&[*scenario]).iter() {
                monitor.record_not_run(&target.name, reason);
            }
        }
        screen.end(scenario, begun.elapsed(), &end);
        let (name, about) = (scenario.full_name(), scenario.about.to_owned());
        monitor.record_part(Part { name, about, from, seconds: begun.elapsed().as_secs_f64(), end });
        Ok(())
    }
}

/// The targets of scenarios, the default ones in their order.
pub(super) fn targets_of(scenarios: &[Scenario]) -> PerformanceTargets {
    let measured = |name: &str| scenarios.iter().any(|scenario| scenario.targets.contains(&name));
    let defaults = PerformanceTargets::default();
    let chosen = defaults.iter().filter(|target| measured(&target.name)).cloned();
    let own = scenarios.iter().flat_map(|scenario| (scenario.own_targets)());
    chosen.chain(own).fold(PerformanceTargets::none(), PerformanceTargets::with)
}

fn machine_text(machine: &Machine) -> String {
    use cqlite_tests::performance::Unit;
    let files = machine.open_files.map_or_else(|| "any number of".to_owned(), |files| files.to_string());
    let free = Unit::Bytes.text(machine.free_bytes as f64);
    let memory = free_memory_bytes().map_or_else(String::new, |bytes| {
        format!(", {} of the memory is free", Unit::Bytes.text(bytes as f64))
    });
    format!("{}, {free} free on it{memory}, {files} files may be open", machine.id())
}

#[allow(clippy::print_stderr, reason = "this is where a run tells what goes on")]
fn tell(text: &str) {
    eprintln!("{text}");
}

#[allow(clippy::print_stdout, reason = "the report is what is asked for")]
fn print(text: &str) {
    println!("{text}");
}
