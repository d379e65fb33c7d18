//! Lists, sets, maps, tuples, vectors and values of user-defined types that a clause makes, type hints, and
//! bind markers.

use super::Table;
use crate::query::Value;

/// The name and the type of the only column, and its values.
fn one(clause: &str) -> (String, String, [String; 2]) {
    let answer = Table::new().select(clause, &[]).unwrap();
    let (name, cql_type) = answer.columns[0].clone();
    (name, cql_type, [0, 1].map(|row| answer.row(row)[0].to_owned()))
}

fn check(clause: &str, name: &str, cql_type: &str, values: [&str; 2]) {
    assert_eq!(one(clause), (name.to_owned(), cql_type.to_owned(), values.map(str::to_owned)), "{clause}");
}

#[test]
fn lists_and_tuples_may_hold_nulls() {
    check(
        "[w, 'a']",
        "[w, 'a']",
        "frozen<list<text>>",
        ["0000000200000001780000000161", "00000002ffffffff0000000161"],
    );
    check(
        "[v, null]",
        "[v, NULL]",
        "frozen<list<int>>",
        ["000000020000000400000007ffffffff", "000000020000000400000008ffffffff"],
    );
    check(
        "(list<int>)[null, 1]",
        "(list<int>)[NULL, 1]",
        "frozen<list<int>>",
        ["00000002ffffffff0000000400000001", "00000002ffffffff0000000400000001"],
    );
    check(
        "(v, w)",
        "(v, w)",
        "frozen<tuple<int, text>>",
        ["00000004000000070000000178", "0000000400000008ffffffff"],
    );
    check(
        "(tuple<int, int>)(v, null)",
        "(tuple<int, int>)(v, NULL)",
        "frozen<tuple<int, int>>",
        ["0000000400000007ffffffff", "0000000400000008ffffffff"],
    );
    check(
        "(tuple<int>)(v)",
        "(tuple<int>)(v)",
        "frozen<tuple<int>>",
        ["0000000400000007", "0000000400000008"],
    );
}

#[test]
fn sets_are_in_the_order_of_their_type_which_a_descending_column_turns_round() {
    check(
        "{v, 1}",
        "{v, 1}",
        "frozen<set<int>>",
        ["0000000200000004000000010000000400000007", "0000000200000004000000010000000400000008"],
    );
    check("{v, v}", "{v, v}", "frozen<set<int>>", ["000000010000000400000007", "000000010000000400000008"]);
    let descending = ["00000002000000040000001e0000000400000005", "0000000200000004000000c80000000400000005"];
    check("{c, 5}", "{c, 5}", "frozen<set<int>>", descending);
    check("{5, c}", "{5, c}", "frozen<set<int>>", descending);
    check("(set<int>){}", "(set<int>){}", "frozen<set<int>>", ["00000000", "00000000"]);
}

#[test]
fn maps_need_a_type_and_count_keys_that_are_there_twice() {
    check(
        "(map<int, text>){1: w}",
        "(map<int, text>){1: w}",
        "frozen<map<int, text>>",
        ["0000000100000004000000010000000178", "000000010000000400000001ffffffff"],
    );
    check(
        "(map<int, int>){1: v, 1: c}",
        "(map<int, int>){1: v, 1: c}",
        "frozen<map<int, int>>",
        ["000000020000000400000001000000040000001e", "00000002000000040000000100000004000000c8"],
    );
    check("(map<int, int>){}", "(map<int, int>){}", "frozen<map<int, int>>", ["00000000", "00000000"]);
}

#[test]
fn user_types_take_fields_by_name_or_as_a_tuple() {
    check(
        "(u){a: v, \"B\": w}",
        "(k.u){a: v, B: w}",
        "frozen<u>",
        ["00000004000000070000000178", "0000000400000008ffffffff"],
    );
    check(
        "(u)(v, w)",
        "(k.u)(v, w)",
        "frozen<u>",
        ["00000004000000070000000178", "0000000400000008ffffffff"],
    );
    check(
        "(u){a: v, a: 5}",
        "(k.u){a: 5}",
        "frozen<u>",
        ["0000000400000005ffffffff", "0000000400000005ffffffff"],
    );
}

