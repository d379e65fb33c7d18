//! A database of CQLite.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cqlite_core::{
    Database,
    query::{self, ColumnSpec, ExecuteOptions, QueryError, QueryResult, Session, Value},
};
use cqlite_tests::cassandra::{Bound, SchemaChange, full_type};

use super::engine::{Answer, Column, Engine, Outcome, PAGES, Refusal, Request, Row};

/// The code of a panic, which is none of the native protocol.
const PANICKED: i32 = -2;

pub struct CqliteEngine<'d> {
    database: &'d Database,
    session: Session<'d>,
}

impl<'d> CqliteEngine<'d> {
    pub fn new(database: &'d Database) -> Self {
        Self { database, session: database.session() }
    }

    fn outcome(&mut self, request: &Request) -> Outcome {
        let prepared = match request.prepared.then(|| self.session.prepare(&request.cql)).transpose() {
            Ok(prepared) => prepared,
            Err(error) => return Outcome { markers: None, result: Err(refusal(&error)) },
        };
        let markers = prepared.as_ref().map(|prepared| described(&prepared.bind_markers()));
        let result = self.answer(prepared.as_ref(), request).map_err(|error| refusal(&error));
        Outcome { markers, result }
    }

    fn answer(&mut self, statement: Option<&query::Statement>, request: &Request) -> QueryResult<Answer> {
        let values: Vec<Value<'_>> = request.values.iter().map(value).collect();
        let (mut columns, mut pages) = (None, Vec::new());
        let mut state: Option<Vec<u8>> = None;
        loop {
            let options = ExecuteOptions {
                page_rows: request.page_rows.and_then(|rows| u32::try_from(rows).ok()),
                paging_state: state.as_deref(),
            };
            let answer = match statement {
                Some(statement) => self.session.execute_prepared(statement, &values, options)?,
                None => self.session.execute_with(&request.cql, &values, options)?,
            };
            let rows = match answer {
                query::Answer::Void => return Ok(Answer::Void),
                query::Answer::Keyspace(name) => return Ok(Answer::Keyspace(name)),
                query::Answer::SchemaChange(change) => return Ok(changed(change)),
                query::Answer::Rows(rows) => rows,
            };
            columns.get_or_insert_with(|| described(rows.rows.columns()));
            pages.push(
                rows.rows
                    .rows()
                    .map(|row| row.values().map(|value| value.map(<[u8]>::to_vec)).collect())
                    .collect::<Vec<Row>>(),
            );
            state = rows.paging_state;
            if state.is_none() || pages.len() > PAGES {
                return Ok(Answer::Rows { columns: columns.unwrap_or_default(), pages });
            }
        }
    }
}

fn value(bound: &Bound) -> Value<'_> {
    match bound {
        Bound::Bytes(bytes) => Value::borrowed(bytes),
        Bound::Null => Value::Null,
        Bound::Unset => Value::Unset,
    }
}

fn described(columns: &[ColumnSpec]) -> Vec<Column> {
    let column =
        |spec: &ColumnSpec| Column { name: spec.name.to_string(), of_type: full_type(&spec.cql_type) };
    columns.iter().map(column).collect()
}

/// What changed nothing is told as nothing.
fn changed(change: query::SchemaChange) -> Answer {
    let Some(kind) = change.kind.name() else { return Answer::Void };
    Answer::Schema(SchemaChange {
        change: kind.to_owned(),
        target: change.target.name().to_owned(),
        keyspace: change.keyspace,
        name: change.name,
    })
}

fn refusal(error: &QueryError) -> Refusal {
    Refusal::new(error.class().code().cast_signed(), error.message().to_owned())
}

impl Engine for CqliteEngine<'_> {
    /// A panic is an answer, too: one that is never right.
    fn execute(&mut self, request: &Request) -> Outcome {
        match catch_unwind(AssertUnwindSafe(|| self.outcome(request))) {
            Ok(outcome) => outcome,
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned();
                let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                let message = format!("it panicked: {}", text.unwrap_or_default());
                Outcome { markers: None, result: Err(Refusal::new(PANICKED, message)) }
            }
        }
    }

    fn flush(&mut self, keyspace: &str) -> Result<(), String> {
        let schema = self.database.schema();
        let tables = schema.keyspace(keyspace).into_iter().flat_map(|keyspace| keyspace.tables().values());
        for table in tables {
            self.database.flush(table.id()).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn refuses_foreign(&self) -> bool {
        true
    }

    fn wait_for_indexes(&mut self, _keyspace: &str) {}
}
