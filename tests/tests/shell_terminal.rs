//! `cqlite shell` at a terminal, as a person uses it.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use cqlite_tests::{cqlite::cqlite, repository, terminal::Terminal};

fn shell(place: &Path, arguments: &[&str]) -> Terminal {
    let mut command = cqlite();
    command.arg("shell").args(arguments).current_dir(place);
    Terminal::start(command.env("NO_COLOR", "1").env("XDG_STATE_HOME", place.join("state")))
}

/// Where a prompt of the shell ends, at the beginning of a line.
fn prompt(line: &str) -> Option<&str> {
    let is_prompt = line.starts_with("cqlite") && line.contains("> ");
    let end = match is_prompt {
        true => line.find("> ")? + 2,
        false => line.find("... ").filter(|at| *at > 0 && line[..*at].trim().is_empty())? + 4,
    };
    line.get(..end)
}

#[test]
fn the_session_that_the_docs_show_goes_as_they_show_it() {
    let page = fs::read_to_string(repository().join("docs/shell.md")).unwrap();
    let (_, session) = page.split_once("```text\n$ cqlite shell --memory\n").unwrap();
    let (session, _) = session.split_once("\n```").unwrap();
    let place = tempfile::tempdir().unwrap();
    let mut terminal = shell(place.path(), &["--memory"]);
    let mut typed = 0;
    for line in session.lines() {
        let Some(prompt) = prompt(line) else { continue };
        terminal.wait_for_prompt(prompt);
        terminal.enter(&line[prompt.len()..]);
        typed += 1;
    }
    let (status, text) = terminal.end();
    assert_eq!(text.trim_end(), session);
    assert_eq!(status.code(), Some(0));
    assert!(typed > 12, "{typed}");
}

const MADE: &str = "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}; USE shop; \
                    CREATE TABLE lines (cart int, line int, item text, PRIMARY KEY (cart, line));";

#[test]
fn the_tab_key_completes_words() {
    let place = tempfile::tempdir().unwrap();
    let mut terminal = shell(place.path(), &["--memory"]);
    terminal.wait_for_prompt("cqlite> ");
    terminal.enter(MADE);
    terminal.wait_for_prompt("cqlite:shop> ");
    terminal.send("SELE\t ite\t FROM lin\t;");
    terminal
        .wait_until("the completed statement", |text| text.ends_with("cqlite:shop> SELECT item FROM lines;"));
    terminal.enter("");
    let text = terminal.wait_for_prompt("cqlite:shop> ");
    assert!(text.contains("\n item\n------\n\n(0 rows)\n"), "{text}");
    terminal.enter("QUIT");
    assert_eq!(terminal.end().0.code(), Some(0));
}

/// A file with rows, and the command that reads it.
fn rows(place: &Path, count: usize) -> String {
    let mut text = String::new();
    for line in 0..count {
        writeln!(text, "1,{line},item {line}").unwrap();
    }
    fs::write(place.join("rows.csv"), text).unwrap();
    "COPY lines (cart, line, item) FROM 'rows.csv';".to_owned()
}

