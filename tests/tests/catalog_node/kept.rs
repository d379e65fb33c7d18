//! Indexes, views, functions and masks, which the catalogue does not make, stay as they are.

use std::collections::BTreeSet;
use std::fs;

use cqlite_core::catalog::{Schema, SchemaWriter};
use cqlite_cql::{Literal, Property};
use cqlite_sstable::schema::{Column, SchemaTable};
use cqlite_sstable::types::CqlType;
use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{Connection, Node},
    catalogued::{Catalogued, now_seconds, stored_rows},
    ddl::Ddl,
    scratch,
};

use super::add_sstables;

const MADE: [&str; 13] = [
    "CREATE KEYSPACE kept WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
    "CREATE TYPE kept.one (a int)",
    "CREATE TABLE kept.base (k int, c int, v text, w int, PRIMARY KEY (k, c))",
    "CREATE INDEX by_v ON kept.base (v)",
    "CREATE INDEX by_w ON kept.base (w) USING 'sai'",
    "CREATE MATERIALIZED VIEW kept.by_c AS SELECT * FROM kept.base WHERE k IS NOT NULL AND c IS NOT NULL PRIMARY KEY (c, k)",
    "CREATE TABLE kept.masked (k int PRIMARY KEY, v text MASKED WITH mask_default())",
    "CREATE TABLE kept.indexed (k int PRIMARY KEY, v list<text>)",
    "CREATE INDEX of_values ON kept.indexed (values(v))",
    "CREATE FUNCTION kept.f (a one) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE java AS 'return 1;'",
    "CREATE FUNCTION kept.plus (s int, a int) CALLED ON NULL INPUT RETURNS int LANGUAGE java AS 'return s;'",
    "CREATE AGGREGATE kept.sum_of (int) SFUNC plus STYPE int INITCOND 0",
    "CREATE TABLE kept.plain (k int PRIMARY KEY)",
];

fn described(connection: &mut Connection) -> BTreeSet<String> {
    super::described(connection, "kept").into_iter().collect()
}

#[test]
fn indexes_views_functions_and_masks_stay_as_they_are() {
    let name = "indexes_views_functions_and_masks_stay_as_they_are";
    let Some(cassandra) = cassandra_or_skip(name) else { return };
    let directory = scratch::directory();
    let data = directory.path().join("data");
    let node = Node::builder(&cassandra, directory.path()).start().unwrap();
    let mut connection = node.connect().unwrap();
    for statement in MADE {
        connection.execute(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    let before = described(&mut connection);
    node.stop().unwrap();

    let system = Ddl::new(0).system;
    let schema = Schema::read(&system, &stored_rows(&system, &data).unwrap()).unwrap();
    let kept = schema.keyspace("kept").unwrap();
    let (base, masked) = (&kept.tables()["base"], &kept.tables()["masked"]);
    assert_eq!(base.attached_names(SchemaTable::Indexes), ["by_v", "by_w"]);
    assert_eq!(masked.attached_names(SchemaTable::ColumnMasks), ["v"]);
    assert_eq!(kept.views()["by_c"].base_table_id(), Some(base.id()));
    for (refused, told) in [
        (kept.without_type("one"), "still used by functions f"),
        (kept.without_table("base"), "materialized views still depend on it (by_c)"),
        (kept.without_table("by_c"), "Please use DROP MATERIALIZED VIEW instead"),
        (
            kept.with_altered_table(base.with_column(Column::new("n", CqlType::Int), false).unwrap()),
            "as the materialized view by_c has some of them",
        ),
        (base.without_column("v", 1).map(|_| (**kept).clone()), "dependent secondary indexes (by_v)"),
    ] {
        let error = refused.unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }

    let comment = [Property::literal("comment", Literal::String("changed".into()))];
    let changed = kept.with_altered_table(base.with_options(&comment).unwrap()).unwrap();
    let with_column = masked.with_column(Column::new("added", CqlType::Int), false).unwrap();
    let changed = changed.with_altered_table(with_column).unwrap().without_table("indexed").unwrap();
    let mut written = Catalogued::new(&system);
    let writer = SchemaWriter::new(&system, now_seconds() * 1_000_000);
    written.apply(&writer.change(Some(kept), Some(&changed)).unwrap());
    let beside = scratch::directory();
    written.flush(beside.path()).unwrap();
    add_sstables(beside.path(), &data);
    for entry in fs::read_dir(data.join("kept")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("indexed-") {
            fs::remove_dir_all(path).unwrap();
        }
    }

    let node = Node::builder(&cassandra, directory.path()).start().unwrap();
    let mut connection = node.connect().unwrap();
    let after = described(&mut connection);
    let gone: Vec<_> = before.difference(&after).collect();
    let new: Vec<_> = after.difference(&before).collect();
    let names = |statements: &[&String]| -> Vec<String> {
        let name = |one: &&String| one.split_whitespace().take(3).collect::<Vec<_>>().join(" ");
        statements.iter().map(name).collect()
    };
    assert_eq!(
        names(&gone),
        [
            "CREATE INDEX of_values",
            "CREATE TABLE kept.base",
            "CREATE TABLE kept.indexed",
            "CREATE TABLE kept.masked"
        ]
    );
    assert_eq!(names(&new), ["CREATE TABLE kept.base", "CREATE TABLE kept.masked"]);
    assert!(new[0].contains("comment = 'changed'"), "{}", new[0]);
    assert!(
        new[1].contains("added int") && new[1].contains("MASKED WITH system.mask_default()"),
        "{}",
        new[1]
    );
    connection.execute("INSERT INTO kept.base (k, c, v, w) VALUES (1, 2, 'x', 3)").unwrap();
    let found = connection.execute("SELECT k FROM kept.base WHERE v = 'x'").unwrap();
    assert_eq!(found.rows.len(), 1);
    node.kill();
}
