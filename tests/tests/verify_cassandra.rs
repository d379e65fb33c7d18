//! `verify` on what a real node makes of its SSTables, and against Cassandra's own `sstableverify`.
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
    sync::Arc,
};

use cqlite_sstable::{
    Component, Descriptor,
    reader::{Access, DiskFiles},
    tools::verify::{Report, Verdict, VerifyOptions, verify},
};
use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{Cassandra, Connection, Format, Node, Tools},
};

const TABLES: [(&str, &str); 4] = [
    ("wide", "(pk int, ck int, v text, m map<int, text>, s text static, PRIMARY KEY (pk, ck))"),
    (
        "ranges",
        "(pk text, c1 int, c2 text, v blob, PRIMARY KEY (pk, c1, c2)) WITH CLUSTERING ORDER BY (c1 DESC, c2 ASC)",
    ),
    ("counts", "(pk int, ck int, n counter, PRIMARY KEY (pk, ck))"),
    (
        "mortal",
        "(pk uuid PRIMARY KEY, l list<int>, t set<text>, d tinyint) WITH default_time_to_live = 86400",
    ),
];

fn check(data: &Path) -> Report {
    let descriptor = Descriptor::from_file(data).unwrap();
    let files = Arc::new(DiskFiles::new(descriptor.clone(), Access::default()));
    verify(files, descriptor.version(), &VerifyOptions::default(), &mut |_| {})
}

fn data_files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(data_files(&path));
        } else if path.to_string_lossy().ends_with("-Data.db") {
            found.push(path);
        }
    }
    found
}

/// Writes a round of rows, some over those of the last round.
fn write(connection: &mut Connection, round: i32) {
    let mut run = |cql: String| {
        connection.execute(&cql).unwrap_or_else(|error| panic!("{cql}: {error}"));
    };
    for pk in 0..3 {
        for ck in 0..40 {
            let value = "x".repeat(300);
            run(format!(
                "INSERT INTO ks.wide (pk, ck, v, m) VALUES ({pk}, {}, '{value}', {{{round}: 'a'}})",
                ck + round
            ));
        }
        run(format!("UPDATE ks.wide SET s = 'round {round}' WHERE pk = {pk}"));
        run(format!("DELETE FROM ks.wide WHERE pk = {pk} AND ck > {round} AND ck < {}", round + 9));
        run(format!("UPDATE ks.counts SET n = n + {round} WHERE pk = {pk} AND ck = {round}"));
        run(format!("UPDATE ks.counts SET n = n + 1 WHERE pk = {pk} AND ck = 0"));
        run(format!("INSERT INTO ks.mortal (pk, l, t, d) VALUES (uuid(), [{round}, 2], {{'a', 'b'}}, {pk})"));
    }
    for c1 in 0..20 {
        run(format!(
            "INSERT INTO ks.ranges (pk, c1, c2, v) VALUES ('p{}', {c1}, 'r{round}', 0x00ff)",
            c1 % 5
        ));
    }
    run(format!("DELETE FROM ks.ranges WHERE pk = 'p1' AND c1 > {round}"));
    run(format!("DELETE FROM ks.ranges WHERE pk = 'p2' AND c1 = {round}"));
    run(format!("DELETE FROM ks.ranges WHERE pk = 'p{round}'"));
}

/// Asserts that all SSTables are sound that there are now, and remembers which.
fn assert_sound(keyspace: &Path, what: &str, seen: &mut BTreeSet<(PathBuf, String)>) {
    let files = data_files(keyspace);
    assert!(!files.is_empty());
    for data in files {
        let report = check(&data);
        // A node removes what it has rewritten some time later.
        let statistics = Descriptor::from_file(&data).unwrap().file(Component::Statistics);
        let Some(statistics) = fs::read(statistics).ok().filter(|_| data.exists()) else { continue };
        let told: Vec<String> = report.damages().map(ToString::to_string).collect();
        assert_eq!(report.verdict, Verdict::Sound, "{} after {what}: {told:#?}", data.display());
        // One whose metadata was rewritten is another one.
        seen.insert((data, crc32fast::hash(&statistics).to_string()));
    }
}

