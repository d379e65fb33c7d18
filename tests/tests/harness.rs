//! The harness itself: what it says of Cassandra is what Cassandra says.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{env, fs, path::Path, process::Command};

use cqlite_tests::{
    available::{cassandra_or_skip, corpus_or_skip},
    cassandra::{Connection, CqlError, Format, Node, Tools},
    cqlite, fixtures,
    known::{KnownSstable, read_gz, read_gz_text},
};

/// Whether a TTL has run out depends on the day of the dump.
fn without_expired(dump: &[u8]) -> String {
    let text = String::from_utf8_lossy(dump);
    text.replace(", \"expired\" : true", "").replace(", \"expired\" : false", "")
}

fn assert_dump(tools: &mut Tools, sstable: &KnownSstable, options: &[&str], truth: &Path) {
    let dump = tools.sstabledump(&sstable.data_path, options).unwrap();
    assert!(dump.success(), "{}: {}", sstable.data_path.display(), dump.stderr);
    let expected = without_expired(&read_gz(truth).unwrap());
    assert_eq!(without_expired(&dump.stdout), expected, "{} {options:?}", sstable.data_path.display());
}

#[test]
fn dumps_equal_the_truth_of_the_fixtures() {
    let Some(cassandra) = cassandra_or_skip("dumps_equal_the_truth_of_the_fixtures") else { return };
    let mut tools = Tools::shared(&cassandra).unwrap();
    for sstable in fixtures::sstables().unwrap() {
        let dumps: [(&[&str], _); 5] = [
            (&[], &sstable.truth_dump),
            (&["-t"], &sstable.truth_dump_raw_time),
            (&["-l"], &sstable.truth_dump_lines),
            (&["-d"], &sstable.truth_dump_internal),
            (&["-e"], &sstable.truth_dump_keys),
        ];
        for (options, truth) in dumps {
            if let Some(truth) = truth {
                assert_dump(&mut tools, &sstable, options, truth);
            }
        }
        if let Some(truth) = &sstable.truth_failed {
            let died = tools.sstabledump::<&str>(&sstable.data_path, &[]).unwrap();
            assert_eq!(died.exit_code, 99, "{}", died.stderr);
            assert_eq!(died.stdout, read_gz(truth).unwrap());
        }
    }
}

#[test]
fn every_fixture_has_its_truth() {
    let sstables = fixtures::sstables().unwrap();
    for format in Format::ALL {
        assert!(sstables.iter().any(|sstable| sstable.version == format.version()), "nothing in {format}");
    }
    for sstable in sstables {
        let at = sstable.data_path.display();
        assert!(sstable.truth_dump.is_some() != sstable.truth_failed.is_some(), "{at}");
        let metadata = read_gz_text(&sstable.metadata_txt.expect("metadata")).unwrap();
        let place = format!("SSTable: fixtures/{}/{}/", sstable.set, sstable.keyspace);
        assert!(metadata.starts_with(&place), "{at}");
    }
    for table in fixtures::tables().unwrap() {
        let at = table.directory.display();
        assert!(!table.sstables.is_empty() && table.schema_cql.is_some(), "{at}");
        let raw = table.raw_rows().unwrap().expect("raw rows");
        assert_eq!(raw.columns.len(), raw.types.len(), "{at}");
        if let Some(rows) = table.json_rows().unwrap() {
            assert_eq!(rows.len(), raw.rows.len(), "{at}");
            assert!(rows.iter().all(|row| row.starts_with('{') && row.ends_with('}')), "{at}");
        }
    }
    let orders = fixtures::table(Format::Nb, "shop", "orders");
    assert_eq!(orders.json_rows().unwrap().unwrap().len(), 4);
}

#[test]
fn a_tool_may_exit_or_throw_and_the_next_one_runs() {
    let Some(cassandra) = cassandra_or_skip("a_tool_may_exit_or_throw_and_the_next_one_runs") else { return };
    let mut tools = Tools::start(&cassandra).unwrap();
    let odd = "tab\tline end\nquote ' é";
    let exits = tools.run("SSTableExport", [odd, ""]).unwrap();
    assert_eq!(exits.exit_code, 1);
    assert!(exits.stderr.contains("must supply exactly one sstable"), "{}", exits.stderr);
    let exits = tools.run("SSTableExport", [odd]).unwrap();
    assert_eq!(exits.exit_code, 1);
    assert!(exits.stderr.contains(odd), "{}", exits.stderr);
    let throws = tools.run("no.such.Class", [""; 0]).unwrap();
    assert_eq!((throws.exit_code, throws.stdout.len()), (99, 0));
    assert!(throws.stderr.contains("java.lang.ClassNotFoundException: no.such.Class"), "{}", throws.stderr);
    let sstable = &fixtures::table(Format::Oa, "shop", "orders").sstables[0];
    assert_dump(&mut tools, sstable, &[], sstable.truth_dump.as_deref().unwrap());
}

fn fill(connection: &mut Connection) {
    let replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}";
    connection.execute(&format!("CREATE KEYSPACE ks WITH replication = {replication}")).unwrap();
    let columns = "k int PRIMARY KEY, v text, l list<frozen<tuple<int, text>>>";
    connection.execute(&format!("CREATE TABLE ks.t ({columns})")).unwrap();
    for k in 0..1500 {
        connection.execute(&format!("INSERT INTO ks.t (k, v) VALUES ({k}, 'it''s {k}')")).unwrap();
    }
}

