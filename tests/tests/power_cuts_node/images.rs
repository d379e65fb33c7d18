//! Images of all modes of the commit log, at calls all over the steps.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use cqlite_core::storage::fs::{FaultyFileSystem, MemoryFileSystem};
use cqlite_tests::available::cassandra_or_skip;
use cqlite_tests::cassandra::{Cassandra, Connection, CqlError, Node};
use cqlite_tests::scratch;

use super::on_disk::write_out;
use super::scenario::{Logged, Progress, ROOT, builder, run};
use super::state::{KEYSPACE, State, TableState, difference, read};
use super::steps::{all_steps, states};

/// No mode makes fewer calls that change something.
const CALLS: u64 = 3_700;

/// What a power cut left.
struct Image {
    files: MemoryFileSystem,
    /// The steps that last, and those that were begun.
    lasting: usize,
    begun: usize,
    what: String,
}

fn given(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |given| given.parse().unwrap())
}

/// The call of an image, and its seed.
fn place(number: u64) -> (u64, u64) {
    let seed = match number % 4 {
        seed @ (0 | 1) => seed,
        _ => 2 + number,
    };
    (100 + (number + 1) * 2_654_435_761 % CALLS, seed)
}

/// The images of one mode of those with these numbers.
fn taken(logged: Logged, numbers: Vec<u64>) -> Vec<Image> {
    let files = FaultyFileSystem::new(MemoryFileSystem::new());
    let (progress, images) = (Arc::new(Progress::default()), Arc::new(Mutex::new(Vec::new())));
    let (memory, seen, taken) = (files.inner().clone(), Arc::clone(&progress), Arc::clone(&images));
    files.observe(move |call| {
        if !call.operation.is_change() {
            return;
        }
        for number in &numbers {
            let (at, seed) = place(*number);
            if at != call.number {
                continue;
            }
            let lasting = seen.lasting.load(Ordering::SeqCst);
            let files = memory.crash_image(seed);
            let begun = seen.begun.load(Ordering::SeqCst);
            let (operation, path) = (call.operation, call.path.display());
            let what =
                format!("image {number}, {logged:?}, seed {seed} at change {at}, {operation:?} of {path}");
            taken.lock().unwrap().push(Image { files, lasting, begun, what });
        }
    });
    run(&files, logged, &all_steps(), &progress).unwrap();
    drop(files);
    std::mem::take(&mut *images.lock().unwrap())
}

/// What a node has.
fn state_of(node: &Node) -> Result<State, CqlError> {
    let mut connection = node.connect().map_err(|error| CqlError::Io(std::io::Error::other(error)))?;
    let keyspace = format!("WHERE keyspace_name = '{KEYSPACE}'");
    let of_schema = |what: &str| format!("SELECT {what} {keyspace}");
    if texts(&mut connection, &of_schema("keyspace_name FROM system_schema.keyspaces"))?.is_empty() {
        return Ok(None);
    }
    let mut tables = BTreeMap::new();
    for table in texts(&mut connection, &of_schema("table_name FROM system_schema.tables"))? {
        let name = table[0].clone().unwrap();
        let statement = of_schema("column_name, kind FROM system_schema.columns");
        let found = texts(&mut connection, &format!("{statement} AND table_name = '{name}'"))?;
        let regular = found.into_iter().filter(|row| row[1].as_deref() == Some("regular"));
        let columns: Vec<String> = regular.map(|row| row[0].clone().unwrap()).collect();
        let selected = [["k".to_owned()].as_slice(), &columns].concat().join(", ");
        let found = match texts(&mut connection, &format!("SELECT {selected} FROM {KEYSPACE}.{name}")) {
            // A node reads the schema before it reads the commit log: a table that is only there it knows at its next start.
            Err(CqlError::Server { message, .. }) if message.contains("does not exist") => continue,
            found => found?,
        };
        let rows = found.into_iter().map(|row| (row[0].clone().unwrap(), row[1..].to_vec())).collect();
        tables.insert(name, TableState { columns, rows });
    }
    Ok(Some(tables))
}

fn texts(connection: &mut Connection, statement: &str) -> Result<Vec<Vec<Option<String>>>, CqlError> {
    let text = |value: Option<Vec<u8>>| value.map(|bytes| String::from_utf8(bytes).unwrap());
    let rows = connection.execute(statement)?.rows;
    Ok(rows.into_iter().map(|row| row.into_iter().map(text).collect()).collect())
}

/// Has a node start on an image, and a database open it. What is wrong, as a sentence.
fn check(image: &Image, states: &[State], cassandra: &Cassandra) -> Result<(), String> {
    let told = |what: String| format!("{}: {what}", image.what);
    let scratch = scratch::directory();
    write_out(&image.files, Path::new(ROOT), scratch.path());
    let db = builder(&image.files, ROOT).and_then(cqlite_core::DatabaseBuilder::open);
    let db = db.map_err(|error| told(format!("it does not open: {error}")))?;
    let ours = read(&db).map_err(|error| told(format!("it cannot be read: {error}")))?;
    let node = Node::builder(cassandra, scratch.path()).setting("cluster_name", "Test Cluster");
    let node = node.start().map_err(|error| told(format!("no node starts: {error}")))?;
    let theirs = state_of(&node).map_err(|error| told(format!("{error}: {}", node.log())))?;
    node.kill();
    let candidates = &states[image.lasting..=image.begun];
    if !candidates.contains(&theirs) {
        let (from, to, differs) = (image.lasting, image.begun, difference(&theirs, &candidates[0]));
        return Err(told(format!("the node has none of the states {from} to {to}: {differs}")));
    }
    if candidates.contains(&ours) {
        Ok(())
    } else {
        Err(told(format!("the database has none of them: {}", difference(&ours, &candidates[0]))))
    }
}

#[test]
fn a_node_starts_on_what_a_power_cut_left_and_has_what_the_database_has() {
    let test = "a_node_starts_on_what_a_power_cut_left_and_has_what_the_database_has";
    let Some(cassandra) = cassandra_or_skip(test) else { return };
    let (first, count) = (given("CQLITE_NODE_IMAGES_FROM", 0), given("CQLITE_NODE_IMAGES", 3));
    let (modes, states) = (Logged::all(), states(&all_steps()));
    let (mut checked, mut failures) = (0, Vec::new());
    for (mode, logged) in (0..).zip(&modes) {
        let numbers = (first..first + count).filter(|number| number % modes.len() as u64 == mode);
        let numbers: Vec<u64> = numbers.collect();
        if numbers.is_empty() {
            continue;
        }
        for image in taken(*logged, numbers) {
            failures.extend(check(&image, &states, &cassandra).err());
            checked += 1;
            eprintln!("{checked} images, {} are wrong: {}", failures.len(), image.what);
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert_eq!(checked, count);
}
