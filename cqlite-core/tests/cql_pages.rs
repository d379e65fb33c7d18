//! Answers in pages: limits hold over all of them, and what cannot be paged is refused.
#![allow(clippy::unwrap_used, reason = "test code; clippy takes only functions marked #[test] for it")]

use cqlite_core::Database;
use cqlite_core::query::{Answer, ExecuteOptions, QueryResult, Value};

fn database() -> Database {
    let db = Database::in_memory().unwrap().open().unwrap();
    for statement in [
        "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        "CREATE TABLE ks.t (k int, c int, v int, PRIMARY KEY (k, c))",
    ] {
        db.execute(statement, ()).unwrap();
    }
    for (k, c) in [(1, 1), (2, 1), (2, 2), (3, 1)] {
        db.execute("INSERT INTO ks.t (k, c, v) VALUES (?, ?, 1)", (k, c)).unwrap();
    }
    db
}

/// How many rows each page has.
fn pages(db: &Database, statement: &str, page_rows: u32) -> QueryResult<Vec<usize>> {
    let mut session = db.session();
    let (mut pages, mut state): (Vec<usize>, Option<Vec<u8>>) = (Vec::new(), None);
    loop {
        let options = ExecuteOptions { page_rows: Some(page_rows), paging_state: state.as_deref() };
        let values: &[Value<'_>] = &[];
        let Answer::Rows(rows) = session.execute_with(statement, values, options)? else {
            return Ok(pages);
        };
        pages.push(rows.rows.len());
        state = rows.paging_state;
        if state.is_none() {
            return Ok(pages);
        }
    }
}

#[test]
fn no_more_groups_of_a_partition_come_than_its_limit_however_they_are_paged() {
    let db = database();
    let limited = "SELECT k, count(*) FROM ks.t GROUP BY k, c PER PARTITION LIMIT 1";
    for page_rows in 1..=3 {
        assert_eq!(pages(&db, limited, page_rows).unwrap().iter().sum::<usize>(), 3, "{page_rows}");
    }
    assert_eq!(pages(&db, "SELECT k FROM ks.t GROUP BY k, c", 2).unwrap().iter().sum::<usize>(), 4);
}

#[test]
fn rows_of_the_partition_behind_the_last_group_are_not_grouped() {
    let db = database();
    db.execute("CREATE TABLE ks.times (k int, c timestamp, PRIMARY KEY (k, c))", ()).unwrap();
    // `floor` refuses the time of the second partition.
    for row in ["1, '2024-01-02'", "1, '2024-01-03'", "2, -1"] {
        db.execute(&format!("INSERT INTO ks.times (k, c) VALUES ({row})"), ()).unwrap();
    }
    let groups = "SELECT k, count(*) FROM ks.times GROUP BY k, floor(c, 1d)";
    assert_eq!(pages(&db, &format!("{groups} LIMIT 2"), 2).unwrap(), [2]);
    let refused = pages(&db, groups, 10).unwrap_err();
    assert!(refused.message().starts_with("The floor function starting time"), "{refused}");
}

#[test]
fn groups_of_partitions_named_by_in_are_not_both_sorted_and_paged() {
    let db = database();
    let sorted = "SELECT max(v) FROM ks.t WHERE k IN (1, 2) ORDER BY c DESC";
    let refused = pages(&db, sorted, 10).unwrap_err();
    assert!(refused.message().starts_with("Cannot page queries with both ORDER BY"), "{refused}");
    let none = "SELECT k FROM ks.t WHERE k IN () ORDER BY c DESC";
    assert_eq!(pages(&db, none, 10).unwrap(), [0]);
}
