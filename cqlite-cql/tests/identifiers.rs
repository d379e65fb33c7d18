//! Names and strings in CQL form.

use cqlite_cql::lexer::Keyword;
use cqlite_cql::{Identifier, Literal, QualifiedName, Statement, parse_statement};

/// Cassandra 5.0.9's `reserved_keywords.txt`.
const RESERVED: &str = "add allow alter and apply asc authorize batch begin by columnfamily create delete desc describe \
     drop entries execute from full grant if in index infinity insert into is keyspace limit materialized modify nan \
     norecursive not null of on or order primary rename revoke schema select set table to token truncate unlogged \
     update use using view where with";

#[test]
fn exactly_the_reserved_words_of_cassandra_are_quoted() {
    let reserved: Vec<_> = RESERVED.split_whitespace().collect();
    for word in &reserved {
        assert_eq!(Identifier::new(*word).to_string(), format!("\"{word}\""));
    }
    for keyword in Keyword::ALL {
        let word = keyword.text().to_lowercase();
        assert_eq!(keyword.is_reserved(), reserved.contains(&word.as_str()), "{word}");
    }
    for word in ["key", "values", "type", "timestamp", "vector", "true"] {
        assert_eq!(Identifier::new(word).to_string(), word);
    }
}

#[test]
fn names_that_unquoted_text_cannot_spell_are_quoted() {
    for plain in ["a", "a_1", "abc"] {
        assert_eq!(Identifier::quote_if_needed(plain), plain);
    }
    for (name, quoted) in [
        ("A", "\"A\""),
        ("aB", "\"aB\""),
        ("1a", "\"1a\""),
        ("_a", "\"_a\""),
        ("", "\"\""),
        ("a b", "\"a b\""),
        ("\u{e9}", "\"\u{e9}\""),
        ("say \"hi\"", "\"say \"\"hi\"\"\""),
    ] {
        assert_eq!(Identifier::quote_if_needed(name), quoted);
    }
}

#[test]
fn unquoted_names_are_lowered_and_quoted_ones_kept() {
    let name = |source: &str| match parse_statement(source).unwrap() {
        Statement::Use(keyspace) => keyspace.as_str().to_owned(),
        other => panic!("{other}"),
    };
    assert_eq!(name("USE MyKs"), "myks");
    assert_eq!(name("USE \"MyKs\""), "MyKs");
    assert_eq!(name("USE \"a\"\"b\""), "a\"b");
    assert_eq!(name("use Key;"), "key");
}

#[test]
fn every_printed_name_is_read_back_as_itself() {
    let words = Keyword::ALL.iter().map(|keyword| keyword.text().to_lowercase());
    for word in
        words.chain(["true", "false", "A", "a b", "\"", "x\"\"y", "p1y", "'", "\n", ";"].map(String::from))
    {
        let statement = Statement::Use(Identifier::new(word.as_str()));
        assert_eq!(parse_statement(&statement.to_string()), Ok(statement));
    }
}

#[test]
fn both_parts_of_a_qualified_name_are_quoted_by_need() {
    assert_eq!(QualifiedName::new("Ks", "table").to_string(), "\"Ks\".\"table\"");
    assert_eq!(QualifiedName::unqualified("t").to_string(), "t");
}

#[test]
fn quotes_in_strings_are_doubled() {
    assert_eq!(Literal::quote("it's"), "'it''s'");
    assert_eq!(Literal::String("''".into()).to_string(), "''''''");
}
