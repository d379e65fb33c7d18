//! The catalogue beside a node's: what CQLite writes of a schema a node reads, and what a node writes CQLite reads.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

mod kept;
mod refused;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use cqlite_core::catalog::{
    LocalNode, Schema, StoredLocal, TruncationRecord, snapshot_manifest, snapshot_schema, truncation_mutation,
};
use cqlite_core::storage::TableId;
use cqlite_cql::Uuid;
use cqlite_sstable::component::statistics::CommitLogPosition;
use cqlite_sstable::schema::{SchemaRow, SchemaRows, SchemaTable};
use cqlite_sstable::types::Elements;
use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{Connection, Node},
    catalogued::{now_seconds, stored_rows, stored_shape, with_merged},
    ddl::Ddl,
    random_schema, scratch,
};

const KEYSPACES: [&str; 2] = ["first", "second"];
const TABLES: usize = 30;

fn script() -> Vec<String> {
    let mut script = vec![
        "CREATE KEYSPACE gone WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '3'}"
            .to_owned(),
        "CREATE TABLE gone.t (k int PRIMARY KEY)".to_owned(),
        "DROP KEYSPACE gone".to_owned(),
    ];
    for (seed, keyspace) in (7..).zip(KEYSPACES) {
        script.extend(random_schema::statements(keyspace, TABLES, seed));
    }
    script
}

