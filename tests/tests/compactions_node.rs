//! Compactions of random tables against a real node: the rows are those from before; with a purge, what is left is
//! what Cassandra's own major compaction leaves; and what is purged of some of a table's SSTables never brings back
//! a row beside the others.
//!
//! A test takes a node of one format one to two minutes; 14 s of them are the gap between the rounds.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    slice, thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{Cassandra, Connection, Format, Node, Tools},
    fuzz::Random,
    known::data_files,
    rewritten::{self, Compaction, Purge, Rewritten},
    scratch,
    seeded::{ROUNDS, SeededTable},
};

const KEYSPACE: &str = "seeded";
const TABLES: usize = 20;
const SEEDS_OF_A_TABLE: usize = 10;
/// Random choices of a table's SSTables that are compacted without the others.
const SUBSETS_OF_A_TABLE: usize = 10;
/// Between two of the rounds nothing is deleted for so long that it does not matter in which second a compaction runs.
const GAP: Duration = Duration::from_secs(14);
const ROUNDS_BEFORE_THE_GAP: usize = 3;
const DAYS_10: i64 = 864_000;
const PATIENCE: Duration = Duration::from_secs(60);

type Values = Vec<Vec<Option<Vec<u8>>>>;

fn now_seconds() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

/// A node with random tables, what `SELECT` said of them, and copies of their SSTables.
struct Written {
    node: Node,
    connection: Connection,
    tables: Vec<SeededTable>,
    rows: Vec<Values>,
    copies: PathBuf,
    /// A second in the gap between the rounds.
    gap: i64,
}

impl Written {
    fn on(node: Node, copies: PathBuf) -> Self {
        let mut connection = node.connect().unwrap();
        let tables = SeededTable::all(TABLES);
        let mut run =
            |cql: &str| drop(connection.execute(cql).unwrap_or_else(|error| panic!("{cql}: {error}")));
        run(&format!(
            "CREATE KEYSPACE {KEYSPACE} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
        ));
        run(&SeededTable::create_type(KEYSPACE));
        let options = "compaction = {'class': 'SizeTieredCompactionStrategy', 'enabled': false}";
        tables.iter().for_each(|table| run(&table.create(KEYSPACE, options)));
        let mut written = Self { node, connection, tables, rows: Vec::new(), copies, gap: 0 };
        for round in 0..ROUNDS {
            written.write(round);
            if round + 1 == ROUNDS_BEFORE_THE_GAP {
                thread::sleep(GAP / 2);
                written.gap = now_seconds();
                thread::sleep(GAP / 2);
            }
        }
        // The shortest TTLs run out, and the second of the last deletion passes.
        thread::sleep(Duration::from_secs(3));
        for index in 0..TABLES {
            let rows = written.select(index);
            written.rows.push(rows);
            let directory = written.node.table_directory(KEYSPACE, &written.tables[index].name);
            copy(&data_files(&directory).unwrap(), &written.copy_of(index));
        }
        written
    }

    fn write(&mut self, round: usize) {
        for (index, table) in self.tables.iter().enumerate() {
            let kind = if table.counts() { "COUNTER" } else { "UNLOGGED" };
            for seed in 0..SEEDS_OF_A_TABLE {
                let statements = table.statements(KEYSPACE, (index * SEEDS_OF_A_TABLE + seed) as u64, round);
                // Deletions are no part of a batch of counters.
                let (batched, alone): (Vec<_>, Vec<_>) =
                    statements.into_iter().partition(|cql| !table.counts() || cql.starts_with("UPDATE"));
                let batch = format!("BEGIN {kind} BATCH {}; APPLY BATCH", batched.join("; "));
                let batch = (!batched.is_empty()).then_some(batch);
                for cql in alone.into_iter().chain(batch) {
                    self.connection.execute(&cql).unwrap_or_else(|error| panic!("{cql}: {error}"));
                }
            }
        }
        self.node.flush(KEYSPACE, &[]).unwrap();
    }

    fn select(&mut self, index: usize) -> Values {
        let cql = format!("SELECT * FROM {KEYSPACE}.{}", self.tables[index].name);
        self.connection.execute(&cql).unwrap().rows
    }

    fn copy_of(&self, index: usize) -> PathBuf {
        self.copies.join(KEYSPACE).join(&self.tables[index].name)
    }

    /// The `Data.db` of a table's SSTables as they were flushed.
    fn flushed(&self, index: usize) -> Vec<PathBuf> {
        data_files(&self.copy_of(index)).unwrap()
    }

