//! `cqlite schema` prints CQL that a live node executes; the files imported into that table, `SELECT` equals the truth.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::fs;
use std::path::{Path, PathBuf};

use cqlite_cql::{Statement, parse_script};
use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{Connection, Format, Node},
    cqlite, fixtures,
    known::KnownTable,
};

fn schema(path: &Path) -> String {
    let output = cqlite::cqlite().arg("schema").arg(path).output().unwrap();
    assert!(output.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Executes all statements of a script and returns keyspace and table, in CQL form, that the last CREATE TABLE made.
fn execute(connection: &mut Connection, script: &str) -> (String, String) {
    let mut made = None;
    for statement in parse_script(script).unwrap() {
        let text = statement.span.text(script);
        connection.execute(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        if let Statement::CreateTable(table) = &statement.node {
            made = Some((
                table.name.keyspace.as_ref().unwrap().as_str().to_owned(),
                table.name.name.as_str().to_owned(),
            ));
        }
    }
    made.unwrap_or_else(|| panic!("no table in\n{script}"))
}

/// Copies the SSTables of one directory into the newest directory of a table.
fn copy_files(from: &Path, node: &Node, keyspace: &str, table: &str) {
    let below = node.data().join(keyspace);
    let is_of_table = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.rsplit_once('-').is_some_and(|(found, _)| found == table)
    };
    let directory =
        fs::read_dir(&below).unwrap().map(|entry| entry.unwrap().path()).find(is_of_table).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, directory.join(path.file_name().unwrap())).unwrap();
        }
    }
}

fn is_view(table: &KnownTable) -> bool {
    let keyspace = fs::read_to_string(table.schema_cql.as_ref().unwrap()).unwrap();
    keyspace.contains(&format!("CREATE MATERIALIZED VIEW {}.{} ", table.keyspace, table.table))
}

/// The tables of a format.
fn tables(format: Format) -> Vec<KnownTable> {
    let of_format =
        |table: &KnownTable| table.sstables.iter().all(|sstable| sstable.version == format.version());
    let tables = fixtures::tables().unwrap();
    tables.into_iter().filter(|table| !table.sstables.is_empty() && of_format(table)).collect()
}

fn import_all(format: Format, names_known: bool) {
    let name = "the_printed_schema_takes_the_files";
    let Some(cassandra) = cassandra_or_skip(name) else { return };
    let directory = tempfile::tempdir().unwrap();
    let mut node = Node::builder(&cassandra, directory.path()).format(format).start().unwrap();
    let mut connection = node.connect().unwrap();
    let mut compared = 0;
    for table in tables(format) {
        let Some(expected) = table.json_rows().unwrap() else { continue };
        let copied = tempfile::tempdir().unwrap();
        let path = if names_known {
            table.directory.clone()
        } else {
            // The layout of directories tells keyspace and table, but there is no system_schema beside it.
            let name = table.directory.file_name().unwrap();
            let path = copied.path().join(&table.keyspace).join(name);
            fs::create_dir_all(&path).unwrap();
            for entry in fs::read_dir(&table.directory).unwrap() {
                let file = entry.unwrap().path();
                if file.is_file() {
                    fs::copy(&file, path.join(file.file_name().unwrap())).unwrap();
                }
            }
            path
        };
        if is_view(&table) {
            // Only with system_schema it can be told from a table; then it is printed as a comment.
            assert!(!names_known || !schema(&path).contains("\nCREATE TABLE"));
            continue;
        }
        let script = schema(&path);
        let (keyspace, made) = execute(&mut connection, &script);
        copy_files(&table.directory, &node, &keyspace, &made);
        node.nodetool(&["refresh", "--", &keyspace, &made]).unwrap();
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let select = format!("SELECT JSON * FROM {}.{}", quoted(&keyspace), quoted(&made));
        let rows =
            connection.execute(&select).unwrap_or_else(|error| panic!("{select}: {error}\n{}", node.log()));
        let rows = rows.into_texts();
        if names_known {
            assert_eq!(rows, expected, "{select}");
        } else {
            assert_eq!(rows.len(), expected.len(), "{select}");
        }
        connection.execute(&format!("DROP TABLE {}.{}", quoted(&keyspace), quoted(&made))).unwrap();
        compared += 1;
    }
    node.stop().unwrap();
    assert!(compared >= 15, "only {compared} tables were compared");
}

#[test]
fn with_names_from_system_schema_select_equals_the_truth_nb() {
    import_all(Format::Nb, true);
}

#[test]
fn with_names_from_system_schema_select_equals_the_truth_oa() {
    import_all(Format::Oa, true);
}

#[test]
fn with_names_from_system_schema_select_equals_the_truth_da() {
    import_all(Format::Da, true);
}

#[test]
fn with_names_made_up_all_rows_are_there_nb() {
    import_all(Format::Nb, false);
}

#[test]
fn a_schema_beside_the_files_goes_before_the_header_and_a_given_one_before_all() {
    let orders = fixtures::table(Format::Nb, "shop", "orders");
    let beside = schema(&orders.directory.join("snapshots/before-christmas"));
    assert!(beside.contains("schema.cql") && beside.contains("customer text"), "{beside}");
    let directory = tempfile::tempdir().unwrap();
    let given = directory.path().join("given.cql");
    let columns = "who text, at timestamp, nr uuid, name text static, status text, total decimal, coupon text, \
                   items map<text, int>, notes list<text>, tags set<text>";
    let table = format!(
        "CREATE TABLE a.b ({columns}, PRIMARY KEY (who, at, nr)) WITH CLUSTERING ORDER BY (at DESC);"
    );
    fs::write(&given, table).unwrap();
    let output =
        cqlite::cqlite().arg("schema").arg("--schema").arg(&given).arg(&orders.directory).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("who text"), "{text}{}", String::from_utf8_lossy(&output.stderr));
}
