//! Statements that define a schema: trees and printing.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what these tests assert with fails by panicking")]

use cqlite_cql::{
    AlterTableChange, ClusteringOrder, ColumnDefinition, CreateKeyspace, CreateTable, DropTarget, Identifier,
    IndexTargetKind, Literal, MapLiteral, NativeType, Order, PrimaryKey, Property, PropertyValue,
    QualifiedName, Statement, TableOption, TypeName, Uuid, parse_statement,
};

/// Asserts what a statement prints as, and that its printed form is read as the same tree.
#[track_caller]
fn assert_prints(source: &str, printed: &str) {
    let statement = parse_statement(source).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(statement.to_string(), printed);
    assert_eq!(parse_statement(printed), Ok(statement));
}

#[track_caller]
fn assert_prints_as_read(source: &str) {
    assert_prints(source, source);
}

fn create_table(source: &str) -> CreateTable {
    match parse_statement(source).unwrap() {
        Statement::CreateTable(table) => table,
        other => panic!("{other}"),
    }
}

fn names(identifiers: &[Identifier]) -> Vec<&str> {
    identifiers.iter().map(AsRef::as_ref).collect()
}

const ID: Uuid =
    Uuid([0xb1, 0xba, 0x98, 0x10, 0xe5, 0x7b, 0x11, 0xf1, 0xbd, 0xff, 0x5d, 1, 0x6f, 0x48, 0xfe, 0x5f]);

#[test]
fn a_table_with_every_kind_of_column_and_option() {
    let table = create_table(
        "create columnfamily if not exists Ks.\"T\" (a int, b text, c int, d timestamp, s int STATIC, v text, \
         primary key ((a, b), c, d)) with clustering order by (c desc, d asc) and compact storage \
         and ID = B1BA9810-e57b-11f1-bdff-5d016f48fe5f and compaction = {'class':'X','n':1} and gc_grace_seconds = 5 \
         and cdc = TRUE and extensions = {}",
    );
    assert!(table.if_not_exists);
    assert_eq!(table.name, QualifiedName::new("ks", "T"));
    assert_eq!(table.columns.len(), 6);
    assert!(table.columns.iter().all(|column| column.is_static == (column.name == "s")));
    assert_eq!(names(&table.primary_key.partition), ["a", "b"]);
    assert_eq!(names(&table.primary_key.clustering), ["c", "d"]);
    let orders: Vec<_> = table.clustering_order().iter().map(|order| order.order).collect();
    assert_eq!(orders, [Order::Descending, Order::Ascending]);
    assert!(table.is_compact());
    assert_eq!(table.id(), Some(ID));
    let Some(PropertyValue::Map(compaction)) = table.property("compaction") else { panic!("{table}") };
    assert_eq!(compaction.get("class").as_deref(), Some("X"));
    assert_eq!(compaction.get("n").as_deref(), Some("1"));
    assert_eq!(
        table.property("gc_grace_seconds"),
        Some(&PropertyValue::Literal(Literal::Integer("5".into())))
    );
    assert_eq!(table.property("cdc"), Some(&PropertyValue::Literal(Literal::boolean(true))));
    assert_eq!(table.property("comment"), None);
}

#[test]
fn a_table_prints_as_describe_does() {
    assert_prints_as_read(
        "CREATE TABLE rows.t (
    p1 int,
    p2 uuid,
    c text,
    \"Static\" set<text> static,
    v map<text, frozen<list<int>>>,
    PRIMARY KEY ((p1, p2), c)
) WITH ID = b1ba9810-e57b-11f1-bdff-5d016f48fe5f
    AND CLUSTERING ORDER BY (c DESC)
    AND additional_write_policy = '99p'
    AND bloom_filter_fp_chance = 0.01
    AND caching = {'keys': 'ALL', 'rows_per_partition': 'NONE'}
    AND cdc = false
    AND comment = 'it''s'
    AND extensions = {'x': 0xcafe}
    AND gc_grace_seconds = 864000;",
    );
}

#[test]
fn a_key_of_one_column_is_printed_with_the_column() {
    assert_prints_as_read("CREATE TABLE t (\n    k int PRIMARY KEY,\n    v int\n);");
    assert_prints_as_read("CREATE TABLE t (\n    k int PRIMARY KEY\n) WITH comment = '';");
    assert_prints("CREATE TABLE t (k int, PRIMARY KEY ((k)))", "CREATE TABLE t (\n    k int PRIMARY KEY\n);");
    // The key of a compact table may name a column that is not listed.
    assert_prints_as_read("CREATE TABLE t (\n    v int,\n    PRIMARY KEY (k)\n);");
}

