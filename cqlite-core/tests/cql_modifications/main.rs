//! Modifications answer as Cassandra 5.0.9 answered: verdicts, messages, `[applied]` rows, and what is read afterwards.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod answered;
mod concurrent;

use answered::check_answers;

#[test]
fn rows_are_inserted_updated_deleted_and_truncated_as_by_cassandra() {
    check_answers(include_str!("plain.txt"));
}

#[test]
fn collections_and_user_types_change_as_in_cassandra() {
    check_answers(include_str!("collections.txt"));
}

#[test]
fn conditional_modifications_and_batches_answer_as_in_cassandra() {
    check_answers(include_str!("conditions.txt"));
}

#[test]
fn batches_and_counters_are_those_of_cassandra() {
    check_answers(include_str!("batches.txt"));
}

#[test]
fn times_and_bound_null_and_unset_values_are_those_of_cassandra() {
    check_answers(include_str!("times.txt"));
}

#[test]
fn rows_of_json_are_inserted_as_by_cassandra() {
    check_answers(include_str!("json.txt"));
}

#[test]
fn corners_of_conditions_and_operations_are_those_of_cassandra() {
    check_answers(include_str!("corners.txt"));
}

#[test]
fn keys_and_names_are_refused_as_by_cassandra() {
    check_answers(include_str!("keys.txt"));
}

#[test]
fn statements_made_at_random_answer_as_in_cassandra() {
    check_answers(include_str!("random.txt"));
}