#[test]
fn a_long_answer_stops_after_each_page_until_somebody_has_read_it() {
    let place = tempfile::tempdir().unwrap();
    let mut terminal = shell(place.path(), &["--memory"]);
    terminal.wait_for_prompt("cqlite> ");
    terminal.enter(MADE);
    terminal.wait_for_prompt("cqlite:shop> ");
    terminal.enter(&rows(place.path(), 25));
    terminal.wait_until("the import", |text| text.contains("25 rows imported"));
    terminal.wait_for_prompt("cqlite:shop> ");
    terminal.enter("PAGING 10");
    terminal.wait_until("the page size", |text| text.contains("Page size: 10\ncqlite:shop>"));
    terminal.enter("SELECT line FROM lines;");
    let text = terminal.wait_for_prompt("---MORE---");
    assert!(text.contains("\n    9\n") && !text.contains("\n   10\n"), "{text}");
    terminal.enter("");
    terminal.wait_until("the second page", |text| text.contains("\n   19\n\n---MORE---"));
    terminal.enter("");
    let text = terminal.wait_for_prompt("cqlite:shop> ");
    assert!(text.contains("\n   24\n\n(25 rows)\n"), "{text}");
    // Each page has the names of the columns.
    assert_eq!(text.matches("\n line\n------\n").count(), 3, "{text}");
    terminal.enter("SELECT line FROM lines;");
    terminal.wait_for_prompt("---MORE---");
    terminal.enter("q");
    let text = terminal.wait_for_prompt("cqlite:shop> ");
    assert!(text.contains("(10 rows)\n(there may be more)\n"), "{text}");
    // Ctrl-D ends the shell.
    terminal.send("\x04");
    assert_eq!(terminal.end().0.code(), Some(0));
}

#[test]
fn ctrl_c_cancels_a_line_and_a_scan_and_the_shell_goes_on() {
    let place = tempfile::tempdir().unwrap();
    let mut terminal = shell(place.path(), &["--memory"]);
    terminal.wait_for_prompt("cqlite> ");
    terminal.enter(MADE);
    terminal.wait_for_prompt("cqlite:shop> ");
    terminal.enter("SELECT 'open");
    terminal.wait_until("the next line of the statement", |text| text.ends_with("..."));
    terminal.send("\x03");
    terminal.wait_for_prompt("cqlite:shop> ");
    terminal.enter(&rows(place.path(), 60_000));
    terminal.wait_until("the import", |text| text.contains("60000 rows imported"));
    terminal.wait_for_prompt("cqlite:shop> ");
    terminal.enter("PAGING OFF");
    terminal.wait_until("no pages", |text| text.contains("PAGING set to OFF\ncqlite:shop>"));
    terminal.enter("SELECT * FROM lines;");
    terminal.wait_until("rows", |text| text.contains("item 100\n"));
    terminal.interrupt();
    let text = terminal.wait_until("the end of the scan", |text| text.ends_with("\ncqlite:shop>"));
    assert!(text.contains("(there may be more)"));
    assert!(!text.contains("item 59999"));
    terminal.enter("SELECT count(*) FROM lines WHERE item = 'none' ALLOW FILTERING;");
    terminal.wait_until("the end of the count", |text| text.contains(" count\n-------\n     0\n"));
    terminal.enter("SELECT item FROM lines WHERE cart = 1 AND line = 59999;");
    terminal.wait_until("the next answer", |text| text.contains("\n item 59999\n\n(1 rows)\ncqlite:shop>"));
    terminal.enter("EXIT");
    assert_eq!(terminal.end().0.code(), Some(0));
}

#[test]
fn statements_are_remembered_until_the_next_time() {
    let place = tempfile::tempdir().unwrap();
    let mut terminal = shell(place.path(), &["--memory"]);
    terminal.wait_for_prompt("cqlite> ");
    terminal.enter("SHOW HOST");
    terminal.wait_until("the host", |text| text.contains("Connected to a database in memory.\ncqlite>"));
    terminal.send("\x04");
    terminal.end();
    let mut terminal = shell(place.path(), &["--memory"]);
    terminal.wait_for_prompt("cqlite> ");
    // The key for what was before, then return.
    terminal.enter("\x1b[A");
    let text = terminal.wait_until("the host", |text| text.matches("Connected to").count() == 2);
    assert!(text.contains("cqlite> SHOW HOST\n"), "{text}");
    terminal.send("\x04");
    terminal.end();
    let mut terminal = shell(place.path(), &["--memory", "--no-history"]);
    terminal.wait_for_prompt("cqlite> ");
    terminal.enter("HISTORY");
    terminal.wait_for_prompt("cqlite> ");
    terminal.send("\x04");
    let (_, text) = terminal.end();
    assert!(!text.contains("SHOW HOST"), "{text}");
}
