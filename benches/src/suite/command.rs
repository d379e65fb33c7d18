//! The command that runs suites.

use std::env;
use std::process::ExitCode;

use clap::Parser as _;
use cqlite_tests::performance::{Outcome, PartEnd, Report};

use super::run::Run;
use super::{Arguments, Scenario, SuiteName, child};
use crate::load::Result;

/// Runs what the arguments of the process ask for.
pub fn run_all(scenarios: &[Scenario]) -> ExitCode {
    match command(scenarios) {
        Ok(code) => code,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::from(2)
        }
    }
}

/// As [`run_all`], of one suite.
pub fn run_only(suite: SuiteName, scenarios: &[Scenario]) -> ExitCode {
    let scenarios: Vec<_> = scenarios.iter().filter(|scenario| scenario.suite == suite).copied().collect();
    run_all(&scenarios)
}

fn command(scenarios: &[Scenario]) -> Result<ExitCode> {
    let mut given = env::args().skip(1);
    if given.next().is_some_and(|first| first == child::ARGUMENT) {
        child::play(&given.next().ok_or("the order is missing")?, scenarios)?;
        return Ok(ExitCode::SUCCESS);
    }
    let arguments = Arguments::parse();
    let run = Run::new(&arguments, scenarios)?;
    if arguments.list {
        print(&run.list());
        return Ok(ExitCode::SUCCESS);
    }
    Ok(code(&run.run()?))
}

/// The exit code of a run.
fn code(report: &Report) -> ExitCode {
    let any_part = |wanted: fn(&PartEnd) -> bool| report.parts.iter().any(|part| wanted(&part.end));
    let any_target = |wanted: fn(&Outcome) -> bool| report.verdicts.iter().any(|it| wanted(&it.outcome));
    let is_missed = any_target(|outcome| matches!(outcome, Outcome::Missed { .. }));
    if is_missed || any_part(|end| matches!(end, PartEnd::Failed(_))) {
        return ExitCode::from(1);
    }
    match any_target(|outcome| matches!(outcome, Outcome::NotRun { .. }))
        || any_part(|end| matches!(end, PartEnd::NotRun(_)))
    {
        true => ExitCode::from(3),
        false => ExitCode::SUCCESS,
    }
}

#[allow(clippy::print_stdout, reason = "the list is what is asked for")]
fn print(text: &str) {
    print!("{text}");
}

#[allow(clippy::print_stderr, reason = "this is where a run tells what is wrong")]
fn complain(text: &str) {
    eprintln!("error: {text}");
}
