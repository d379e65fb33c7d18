//! What is refused, and how.

use super::Table;

#[test]
fn clauses_are_refused_as_cassandra_refuses_them() {
    let table = Table::new();
    let infer = |term: &str| {
        format!("Cannot infer type for term {term} in selection clause (try using a cast to force a type)")
    };
    let assign =
        |text: &str, cql_type: &str| format!("Cannot assign value {text} to {text} of type {cql_type}");
    let cases = [
        ("nosuch", "Undefined column name nosuch in table k.t".to_owned()),
        ("nosuch(v)", "Unknown function 'nosuch'".to_owned()),
        ("1", infer("1")),
        ("null", infer("NULL")),
        ("?", infer("?")),
        ("(v)", infer("(v)")),
        ("((v))", infer("((v))")),
        ("(v, 1)", infer("(v, 1)")),
        ("(1, 2)", infer("(1, 2)")),
        ("{}", infer("{}")),
        ("[]", infer("[]")),
        ("[null]", infer("[NULL]")),
        ("{1: 2}", infer("{1: 2}")),
        ("{a: 1}", infer("{a: 1}")),
        ("cast(1 as boolean)", infer("1")),
        ("cast(v as boolean)", "v cannot be cast to boolean".to_owned()),
        ("(bigint)v", assign("(bigint)v", "bigint")),
        ("(u)(v)", assign("(k.u)(v)", "frozen<u>")),
        ("(list<int>){1}", assign("(list<int>){1}", "frozen<list<int>>")),
        ("(list<text>)[v]", assign("(list<text>)[v]", "frozen<list<text>>")),
        ("(tuple<int, int>)(v, 1, 2)", assign("(tuple<int, int>)(v, 1, 2)", "frozen<tuple<int, int>>")),
        ("(u){zz: v}", "Unknown field 'zz' in value of user defined type u".to_owned()),
        ("(u){1: v}", "1 is not a valid field identifier of type u ".to_owned()),
        ("(set<int>)[1]", "Unsupported target type: frozen<set<int>>".to_owned()),
        ("(set<duration>){1d}", "Durations are not allowed inside sets: set<duration>".to_owned()),
        ("l[0]", "Element selection is only allowed on sets and maps, but l is a list".to_owned()),
        ("l[0..1]", "Slice selection is only allowed on sets and maps, but l is a list".to_owned()),
        ("writetime(l[0])", "Element selection is only allowed on sets and maps, but l is a list".to_owned()),
        ("v[0]", "Invalid element selection: v is of type int is not a collection".to_owned()),
        ("v[0..1]", "Invalid slice selection: v of type int is not a collection".to_owned()),
        ("v.a", "Invalid field selection: v of type int is not a user type".to_owned()),
        (
            "(v, w).a",
            "Invalid field selection: (v, w) of type frozen<tuple<int, text>> is not a user type".to_owned(),
        ),
        ("uu.zz", "uu of type u has no field zz".to_owned()),
        ("writetime(k)", "Cannot use selection function writetime on PRIMARY KEY part k".to_owned()),
        ("ttl(c)", "Cannot use selection function ttl on PRIMARY KEY part c".to_owned()),
        ("m[1]", "Invalid INTEGER constant (1) for \"key(m)\" of type text".to_owned()),
        ("['a', v]", "Invalid STRING constant (a) for \"[selection]\" of type int".to_owned()),
        ("(list<u>)[fu]", "Non-frozen UDTs are not allowed inside collections: list<u>".to_owned()),
        ("(nosuchtype)v", "Unknown type k.nosuchtype".to_owned()),
        (
            "(vector<float, 3>)[1.0, 2.0]",
            "Unable to create a vector selector of type vector<float, 3> from 2 elements".to_owned(),
        ),
        ("((map<text, int>){'a': v})['a']", infer("((map<text, int>){'a': v})")),
        ("[v][0]", "Element selection is only allowed on sets and maps, but [v] is a list".to_owned()),
        ("-1", infer("-1")),
        // The first selector that is wrong is told of.
        ("(bigint)v, nosuch", assign("(bigint)v", "bigint")),
    ];
    for (clause, message) in cases {
        let error = table.select(clause, &[]).err().unwrap_or_else(|| panic!("{clause} is accepted"));
        assert_eq!(error.message(), message, "{clause}");
    }
}

#[test]
fn long_chains_are_refused_rather_than_overflowing_the_stack() {
    let refused = |clause: &str| {
        let error = Table::new().select(clause, &[]).err();
        error.map(|error| error.message().to_owned()).unwrap_or_default()
    };
    let operations = refused(&format!("v{}", " + v".repeat(100_000)));
    assert!(operations.starts_with("a selector has 100000 operators"), "{operations}");
    let parts = refused(&format!("uu{}", ".a".repeat(100_000)));
    assert!(parts.starts_with("a selector has 100000 operators"), "{parts}");
    let nested = refused(&format!("{}v{}", "(int)(".repeat(40), " + 0 + 0 + 0 + 0)".repeat(40)));
    assert!(nested.starts_with("a selector has "), "{nested}");
    // As long as may be, and the functions are found and named in a moment.
    let answer = Table::new().select(&format!("v{}", " + 0".repeat(128)), &[]).unwrap();
    assert_eq!(answer.row(0), ["00000007"]);
}
