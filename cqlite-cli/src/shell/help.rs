//! `HELP`

use super::trouble::Trouble;

const OVERVIEW: &str = "
Statements of CQL end with a semicolon and may take several lines. Commands of the shell take one line:

  CAPTURE ['file' | OFF]          write answers to the end of a file
  CLEAR                           clear the screen
  CONSISTENCY [level]             accepted; there is one copy here
  COPY table TO | FROM 'file'     write or read CSV; see HELP COPY
  DESCRIBE ...                    the schema as CQL; see HELP DESCRIBE
  EXIT, QUIT, ctrl-D              end
  EXPAND [ON | OFF]               each value on a line of its own
  HELP [topic]                    this, or more about a command
  HISTORY                         the statements before
  PAGING [ON | OFF | rows]        stop after each page
  SERIAL CONSISTENCY [level]      accepted; there is one copy here
  SHOW VERSION | HOST             what this is, and what it is connected to
  SOURCE 'file'                   carry out the statements of a file
  TRACING [ON | OFF]              tell what each statement touched

The tab key completes words. Ctrl-C cancels a line, and a statement that is being carried out.
";

const TOPICS: &[(&str, &str)] = &[
    (
        "CAPTURE",
        "CAPTURE 'file' writes what statements answer to the end of a file, without colours, and not to the screen; \
         errors stay on the screen. CAPTURE OFF ends it, CAPTURE tells how it is.",
    ),
    (
        "CONSISTENCY",
        "CONSISTENCY level is accepted for scripts that are made for cqlsh. There is one copy of the data here, so all \
         levels mean the same.",
    ),
    (
        "COPY",
        "COPY table [(columns)] TO 'file' | STDOUT [WITH options]
COPY table [(columns)] FROM 'file' | STDIN [WITH options]

Options of both: HEADER, DELIMITER, QUOTE, ESCAPE, NULL, ENCODING. Of TO: FLOATPRECISION,
DOUBLEPRECISION. Of FROM: MAXROWS, SKIPROWS, SKIPCOLS, BOOLSTYLE,
DECIMALSEP, THOUSANDSSEP, MAXPARSEERRORS, MAXINSERTERRORS, ERRFILE, TTL. Options that tell cqlsh how many processes and
requests to use are accepted and change nothing. On STDIN, a line of \\. ends the rows.",
    ),
    (
        "DESCRIBE",
        "DESCRIBE KEYSPACES | TABLES | TYPES | CLUSTER
DESCRIBE [FULL] SCHEMA
DESCRIBE [ONLY] KEYSPACE [name]
DESCRIBE TABLE | TYPE | INDEX | MATERIALIZED VIEW name
DESCRIBE name
WITH INTERNALS behind it shows ids and dropped columns as well.",
    ),
    ("EXPAND", "EXPAND ON shows each value on a line of its own, which helps with many columns. EXPAND tells how it is."),
    (
        "PAGING",
        "PAGING ON stops after each page on a terminal; the return key shows the next one, q ends. PAGING 50 makes pages \
         of 50 rows. PAGING OFF does not stop. PAGING tells how it is.",
    ),
    (
        "SOURCE",
        "SOURCE 'file' carries out the statements of a file. A refused one is told, and the others are carried out.",
    ),
    (
        "TRACING",
        "TRACING ON tells after each statement which memtables and SSTables it touched, which were ruled out and why, and how \
         much was read. TRACING tells how it is.",
    ),
];

/// What `HELP` tells.
///
/// # Errors
/// If there is no such topic.
pub fn help(topic: Option<&str>) -> Result<&'static str, Trouble> {
    let Some(topic) = topic else { return Ok(OVERVIEW) };
    let found = TOPICS.iter().find(|(name, _)| *name == topic).map(|(_, text)| *text);
    found.ok_or_else(|| {
        Trouble::command(format!("There is no help on {topic}; HELP alone tells all commands."))
    })
}