#[test]
fn vectors_are_lists_with_a_hint() {
    check(
        "(vector<int, 2>)[v, 1]",
        "(vector<int, 2>)[v, 1]",
        "vector<int, 2>",
        ["0000000700000001", "0000000800000001"],
    );
}

#[test]
fn hints_say_the_type_and_casts_to_the_same_type_do_nothing() {
    check("(int)v", "(int)v", "int", ["00000007", "00000008"]);
    check("(blob)v", "(blob)v", "blob", ["00000007", "00000008"]);
    check("(int)null", "(int)NULL", "int", ["-", "-"]);
    check("cast(w as varchar)", "w", "text", ["78", "-"]);
    check("(text)'a'", "(text)'a'", "text", ["61", "61"]);
}

#[test]
fn bind_markers_stand_where_a_type_is_known() {
    let table = Table::new();
    let clause = "(int)?, m[?], m[:first..?], [v, ?]";
    let (selection, markers) = table.prepare(clause, &[]).unwrap();
    let markers: Vec<(String, String)> =
        markers.iter().map(|spec| (spec.name.to_string(), spec.cql_type.cql_name().to_string())).collect();
    let of = |name: &str, cql_type: &str| (name.to_owned(), cql_type.to_owned());
    assert_eq!(
        markers,
        [
            of("[selection]", "int"),
            of("key(m)", "text"),
            of("first", "text"),
            of("key(m)", "text"),
            of("[selection]", "int")
        ]
    );
    let names: Vec<&str> = selection.result_columns().iter().map(|spec| &*spec.name).collect();
    assert_eq!(names, ["(int)?", "m[?]", "m[?..?]", "[v, ?]"]);
    let bytes = |bytes: &'static [u8]| Value::borrowed(bytes);
    let values = [bytes(&[0, 0, 0, 9]), bytes(b"a"), bytes(b"d"), Value::Unset, Value::Null];
    assert_eq!(
        table.select(clause, &values).unwrap().row(0),
        ["00000009", "00000001", "0000000100000001640000000400000004", "000000020000000400000007ffffffff"]
    );
    let refused = |clause: &str, value: Value<'_>| {
        table.select(clause, &[value]).err().map(|error| error.message().to_owned()).unwrap_or_default()
    };
    assert_eq!(refused("m[?]", Value::Null), "Invalid null value for element selection on m");
    assert_eq!(refused("m[?]", Value::Unset), "Invalid unset value for element selection on m");
    assert_eq!(refused("m[?..'b']", Value::Null), "Invalid null value for slice selection on m");
}

#[test]
fn what_is_composed_may_be_composed_of_what_is() {
    check(
        "[[v]]",
        "[[v]]",
        "frozen<list<frozen<list<int>>>>",
        ["000000010000000c000000010000000400000007", "000000010000000c000000010000000400000008"],
    );
    check(
        "(v, [c])",
        "(v, [c])",
        "frozen<tuple<int, frozen<list<int>>>>",
        [
            "00000004000000070000000c00000001000000040000001e",
            "00000004000000080000000c0000000100000004000000c8",
        ],
    );
    check(
        "(frozen<set<set<int>>>){{1}}",
        "(frozen<set<frozen<set<int>>>>){{1}}",
        "frozen<set<frozen<set<int>>>>",
        ["000000010000000c000000010000000400000001", "000000010000000c000000010000000400000001"],
    );
    check(
        "(tuple<u, int>)({a: v}, 1)",
        "(tuple<frozen<k.u>, int>)({a: v}, 1)",
        "frozen<tuple<frozen<u>, int>>",
        [
            "0000000c0000000400000007ffffffff0000000400000001",
            "0000000c0000000400000008ffffffff0000000400000001",
        ],
    );
    check(
        "(list<frozen<u>>)[fu]",
        "(list<frozen<k.u>>)[fu]",
        "frozen<list<frozen<u>>>",
        ["000000010000000d0000000400000002000000017a", "00000001ffffffff"],
    );
    // The first of which the type is known decides.
    check(
        "[v, w]",
        "[v, w]",
        "frozen<list<int>>",
        ["0000000200000004000000070000000178", "000000020000000400000008ffffffff"],
    );
}
