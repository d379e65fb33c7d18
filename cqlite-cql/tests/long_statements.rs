//! Statements of so many tokens that they are not all kept at once.

use cqlite_cql::parse_cql;

/// `0, 1, ... 999`
fn list() -> String {
    (0..1_000).map(|number| number.to_string()).collect::<Vec<_>>().join(", ")
}

fn error_of(statement: &str) -> String {
    parse_cql(statement).err().map_or_else(String::new, |error| error.to_string())
}

#[test]
fn an_error_far_into_a_statement_quotes_what_stands_before_it() {
    assert_eq!(
        error_of(&format!("INSERT INTO t (k) VALUES ([{} x])", list())),
        "line 1:4916 no viable alternative at input 'x' (..., 997, 998, 999 [x]...)"
    );
}

#[test]
fn what_was_tried_over_many_tokens_is_read_again_from_its_start() {
    assert_eq!(
        error_of(&format!("SELECT JSON [{} x] FROM t", list())),
        "line 1:12 mismatched input '[' expecting K_FROM (SELECT JSON [[]0,...)"
    );
}

#[test]
fn a_number_out_of_range_is_told_though_much_was_read_since() {
    let statement = format!("INSERT INTO t (k) VALUES ([1e400, {}])", list());
    let message = error_of(&statement);
    assert!(
        message.starts_with(&format!("Failed parsing statement: [{statement}] reason: Number")),
        "{message}"
    );
}

#[test]
fn a_text_that_cannot_be_cut_into_tokens_is_refused_behind_what_can_be_read() {
    assert_eq!(
        error_of(&format!("INSERT INTO t (k) VALUES ([{}]) 12ab", list())),
        "line 1:4922 mismatched character '<EOF>' expecting set null"
    );
}

#[test]
fn columns_that_are_set_twice_are_found_among_many() {
    let set = |last: &str| {
        let columns: Vec<String> = (0..40).map(|number| format!("c{number} = 1, u{number}.f = 1")).collect();
        format!("UPDATE t SET {}, {last} WHERE k = 1", columns.join(", "))
    };
    for last in ["c3 = 2", "c39[1] = 2", "u0 = 2", "u39.f = 2"] {
        let column = last.split([' ', '[', '.']).next().unwrap_or_default();
        assert_eq!(error_of(&set(last)), format!("Multiple incompatible setting of column {column}"));
    }
    for last in ["c40 = 2", "u3.g = 2", "u3[1] = 2"] {
        assert!(parse_cql(&set(last)).is_ok(), "{last}");
    }
}
