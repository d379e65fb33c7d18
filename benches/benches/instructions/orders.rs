//! The table of the scenarios: orders of ten columns, about 250 bytes a row.

use std::ops::Range;

use cqlite_benches::load::DataPattern;
use cqlite_benches::scatter;
use cqlite_core::Database;
use cqlite_core::query::{ExecuteOptions, Statement, Value};
use cqlite_core::storage::TableId;

const KEYSPACE: &str =
    "CREATE KEYSPACE guard WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}";

const TABLE: &str = "CREATE TABLE guard.orders (id bigint PRIMARY KEY, customer text, email text, placed timestamp, \
                     total double, items int, paid boolean, receipt uuid, remarks text, state text)";

const INSERT: &str = "INSERT INTO guard.orders (id, customer, email, placed, total, items, paid, receipt, remarks, state) \
                      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

const SELECT: &str = "SELECT * FROM guard.orders WHERE id = ?";

/// The values of a row, the key first.
pub type Order = [Vec<u8>; 10];

/// The table in a database, and its statements.
pub struct Orders<'d> {
    db: &'d Database,
    insert: Statement,
    select: Statement,
}

impl<'d> Orders<'d> {
    /// Makes the table.
    pub fn create(db: &'d Database) -> Self {
        let mut session = db.session();
        session.execute(KEYSPACE, &[]).unwrap();
        session.execute(TABLE, &[]).unwrap();
        Self::open(db)
    }

    /// The table, which is there.
    pub fn open(db: &'d Database) -> Self {
        let session = db.session();
        Self { db, insert: session.prepare(INSERT).unwrap(), select: session.prepare(SELECT).unwrap() }
    }

    pub fn table(&self) -> TableId {
        self.db.table("guard", "orders").unwrap().id()
    }

    /// The rows of these numbers, in no order of tokens.
    pub fn rows(numbers: Range<u64>) -> Vec<Order> {
        numbers.map(order).collect()
    }

    /// Inserts rows one by one.
    pub fn insert(&self, rows: &[Order]) {
        let mut session = self.db.session();
        for row in rows {
            let values = row.each_ref().map(|value| Value::borrowed(value));
            session.execute_prepared(&self.insert, &values, ExecuteOptions::default()).unwrap();
        }
    }

    /// Reads rows one by one, and counts the values in them.
    pub fn select(&self, keys: &[Vec<u8>]) -> usize {
        let mut session = self.db.session();
        let mut values = 0;
        for key in keys {
            let answer = session
                .execute_prepared(&self.select, &[Value::borrowed(key)], ExecuteOptions::default())
                .unwrap();
            values += answer.rows().unwrap().rows().map(|row| row.values().flatten().count()).sum::<usize>();
        }
        values
    }
}

/// Keys of some of the first `rows` rows, in no order, the same in every run.
pub fn keys(count: u64, rows: u64) -> Vec<Vec<u8>> {
    (0..count).map(|number| key(scatter(number) % rows)).collect()
}

fn key(number: u64) -> Vec<u8> {
    (scatter(number) as i64).to_be_bytes().to_vec()
}

fn order(number: u64) -> Order {
    let random = scatter(!number);
    let mut remarks = Vec::new();
    DataPattern::Prose.write(number, 60 + (random % 80) as usize, &mut remarks);
    let customer = format!("customer {}", random % 1_000);
    let email = format!("customer{}@example.com", random % 1_000);
    let state = ["new", "paid", "sent", "returned"][(random >> 10) as usize % 4];
    [
        key(number),
        customer.into_bytes(),
        email.into_bytes(),
        (1_700_000_000_000 + number as i64 * 1_000).to_be_bytes().to_vec(),
        (random as f64 / 1e15).to_be_bytes().to_vec(),
        ((random >> 20) as i32 % 100).to_be_bytes().to_vec(),
        vec![u8::from(random.is_multiple_of(2))],
        [random.to_be_bytes(), scatter(random).to_be_bytes()].concat(),
        remarks,
        state.into(),
    ]
}
