//! The prompt.

use std::cell::RefCell;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use cqlite_sstable::{Error, Result};
use rustyline::config::Configurer as _;
use rustyline::error::ReadlineError;
use rustyline::history::{FileHistory, History as _};
use rustyline::{CompletionType, Config, Editor};

use super::completion::Completion;
use super::runner::{Flow, Shell, StandardInput, version};
use super::splitter::Splitter;
use super::trouble::Origin;
use crate::interruption::Interruption;

/// So many statements are kept.
const HISTORY_ENTRIES: usize = 1000;

/// So many are shown by `HISTORY`.
const SHOWN_ENTRIES: usize = 50;

/// After so many empty lines within a statement it is told how it ends.
const PATIENCE_LINES: usize = 3;

const HOW_IT_ENDS: &str =
    "Statements are terminated with a ';'. You can press CTRL-C to cancel an incomplete statement.";

const MORE: &str = "---MORE---";

type LineEditor = Editor<Completion, FileHistory>;

/// Asks for statements at the terminal until there are no more.
///
/// # Errors
/// If the terminal cannot be used.
pub fn run(shell: &mut Shell<'_>, keeps_history: bool) -> Result<()> {
    let history = if keeps_history { history_file() } else { None };
    let editor = Rc::new(RefCell::new(line_editor(history.as_deref())?));
    let of_pager = Rc::clone(&editor);
    shell.pager = Some(Box::new(move || wants_more(&of_pager)));
    shell.interruption = Interruption::watch();
    shell.session.set_interruption(shell.interruption.flag());
    shell.standard_input = StandardInput::Prompt;
    let title = shell.place.title.clone();
    shell.output.tell(&format!("Connected to {title}."))?;
    shell.output.tell(&version())?;
    shell.output.tell("Use HELP for help.")?;
    Prompt { shell, editor, history, splitter: Splitter::new(), empty_lines: 0 }.ask()
}

struct Prompt<'s, 'd> {
    shell: &'s mut Shell<'d>,
    editor: Rc<RefCell<LineEditor>>,
    history: Option<PathBuf>,
    splitter: Splitter,
    empty_lines: usize,
}

impl Prompt<'_, '_> {
    fn ask(&mut self) -> Result<()> {
        loop {
            let prompt = self.prompt();
            let line = {
                let mut editor = self.editor.borrow_mut();
                if let Some(completion) = editor.helper_mut() {
                    let session = &self.shell.session;
                    completion.look(session.database(), session.keyspace(), self.splitter.pending());
                }
                editor.readline(prompt.as_str())
            };
            match line {
                Ok(line) => {
                    if self.take(&line)? == Flow::Exit {
                        return Ok(());
                    }
                }
                Err(ReadlineError::Interrupted) => self.splitter.clear(),
                Err(ReadlineError::Eof) => return Ok(()),
                Err(ReadlineError::Signal(_)) => {}
                Err(error) => return Err(terminal_failed(&error)),
            }
        }
    }

    /// `cqlite:shop> `, and within a statement as many blanks and `... `.
    fn prompt(&self) -> String {
        let prompt = match self.shell.session.keyspace() {
            Some(keyspace) => format!("cqlite:{keyspace}> "),
            None => "cqlite> ".to_owned(),
        };
        match self.splitter.is_blank() {
            true => prompt,
            false => format!("{:>1$}", "... ", prompt.chars().count()),
        }
    }

    fn take(&mut self, line: &str) -> Result<Flow> {
        self.empty_lines = if line.trim().is_empty() { self.empty_lines.saturating_add(1) } else { 0 };
        self.splitter.push(line);
        self.splitter.push("\n");
        while let Some(statement) = self.splitter.next_statement() {
            self.empty_lines = 0;
            self.remember(&statement.text);
            self.shell.interruption.forget();
            if is_history(&statement.text) {
                self.show_history()?;
            } else if self.shell.run(&statement.text, &Origin::Here)? == Flow::Exit {
                return Ok(Flow::Exit);
            }
        }
        if self.splitter.is_blank() {
            self.splitter.clear();
        } else if self.empty_lines >= PATIENCE_LINES {
            self.empty_lines = 0;
            self.shell.output.tell(HOW_IT_ENDS)?;
        }
        Ok(Flow::GoOn)
    }

    /// A history that cannot be written is no reason to end.
    fn remember(&self, statement: &str) {
        let mut editor = self.editor.borrow_mut();
        if matches!(editor.add_history_entry(statement), Ok(true))
            && let Some(history) = &self.history
        {
            let _ = editor.append_history(history);
        }
    }

    fn show_history(&mut self) -> Result<()> {
        let editor = self.editor.borrow();
        let entries = editor.history();
        for entry in entries.iter().skip(entries.len().saturating_sub(SHOWN_ENTRIES)) {
            self.shell.output.tell(entry)?;
        }
        Ok(())
    }
}

fn is_history(statement: &str) -> bool {
    statement.trim_end_matches(';').trim_end().eq_ignore_ascii_case("history")
}

fn line_editor(history: Option<&Path>) -> Result<LineEditor> {
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .history_ignore_dups(true)
        .map_err(|error| terminal_failed(&error))?
        .build();
    let mut editor = LineEditor::with_config(config).map_err(|error| terminal_failed(&error))?;
    editor.set_max_history_size(HISTORY_ENTRIES).map_err(|error| terminal_failed(&error))?;
    editor.set_helper(Some(Completion::default()));
    if let Some(path) = history {
        // The first time there is none.
        let _ = editor.load_history(path);
    }
    Ok(editor)
}

/// Where statements are kept: in the directory for what programs keep of their state, if there is or can be one.
fn history_file() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local").join("state")))?;
    let directory = state.join("cqlite");
    fs::create_dir_all(&directory).ok()?;
    Some(directory.join("history"))
}

/// Waits until somebody has read a page. Ctrl-C, ctrl-D and `q` say that it is enough.
fn wants_more(editor: &RefCell<LineEditor>) -> bool {
    let answer = editor.borrow_mut().readline(MORE);
    answer.is_ok_and(|answer| !answer.trim().eq_ignore_ascii_case("q"))
}

fn terminal_failed(error: &ReadlineError) -> Error {
    Error::invalid_input(format!("the terminal cannot be used: {error}"))
}
