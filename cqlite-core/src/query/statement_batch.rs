//! Prepared statements that are made together.

use std::ops::Range;
use std::sync::Arc;

use cqlite_cql::query::BatchKind;

use super::modification::{self, PreparedModification};
use super::statement::{Checked, Plan};
use super::{Answer, Bindings, Params, QueryError, QueryResult, RowSet, Rows, Session, Statement, Value};

/// Prepared `INSERT`s, `UPDATE`s and `DELETE`s, each with its values, that are made all or none, also after a power cut
/// (the `BATCH` message of the native protocol, `transport.messages.BatchMessage`). Where they set no time of writing themselves, they
/// have the same one.
///
/// It is carried out by [`Session::execute_batch`], and can be cleared and filled again, which keeps its memory.
///
/// ```
/// use cqlite_core::Database;
/// use cqlite_core::query::StatementBatch;
///
/// let directory = tempfile::tempdir()?;
/// let db = Database::open(directory.path())?;
/// db.execute("CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}", ())?;
/// db.execute("CREATE TABLE shop.lines (cart text, line int, item text, PRIMARY KEY (cart, line))", ())?;
/// let insert = db.prepare("INSERT INTO shop.lines (cart, line, item) VALUES (?, ?, ?)")?;
/// let mut batch = StatementBatch::logged();
/// batch.push(&insert, ("cart 7", 1, "tea"))?;
/// batch.push(&insert, ("cart 7", 2, "milk"))?;
/// db.session().execute_batch(&batch)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct StatementBatch {
    kind: BatchKind,
    statements: Vec<BatchedStatement>,
    values: Vec<BatchedValue>,
    /// The bytes of all values.
    bytes: Vec<u8>,
}

/// A statement, and where its values are.
#[derive(Debug, Clone)]
struct BatchedStatement {
    statement: Statement,
    values: Range<usize>,
}

#[derive(Debug, Clone)]
enum BatchedValue {
    Bytes(Range<usize>),
    Null,
    Unset,
}

impl StatementBatch {
    /// An empty batch, as `BEGIN BATCH` begins it.
    pub fn logged() -> Self {
        Self::new(BatchKind::Logged)
    }

    /// An empty batch, as `BEGIN UNLOGGED BATCH` begins it. In Cassandra parts of it may be made alone; here they are not.
    pub fn unlogged() -> Self {
        Self::new(BatchKind::Unlogged)
    }

    /// An empty batch of changes of counters, as `BEGIN COUNTER BATCH` begins it.
    pub fn counter() -> Self {
        Self::new(BatchKind::Counter)
    }

    fn new(kind: BatchKind) -> Self {
        Self { kind, statements: Vec::new(), values: Vec::new(), bytes: Vec::new() }
    }

    /// Adds a statement, with a value for each of its bind markers.
    ///
    /// # Errors
    /// If it is none that writes, if a value is none of its type, or if there are more or fewer values than markers.
    pub fn push(&mut self, statement: &Statement, values: impl Params) -> QueryResult<()> {
        let checked = statement.last_checked();
        modification(&checked)?;
        values.with_values(&checked.markers, |values| {
            let (wanted, given) = (checked.markers.len(), values.len());
            if wanted != given {
                let told = format!("There were {wanted} markers(?) in CQL but {given} bound variables");
                return Err(QueryError::invalid(told));
            }
            let start = self.values.len();
            for value in values {
                let value = match value {
                    Value::Bytes(bytes) => {
                        let start = self.bytes.len();
                        self.bytes.extend_from_slice(bytes);
                        BatchedValue::Bytes(start..self.bytes.len())
                    }
                    Value::Null => BatchedValue::Null,
                    Value::Unset => BatchedValue::Unset,
                };
                self.values.push(value);
            }
            let values = start..self.values.len();
            self.statements.push(BatchedStatement { statement: statement.clone(), values });
            Ok(())
        })?
    }

    /// How many statements there are.
    pub fn len(&self) -> usize {
        self.statements.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// Removes all statements.
    pub fn clear(&mut self) {
        self.statements.clear();
        self.values.clear();
        self.bytes.clear();
    }

    fn value(&self, value: &BatchedValue) -> Value<'_> {
        match value {
            BatchedValue::Bytes(range) => Value::borrowed(self.bytes.get(range.clone()).unwrap_or_default()),
            BatchedValue::Null => Value::Null,
            BatchedValue::Unset => Value::Unset,
        }
    }
}

fn modification(checked: &Checked) -> QueryResult<&PreparedModification> {
    match &checked.plan {
        Plan::Modification(modification) => Ok(modification),
        _ => Err(QueryError::invalid(
            "Invalid statement in batch: only UPDATE, INSERT and DELETE statements are allowed.",
        )),
    }
}

impl Session<'_> {
    /// Carries a batch out: all of it or nothing. One with conditions answers with the rows that tell whether it was made.
    ///
    /// # Errors
    /// If the statements cannot be in one batch, a value is refused, or the storage fails.
    pub fn execute_batch(&mut self, batch: &StatementBatch) -> QueryResult<Answer> {
        let schema = self.database().current_schema();
        let mut checked: Vec<(Arc<Checked>, &BatchedStatement)> = Vec::with_capacity(batch.len());
        for one in &batch.statements {
            let statement = one.statement.checked(&schema)?;
            // The schema may have changed since the statement was added.
            if statement.markers.len() != one.values.len() {
                return Err(QueryError::invalid("Invalid amount of bind variables"));
            }
            checked.push((statement, one));
        }
        let now_millis = self.database().now_millis();
        let values: Vec<Value<'_>> = batch.values.iter().map(|value| batch.value(value)).collect();
        let statements = checked.iter().map(|(checked, one)| {
            let values = values.get(one.values.clone()).unwrap_or_default();
            Ok((modification(checked)?, Bindings { values, now_millis }))
        });
        let statements = statements.collect::<QueryResult<Vec<_>>>()?;
        let modifications = statements.iter().map(|(modification, _)| *modification);
        modification::check_statements(batch.kind, modifications.clone())?;
        let has_conditions = modifications.clone().any(PreparedModification::has_conditions);
        let rows = modification::execute_batch(self.database(), &statements, has_conditions, || Ok(None))?;
        Ok(rows.map_or(Answer::Void, |rows: RowSet| Answer::Rows(Rows { rows, paging_state: None })))
    }
}
