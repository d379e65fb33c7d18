//! Statements of every kind, as Apache Cassandra 5.0.9 answered them one after the other: `conformance.txt` has a line for each, with
//! what it was: accepted, or the error code and the message.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use cqlite_core::Database;
use cqlite_core::query::{ErrorClass, QueryError, Session};

/// What needs a view, a function of Java or a role that CQLite has refused to make before.
const NEEDS_WHAT_IS_REFUSED: [&str; 10] = [
    "ALTER MATERIALIZED VIEW ck.mv1 WITH comment = 'z'",
    "SELECT count(1), count(v), ck.agg(c) FROM ck.wide",
    "SELECT ck.plus1(c), toJson(v4) FROM ck.wide",
    "SELECT * FROM ck.mv1 WHERE v = 3",
    "DESCRIBE AGGREGATE ck.agg",
    "DESCRIBE MATERIALIZED VIEW ck.mv1",
    "DROP MATERIALIZED VIEW ck.mv1",
    "DROP AGGREGATE ck.agg2",
    "DROP FUNCTION ck.plus1",
    "CREATE ROLE ckr9 WITH OPTIONS = {'a':1}",
];

/// Whether a statement was carried out; one with bind markers is prepared only.
fn answer(session: &mut Session<'_>, cql: &str) -> Result<(), QueryError> {
    let statement = session.prepare(cql)?;
    if !statement.bind_markers().is_empty() {
        return Ok(());
    }
    session.execute(cql, ()).map(drop)
}

#[test]
fn statements_are_accepted_and_refused_as_cassandra_does() {
    let db = Database::in_memory().unwrap().open().unwrap();
    let mut session = db.session();
    let (mut count, mut refused_by_name, mut wrong) = (0, 0, Vec::new());
    for line in include_str!("conformance.txt").lines() {
        count += 1;
        let parts: Vec<&str> = line.split('\t').collect();
        let cql = *parts.last().unwrap();
        let told = match (answer(&mut session, cql), parts.as_slice()) {
            (Ok(()), ["accepted", _]) => continue,
            (Err(error), _)
                if error.class() == ErrorClass::Unsupported || NEEDS_WHAT_IS_REFUSED.contains(&cql) =>
            {
                refused_by_name += 1;
                continue;
            }
            (Err(error), [code, message, _])
                if format!("{:04x}", error.class().code()) == *code && error.message() == *message =>
            {
                continue;
            }
            (answer, _) => {
                format!("{cql}\n  Cassandra: {:?}\n  CQLite: {answer:?}", &parts[..parts.len() - 1])
            }
        };
        wrong.push(told);
    }
    assert!(wrong.is_empty(), "{} of {count} statements:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(count, 185);
    assert!(refused_by_name <= 44, "{refused_by_name} statements are refused by name");
}
