//! The command `cqlite`: Apache Cassandra's SSTables without a JVM.

mod below;
mod blockers;
mod commitlog;
mod commitlog_printer;
mod compact;
mod counted_input;
mod diff;
mod dump;
mod exit;
mod export;
mod files_arguments;
mod filter;
mod find;
mod import;
mod import_options;
mod info;
mod inputs;
mod interruption;
mod loss_lists;
mod ls;
mod partitions;
mod progress;
mod query;
mod refused_rows;
mod results;
mod rewrite_tables;
mod rewriting;
mod salvage;
mod salvage_files;
mod salvage_report;
mod schema;
mod set;
mod shell;
mod split;
mod tables;
mod terminal;
mod trace;
mod upgrade;
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
    Dump(dump::Arguments),
    Info(info::Arguments),
    Ls(ls::Arguments),
    Schema(schema::Arguments),
    Find(find::Arguments),
    Trace(trace::Arguments),
    Partitions(partitions::Arguments),
    Blockers(blockers::Arguments),
    Diff(diff::Arguments),
    Verify(verify::Arguments),
    Salvage(salvage::Arguments),
    Set(set::Arguments),
    Compact(compact::Arguments),
    Split(split::Arguments),
    Upgrade(upgrade::Arguments),
    Filter(filter::Arguments),
    Import(Box<import::Arguments>),
    #[command(name = "commitlog")]
    CommitLog(commitlog::Arguments),
    Export(export::Arguments),
    Query(query::Arguments),
    Shell(shell::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match &arguments.verb {
        Verb::Dump(arguments) => dump::run(arguments),
        Verb::Info(arguments) => info::run(arguments),
        Verb::Ls(arguments) => ls::run(arguments),
        Verb::Schema(arguments) => schema::run(arguments),
        Verb::Find(arguments) => find::run(arguments),
        Verb::Trace(arguments) => trace::run(arguments),
        Verb::Partitions(arguments) => partitions::run(arguments),
        Verb::Blockers(arguments) => blockers::run(arguments),
        Verb::Diff(arguments) => diff::run(arguments),
        Verb::Verify(arguments) => verify::run(arguments),
        Verb::Salvage(arguments) => salvage::run(arguments),
        Verb::Set(arguments) => set::run(arguments),
        Verb::Compact(arguments) => compact::run(arguments),
        Verb::Split(arguments) => split::run(arguments),
        Verb::Upgrade(arguments) => upgrade::run(arguments),
        Verb::Filter(arguments) => filter::run(arguments),
        Verb::Import(arguments) => import::run(arguments),
        Verb::CommitLog(arguments) => commitlog::run(arguments),
        Verb::Export(arguments) => export::run(arguments),
        Verb::Query(arguments) => query::run(arguments),
        Verb::Shell(arguments) => shell::run(arguments),
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