    /// The table holds the SSTables in a directory and nothing else. They are gone from there.
    fn replace(&mut self, index: usize, directory: &Path) {
        let table = self.tables[index].name.clone();
        self.connection.execute(&format!("TRUNCATE {KEYSPACE}.{table}")).unwrap();
        self.node.import(KEYSPACE, &table, directory).unwrap();
    }

    fn assert_answers_as_before(&mut self, index: usize, what: &str) {
        let rows = self.select(index);
        let before = &self.rows[index];
        let only_in = |some: &Values, others: &Values| -> Vec<_> {
            some.iter().filter(|row| !others.contains(row)).take(5).cloned().collect()
        };
        assert!(
            rows == *before,
            "{what} of {}: gone is {:?}, and new is {:?}",
            self.tables[index].name,
            only_in(before, &rows),
            only_in(&rows, before)
        );
    }

    /// Of counters, what a compaction of some SSTables leaves may answer less than before, in Cassandra too: a tombstone
    /// wins over later values, unless a deletion between the two, which those SSTables lack, hides the tombstone.
    fn assert_nothing_came_back(&mut self, index: usize, what: &str) {
        let rows = self.select(index);
        let is_less = |row: &[Option<Vec<u8>>], before: &[Option<Vec<u8>>]| {
            row.iter().zip(before).all(|(value, before)| value.is_none() || value == before)
        };
        let is_new = |row: &&Vec<_>| !self.rows[index].iter().any(|before| is_less(row, before));
        let new: Vec<_> = rows.iter().filter(is_new).collect();
        assert!(new.is_empty(), "{what} of {}: new is {new:?}", self.tables[index].name);
    }

    /// Of the tombstones, a third of the tables keep all, a third those after the gap, a third none.
    fn purge(&self, index: usize) -> Purge {
        let now_seconds = now_seconds();
        let gc_grace_seconds = [0, now_seconds - self.gap, DAYS_10][index % 3];
        Purge { gc_grace_seconds: gc_grace_seconds as u32, now_seconds }
    }

    /// Has Cassandra compact a table, and copies what it made.
    fn compact_by_cassandra(&mut self, index: usize, purge: &Purge, to: &Path) {
        let table = self.tables[index].name.clone();
        let grace = purge.gc_grace_seconds;
        self.connection
            .execute(&format!("ALTER TABLE {KEYSPACE}.{table} WITH gc_grace_seconds = {grace}"))
            .unwrap();
        self.node.nodetool(&["compact", KEYSPACE, &table]).unwrap();
        let directory = self.node.table_directory(KEYSPACE, &table);
        // What was compacted is deleted a little later, and the log of it last.
        let is_log = |entry: fs::DirEntry| entry.file_name().to_string_lossy().contains("_txn_");
        let deadline = Instant::now() + PATIENCE;
        while fs::read_dir(&directory).unwrap().any(|entry| is_log(entry.unwrap())) {
            assert!(Instant::now() < deadline, "the compacted SSTables of {table} are not deleted");
            thread::sleep(Duration::from_millis(10));
        }
        copy(&data_files(&directory).unwrap(), to);
    }
}

/// Copies SSTables, all components.
fn copy(data: &[PathBuf], to: &Path) {
    fs::create_dir_all(to).unwrap();
    for data in data {
        rewritten::copy(data, to);
    }
}

/// The same rows, each SSTable in another version than the one before.
fn in_all_versions(data: &[PathBuf], to: &Path) -> Vec<PathBuf> {
    fs::create_dir_all(to).unwrap();
    for (data, version) in data.iter().zip(rewritten::VERSIONS.into_iter().cycle()) {
        let alone = scratch::directory();
        match rewritten::rewrite(slice::from_ref(data), version, alone.path()).unwrap() {
            Rewritten::Written(written) => drop(rewritten::copy(&written[0], to)),
            Rewritten::Refused(words) => panic!("{words}"),
        }
    }
    data_files(to).unwrap()
}

fn compact(data: &[PathBuf], compaction: &Compaction, to: &Path) {
    let compacted = rewritten::compact(data, compaction, to);
    assert!(matches!(compacted, Rewritten::Written(_)), "{compacted:?}");
}

