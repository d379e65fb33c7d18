//! Values of every type.

use cqlite_core::query::{ExecuteOptions, Session, Statement, Value};
use cqlite_tests::performance::{BatchPerformanceMeasurer, Unit};
use std::time::Instant;

use crate::load::Result;
use crate::suite::Stage;

/// Every type with a value of it. The names are those of figures.
pub(in crate::suites) const TYPES: [(&str, &str, &str); 32] = [
    ("ascii", "ascii", "'plain'"),
    ("bigint", "bigint", "-9223372036854775808"),
    ("blob", "blob", "0xcafe00"),
    ("boolean", "boolean", "true"),
    ("date", "date", "'2026-02-28'"),
    ("decimal", "decimal", "-12345678901234567890.0123456789"),
    ("double", "double", "-1.5e-300"),
    ("duration", "duration", "1y2mo3d4h5m6s7ms8us9ns"),
    ("float", "float", "3.25"),
    ("inet", "inet", "'2001:db8::1'"),
    ("int", "int", "-2147483648"),
    ("smallint", "smallint", "-32768"),
    ("text", "text", "'grüße, 世界'"),
    ("time", "time", "'23:59:59.999999999'"),
    ("timestamp", "timestamp", "'1969-12-31T23:59:59.999Z'"),
    ("timeuuid", "timeuuid", "50554d6e-29bb-11e5-b345-feff819cdc9f"),
    ("tinyint", "tinyint", "-128"),
    ("uuid", "uuid", "123e4567-e89b-42d3-a456-426614174000"),
    ("varint", "varint", "-170141183460469231731687303715884105729"),
    ("list", "list<int>", "[3, 1, 2, 3]"),
    ("set", "set<text>", "{'b', 'a', 'c'}"),
    ("map", "map<text, bigint>", "{'one': 1, 'two': 2}"),
    ("frozen_list", "frozen<list<int>>", "[3, 1, 2, 3]"),
    ("frozen_set", "frozen<set<text>>", "{'b', 'a', 'c'}"),
    ("frozen_map", "frozen<map<text, bigint>>", "{'one': 1, 'two': 2}"),
    ("tuple", "tuple<int, text, boolean>", "(1, 'two', null)"),
    ("nested", "map<text, frozen<list<frozen<tuple<int, text>>>>>", "{'a': [(1, 'x'), (2, 'y')]}"),
    ("user_type", "address", "{street: 'Main', number: 7, phones: {'1', '2'}}"),
    ("frozen_user_type", "frozen<address>", "{street: 'Main', number: 7, phones: {'1', '2'}}"),
    ("vector", "vector<float, 8>", "[1, 2, 3, 4, 5, 6, 7, 8]"),
    ("vector_of_texts", "vector<text, 2>", "['a', 'bb']"),
    ("vector_of_vectors", "vector<frozen<vector<int, 2>>, 2>", "[[1, 2], [3, 4]]"),
];

/// Writes values of each type by a prepared statement, and reads them by key.
///
/// # Errors
/// If a value does not come back as it was.
pub fn run(stage: &Stage) -> Result<()> {
    let rows: u32 = stage.scale().of(20, 1_000, 20_000);
    for _round in 0..stage.rounds().min(3) {
        let db = stage.database(&stage.empty("data")?)?.open()?;
        let mut session = db.session();
        let keyspace =
            "CREATE KEYSPACE types WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}";
        for statement in
            [keyspace, "USE types", "CREATE TYPE address (street text, number int, phones frozen<set<text>>)"]
        {
            session.execute(statement, &[])?;
        }
        for (name, cql_type, literal) in TYPES {
            session
                .execute(&format!("CREATE TABLE of_{name} (key int PRIMARY KEY, value {cql_type})"), &[])?;
            let of_type = OfType::new(&mut session, name, literal)?;
            let written = of_type.write(&mut session, rows)?;
            db.flush(db.table("types", &format!("of_{name}"))?.id())?;
            let read = of_type.read(&mut session, rows)?;
            let monitor = stage.monitor();
            for (what, measured) in [("write", written), ("read", read)] {
                let rate = measured.finalize().throughput();
                monitor.record_metric(&format!("types.{name}.{what}"), Unit::PerSecond, rate);
            }
        }
        db.close()?;
    }
    Ok(())
}

struct OfType {
    insert: Statement,
    select: Statement,
    /// The value as it is stored.
    value: Vec<u8>,
}

impl OfType {
    fn new(session: &mut Session<'_>, name: &str, literal: &str) -> Result<Self> {
        session.execute(&format!("INSERT INTO of_{name} (key, value) VALUES (-1, {literal})"), &[])?;
        let insert = session.prepare(&format!("INSERT INTO of_{name} (key, value) VALUES (?, ?)"))?;
        let select = session.prepare(&format!("SELECT value FROM of_{name} WHERE key = ?"))?;
        let value = read(session, &select, -1)?.ok_or_else(|| format!("{name}: a literal was not stored"))?;
        Ok(Self { insert, select, value })
    }

    fn write(&self, session: &mut Session<'_>, rows: u32) -> Result<BatchPerformanceMeasurer> {
        let mut measurer = BatchPerformanceMeasurer::new();
        for key in 0..rows {
            let begun = Instant::now();
            let key = key.to_be_bytes();
            let values = [Value::borrowed(&key), Value::borrowed(&self.value)];
            session.execute_prepared(&self.insert, &values, ExecuteOptions::default())?;
            measurer.record_operation(begun.elapsed());
        }
        Ok(measurer)
    }

    fn read(&self, session: &mut Session<'_>, rows: u32) -> Result<BatchPerformanceMeasurer> {
        let mut measurer = BatchPerformanceMeasurer::new();
        for key in 0..i32::try_from(rows)? {
            let begun = Instant::now();
            let value = read(session, &self.select, key)?;
            measurer.record_operation(begun.elapsed());
            if value.as_deref() != Some(&self.value[..]) {
                return Err(
                    format!("key {key}: {:02x?} was written, and {value:02x?} read", self.value).into()
                );
            }
        }
        Ok(measurer)
    }
}

fn read(session: &mut Session<'_>, select: &Statement, key: i32) -> Result<Option<Vec<u8>>> {
    let key = key.to_be_bytes();
    let answer = session.execute_prepared(select, &[Value::borrowed(&key)], ExecuteOptions::default())?;
    let rows = answer.rows().ok_or("a SELECT is answered without rows")?;
    Ok(rows.rows().next().and_then(|row| row.values().next().flatten().map(<[u8]>::to_vec)))
}
