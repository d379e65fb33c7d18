//! A power cut while SSTables replace others: the library and Cassandra see all of the old or all of the new, and agree.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write as _,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, UNIX_EPOCH},
};

use cqlite_core::storage::fs::{FaultyFileSystem, FileSystem, FsDirectory, FsFiles, MemoryFileSystem};
use cqlite_sstable::{
    Component, Descriptor, Format, SstableId, Version,
    find::{DiskTableFiles, LiveSet},
    io::OutputDirectory,
    writer::{Operation, Transaction},
};
use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{Node, Tools},
};

const OLD: [&str; 2] = ["nb-1-big", "nb-2-big"];
const NEW: [&str; 2] = ["nb-3-big", "nb-4-big"];
const SEEDS: u64 = 6;

fn nb() -> Version {
    Version::parse("nb", Format::Big).unwrap()
}

/// A file system in memory, with a directory of the same path as one on disk.
fn memory_with(table: &Path) -> MemoryFileSystem {
    let files = MemoryFileSystem::new();
    let mut above: Vec<&Path> = table.ancestors().collect();
    above.reverse();
    for pair in above.windows(2) {
        let [directory, path] = pair else { panic!("{pair:?}") };
        files.create_directory(path).unwrap();
        files.sync_directory(directory).unwrap();
    }
    files
}

/// Makes the files of an SSTable; what is in them does not matter to a transaction.
fn write(directory: &dyn OutputDirectory, stem: &str) {
    for component in [Component::Data, Component::Index, Component::Statistics, Component::Toc] {
        let mut file = directory.create(&format!("{stem}-{component}")).unwrap();
        file.write_all(b"bytes").unwrap();
        file.sync().unwrap();
    }
}

/// What is in a directory: names with times and bytes.
type State = BTreeMap<String, (i64, Vec<u8>)>;

fn state(files: &MemoryFileSystem, table: &Path) -> State {
    let entries = files.list(table).unwrap().into_iter();
    let read = |name: &str| {
        let source = files.open(&table.join(name)).unwrap();
        let mut bytes = vec![0; usize::try_from(source.len()).unwrap()];
        source.read_at(&mut bytes, 0).unwrap();
        bytes
    };
    entries.map(|entry| (entry.name.clone(), (entry.modified_millis, read(&entry.name)))).collect()
}

/// What power cuts leave of a table while two SSTables take the place of two others.
fn states_after_power_cuts(table: &Path) -> BTreeSet<State> {
    let memory = memory_with(table);
    let files = FaultyFileSystem::new(memory.clone());
    let shared: Arc<dyn FileSystem> = Arc::new(files.clone());
    let directory: Arc<dyn OutputDirectory> = Arc::new(FsDirectory::new(Arc::clone(&shared), table));
    OLD.iter().for_each(|stem| write(&*directory, stem));
    directory.sync().unwrap();
    let images = Arc::new(Mutex::new(Vec::new()));
    let taken = Arc::clone(&images);
    files.observe(move |call| {
        if call.operation.is_change() {
            let made = (0..SEEDS).map(|seed| memory.crash_image(seed * 1_000_003 + call.number));
            taken.lock().unwrap().extend(made);
        }
    });
    let mut transaction = Transaction::begin(Arc::clone(&directory), Operation::Compaction, nb()).unwrap();
    for (stem, id) in NEW.iter().zip([3, 4]) {
        transaction.add(nb(), SstableId::Sequence(id)).unwrap();
        write(&*directory, stem);
    }
    for stem in OLD {
        let path = table.join(format!("{stem}-{}", Component::Data));
        let old = FsFiles::new(Arc::clone(&shared), Descriptor::from_file(&path).unwrap());
        transaction.remove(old.obsolete().unwrap()).unwrap();
    }
    transaction.commit().unwrap().finish().unwrap();
    let images = std::mem::take(&mut *images.lock().unwrap());
    images.iter().map(|image| state(image, table)).collect()
}

/// Puts a state on disk.
fn store(state: &State, table: &Path) {
    fs::remove_dir_all(table).unwrap();
    fs::create_dir(table).unwrap();
    for (name, (millis, bytes)) in state {
        let mut file = fs::File::create(table.join(name)).unwrap();
        file.write_all(bytes).unwrap();
        let since = Duration::from_millis(u64::try_from(*millis).unwrap());
        file.set_modified(UNIX_EPOCH + since).unwrap();
    }
}

fn set(stems: &[&str]) -> BTreeSet<String> {
    stems.iter().map(|stem| (*stem).to_owned()).collect()
}

#[test]
fn after_a_power_cut_at_any_call_of_a_transaction_sstableutil_lists_what_is_found() {
    let test = "after_a_power_cut_at_any_call_of_a_transaction_sstableutil_lists_what_is_found";
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
    let table = fs::canonicalize(node.table_directory("ks", "t")).unwrap();
    let home = node.directory().to_owned();
    node.stop().unwrap();
    let mut tools = Tools::start_on(&cassandra, &home).unwrap();
    let (mut old, mut new) = (0, 0);
    for state in states_after_power_cuts(&table) {
        store(&state, &table);
        let set_of_library = LiveSet::list(&DiskTableFiles, std::slice::from_ref(&table)).unwrap();
        assert!(set_of_library.undecided.is_empty(), "{:?} of {state:?}", set_of_library.undecided);
        let ours: BTreeSet<String> =
            set_of_library.sstables.iter().map(|one| one.stem().to_owned()).collect();
        let output = tools.run("StandaloneSSTableUtil", ["-t", "final", "ks", "t"]).unwrap();
        assert!(output.success(), "{} of {state:?}", output.stderr);
        let listed = output.text();
        let files = listed.lines().filter_map(|line| line.rsplit_once('/')).map(|(_, file)| file);
        let theirs: BTreeSet<String> =
            files.filter_map(|file| file.rsplit_once('-')).map(|(stem, _)| stem.to_owned()).collect();
        assert_eq!(ours, theirs, "{state:?}");
        old += usize::from(ours == set(&OLD));
        new += usize::from(ours == set(&NEW));
        assert!([set(&OLD), set(&NEW)].contains(&ours), "{ours:?} of {state:?}");
    }
    eprintln!("{old} states before the commit, {new} after it");
    assert!(old > 50 && new > 10, "{old} states before the commit, {new} after it");
}
