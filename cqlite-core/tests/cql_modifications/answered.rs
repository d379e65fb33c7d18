//! Statements with what Cassandra answered to them.
//!
//! ```text
//! # a comment
//! UPDATE ks.t SET v = ? WHERE k = 1 IF v = 2
//! ?? int 5                 values of bind markers, separated by semicolons
//! -> [applied], v          the columns of the answer; `ok` if it has none
//! => false, 1              a row
//! !! 2200 message          or why it was refused, behind the protocol's code
//! ```

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Lines;

use cqlite_core::Database;
use cqlite_core::query::{Answer, QueryError, Value};
use cqlite_sstable::types::{CqlType, write_cql};

/// Carries out all statements of a text in an empty database.
///
/// # Panics
/// If an answer is another one than Cassandra's; all that differ are told.
pub(crate) fn check_answers(text: &str) {
    let db = Database::in_memory().unwrap().open().unwrap();
    let mut lines = text.lines().peekable();
    let (mut count, mut wrong) = (0, String::new());
    while let Some(statement) = lines.next() {
        if statement.is_empty() || statement.starts_with('#') {
            continue;
        }
        let values = match lines.next_if(|line| line.starts_with("?? ")) {
            Some(line) => line[3..].split(';').map(bound).collect(),
            None => Vec::new(),
        };
        let expected = expected(&mut lines);
        let answered = shown(db.execute(statement, &values));
        count += 1;
        if answered != expected {
            write!(wrong, "\n{statement}\n  Cassandra: {expected:?}\n  here:      {answered:?}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "of {count} answers are wrong:{wrong}");
    assert!(count > 30, "there are only {count} statements");
}

fn expected<'t>(lines: &mut Peekable<Lines<'t>>) -> Vec<&'t str> {
    std::iter::from_fn(|| {
        lines.next_if(|line| ["-> ", "=> ", "!! "].iter().any(|mark| line.starts_with(mark)))
    })
    .collect()
}

fn bound(text: &str) -> Value<'static> {
    let (kind, rest) = text.split_once(' ').unwrap_or((text, ""));
    let bytes = match kind {
        "null" => return Value::Null,
        "unset" => return Value::Unset,
        "int" => rest.parse::<i32>().unwrap().to_be_bytes().to_vec(),
        "bigint" => rest.parse::<i64>().unwrap().to_be_bytes().to_vec(),
        "text" => rest.as_bytes().to_vec(),
        _ => hex(text.strip_prefix("0x").unwrap()),
    };
    Value::Bytes(bytes.into())
}

fn hex(digits: &str) -> Vec<u8> {
    let pairs = (0..digits.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

fn shown(answer: Result<Answer, QueryError>) -> Vec<String> {
    let rows = match answer {
        Ok(Answer::Rows(rows)) => rows.rows,
        Ok(_) => return vec!["-> ok".to_owned()],
        Err(error) => {
            let message = error.message().replace('\n', "\\n");
            return vec![format!("!! {:04x} {message}", error.class().code())];
        }
    };
    let names: Vec<&str> = rows.columns().iter().map(|column| &*column.name).collect();
    let mut lines = vec![format!("-> {}", names.join(", "))];
    for row in rows.rows() {
        let columns = row.columns().iter().zip(row.values());
        let values = columns.map(|(column, value)| {
            let Some(value) = value else { return "null".to_owned() };
            // Clients are told what a counter comes to.
            let shown_type = match &column.cql_type {
                CqlType::Counter => &CqlType::BigInt,
                other => other,
            };
            let mut text = Vec::new();
            write_cql(shown_type, value, &mut text).unwrap();
            String::from_utf8(text).unwrap()
        });
        lines.push(format!("=> {}", values.collect::<Vec<_>>().join(", ")));
    }
    lines
}