fn ours(script: &[String]) -> Ddl {
    let mut ddl = Ddl::new((now_seconds() - 86_400) * 1_000_000);
    for statement in script {
        ddl.execute(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    ddl
}

/// The rows of the keyspaces by table, keyspace and clustering: values by column, without what differs from node to node.
fn values(rows: &SchemaRows, ids_and_times: bool) -> BTreeMap<String, BTreeMap<String, Vec<u8>>> {
    let mut values = BTreeMap::new();
    for of in SchemaTable::ALL {
        for keyspace in KEYSPACES {
            for row in rows.rows_of(of, keyspace, None) {
                let mut cells = row.cells().clone();
                if !ids_and_times {
                    cells.retain(|name, _| name != "id" && name != "dropped_time");
                }
                values.insert(format!("{} {keyspace} {}", of.name(), place(row)), cells);
            }
        }
    }
    values
}

fn place(row: &SchemaRow) -> String {
    let values: Vec<_> = row.clustering().iter().map(|value| String::from_utf8_lossy(value)).collect();
    values.join("/")
}

/// What a node answers when it is asked for the rows of the keyspaces.
fn selected(connection: &mut Connection) -> BTreeMap<String, BTreeMap<String, Vec<u8>>> {
    let mut values = BTreeMap::new();
    for of in SchemaTable::ALL {
        for keyspace in KEYSPACES {
            let select =
                format!("SELECT * FROM system_schema.{} WHERE keyspace_name = '{keyspace}'", of.name());
            let answer = connection.execute(&select).unwrap();
            let clustering = match of {
                SchemaTable::Keyspaces => 0,
                SchemaTable::Tables | SchemaTable::Types | SchemaTable::Views => 1,
                _ => 2,
            };
            for row in answer.rows {
                let mut named: Vec<_> =
                    answer.columns.iter().map(|column| column.name.clone()).zip(row).collect();
                let place: Vec<String> = (named.drain(..=clustering).skip(1))
                    .map(|(_, value)| String::from_utf8_lossy(&value.unwrap()).into_owned())
                    .collect();
                let cells = named.into_iter().filter_map(|(name, value)| Some((name, value?)));
                values.insert(format!("{} {keyspace} {}", of.name(), place.join("/")), cells.collect());
            }
        }
    }
    values
}

/// Compares row by row, so that what differs is told.
fn assert_same(
    left: &BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    right: &BTreeMap<String, BTreeMap<String, Vec<u8>>>,
) {
    let places: BTreeSet<_> = left.keys().chain(right.keys()).collect();
    for place in places {
        let text = |cells: Option<&BTreeMap<String, Vec<u8>>>| {
            cells.map(|cells| {
                let text = |(name, value): (&String, &Vec<u8>)| format!("{name} = {}", value.escape_ascii());
                cells.iter().map(text).collect::<Vec<_>>()
            })
        };
        assert_eq!(text(left.get(place)), text(right.get(place)), "{place}");
    }
}

/// What a node describes of a keyspace, without ids.
fn described(connection: &mut Connection, keyspace: &str) -> Vec<String> {
    let answer = connection.execute(&format!("DESCRIBE KEYSPACE {keyspace}")).unwrap();
    let statement = answer.columns.iter().position(|column| column.name == "create_statement").unwrap();
    let texts =
        answer.rows.into_iter().map(|row| String::from_utf8(row[statement].clone().unwrap()).unwrap());
    let mut texts: Vec<String> = texts.collect();
    texts.sort();
    texts
}

#[test]
fn what_statements_make_of_a_schema_is_what_a_node_makes_of_it_and_a_node_starts_on_ours() {
    let name = "what_statements_make_of_a_schema_is_what_a_node_makes_of_it_and_a_node_starts_on_ours";
    let Some(cassandra) = cassandra_or_skip(name) else { return };
    let script = script();
    let mut ddl = ours(&script);
    assert!(ddl.schema.tables().count() >= 50, "{} tables", ddl.schema.tables().count());

    // A node carries out the same statements.
    let theirs = scratch::directory();
    let node = Node::builder(&cassandra, theirs.path()).start().unwrap();
    let mut connection = node.connect().unwrap();
    for statement in &script {
        connection.execute(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    let node_describes = KEYSPACES.map(|keyspace| described(&mut connection, keyspace));
    node.stop().unwrap();
    let data = theirs.path().join("data");
    let node_rows = stored_rows(&ddl.system, &data).unwrap();
    assert_same(&values(&ddl.written.rows(), false), &values(&node_rows, false));
    for of in SchemaTable::ALL {
        let all = [KEYSPACES.as_slice(), &["gone"]].concat();
        let node_wrote = stored_shape(&ddl.system, &data, of, &all).unwrap();
        let we_wrote = ddl.written.shape(of, &all);
        for (ours, theirs) in we_wrote.iter().zip(&node_wrote) {
            assert_eq!(ours, theirs, "{}", of.name());
        }
        assert_eq!(we_wrote.len(), node_wrote.len(), "{}", of.name());
    }
    // And what it wrote is a schema.
    let read = Schema::read(&ddl.system, &node_rows).unwrap();
    for keyspace in KEYSPACES {
        let (ours, theirs) = (ddl.schema.keyspace(keyspace).unwrap(), read.keyspace(keyspace).unwrap());
        assert_eq!(ours.types(), theirs.types());
        assert_eq!(ours.tables().keys().collect::<Vec<_>>(), theirs.tables().keys().collect::<Vec<_>>());
        for (name, table) in ours.tables() {
            let theirs = &theirs.tables()[name];
            assert_eq!(table.parameters(), theirs.parameters(), "{name}");
            assert_eq!(table.layout().header(), theirs.layout().header(), "{name}");
        }
    }

    // A node with the configuration of every new one starts on what CQLite writes.
    let host_id = Uuid(*b"\x5a\x1c\x39\x5e\xb4\x1f\x41\xe5\x9f\x22\xba\x0b\xe0\x48\x3c\x18");
    let local = LocalNode { host_id, cluster_name: LocalNode::DEFAULT_CLUSTER_NAME.to_owned() };
    ddl.written.apply(&local.mutation(&ddl.system, 1_700_000_000_000_000).unwrap());
    let directory = scratch::directory();
    let data = directory.path().join("data");
    ddl.written.flush(&data).unwrap();
    let start = || {
        let builder = Node::builder(&cassandra, directory.path());
        let builder = builder.setting("cluster_name", LocalNode::DEFAULT_CLUSTER_NAME);
        builder.setting("auto_bootstrap", true).start().unwrap()
    };
    let mut node = start();
    let mut connection = node.connect().unwrap();
    assert_same(&values(&ddl.written.rows(), true), &selected(&mut connection));
    for (keyspace, expected) in KEYSPACES.into_iter().zip(node_describes) {
        assert_eq!(described(&mut connection, keyspace), expected);
    }
    let answer = connection.execute("SELECT host_id FROM system.local").unwrap();
    assert_eq!(answer.rows[0][0].as_deref(), Some(&host_id.0[..]));
    compare_snapshots(&mut node, &ddl);
    connection.execute("INSERT INTO first.table_5 (k, v) VALUES (1, 'one')").unwrap();
    connection.execute("ALTER TABLE first.table_5 ADD added int").unwrap();
    node.stop().unwrap();

    // What the node left is read again, and it starts on it once more.
    let rows = stored_rows(&ddl.system, &data).unwrap();
    let schema = Schema::read(&ddl.system, &rows).unwrap();
    let columns = &schema.table("first", "table_5").unwrap().schema().regular_columns;
    assert_eq!(columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["added", "v"]);
    let stored = with_merged(ddl.system.local(), &data, |merge, columns| {
        StoredLocal::read(merge, columns, now_seconds())
    });
    let stored = stored.unwrap().unwrap();
    assert_eq!(stored.host_id, Some(host_id));
    assert_eq!(stored.cluster_name.as_deref(), Some(LocalNode::DEFAULT_CLUSTER_NAME));
    start().kill();
}

/// The files that a snapshot of the node has beside SSTables are what CQLite would write.
fn compare_snapshots(node: &mut Node, ddl: &Ddl) {
    node.nodetool(&["snapshot", "-t", "tag", "--", KEYSPACES[0], KEYSPACES[1]]).unwrap();
    let (mut compared, mut equal) = (0, 0);
    for keyspace in KEYSPACES {
        for table in ddl.schema.keyspace(keyspace).unwrap().tables().values() {
            let directory = node.data().join(keyspace).join(table.directory_name()).join("snapshots/tag");
            let theirs = fs::read_to_string(directory.join("schema.cql")).unwrap();
            let ours = snapshot_schema(table);
            let statements =
                |text: &str| text.split_inclusive(";\n").map(str::to_owned).collect::<BTreeSet<_>>();
            // Types come in an order that differs from start to start. Cassandra leaves out those that stand inside other
            // types than user-defined ones, without which the table cannot be made.
            let (ours, theirs) = (statements(&ours), statements(&theirs));
            let extra: Vec<_> =
                ours.difference(&theirs).filter(|one| !one.starts_with("CREATE TYPE ")).collect();
            let missing: Vec<_> = theirs.difference(&ours).collect();
            assert!(extra.is_empty() && missing.is_empty(), "{keyspace}: {extra:#?} {missing:#?}");
            equal += usize::from(ours == theirs);
            assert_manifest(&directory);
            compared += 1;
        }
    }
    assert!(compared >= 50 && equal >= 30, "{equal} of {compared} tables are the same");
}

fn assert_manifest(snapshot: &Path) {
    let theirs = fs::read_to_string(snapshot.join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&theirs).unwrap();
    let files = manifest["files"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned());
    let created_at = manifest["created_at"].as_str().unwrap();
    let ours = snapshot_manifest(&files.collect::<Vec<_>>(), 1_700_000_000_123);
    assert_eq!(ours.replace("2023-11-14T22:13:20.123Z", created_at), theirs);
}

/// Puts the SSTables of one data directory beside those of another one.
fn add_sstables(from: &Path, to: &Path) {
    let entries = |directory: &Path| fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    for table in entries(from).flat_map(|keyspace| entries(&keyspace)) {
        let beside = to.join(table.strip_prefix(from).unwrap());
        for file in entries(&table) {
            let name = file.file_name().unwrap().to_str().unwrap().replace("nb-1-", "nb-1000-");
            fs::copy(&file, beside.join(name)).unwrap();
        }
    }
}

#[test]
fn a_truncation_is_kept_as_a_node_keeps_it() {
    let name = "a_truncation_is_kept_as_a_node_keeps_it";
    let Some(cassandra) = cassandra_or_skip(name) else { return };
    let directory = scratch::directory();
    let data = directory.path().join("data");
    let system = Ddl::new(0).system;
    let read = || {
        let stored = with_merged(system.local(), &data, |merge, columns| {
            StoredLocal::read(merge, columns, now_seconds())
        });
        stored.unwrap().unwrap()
    };
    let node = Node::builder(&cassandra, directory.path()).start().unwrap();
    let mut connection = node.connect().unwrap();
    connection
        .execute("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
        .unwrap();
    connection.execute("CREATE TABLE k.t (k int PRIMARY KEY)").unwrap();
    connection.execute("INSERT INTO k.t (k) VALUES (1)").unwrap();
    connection.execute("TRUNCATE k.t").unwrap();
    let answer = connection.execute("SELECT id FROM system_schema.tables WHERE keyspace_name = 'k'").unwrap();
    let id: [u8; 16] = answer.rows[0][0].as_deref().unwrap().try_into().unwrap();
    node.stop().unwrap();
    let stored = read();
    let record = stored.truncated[&TableId::from_bytes(id)];
    assert!(record.position.segment_id > 0 && record.position.position > 0, "{record:?}");
    assert!((record.truncated_at_millis / 1000 - now_seconds()).abs() < 600, "{record:?}");

    // A record of CQLite takes its place, and one of another table goes again.
    let mut written = cqlite_tests::catalogued::Catalogued::new(&system);
    let ours = TruncationRecord {
        position: CommitLogPosition { segment_id: 7, position: 99 },
        truncated_at_millis: 1_700_000_000_000,
    };
    let other = TableId::from_bytes(*b"0123456789abcdef");
    let now = now_seconds() * 1_000_000;
    for (table, record, at) in
        [(TableId::from_bytes(id), Some(ours), now), (other, Some(ours), now), (other, None, now + 1)]
    {
        written.apply(&truncation_mutation(&system, table, record, at).unwrap());
    }
    let beside = scratch::directory();
    written.flush(beside.path()).unwrap();
    add_sstables(beside.path(), &data);
    let again = read();
    assert_eq!(again.truncated.get(&TableId::from_bytes(id)), Some(&ours));
    assert!(!again.truncated.contains_key(&other));
    assert_eq!((again.host_id, again.cluster_name), (stored.host_id, stored.cluster_name));
    let node = Node::builder(&cassandra, directory.path()).start().unwrap();
    let mut connection = node.connect().unwrap();
    let answer = connection.execute("SELECT truncated_at FROM system.local").unwrap();
    let map = answer.rows[0][0].as_deref().unwrap();
    let mut elements = Elements::of_map(map).unwrap().map(|element| element.unwrap().unwrap());
    let keys_and_values = std::iter::from_fn(|| Some((elements.next()?, elements.next()?)));
    let map: BTreeMap<&[u8], &[u8]> = keys_and_values.collect();
    let mut expected = 7_i64.to_be_bytes().to_vec();
    expected.extend(99_i32.to_be_bytes());
    expected.extend(ours.truncated_at_millis.to_be_bytes());
    assert_eq!(map[&id[..]], expected);
    assert!(!map.contains_key(&other.as_bytes()[..]));
    node.kill();
}
