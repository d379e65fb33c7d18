//! The catalogue alone: what is written of a schema is read again, and what is no schema is told in sentences.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::collections::BTreeMap;
use std::path::Path;

use cqlite_core::catalog::{Schema, Table};
use cqlite_core::storage::mutation::{Decoded, MessagingVersion, Mutation};
use cqlite_sstable::ErrorKind;
use cqlite_sstable::schema::{SchemaRow, SchemaRows, SchemaTable};
use cqlite_tests::{ddl::Ddl, random_schema};

const START_MICROS: i64 = 1_700_000_000_000_000;

fn assert_same(name: &str, ours: &Table, read: &Table) {
    assert_eq!(ours.id(), read.id(), "{name}");
    assert_eq!(ours.parameters(), read.parameters(), "{name}");
    assert_eq!(ours.layout().header(), read.layout().header(), "{name}");
    let (ours, read) = (ours.schema(), read.schema());
    assert_eq!(ours.dropped_columns, read.dropped_columns, "{name}");
    assert_eq!(ours.partition_key, read.partition_key, "{name}");
    assert_eq!(ours.clustering, read.clustering, "{name}");
    assert_eq!(ours.options, read.options, "{name}");
}

#[test]
fn after_each_statement_what_is_stored_is_the_schema() {
    let mut tables = 0;
    for seed in 0..8 {
        let mut ddl = Ddl::new(START_MICROS);
        for statement in random_schema::statements("ks", 12, seed) {
            ddl.execute(&statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
            let read = ddl.written.schema().unwrap();
            let (ours, read) = (ddl.schema.keyspace("ks").unwrap(), read.keyspace("ks").unwrap());
            assert_eq!(ours.types(), read.types(), "{statement}");
            assert_eq!(ours.replication(), read.replication());
            assert_eq!(ours.durable_writes(), read.durable_writes());
            assert!(ours.tables().keys().eq(read.tables().keys()), "{statement}");
            for (name, table) in ours.tables() {
                assert_same(name, table, &read.tables()[name]);
            }
        }
        tables += ddl.schema.keyspace("ks").unwrap().tables().len();
        ddl.execute("DROP KEYSPACE ks").unwrap();
        assert!(ddl.written.schema().unwrap().keyspace("ks").is_none());
    }
    assert!(tables > 70, "{tables} tables");
}

#[test]
fn a_change_is_one_mutation_that_the_commit_log_gives_back() {
    use cqlite_core::catalog::SchemaWriter;
    let mut ddl = Ddl::new(START_MICROS);
    for statement in random_schema::statements("ks", 5, 1) {
        let before = ddl.schema.keyspace("ks").cloned();
        ddl.execute(&statement).unwrap();
        let after = ddl.schema.keyspace("ks").cloned();
        let writer = SchemaWriter::new(&ddl.system, START_MICROS);
        let mutation = writer.change(before.as_deref(), after.as_deref()).unwrap();
        let layout = |id| ddl.system.get(id).map(|table| table.layout().clone());
        let decoded =
            Mutation::decode(mutation.bytes().to_vec(), MessagingVersion::default(), layout).unwrap();
        let Decoded::Mutation(decoded) = decoded else { panic!("{statement} writes an unknown table") };
        assert_eq!((decoded.key(), decoded.keyspace()), (&b"ks"[..], "system_schema"));
        // Each change writes the keyspace again.
        assert!(decoded.updates().any(|update| update.layout().name() == "keyspaces"), "{statement}");
    }
}

/// The rows of a keyspace with a table, a value of which is another one.
fn with_row(
    ddl: &Ddl,
    of: SchemaTable,
    clustering: &[&str],
    change: impl Fn(&mut BTreeMap<String, Vec<u8>>),
) -> SchemaRows {
    let mut rows = ddl.written.rows();
    let wanted: Vec<Vec<u8>> = clustering.iter().map(|value| value.as_bytes().to_vec()).collect();
    let known = rows.rows_of(of, "ks", None).find(|row| row.clustering() == wanted);
    let mut cells = known.map(|row| row.cells().clone()).unwrap_or_default();
    change(&mut cells);
    rows.insert(of, "ks", SchemaRow::new(Path::new("system_schema"), wanted, cells));
    rows
}

#[test]
fn what_is_no_schema_is_told_in_sentences() {
    let mut ddl = Ddl::new(START_MICROS);
    for statement in [
        "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        "CREATE TYPE ks.address (street text)",
        "CREATE TABLE ks.orders (id int, line int, home address, PRIMARY KEY (id, line))",
    ] {
        ddl.execute(statement).unwrap();
    }
    let set = |column: &'static str, value: &'static [u8]| {
        move |cells: &mut BTreeMap<String, Vec<u8>>| drop(cells.insert(column.to_owned(), value.to_vec()))
    };
    let refused = |rows: &SchemaRows| Schema::read(&ddl.system, rows).unwrap_err();
    let cases = [
        (
            with_row(&ddl, SchemaTable::Columns, &["orders", "id"], set("kind", b"regular")),
            "has no partition key",
        ),
        (
            with_row(&ddl, SchemaTable::Columns, &["orders", "line"], set("position", b"\0\0\0\x01")),
            "the column line of the table ks.orders has the position 1 in its key, where 0 was to come",
        ),
        (
            with_row(&ddl, SchemaTable::Columns, &["orders", "home"], set("kind", b"odd")),
            "is of no kind that is known",
        ),
        (
            with_row(&ddl, SchemaTable::Columns, &["orders", "home"], set("type", b"frozen<nothing>")),
            "the type nothing is not known in the keyspace ks",
        ),
        (
            with_row(&ddl, SchemaTable::Types, &["address"], set("field_types", b"\0\0\0\0")),
            "has not as many elements as field_names",
        ),
        (with_row(&ddl, SchemaTable::Tables, &["orders"], set("gc_grace_seconds", b"\0")), "is not an int"),
        (with_row(&ddl, SchemaTable::Tables, &["orders"], set("flags", b"\0\0\0\0")), "has COMPACT STORAGE"),
        (with_row(&ddl, SchemaTable::Tables, &["orders"], |cells| drop(cells.remove("id"))), "has no id"),
        (
            with_row(&ddl, SchemaTable::Tables, &["lonely"], set("id", &[7; 16])),
            "the table ks.lonely has no partition key",
        ),
        (with_row(&ddl, SchemaTable::Keyspaces, &[], set("replication", b"\0\0\0\0")), "names no class"),
    ];
    for (rows, told) in &cases {
        let error = refused(rows);
        assert!(error.to_string().contains(told), "{error}");
        assert!(
            [ErrorKind::Corrupt, ErrorKind::InvalidInput, ErrorKind::Unsupported].contains(&error.kind())
        );
    }
    // What is not understood of a table's options is kept, and columns of no table are passed over.
    let rows = with_row(&ddl, SchemaTable::Tables, &["orders"], set("speculative_retry", b"whenever"));
    let schema = Schema::read(&ddl.system, &rows).unwrap();
    assert_eq!(schema.table("ks", "orders").unwrap().parameters().speculative_retry, "whenever");
    let rows = with_row(&ddl, SchemaTable::Columns, &["nobody", "id"], set("kind", b"odd"));
    assert!(Schema::read(&ddl.system, &rows).unwrap().table("ks", "nobody").is_none());
}
