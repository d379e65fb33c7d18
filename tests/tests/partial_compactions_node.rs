//! What a compaction of some of a table's SSTables makes of cells that no write time decides about, beside what a real
//! node's own compaction of the same ones makes of them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{Cassandra, Connection, Node, Tools},
    known::data_files,
    rewritten::{self, Compaction, Purge, Rewritten},
    scratch,
};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);
const DAYS_10: u32 = 864_000;

type Values = Vec<Vec<Option<Vec<u8>>>>;

/// A node with a table of several SSTables that it compacts only when it is told to.
struct Table {
    root: TempDir,
    node: Node,
    connection: Connection,
}

impl Table {
    /// Each of `writes` is flushed.
    fn written(cassandra: &Cassandra, columns: &str, gc_grace_seconds: u32, writes: &[&str]) -> Self {
        let root = scratch::directory();
        let mut node = Node::builder(cassandra, root.path().join("node")).start().unwrap();
        let mut connection = node.connect().unwrap();
        let replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}";
        connection.execute(&format!("CREATE KEYSPACE ks WITH replication = {replication}")).unwrap();
        let compaction = "{'class': 'SizeTieredCompactionStrategy', 'enabled': false}";
        connection
            .execute(&format!(
                "CREATE TABLE ks.t ({columns}) WITH gc_grace_seconds = {gc_grace_seconds} AND compaction = {compaction}"
            ))
            .unwrap();
        for write in writes {
            connection.execute(write).unwrap();
            node.flush("ks", &["t"]).unwrap();
        }
        // What has a TTL of one second expires, and the second of the last deletion passes.
        thread::sleep(Duration::from_secs(3));
        let table = Self { root, node, connection };
        table.copy_to("flushed");
        table
    }

    fn place(&self, name: &str) -> PathBuf {
        self.root.path().join(name).join("ks/t")
    }

    fn flushed(&self) -> Vec<PathBuf> {
        data_files(&self.place("flushed")).unwrap()
    }

    fn live(&self) -> PathBuf {
        self.node.table_directory("ks", "t")
    }

    /// Copies what the node has of the table.
    fn copy_to(&self, name: &str) {
        fs::create_dir_all(self.place(name)).unwrap();
        data_files(&self.live())
            .unwrap()
            .iter()
            .for_each(|data| drop(rewritten::copy(data, &self.place(name))));
    }

    fn select(&mut self) -> Values {
        self.connection.execute("SELECT * FROM ks.t").unwrap().rows
    }

    /// Has the node compact some of the flushed SSTables, and returns what it made of them.
    fn compact_by_cassandra(&mut self, chosen: &[usize]) -> PathBuf {
        let live = data_files(&self.live()).unwrap();
        let path = |index: &usize| live[*index].canonicalize().unwrap().display().to_string();
        let chosen: Vec<String> = chosen.iter().map(path).collect();
        let mut arguments = vec!["compact", "--user-defined"];
        arguments.extend(chosen.iter().map(String::as_str));
        self.node.nodetool(&arguments).unwrap();
        let deadline = Instant::now() + PATIENCE;
        let is_log = |entry: fs::DirEntry| entry.file_name().to_string_lossy().contains("_txn_");
        while fs::read_dir(self.live()).unwrap().any(|entry| is_log(entry.unwrap())) {
            assert!(Instant::now() < deadline, "the compacted SSTables are not deleted");
            thread::sleep(Duration::from_millis(10));
        }
        self.copy_to("theirs");
        let are_flushed: Vec<_> =
            self.flushed().iter().map(|data| data.file_name().unwrap().to_owned()).collect();
        let theirs = data_files(&self.place("theirs")).unwrap();
        let mut made =
            theirs.into_iter().filter(|data| !are_flushed.contains(&data.file_name().unwrap().to_owned()));
        made.next().unwrap()
    }

    /// The same by the library, put in place of the table with the rest of it.
    fn compact_by_library(&mut self, chosen: &[usize], gc_grace_seconds: u32) -> PathBuf {
        let flushed = self.flushed();
        let now_seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
        let compaction = Compaction { version: "nb", purge: Some(Purge { gc_grace_seconds, now_seconds }) };
        let place = self.place("ours");
        let inputs: Vec<PathBuf> = chosen.iter().map(|index| flushed[*index].clone()).collect();
        let Rewritten::Written(made) = rewritten::compact(&inputs, &compaction, &place) else {
            panic!("nb cannot hold what it held");
        };
        let kept = self.root.path().join("made");
        fs::create_dir(&kept).unwrap();
        let made = rewritten::copy(&made[0], &kept);
        let rest = flushed.iter().filter(|data| !inputs.contains(data));
        rest.for_each(|data| drop(rewritten::copy(data, &place)));
        self.connection.execute("TRUNCATE ks.t").unwrap();
        self.node.import("ks", "t", &place).unwrap();
        made
    }
}

