//! A compaction that is killed at any moment: neither the library nor Cassandra sees half an SSTable.
//!
//! The test takes a minute.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use cqlite_sstable::{
    ErrorKind,
    find::{FindOptions, find},
};
use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{Cassandra, Connection, Node, Tools},
    cqlite,
    fuzz::Random,
    known::data_files,
    rewritten, scratch,
};

const KILLS: usize = 60;
const FLUSHES: i32 = 4;
const ROWS_OF_A_FLUSH: i32 = 300;

/// A compaction of these few rows that lasts longer is one that hangs.
const LONGEST_COMPACTION: Duration = Duration::from_secs(120);

/// How often it is looked whether one has ended.
const SHORTEST_REST: Duration = Duration::from_millis(1);

/// A node that knows a table, and SSTables of that table in a directory of their own.
struct Table {
    node: Node,
    connection: Connection,
    inputs: PathBuf,
    /// The directory of the table in the node, which is empty.
    directory: PathBuf,
}

impl Table {
    fn written(cassandra: &Cassandra, root: &Path) -> Self {
        let mut node = Node::builder(cassandra, root.join("node")).start().unwrap();
        let mut connection = node.connect().unwrap();
        for cql in [
            "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
            "CREATE TABLE ks.t (k int PRIMARY KEY, v blob) WITH compaction = \
             {'class': 'SizeTieredCompactionStrategy', 'enabled': false}",
        ] {
            connection.execute(cql).unwrap();
        }
        for flush in 0..FLUSHES {
            for key in flush * ROWS_OF_A_FLUSH..(flush + 1) * ROWS_OF_A_FLUSH {
                let value = format!("{:08x}", key.wrapping_mul(0x5851_f42d)).repeat(500);
                connection.execute(&format!("INSERT INTO ks.t (k, v) VALUES ({key}, 0x{value})")).unwrap();
            }
            node.flush("ks", &["t"]).unwrap();
        }
        let directory = node.table_directory("ks", "t");
        let inputs = root.join("inputs/ks").join(directory.file_name().unwrap());
        fs::create_dir_all(&inputs).unwrap();
        for data in data_files(&directory).unwrap() {
            rewritten::copy(&data, &inputs);
        }
        connection.execute("TRUNCATE ks.t").unwrap();
        let table = Self { node, connection, inputs, directory };
        table.wait_for_removal();
        table
    }

