//! `cqlite split`

use std::cmp::Ordering;
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use clap::Args;
use cqlite_sstable::tools::rewrite::Cut;
use cqlite_sstable::writer::Operation;
use cqlite_sstable::{Error, Partitioner, Result, Token, Version};

use crate::exit::{HELP, Outcome};
use crate::inputs::Inputs;
use crate::rewrite_tables::RewriteArguments;
use crate::rewriting::{Done, PLACES, parse_size, parse_version};
use crate::tables::partitioner;

const EXAMPLES: &str = "\
Examples:
  cqlite split --size 160MiB --out parts data/shop/orders-5a1c/nb-1-big-Data.db
  cqlite split --count 8 --out parts nb-1-big-Data.db
  cqlite split --tokens tokens.txt --out parts data/shop/orders-5a1c      a token a line: the last one of each part

";

/// Split each SSTable into several, between partitions; the inputs are never changed
#[derive(Args)]
#[command(after_help = format!("{EXAMPLES}{PLACES}{HELP}"))]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,

    #[command(flatten)]
    cut: CutArguments,

    /// The version of the outputs [default: that of the inputs]
    #[arg(long, value_name = "VERSION", value_parser = parse_version)]
    to: Option<Version>,

    #[command(flatten)]
    output: RewriteArguments,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct CutArguments {
    /// Begin the next output when Data.db has so many bytes on disk, as 160MiB
    #[arg(long, value_parser = parse_limit)]
    size: Option<u64>,

    /// Into so many outputs of about one size
    #[arg(long, value_name = "N")]
    count: Option<NonZero<u64>>,

    /// Behind the tokens in a file, one a line
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,
}

/// A size that is not 0.
pub fn parse_limit(text: &str) -> Result<u64, String> {
    parse_size(text).and_then(|bytes| match bytes {
        0 => Err("an output has more than 0 bytes".to_owned()),
        bytes => Ok(bytes),
    })
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let CutArguments { size, count, .. } = arguments.cut;
    let operation = Operation::Compaction;
    let found = arguments.inputs.find()?;
    arguments.output.for_each_table(found, operation, arguments.to, &mut |table, job, step| {
        let read = |path: &PathBuf| read_tokens(path, &partitioner(table)?);
        let tokens = arguments.cut.tokens.as_ref().map(read).transpose()?;
        let cut = |data_bytes: u64, stored_bytes: u64| match (&tokens, size, count) {
            (Some(tokens), _, _) => Cut::BehindTokens(tokens.clone()),
            (None, Some(limit), _) => Cut::AtBytes { limit, stored_bytes },
            (None, None, Some(count)) => Cut::Shares { count: count.get(), total_bytes: data_bytes },
            (None, None, None) => Cut::Never,
        };
        Ok(Done::new(job.split(cut, step)?, Vec::new()))
    })
}

/// The tokens of a file, ascending. Empty lines do not count.
pub fn read_tokens(path: &Path, partitioner: &Partitioner) -> Result<Vec<Token>> {
    let text = fs::read_to_string(path).map_err(|error| Error::io(path, error))?;
    let mut tokens: Vec<Token> = Vec::new();
    for (line, number) in text.lines().zip(1_usize..).filter(|(line, _)| !line.trim().is_empty()) {
        let token = partitioner.parse_token(line.trim());
        tokens.push(token.map_err(|error| {
            Error::invalid_input(format!("line {number}: {error}")).at(path).advise("write a token a line")
        })?);
    }
    tokens.sort_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    Ok(tokens)
}
