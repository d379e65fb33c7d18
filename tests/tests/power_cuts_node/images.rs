//! Images of all modes of the commit log, at calls all over the steps.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use cqlite_core::storage::fs::{FaultyFileSystem, MemoryFileSystem};
use cqlite_tests::available::cassandra_or_skip;
use cqlite_tests::cassandra::{Cassandra, Node};
use cqlite_tests::scratch;

use super::node_state::{Columns, columns_of, shown, stored};
use super::on_disk::write_out;
use super::scenario::{Logged, Progress, ROOT, builder, run};
use super::state::{State, difference, read};
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

/// Has a node start on an image, and a database open it. What is wrong, as a sentence.
fn check(image: &Image, states: &[State], cassandra: &Cassandra) -> Result<(), String> {
    let told = |what: String| format!("{}: {what}", image.what);
    let scratch = scratch::directory();
    write_out(&image.files, Path::new(ROOT), scratch.path());
    let db = builder(&image.files, ROOT).and_then(cqlite_core::DatabaseBuilder::open);
    let db = db.map_err(|error| told(format!("it does not open: {error}")))?;
    let ours = read(&db).map_err(|error| told(format!("it cannot be read: {error}")))?;
    let candidates = &states[image.lasting..=image.begun];
    let expect = |who: &str, state: &State| match candidates.contains(state) {
        true => Ok(()),
        false => {
            let (from, to, differs) = (image.lasting, image.begun, difference(state, &candidates[0]));
            Err(told(format!("{who} has none of the states {from} to {to}: {differs}")))
        }
    };
    expect("the database", &ours)?;
    let (theirs, stored) = started(scratch.path(), cassandra).map_err(&told)?;
    expect("the node", &theirs)?;
    if columns_of(&theirs) != stored {
        let (theirs, _) = started(scratch.path(), cassandra).map_err(&told)?;
        expect("the node that was started again", &theirs)?;
        if columns_of(&theirs) != stored {
            return Err(told(format!("the node works with the schema of {theirs:?}, not {stored:?}")));
        }
    }
    Ok(())
}

/// What a node shows that starts on a directory, and the schema it has stored then. It is killed after that.
fn started(directory: &Path, cassandra: &Cassandra) -> Result<(State, Columns), String> {
    let node = Node::builder(cassandra, directory).setting("cluster_name", "Test Cluster").start();
    let node = node.map_err(|error| format!("no node starts: {error}"))?;
    let mut connection = node.connect().map_err(|error| error.to_string())?;
    let shown = shown(&mut connection).and_then(|state| Ok((state, stored(&mut connection)?)));
    let shown = shown.map_err(|error| format!("{error}: {}", node.log()));
    node.kill();
    shown
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
            let failure = check(&image, &states, &cassandra).err();
            checked += 1;
            eprintln!("image {checked}: {}", failure.as_deref().unwrap_or(&image.what));
            failures.extend(failure);
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert_eq!(checked, count);
}
