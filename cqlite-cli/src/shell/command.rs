//! Commands of the shell.

use std::path::PathBuf;

use super::copy::CopyCommand;
use super::words::Words;

/// The levels that Cassandra knows.
const LEVELS: &[&str] = &[
    "ANY",
    "ONE",
    "TWO",
    "THREE",
    "QUORUM",
    "ALL",
    "LOCAL_QUORUM",
    "EACH_QUORUM",
    "SERIAL",
    "LOCAL_SERIAL",
    "LOCAL_ONE",
    "NODE_LOCAL",
];

const SERIAL_LEVELS: &[&str] = &["SERIAL", "LOCAL_SERIAL"];

/// What is typed at the prompt.
#[derive(Debug)]
pub enum Command {
    /// A statement of CQL.
    Statement,
    /// `DESCRIBE`, a statement whose answer is shown in another way.
    Describe,
    /// `HELP [topic]`
    Help(Option<String>),
    /// `EXIT`, `QUIT`
    Exit,
    /// `CLEAR`, `CLS`
    Clear,
    /// `CONSISTENCY [level]`
    Consistency(Option<String>),
    /// `SERIAL CONSISTENCY [level]`
    SerialConsistency(Option<String>),
    /// `TRACING [ON | OFF]`
    Tracing(Option<bool>),
    /// `EXPAND [ON | OFF]`
    Expand(Option<bool>),
    /// `PAGING [ON | OFF | rows]`
    Paging(Option<Paging>),
    /// `SOURCE 'file'`
    Source(PathBuf),
    /// `CAPTURE ['file' | OFF]`
    Capture(Option<Capture>),
    /// `SHOW VERSION`
    ShowVersion,
    /// `SHOW HOST`
    ShowHost,
    /// `HISTORY`
    History,
    /// `COPY table [(columns)] TO | FROM file [WITH options]`
    Copy(Box<CopyCommand>),
    /// What cqlsh has and this shell has not.
    Refused(&'static str),
}

/// How answers are paged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paging {
    /// With as many rows a page as before.
    On,
    /// Not at all.
    Off,
    /// With so many rows a page.
    Rows(usize),
}

/// Where answers go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Capture {
    /// To the end of a file.
    To(PathBuf),
    /// To the screen.
    Off,
}

impl Command {
    /// Reads a command; whatever is none is a statement.
    ///
    /// # Errors
    /// If it begins as a command and makes no sense, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let first = text.trim_start_matches('.');
        let end = first.find(|character: char| !character.is_ascii_alphabetic()).unwrap_or(first.len());
        let verb = first.get(..end).unwrap_or_default().to_ascii_uppercase();
        let verb = if text.starts_with('?') { "HELP" } else { verb.as_str() };
        let read: fn(&mut Words<'_>) -> Option<Self> = match verb {
            "DESCRIBE" | "DESC" => return Ok(Self::Describe),
            "LOGIN" => {
                return Ok(Self::Refused("LOGIN is refused: there is no server here, and so are no users"));
            }
            "HELP" => help,
            "EXIT" | "QUIT" => |_| Some(Self::Exit),
            "CLEAR" | "CLS" => |_| Some(Self::Clear),
            "CONSISTENCY" => consistency,
            "SERIAL" => serial_consistency,
            "TRACING" => |words| switch(words).map(Self::Tracing),
            "EXPAND" => |words| switch(words).map(Self::Expand),
            "PAGING" => paging,
            "SOURCE" => |words| words.path().map(Self::Source),
            "CAPTURE" => capture,
            "SHOW" => show,
            "HISTORY" => |_| Some(Self::History),
            "COPY" => {
                let mut words = Words::new(text)?;
                words.take();
                return CopyCommand::parse(&mut words).map(|copy| Self::Copy(Box::new(copy)));
            }
            _ => return Ok(Self::Statement),
        };
        let mut words = Words::new(text)?;
        while words.eat(".") {}
        words.take();
        let command = read(&mut words).filter(|_| words.is_at_end());
        command.ok_or_else(|| match words.peek() {
            Some(word) => format!("Improper {verb} command (problem at '{}').", word.text),
            None => format!("Improper {verb} command."),
        })
    }
}

fn help(words: &mut Words<'_>) -> Option<Command> {
    let topic: Vec<&str> = std::iter::from_fn(|| words.take()).map(|word| word.text).collect();
    Some(Command::Help((!topic.is_empty()).then(|| topic.join(" ").to_ascii_uppercase())))
}

fn level(words: &mut Words<'_>, known: &[&str]) -> Option<Option<String>> {
    if words.is_at_end() {
        return Some(None);
    }
    known.iter().find(|level| words.eat(level)).map(|level| Some((*level).to_owned()))
}

fn consistency(words: &mut Words<'_>) -> Option<Command> {
    level(words, LEVELS).map(Command::Consistency)
}

fn serial_consistency(words: &mut Words<'_>) -> Option<Command> {
    if !words.eat("CONSISTENCY") {
        return None;
    }
    level(words, SERIAL_LEVELS).map(Command::SerialConsistency)
}

fn switch(words: &mut Words<'_>) -> Option<Option<bool>> {
    if words.is_at_end() {
        return Some(None);
    }
    match () {
        () if words.eat("ON") => Some(Some(true)),
        () if words.eat("OFF") => Some(Some(false)),
        () => None,
    }
}

fn paging(words: &mut Words<'_>) -> Option<Command> {
    if let Some(switched) = switch(words) {
        let paging = switched.map(|is_on| if is_on { Paging::On } else { Paging::Off });
        return Some(Command::Paging(paging));
    }
    let rows = words.peek()?.text.parse().ok().filter(|rows| *rows > 0)?;
    words.take();
    Some(Command::Paging(Some(Paging::Rows(rows))))
}

fn capture(words: &mut Words<'_>) -> Option<Command> {
    if words.is_at_end() {
        return Some(Command::Capture(None));
    }
    if words.eat("OFF") {
        return Some(Command::Capture(Some(Capture::Off)));
    }
    words.path().map(|path| Command::Capture(Some(Capture::To(path))))
}

fn show(words: &mut Words<'_>) -> Option<Command> {
    match () {
        () if words.eat("VERSION") => Some(Command::ShowVersion),
        () if words.eat("HOST") => Some(Command::ShowHost),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_statements_by_their_first_word() {
        assert!(matches!(Command::parse("SELECT * FROM describe;"), Ok(Command::Statement)));
        assert!(matches!(Command::parse(".help"), Ok(Command::Help(None))));
        assert!(matches!(Command::parse("?"), Ok(Command::Help(None))));
        assert!(matches!(Command::parse("help copy;"), Ok(Command::Help(Some(topic))) if topic == "COPY"));
        assert!(matches!(Command::parse("paging 7;"), Ok(Command::Paging(Some(Paging::Rows(7))))));
        assert!(matches!(
            Command::parse("serial consistency local_serial"),
            Ok(Command::SerialConsistency(Some(_)))
        ));
        assert!(matches!(Command::parse("quit"), Ok(Command::Exit)));
    }

    #[test]
    fn a_command_that_makes_no_sense_is_refused_where_it_does_not() {
        assert_eq!(
            Command::parse("tracing maybe;").unwrap_err(),
            "Improper TRACING command (problem at 'maybe')."
        );
        assert_eq!(Command::parse("paging 0").unwrap_err(), "Improper PAGING command (problem at '0').");
        assert_eq!(Command::parse("show").unwrap_err(), "Improper SHOW command.");
        assert_eq!(
            Command::parse("consistency one two").unwrap_err(),
            "Improper CONSISTENCY command (problem at 'two')."
        );
    }
}