/// Lets a node make SSTables in every way it can. Returns how many were sound: all.
fn make(cassandra: &Cassandra, directory: &Path, format: Format) -> usize {
    let mut node = Node::builder(cassandra, directory).format(format).start().unwrap();
    let mut connection = node.connect().unwrap();
    connection
        .execute("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
        .unwrap();
    for (name, columns) in TABLES {
        connection.execute(&format!("CREATE TABLE ks.{name} {columns}")).unwrap();
    }
    node.nodetool(&["disableautocompaction", "ks"]).unwrap();
    let keyspace = node.data().join("ks");
    let mut seen = BTreeSet::new();
    for round in 0..4 {
        write(&mut connection, round);
        node.flush("ks", &[]).unwrap();
    }
    assert_sound(&keyspace, "flushes", &mut seen);
    for work in
        [&["scrub", "ks"][..], &["upgradesstables", "-a", "ks"], &["compact", "ks"], &["cleanup", "ks"]]
    {
        node.nodetool(work).unwrap();
        assert_sound(&keyspace, work[0], &mut seen);
    }
    write(&mut connection, 5);
    node.stop().unwrap();
    assert_sound(&keyspace, "a drain", &mut seen);
    let mut tools = Tools::start_on(cassandra, directory).unwrap();
    for data in data_files(&keyspace) {
        let arguments = ["--really-set", "--is-repaired", data.to_str().unwrap()];
        let output = tools.run("SSTableRepairedAtSetter", arguments).unwrap();
        assert!(output.success(), "{}", output.stderr);
    }
    assert_sound(&keyspace, "a changed repair state", &mut seen);
    seen.len()
}

#[test]
fn what_a_node_flushes_compacts_scrubs_rewrites_and_repairs_is_sound() {
    let name = "what_a_node_flushes_compacts_scrubs_rewrites_and_repairs_is_sound";
    let Some(cassandra) = cassandra_or_skip(name) else { return };
    let mut sound = 0;
    for format in Format::ALL {
        let directory = tempfile::tempdir().unwrap();
        sound += make(&cassandra, directory.path(), format);
    }
    assert!(sound >= 50, "only {sound} SSTables");
}

#[test]
fn what_sstableverify_calls_corrupt_is_damaged_here() {
    let Some(cassandra) = cassandra_or_skip("what_sstableverify_calls_corrupt_is_damaged_here") else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    make(&cassandra, directory.path(), Format::Nb);
    let keyspace = directory.path().join("data").join("ks");
    let mut tools = Tools::start_on(&cassandra, directory.path()).unwrap();
    let mut refused = 0;
    for (table, _) in TABLES {
        let is_of = |path: &PathBuf| path.to_string_lossy().contains(&format!("/{table}-"));
        let data = data_files(&keyspace).into_iter().find(is_of).unwrap();
        let descriptor = Descriptor::from_file(&data).unwrap();
        let told = tools.sstableverify("ks", table).unwrap();
        assert!(told.success(), "{}{}", String::from_utf8_lossy(&told.stdout), told.stderr);
        for component in [Component::Data, Component::Statistics, Component::Digest, Component::Index] {
            let file = descriptor.file(component);
            let sound = fs::read(&file).unwrap();
            let mut wrong = sound.clone();
            let middle = wrong.len() / 2;
            wrong[middle] ^= 0x04;
            fs::write(&file, &wrong).unwrap();
            let told = tools.sstableverify("ks", table).unwrap();
            if !told.success() {
                refused += 1;
                assert_eq!(check(&data).verdict, Verdict::Damaged, "{}: {}", file.display(), told.stderr);
            }
            fs::write(&file, &sound).unwrap();
        }
    }
    assert!(refused >= TABLES.len(), "Cassandra refused only {refused}");
}
