//! Whoever has statements carried out.

use std::borrow::Cow;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::describe::describe;
use super::modification;
use super::query_trace::{QueryTrace, Tracer};
use super::select::{RowConsumer, SelectOptions, SelectPagingState};
use super::statement::{Checked, Plan};
use super::{Answer, Bindings, Params, QueryError, QueryResult, RowSet, Rows, Statement, Value};
use crate::Database;
use crate::catalog::{LocalNode, Schema};
use crate::storage::store::View;

/// How a statement is carried out.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExecuteOptions<'a> {
    /// How many rows are wanted at a time; all of them, in memory, if none is given.
    pub page_rows: Option<u32>,
    /// Where the page before ended, as [`Rows::paging_state`] told.
    pub paging_state: Option<&'a [u8]>,
}

/// Carries statements out in a database, with a keyspace in use (`service.ClientState`).
pub struct Session<'d> {
    db: &'d Database,
    keyspace: Option<Arc<str>>,
    is_tracing: bool,
    last_trace: Mutex<Option<QueryTrace>>,
    interruption: Option<Arc<AtomicBool>>,
}

impl Database {
    /// A session without a keyspace in use.
    pub fn session(&self) -> Session<'_> {
        Session {
            db: self,
            keyspace: None,
            is_tracing: false,
            last_trace: Mutex::default(),
            interruption: None,
        }
    }

    /// Carries a statement out. Tables go by their full names, `keyspace.table`.
    ///
    /// # Errors
    /// As [`Session::execute`].
    pub fn execute(&self, cql: &str, values: impl Params) -> QueryResult<Answer> {
        self.session().execute(cql, values)
    }

    /// Prepares a statement.
    ///
    /// # Errors
    /// As [`Session::prepare`].
    pub fn prepare(&self, cql: &str) -> QueryResult<Statement> {
        self.session().prepare(cql)
    }
}

