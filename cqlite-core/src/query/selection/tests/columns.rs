//! Plain columns, `*`, JSON, and columns to sort by.

use super::table::{Mode, int, unhex};
use super::{Answer, Table};

const MAP: &str = "000000040000000161000000040000000100000001620000000400000002000000016300000004000000030000000164\
    0000000400000004";

#[test]
fn all_columns_come_in_the_order_of_the_key_the_statics_and_the_rest_by_name() {
    let table = Table::new();
    let answer = table.select("*", &[]).unwrap();
    assert_eq!(
        answer.names(),
        ["k", "c", "s", "Up", "fm", "fs", "fu", "l", "m", "st", "uu", "v", "vec", "w"]
    );
    assert_eq!(
        answer.row(0),
        [
            "00000014",
            "0000001e",
            "00000005",
            "00000009",
            "0000000100000001610000000400000001",
            "0000000200000004000000010000000400000002",
            "0000000400000002000000017a",
            "0000000200000004000000010000000400000002",
            MAP,
            "00000003000000040000000100000004000000020000000400000003",
            "00000004000000010000000171",
            "00000007",
            "3f80000040000000",
            "78",
        ]
    );
    assert_eq!(
        answer.row(1),
        ["00000064", "000000c8", "00000006", "-", "-", "-", "-", "-", "-", "-", "-", "00000008", "-", "-"]
    );
}

#[test]
fn columns_may_come_twice_and_under_other_names() {
    let table = Table::new();
    let answer = table.select("v AS \"A\", v AS b, \"Up\", v", &[]).unwrap();
    assert_eq!(answer.names(), ["A", "b", "Up", "v"]);
    assert_eq!(answer.row(0), ["00000007", "00000007", "00000009", "00000007"]);
    assert_eq!(answer.row(1), ["00000008", "00000008", "-", "00000008"]);
}

#[test]
fn a_partition_with_a_static_row_alone_has_no_other_values() {
    let mut table = Table::of("CREATE TABLE t (k int, c int, s int STATIC, v int, PRIMARY KEY (k, c))");
    table.insert(1, None, &[("s", None, int(5).to_vec(), 1, 0)], &[]);
    assert_eq!(table.select("*", &[]).unwrap().row(0), ["00000001", "-", "00000005", "-"]);
}

#[test]
fn a_counter_is_shown_as_its_total() {
    let mut table = Table::of("CREATE TABLE t (k int PRIMARY KEY, n counter)");
    // No local or global shards; one of 16 bytes id, clock 1, count 10.
    let context = unhex(&format!("0000{}00000000000000010000000000000{:03x}", "07".repeat(16), 10));
    table.insert(1, Some(0), &[], &[("n", None, context, 77, 0)]);
    assert_eq!(
        table.select("n, writetime(n), ttl(n)", &[]).unwrap().row(0),
        ["000000000000000a", "000000000000004d", "-"]
    );
    assert_eq!(table.select("JSON *", &[]).unwrap().texts(), ["{\"k\": 1, \"n\": 10}"]);
}

#[test]
fn rows_as_json_are_those_of_cassandra() {
    let table = Table::new();
    let answer = table.select("JSON *", &[]).unwrap();
    assert_eq!((answer.names(), answer.types()), (vec!["[json]"], vec!["text"]));
    assert_eq!(
        answer.texts(),
        [
            "{\"k\": 20, \"c\": 30, \"s\": 5, \"\\\"Up\\\"\": 9, \"fm\": {\"a\": 1}, \"fs\": [1, 2], \
             \"fu\": {\"a\": 2, \"\\\"B\\\"\": \"z\"}, \"l\": [1, 2], \"m\": {\"a\": 1, \"b\": 2, \"c\": 3, \"d\": 4}, \
             \"st\": [1, 2, 3], \"uu\": {\"a\": 1, \"\\\"B\\\"\": \"q\"}, \"v\": 7, \"vec\": [1.0, 2.0], \"w\": \"x\"}",
            "{\"k\": 100, \"c\": 200, \"s\": 6, \"\\\"Up\\\"\": null, \"fm\": null, \"fs\": null, \"fu\": null, \
             \"l\": null, \"m\": null, \"st\": null, \"uu\": null, \"v\": 8, \"vec\": null, \"w\": null}",
        ]
    );
    let answer = table.select("JSON v AS \"A\", \"Up\", m['a'] AS a", &[]).unwrap();
    assert_eq!(
        answer.texts(),
        [
            "{\"\\\"A\\\"\": 7, \"\\\"Up\\\"\": 9, \"a\": 1}",
            "{\"\\\"A\\\"\": 8, \"\\\"Up\\\"\": null, \"a\": null}"
        ]
    );
}

