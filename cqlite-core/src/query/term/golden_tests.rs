//! What terms are for columns of all types, compared with a node of Cassandra 5.0.9 (`golden/terms.txt`).
//!
//! The file has the columns of a table, and a line for each term that a column was given in an `INSERT`: the bytes that
//! were stored (`-`: none, `?`: others each time), or the code and message of the refusal. `golden/markers.txt` has the same
//! of bytes that were bound to a marker (`-`: null, `?`: unset).

use cqlite_cql::query::{BindMarker, CqlStatement, InsertValues};

use cqlite_sstable::types::CqlType;

use crate::query::test_schema::TestSchema;
use crate::query::{BindMarkers, Bindings, ColumnSpec, PreparedTerm, QueryError, QueryResult, Scope, Value};

const GOLDEN: &str = include_str!("golden/terms.txt");

/// The text without the escapes of the golden file.
fn unescaped(text: &str) -> String {
    text.replace("\\\\", "\u{0}").replace("\\n", "\n").replace("\\\"", "\"").replace('\u{0}', "\\")
}

/// A message with the signatures of functions in one order: Cassandra's has none.
fn ordered(message: &str) -> String {
    let Some((head, rest)) = message.split_once(" signatures: ") else { return message.to_owned() };
    let (list, tail) = rest.rsplit_once(')').unwrap();
    let mut signatures: Vec<&str> =
        list.split(", system.").map(|one| one.trim_start_matches("system.")).collect();
    signatures.sort_unstable();
    format!("{head} signatures: {}){tail}", signatures.join(", "))
}

fn answer(receiver: &ColumnSpec, text: &str, scope: &Scope<'_>) -> QueryResult<String> {
    let statement = format!("INSERT INTO t (k, c, {}) VALUES (99, 0, {text})", receiver.name);
    let CqlStatement::Insert(insert) = cqlite_cql::parse_cql(&statement)?.node else { panic!("{statement}") };
    let InsertValues::Columns { values, .. } = &insert.values else { panic!("{statement}") };
    let mut markers = BindMarkers::default();
    let prepared = PreparedTerm::prepare(&values[2].node, receiver, scope, &mut markers)?;
    let value = prepared.evaluate(&Bindings { values: &[], now_millis: 0 })?;
    Ok(shown(value.bytes(), receiver))
}

/// A value as the golden files have it.
fn shown(value: Option<&[u8]>, receiver: &ColumnSpec) -> String {
    match value {
        // No cell is left of a collection without elements.
        Some([0, 0, 0, 0]) if receiver.cql_type.is_multi_cell() => String::from("-"),
        Some(bytes) => bytes.iter().fold(String::from("x"), |text, byte| format!("{text}{byte:02x}")),
        None => String::from("-"),
    }
}

/// A refusal as the golden files have it.
fn refused(error: &QueryError) -> String {
    let message = error.message().replace('\\', "\\\\").replace('\n', "\\n");
    format!("!{:04x}\t{message}", error.class().code())
}

fn column(name: &str, cql_type: CqlType) -> ColumnSpec {
    ColumnSpec {
        keyspace: "gold".into(),
        table: "t".into(),
        name: name.into(),
        cql_type,
        is_descending: false,
    }
}

#[test]
fn terms_are_taken_and_refused_as_cassandra_does() {
    let schema = TestSchema::new();
    let scope = schema.scope();
    let mut columns = Vec::new();
    let (mut checked, mut wrong) = (0, Vec::new());
    for line in GOLDEN.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        if fields[0] == "column" {
            columns.push(column(fields[1], schema.cql_type(fields[2])));
            continue;
        }
        let receiver = columns.iter().find(|column| *column.name == *fields[1]).unwrap();
        let given = answer(receiver, &unescaped(fields[2]), &scope).unwrap_or_else(|error| refused(&error));
        let wanted = fields[3..].join("\t");
        checked += 1;
        if ordered(&given) != ordered(&wanted) && wanted != "?" {
            wrong.push(format!("{} <- {}\n  here:  {given}\n  there: {wanted}", fields[1], fields[2]));
        }
    }
    assert!(checked > 3000, "{checked}");
    assert!(wrong.is_empty(), "{} of {checked} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn calls_nested_too_deep_are_refused_rather_than_tried_for_ever() {
    let schema = TestSchema::new();
    let receiver = column("x", CqlType::Int);
    let nested = |depth: usize| format!("{}1{}", "mask_replace(5, ".repeat(depth), ")".repeat(depth));
    assert_eq!(answer(&receiver, &nested(8), &schema.scope()).unwrap(), "x00000001");
    let error = answer(&receiver, &nested(60), &schema.scope()).unwrap_err();
    assert!(error.message().contains("nested too deep"), "{error}");
    assert_eq!(answer(&receiver, &nested(8), &schema.scope()).unwrap(), "x00000001");
}

/// Bytes of the golden file; none for null and unset.
fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let hex = text.strip_prefix('x')?;
    Some((0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect())
}

fn bound(receiver: &ColumnSpec, value: Value<'_>) -> QueryResult<String> {
    let marker = BindMarker { name: None, index: 0 };
    let mut markers = BindMarkers::default();
    let term = PreparedTerm::of_marker(&marker, receiver, &mut markers);
    assert_eq!(markers.into_specs().unwrap().as_slice(), std::slice::from_ref(receiver));
    let value = term.evaluate(&Bindings { values: &[value], now_millis: 0 })?.into_owned();
    Ok(shown(value.bytes(), receiver))
}

#[test]
fn bound_values_are_taken_and_refused_as_cassandra_does() {
    let schema = TestSchema::new();
    let (mut receiver, mut checked, mut wrong) = (None, 0, Vec::new());
    for line in include_str!("golden/markers.txt").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        if fields[0] == "column" {
            receiver = Some(column(fields[1], schema.cql_type(fields[2])));
            continue;
        }
        let receiver = receiver.as_ref().unwrap();
        let value = match fields[2] {
            "?" => Value::Unset,
            text => bytes_of(text).map_or(Value::Null, |bytes| Value::Bytes(bytes.into())),
        };
        let given = bound(receiver, value).unwrap_or_else(|error| refused(&error));
        let wanted = fields[3..].join("\t");
        checked += 1;
        if given != wanted && wanted != "?" {
            wrong.push(format!("{} <- {}\n  here:  {given}\n  there: {wanted}", fields[1], fields[2]));
        }
    }
    assert!(checked > 800, "{checked}");
    assert!(wrong.is_empty(), "{} of {checked} differ:\n{}", wrong.len(), wrong.join("\n"));
}
