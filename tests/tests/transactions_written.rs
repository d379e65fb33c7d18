//! Whatever stops a transaction at whichever step: what is new is there as a whole, or not at all.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use cqlite_sstable::{
    Component, Descriptor, Format, Result, SstableId, Version,
    find::{FindOptions, find},
    io::{DiskDirectory, FaultyDirectory, OutputDirectory},
    writer::{Obsolete, Operation, SstableIds, Transaction},
};
use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{Node, Tools},
};

const OLD: [&str; 2] = ["nb-1-big", "nb-2-big"];
const NEW: [&str; 2] = ["nb-3-big", "nb-4-big"];

fn nb() -> Version {
    Version::parse("nb", Format::Big).unwrap()
}

/// Makes the files of an SSTable; what is in them does not matter to a transaction.
fn write(directory: &dyn OutputDirectory, stem: &str) -> Result<()> {
    let failed = cqlite_sstable::Error::output;
    for component in [Component::Data, Component::Index, Component::Statistics, Component::Toc] {
        let mut file = directory.create(&format!("{stem}-{component}")).map_err(failed)?;
        file.write_all(b"bytes").map_err(failed)?;
        file.sync().map_err(failed)?;
    }
    Ok(())
}

/// Two new SSTables take the place of two old ones, as far as `steps` go.
fn replace(table: &Path, steps: u64) -> (Result<()>, u64) {
    let disk = Arc::new(DiskDirectory::new(table));
    let faulty = FaultyDirectory::new(disk, steps);
    let run = || -> Result<()> {
        let mut transaction = Transaction::begin(Arc::new(faulty.clone()), Operation::Compaction, nb())?;
        let mut ids = SstableIds::from(3);
        for stem in NEW {
            let sstable = transaction.add(nb(), ids.next_id()?)?;
            assert_eq!(sstable.stem(), stem);
            write(&faulty, stem)?;
        }
        for stem in OLD {
            let path = table.join(format!("{stem}-{}", Component::Data));
            transaction.remove(Obsolete::of(&Descriptor::from_file(&path)?)?)?;
        }
        transaction.commit()?.finish()
    };
    let done = run();
    (done, steps.saturating_sub(faulty.steps_left()))
}

/// Two new SSTables in a directory of their own, as far as `steps` go.
fn create(table: &Path, steps: u64) -> (Result<()>, u64) {
    let faulty = FaultyDirectory::new(Arc::new(DiskDirectory::new(table)), steps);
    let run = || -> Result<()> {
        let mut transaction = Transaction::begin(Arc::new(faulty.clone()), Operation::Write, nb())?;
        for (stem, id) in NEW.iter().zip([3, 4]) {
            transaction.add(nb(), SstableId::Sequence(id))?;
            write(&faulty, stem)?;
        }
        transaction.commit()?.finish()
    };
    let done = run();
    (done, steps.saturating_sub(faulty.steps_left()))
}

/// The SSTables that are found; none if nobody can tell.
fn found(table: &Path) -> Option<BTreeSet<String>> {
    let mut found = find(&[table.to_owned()], &FindOptions::default()).unwrap();
    let Some(table) = found.tables.pop() else { return set(&[]) };
    let stems = table.sstables.iter().map(|one| one.stem().to_owned()).collect();
    table.obstacles().is_empty().then_some(stems)
}

fn set(stems: &[&str]) -> Option<BTreeSet<String>> {
    Some(stems.iter().map(|stem| (*stem).to_owned()).collect())
}

/// All files with what is in the logs, apart from the ids in their names.
fn state(table: &Path) -> BTreeMap<String, Vec<u8>> {
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        match name.rsplit_once('_') {
            Some((start, _)) if name.ends_with(".log") => (start.to_owned(), fs::read(&path).unwrap()),
            _ => (name, Vec::new()),
        }
    };
    fs::read_dir(table).unwrap().map(|entry| read(entry.unwrap().path())).collect()
}

