//! Statements about the schema beside what a node of Cassandra 5.0.9 answered to them.
//!
//! A file of answers has a statement a line with the node's answer, as JSON: an error with its code and message, what was changed,
//! or rows; in the order in which they were executed, on one connection.

use cqlite_cql::parse_cql;
use cqlite_cql::query::CqlStatement;
use serde_json::{Value, json};

use crate::Database;
use crate::query::{Answer, ErrorClass, RowSet, Session};

const ANSWERS: [&str; 3] = [
    include_str!("answers.txt"),
    include_str!("answers_of_types.txt"),
    // Of terms, functions and conditions for columns that the schema makes special.
    include_str!("answers_of_terms.txt"),
];
const CONFORMANCE: &str = include_str!("../../../../cqlite-cql/tests/conformance.txt");

fn database() -> Database {
    Database::in_memory().unwrap().open().unwrap()
}

fn answer(session: &mut Session<'_>, statement: &str) -> Value {
    match session.execute(statement, &[]) {
        Ok(Answer::Void) => json!(["VOID"]),
        Ok(Answer::Keyspace(keyspace)) => json!(["USE", keyspace]),
        Ok(Answer::Rows(rows)) => rows_as_json(&rows.rows),
        Ok(Answer::SchemaChange(change)) => {
            let Some(kind) = change.kind.name() else { return json!(["VOID"]) };
            let mut told = vec![json!("CHANGE"), json!(kind), json!(change.target.name())];
            told.push(json!(change.keyspace));
            told.extend(change.name.map(|name| json!(name)));
            Value::Array(told)
        }
        Err(error) => json!([format!("{:04x}", error.class().code()), error.message()]),
    }
}

/// Values that are no text are told in hexadecimal digits.
fn rows_as_json(rows: &RowSet) -> Value {
    let names: Vec<&str> = rows.columns().iter().map(|column| &*column.name).collect();
    let digits = |value: &[u8]| value.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let one =
        |value: &[u8]| String::from_utf8(value.to_vec()).unwrap_or_else(|_| format!("0x{}", digits(value)));
    let text = |value: Option<&[u8]>| value.map(one);
    let rows: Vec<Vec<_>> = rows.rows().map(|row| row.values().map(text).collect()).collect();
    json!(["ROWS", names, rows])
}

/// A node has more keyspaces of its own.
fn without_system(mut answer: Value) -> Value {
    let is_own = |row: &Value| row[0].as_str().is_some_and(|name| name.starts_with("system"));
    if let Some(rows) = answer.get_mut(2).and_then(Value::as_array_mut)
        && rows.len() > 1
    {
        rows.retain(|row| !is_own(row));
    }
    answer
}

#[test]
fn statements_about_the_schema_are_answered_as_by_a_node() {
    let mut different = Vec::new();
    let mut compared = 0;
    for answers in ANSWERS {
        let db = database();
        let mut session = db.session();
        for line in answers.lines() {
            let mut theirs: Vec<Value> = serde_json::from_str(line).unwrap();
            let statement = theirs.remove(0);
            let statement = statement.as_str().unwrap();
            compared += 1;
            let theirs = without_system(Value::Array(theirs));
            let ours = without_system(answer(&mut session, statement));
            if theirs != ours {
                different.push(format!("{statement}\n  node: {theirs}\n  here: {ours}"));
            }
        }
    }
    assert!(compared > 700, "{compared} statements");
    assert!(different.is_empty(), "{} of {compared} differ:\n{}", different.len(), different.join("\n"));
}

#[test]
fn what_conformance_asks_of_schemas_is_carried_out_or_refused_by_name() {
    let db = database();
    let mut session = db.session();
    let mut wrong = Vec::new();
    let mut counted = 0;
    for line in CONFORMANCE.lines() {
        let Some(statement) = line.strip_prefix("OK\t") else { continue };
        let parsed = parse_cql(statement).unwrap().node;
        if !matches!(
            parsed,
            CqlStatement::Schema(_)
                | CqlStatement::Describe(_)
                | CqlStatement::CreateView(_)
                | CqlStatement::AlterView(_)
                | CqlStatement::DropView(_)
                | CqlStatement::CreateFunction(_)
                | CqlStatement::CreateAggregate(_)
                | CqlStatement::DropFunction(_)
                | CqlStatement::CreateTrigger(_)
                | CqlStatement::DropTrigger(_)
                | CqlStatement::Role(_)
                | CqlStatement::Permission(_)
        ) {
            continue;
        }
        counted += 1;
        let may_be_refused = !matches!(parsed, CqlStatement::Schema(_));
        match session.execute(statement, &[]) {
            Ok(_) => {}
            Err(error) if may_be_refused && error.class() == ErrorClass::Unsupported => {}
            Err(error) => wrong.push(format!("{statement}: {:?} {error}", error.class())),
        }
    }
    assert!(counted > 90, "{counted} statements");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
