//! Which SSTables are found where a real node writes, compacts, is killed, or left its transaction logs.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, AtomicI32, Ordering},
    thread,
    time::{Duration, Instant, UNIX_EPOCH},
};

use cqlite_sstable::{
    find::{FindOptions, FoundTable, OpenTable, descriptor_budget, find},
    reader::{Access, ScanOptions},
};
use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{Connection, Node, Tools},
    transaction_log::{abort, commit, compaction},
};

const READS: usize = 2_000;
const FLUSHES: i32 = 50;
const ROWS_OF_A_FLUSH: i32 = 10;
const PATIENCE: Duration = Duration::from_secs(120);

fn create(connection: &mut Connection, table: &str, options: &str) {
    for statement in [
        "CREATE KEYSPACE IF NOT EXISTS ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        &format!("CREATE TABLE ks.{table} (k int PRIMARY KEY, v blob) WITH {options}"),
    ] {
        connection.execute(statement).unwrap();
    }
}

fn insert(connection: &mut Connection, table: &str, key: i32, value_bytes: usize) {
    let value = format!("{key:08x}").repeat(value_bytes.div_ceil(4));
    connection.execute(&format!("INSERT INTO ks.{table} (k, v) VALUES ({key}, 0x{value})")).unwrap();
}

fn directory_of(node: &Node, table: &str) -> PathBuf {
    let entries = fs::read_dir(node.data().join("ks")).unwrap().map(|entry| entry.unwrap().path());
    let is_it =
        |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(&format!("{table}-"));
    entries.into_iter().find(is_it).unwrap()
}

fn find_one(directory: &Path) -> FoundTable {
    let mut found = find(&[directory.to_owned()], &FindOptions::default()).unwrap();
    assert!(found.refused.is_empty(), "{:?}", found.refused);
    found.tables.remove(0)
}

fn stems(directory: &Path) -> Option<BTreeSet<String>> {
    let table = find_one(directory);
    let stems = table.sstables.iter().map(|one| one.stem().to_owned()).collect();
    table.obstacles().is_empty().then_some(stems)
}

/// The keys in all SSTables of a table, each checked to be in one of them alone.
fn keys(directory: &Path) -> (BTreeSet<i32>, Vec<String>) {
    let opened = OpenTable::open(find_one(directory), Access::default(), descriptor_budget()).unwrap();
    let mut keys = BTreeSet::new();
    for sstable in &opened.sstables {
        let mut cursor = sstable.scan(ScanOptions { digest: true, ..ScanOptions::default() }).unwrap();
        while cursor.advance_partition().unwrap() {
            let key = i32::from_be_bytes(cursor.partition().key.try_into().unwrap());
            assert!(keys.insert(key), "the row {key} is there twice");
        }
        sstable.finish_scan(&mut cursor).unwrap();
    }
    (keys, opened.table.sstables.iter().map(|one| one.stem().to_owned()).collect())
}

