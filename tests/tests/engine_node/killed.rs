//! A process that is killed while it writes, and a node that starts on what it left.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::Format,
    scratch::{self, copy_all},
    torn_log::tear,
    writing::Writing,
};

use super::place::{Place, answers_of_node};

/// How many rounds of writes of any thread are acknowledged before the process is killed.
const ROUNDS: usize = 9;

fn kill_one(test: &str, names: [&str; 3], format: Format) {
    let Some(cassandra) = cassandra_or_skip(test) else { return };
    let scratch = scratch::directory();
    let mut place = Place::new(&scratch.path().join("node"), &cassandra);
    let mut child = Command::new(env!("CARGO_BIN_EXE_writes-until-killed"))
        .arg(&place.directory)
        .args(names)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let told: Vec<String> = lines.take(1 + ROUNDS).map(Result::unwrap).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(told.len(), 1 + ROUNDS, "it ended by itself");
    tear(&place.log_directory());

    // What CQLite makes of a copy is what the node is to make of it.
    let copy = scratch.path().join("copy");
    copy_all(&place.directory, &copy);
    let db = Writing::parse(&names).unwrap().builder(&copy).unwrap().open().unwrap();
    let (tables, answers) = place.answers_of(&db);
    assert!(tables.len() > 15, "{} tables", tables.len());
    let node = place.node(format).start().unwrap();
    place.compare_node(&node, &tables, &answers);
    drop(db);
    place.change_by(&node, &tables, 77);
    let theirs = answers_of_node(&node, &tables);
    node.kill();
    let db = place.open(Writing::parse(&names).unwrap());
    place.assert_same(&place.answers_of(&db).1, &theirs);
    eprintln!("{test}: {:?}", place.counted);
}

#[test]
fn a_node_answers_what_a_process_left_that_was_killed_while_it_wrote() {
    let test = "a_node_answers_what_a_process_left_that_was_killed_while_it_wrote";
    kill_one(test, ["periodic", "none", "nb"], Format::Nb);
}

#[test]
fn so_it_does_with_a_compressed_log_and_tries() {
    kill_one("so_it_does_with_a_compressed_log_and_tries", ["group", "lz4", "da"], Format::Da);
}
