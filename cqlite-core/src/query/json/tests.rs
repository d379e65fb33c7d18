//! `INSERT JSON`, with what a node of Cassandra 5.0.9 answered.

use cqlite_sstable::types::CqlType;

use super::JsonRow;
use crate::query::test_schema::TestSchema;
use crate::query::{ColumnSpec, Value};

fn column(name: &str, cql_type: CqlType) -> ColumnSpec {
    ColumnSpec {
        keyspace: "gold".into(),
        table: "t".into(),
        name: name.into(),
        cql_type,
        is_descending: false,
    }
}

fn columns() -> Vec<ColumnSpec> {
    let schema = TestSchema::new();
    [("k", "int"), ("c", "int"), ("i32", "int"), ("du", "duration"), ("li", "list<int>")]
        .map(|(name, of)| column(name, schema.cql_type(of)))
        .into()
}

fn refusal(text: &str) -> String {
    let row = JsonRow::parse(text).and_then(|row| row.into_values(&columns()));
    row.unwrap_err().message().to_owned()
}

#[test]
fn values_go_to_their_columns_whatever_the_case_of_names() {
    let row = JsonRow::parse(r#"{"K": 1, "\"c\"": "2", "i32": null} and more"#).unwrap();
    let values = row.into_values(&columns()).unwrap();
    let int = |number: i32| Some(Value::Bytes(number.to_be_bytes().to_vec().into()));
    assert_eq!(values, [int(1), int(2), Some(Value::Null), None, None]);
}

#[test]
fn a_row_that_is_none_is_refused_as_cassandra_does() {
    const SOURCE: &str =
        "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1";
    const DATABIND: &str = "com.fasterxml.jackson.databind.exc";
    let map = "value of type `java.util.LinkedHashMap<java.lang.Object,java.lang.Object>`";
    for (text, message) in [
        (
            "",
            format!(
                "{DATABIND}.MismatchedInputException: No content to map due to end-of-input\n at {SOURCE}]"
            ),
        ),
        (
            "[1]",
            format!(
                "{DATABIND}.MismatchedInputException: Cannot deserialize {map} from Array value (token `JsonToken.START_ARRAY`)\n at {SOURCE}, column: 1]"
            ),
        ),
        (
            "1.5",
            format!(
                "{DATABIND}.MismatchedInputException: Cannot deserialize {map} from Floating-point value (token `JsonToken.VALUE_NUMBER_FLOAT`)\n at {SOURCE}, column: 1]"
            ),
        ),
        (
            "-5",
            format!(
                "{DATABIND}.MismatchedInputException: Cannot deserialize {map} from Integer value (token `JsonToken.VALUE_NUMBER_INT`)\n at {SOURCE}, column: 1]"
            ),
        ),
        (
            "true",
            format!(
                "{DATABIND}.MismatchedInputException: Cannot deserialize {map} from Boolean value (token `JsonToken.VALUE_TRUE`)\n at {SOURCE}, column: 1]"
            ),
        ),
        (
            "\"x\"",
            format!(
                "{DATABIND}.MismatchedInputException: Cannot construct instance of `java.util.LinkedHashMap` (although at least one Creator exists): no String-argument constructor/factory method to deserialize from String value ('x')\n at {SOURCE}, column: 1]"
            ),
        ),
        (
            "\"\"",
            format!(
                "{DATABIND}.InvalidFormatException: Cannot coerce empty String (\"\") to element of `java.util.LinkedHashMap` (but could if coercion was enabled using `CoercionConfig`)\n at {SOURCE}, column: 1]"
            ),
        ),
        (
            "{\"k\" 1}",
            format!(
                "com.fasterxml.jackson.core.JsonParseException: Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value\n at {SOURCE}, column: 6]"
            ),
        ),
    ] {
        let wanted = format!("Could not decode JSON string as a map: {message}. (String was: {text})");
        assert_eq!(refusal(text), wanted);
    }
    assert_eq!(refusal("null"), "Got null for INSERT JSON values");
}

#[test]
fn a_wrong_value_is_told_with_its_column() {
    for (text, message) in [
        (r#"{"k":1,"c":1,"zz":1,"yy":2}"#, "JSON values map contains unrecognized column: zz"),
        (r#"{"k":1,"c":1,"i32":"x"}"#, "Error decoding JSON value for i32: Unable to make int from 'x'"),
        (r#"{"k":1,"c":1,"du":"q"}"#, "Unable to convert 'q' to a duration"),
        (r#"{"k":1,"li":[1,null]}"#, "Error decoding JSON value for li: Invalid null element in list"),
        (r#"{"k":1,"li":5} x"#, "Error decoding JSON value for li: Expected a list, but got a Integer: 5"),
    ] {
        assert_eq!(refusal(text), message);
    }
}

#[test]
fn nesting_has_a_limit() {
    let deep = format!("{}1{}", "[".repeat(1001), "]".repeat(1001));
    let error = refusal(&format!("{{\"k\":{deep}}}"));
    assert!(error.contains("Document nesting depth (1001) exceeds the maximum allowed (1000"), "{error}");
}
