//! End to end through CQL: a schema, writes of all kinds, and answers that stay the same whatever happens to the files below.

use std::path::Path;
use std::time::Instant;

use cqlite_core::Database;
use cqlite_core::storage::compaction::scheduler::CompactionRequest;
use cqlite_tests::performance::Unit;

use crate::load::Result;
use crate::suite::Stage;

const SCHEMA: [&str; 6] = [
    "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
    "CREATE TYPE shop.address (street text, number int)",
    "CREATE TABLE shop.orders (customer text, day date, number int, total decimal, tags set<text>, items list<text>, \
     counts map<text, int>, place frozen<address>, note text, name text static, PRIMARY KEY (customer, day, number)) \
     WITH CLUSTERING ORDER BY (day DESC, number ASC)",
    "CREATE TABLE shop.visits (page text PRIMARY KEY, visits counter)",
    "CREATE TABLE shop.users (id int PRIMARY KEY, email text, age int)",
    "CREATE INDEX by_email ON shop.users (email)",
];

/// Writes of all kinds, in two parts: between them all is flushed.
const WRITES: [&[&str]; 2] = [
    &[
        "INSERT INTO shop.orders (customer, day, number, total, tags, items, counts, place, note, name) VALUES \
         ('ann', '2026-01-02', 1, 10.50, {'new', 'gift'}, ['tea', 'cup'], {'tea': 2}, {street: 'Main', number: 7}, 'first', 'Ann')",
        "INSERT INTO shop.orders (customer, day, number, total) VALUES ('ann', '2026-01-03', 1, 20)",
        "INSERT INTO shop.orders (customer, day, number, total) VALUES ('ann', '2026-01-03', 2, 30)",
        "INSERT INTO shop.orders (customer, day, number, total) VALUES ('ann', '2026-01-04', 1, 40)",
        "INSERT INTO shop.orders (customer, day, number, total, name) VALUES ('bob', '2026-01-02', 1, 1, 'Bob')",
        "INSERT INTO shop.orders (customer, day, number, total) VALUES ('eve', '2026-01-02', 1, 66)",
        "INSERT INTO shop.users JSON '{\"id\": 1, \"email\": \"ann@example.org\", \"age\": 30}'",
        "INSERT INTO shop.users (id, email, age) VALUES (2, 'bob@example.org', 40)",
        "INSERT INTO shop.users (id, email, age) VALUES (3, 'eve@example.org', 50)",
        "UPDATE shop.visits SET visits = visits + 5 WHERE page = 'home'",
        "UPDATE shop.visits SET visits = visits + 1 WHERE page = 'help'",
    ],
    &[
        "UPDATE shop.orders SET tags = tags + {'paid'}, tags = tags - {'new'}, items = items + ['pot'], counts['pot'] = 1, \
         note = null WHERE customer = 'ann' AND day = '2026-01-02' AND number = 1",
        "UPDATE shop.orders USING TTL 1000000 SET note = 'mortal' WHERE customer = 'ann' AND day = '2026-01-04' AND number = 1",
        "DELETE FROM shop.orders WHERE customer = 'ann' AND day = '2026-01-03' AND number > 1",
        "DELETE total FROM shop.orders WHERE customer = 'bob' AND day = '2026-01-02' AND number = 1",
        "DELETE FROM shop.orders WHERE customer = 'eve'",
        "BEGIN BATCH \
         INSERT INTO shop.orders (customer, day, number, total) VALUES ('dan', '2026-02-01', 1, 5); \
         UPDATE shop.orders SET name = 'Dan' WHERE customer = 'dan'; \
         APPLY BATCH",
        "INSERT INTO shop.users (id, email, age) VALUES (1, 'other@example.org', 31) IF NOT EXISTS",
        "UPDATE shop.users SET age = 41 WHERE id = 2 IF age = 40",
        "UPDATE shop.users SET email = 'new@example.org' WHERE id = 3",
        "UPDATE shop.visits SET visits = visits - 2 WHERE page = 'home'",
        "DELETE FROM shop.visits WHERE page = 'help'",
    ],
];

