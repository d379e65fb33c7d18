//! Tables out of scripts of CQL, and back into CQL.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::path::PathBuf;

use cqlite_sstable::Result;
use cqlite_sstable::schema::{ColumnKind, SchemaSource, TableHint, TableKind, TableSchema, write_cql};
use cqlite_sstable::types::CqlType;

fn table(script: &str) -> Result<TableSchema> {
    TableSchema::from_cql(script, TableHint::default())
}

fn error(script: &str) -> String {
    table(script).unwrap_err().to_string()
}

fn names(table: &TableSchema) -> Vec<&str> {
    table.column_names().collect()
}

/// The CQL without its comments.
fn printed(table: &TableSchema) -> String {
    let text = write_cql(table, &SchemaSource::Given(PathBuf::from("s.cql")));
    text.lines().filter(|line| !line.starts_with("--")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_script_leaves_behind_what_its_statements_make_in_their_order() {
    let script = "
        CREATE KEYSPACE shop WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': '3'};
        USE shop;
        CREATE TYPE address (street text);
        ALTER TYPE address ADD zip int;
        ALTER TYPE address RENAME street TO road;
        CREATE TABLE orders (id uuid, Line int, a int, b list<int>, s int static, PRIMARY KEY (id, line))
            WITH CLUSTERING ORDER BY (line DESC) AND comment = 'x' AND gc_grace_seconds = 1;
        ALTER TABLE orders RENAME line TO position;
        ALTER TABLE orders ADD (home address, away frozen<address>);
        ALTER TABLE orders DROP b USING TIMESTAMP 7;
        ALTER TABLE orders WITH gc_grace_seconds = 2;
        CREATE TABLE gone (k int PRIMARY KEY);
        DROP TABLE gone;
        INSERT INTO orders (id, position) VALUES (00000000-0000-0000-0000-000000000000, 1);
        CREATE MATERIALIZED VIEW v AS SELECT * FROM orders WHERE a IS NOT NULL PRIMARY KEY (a, id, position);
        CREATE INDEX by_a ON orders (a);";
    let orders = table(script).unwrap();
    assert_eq!(names(&orders), ["id", "position", "s", "a", "away", "home"]);
    assert_eq!(orders.user_types[0].fields[0].name, "road");
    assert_eq!(orders.user_types[0].fields.len(), 2);
    assert_eq!(orders.dropped_columns[0].dropped_at_micros, Some(7));
    assert_eq!(orders.dropped_columns[0].column_type.cql_name().to_string(), "list<int>");
    assert!(!orders.columns(ColumnKind::Regular)[1].column_type.is_multi_cell());
    assert_eq!(
        printed(&orders),
        "CREATE KEYSPACE IF NOT EXISTS shop WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': '3'};

CREATE TYPE IF NOT EXISTS shop.address (
    road text,
    zip int
);

CREATE TABLE IF NOT EXISTS shop.orders (
    id uuid,
    position int,
    s int static,
    a int,
    away frozen<address>,
    home address,
    b list<int>,
    PRIMARY KEY (id, position)
) WITH CLUSTERING ORDER BY (position DESC)
    AND comment = 'x'
    AND gc_grace_seconds = 2;

ALTER TABLE shop.orders DROP b USING TIMESTAMP 7;

CREATE INDEX IF NOT EXISTS by_a ON shop.orders (a);
"
    );
}

#[test]
fn what_is_printed_reads_back_to_the_same_table() {
    let script = "
        CREATE KEYSPACE \"K\" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '1'};
        CREATE TYPE \"K\".inner (a int);
        CREATE TYPE \"K\".\"Outer\" (i frozen<inner>, l set<text>);
        CREATE TABLE \"K\".\"select\" (\"Key\" int, c timeuuid, v frozen<\"Outer\">, e 'EmptyType', w vector<float, 3>,
            a int, PRIMARY KEY ((\"Key\"), c))
            WITH ID = 5a1c395e-b41f-11e5-9f22-ba0be0483c18 AND CLUSTERING ORDER BY (c DESC) AND comment = 'it''s';
        ALTER TABLE \"K\".\"select\" DROP a USING TIMESTAMP 9;
        ALTER TABLE \"K\".\"select\" ADD a bigint;";
    let first = table(script).unwrap();
    assert_eq!(table(&printed(&first)).unwrap(), first);
}

#[test]
fn of_several_tables_the_hint_tells_which() {
    let script = "
        CREATE TABLE a.t (k int PRIMARY KEY) WITH ID = 00000000-0000-1000-8000-000000000001;
        CREATE TABLE b.t (k text PRIMARY KEY);
        CREATE TABLE b.u (k uuid PRIMARY KEY);";
    let chosen = |keyspace, table, id: Option<u128>| {
        let id = id.map(|id| cqlite_cql::Uuid(id.to_be_bytes()));
        TableSchema::from_cql(script, TableHint { keyspace, table, id })
            .map(|schema| format!("{}.{}", schema.keyspace, schema.name))
            .map_err(|error| error.message().to_owned())
    };
    assert_eq!(chosen(Some("b"), Some("t"), None).unwrap(), "b.t");
    assert_eq!(chosen(None, Some("u"), None).unwrap(), "b.u");
    assert_eq!(chosen(Some("restored"), Some("u"), None).unwrap(), "b.u");
    assert_eq!(chosen(Some("b"), Some("t"), Some(0x1000_8000_0000_0000_0001)).unwrap(), "a.t");
    assert_eq!(
        chosen(None, Some("t"), None).unwrap_err(),
        "the schema has not one table t, but a.t, b.t, b.u"
    );
    assert_eq!(
        chosen(Some("b"), Some("x"), None).unwrap_err(),
        "the schema has no table b.x, but a.t, b.t, b.u"
    );
    assert!(chosen(None, None, None).unwrap_err().ends_with("which of them it is: a.t, b.t, b.u"));
}

#[test]
fn a_statement_that_cannot_be_is_refused_with_its_line() {
    assert_eq!(
        error("CREATE TABLE t (k int PRIMARY KEY);\nALTER TABLE u ADD v int;"),
        "the statement in line 2 cannot be: there is no table u"
    );
    for (script, part) in [
        ("", "the schema creates no table"),
        ("CREATE TABLE", "the schema is not CQL: line 1:12"),
        ("CREATE TABLE t (k int PRIMARY KEY, v nothing);", "the column v: the type nothing is not known"),
        ("CREATE TABLE t (k int PRIMARY KEY); ALTER TABLE t DROP k;", "the key column k cannot be dropped"),
        ("CREATE TABLE t (k int PRIMARY KEY); ALTER TABLE t DROP v;", "there is no column v"),
        ("CREATE TABLE t (k int, PRIMARY KEY (k, c));", "there is no column c"),
        ("CREATE TABLE t (k int PRIMARY KEY); CREATE TABLE t (k int PRIMARY KEY);", "is there already"),
        ("DROP TYPE x;", "there is no type x"),
    ] {
        let error = error(script);
        assert!(error.contains(part), "{script}: {error}");
    }
}

#[test]
fn a_drop_without_a_time_hides_all_of_a_column_but_not_if_it_is_there_again() {
    let dropped = table("CREATE TABLE t (k int PRIMARY KEY, a int); ALTER TABLE t DROP a;").unwrap();
    assert_eq!(dropped.dropped_columns[0].dropped_at_micros, None);
    assert!(printed(&dropped).ends_with("ALTER TABLE unknown_keyspace.t DROP a;\n"));
    let again =
        table("CREATE TABLE t (k int PRIMARY KEY, a int); ALTER TABLE t DROP a; ALTER TABLE t ADD a int;");
    assert!(!printed(&again.unwrap()).contains("DROP"));
}

#[test]
fn compact_tables_have_the_columns_that_are_stored_and_are_printed_as_a_comment() {
    let sparse = table("CREATE TABLE ks.t (k text PRIMARY KEY, a int) WITH COMPACT STORAGE;").unwrap();
    assert_eq!(names(&sparse), ["k", "column1", "a", "value"]);
    assert_eq!(sparse.static_columns[0].name, "a");
    let keys = table("CREATE TABLE ks.t (k int, c int, PRIMARY KEY (k, c)) WITH COMPACT STORAGE;").unwrap();
    assert_eq!(keys.regular_columns[0].column_type, CqlType::Empty);
    for compact in [sparse, keys] {
        assert_eq!(printed(&compact), "");
        let text = write_cql(&compact, &SchemaSource::Headers);
        assert!(text.contains("COMPACT STORAGE, which Cassandra refuses since 4.0"), "{text}");
        assert!(text.contains("-- CREATE TABLE IF NOT EXISTS ks.t ("), "{text}");
    }
}

#[test]
fn what_no_node_executes_is_a_comment_with_the_reason() {
    let plain = table("CREATE TABLE ks.t (k int PRIMARY KEY, a int);").unwrap();
    let mut of_system = plain.clone();
    "system_schema".clone_into(&mut of_system.keyspace);
    let mut index = plain.clone();
    index.kind = TableKind::Index;
    let mut view = plain.clone();
    view.kind = TableKind::View;
    let mut statics = plain.clone();
    statics.static_columns.append(&mut statics.regular_columns);
    for (table, reason) in [
        (of_system, "system_schema is Cassandra's own"),
        (index, "the hidden table of a secondary index"),
        (view, "it is a materialized view"),
        (statics, "static columns, but no clustering"),
    ] {
        let text = write_cql(&table, &SchemaSource::Headers);
        assert!(text.contains(reason), "{text}");
        assert!(text.lines().all(|line| line.starts_with("--")), "{text}");
    }
    let custom = table("CREATE TABLE ks.t (k int PRIMARY KEY, a 'com.example.Odd');").unwrap();
    let text = write_cql(&custom, &SchemaSource::Headers);
    assert!(text.contains("-- The node needs the class com.example.Odd for it.\n"), "{text}");
}

#[test]
fn the_first_line_says_where_names_come_from() {
    let plain = table("CREATE TABLE ks.t (k int PRIMARY KEY);").unwrap();
    let first = |source| write_cql(&plain, &source).lines().next().unwrap().to_owned();
    assert_eq!(
        first(SchemaSource::Headers),
        "-- ks.t: from the SSTable's header alone: names of keys are made up"
    );
    assert_eq!(
        first(SchemaSource::SystemSchema(PathBuf::from("/da\nta"))),
        "-- ks.t: from system_schema in /da?ta"
    );
}