    /// Compacts the SSTables into the table's directory below `out`, and kills that after a while. Returns how long it
    /// lasted.
    fn compact(&self, out: &Path, patience: Option<Duration>) -> Duration {
        let begun = Instant::now();
        let mut child = cqlite::cqlite()
            .arg("compact")
            .arg("--out")
            .arg(out)
            .arg(&self.inputs)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let is_whole = patience.is_none();
        thread::sleep(patience.unwrap_or_default());
        let until = begun + LONGEST_COMPACTION;
        while is_whole && child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < until, "a compaction has not ended after {LONGEST_COMPACTION:?}");
            thread::sleep(SHORTEST_REST);
        }
        let _may_have_ended = child.kill();
        let output = child.wait_with_output().unwrap();
        // It was killed or it succeeded; it never fails.
        assert!(
            output.status.code().is_none_or(|code| code == 0),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        begun.elapsed()
    }

    /// The rows that the node has, after it took what is in a directory.
    fn import(&mut self, directory: &Path) -> i64 {
        self.node.import("ks", "t", directory).unwrap();
        let rows = self.connection.execute("SELECT count(*) FROM ks.t").unwrap().rows;
        self.connection.execute("TRUNCATE ks.t").unwrap();
        self.wait_for_removal();
        i64::from_be_bytes(rows[0][0].as_deref().unwrap().try_into().unwrap())
    }

    /// Waits until the node has removed what was truncated, which it does behind the statement's back.
    fn wait_for_removal(&self) {
        let begun = Instant::now();
        let is_file = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().path().is_file();
        while fs::read_dir(&self.directory).unwrap().any(is_file) {
            assert!(begun.elapsed() < Duration::from_secs(60), "the node does not remove what it truncated");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Empties a directory, but for directories in it.
    fn clear(&self, directory: &Path) {
        for entry in fs::read_dir(directory).into_iter().flatten().map(|entry| entry.unwrap()) {
            if entry.path().is_file() {
                fs::remove_file(entry.path()).unwrap();
            }
        }
    }
}

/// The SSTables that the library finds in a directory.
fn found(directory: &Path) -> BTreeSet<String> {
    let found = match find(&[directory.to_owned()], &FindOptions::default()) {
        Err(error) if error.kind() == ErrorKind::NotAnSstable => return BTreeSet::new(),
        found => found.unwrap(),
    };
    assert!(found.refused.is_empty(), "{:?}", found.refused);
    let tables = found.tables.iter().inspect(|table| assert!(table.obstacles().is_empty()));
    tables.flat_map(|table| &table.sstables).map(|sstable| sstable.stem().to_owned()).collect()
}

/// The SSTables that Cassandra finds in the table's directory.
fn listed(tools: &mut Tools) -> BTreeSet<String> {
    let output = tools.run("StandaloneSSTableUtil", ["-t", "final", "ks", "t"]).unwrap();
    assert!(output.success(), "{}", output.stderr);
    let files = output.text().lines().filter_map(|line| line.rsplit_once('/')).map(|(_, file)| file);
    files.filter_map(|file| file.rsplit_once('-')).map(|(stem, _)| stem.to_owned()).collect()
}

fn verify(data: &Path) {
    let output = cqlite::cqlite().arg("verify").arg(data).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn of_a_killed_compaction_there_is_all_or_nothing_for_the_library_and_for_cassandra() {
    let test = "of_a_killed_compaction_there_is_all_or_nothing_for_the_library_and_for_cassandra";
    let Some(cassandra) = cassandra_or_skip(test) else { return };
    let temporary = scratch::directory();
    let mut table = Table::written(&cassandra, temporary.path());
    let elsewhere = temporary.path().join("elsewhere");
    let beside = elsewhere.join("ks").join(table.directory.file_name().unwrap());
    // The first use of the binary builds it, which is no part of what a compaction lasts.
    cqlite::path();
    let whole = table.compact(&elsewhere, None);
    assert_eq!(table.import(&beside), i64::from(FLUSHES * ROWS_OF_A_FLUSH));

    let mut tools = Tools::start_on(&cassandra, table.node.directory()).unwrap();
    let mut random = Random::new(5);
    let (mut complete, mut left_over) = (0, 0);
    // The machine may be busier or idler than it was: about half of the compactions are to be killed.
    let mut longest = whole;
    for kill in 0..KILLS {
        let patience = longest.mul_f64(random.below(1200) as f64 / 1000.0);
        let is_of_node = kill % 2 == 0;
        let place = if is_of_node { table.directory.clone() } else { beside.clone() };
        let out = if is_of_node { table.node.data() } else { elsewhere.clone() };
        table.compact(&out, Some(patience));
        if !place.exists() {
            continue; // killed so early that nothing was made
        }
        let found = found(&place);
        assert!(found.len() <= 1, "{found:?}");
        found.iter().for_each(|stem| verify(&place.join(format!("{stem}-Data.db"))));
        let files = fs::read_dir(&place).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_file());
        left_over += usize::from(found.is_empty() && files.count() > 0);
        complete += found.len();
        longest = longest.mul_f64(if found.is_empty() { 1.1 } else { 0.9 }).min(4 * whole);
        if is_of_node {
            assert_eq!(listed(&mut tools), found, "after {patience:?}");
        } else {
            let rows = table.import(&place);
            assert_eq!(rows, found.len() as i64 * i64::from(FLUSHES * ROWS_OF_A_FLUSH), "after {patience:?}");
        }
        table.clear(&place);
    }
    eprintln!("{KILLS} kills within {whole:?}: {complete} complete, {left_over} with leftovers");
    assert!(complete > 0 && left_over > 0, "{complete} complete, {left_over} with leftovers");
}