/// Queries, and what they answer as JSON once all is written.
const ANSWERS: [(&str, &[&str]); 7] = [
    (
        "SELECT JSON day, number, total, tags, items, counts, place, note, name FROM shop.orders WHERE customer = 'ann'",
        &[
            r#"{"day": "2026-01-04", "number": 1, "total": 40, "tags": null, "items": null, "counts": null, "place": null, "note": "mortal", "name": "Ann"}"#,
            r#"{"day": "2026-01-03", "number": 1, "total": 20, "tags": null, "items": null, "counts": null, "place": null, "note": null, "name": "Ann"}"#,
            r#"{"day": "2026-01-02", "number": 1, "total": 10.50, "tags": ["gift", "paid"], "items": ["tea", "cup", "pot"], "counts": {"pot": 1, "tea": 2}, "place": {"street": "Main", "number": 7}, "note": null, "name": "Ann"}"#,
        ],
    ),
    ("SELECT JSON * FROM shop.orders WHERE customer = 'eve'", &[]),
    (
        "SELECT JSON customer, total, name FROM shop.orders WHERE customer IN ('bob', 'dan')",
        &[
            r#"{"customer": "bob", "total": null, "name": "Bob"}"#,
            r#"{"customer": "dan", "total": 5, "name": "Dan"}"#,
        ],
    ),
    ("SELECT JSON id, age FROM shop.users WHERE email = 'ann@example.org'", &[r#"{"id": 1, "age": 30}"#]),
    ("SELECT JSON id FROM shop.users WHERE email = 'eve@example.org'", &[]),
    (
        "SELECT JSON id, age FROM shop.users WHERE id IN (1, 2, 3)",
        &[r#"{"id": 1, "age": 30}"#, r#"{"id": 2, "age": 41}"#, r#"{"id": 3, "age": 50}"#],
    ),
    ("SELECT JSON * FROM shop.visits", &[r#"{"page": "home", "visits": 3}"#]),
];

/// Writes, and asks the same in memory, after flushes, after compactions, and after the database was closed and opened.
///
/// # Errors
/// If an answer is another one.
pub(super) fn run(stage: &Stage) -> Result<()> {
    let repetitions: u64 = stage.scale().of(1, 2, 10);
    for round in 0..stage.rounds() {
        stage.tell(format!("round {}", round + 1));
        let (begun, mut statements) = (Instant::now(), 0);
        for _repetition in 0..repetitions {
            statements += once(stage, &stage.empty("data")?)?;
        }
        let rate = statements as f64 / begun.elapsed().as_secs_f64();
        stage.monitor().record_metric("end_to_end.statements", Unit::PerSecond, rate);
    }
    Ok(())
}

fn once(stage: &Stage, directory: &Path) -> Result<usize> {
    let db = stage.database(directory)?.open()?;
    for statement in SCHEMA {
        db.execute(statement, ())?;
    }
    let [first, second] = WRITES;
    execute(&db, first)?;
    flush(&db)?;
    execute(&db, second)?;
    let mut asked = check(&db, "some of it in memory")?;
    flush(&db)?;
    asked += check(&db, "flushed")?;
    for table in tables(&db)? {
        db.compact(table, &CompactionRequest::Major { splits: false })?;
    }
    asked += check(&db, "compacted")?;
    db.execute("INSERT INTO shop.users (id, email, age) VALUES (9, 'last@example.org', 1)", ())?;
    db.close()?;
    let begun = Instant::now();
    let db = stage.database(directory)?.open()?;
    stage.monitor().record_metric("end_to_end.reopened", Unit::Seconds, begun.elapsed().as_secs_f64());
    asked += check(&db, "closed and opened")?;
    compare(
        &db,
        "SELECT JSON id FROM shop.users WHERE email = 'last@example.org'",
        &[r#"{"id": 9}"#],
        "opened",
    )?;
    db.close()?;
    Ok(asked + SCHEMA.len() + first.len() + second.len())
}

fn execute(db: &Database, statements: &[&str]) -> Result<()> {
    for statement in statements {
        db.execute(statement, ()).map_err(|error| format!("{statement}: {error}"))?;
    }
    Ok(())
}

fn tables(db: &Database) -> Result<Vec<cqlite_core::storage::TableId>> {
    ["orders", "visits", "users"].into_iter().map(|name| Ok(db.table("shop", name)?.id())).collect()
}

fn flush(db: &Database) -> Result<()> {
    tables(db)?.into_iter().try_for_each(|table| Ok(db.flush(table)?))
}

fn check(db: &Database, when: &str) -> Result<usize> {
    ANSWERS.iter().try_for_each(|(query, expected)| compare(db, query, expected, when))?;
    Ok(ANSWERS.len())
}

fn compare(db: &Database, query: &str, expected: &[&str], when: &str) -> Result<()> {
    let rows = db.execute(query, ())?.rows().ok_or("a SELECT is answered with rows")?;
    let found = rows.rows().map(|row| row.get::<String>(0)).collect::<std::result::Result<Vec<_>, _>>()?;
    if found != expected {
        return Err(format!("{when}, {query} answers {found:?} in place of {expected:?}").into());
    }
    Ok(())
}
