//! Counting all scenarios, and what becomes of the counts.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cqlite_tests::instructions::{InstructionBaseline, Judgement, MadeWith, Valgrind};

use super::CARRY_OUT;
use super::inputs::Inputs;
use super::scenario::{SCENARIOS, Scenario};

const COMMAND: &str = "cargo bench --profile counted -p cqlite-benches --bench instructions -- --accept";

/// Counts scenarios, and judges the counts or accepts them.
pub struct Guard {
    valgrind: Valgrind,
    made_with: MadeWith,
    program: PathBuf,
    /// Where the files of callgrind stay.
    told: PathBuf,
    baseline: PathBuf,
}

impl Guard {
    pub fn new(valgrind: Valgrind, made_with: MadeWith) -> Self {
        let program = env::current_exe().unwrap();
        let target = program.ancestors().nth(3).unwrap_or(Path::new("."));
        let told = target.join("instructions");
        let baseline = cqlite_tests::repository().join("benches/instructions.json");
        Self { valgrind, made_with, program, told, baseline }
    }

    /// Counts what the arguments choose. A build that may not go on is a failure.
    pub fn run(&self, arguments: &[String]) -> ExitCode {
        let (options, parts): (Vec<&String>, Vec<&String>) =
            arguments.iter().partition(|argument| argument.starts_with("--"));
        if let Some(unknown) = options.iter().find(|option| **option != "--accept") {
            eprintln!("{unknown} is not an option: there is --accept, and there are parts of names");
            return ExitCode::FAILURE;
        }
        let is_chosen =
            |name: &str| parts.is_empty() || parts.iter().any(|part| name.contains(part.as_str()));
        let chosen: Vec<&Scenario> = SCENARIOS.iter().filter(|scenario| is_chosen(scenario.name)).collect();
        if chosen.is_empty() {
            println!("no scenario has a name with any of {parts:?} in it");
            return ExitCode::SUCCESS;
        }
        let counts = self.count(&chosen);
        if options.is_empty() { self.judge(&counts) } else { self.accept(counts) }
    }

    fn count(&self, scenarios: &[&Scenario]) -> BTreeMap<String, u64> {
        std::fs::create_dir_all(&self.told).unwrap();
        let place = tempfile::tempdir().unwrap();
        Inputs::at(place.path()).make();
        let count = |scenario: &&Scenario| {
            let arguments = [CARRY_OUT, scenario.name, place.path().to_str().unwrap()];
            let told = self.told(scenario.name, "callgrind");
            let count = self.valgrind.count(&self.program, &arguments, "counted_part", &told);
            (scenario.name.to_owned(), count.unwrap_or_else(|error| panic!("{error}")))
        };
        scenarios.iter().map(count).collect()
    }

    fn told(&self, name: &str, extension: &str) -> PathBuf {
        self.told.join(name.replace([' ', ','], "-")).with_extension(extension)
    }

    fn accept(&self, counts: BTreeMap<String, u64>) -> ExitCode {
        for (name, count) in &counts {
            println!("{name:44} {count:>15}");
        }
        let accepted = match InstructionBaseline::read(&self.baseline) {
            Ok(Some(mut baseline)) if counts.len() < SCENARIOS.len() => {
                baseline.accept_some(&self.made_with, counts).map(|()| baseline)
            }
            Err(error) if counts.len() < SCENARIOS.len() => Err(error),
            // All of it is new: what was there does not matter, readable or not.
            _ => Ok(InstructionBaseline { made_with: self.made_with.clone(), instructions: counts }),
        };
        match accepted.and_then(|baseline| baseline.write(&self.baseline)) {
            Ok(()) => {
                println!("accepted in {}", self.baseline.display());
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        }
    }

    fn judge(&self, counts: &BTreeMap<String, u64>) -> ExitCode {
        let baseline = match InstructionBaseline::read(&self.baseline) {
            Ok(Some(baseline)) => baseline,
            Ok(None) => {
                eprintln!("there is no baseline {}: make it with `{COMMAND}`", self.baseline.display());
                return ExitCode::FAILURE;
            }
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::FAILURE;
            }
        };
        let all: BTreeSet<String> = SCENARIOS.iter().map(|scenario| scenario.name.to_owned()).collect();
        let judgement = Judgement::of(&baseline, &self.made_with, counts, &all, COMMAND);
        print!("{judgement}");
        for name in judgement.needing_more() {
            let functions = self.told(name, "txt");
            match self.valgrind.annotate(&self.told(name, "callgrind"), &functions) {
                Ok(()) => println!("the functions of \"{name}\": {}", functions.display()),
                Err(error) => eprintln!("{error}"),
            }
        }
        if judgement.is_held() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