impl<'d> Session<'d> {
    /// The database.
    pub fn database(&self) -> &'d Database {
        self.db
    }

    /// The keyspace in use.
    pub fn keyspace(&self) -> Option<&str> {
        self.keyspace.as_deref()
    }

    /// Has it keep what each statement touches.
    pub fn set_tracing(&mut self, is_tracing: bool) {
        self.is_tracing = is_tracing;
    }

    /// What the last statement touched, if that was to be kept.
    pub fn take_trace(&self) -> Option<QueryTrace> {
        self.last_trace.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Has [`Self::for_each`] fail soon after this becomes true, also where no row comes for long.
    pub fn set_interruption(&mut self, interruption: Arc<AtomicBool>) {
        self.interruption = Some(interruption);
    }

    /// Prepares a statement.
    ///
    /// # Errors
    /// If the text is no CQL, or makes no sense for the schema.
    pub fn prepare(&self, cql: &str) -> QueryResult<Statement> {
        Statement::prepare(cql, &self.db.current_schema(), self.keyspace())
    }

    /// Carries a statement out, with a value for each of its bind markers.
    ///
    /// # Errors
    /// If it is refused, a value is none of its type, or the storage fails.
    pub fn execute(&mut self, cql: &str, values: impl Params) -> QueryResult<Answer> {
        self.execute_with(cql, values, ExecuteOptions::default())
    }

    /// As [`Self::execute`], a page at a time.
    ///
    /// # Errors
    /// As [`Self::execute`], and if the paging state is none of this statement.
    pub fn execute_with(
        &mut self,
        cql: &str,
        values: impl Params,
        options: ExecuteOptions<'_>,
    ) -> QueryResult<Answer> {
        let mut tracer = self.is_tracing.then(Tracer::begin);
        let checked = Checked::new(cql, &self.db.current_schema(), self.keyspace())?;
        tracer.iter_mut().for_each(|tracer| tracer.event("Parsed and prepared the statement"));
        let markers = Arc::clone(&checked.markers);
        values.with_values(&markers, |values| {
            if values.len() != checked.markers.len() {
                return Err(QueryError::invalid("Invalid amount of bind variables"));
            }
            self.run(&checked, values, options, tracer)
        })?
    }

    /// Carries a prepared statement out, with a value for each of its bind markers.
    ///
    /// # Errors
    /// As [`Self::execute`].
    pub fn execute_prepared(
        &mut self,
        statement: &Statement,
        values: impl Params,
        options: ExecuteOptions<'_>,
    ) -> QueryResult<Answer> {
        let checked = statement.checked(&self.db.current_schema())?;
        values.with_values(&checked.markers, |values| {
            checked.check_values(values)?;
            let tracer = self.is_tracing.then(Tracer::begin);
            self.run(&checked, values, options, tracer)
        })?
    }

    /// Hands the rows of a `SELECT` on, some at a time and all of one moment, in memory that does not grow.
    ///
    /// # Errors
    /// As [`Self::execute`], if the statement is none that has rows, and those of `consume`.
    pub fn for_each(
        &self,
        statement: &Statement,
        values: impl Params,
        consume: impl FnMut(&RowSet) -> QueryResult<ControlFlow<()>>,
    ) -> QueryResult<()> {
        self.for_each_of(&self.db.view(), statement, values, consume)
    }

    /// As [`Self::for_each`], of a moment before.
    ///
    /// # Errors
    /// As [`Self::for_each`].
    pub fn for_each_of(
        &self,
        view: &View,
        statement: &Statement,
        values: impl Params,
        consume: impl FnMut(&RowSet) -> QueryResult<ControlFlow<()>>,
    ) -> QueryResult<()> {
        let checked = statement.checked(&self.db.current_schema())?;
        values.with_values(&checked.markers, |values| self.hand_on(view, &checked, values, consume))?
    }

    fn hand_on(
        &self,
        view: &View,
        checked: &Checked,
        values: &[Value<'_>],
        consume: impl FnMut(&RowSet) -> QueryResult<ControlFlow<()>>,
    ) -> QueryResult<()> {
        checked.check_values(values)?;
        let Plan::Select(select) = &checked.plan else {
            return Err(QueryError::invalid("only a SELECT has rows that can be handed on"));
        };
        let tracer = self.is_tracing.then(Tracer::begin);
        let mut consumer = Consumer { consume, rows: 0, interruption: self.interruption.clone() };
        let trace = tracer.as_ref().map(|tracer| &tracer.read);
        let rows_read = select.for_each(view, &self.bindings(values), trace, &mut consumer)?;
        self.keep_trace(tracer, rows_read, consumer.rows);
        Ok(())
    }

    fn keep_trace(&self, tracer: Option<Tracer>, rows_read: u64, rows_returned: u64) {
        if let Some(tracer) = tracer {
            let trace = tracer.end(rows_read, rows_returned);
            *self.last_trace.lock().unwrap_or_else(PoisonError::into_inner) = Some(trace);
        }
    }

    fn bindings<'v>(&self, values: &'v [Value<'v>]) -> Bindings<'v> {
        Bindings { values, now_millis: self.db.now_millis() }
    }

    /// What the database says that its cluster is called.
    fn cluster_name(&self, schema: &Arc<Schema>) -> QueryResult<String> {
        // Somebody's files may be without it.
        if schema.table("system", "local").is_none() {
            return Ok(LocalNode::DEFAULT_CLUSTER_NAME.to_owned());
        }
        let checked = Checked::new("SELECT cluster_name FROM system.local", schema, None)?;
        let Plan::Select(select) = &checked.plan else { return Ok(String::new()) };
        let page = select.execute(&self.db.view(), &self.bindings(&[]), SelectOptions::default())?;
        let name = page.rows.row(0).and_then(|row| row.value(0)).map(String::from_utf8_lossy);
        Ok(name.map_or_else(|| LocalNode::DEFAULT_CLUSTER_NAME.to_owned(), Cow::into_owned))
    }

    fn run(
        &mut self,
        checked: &Checked,
        values: &[Value<'_>],
        options: ExecuteOptions<'_>,
        tracer: Option<Tracer>,
    ) -> QueryResult<Answer> {
        let bindings = self.bindings(values);
        let mut rows_read = 0;
        let told = |rows: Option<RowSet>| match rows {
            Some(rows) => Answer::Rows(Rows { rows, paging_state: None }),
            None => Answer::Void,
        };
        let answer = match &checked.plan {
            Plan::Select(select) => {
                let state = options.paging_state.map(SelectPagingState::from_bytes).transpose()?;
                let options = SelectOptions {
                    page_rows: options.page_rows.filter(|rows| *rows > 0).map(u64::from),
                    paging_state: state.as_ref(),
                    trace: tracer.as_ref().map(|tracer| &tracer.read),
                };
                let page = select.execute(&self.db.view(), &bindings, options)?;
                rows_read = page.rows_read;
                let paging_state = page.next.map(|state| state.to_bytes());
                Answer::Rows(Rows { rows: page.rows, paging_state })
            }
            Plan::Modification(modification) => told(modification.execute(self.db, &bindings)?),
            Plan::Batch(batch) => told(batch.execute(self.db, &bindings)?),
            Plan::Truncate(truncate) => {
                modification::truncate(truncate, &checked.schema, self.keyspace(), self.db)?;
                Answer::Void
            }
            Plan::Schema(statement) => Answer::SchemaChange(statement.execute(self.db)?),
            Plan::Use(keyspace) => {
                super::schema::check_use(keyspace, &checked.schema)?;
                self.keyspace = Some(keyspace.as_str().into());
                Answer::Keyspace(keyspace.clone())
            }
            Plan::Describe(statement) => {
                let cluster_name = self.cluster_name(&checked.schema)?;
                let rows = describe(statement, &checked.schema, self.keyspace(), &cluster_name)?;
                Answer::Rows(page_of(rows, options)?)
            }
        };
        let rows_returned = match &answer {
            Answer::Rows(rows) => rows.rows.len() as u64,
            _ => 0,
        };
        self.keep_trace(tracer, rows_read, rows_returned);
        Ok(answer)
    }
}

/// A page of rows that are all there: the paging state is how many came before (`cql3.statements.DescribeStatement`).
fn page_of(rows: RowSet, options: ExecuteOptions<'_>) -> QueryResult<Rows> {
    let invalid = |_| QueryError::invalid("Invalid value for the paging state");
    let passed = options.paging_state.map(|state| state.try_into().map(u64::from_be_bytes).map_err(invalid));
    let passed = passed.transpose()?.and_then(|passed| usize::try_from(passed).ok()).unwrap_or(0);
    let Some(page_rows) = options.page_rows.filter(|rows| *rows > 0) else {
        return Ok(Rows { rows, paging_state: None });
    };
    let mut page = RowSet::new(Arc::clone(rows.columns()));
    for row in rows.rows().skip(passed).take(page_rows as usize) {
        page.push_row(row.values());
    }
    let behind = passed.saturating_add(page.len());
    let paging_state = (page.len() == page_rows as usize).then(|| (behind as u64).to_be_bytes().to_vec());
    Ok(Rows { rows: page, paging_state })
}

struct Consumer<C> {
    consume: C,
    rows: u64,
    interruption: Option<Arc<AtomicBool>>,
}

impl<C: FnMut(&RowSet) -> QueryResult<ControlFlow<()>>> RowConsumer for Consumer<C> {
    fn rows(&mut self, rows: &RowSet) -> QueryResult<ControlFlow<()>> {
        self.rows = self.rows.saturating_add(rows.len() as u64);
        (self.consume)(rows)
    }

    fn is_over(&self) -> bool {
        self.interruption.as_ref().is_some_and(|interruption| interruption.load(Ordering::Relaxed))
    }
}

impl fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("keyspace", &self.keyspace).finish_non_exhaustive()
    }
}
