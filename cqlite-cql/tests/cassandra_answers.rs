//! Statements are accepted and refused as Cassandra 5.0.9 does, with its messages.
#![allow(clippy::expect_used, reason = "test code; clippy takes only functions marked #[test] for it")]

use cqlite_cql::parse_cql;

/// An answer of Cassandra and the statement: `OK`, `INVALID` and a message where the statement is well formed, else the
/// message of the syntax error.
type Answered = (String, String);

fn answered(file: &str) -> Vec<Answered> {
    let unescaped = |text: &str| text.replace("\\n", "\n").replace("\\\\", "\\");
    let answered = |line: &str| {
        let (answer, statement) = line.split_once('\t').expect("an answer and a statement");
        (unescaped(answer), unescaped(statement))
    };
    file.lines().map(answered).collect()
}

/// `OK`, `INVALID` or the message of the syntax error.
fn answer(statement: &str) -> String {
    match parse_cql(statement) {
        Ok(_) => "OK".to_owned(),
        Err(error) if error.is_syntax_error() => error.to_string(),
        Err(error) => format!("INVALID {error}"),
    }
}

fn is_syntax_error(answer: &str) -> bool {
    answer != "OK" && !answer.starts_with("INVALID ")
}

fn assert_verdicts(answered: &[Answered]) {
    let differs =
        |(theirs, statement): &&Answered| is_syntax_error(theirs) != is_syntax_error(&answer(statement));
    let differing: Vec<String> = answered
        .iter()
        .filter(differs)
        .map(|(theirs, statement)| {
            format!("{statement}\n  theirs: {theirs}\n  ours:   {}", answer(statement))
        })
        .collect();
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing.join("\n"));
}

fn conformance() -> Vec<Answered> {
    answered(include_str!("conformance.txt"))
}

fn answers() -> Vec<Answered> {
    answered(include_str!("answers.txt"))
}

#[test]
fn all_statements_of_the_conformance_list_are_accepted_or_refused_as_by_cassandra() {
    let answered = conformance();
    assert_eq!(answered.len(), 185);
    assert_verdicts(&answered);
}

#[test]
fn syntax_errors_of_the_conformance_list_have_cassandra_s_messages() {
    for (theirs, statement) in conformance().iter().filter(|(theirs, _)| is_syntax_error(theirs)) {
        assert_eq!(answer(statement), *theirs, "{statement}");
    }
}

#[test]
fn every_corner_of_the_grammar_is_accepted_or_refused_as_by_cassandra() {
    assert_verdicts(&answers());
}

/// Of those that are refused, the share in percent whose message is the same, and whose place is.
#[test]
fn most_messages_are_cassandra_s_own() {
    let place = |message: &str| message.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let refused: Vec<Answered> =
        answers().into_iter().filter(|(theirs, _)| is_syntax_error(theirs)).collect();
    let same = |(theirs, statement): &&Answered| answer(statement) == *theirs;
    let same_place = |(theirs, statement): &&Answered| place(&answer(statement)) == place(theirs);
    let differing: Vec<String> = refused
        .iter()
        .filter(|answered| !same(answered))
        .map(|(theirs, statement)| {
            format!("{statement}\n  theirs: {theirs}\n  ours:   {}", answer(statement))
        })
        .collect();
    let shares = [refused.iter().filter(same).count(), refused.iter().filter(same_place).count()]
        .map(|count| count * 100 / refused.len());
    println!("{shares:?} of {}:\n{}", refused.len(), differing.join("\n"));
    assert!(shares[0] >= MESSAGES_PERCENT && shares[1] >= PLACES_PERCENT, "{shares:?}");
}

#[test]
fn messages_that_end_within_a_pair_of_surrogates_are_cassandra_s() {
    let answers = answers();
    let answered: Vec<&Answered> = answers.iter().filter(|(_, statement)| statement.contains('😀')).collect();
    assert_eq!(answered.len(), 7);
    for (theirs, statement) in answered {
        assert_eq!(answer(statement), *theirs, "{statement}");
    }
}

/// Those that were found by comparing statements at random.
#[test]
fn messages_of_what_was_found_at_random_are_cassandra_s() {
    let answers = answers();
    let first = answers.iter().position(|(_, statement)| statement == "SELECT v44['x'] ; a1, v FROM t");
    for (theirs, statement) in answers.iter().skip(first.unwrap_or_default()) {
        assert_eq!(answer(statement), *theirs, "{statement}");
    }
}

const MESSAGES_PERCENT: usize = 79;
const PLACES_PERCENT: usize = 96;

/// Cassandra's parser takes them; when it prepares the statement it answers with a syntax error.
#[test]
fn properties_that_an_index_does_not_have_are_syntax_errors() {
    assert_eq!(answer("CREATE INDEX ON t (a) WITH foo = 1"), "Unknown property 'foo'");
    let message = "Invalid value for property 'options'. It should be a map.";
    assert_eq!(answer("CREATE CUSTOM INDEX ON t (a) USING 'sai' WITH OPTIONS = 'x'"), message);
    // Of an index without a class they are refused as such, whatever they are.
    assert_eq!(answer("CREATE INDEX ON t (a) WITH OPTIONS = 'x'"), "OK");
}

#[test]
fn what_is_read_is_printed_as_what_is_read_again() {
    for (_, statement) in conformance().iter().chain(&answers()) {
        let Ok(read) = parse_cql(statement) else { continue };
        let printed = read.node.to_string();
        match parse_cql(&printed) {
            Ok(again) => assert_eq!(again.node.to_string(), printed, "of {statement}"),
            Err(error) => panic!("{printed}\n  of {statement}\n  {error}"),
        }
    }
}