#[test]
fn a_table_that_a_program_builds_prints_and_reads_back() {
    let table = CreateTable {
        if_not_exists: true,
        name: QualifiedName::new("ks", "Table"),
        columns: vec![
            ColumnDefinition::new(Identifier::new("k"), TypeName::Native(NativeType::Int)),
            ColumnDefinition::new(Identifier::new("order"), TypeName::Native(NativeType::Text)),
        ],
        primary_key: PrimaryKey {
            partition: vec![Identifier::new("k")],
            clustering: vec![Identifier::new("order")],
        },
        options: vec![
            TableOption::Id(ID),
            TableOption::ClusteringOrder(vec![ClusteringOrder {
                column: Identifier::new("order"),
                order: Order::Descending,
            }]),
            TableOption::Property(Property::map(
                "compaction",
                MapLiteral::from_iter([("class", "X"), ("n", "1")]),
            )),
            TableOption::Property(Property::literal("crc_check_chance", Literal::Float("1.0".into()))),
        ],
    };
    let printed = table.to_string();
    assert_eq!(
        printed,
        "CREATE TABLE IF NOT EXISTS ks.\"Table\" (
    k int,
    \"order\" text,
    PRIMARY KEY (k, \"order\")
) WITH ID = b1ba9810-e57b-11f1-bdff-5d016f48fe5f
    AND CLUSTERING ORDER BY (\"order\" DESC)
    AND compaction = {'class': 'X', 'n': '1'}
    AND crc_check_chance = 1.0;"
    );
    assert_eq!(parse_statement(&printed), Ok(Statement::CreateTable(table)));
}

#[test]
fn masks_are_kept_as_written() {
    assert_prints(
        "CREATE TABLE t (k int PRIMARY KEY, a text MASKED WITH DEFAULT, \
         b text static masked with ks.f( null, (int) 4, {'x': [1]} ))",
        "CREATE TABLE t (\n    k int PRIMARY KEY,\n    a text MASKED WITH mask_default(),\n    \
         b text static MASKED WITH ks.f(null, (int) 4, {'x': [1]})\n);",
    );
}

#[test]
fn commas_may_follow_the_last_column() {
    assert_prints("CREATE TABLE t (k int PRIMARY KEY,,)", "CREATE TABLE t (\n    k int PRIMARY KEY\n);");
    assert_prints("CREATE TYPE t (a int,)", "CREATE TYPE t (\n    a int\n);");
}

#[test]
fn words_of_the_grammar_may_name_columns() {
    let table = create_table(
        "CREATE TABLE t (key int, static text static, type list<type>, compact int, clustering int, timestamp timestamp, \
         true int, PRIMARY KEY (key, type)) WITH clustering = 1 AND compact = all",
    );
    let columns: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(columns, ["key", "static", "type", "compact", "clustering", "timestamp", "true"]);
    assert_eq!(table.options.len(), 2);
    assert_eq!(table.property("compact"), Some(&PropertyValue::Literal(Literal::String("all".into()))));
}

#[test]
fn keyspaces() {
    assert_prints(
        "CREATE SCHEMA IF NOT EXISTS k WITH Replication={'class':'SimpleStrategy','replication_factor':1} \
         AND durable_writes=TRUE;",
        "CREATE KEYSPACE IF NOT EXISTS k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}  \
         AND durable_writes = true;",
    );
    assert_prints_as_read(
        "ALTER KEYSPACE IF EXISTS \"K\" WITH durable_writes = true AND replication = {'class': 'X'};",
    );
    assert_prints_as_read("DROP KEYSPACE IF EXISTS k;");
    assert_prints_as_read("USE \"K\";");
    let keyspace = CreateKeyspace {
        if_not_exists: false,
        name: Identifier::new("k"),
        properties: vec![
            Property::map("replication", MapLiteral::from_iter([("class", "LocalStrategy")])),
            Property::literal("durable_writes", Literal::boolean(false)),
        ],
    };
    let printed =
        "CREATE KEYSPACE k WITH replication = {'class': 'LocalStrategy'}  AND durable_writes = false;";
    assert_eq!(keyspace.to_string(), printed);
}

#[test]
fn user_types() {
    assert_prints_as_read("CREATE TYPE ks.\"Addr\" (\n    street text,\n    \"Zip\" frozen<set<int>>\n);");
    assert_prints_as_read("ALTER TYPE IF EXISTS ks.addr ADD IF NOT EXISTS country text;");
    assert_prints_as_read("ALTER TYPE addr RENAME IF EXISTS a TO b AND \"C\" TO d;");
    assert_prints_as_read("ALTER TYPE addr ALTER a TYPE text;");
    assert_prints_as_read("DROP TYPE IF EXISTS ks.addr;");
}

#[test]
fn changes_of_tables() {
    for source in [
        "ALTER TABLE ks.t ADD a int;",
        "ALTER TABLE ks.t ADD IF NOT EXISTS (a int static, b set<int>);",
        "ALTER TABLE ks.t DROP a;",
        "ALTER TABLE ks.t DROP IF EXISTS (a, \"B\") USING TIMESTAMP -5;",
        "ALTER TABLE ks.t DROP compact;",
        "ALTER TABLE ks.t DROP COMPACT STORAGE;",
        "ALTER TABLE IF EXISTS t RENAME IF EXISTS a TO b AND c TO d;",
        "ALTER TABLE t WITH comment = 'x'\n    AND gc_grace_seconds = 1;",
        "ALTER TABLE t ALTER IF EXISTS a MASKED WITH mask_inner(1, null);",
        "ALTER TABLE t ALTER a DROP MASKED;",
        "ALTER TABLE t ALTER a TYPE blob;",
    ] {
        assert_prints_as_read(source);
    }
    let Ok(Statement::AlterTable(alter)) =
        parse_statement("ALTER TABLE t DROP a USING TIMESTAMP 1795245485437000")
    else {
        panic!("not an ALTER TABLE");
    };
    let expected = Some(1_795_245_485_437_000);
    assert!(
        matches!(alter.change, AlterTableChange::Drop { timestamp_micros, .. } if timestamp_micros == expected)
    );
}

#[test]
fn indexes() {
    for source in [
        "CREATE INDEX ON ks.t (v);",
        "CREATE INDEX IF NOT EXISTS i ON t (entries(m));",
        "CREATE INDEX i ON t (full(f));",
        "CREATE CUSTOM INDEX i ON t (values(\"M\")) USING 'sai' WITH OPTIONS = {'similarity_function': 'cosine'};",
        "CREATE CUSTOM INDEX i ON t () USING 'x.Y';",
        "CREATE CUSTOM INDEX i ON t (a, keys(b)) USING 'x.Y';",
        "DROP INDEX IF EXISTS ks.i;",
    ] {
        assert_prints_as_read(source);
    }
    let Ok(Statement::CreateIndex(index)) = parse_statement("CREATE INDEX ON t (keys, KEYS(keys))") else {
        panic!("not a CREATE INDEX");
    };
    let kinds: Vec<_> = index.targets.iter().map(|target| target.kind).collect();
    assert_eq!(kinds, [IndexTargetKind::Simple, IndexTargetKind::Keys]);
    assert!(index.targets.iter().all(|target| target.column == "keys"));
}

#[test]
fn dropped_things_are_told_apart() {
    let target = |source: &str| match parse_statement(source).unwrap() {
        Statement::Drop(statement) => statement.target,
        other => panic!("{other}"),
    };
    assert_eq!(target("DROP SCHEMA k"), DropTarget::Keyspace(Identifier::new("k")));
    assert_eq!(target("DROP COLUMNFAMILY k.t"), DropTarget::Table(QualifiedName::new("k", "t")));
    assert_eq!(target("DROP TYPE t"), DropTarget::Type(QualifiedName::unqualified("t")));
    assert_eq!(target("DROP INDEX k.i"), DropTarget::Index(QualifiedName::new("k", "i")));
}

#[test]
fn every_kind_of_constant_survives_printing() {
    let values = "'s' -1 1.5e-3 NaN -Infinity true 1y2mo P1D 123e4567-e89b-12d3-a456-426655440000 0xCAFE";
    for value in values.split(' ') {
        assert_prints_as_read(&format!("ALTER TABLE t WITH x = {value};"));
        assert_prints_as_read(&format!("ALTER TABLE t WITH x = {{{value}: {value}}};"));
    }
    assert_prints("ALTER TABLE t WITH x = $$it's$$", "ALTER TABLE t WITH x = 'it''s';");
}
