//! Functions of one row and of many.

use super::Table;

#[test]
fn operations_and_casts_are_named_as_they_are_written() {
    let answer = Table::new()
        .select(
            "v + 1, v+v, v + 1 + 2, -v, - - v, v*2+1, (v+1)*2, cast(v as text) AS z, cast((int)v as bigint)",
            &[],
        )
        .unwrap();
    assert_eq!(
        answer.names(),
        [
            "v + 1",
            "v + v",
            "v + 1 + 2",
            "-v",
            "--v",
            "v * 2 + 1",
            "(v + 1) * 2",
            "z",
            "cast((int)v as bigint)"
        ]
    );
    assert_eq!(answer.types()[7..], ["text", "bigint"]);
    assert_eq!(
        answer.row(0),
        [
            "00000008",
            "0000000e",
            "0000000a",
            "fffffff9",
            "00000007",
            "0000000f",
            "00000010",
            "37",
            "0000000000000007"
        ]
    );
}

#[test]
fn aggregates_may_stand_inside_of_what_is_composed() {
    let table = Table::new();
    let answer = table
        .group("min(c), {max(v)}, [count(*)], sum(v), sum(v)+v, max(v) * 2, v + 1, min(w)", 0..2)
        .unwrap();
    assert_eq!(
        answer.names(),
        [
            "system.min(c)",
            "{system.max(v)}",
            "[count]",
            "system.sum(v)",
            "system.sum(v) + v",
            "system.max(v) * 2",
            "v + 1",
            "system.min(w)"
        ]
    );
    assert_eq!(
        answer.row(0),
        [
            "0000001e",
            "000000010000000400000008",
            "00000001000000080000000000000002",
            "0000000f",
            "00000016",
            "00000010",
            "00000008",
            "78"
        ]
    );
}

#[test]
fn a_constant_is_counted_as_rows_are() {
    let table = Table::new();
    let answer = table.group("count(*), count(1), count(v), count(w), count('x')", 0..2).unwrap();
    assert_eq!(answer.names(), ["count", "count", "system.count(v)", "system.count(w)", "count"]);
    let (one, two) = ("0000000000000001", "0000000000000002");
    assert_eq!(answer.row(0), [two, two, two, one, two]);
    assert_eq!(table.group("count(null)", 0..2).unwrap().row(0), ["0000000000000000"]);
    let none = table.group("count(*), count(w), max(v), sum(v)", 0..0).unwrap();
    assert_eq!(none.row(0), ["0000000000000000", "0000000000000000", "-", "00000000"]);
}

#[test]
fn calls_are_refused_as_cassandra_refuses_them() {
    let table = Table::new();
    for (clause, message) in [
        ("max(max(v))", "aggregate functions cannot be used as arguments of aggregate functions"),
        ("w+1", "the '+' operation is not supported between w and 1"),
        ("m+1", "the '+' operation is not supported between m and 1"),
        (
            "bigint_as_blob(v)",
            "Type error: v cannot be passed as argument 0 of function system.bigint_as_blob of type bigint",
        ),
        ("cast(v as varchar)", "v cannot be cast to varchar"),
        ("cast(v as counter)", "v cannot be cast to counter"),
        ("v/0", "the operation 'int / int' failed: / by zero"),
    ] {
        let error = table.select(clause, &[]).err().unwrap_or_else(|| panic!("{clause} is accepted"));
        assert_eq!(error.message(), message, "{clause}");
    }
    // What is constant is computed before there are rows.
    assert!(table.group("(int)1/0", 0..0).is_err());
}

#[test]
fn rows_are_grouped_by_monotonic_functions_alone() {
    let table = Table::of("CREATE TABLE t (k int, c timestamp, d int, PRIMARY KEY (k, c, d))");
    let check = |clause: &str| {
        let (selection, _) = table.prepare(clause, &[]).unwrap();
        let bindings = crate::query::Bindings { values: &[], now_millis: 0 };
        let checked = selection.selectors(&bindings).and_then(|selectors| selectors.check_for_group_by());
        checked.map_err(|error| error.message().to_owned())
    };
    assert_eq!(check("floor(c, 1h)"), Ok(()));
    let refused = check("d + 1").unwrap_err();
    assert_eq!(
        refused,
        "Only monotonic functions are supported in the GROUP BY clause. Got: system.\"_add\" : (int, int(constant)) -> int "
    );
    assert_eq!(check("floor(c, null)"), Ok(()));
}

#[test]
fn what_functions_and_operators_are_given_is_named_in_the_column() {
    let answer = Table::new()
        .select(
            "writetime(v) + writetime(\"Up\"), cast(writetime(v) as text), {v}[7], {v, 9}[8..], \
             (map<text,int>){'a':v}['a'], (v)+1, - (v), v - -1, (int)(v+1), int_as_blob(null), \
             similarity_cosine(vec, [1, 2]), to_json((u){a: v}), blob_as_int((blob)0x00000001)",
            &[],
        )
        .unwrap();
    assert_eq!(
        answer.names(),
        [
            "writetime(v) + writetime(Up)",
            "cast(writetime(v) as text)",
            "{v}[7]",
            "{v, 9}[8..]",
            "(map<text, int>){'a': v}['a']",
            "(v) + 1",
            "-(v)",
            "v - -1",
            "(int)(v + 1)",
            "system.int_as_blob(NULL)",
            "system.similarity_cosine(vec, [1, 2])",
            "system.to_json((k.u){a: v})",
            "system.blob_as_int((blob)0x00000001)"
        ]
    );
    let row = answer.row(0);
    assert_eq!(row[..4], ["00000000000007d0", "31303030", "00000007", "000000010000000400000009"]);
    assert_eq!(row[4..8], ["00000007", "00000008", "fffffff9", "00000008"]);
    assert_eq!(row[8..11], ["00000008", "-", "3f800000"]);
    assert_eq!(row[12], "00000001");
}