/// Ends the writer when the reader ends, however it does.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn reads_of_a_table_that_a_node_flushes_and_compacts_have_every_row_once() {
    let test = "reads_of_a_table_that_a_node_flushes_and_compacts_have_every_row_once";
    let Some(cassandra) = cassandra_or_skip(test) else { return };
    let directory = tempfile::tempdir().unwrap();
    let mut node = Node::builder(&cassandra, directory.path().join("node")).start().unwrap();
    let mut connection = node.connect().unwrap();
    // Two SSTables are enough for a compaction: almost every flush is followed by one.
    let strategy = "'class': 'SizeTieredCompactionStrategy', 'min_threshold': 2, 'min_sstable_size': 1";
    create(&mut connection, "t", &format!("compaction = {{{strategy}}}"));
    let (flushed, is_done) = (AtomicI32::new(0), AtomicBool::new(false));
    let mut insert_and_flush = |node: &mut Node| {
        let first = flushed.load(Ordering::SeqCst);
        for key in first..first + ROWS_OF_A_FLUSH {
            insert(&mut connection, "t", key, 16);
        }
        node.flush("ks", &["t"]).unwrap();
        flushed.store(first + ROWS_OF_A_FLUSH, Ordering::SeqCst);
    };
    insert_and_flush(&mut node);
    let table = directory_of(&node, "t");
    let mut seen = BTreeSet::new();
    let (mut reads, mut changes) = (0, 0);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            while !is_done.load(Ordering::SeqCst) {
                insert_and_flush(&mut node);
            }
        });
        let mut last = Vec::new();
        let _done = Done(&is_done);
        while reads < READS || flushed.load(Ordering::SeqCst) < FLUSHES * ROWS_OF_A_FLUSH {
            assert!(!writer.is_finished(), "the writer failed");
            let at_least = flushed.load(Ordering::SeqCst);
            let (keys, sstables) = keys(&table);
            let all_flushed = (0..at_least).all(|key| keys.contains(&key));
            assert!(all_flushed, "read {reads} lacks rows: {} of {at_least}, {sstables:?}", keys.len());
            changes += usize::from(sstables != last);
            seen.extend(sstables.iter().cloned());
            last = sstables;
            reads += 1;
        }
    });
    println!("{reads} reads, {changes} changes of the set, {} SSTables read", seen.len());
    assert!(changes >= FLUSHES as usize, "a set that changes {changes} times proves nothing");
}

#[test]
fn after_a_kill_in_a_compaction_the_sstables_are_those_that_a_restarted_node_keeps() {
    let test = "after_a_kill_in_a_compaction_the_sstables_are_those_that_a_restarted_node_keeps";
    let Some(cassandra) = cassandra_or_skip(test) else { return };
    let directory = tempfile::tempdir().unwrap();
    let home = directory.path().join("node");
    let slow = || Node::builder(&cassandra, &home).setting("compaction_throughput", "1MiB/s");
    let mut node = slow().start().unwrap();
    let mut connection = node.connect().unwrap();
    create(&mut connection, "t", "compression = {'enabled': false}");
    node.nodetool(&["disableautocompaction"]).unwrap();
    for key in 0..400 {
        insert(&mut connection, "t", key, 32 * 1024);
        if key % 100 == 99 {
            node.flush("ks", &["t"]).unwrap();
        }
    }
    let table = directory_of(&node, "t");
    let before = stems(&table).unwrap();
    assert_eq!(before.len(), 4);
    node.nodetool(&["enableautocompaction", "ks", "t"]).unwrap();
    let files =
        || fs::read_dir(&table).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let is_compacting = || {
        files().any(|name| name.contains("_txn_compaction_"))
            && files().any(|name| name.ends_with("-5-big-Data.db"))
    };
    let deadline = Instant::now() + PATIENCE;
    while !is_compacting() {
        assert!(Instant::now() < deadline, "no compaction began");
        thread::sleep(Duration::from_millis(5));
    }
    let running = stems(&table).unwrap();
    node.kill();
    assert!(is_compacting(), "the compaction was over before the node was killed");
    let found = find_one(&table);
    assert!(found.left_out()[0].to_string().contains("1 SSTable of an unfinished compaction is left out"));
    let ours = stems(&table).unwrap();
    assert_eq!((&running, &ours), (&before, &before));

    let node = slow().jvm("-Dcassandra.autocompaction_on_startup_enabled=false").start().unwrap();
    assert!(!files().any(|name| name.contains("-5-big-")), "the node kept what was not finished");
    assert_eq!(stems(&table).unwrap(), ours);
    drop(node);
}

/// A change to a table's directory that a crash, or somebody, may have made.
type Change = (&'static str, fn(&Path));

fn rewrite(table: &Path, change: impl Fn(String) -> String) {
    let path = table.join(LOG);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, change(text)).unwrap();
}

const LOG: &str = "nb_txn_compaction_d7b7a170-e57b-11f1-bdff-5d016f48fe5f.log";

