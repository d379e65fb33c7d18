//! The command `cqlite`: Apache Cassandra's SSTables without a JVM.

mod below;
mod blockers;
mod diff;
mod dump;
mod exit;
mod find;
mod info;
mod inputs;
mod ls;
mod partitions;
mod progress;
mod salvage;
mod salvage_report;
mod schema;
mod tables;
mod terminal;
mod trace;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::exit::Outcome;

/// Reads Apache Cassandra's SSTables: no JVM, no node, no configuration.
#[derive(Parser)]
#[command(
    name = "cqlite",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(after_help = exit::HELP)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Blockers(blockers::Arguments),
    Dump(dump::Arguments),
    Diff(diff::Arguments),
    Find(find::Arguments),
    Info(info::Arguments),
    Salvage(salvage::Arguments),
    Ls(ls::Arguments),
    Partitions(partitions::Arguments),
    Schema(schema::Arguments),
    Verify(verify::Arguments),
    Trace(trace::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match &arguments.verb {
        Verb::Blockers(arguments) => blockers::run(arguments),
        Verb::Dump(arguments) => dump::run(arguments),
        Verb::Diff(arguments) => diff::run(arguments),
        Verb::Find(arguments) => find::run(arguments),
        Verb::Info(arguments) => info::run(arguments),
        Verb::Salvage(arguments) => salvage::run(arguments),
        Verb::Ls(arguments) => ls::run(arguments),
        Verb::Partitions(arguments) => partitions::run(arguments),
        Verb::Schema(arguments) => schema::run(arguments),
        Verb::Verify(arguments) => verify::run(arguments),
        Verb::Trace(arguments) => trace::run(arguments),
    };
    match result {
        Ok(outcome) => outcome.into(),
        Err(error) if error.is_closed_pipe() => Outcome::Success.into(),
        Err(error) => {
            terminal::error(&error);
            Outcome::from(&error).into()
        }
    }
}