/// The dumps of all SSTables in a directory, without positions.
fn dumps(tools: &mut Tools, directory: &Path) -> Vec<String> {
    let dump = |data: &PathBuf| {
        let output = tools.sstabledump(data, &["-t"]).unwrap();
        assert!(output.success(), "{}", output.stderr);
        rewritten::without_positions(output.text())
    };
    data_files(directory).unwrap().iter().map(dump).collect()
}

/// Some of a table's SSTables, never all, and the others.
fn subset(all: &[PathBuf], seed: u64) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let mut random = Random::new(seed);
    let (mut chosen, mut rest): (Vec<_>, Vec<_>) = all.iter().cloned().partition(|_| random.below(2) == 0);
    if rest.is_empty() {
        rest.extend(chosen.pop());
    }
    if chosen.is_empty() {
        chosen.extend(rest.pop());
    }
    (chosen, rest)
}

fn compactions_of(cassandra: &Cassandra, format: Format) {
    let temporary = scratch::directory();
    let root = temporary.path();
    let node = Node::builder(cassandra, root.join("node")).format(format);
    let node = node.jvm("-Dcassandra.test.flush_local_schema_changes=false").start().unwrap();
    let mut written = Written::on(node, root.join("flushed"));
    let rows: usize = written.rows.iter().map(Vec::len).sum();
    assert!(rows > 500, "only {rows} rows are left of what was written");
    for index in 0..TABLES {
        let flushed = written.flushed(index);
        assert_eq!(flushed.len(), ROUNDS, "{flushed:?}");
        let place = |what: &str| root.join(what).join(KEYSPACE).join(format!("t{index}"));

        let purge = written.purge(index);
        written.compact_by_cassandra(index, &purge, &place("theirs"));
        written.assert_answers_as_before(index, "Cassandra's compaction");
        let all = Compaction { version: format.version(), purge: Some(purge) };
        compact(&flushed, &all, &place("purged"));
        let (theirs, ours) = {
            let mut tools = Tools::shared(cassandra).unwrap();
            (dumps(&mut tools, &place("theirs")), dumps(&mut tools, &place("purged")))
        };
        assert_same_lines(&theirs.concat(), &ours.concat(), &format!("t{index} of {format}"));
        written.replace(index, &place("purged"));
        written.assert_answers_as_before(index, "the purging compaction");

        let nothing_purged = Compaction { version: format.version(), purge: None };
        let of_all_versions = in_all_versions(&flushed, &place("versions"));
        compact(&of_all_versions, &nothing_purged, &place("merged"));
        written.replace(index, &place("merged"));
        written.assert_answers_as_before(index, "the compaction");

        for choice in 0..SUBSETS_OF_A_TABLE {
            let (chosen, rest) = subset(&flushed, (index * SUBSETS_OF_A_TABLE + choice) as u64);
            let beside = place(&format!("beside-{choice}"));
            let purging = Compaction { version: format.version(), purge: Some(written.purge(index)) };
            compact(&chosen, &purging, &beside);
            copy(&rest, &beside);
            written.replace(index, &beside);
            let what = "a purging compaction of some, beside the rest,";
            match written.tables[index].counts() {
                true => written.assert_nothing_came_back(index, what),
                false => written.assert_answers_as_before(index, what),
            }
        }
    }
}

fn assert_same_lines(theirs: &str, ours: &str, what: &str) {
    let different = theirs.lines().zip(ours.lines()).find(|(theirs, ours)| theirs != ours);
    assert!(theirs == ours, "{what}: Cassandra left and the library left {different:#?}");
}

#[test]
fn compactions_of_nb_leave_what_cassandra_leaves_and_bring_nothing_back() {
    let test = "compactions_of_nb_leave_what_cassandra_leaves_and_bring_nothing_back";
    if let Some(cassandra) = cassandra_or_skip(test) {
        compactions_of(&cassandra, Format::Nb);
    }
}

#[test]
fn compactions_of_oa_leave_what_cassandra_leaves_and_bring_nothing_back() {
    let test = "compactions_of_oa_leave_what_cassandra_leaves_and_bring_nothing_back";
    if let Some(cassandra) = cassandra_or_skip(test) {
        compactions_of(&cassandra, Format::Oa);
    }
}

#[test]
fn compactions_of_da_leave_what_cassandra_leaves_and_bring_nothing_back() {
    let test = "compactions_of_da_leave_what_cassandra_leaves_and_bring_nothing_back";
    if let Some(cassandra) = cassandra_or_skip(test) {
        compactions_of(&cassandra, Format::Da);
    }
}
