//! No statement is too long or too deep to be answered.

use std::fmt::Write as _;

use cqlite_cql::query::{CqlStatement, InsertValues};
use cqlite_cql::{parse_cql, parse_cql_script};

#[test]
fn brackets_nested_ten_thousand_times_are_refused_with_a_sentence() {
    let nested = |before: &str, open: &str, middle: &str, close: &str| {
        format!("{before}{}{middle}{}", open.repeat(10_000), close.repeat(10_000))
    };
    let statements = [
        nested("SELECT * FROM t WHERE a = ", "(", "1", ")"),
        nested("SELECT * FROM t WHERE a = ", "[", "1", "]"),
        nested("SELECT * FROM t WHERE a = ", "{", "1", "}"),
        nested("SELECT * FROM t WHERE a = ", "{a:", "1", "}"),
        nested("SELECT * FROM t WHERE a = ", "f(", "1", ")"),
        nested("SELECT * FROM t WHERE a = ", "(int) ", "1", ""),
        nested("SELECT * FROM t WHERE a = ", "CAST(", "1", " AS int)"),
        nested("SELECT * FROM t WHERE ", "(", "a = 1", ")"),
        nested("SELECT ", "(", "a", ") FROM t"),
        nested("SELECT ", "(a)(", "a", ") FROM t"),
        nested("SELECT ", "(a)[", "a", "] FROM t"),
        nested("SELECT ", "[", "a", "] FROM t"),
        nested("SELECT ", "{", "a", "} FROM t"),
        nested("SELECT ", "- ", "a", " FROM t"),
        nested("SELECT ", "(int)", "a", " FROM t"),
        nested("SELECT ", "f(", "a", ") FROM t"),
        nested("SELECT JSON DISTINCT ", "m[(", "1", ")] FROM t"),
        nested("CREATE TABLE t (a ", "frozen<list<", "int", ">>"),
        nested("CREATE KEYSPACE k WITH a = ", "{1:", "1", "}"),
    ];
    for statement in statements {
        let error = parse_cql(&statement).expect_err("it is too deep");
        assert!(error.to_string().len() < 1000, "{error}");
    }
}

#[test]
fn brackets_nested_a_hundred_times_are_read() {
    let list = format!("SELECT * FROM t WHERE a = {}1{}", "[".repeat(100), "]".repeat(100));
    assert!(parse_cql(&list).is_ok());
    let selected = format!("SELECT {}a{} FROM t", "(".repeat(100), ")".repeat(100));
    assert!(parse_cql(&selected).is_ok());
}

#[test]
fn a_statement_of_ten_megabytes_is_read() {
    let mut statement = String::from("INSERT INTO t (k, v) VALUES (1, [0");
    let mut count = 1;
    while statement.len() < 10_000_000 {
        write!(statement, ", {count}").expect("a string takes all");
        count += 1;
    }
    statement.push_str("])");
    let CqlStatement::Insert(insert) = parse_cql(&statement).expect("it is well formed").node else {
        panic!("no INSERT");
    };
    let InsertValues::Columns { values, .. } = insert.values else { panic!("no columns") };
    assert_eq!(values[1].to_string().matches(',').count(), count - 1);
}

#[test]
fn long_chains_take_no_stack() {
    let sum = format!("SELECT {}a FROM t WHERE k = {}1", "a + ".repeat(300_000), "1 * ".repeat(300_000));
    assert!(parse_cql(&sum).is_ok());
    let fields = format!("SELECT a{} FROM t", ".b".repeat(300_000));
    assert!(parse_cql(&fields).is_ok());
    let tuples = format!("SELECT {}a FROM t", "(a), ".repeat(300_000));
    assert!(parse_cql(&tuples).is_ok());
}

#[test]
fn spans_of_a_script_are_those_of_its_statements() {
    let script = " USE k ;; SELECT a FROM t WHERE k IN (1, 2); TRUNCATE t";
    let statements = parse_cql_script(script).expect("they are well formed");
    let texts: Vec<&str> = statements.iter().map(|statement| statement.span.text(script)).collect();
    assert_eq!(texts, ["USE k", "SELECT a FROM t WHERE k IN (1, 2)", "TRUNCATE t"]);
    let CqlStatement::Select(select) = &statements[1].node else { panic!("no SELECT") };
    assert_eq!(select.where_clause.relations[0].span.text(script), "k IN (1, 2)");
}

/// Numbers that look random, the same in each run (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
}

#[test]
fn no_change_to_a_statement_panics_and_every_error_lies_in_the_text() {
    let mut random = Random(7);
    let statements: Vec<&str> =
        include_str!("conformance.txt").lines().filter_map(|line| Some(line.split_once('\t')?.1)).collect();
    for _ in 0..20_000 {
        let mut text: Vec<char> = statements[random.below(statements.len())].chars().collect();
        for _ in 0..=random.below(3) {
            let at = random.below(text.len().max(1)).min(text.len());
            let other: Vec<char> = statements[random.below(statements.len())].chars().collect();
            let from = random.below(other.len());
            match random.below(4) {
                0 => text.truncate(at),
                1 => drop(text.drain(at..text.len().min(at + random.below(6)))),
                2 => drop(text.splice(at..at, other[from..other.len().min(from + 9)].iter().copied())),
                _ => text
                    .insert(at, ['\u{0}', '\'', '"', '$', '(', '}', '\u{e9}', '\u{1f600}'][random.below(8)]),
            }
        }
        let text: String = text.into_iter().collect();
        match parse_cql(&text) {
            Ok(statement) => {
                let printed = statement.node.to_string();
                let again = parse_cql(&printed).map(|again| again.node.to_string());
                assert_eq!(again.as_ref(), Ok(&printed), "of {text}");
            }
            Err(error) => {
                let span = error.span();
                assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end), "{text}");
            }
        }
    }
}
