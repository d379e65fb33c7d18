//! Elements, slices and fields, and when they were written.

use super::Table;
use super::table::{int, unhex};

#[test]
fn elements_and_slices_of_maps_are_found_by_their_keys() {
    let answer = Table::new()
        .select("m['a'], m['zz'], m['a'..'b'], m['c'..], m[..'b'], m['x'..'z'], fm['a'..'b'], fm['x'..]", &[])
        .unwrap();
    assert_eq!(
        answer.names(),
        [
            "m['a']",
            "m['zz']",
            "m['a'..'b']",
            "m['c'..]",
            "m[..'b']",
            "m['x'..'z']",
            "fm['a'..'b']",
            "fm['x'..]"
        ]
    );
    assert_eq!(answer.types()[0], "int");
    assert_eq!(answer.types()[2], "map<text, int>");
    let ab = "000000020000000161000000040000000100000001620000000400000002";
    let cd = "000000020000000163000000040000000300000001640000000400000004";
    assert_eq!(
        answer.row(0),
        ["00000001", "-", ab, cd, ab, "-", "0000000100000001610000000400000001", "00000000"]
    );
    assert_eq!(answer.row(1), ["-"; 8]);
}

#[test]
fn elements_and_slices_of_sets_are_found() {
    let answer = Table::new().select("st[1], st[9], st[1..2], fs[1], fs[5..]", &[]).unwrap();
    assert_eq!(answer.names(), ["st[1]", "st[9]", "st[1..2]", "fs[1]", "fs[5..]"]);
    assert_eq!(
        answer.row(0),
        ["00000001", "-", "0000000200000004000000010000000400000002", "00000001", "00000000"]
    );
}

#[test]
fn fields_are_found_by_their_names() {
    let answer = Table::new().select("uu.a, uu.\"B\", fu.a, (uu).a, (u){a: v}", &[]).unwrap();
    assert_eq!(answer.names(), ["uu.a", "uu.B", "fu.a", "(uu).a", "(k.u){a: v}"]);
    assert_eq!(answer.types(), ["int", "text", "int", "int", "frozen<u>"]);
    assert_eq!(answer.row(0), ["00000001", "71", "00000002", "00000001", "0000000400000007ffffffff"]);
    assert_eq!(answer.row(1), ["-", "-", "-", "-", "0000000400000008ffffffff"]);
}

#[test]
fn when_cells_were_written_is_told_of_all_of_a_column_or_of_a_part() {
    let answer = Table::new()
        .select(
            "writetime(m), writetime(m['a']), writetime(m['d']), writetime(m['c'..]), maxwritetime(m), \
             maxwritetime(m['a'..'b']), writetime(fm), writetime(fm['a']), writetime(fm['zz']), ttl(m)",
            &[],
        )
        .unwrap();
    assert_eq!(answer.names()[..3], ["writetime(m)", "writetime(m['a'])", "writetime(m['d'])"]);
    assert_eq!(
        answer.types(),
        [
            "frozen<list<bigint>>",
            "bigint",
            "bigint",
            "frozen<list<bigint>>",
            "bigint",
            "bigint",
            "bigint",
            "bigint",
            "bigint",
            "frozen<list<int>>"
        ]
    );
    let (early, late) = ("00000000000003e8", "0000000000000bb8");
    assert_eq!(
        answer.row(0),
        [
            &format!("00000004{}00000008{late}", format!("00000008{early}").repeat(3)),
            early,
            late,
            &format!("0000000200000008{early}00000008{late}"),
            late,
            early,
            early,
            early,
            "-",
            &format!("00000004{}", "ffffffff".repeat(4)),
        ]
    );
    assert_eq!(answer.row(1), ["-"; 10]);
}

#[test]
fn when_fields_and_frozen_values_were_written_is_told() {
    let answer = Table::new()
        .select(
            "writetime(fm['a'..'b']), writetime(fm['x'..]), writetime(uu), writetime(uu.a), writetime(fu.a), \
             maxwritetime(uu), writetime(st[1]), writetime(st)",
            &[],
        )
        .unwrap();
    let at = "00000000000003e8";
    let three = format!("00000003{}", format!("00000008{at}").repeat(3));
    assert_eq!(
        answer.row(0),
        [at, "-", &format!("0000000200000008{at}00000008{at}"), at, at, at, at, &three]
    );
}

#[test]
fn fields_that_are_not_there_have_their_place_in_what_is_told_of_all() {
    let mut table =
        Table::of("CREATE TABLE t (k int, c int, v int, uu u, m map<text, int>, PRIMARY KEY (k, c))");
    let field = |path: [u8; 2], value: &[u8], timestamp, ttl| {
        ("uu", Some(path.to_vec()), value.to_vec(), timestamp, ttl)
    };
    let v = ("v", None, int(1).to_vec(), 9, 60);
    table.insert(1, Some(1), &[], &[field([0, 1], b"q", 5, 30), v]);
    let answer = table
        .select("writetime(uu), ttl(uu), ttl(uu.\"B\"), writetime(uu.a), maxwritetime(uu), uu, ttl(v)", &[])
        .unwrap();
    assert_eq!(
        answer.row(0),
        [
            "00000002ffffffff000000080000000000000005",
            "00000002ffffffff000000040000001e",
            "0000001e",
            "-",
            "0000000000000005",
            "ffffffff0000000171",
            "0000003c",
        ]
    );
}

#[test]
fn a_part_that_bytes_from_outside_cut_off_is_refused() {
    let mut table = Table::of(
        "CREATE TABLE t (k int, c int, fm frozen<map<text, int>>, fu frozen<u>, PRIMARY KEY (k, c))",
    );
    let cut = ("fm", None, unhex("00000002000000016100"), 1, 0);
    table.insert(1, Some(1), &[], &[cut, ("fu", None, unhex("000000ff00"), 1, 0)]);
    let refused = |clause: &str| table.select(clause, &[]).err().map(|error| error.message().to_owned());
    assert_eq!(refused("fm['b']").as_deref(), Some("Not enough bytes to read a map"));
    assert_eq!(refused("fm['a'..'b']").as_deref(), Some("Not enough bytes to read a map"));
    assert_eq!(refused("fu.a").as_deref(), Some("Not enough bytes to read 0th component"));
}
