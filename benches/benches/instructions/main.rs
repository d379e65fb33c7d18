//! How many instructions fixed pieces of work need, counted by valgrind and judged by `instructions.json`: the regression guard.
//!
//! `cargo bench --profile counted -p cqlite-benches --bench instructions` counts all of them. Behind `--`, parts of names choose some of
//! them, and `--accept` writes what is counted into the baseline. Every other profile than `counted` starts that one.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints, and may fail loudly"
)]

mod cql;
mod guard;
mod inputs;
mod orders;
mod scenario;
mod sstables;

use std::env;
use std::process::{Command, ExitCode};

use cqlite_tests::available::valgrind_or_skip;
use cqlite_tests::instructions::MadeWith;

use guard::Guard;
use inputs::Inputs;
use scenario::SCENARIOS;

/// The profile that the baseline is of.
const PROFILE: &str = "counted";

/// Says which scenario to carry out, and is followed by its name and the place of its inputs.
const CARRY_OUT: &str = "--carry-out";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [first, name, inputs] = &arguments[..]
        && first == CARRY_OUT
    {
        let scenario = SCENARIOS.iter().find(|scenario| scenario.name == name).unwrap();
        (scenario.carry_out)(&Inputs::at(inputs));
        return ExitCode::SUCCESS;
    }
    let Some(valgrind) = valgrind_or_skip("the count of instructions") else { return ExitCode::SUCCESS };
    let made_with = MadeWith::of_this_program(&valgrind);
    if made_with.profile != PROFILE {
        return in_own_profile(&arguments);
    }
    Guard::new(valgrind, made_with).run(&arguments)
}

/// Counts in a program that is built as that of the baseline.
fn in_own_profile(arguments: &[String]) -> ExitCode {
    eprintln!("instructions are counted in the profile `{PROFILE}`, which is built now");
    let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["bench", "--profile", PROFILE, "-p", "cqlite-benches", "--bench", "instructions", "--"])
        .args(arguments)
        .current_dir(cqlite_tests::repository())
        .status()
        .unwrap();
    if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
