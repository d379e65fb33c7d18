//! Statements from a file, or from standard input that is no terminal.

use std::io::BufRead;

use cqlite_sstable::Result;

use super::runner::{Flow, Shell};
use super::splitter::Splitter;
use super::trouble::{Origin, Trouble};

/// A longer statement is none that somebody wrote.
const STATEMENT_LIMIT_BYTES: usize = 64 << 20;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Carries out all statements of a text, one after another. What is refused is told, with its line where the text has a name, and the
/// others are carried out.
///
/// # Errors
/// If standard output cannot be written.
pub fn run(shell: &mut Shell<'_>, mut input: impl BufRead, name: Option<&str>) -> Result<Flow> {
    let mut splitter = Splitter::new();
    let mut bytes = Vec::new();
    for number in 1_u64.. {
        bytes.clear();
        let line = match read_line(&mut input, &mut bytes) {
            Ok(None) => break,
            Ok(Some(line)) => line,
            Err(message) => return refuse(shell, name, number, &message),
        };
        splitter.push(line.strip_prefix(BYTE_ORDER_MARK).filter(|_| number == 1).unwrap_or(line));
        while let Some(statement) = splitter.next_statement() {
            let origin = origin(name, statement.line);
            if shell.run(&statement.text, &origin)? == Flow::Exit {
                return Ok(Flow::Exit);
            }
        }
        if splitter.len() > STATEMENT_LIMIT_BYTES {
            return refuse(shell, name, number, "a statement has more than 64 MiB");
        }
    }
    match splitter.rest() {
        // The last statement needs no semicolon.
        Some(rest) => shell.run(&rest.text, &origin(name, rest.line)),
        None => Ok(Flow::GoOn),
    }
}

fn origin(name: Option<&str>, line: u64) -> Origin {
    name.map_or(Origin::Here, |name| Origin::Line(name.to_owned(), line))
}

fn refuse(shell: &mut Shell<'_>, name: Option<&str>, line: u64, message: &str) -> Result<Flow> {
    let trouble = Trouble::command(message);
    trouble.tell(&origin(name, line));
    shell.outcome = shell.outcome.or(trouble.outcome());
    Ok(Flow::GoOn)
}

fn read_line<'b>(
    input: &mut impl BufRead,
    bytes: &'b mut Vec<u8>,
) -> std::result::Result<Option<&'b str>, String> {
    let limit = STATEMENT_LIMIT_BYTES as u64;
    let read =
        std::io::Read::take(input, limit).read_until(b'\n', bytes).map_err(|error| error.to_string())?;
    if read == 0 {
        return Ok(None);
    }
    str::from_utf8(bytes)
        .map(Some)
        .map_err(|error| format!("byte {} of the line is not UTF-8", error.valid_up_to()))
}