const CHANGES: [Change; 13] = [
    ("unfinished", |t| rewrite(t, |text| text.replace(COMMIT, ""))),
    ("committed", |_| {}),
    ("aborted", |t| rewrite(t, |text| text.replace(&commit(), &abort()))),
    ("half a commit", |t| rewrite(t, |text| text.replace(COMMIT, "COMMIT:[,0,"))),
    ("a commit with a wrong checksum", |t| rewrite(t, |text| text.replace("2613697770", "2613697771"))),
    ("a commit without a line's end", |t| rewrite(t, |text| text.trim_end().to_owned())),
    ("committed, partly deleted", |t| fs::remove_file(t.join("nb-1-big-Data.db")).unwrap()),
    ("half a commit, an old file gone", |t| {
        rewrite(t, |text| text.replace(COMMIT, "COMMIT:["));
        fs::remove_file(t.join("nb-1-big-Filter.db")).unwrap();
    }),
    ("unfinished, an old file gone", |t| {
        rewrite(t, |text| text.replace(COMMIT, ""));
        fs::remove_file(t.join("nb-1-big-Filter.db")).unwrap();
    }),
    ("committed, an old file restored", |t| {
        let file = fs::File::options().append(true).open(t.join("nb-2-big-Data.db")).unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_secs(4_000_000_000)).unwrap();
    }),
    ("a line twice", |t| rewrite(t, |text| format!("{}\n{text}", text.lines().next().unwrap()))),
    ("lines behind the commit", |t| rewrite(t, |text| format!("{COMMIT}\n{text}"))),
    ("a broken checksum in the middle", |t| rewrite(t, |text| text.replacen("][", "][1", 1))),
];
const COMMIT: &str = "COMMIT:[,0,0][2613697770]";

#[test]
fn in_every_state_of_a_log_the_sstables_are_those_that_sstableutil_lists() {
    let test = "in_every_state_of_a_log_the_sstables_are_those_that_sstableutil_lists";
    let Some(cassandra) = cassandra_or_skip(test) else { return };
    let directory = tempfile::tempdir().unwrap();
    let mut node = Node::builder(&cassandra, directory.path().join("node")).start().unwrap();
    let mut connection = node.connect().unwrap();
    create(&mut connection, "t", "compaction = {'class': 'SizeTieredCompactionStrategy', 'enabled': false}");
    for key in 0..4 {
        insert(&mut connection, "t", key, 16);
        node.flush("ks", &["t"]).unwrap();
    }
    let (table, home) = (directory_of(&node, "t"), node.directory().to_owned());
    node.stop().unwrap();
    let mut tools = Tools::start_on(&cassandra, &home).unwrap();
    let sound = table.with_extension("sound");
    fs::rename(&table, &sound).unwrap();
    let mut decided = Vec::new();
    for (name, change) in CHANGES {
        copy_with_times(&sound, &table);
        fs::write(table.join(LOG), compaction(&table, &[3], &[1, 2])).unwrap();
        change(&table);
        let output = tools.run("StandaloneSSTableUtil", ["-t", "final", "ks", "t"]).unwrap();
        let listed = String::from_utf8(output.stdout.clone()).unwrap();
        let files = listed.lines().filter_map(|line| line.rsplit_once('/')).map(|(_, file)| file);
        let theirs: BTreeSet<String> =
            files.filter_map(|file| file.rsplit_once('-')).map(|(stem, _)| stem.to_owned()).collect();
        let theirs = (output.exit_code == 0).then_some(theirs);
        decided.extend(theirs.iter().map(BTreeSet::len));
        assert_eq!(stems(&table), theirs, "{name}: {listed}{}", output.stderr);
        fs::remove_dir_all(&table).unwrap();
    }
    // Of 1, 2, 4 or of 3, 4; the others are those in which Cassandra gives up.
    assert_eq!(decided, [3, 2, 3, 3, 3, 2, 2]);
}

fn copy_with_times(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        if entry.path().is_file() {
            let copy = to.join(entry.file_name());
            fs::copy(entry.path(), &copy).unwrap();
            let modified = entry.metadata().unwrap().modified().unwrap();
            fs::File::options().append(true).open(&copy).unwrap().set_modified(modified).unwrap();
        }
    }
}
