//! No text panics, and what is read is printed as what is read.

use cqlite_cql::{parse_script, parse_statement, parse_type};

const SCRIPT: &str = "\
CREATE KEYSPACE IF NOT EXISTS k WITH replication = {'class': 'X', 'n': 1} AND durable_writes = true;
CREATE TYPE k.\"\u{c9}t\" (a text, b frozen<map<int, vector<float, 3>>>);
CREATE TABLE k.t (p int, \"C\"\"c\" timeuuid, s tuple<int, 'x.Y(z)'> STATIC MASKED WITH f(null, (int) 4), \
PRIMARY KEY ((p), \"C\"\"c\")) WITH CLUSTERING ORDER BY (\"C\"\"c\" DESC) AND COMPACT STORAGE \
AND ID = 5a1c395e-b41f-11e5-9f22-ba0be0483c18 AND x = -1.5e-9 AND y = 1y2mo AND z = 0xcafe AND w = $$it's$$;
ALTER TABLE k.t DROP (a, b) USING TIMESTAMP 1000; -- \u{1f600}
ALTER TYPE k.u RENAME a TO b AND c TO d; /* ; */
CREATE CUSTOM INDEX i ON k.t (keys(m), full(f)) USING 'sai' WITH OPTIONS = {'a': 'b'};
DROP TABLE IF EXISTS k.t; USE k;
BEGIN BATCH INSERT INTO t (k) VALUES (P1DT2H, NaN, ?, :x, {a: 1}, m[1..2]) APPLY BATCH;
CREATE FUNCTION f (x int) CALLED ON NULL INPUT RETURNS int LANGUAGE java AS $$ return ';'; $$;
";

/// Reads a text in every way; whatever comes out must print to something that reads back the same.
fn exercise(text: &str) {
    if let Ok(statements) = parse_script(text) {
        for statement in statements {
            let printed = statement.node.to_string();
            assert_eq!(parse_statement(&printed), Ok(statement.node), "{printed:?} of {text:?}");
        }
    }
    if let Ok(type_name) = parse_type(text) {
        let printed = type_name.to_string();
        assert_eq!(parse_type(&printed), Ok(type_name), "{printed:?} of {text:?}");
    }
    if let Err(error) = parse_statement(text) {
        assert!(error.span().end <= text.len());
        assert!(text.is_char_boundary(error.span().start) && text.is_char_boundary(error.span().end));
        assert!(error.to_string().starts_with("line "));
    }
}

/// A small generator of numbers that look random, the same in each run (splitmix64).
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
fn the_sample_is_read() {
    assert_eq!(parse_script(SCRIPT).unwrap().len(), 10);
}

#[test]
fn no_prefix_and_no_suffix_panics() {
    for (at, _) in SCRIPT.char_indices() {
        exercise(&SCRIPT[..at]);
        exercise(&SCRIPT[at..]);
    }
}

#[test]
fn no_changed_byte_panics() {
    let mut random = Random(1);
    for _ in 0..4_000 {
        let mut bytes = SCRIPT.as_bytes().to_vec();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            bytes[at] = match random.below(2) {
                0 => random.below(256) as u8,
                _ => b"'\"$;(){}<>[],.:-/*0xeP \n"[random.below(23)],
            };
        }
        exercise(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn no_shuffled_statement_panics() {
    let words: Vec<_> = SCRIPT.split_inclusive([' ', '\n', '(', ',']).collect();
    let mut random = Random(2);
    for _ in 0..20_000 {
        let length = 1 + random.below(12);
        let start = random.below(words.len() - length);
        let mut text: Vec<_> = words[start..start + length].to_vec();
        let at = random.below(length);
        text[at] = words[random.below(words.len())];
        exercise(&text.concat());
    }
}

#[test]
fn deep_nesting_does_not_exhaust_the_stack() {
    for opening in
        ["(", "[", "{", "<", "list<", "CREATE TABLE t (a frozen<", "ALTER TABLE t ADD a MASKED WITH f("]
    {
        exercise(&opening.repeat(20_000));
    }
}
