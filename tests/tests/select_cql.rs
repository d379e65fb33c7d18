//! What a `SELECT` of CQL over somebody's files answers is what Cassandra answered: every row of every table, in its order, by
//! its bytes and as JSON.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::ops::ControlFlow;

use cqlite_core::query::{ExecuteOptions, RowSet};
use cqlite_core::{Database, FilesOptions};
use cqlite_cql::QualifiedName;
use cqlite_tests::{available::corpus_or_skip, fixtures, known::KnownTable, opened::opening};

/// All rows of a statement, handed on some at a time.
fn rows(db: &Database, cql: &str) -> Vec<Vec<Option<Vec<u8>>>> {
    let session = db.session();
    let statement = session.prepare(cql).unwrap_or_else(|error| panic!("{cql}: {error}"));
    let mut all = Vec::new();
    let keep = |rows: &RowSet| {
        all.extend(rows.rows().map(|row| row.values().map(|value| value.map(<[u8]>::to_vec)).collect()));
        Ok(ControlFlow::Continue(()))
    };
    session.for_each(&statement, (), keep).unwrap_or_else(|error| panic!("{cql}: {error}"));
    all
}

/// The same, a page at a time.
fn paged(db: &Database, cql: &str, page_rows: u32) -> Vec<Vec<Option<Vec<u8>>>> {
    let mut session = db.session();
    let statement = session.prepare(cql).unwrap();
    let (mut all, mut state) = (Vec::new(), None::<Vec<u8>>);
    loop {
        let options = ExecuteOptions { page_rows: Some(page_rows), paging_state: state.as_deref() };
        let cqlite_core::query::Answer::Rows(page) =
            session.execute_prepared(&statement, (), options).unwrap()
        else {
            panic!("a SELECT answers with rows")
        };
        all.extend(page.rows.rows().map(|row| row.values().map(|value| value.map(<[u8]>::to_vec)).collect()));
        match page.paging_state {
            Some(next) => state = Some(next),
            None => return all,
        }
    }
}

fn text(row: &[Option<Vec<u8>>]) -> String {
    String::from_utf8(row[0].clone().unwrap()).unwrap()
}

/// Compares a table with its truth. How many rows it has.
fn compare(db: &Database, table: &KnownTable) -> usize {
    let name = QualifiedName::new(&*table.keyspace, &*table.table);
    let at = table.directory.display();
    let mut count = 0;
    if let Some(truth) = table.json_rows().unwrap() {
        let answered = rows(db, &format!("SELECT JSON * FROM {name}"));
        for (number, (row, told)) in answered.iter().zip(&truth).enumerate() {
            assert_eq!(text(row), *told, "{at}, row {number}");
        }
        assert_eq!(answered.len(), truth.len(), "{at}");
        count = truth.len();
    }
    if let Some(truth) = table.raw_rows().unwrap() {
        let cql = format!("SELECT * FROM {name}");
        let columns = db.prepare(&cql).unwrap().result_columns().unwrap();
        assert!(columns.iter().map(|column| &*column.name).eq(truth.columns.iter()), "{at}: {columns:?}");
        let answered = rows(db, &cql);
        assert!(answered == truth.rows, "{at}");
        if (2..500).contains(&answered.len()) {
            assert!(paged(db, &cql, 7) == truth.rows, "{at}, by pages of seven rows");
        }
        let counted = rows(db, &format!("SELECT count(*) FROM {name}"));
        assert_eq!(counted[0][0].as_deref(), Some(&(answered.len() as i64).to_be_bytes()[..]), "{at}");
        count = answered.len();
    }
    count
}

#[test]
fn every_table_of_the_corpus_answers_as_cassandra_did() {
    let Some(corpus) = corpus_or_skip("every_table_of_the_corpus_answers_as_cassandra_did") else { return };
    let place = tempfile::tempdir().unwrap();
    let (mut tables, mut rows) = (0, 0);
    for table in corpus.tables().unwrap() {
        // Only `system_schema` tells that rows of this view need liveness of their own, and the corpus has none of it; the view of
        // the fixtures has.
        if table.table == "i_mv_by_a" || table.json_rows().unwrap().is_none() {
            continue;
        }
        let (path, options) = opening(&table, place.path());
        let (db, report) = Database::open_files(&[path], &options).unwrap();
        assert!(
            report.refused.is_empty() && report.errors.is_empty(),
            "{}: {report:?}",
            table.directory.display()
        );
        rows += compare(&db, &table);
        tables += 1;
    }
    assert!(tables > 320 && rows > 200_000, "{tables} tables, {rows} rows");
}

#[test]
fn every_fixture_answers_as_cassandra_did() {
    let mut tables = 0;
    for table in fixtures::tables().unwrap() {
        if table.json_rows().unwrap().is_none() {
            continue;
        }
        let (db, _) =
            Database::open_files(std::slice::from_ref(&table.directory), &FilesOptions::default()).unwrap();
        compare(&db, &table);
        tables += 1;
    }
    assert!(tables > 150, "{tables}");
}
