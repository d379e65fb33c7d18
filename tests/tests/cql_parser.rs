//! CQL is accepted and refused as Cassandra's own parser accepts and refuses it.
//!
//! `CQLITE_PARSED_STATEMENTS=100000` compares more statements.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

#[path = "cql_parser/grammar.rs"]
mod grammar;

use std::env;

use cqlite_cql::parse_cql;
use cqlite_tests::{available::cassandra_or_skip, cassandra, fuzz::Random};

use grammar::Grammar;

/// How many statements are compared if nothing else is said.
const STATEMENTS: usize = 3_000;

/// Each alternative of the grammar comes up this often among so many statements.
const TAKEN_PER_STATEMENTS: (usize, usize) = (1, 10_000);

/// Words that a change puts where others stood.
const WORDS: &[&str] = &[
    "SELECT", "FROM", "WHERE", "AND", "IN", "NOT", "NULL", "IF", "EXISTS", "SET", "USING", "TTL", "TOKEN",
    "KEY", "AS", "JSON", "DISTINCT", "CAST", "LIKE", "IS", "CONTAINS", "LIMIT", "PER", "ORDER", "BY", "WITH",
    "OPTIONS", "TYPE", "TABLE", "ALL", "TO", "OF", "ON", "a", "\"B\"", "\"\"", "'s'", "1", "-1", "1.5",
    "true", "nan", "?", ":", "(", ")", "[", "]", "{", "}", ",", ";", ".", "..", "=", "!=", "<", ">", "+",
    "-", "*", "/", "%", "+=", "-=", "expr(", "0x1", "1h", "frozen", "list", "int", "count", "OR", "BETWEEN",
    "SCHEMA", "''", "$$x$$", "!", "--", "/*", "#",
];

/// Changes one to three words.
fn mutate(words: &mut Vec<String>, random: &mut Random) {
    for _ in 0..=random.below(3) {
        let at = random.below(words.len());
        let other = random.below(words.len());
        match random.below(6) {
            0 => drop(words.remove(at)),
            1 => words.insert(at, words[other].clone()),
            2 => words.swap(at, other),
            3 => words.truncate(at.max(1)),
            4 => words[at] = WORDS[random.below(WORDS.len())].to_owned(),
            _ => words.insert(at, WORDS[random.below(WORDS.len())].to_owned()),
        }
        if words.is_empty() {
            words.push("SELECT".to_owned());
        }
    }
}

/// The words with what may stand between words: mostly a blank.
fn written(words: &[String], random: &mut Random) -> String {
    let mut text = String::new();
    for word in words {
        let is_glued =
            random.below(8) == 0 && (is_symbol(word) || text.ends_with(['(', ')', ',', '[', ']', '=']));
        if !text.is_empty() && !is_glued {
            text.push_str(match random.below(60) {
                0 => "\n",
                1 => " /* x */ ",
                2 => " -- x\n",
                _ => " ",
            });
        }
        text.push_str(word);
    }
    text
}

fn is_symbol(word: &str) -> bool {
    matches!(word, "(" | ")" | "," | "[" | "]" | "{" | "}" | "=" | ";" | "." | "*" | ":" | "<" | ">")
}

/// A character of the text goes, comes again or gives way to another.
fn mutate_text(text: &str, random: &mut Random) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let at = random.below(characters.len());
    let other = characters[random.below(characters.len())];
    match random.below(3) {
        0 => drop(characters.remove(at)),
        1 => characters.insert(at, other),
        _ => characters[at] = other,
    }
    characters.into_iter().collect()
}

fn statements(count: usize) -> (Vec<String>, Grammar) {
    let mut random = Random::new(70);
    let mut grammar = Grammar::read(include_str!("cql_parser/grammar.txt"));
    let statement = |_| {
        let mut words = grammar.statement(&mut random);
        let change = random.below(100);
        if change < 45 {
            mutate(&mut words, &mut random);
        }
        let text = written(&words, &mut random);
        if (45..50).contains(&change) { mutate_text(&text, &mut random) } else { text }
    };
    ((0..count).map(statement).collect(), grammar)
}

/// What Cassandra answered: the message of a syntax error, unless the statement is well formed.
fn syntax_error(answer: &str) -> Option<String> {
    let (code, message) = answer.split_once('\t')?;
    let digits = message.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    let bytes = digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
    (code == "SYNTAX_ERROR" || code == "THROWN").then(|| String::from_utf8(bytes).unwrap())
}

#[test]
fn statements_are_accepted_and_refused_as_by_cassandra() {
    let count = env::var("CQLITE_PARSED_STATEMENTS").map_or(STATEMENTS, |count| count.parse().unwrap());
    let Some(cassandra) = cassandra_or_skip("the grammar of CQL") else { return };
    let (statements, grammar) = statements(count);
    let (taken, of) = TAKEN_PER_STATEMENTS;
    let rare = grammar.rare(count * taken / of);
    assert!(rare.is_empty(), "{}", rare.join("\n"));
    let answers = cassandra::statements(&cassandra, &statements).unwrap();
    let (mut accepted, mut same_place, mut same_message) = (0, 0, 0);
    let mut differing = Vec::new();
    for (statement, answer) in statements.iter().zip(&answers) {
        let theirs = syntax_error(answer);
        let ours = parse_cql(statement).err().filter(cqlite_cql::ParseError::is_syntax_error);
        let ours = ours.map(|error| error.to_string());
        let place = |message: &str| message.split(' ').take(2).collect::<Vec<_>>().join(" ");
        match (&ours, &theirs) {
            (None, None) => accepted += 1,
            (Some(ours), Some(theirs)) => {
                same_place += usize::from(place(ours) == place(theirs));
                same_message += usize::from(ours == theirs);
            }
            _ => differing.push(format!("{statement}\n  ours:   {ours:?}\n  theirs: {theirs:?}")),
        }
    }
    let refused = count - accepted - differing.len();
    eprintln!(
        "{count} statements over {} alternatives: {accepted} accepted by both, {refused} refused by both, {} differ; of \
         those refused {same_place} at the same place, {same_message} with the same message",
        grammar.alternatives(),
        differing.len(),
    );
    assert!(accepted * 100 >= count * 40, "{accepted} of {count} are accepted");
    let shown = differing.iter().take(100).cloned().collect::<Vec<_>>().join("\n");
    assert!(differing.len() * 1_000 <= count, "{} of {count} verdicts differ:\n{shown}", differing.len());
}
