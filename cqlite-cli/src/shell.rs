//! `cqlite shell`

mod answered;
mod command;
mod completion;
mod copy;
mod help;
mod output;
mod place;
mod prompt;
mod runner;
mod script;
mod settings;
mod splitter;
mod trouble;
mod words;

use std::fs::File;
use std::io::{self, BufReader, IsTerminal as _};
use std::path::PathBuf;

use clap::Args;
use cqlite_sstable::{Error, Result};

use self::place::Place;
use self::runner::{Shell, StandardInput};
use self::trouble::Origin;
use crate::exit::{HELP, Outcome};
use crate::files_arguments::FilesArguments;

const EXAMPLES: &str = "\
Examples:
  cqlite shell shop                                a database; a new one where there is nothing
  cqlite shell --memory                            a database that leaves nothing behind
  cqlite shell /var/lib/cassandra/data             somebody's files, only read
  cqlite shell shop -e 'SELECT * FROM shop.orders; DESCRIBE TABLES'
  cqlite shell shop -f schema.cql                  or: cqlite shell shop < schema.cql

A refused statement is told on standard error, the others are carried out, and the exit code is 2 at the end.

";

/// Talk CQL as in cqlsh: with a database, or with somebody's files, which are only read
#[derive(Args)]
#[command(after_help = format!("{EXAMPLES}{HELP}"))]
pub struct Arguments {
    /// The directory of a database; or files of SSTables, any directory of them, a snapshot, a node's data
    #[arg(value_name = "PATH", required_unless_present = "memory", conflicts_with = "memory")]
    paths: Vec<PathBuf>,

    /// A database in memory, gone at the end
    #[arg(long)]
    memory: bool,

    /// Statements to carry out, rather than to ask for them
    #[arg(long, short = 'e', value_name = "STATEMENTS")]
    execute: Option<String>,

    /// A file of statements to carry out
    #[arg(long, short = 'f', value_name = "FILE", conflicts_with = "execute")]
    file: Option<PathBuf>,

    /// The keyspace to use
    #[arg(long, short = 'k', value_name = "NAME")]
    keyspace: Option<String>,

    /// Only read the database
    #[arg(long)]
    read_only: bool,

    /// Open what a node or a backup left as a database, to write into it
    #[arg(long, conflicts_with_all = ["read_only", "memory"])]
    write: bool,

    /// Keep no history of what is typed
    #[arg(long)]
    no_history: bool,

    #[command(flatten)]
    files: FilesArguments,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let place = Place::open(arguments)?;
    let outcome = talk(arguments, &place)?;
    place.db.close()?;
    Ok(outcome)
}

fn talk(arguments: &Arguments, place: &Place) -> Result<Outcome> {
    let mut shell = Shell::new(place)?;
    if let Some(keyspace) = &arguments.keyspace {
        let text = format!("USE {}", cqlite_cql::Identifier::new(keyspace.as_str()));
        shell.run(&text, &Origin::Here)?;
        if shell.outcome != Outcome::Success {
            return Ok(shell.outcome);
        }
    }
    match (&arguments.execute, &arguments.file) {
        (Some(text), _) => script::run(&mut shell, text.as_bytes(), None)?,
        (None, Some(path)) => {
            let file = File::open(path).map_err(|error| Error::io(path, error))?;
            script::run(&mut shell, BufReader::new(file), Some(&path.display().to_string()))?
        }
        (None, None) if io::stdin().is_terminal() => {
            prompt::run(&mut shell, !arguments.no_history)?;
            return Ok(Outcome::Success);
        }
        (None, None) => {
            shell.standard_input = StandardInput::Statements;
            script::run(&mut shell, io::stdin().lock(), Some("<stdin>"))?
        }
    };
    Ok(shell.outcome)
}