fn assert_answers(connection: &mut Connection) {
    let rows = connection.execute("SELECT * FROM ks.t").unwrap();
    let types: Vec<&str> = rows.columns.iter().map(|column| column.type_name.as_str()).collect();
    assert_eq!(types, ["int", "list<tuple<int, text>>", "text"]);
    assert_eq!(rows.rows.len(), 1500, "more than a page");
    assert_eq!(rows.rows[0][1], None);
    match connection.execute("SELECT nothing FROM ks.t") {
        Err(CqlError::Server { code: 0x2200, message }) => assert!(message.contains("nothing"), "{message}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_nodes_live_side_by_side_one_is_stopped_one_killed() {
    let test = "two_nodes_live_side_by_side_one_is_stopped_one_killed";
    let Some(cassandra) = cassandra_or_skip(test) else { return };
    let (one_dir, other_dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let trie = Node::builder(&cassandra, one_dir.path()).format(Format::Da).uuid_ids(true);
    let ordered = Node::builder(&cassandra, other_dir.path())
        .partitioner("ByteOrderedPartitioner")
        .setting("commitlog_sync", "batch");
    let mut one = trie.start().unwrap();
    let other = ordered.clone().start().unwrap();
    for node in [&one, &other] {
        let mut connection = node.connect().unwrap();
        fill(&mut connection);
        assert_answers(&mut connection);
    }

    one.flush("ks", &["t"]).unwrap();
    assert!(one.nodetool(&["no-such-command"]).is_err());
    let table = fs::read_dir(one.data().join("ks")).unwrap().next().unwrap().unwrap().path();
    let file_name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let names: Vec<_> = fs::read_dir(table).unwrap().map(file_name).collect();
    assert!(names.iter().any(|name| name.starts_with("da-") && name.ends_with("-bti-Data.db")), "{names:?}");
    one.stop().unwrap();
    let mut offline = Tools::start_on(&cassandra, one_dir.path()).unwrap();
    let verified = offline.sstableverify("ks", "t").unwrap();
    assert!(verified.success(), "{}{}", verified.text(), verified.stderr);
    assert!(verified.text().contains("Verifying"), "{}", verified.text());

    other.kill(); // with everything in its commit log
    let back = ordered.start().unwrap();
    let rows = back.connect().unwrap().execute("SELECT JSON * FROM ks.t WHERE k = 7").unwrap().into_texts();
    assert_eq!(rows, [r#"{"k": 7, "l": null, "v": "it's 7"}"#]);
}

#[test]
fn a_node_that_cannot_start_says_why() {
    let Some(cassandra) = cassandra_or_skip("a_node_that_cannot_start_says_why") else { return };
    let dir = tempfile::tempdir().unwrap();
    let error = Node::builder(&cassandra, dir.path()).setting("no_such_setting", 1).start().unwrap_err();
    assert!(error.to_string().contains("no_such_setting"), "{error}");
}

#[test]
fn the_corpus_is_found_with_its_truth() {
    let Some(corpus) = corpus_or_skip("the_corpus_is_found_with_its_truth") else { return };
    let sstables = corpus.sstables().unwrap();
    let any = |wanted: &dyn Fn(&KnownSstable) -> bool| sstables.iter().any(wanted);
    for version in ["ma", "mb", "mc", "md", "me", "na", "nb", "nc", "oa", "da"] {
        assert!(any(&|s| s.version == version && s.truth_dump.is_some()), "{version}");
    }
    assert!(any(&|s| s.truth_failed.is_some()));
    assert!(any(&|s| s.truth_dump_raw_time.is_some() && s.metadata_txt.is_some()));
    assert!(any(&|s| s.index.is_some() && s.truth_dump.is_some()));
    let tables = corpus.tables().unwrap();
    assert!(tables.iter().any(|table| table.set == "nb/merge" && table.sstables.len() > 3));
    for table in tables.iter().filter(|table| table.set.ends_with("/rows")) {
        assert!(table.json_rows().unwrap().is_some(), "{}", table.directory.display());
    }
}

#[test]
fn the_binary_is_built_and_found() {
    let path = cqlite::path();
    assert!(path.is_file(), "{}", path.display());
    assert_eq!(cqlite::cqlite().get_program(), path);
}

/// Run by the next test in a process that has no JDK.
#[test]
#[ignore = "asks for Cassandra in an environment of its own"]
fn asks_for_cassandra() {
    assert!(cassandra_or_skip("asks_for_cassandra").is_none());
}

#[test]
fn a_test_without_a_jdk_is_skipped_aloud_or_fails_where_that_is_forbidden() {
    let ask = |required: &str| {
        Command::new(env::current_exe().unwrap())
            .args(["--exact", "asks_for_cassandra", "--ignored"])
            .env("PATH", "")
            .env_remove("JAVA_HOME")
            .env("CQLITE_REQUIRE_CASSANDRA", required)
            .output()
            .unwrap()
    };
    let skipped = ask("0");
    assert!(skipped.status.success());
    let said = String::from_utf8_lossy(&skipped.stderr);
    assert!(said.contains("SKIPPED: asks_for_cassandra needs a JDK and Maven"), "{said}");
    assert!(!ask("1").status.success());
}