fn dump(cassandra: &Cassandra, data: &Path) -> String {
    let output = Tools::shared(cassandra).unwrap().sstabledump(data, &["-t"]).unwrap();
    assert!(output.success(), "{}", output.stderr);
    output.text().to_owned()
}

fn big_endian(value: i64) -> Option<Vec<u8>> {
    Some(value.to_be_bytes().to_vec())
}

/// The tombstone of a counter deletes what was written after it too. Cassandra judges it by its write time all the same.
#[test]
fn a_deleted_counter_stays_deleted_beside_later_increments_where_cassandra_brings_it_back() {
    let test = "a_deleted_counter_stays_deleted_beside_later_increments_where_cassandra_brings_it_back";
    let Some(cassandra) = cassandra_or_skip(test) else { return };
    let mut table = Table::written(
        &cassandra,
        "k int, c int, n counter, other counter, PRIMARY KEY (k, c)",
        0,
        &[
            "UPDATE ks.t SET n = n + 5, other = other + 1 WHERE k = 1 AND c = 1",
            "DELETE n FROM ks.t WHERE k = 1 AND c = 1",
            "UPDATE ks.t SET n = n + 3 WHERE k = 1 AND c = 1",
        ],
    );
    let number = |value: i32| Some(value.to_be_bytes().to_vec());
    let deleted = vec![vec![number(1), number(1), None, big_endian(1)]];
    assert_eq!(table.select(), deleted);
    table.compact_by_cassandra(&[0, 1]);
    assert_ne!(table.select(), deleted);
    table.compact_by_library(&[0, 1], 0);
    assert_eq!(table.select(), deleted);
}

/// Expired, a cell becomes a tombstone when it is compacted, and wins over one of the same write time that expires later.
#[test]
fn an_expired_cell_that_is_compacted_alone_wins_the_tie_that_it_lost_as_in_cassandra() {
    let test = "an_expired_cell_that_is_compacted_alone_wins_the_tie_that_it_lost_as_in_cassandra";
    let Some(cassandra) = cassandra_or_skip(test) else { return };
    let mut table = Table::written(
        &cassandra,
        "k int PRIMARY KEY, v int",
        DAYS_10,
        &[
            "INSERT INTO ks.t (k, v) VALUES (1, 1) USING TIMESTAMP 1000 AND TTL 1",
            "INSERT INTO ks.t (k, v) VALUES (1, 2) USING TIMESTAMP 1000 AND TTL 150000000",
        ],
    );
    let number = |value: i32| Some(value.to_be_bytes().to_vec());
    assert_eq!(table.select(), [[number(1), number(2)]]);
    let theirs = table.compact_by_cassandra(&[0]);
    let answer = table.select();
    assert_eq!(answer, [[number(1), None]]);
    let ours = table.compact_by_library(&[0], DAYS_10);
    assert_eq!(dump(&cassandra, &ours), dump(&cassandra, &theirs));
    assert_eq!(table.select(), answer);
}

/// The tombstone of a counter, merged with a later increment, leaves nothing of that, though a deletion between the two
/// in an SSTable that is not merged would have hidden the tombstone.
#[test]
fn a_counter_is_lost_with_an_old_tombstone_where_cassandra_loses_it() {
    let test = "a_counter_is_lost_with_an_old_tombstone_where_cassandra_loses_it";
    let Some(cassandra) = cassandra_or_skip(test) else { return };
    let mut table = Table::written(
        &cassandra,
        "k int, c int, n counter, PRIMARY KEY (k, c)",
        DAYS_10,
        &[
            "DELETE n FROM ks.t WHERE k = 1 AND c = 1",
            "DELETE FROM ks.t WHERE k = 1",
            "UPDATE ks.t SET n = n + 3 WHERE k = 1 AND c = 1",
        ],
    );
    assert_eq!(table.select().len(), 1);
    let theirs = table.compact_by_cassandra(&[0, 2]);
    assert!(table.select().is_empty());
    let ours = table.compact_by_library(&[0, 2], DAYS_10);
    assert_eq!(dump(&cassandra, &ours), dump(&cassandra, &theirs));
    assert!(table.select().is_empty());
}
