//! Batches of prepared statements.
#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]

use cqlite_core::Database;
use cqlite_core::query::{Answer, StatementBatch};

fn database() -> Database {
    let db = Database::in_memory().unwrap().open().unwrap();
    for statement in [
        "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        "CREATE TABLE shop.lines (cart text, line int, item text, PRIMARY KEY (cart, line))",
        "CREATE TABLE shop.visits (page text PRIMARY KEY, times counter)",
    ] {
        db.execute(statement, ()).unwrap();
    }
    db
}

fn rows(db: &Database, select: &str) -> Vec<(String, i64)> {
    let rows = db.execute(select, ()).unwrap().rows().unwrap();
    rows.rows().map(|row| (row.get(0).unwrap(), row.get(1).unwrap())).collect()
}

const INSERT: &str = "INSERT INTO shop.lines (cart, line, item) VALUES (?, ?, ?)";

#[test]
fn statements_of_several_partitions_are_made_with_one_time_of_writing() {
    let db = database();
    let insert = db.prepare(INSERT).unwrap();
    let delete = db.prepare("DELETE FROM shop.lines WHERE cart = ? AND line = ?").unwrap();
    let mut session = db.session();
    let mut batch = StatementBatch::logged();
    batch.push(&insert, ("a", 1, "tea")).unwrap();
    batch.push(&insert, ("b", 1, "milk")).unwrap();
    batch.push(&delete, ("b", 2)).unwrap();
    assert_eq!(batch.len(), 3);
    assert!(matches!(session.execute_batch(&batch).unwrap(), Answer::Void));
    let mut written = rows(&db, "SELECT item, writetime(item) FROM shop.lines");
    written.sort();
    assert_eq!(written.iter().map(|(item, _)| item.as_str()).collect::<Vec<_>>(), ["milk", "tea"]);
    assert_eq!(written.first().unwrap().1, written.last().unwrap().1);
    batch.clear();
    assert!(batch.is_empty());
    batch.push(&insert, ("c", 1, None::<&str>)).unwrap();
    session.execute_batch(&batch).unwrap();
    let counted = db.execute("SELECT count(*) FROM shop.lines", ()).unwrap().rows().unwrap();
    assert_eq!(counted.rows().next().unwrap().get::<i64>(0).unwrap(), 3);
}

#[test]
fn a_condition_that_is_not_met_keeps_the_whole_batch_from_being_made() {
    let db = database();
    db.execute(INSERT, ("a", 1, "tea")).unwrap();
    let insert = db.prepare(INSERT).unwrap();
    let update =
        db.prepare("UPDATE shop.lines SET item = ? WHERE cart = ? AND line = ? IF item = ?").unwrap();
    let mut session = db.session();
    for (expected, is_applied, items) in [("milk", false, 1), ("tea", true, 2)] {
        let mut batch = StatementBatch::unlogged();
        batch.push(&insert, ("a", 2, "bread")).unwrap();
        batch.push(&update, ("coffee", "a", 1, expected)).unwrap();
        let answer = session.execute_batch(&batch).unwrap().rows().unwrap();
        assert_eq!(answer.rows().next().unwrap().get::<bool>("[applied]").unwrap(), is_applied);
        assert_eq!(rows(&db, "SELECT item, writetime(item) FROM shop.lines").len(), items);
    }
}

#[test]
fn what_cannot_be_in_a_batch_is_refused_and_nothing_is_written() {
    let db = database();
    let select = db.prepare("SELECT item FROM shop.lines").unwrap();
    let insert = db.prepare(INSERT).unwrap();
    let count = db.prepare("UPDATE shop.visits SET times = times + 1 WHERE page = ?").unwrap();
    let mut batch = StatementBatch::logged();
    let refused = batch.push(&select, ()).unwrap_err().to_string();
    assert!(refused.contains("only UPDATE, INSERT and DELETE statements are allowed"), "{refused}");
    let refused = batch.push(&insert, ("a", 1)).unwrap_err().to_string();
    assert!(refused.contains("There were 3 markers(?) in CQL but 2 bound variables"), "{refused}");
    assert!(batch.push(&insert, ("a", "no number", "tea")).is_err());
    assert!(batch.is_empty());
    batch.push(&insert, ("a", 1, "tea")).unwrap();
    batch.push(&count, ("home",)).unwrap();
    let refused = db.session().execute_batch(&batch).unwrap_err().to_string();
    assert!(
        refused.contains("Counter and non-counter mutations cannot exist in the same batch"),
        "{refused}"
    );
    let mut batch = StatementBatch::logged();
    batch.push(&insert, ("a", 1, "tea")).unwrap();
    batch.push(&insert, (None::<&str>, 2, "milk")).unwrap();
    assert!(db.session().execute_batch(&batch).is_err());
    assert!(rows(&db, "SELECT item, writetime(item) FROM shop.lines").is_empty());
}

#[test]
fn a_batch_of_counters_counts() {
    let db = database();
    let count = db.prepare("UPDATE shop.visits SET times = times + ? WHERE page = ?").unwrap();
    let mut batch = StatementBatch::counter();
    batch.push(&count, (2_i64, "home")).unwrap();
    batch.push(&count, (3_i64, "home")).unwrap();
    db.session().execute_batch(&batch).unwrap();
    assert_eq!(rows(&db, "SELECT page, times FROM shop.visits"), [("home".to_owned(), 5)]);
}

#[test]
fn a_statement_whose_markers_a_change_of_the_schema_has_changed_is_checked_anew() {
    let db = database();
    let insert = db.prepare(INSERT).unwrap();
    let mut batch = StatementBatch::logged();
    batch.push(&insert, ("a", 1, "tea")).unwrap();
    db.execute("ALTER TABLE shop.lines DROP item", ()).unwrap();
    let refused = db.session().execute_batch(&batch).unwrap_err().to_string();
    assert!(refused.contains("item"), "{refused}");
}
