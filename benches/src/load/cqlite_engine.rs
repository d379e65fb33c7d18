//! CQLite under load, through CQL.

use cqlite_core::Database;
use cqlite_core::query::{ExecuteOptions, Session, Statement, StatementBatch, Value};

use super::{Client, Engine, Operation, RecordShape, Result};
use crate::scatter;

/// Where the records are.
pub const TABLE: &str = "load.records";

/// A database with one table of records, which clients ask by prepared statements.
#[derive(Debug)]
pub struct CqliteEngine {
    db: Database,
    shape: RecordShape,
    statements: Statements,
}

#[derive(Debug)]
struct Statements {
    read: Statement,
    insert: Statement,
    scan: Statement,
    /// One for each field.
    updates: Vec<Statement>,
}

impl CqliteEngine {
    /// Makes the table in a database if it is not there.
    ///
    /// # Errors
    /// If that fails.
    pub fn new(db: Database, shape: RecordShape) -> Result<Self> {
        Self::with_options(db, shape, "")
    }

    /// As [`Self::new`], with options of the table such as `compression = {...}`.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_options(db: Database, shape: RecordShape, options: &str) -> Result<Self> {
        db.execute(
            "CREATE KEYSPACE IF NOT EXISTS load WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
            (),
        )?;
        let names: Vec<_> = (0..shape.fields).map(|field| format!("field{field}")).collect();
        let columns: String = names.iter().map(|name| format!(", {name} blob")).collect();
        let options = if options.is_empty() { String::new() } else { format!(" WITH {options}") };
        db.execute(
            &format!("CREATE TABLE IF NOT EXISTS {TABLE} (key blob PRIMARY KEY{columns}){options}"),
            (),
        )?;
        let (listed, markers) = (names.join(", "), ", ?".repeat(names.len()));
        let statements = Statements {
            read: db.prepare(&format!("SELECT * FROM {TABLE} WHERE key = ?"))?,
            insert: db.prepare(&format!("INSERT INTO {TABLE} (key, {listed}) VALUES (?{markers})"))?,
            scan: db.prepare(&format!("SELECT * FROM {TABLE} WHERE token(key) >= token(?) LIMIT ?"))?,
            updates: names
                .iter()
                .map(|name| db.prepare(&format!("UPDATE {TABLE} SET {name} = ? WHERE key = ?")))
                .collect::<cqlite_core::query::QueryResult<_>>()?,
        };
        Ok(Self { db, shape, statements })
    }

    /// The database.
    pub fn database(&self) -> &Database {
        &self.db
    }

    /// Closes the database.
    ///
    /// # Errors
    /// If what it still holds cannot be written.
    pub fn close(self) -> Result<()> {
        Ok(self.db.close()?)
    }
}

impl Engine for CqliteEngine {
    fn name(&self) -> &'static str {
        "CQLite"
    }

    fn client(&self) -> Result<Box<dyn Client + '_>> {
        Ok(Box::new(CqliteClient {
            session: self.db.session(),
            statements: &self.statements,
            shape: self.shape,
            values: vec![Vec::new(); self.shape.fields],
            batch: StatementBatch::unlogged(),
            version: 0,
        }))
    }

    fn settle(&self) -> Result<()> {
        self.db.flush(self.db.table("load", "records")?.id())?;
        self.db.wait_idle();
        Ok(())
    }
}

struct CqliteClient<'e> {
    session: Session<'e>,
    statements: &'e Statements,
    shape: RecordShape,
    /// The fields of the record that is written, kept for their memory.
    values: Vec<Vec<u8>>,
    batch: StatementBatch,
    /// How many fields were written again.
    version: u64,
}

impl CqliteClient<'_> {
    fn make_record(&mut self, number: u64) {
        for (field, value) in self.values.iter_mut().enumerate() {
            self.shape.write_field(number, field, 0, value);
        }
    }

    fn bound<'v>(key: &'v [u8], values: &'v [Vec<u8>]) -> Vec<Value<'v>> {
        std::iter::once(key).chain(values.iter().map(Vec::as_slice)).map(Value::borrowed).collect()
    }

    fn insert(&mut self, number: u64) -> Result<u64> {
        self.make_record(number);
        let key = self.shape.key(number);
        let values = Self::bound(&key, &self.values);
        self.session.execute_prepared(&self.statements.insert, &values, ExecuteOptions::default())?;
        Ok(1)
    }

    fn insert_batch(&mut self, first: u64, records: u64) -> Result<u64> {
        self.batch.clear();
        for number in first..first.saturating_add(records) {
            self.make_record(number);
            let key = self.shape.key(number);
            self.batch.push(&self.statements.insert, &Self::bound(&key, &self.values))?;
        }
        self.session.execute_batch(&self.batch)?;
        Ok(records)
    }

    fn update(&mut self, number: u64) -> Result<u64> {
        self.version = self.version.wrapping_add(1);
        let field = (scatter(self.version) % self.shape.fields as u64) as usize;
        let (Some(value), Some(update)) = (self.values.get_mut(field), self.statements.updates.get(field))
        else {
            return Ok(0);
        };
        self.shape.write_field(number, field, self.version, value);
        let key = self.shape.key(number);
        let values = [Value::borrowed(value), Value::borrowed(&key)];
        self.session.execute_prepared(update, &values, ExecuteOptions::default())?;
        Ok(1)
    }

    fn rows(&mut self, statement: &Statement, values: &[Value<'_>]) -> Result<u64> {
        let answer = self.session.execute_prepared(statement, values, ExecuteOptions::default())?;
        let rows = answer.rows().ok_or("a SELECT is answered without rows")?;
        let mut found = 0;
        for row in rows.rows() {
            // Every value is looked at, as a user would.
            let bytes: usize = row.values().map(|value| value.map_or(0, <[u8]>::len)).sum();
            if bytes == 0 {
                return Err("a row without any value".into());
            }
            found += 1;
        }
        Ok(found)
    }

    fn read(&mut self, number: u64) -> Result<u64> {
        let statements = self.statements;
        let key = self.shape.key(number);
        self.rows(&statements.read, &[Value::borrowed(&key)])
    }

    fn scan(&mut self, first: u64, records: u64) -> Result<u64> {
        let statements = self.statements;
        let key = self.shape.key(first);
        let limit = i32::try_from(records)?.to_be_bytes();
        self.rows(&statements.scan, &[Value::borrowed(&key), Value::borrowed(&limit)])
    }
}

impl Client for CqliteClient<'_> {
    fn carry_out(&mut self, operation: &Operation) -> Result<u64> {
        match *operation {
            Operation::Read(number) => self.read(number),
            Operation::Update(number) => self.update(number),
            Operation::Insert(number) => self.insert(number),
            Operation::Scan { first, records } => self.scan(first, records),
            Operation::ReadModifyWrite(number) => {
                let found = self.read(number)?;
                self.update(number)?;
                Ok(found)
            }
            Operation::InsertBatch { first, records } => self.insert_batch(first, records),
        }
    }
}
