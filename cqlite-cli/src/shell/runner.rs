//! What the shell does with a statement.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use cqlite_core::query::{Answer, QueryError, RowSet, Session};
use cqlite_cql::parse_cql;
use cqlite_cql::query::CqlStatement;
use cqlite_sstable::Result;

use super::answered::{SelectAnswer, push_trace};
use super::command::{Capture, Command, Paging};
use super::output::Output;
use super::place::Place;
use super::script;
use super::settings::Settings;
use super::trouble::{Origin, Trouble};
use super::{copy, help};
use crate::exit::Outcome;
use crate::interruption::Interruption;
use crate::results::{ResultFormat as _, push_description};

/// Files that name one another go no deeper than this.
const SOURCE_DEPTH: usize = 16;

/// Asks whether the next page is wanted.
pub type Pager = Box<dyn FnMut() -> bool>;

/// Carries out statements and commands, one after another.
pub struct Shell<'d> {
    pub(super) session: Session<'d>,
    pub(super) place: &'d Place,
    pub(super) settings: Settings,
    pub(super) output: Output,
    /// Ctrl-C, where it does not end the process.
    pub(super) interruption: Interruption,
    /// Where a person pages.
    pub(super) pager: Option<Pager>,
    /// How it goes: the first thing that went wrong.
    pub(super) outcome: Outcome,
    pub(super) standard_input: StandardInput,
    depth: usize,
}

/// What standard input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StandardInput {
    /// Free for rows.
    Free,
    /// Where statements come from.
    Statements,
    /// The terminal of the prompt.
    Prompt,
}

/// Whether the shell goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    GoOn,
    Exit,
}

type Done = std::result::Result<Flow, Trouble>;

impl<'d> Shell<'d> {
    /// A shell without a keyspace in use.
    ///
    /// # Errors
    /// If standard output is closed.
    pub fn new(place: &'d Place) -> Result<Self> {
        Ok(Self {
            session: place.db.session(),
            place,
            settings: Settings::default(),
            output: Output::new()?,
            interruption: Interruption::default(),
            pager: None,
            outcome: Outcome::Success,
            standard_input: StandardInput::Free,
            depth: 0,
        })
    }

    /// Carries out a statement or command. What is refused is told; the shell goes on.
    ///
    /// # Errors
    /// If standard output cannot be written.
    pub fn run(&mut self, text: &str, origin: &Origin) -> Result<Flow> {
        match self.carry_out(text) {
            Ok(flow) => Ok(flow),
            Err(Trouble::Output(error)) => Err(error),
            Err(trouble) => {
                trouble.tell(origin);
                self.outcome = self.outcome.or(trouble.outcome());
                Ok(Flow::GoOn)
            }
        }
    }

    fn carry_out(&mut self, text: &str) -> Done {
        match Command::parse(text).map_err(Trouble::Command)? {
            Command::Statement => self.statement(text)?,
            Command::Describe => self.describe(text)?,
            Command::Exit => return Ok(Flow::Exit),
            Command::Help(topic) => self.output.tell(help::help(topic.as_deref())?)?,
            Command::Clear => self.output.tell("\x1b[H\x1b[2J")?,
            Command::Source(path) => return self.source(&path),
            Command::Copy(command) => copy::run(self, &command)?,
            Command::Refused(message) => return Err(Trouble::command(message)),
            Command::History => return Err(Trouble::command("HISTORY is of the prompt alone")),
            Command::ShowVersion => self.output.tell(&version())?,
            Command::ShowHost => self.output.tell(&format!("Connected to {}.", self.place.title))?,
            Command::Consistency(level) => self.consistency(level)?,
            Command::SerialConsistency(level) => self.serial_consistency(level)?,
            Command::Tracing(switch) => {
                let is_on = self.switch("TRACING", self.settings.is_tracing, switch)?;
                self.settings.is_tracing = is_on;
                self.session.set_tracing(is_on);
            }
            Command::Expand(switch) => {
                self.settings.is_expanded = self.switch("EXPAND", self.settings.is_expanded, switch)?;
            }
            Command::Paging(paging) => self.paging(paging)?,
            Command::Capture(capture) => self.capture(capture)?,
        }
        Ok(Flow::GoOn)
    }

    fn statement(&mut self, text: &str) -> std::result::Result<(), Trouble> {
        let statement = self.session.prepare(text)?;
        if let Some(marker) = statement.bind_markers().first() {
            let message = format!("the value of the bind marker {} is not given", marker.name);
            return Err(QueryError::invalid(message).into());
        }
        if let Some(columns) = statement.result_columns() {
            SelectAnswer::new(self, columns).show(&statement)?;
        } else if let Answer::Rows(rows) = self.session.execute(text, &[])? {
            let mut table = SelectAnswer::new(self, Arc::clone(rows.rows.columns())).table;
            let mut out = Vec::new();
            table.begin(&mut out);
            table.rows(&rows.rows, &mut out);
            table.end_page(&mut out);
            self.output.answer(&out)?;
        }
        if let Some(trace) = self.session.take_trace() {
            let mut out = Vec::new();
            push_trace(&trace, &mut out);
            self.output.answer(&out)?;
        }
        Ok(())
    }