#[test]
fn stopped_at_any_step_a_replacement_shows_all_of_the_old_or_all_of_the_new() {
    let place = tempfile::tempdir().unwrap();
    let table = place.path().join("t");
    // Times and checksums in the log are numbers, which have some digits more or less with each try.
    const DIGITS: u64 = 8;
    let (mut old, mut new) = (0, 0);
    let mut committed: Option<u64> = None;
    for steps in 0.. {
        fs::create_dir(&table).unwrap();
        let disk = DiskDirectory::new(&table);
        OLD.iter().for_each(|stem| write(&disk, stem).unwrap());
        let (done, used) = replace(&table, steps);
        let seen = found(&table);
        if seen == set(&OLD) {
            old += 1;
            let is_behind = committed.is_some_and(|committed| steps > committed + DIGITS);
            assert!(done.is_err() && !is_behind, "after {steps} steps the commit was taken back");
        } else {
            assert_eq!(seen, set(&NEW), "after {steps} steps");
            committed.get_or_insert(steps);
            new += 1;
        }
        if done.is_ok() && used < steps {
            assert!(state(&table).keys().all(|name| NEW.iter().any(|stem| name.starts_with(stem))));
            break;
        }
        fs::remove_dir_all(&table).unwrap();
    }
    assert!(old > 200 && new > 10, "{old} states before the commit, {new} after it");
}

#[test]
fn stopped_at_any_step_new_sstables_are_all_there_or_none() {
    let place = tempfile::tempdir().unwrap();
    let table = place.path().join("t");
    let (mut none, mut all) = (0, 0);
    for steps in 0.. {
        fs::create_dir(&table).unwrap();
        let (done, used) = create(&table, steps);
        let seen = if state(&table).is_empty() { set(&[]) } else { found(&table) };
        if seen == set(&[]) {
            none += 1;
            assert!(done.is_err() && all == 0, "after {steps} steps the SSTables are gone: {done:?}");
        } else {
            assert_eq!(seen, set(&NEW), "after {steps} steps");
            all += 1;
        }
        if done.is_ok() && used < steps {
            assert_eq!(state(&table).len(), 8, "the log is gone");
            break;
        }
        fs::remove_dir_all(&table).unwrap();
    }
    assert!(none > 100 && all > 3, "{none} states before the commit, {all} after it");
}

#[test]
fn a_full_disk_leaves_nothing_but_what_was_there() {
    let place = tempfile::tempdir().unwrap();
    let table = place.path().join("t");
    fs::create_dir(&table).unwrap();
    let disk = Arc::new(DiskDirectory::new(&table));
    let mut transaction = Transaction::begin(disk.clone(), Operation::Write, nb()).unwrap();
    transaction.add(nb(), SstableId::Sequence(3)).unwrap();
    let full = FaultyDirectory::new(disk, 12);
    assert!(write(&full, NEW[0]).is_err());
    // Removing works on a full disk.
    drop(transaction);
    assert!(state(&table).is_empty());
}

#[test]
fn stopped_at_any_step_sstableutil_lists_what_is_found() {
    let test = "stopped_at_any_step_sstableutil_lists_what_is_found";
    let Some(cassandra) = cassandra_or_skip(test) else { return };
    let directory = tempfile::tempdir().unwrap();
    let node = Node::builder(&cassandra, directory.path().join("node")).start().unwrap();
    let mut connection = node.connect().unwrap();
    for statement in [
        "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        "CREATE TABLE ks.t (k int PRIMARY KEY)",
    ] {
        connection.execute(statement).unwrap();
    }
    let table = fs::read_dir(node.data().join("ks")).unwrap().next().unwrap().unwrap().path();
    let home = node.directory().to_owned();
    node.stop().unwrap();
    let mut tools = Tools::start_on(&cassandra, &home).unwrap();
    let mut judged = BTreeSet::new();
    for steps in 0.. {
        fs::remove_dir_all(&table).unwrap();
        fs::create_dir(&table).unwrap();
        let disk = DiskDirectory::new(&table);
        OLD.iter().for_each(|stem| write(&disk, stem).unwrap());
        let (done, used) = replace(&table, steps);
        // The times in the records differ from run to run; only how long they are matters here.
        let lengths: Vec<(String, usize)> =
            state(&table).into_iter().map(|(name, log)| (name, log.len())).collect();
        if judged.insert(lengths) {
            let output = tools.run("StandaloneSSTableUtil", ["-t", "final", "ks", "t"]).unwrap();
            let listed = String::from_utf8(output.stdout.clone()).unwrap();
            let files = listed.lines().filter_map(|line| line.rsplit_once('/')).map(|(_, file)| file);
            let theirs: BTreeSet<String> =
                files.filter_map(|file| file.rsplit_once('-')).map(|(stem, _)| stem.to_owned()).collect();
            let theirs = (output.exit_code == 0).then_some(theirs);
            assert_eq!(found(&table), theirs, "after {steps} steps: {listed}{}", output.stderr);
        }
        if done.is_ok() && used < steps {
            break;
        }
    }
    assert!(judged.len() > 100, "{} states", judged.len());
}
