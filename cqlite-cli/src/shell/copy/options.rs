//! The options of `COPY`.

use std::path::PathBuf;

use cqlite_cql::lexer::TokenKind;
use cqlite_sstable::tools::import::CsvOptions;

use super::Direction;
use crate::export::csv_value::CsvStyle;
use crate::shell::words::Words;

/// Those that say how cqlsh shares out its work, and mean nothing where there is no server.
const WITHOUT_MEANING: &[&str] = &[
    "CHUNKSIZE",
    "INGESTRATE",
    "MAXATTEMPTS",
    "MAXBATCHSIZE",
    "MAXREQUESTS",
    "MINBATCHSIZE",
    "NUMPROCESSES",
    "PAGESIZE",
    "PAGETIMEOUT",
    "PREPAREDSTATEMENTS",
    "REPORTFREQUENCY",
];

/// Those that are known from cqlsh and not supported.
const UNSUPPORTED: &[&str] =
    &["BEGINTOKEN", "CONFIGFILE", "DATETIMEFORMAT", "ENDTOKEN", "MAXOUTPUTSIZE", "RATEFILE"];

/// Those of `COPY FROM` alone.
const OF_FROM: &[&str] = &[
    "BOOLSTYLE",
    "DECIMALSEP",
    "ERRFILE",
    "MAXINSERTERRORS",
    "MAXPARSEERRORS",
    "MAXROWS",
    "SKIPCOLS",
    "SKIPROWS",
    "THOUSANDSSEP",
    "TTL",
];

/// Those of `COPY TO` alone.
const OF_TO: &[&str] = &["DOUBLEPRECISION", "FLOATPRECISION"];

/// How CSV is written and read, and how much of it.
#[derive(Debug)]
pub struct CopyOptions {
    /// The dialect of CSV.
    pub csv: CsvOptions,
    /// How values are written.
    pub style: CsvStyle,
    /// How many rows are read at most.
    pub most_rows: Option<u64>,
    /// How many rows are passed over.
    pub skipped_rows: u64,
    /// How many rows may be no values of their types.
    pub parse_errors: Option<u64>,
    /// How many rows may be refused.
    pub insert_errors: Option<u64>,
    /// Where rows go that are refused.
    pub refused_rows: Option<PathBuf>,
    /// How long rows live, in seconds.
    pub ttl_seconds: Option<u64>,
}

impl Default for CopyOptions {
    fn default() -> Self {
        Self {
            csv: CsvOptions::default(),
            style: CsvStyle::default(),
            most_rows: None,
            skipped_rows: 0,
            parse_errors: None,
            insert_errors: Some(1000),
            refused_rows: None,
            ttl_seconds: None,
        }
    }
}

impl CopyOptions {
    /// Reads `NAME = value`. None if there is no such thing.
    ///
    /// # Errors
    /// If there is no such option, or the value makes no sense for it, in words.
    pub fn read(&mut self, words: &mut Words<'_>, direction: Direction) -> Result<Option<()>, String> {
        let Some(name) = words.name().map(|name| name.to_ascii_uppercase()) else { return Ok(None) };
        if !words.eat("=") {
            return Ok(None);
        }
        let Some(token) = words.take() else { return Ok(None) };
        let value = match token.kind {
            TokenKind::String => token.value().into_owned(),
            _ => token.text.to_owned(),
        };
        self.set(&name, &value, direction).map(Some)
    }

    fn set(&mut self, name: &str, value: &str, direction: Direction) -> Result<(), String> {
        if UNSUPPORTED.contains(&name) {
            return Err(format!("the option {name} of COPY is not supported"));
        }
        if direction == Direction::To && OF_FROM.contains(&name) {
            return Err(format!("COPY TO has no option {name}"));
        }
        if direction == Direction::From && OF_TO.contains(&name) {
            return Err(format!("COPY FROM has no option {name}"));
        }
        let dialect = &mut self.csv.dialect;
        match name {
            "HEADER" => self.csv.has_header = is_true(name, value)?,
            "DELIMITER" => self.csv.delimiter = one_byte(name, value)?,
            "QUOTE" => self.csv.quote = one_byte(name, value)?,
            "ESCAPE" => self.csv.escape = one_byte(name, value)?,
            "NULL" => {
                value.clone_into(&mut dialect.null);
                value.clone_into(&mut self.style.null);
            }
            "FLOATPRECISION" => self.style.float_digits = digits(name, value)?,
            "DOUBLEPRECISION" => self.style.double_digits = digits(name, value)?,
            "ENCODING" => match value.to_ascii_lowercase().replace(['-', '_'], "").as_str() {
                "utf8" | "ascii" => {}
                _ => return Err(format!("the encoding '{value}' is not supported: files are UTF-8")),
            },
            "BOOLSTYLE" => match value.split_once(',').map(|(yes, no)| [yes.trim(), no.trim()]) {
                Some([yes, no]) if yes != no && !yes.is_empty() && !no.is_empty() => {
                    dialect.booleans = [yes.to_owned(), no.to_owned()];
                }
                _ => return Err(format!("BOOLSTYLE '{value}' is not two words parted by a comma")),
            },
            "DECIMALSEP" => dialect.decimal_separator = char::from(one_byte(name, value)?),
            "THOUSANDSSEP" if value.is_empty() => dialect.thousands_separator = None,
            "THOUSANDSSEP" => dialect.thousands_separator = Some(char::from(one_byte(name, value)?)),
            "SKIPCOLS" => {
                self.csv.skipped_columns = value.split(',').map(|name| name.trim().to_owned()).collect();
            }
            "MAXROWS" => self.most_rows = number(name, value)?,
            "SKIPROWS" => self.skipped_rows = number(name, value)?.unwrap_or(0),
            "MAXPARSEERRORS" => self.parse_errors = number(name, value)?,
            "MAXINSERTERRORS" => self.insert_errors = number(name, value)?,
            "ERRFILE" => self.refused_rows = Some(PathBuf::from(value)),
            "TTL" => self.ttl_seconds = number(name, value)?,
            _ if WITHOUT_MEANING.contains(&name) => {}
            _ => return Err(format!("COPY has no option {name}")),
        }
        Ok(())
    }

    /// Refuses characters that would mean two things.
    ///
    /// # Errors
    /// If there are any, in words.
    pub fn check(&self) -> Result<(), String> {
        let CsvOptions { delimiter, quote, escape, .. } = self.csv;
        if delimiter == quote || delimiter == escape {
            return Err("DELIMITER, QUOTE and ESCAPE have to be told apart".to_owned());
        }
        Ok(())
    }
}

fn is_true(name: &str, value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("{name} '{value}' is neither true nor false")),
    }
}

fn one_byte(name: &str, value: &str) -> Result<u8, String> {
    match value.as_bytes() {
        [byte] if byte.is_ascii() => Ok(*byte),
        b"\\t" => Ok(b'\t'),
        _ => Err(format!("{name} '{value}' is not one ASCII character")),
    }
}

/// How many digits: no double has more than 17.
fn digits(name: &str, value: &str) -> Result<usize, String> {
    let digits = value.parse().ok().filter(|digits| (1..=17).contains(digits));
    digits.ok_or_else(|| format!("{name} '{value}' is no number from 1 to 17"))
}

/// A number; none if it is negative, which means that there is no limit.
fn number(name: &str, value: &str) -> Result<Option<u64>, String> {
    let number: i64 = value.parse().map_err(|_| format!("{name} '{value}' is no number"))?;
    Ok(u64::try_from(number).ok())
}
