//! What is said of a text that is not CQL.

#![expect(clippy::unwrap_used, reason = "what these tests assert with fails by panicking")]

use cqlite_cql::{Position, parse_script};

#[track_caller]
fn assert_error(script: &str, message: &str) {
    assert_eq!(parse_script(script).unwrap_err().to_string(), message);
}

#[test]
fn an_error_tells_the_line_the_column_and_what_was_expected() {
    assert_error(
        "CREATE TABLE t (a int PRIMARY KEY x)",
        "line 1:34 mismatched input 'x' expecting ')' (... (a int PRIMARY KEY [x]...)",
    );
    assert_error(
        "USE k;\nCREATE KEYSPACE k\n  durable_writes = true;",
        "line 3:2 mismatched input 'durable_writes' expecting K_WITH (CREATE KEYSPACE k  [durable_writes]...)",
    );
    assert_error("SELEC * FROM t", "line 1:0 no viable alternative at input 'SELEC' ([SELEC]...)");
    assert_error("CREATE THING x", "line 1:0 no viable alternative at input 'CREATE' ([CREATE]...)");
    assert_error(
        "ALTER TABLE t FROB",
        "line 1:14 no viable alternative at input 'FROB' (ALTER TABLE t [FROB])",
    );
    assert_error("USE select", "line 1:4 no viable alternative at input 'select' (USE [select])");
    assert_error("USE k USE k", "line 1:6 mismatched input 'USE' expecting ';' (USE k [USE]...)");
    assert_error("CREATE TYPE t ()", "line 1:15 no viable alternative at input ')' (CREATE TYPE t ([)])");
    assert_error(
        "ALTER TABLE t WITH c = [1]",
        "line 1:23 no viable alternative at input '[' (...TABLE t WITH c = [[]...)",
    );
}

#[test]
fn the_end_of_the_text_is_named() {
    assert_error("CREATE TABLE t (a int", "line 1:21 mismatched input '<EOF>' expecting ')'");
    assert_error("BEGIN BATCH\nDELETE FROM t;", "line 2:14 mismatched input '<EOF>' expecting K_APPLY");
    assert_error("CREATE TABLE t (a int MASKED WITH f(", "line 1:36 mismatched input '<EOF>' expecting ')'");
}

#[test]
fn an_unterminated_literal_is_reported_where_it_begins() {
    assert_error("USE k;\nALTER TABLE t WITH comment = 'x;\nUSE k;", "line 2:29 unterminated string literal");
}

#[test]
fn a_quoted_statement_is_cut_short() {
    let long = "x".repeat(1000);
    let error = parse_script(&format!("USE {long} {long}")).unwrap_err().to_string();
    assert!(error.contains(&format!("'{}...'", "x".repeat(60))), "{error}");
    assert!(error.len() < 400, "{error}");
}

#[test]
fn a_table_has_exactly_one_primary_key() {
    assert_error(
        "CREATE TABLE ks.t (a int)",
        "line 1:13 No PRIMARY KEY specifed for table 'ks.t' (exactly one required)",
    );
    for (table, column) in [
        ("CREATE TABLE t (a int PRIMARY KEY, b int PRIMARY KEY)", 41),
        ("CREATE TABLE t (a int PRIMARY KEY, PRIMARY KEY (a))", 35),
    ] {
        let message =
            format!("line 1:{column} Multiple PRIMARY KEY specified for table 't' (exactly one required)");
        assert_error(table, &message);
    }
}

#[test]
fn a_column_is_declared_once() {
    assert_error(
        "CREATE TABLE t (a int PRIMARY KEY, A text)",
        "line 1:35 Duplicate column 'a' declaration for table 't'",
    );
}

#[test]
fn an_option_comes_once() {
    assert_error(
        "ALTER TABLE t WITH comment = 'a' AND Comment = 'b'",
        "line 1:37 Multiple definitions for property 'comment'",
    );
    assert_error(
        "CREATE TABLE t (a int PRIMARY KEY) WITH cdc = true AND cdc = true",
        "line 1:55 Multiple definitions for property 'cdc'",
    );
}

#[test]
fn values_out_of_range_are_refused() {
    assert_error("CREATE TABLE t (a int PRIMARY KEY) WITH ID = 'x'", "line 1:40 Invalid table id");
    assert_error(
        "ALTER TABLE t DROP a USING TIMESTAMP 9223372036854775808",
        "line 1:37 timestamp 9223372036854775808 is out of range",
    );
}

#[test]
fn an_error_has_its_parts() {
    let script = "USE k;\nUSE '\u{1f600}'";
    let error = parse_script(script).unwrap_err();
    assert_eq!(error.position(), Position { line: 2, column: 4 });
    assert_eq!(error.span().text(script), "'\u{1f600}'");
    assert_eq!(error.message(), "no viable alternative at input ''\u{1f600}'' (USE ['\u{1f600}'])");
}