    fn describe(&mut self, text: &str) -> std::result::Result<(), Trouble> {
        let parsed = parse_cql(text).map_err(QueryError::from)?.node;
        let CqlStatement::Describe(describe) = parsed else { return self.statement(text) };
        let rows = self.session.execute(text, &[])?.rows().unwrap_or_else(|| RowSet::new([]));
        let mut out = Vec::new();
        push_description(&describe, &rows, self.session.keyspace(), &mut out);
        self.output.answer(&out)?;
        Ok(())
    }

    fn source(&mut self, path: &Path) -> Done {
        if self.depth >= SOURCE_DEPTH {
            return Err(Trouble::command(format!("SOURCE goes no deeper than {SOURCE_DEPTH} files")));
        }
        let file = File::open(path)
            .map_err(|error| Trouble::command(format!("Could not open '{}': {error}", path.display())))?;
        self.depth = self.depth.saturating_add(1);
        let pager = self.pager.take();
        let done = script::run(self, BufReader::new(file), Some(&path.display().to_string()));
        self.pager = pager;
        self.depth = self.depth.saturating_sub(1);
        // EXIT in the file ends the file.
        done.map(|_| Flow::GoOn).map_err(Trouble::from)
    }

    fn switch(&mut self, name: &str, current: bool, wanted: Option<bool>) -> Result<bool> {
        let word = |is_on: bool| if is_on { "ON" } else { "OFF" };
        let told = match wanted {
            None => format!("{name} is {}", word(current)),
            Some(wanted) if wanted == current => format!("{name} is already {}", word(current)),
            Some(wanted) => format!("{name} set to {}", word(wanted)),
        };
        self.output.tell(&told)?;
        Ok(wanted.unwrap_or(current))
    }

    fn paging(&mut self, paging: Option<Paging>) -> Result<()> {
        let wanted = match paging {
            None => None,
            Some(Paging::On) => Some(true),
            Some(Paging::Off) => Some(false),
            Some(Paging::Rows(rows)) => {
                self.settings.page_rows = rows;
                self.settings.is_paging = true;
                return self.output.tell(&format!("Page size: {rows}"));
            }
        };
        self.settings.is_paging = self.switch("PAGING", self.settings.is_paging, wanted)?;
        if self.settings.is_paging {
            self.output.tell(&format!("Page size: {}", self.settings.page_rows))?;
        }
        Ok(())
    }

    fn consistency(&mut self, level: Option<String>) -> Result<()> {
        let told = match level {
            None => format!("Current consistency level is {}.", self.settings.consistency),
            Some(level) => {
                self.settings.consistency = level;
                let level = &self.settings.consistency;
                format!("Consistency level set to {level}. There is one copy here: all levels mean the same.")
            }
        };
        self.output.tell(&told)
    }

    fn serial_consistency(&mut self, level: Option<String>) -> Result<()> {
        let told = match level {
            None => format!("Current serial consistency level is {}.", self.settings.serial_consistency),
            Some(level) => {
                self.settings.serial_consistency = level;
                let level = &self.settings.serial_consistency;
                format!(
                    "Serial consistency level set to {level}. There is one copy here: both levels mean the same."
                )
            }
        };
        self.output.tell(&told)
    }

    fn capture(&mut self, capture: Option<Capture>) -> std::result::Result<(), Trouble> {
        let captured = self.output.captured().map(|path| path.display().to_string());
        match (capture, captured) {
            (None, Some(path)) => {
                self.output.tell(&format!("Currently capturing query output to '{path}'."))?;
            }
            (None, None) => self.output.tell("Currently not capturing query output.")?,
            (Some(Capture::Off), _) => {
                if !self.output.end_capture() {
                    return Err(Trouble::command("Not currently capturing output."));
                }
            }
            (Some(Capture::To(_)), Some(path)) => {
                let message = format!("Already capturing output to {path}. Use CAPTURE OFF to disable.");
                return Err(Trouble::command(message));
            }
            (Some(Capture::To(path)), None) => {
                let path_told = path.display();
                self.output.capture(&path).map_err(|error| {
                    Trouble::command(format!("Could not open '{path_told}' for append: {error}"))
                })?;
                self.output.tell(&format!("Now capturing query output to '{path_told}'."))?;
            }
        }
        Ok(())
    }
}

/// `[cqlite 0.1.0 | Cassandra 5.0 | CQL spec 3.4.7]`
pub fn version() -> String {
    format!("[cqlite {} | Cassandra 5.0 | CQL spec 3.4.7]", env!("CARGO_PKG_VERSION"))
}