/// The place of `c` in rows, how many columns clients see, and the first row.
fn sorted(table: &Table, clause: &str) -> (Option<usize>, usize, Answer) {
    let (selection, _) = table.prepare(clause, &["c"]).unwrap();
    let place = selection.ordering_place(table.columns.find("c").unwrap());
    let answer = table.carry_out(&selection, &[], Mode::Each).unwrap();
    (place, selection.result_columns().len(), answer)
}

#[test]
fn columns_to_sort_by_stand_behind_those_that_clients_see() {
    let table = Table::new();
    for (clause, place, shown) in [
        ("*", 1, 14),
        ("v, c", 1, 2),
        ("v", 1, 1),
        ("v, v", 2, 2),
        ("[c], v", 2, 2),
        ("(int)c, v", 0, 2),
        ("v, c AS other", 1, 2),
        ("JSON v", 1, 1),
        ("JSON c, v", 1, 1),
    ] {
        let (found, columns, answer) = sorted(&table, clause);
        assert_eq!((found, columns), (Some(place), shown), "{clause}");
        assert_eq!(answer.row(0)[place], "0000001e", "{clause}");
        assert_eq!(answer.row(1)[place], "000000c8", "{clause}");
    }
}

#[test]
fn rows_of_all_columns_as_json_are_sorted_by_their_text() {
    let (place, columns, answer) = sorted(&Table::new(), "JSON *");
    assert_eq!((place, columns, answer.columns.len()), (Some(0), 1, 1));
}

#[test]
fn a_group_shows_the_values_of_its_first_row() {
    let table = Table::new();
    let clause = "v, w, m['a'], writetime(v), [v], c";
    let both = ["00000007", "78", "00000001", "00000000000003e8", "000000010000000400000007", "0000001e"];
    assert_eq!(table.group(clause, 0..2).unwrap().row(0), both);
    let second = ["00000008", "-", "-", "00000000000003e8", "000000010000000400000008", "000000c8"];
    assert_eq!(table.group(clause, 1..2).unwrap().row(0), second);
}

#[test]
fn a_group_without_rows_has_what_is_made_of_nulls() {
    let table = Table::new();
    let answer = table.group("v, [v, 1], (v, c), m['a'], m['a'..], writetime(v), (int)5", 0..0).unwrap();
    assert_eq!(
        answer.row(0),
        ["-", "00000002ffffffff0000000400000001", "ffffffffffffffff", "-", "-", "-", "00000005"]
    );
}

#[test]
fn what_is_needed_of_a_table_is_known() {
    let table = Table::new();
    let needed = |clause: &str| {
        let (selection, _) = table.prepare(clause, &[]).unwrap();
        let names = selection.columns().iter().map(|column| column.name().to_owned());
        (names.collect::<Vec<_>>().join(" "), selection.is_wildcard())
    };
    assert_eq!(needed("v, m['a'], writetime(w), v"), (String::from("v m w"), false));
    assert_eq!(needed("[s, v]"), (String::from("s v"), false));
    assert_eq!(needed("(int)1"), (String::new(), false));
    assert!(needed("*").1);
}

#[test]
fn only_statics_are_selected_where_nothing_else_is_beside_the_partition_key() {
    let table = Table::new();
    for (clause, expected) in [
        ("s", true),
        ("k, s", true),
        ("k", false),
        ("s, v", false),
        ("[s, v]", false),
        ("*", false),
        ("writetime(s), ttl(s)", true),
        ("(int)s, k", true),
    ] {
        assert_eq!(table.selects_only_statics(clause).unwrap(), expected, "{clause}");
    }
    let unknown = table.selects_only_statics("nosuch").unwrap_err();
    assert_eq!(unknown.message(), "Undefined column name nosuch in table k.t");
}
