//! Whole scripts.

use cqlite_cql::{Statement, parse_script, parse_statement};

/// The shapes of the files that `DESCRIBE` and `nodetool snapshot` of Cassandra 5.0 write.
const DESCRIBED: &str = "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '1'}  AND durable_writes = true;

CREATE TYPE shop.person (
    name text,
    tags frozen<set<text>>
);

CREATE TABLE shop.dropped (
    pk int,
    ck int,
    a int,
    c list<int>,
    PRIMARY KEY (pk, ck)
) WITH ID = b1ba9810-e57b-11f1-bdff-5d016f48fe5f
    AND CLUSTERING ORDER BY (ck ASC)
    AND compression = {'enabled': 'false'}
    AND speculative_retry = '99p';
ALTER TABLE shop.dropped DROP a USING TIMESTAMP 1795245485437000;
ALTER TABLE shop.dropped ADD a int;

CREATE INDEX by_a ON shop.dropped (a);

CREATE CUSTOM INDEX by_c ON shop.dropped (values(c)) USING 'sai';

CREATE MATERIALIZED VIEW shop.view_by_a AS
    SELECT *
    FROM shop.dropped
    WHERE a IS NOT NULL AND pk IS NOT NULL AND ck IS NOT NULL
    PRIMARY KEY (a, pk, ck)
 WITH CLUSTERING ORDER BY (pk ASC, ck ASC)
    AND comment = '';

CREATE TABLE shop.custom (
    k int PRIMARY KEY,
    comp 'org.apache.cassandra.db.marshal.CompositeType(org.apache.cassandra.db.marshal.Int32Type)',
    e empty
) WITH comment = '';
";

#[test]
fn a_described_schema_prints_as_it_was() {
    let statements = parse_script(DESCRIBED).unwrap();
    assert_eq!(statements.len(), 9);
    for statement in &statements {
        let printed = statement.node.to_string();
        assert_eq!(printed, format!("{};", statement.span.text(DESCRIBED)));
        assert_eq!(parse_statement(&printed).as_ref(), Ok(&statement.node));
    }
}

#[test]
fn tables_that_describe_puts_into_comments_are_left_out() {
    let script = "/*\nWarning: Table k.t omitted because it has constructs not compatible with CQL.\n\n\
                  CREATE TABLE k.t (\n    pk int,\n    PRIMARY KEY (pk)\n) WITH COMPACT STORAGE;\n*/\nUSE k;";
    let statements = parse_script(script).unwrap();
    assert_eq!(statements.len(), 1);
    assert_eq!(statements[0].span.text(script), "USE k");
}

#[test]
fn the_layout_of_cassandra_3_is_read() {
    let script = "CREATE TABLE IF NOT EXISTS baselines.iot (\n\tid uuid,\n\ttime timestamp,\n\tPRIMARY KEY (id, time))\n\
                  \tWITH ID = 5b608090-e03d-11eb-b4c1-d335f841c590\n\tAND CLUSTERING ORDER BY (time DESC)\n\
                  \tAND caching = { 'keys': 'ALL', 'rows_per_partition': 'NONE' }\n\tAND extensions = {  };\n";
    let statements = parse_script(script).unwrap();
    assert!(matches!(&statements[0].node, Statement::CreateTable(table) if table.options.len() == 4));
}

#[test]
fn other_statements_are_named_and_passed_over() {
    let script = "
        SELECT * FROM t WHERE c -1 = :x;
        INSERT INTO t (k) VALUES ('a;b') IF NOT EXISTS;
        UPDATE t SET l = l + [1] WHERE k = ?;
        DELETE m['z'] FROM t WHERE k = 1;
        TRUNCATE t;
        CREATE OR REPLACE FUNCTION f (x int) CALLED ON NULL INPUT RETURNS int LANGUAGE java AS $$ return x; $$;
        CREATE FUNCTION f () RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE java AS 'return 1;';
        CREATE OR REPLACE AGGREGATE a (int) SFUNC f STYPE int;
        CREATE AGGREGATE a (int) SFUNC f STYPE int;
        CREATE MATERIALIZED VIEW v AS SELECT * FROM t PRIMARY KEY (a);
        ALTER MATERIALIZED VIEW v WITH comment = '';
        CREATE TRIGGER t ON t USING 'x';
        CREATE ROLE r WITH PASSWORD = 'x' AND ACCESS TO DATACENTERS {'a'};
        ALTER ROLE r WITH LOGIN = true;
        CREATE USER u;
        ALTER USER u SUPERUSER;
        GRANT ALL PERMISSIONS ON KEYSPACE k TO r;
        REVOKE r FROM s;
        LIST ROLES;
        DESC TABLES;
        DROP FUNCTION f (int);
        DROP AGGREGATE a;
        DROP MATERIALIZED VIEW v;
        DROP TRIGGER t ON t;
        DROP ROLE r;
        DROP USER u;
        ADD IDENTITY 'i' TO ROLE 'r';
        DROP IDENTITY 'i'";
    let names: Vec<_> = parse_script(script)
        .unwrap()
        .into_iter()
        .map(|statement| match statement.node {
            Statement::Other(other) => {
                assert_eq!(other.text, statement.span.text(script));
                other.name
            }
            known => panic!("{known}"),
        })
        .collect();
    let expected = "SELECT,INSERT,UPDATE,DELETE,TRUNCATE,CREATE FUNCTION,CREATE FUNCTION,CREATE AGGREGATE,\
        CREATE AGGREGATE,CREATE MATERIALIZED VIEW,ALTER MATERIALIZED VIEW,CREATE TRIGGER,CREATE ROLE,ALTER ROLE,\
        CREATE USER,ALTER USER,GRANT,REVOKE,LIST,DESCRIBE,DROP FUNCTION,DROP AGGREGATE,DROP MATERIALIZED VIEW,\
        DROP TRIGGER,DROP ROLE,DROP USER,ADD IDENTITY,DROP IDENTITY";
    assert_eq!(names.join(","), expected);
}

#[test]
fn a_batch_ends_at_its_apply_and_not_at_a_semicolon() {
    let script = "BEGIN UNLOGGED BATCH USING TIMESTAMP 1 INSERT INTO t (k) VALUES (1); DELETE FROM t WHERE k = 2; \
                  APPLY BATCH; USE k;";
    let statements = parse_script(script).unwrap();
    assert_eq!(statements.len(), 2);
    assert!(statements[0].span.text(script).ends_with("APPLY BATCH"));
    assert_eq!(statements[1].span.text(script), "USE k");
}

#[test]
fn empty_statements_and_empty_scripts_are_nothing() {
    for script in ["", "  \n", ";;", "-- comment", "/* a */ ; // b"] {
        assert_eq!(parse_script(script), Ok(Vec::new()));
    }
    assert_eq!(parse_script(";;USE k;; ;USE k").unwrap().len(), 2);
}

#[test]
fn one_statement_may_end_with_a_semicolon_but_nothing_may_follow() {
    assert!(parse_statement("USE k;").is_ok());
    let error = parse_statement("USE k; USE k").unwrap_err();
    assert_eq!(error.to_string(), "line 1:7 mismatched input 'USE' expecting EOF (USE k; [USE]...)");
}
