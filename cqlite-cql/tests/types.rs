//! Types.

#![expect(clippy::unwrap_used, reason = "what these tests assert with fails by panicking")]

use cqlite_cql::{NativeType, QualifiedName, TypeName, parse_type};

#[track_caller]
fn assert_prints_as_read(text: &str) {
    assert_eq!(parse_type(text).unwrap().to_string(), text);
}

#[track_caller]
fn assert_error(text: &str, message: &str) {
    assert_eq!(parse_type(text).unwrap_err().to_string(), message);
}

#[test]
fn every_native_type_is_read_by_its_name_in_any_case() {
    for native in NativeType::ALL {
        assert_eq!(parse_type(native.name()), Ok(TypeName::Native(native)));
        assert_eq!(parse_type(&native.name().to_uppercase()), Ok(TypeName::Native(native)));
    }
}

#[test]
fn types_print_as_system_schema_holds_them() {
    for text in [
        "int",
        "map<text, frozen<list<int>>>",
        "map<text, frozen<list<frozen<map<int, text>>>>>",
        "frozen<tuple<int, text, double>>",
        "vector<float, 3>",
        "vector<vector<int, 2>, 2>",
        "frozen<addr>",
        "frozen<\"Addr\">",
        "set<ks.addr>",
        "'org.apache.cassandra.db.marshal.DynamicCompositeType(a=>org.apache.cassandra.db.marshal.AsciiType)'",
        "list<'it''s'>",
    ] {
        assert_prints_as_read(text);
    }
}

#[test]
fn blanks_and_case_of_keywords_do_not_matter() {
    let loose = parse_type("MAP < Text,Frozen<List<INT> > > ").unwrap();
    assert_eq!(loose.to_string(), "map<text, frozen<list<int>>>");
}

#[test]
fn user_types_keep_the_case_of_their_quotes() {
    assert_eq!(parse_type("Addr"), Ok(TypeName::UserDefined(QualifiedName::unqualified("addr"))));
    assert_eq!(parse_type("\"Addr\""), Ok(TypeName::UserDefined(QualifiedName::unqualified("Addr"))));
    assert_eq!(parse_type("Ks.\"Addr\""), Ok(TypeName::UserDefined(QualifiedName::new("ks", "Addr"))));
}

#[test]
fn a_user_type_named_like_a_native_type_stays_one() {
    let user_type = parse_type("\"int\"").unwrap();
    assert_eq!(user_type, TypeName::UserDefined(QualifiedName::unqualified("int")));
    assert_eq!(parse_type(&user_type.to_string()), Ok(user_type));
}

#[test]
fn names_of_collections_alone_are_user_types() {
    for name in ["list", "map", "tuple", "frozen", "vector"] {
        assert_eq!(parse_type(name), Ok(TypeName::UserDefined(QualifiedName::unqualified(name))));
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |levels: usize| format!("{}int{}", "list<".repeat(levels - 1), ">".repeat(levels - 1));
    assert_prints_as_read(&nested(TypeName::MAX_DEPTH));
    assert_error(&nested(TypeName::MAX_DEPTH + 1), "line 1:320 types are nested more than 64 levels deep");
    assert_error(&"tuple<".repeat(1_000_000), "line 1:384 types are nested more than 64 levels deep");
}

#[test]
fn errors_point_at_what_is_wrong() {
    assert_error("", "line 1:0 no viable alternative at input '<EOF>'");
    assert_error("list<int", "line 1:8 mismatched input '<EOF>' expecting '>'");
    assert_error("map<int>", "line 1:7 mismatched input '>' expecting ',' (map<int[>])");
    assert_error("int int", "line 1:4 mismatched input 'int' expecting EOF (int [int])");
    assert_error("array<int>", "line 1:0 no viable alternative at input 'array' ([array]...)");
    assert_error("list<select>", "line 1:5 no viable alternative at input 'select' (list<[select]...)");
    assert_error("vector<float>", "line 1:12 mismatched input '>' expecting ',' (vector<float[>])");
    assert_error(
        "vector<float, x>",
        "line 1:14 mismatched input 'x' expecting INTEGER (vector<float, [x]...)",
    );
}

#[test]
fn vectors_have_a_positive_dimension() {
    for dimension in ["0", "-1", "4294967296", "99999999999999999999"] {
        let message = format!("line 1:14 vectors may only have positive dimensions; given {dimension}");
        assert_error(&format!("vector<float, {dimension}>"), &message);
    }
}
