//! Statements that are prepared once and carried out many times.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use cqlite_cql::query::{CqlStatement, DescribeStatement, TruncateStatement};
use cqlite_cql::{Statement as SchemaStatement, parse_cql};

use super::modification::{PreparedBatch, PreparedModification};
use super::schema::PreparedSchemaStatement;
use super::select::PreparedSelect;
use super::{BindMarkers, ColumnSpec, QueryError, QueryResult, Value};
use crate::catalog::Schema;

/// A statement that makes sense for the schema, with the types of its bind markers and of its result
/// (`cql3.QueryHandler.Prepared`).
///
/// It can be shared by threads, and stays usable when the schema changes: it is checked anew then.
#[derive(Clone)]
pub struct Statement {
    text: Arc<str>,
    keyspace: Option<Arc<str>>,
    checked: Arc<ArcSwap<Checked>>,
}

/// A statement as it was checked against a schema.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) schema: Arc<Schema>,
    pub(super) plan: Plan,
    pub(super) markers: Arc<[ColumnSpec]>,
}

/// What a statement does.
#[derive(Debug)]
pub(super) enum Plan {
    Select(Box<PreparedSelect>),
    Modification(Box<PreparedModification>),
    Batch(Box<PreparedBatch>),
    Truncate(TruncateStatement),
    Schema(Box<PreparedSchemaStatement>),
    Use(String),
    Describe(DescribeStatement),
}

impl Checked {
    pub(super) fn new(text: &str, schema: &Arc<Schema>, in_use: Option<&str>) -> QueryResult<Self> {
        let statement = parse_cql(text)?.node;
        let mut markers = BindMarkers::default();
        let plan = Plan::prepare(statement, schema, in_use, &mut markers)?;
        Ok(Self { schema: Arc::clone(schema), plan, markers: markers.into_specs()?.into() })
    }
}

impl Checked {
    /// Checks that there is a value for each marker (`cql3.QueryProcessor.processPrepared`).
    pub(super) fn check_values(&self, values: &[Value<'_>]) -> QueryResult<()> {
        let (wanted, given) = (self.markers.len(), values.len());
        if wanted == given {
            return Ok(());
        }
        let told = format!("there were {wanted} markers(?) in CQL but {given} bound variables");
        Err(QueryError::invalid(told))
    }
}

impl Plan {
    fn modification(prepared: PreparedModification) -> QueryResult<Self> {
        prepared.validate()?;
        Ok(Self::Modification(Box::new(prepared)))
    }

    fn prepare(
        statement: CqlStatement,
        schema: &Schema,
        in_use: Option<&str>,
        markers: &mut BindMarkers,
    ) -> QueryResult<Self> {
        Ok(match statement {
            CqlStatement::Select(select) => {
                Self::Select(Box::new(PreparedSelect::prepare(&select, schema, in_use, markers)?))
            }
            CqlStatement::Insert(raw) => {
                Self::modification(PreparedModification::insert(&raw, schema, in_use, markers)?)?
            }
            CqlStatement::Update(raw) => {
                Self::modification(PreparedModification::update(&raw, schema, in_use, markers)?)?
            }
            CqlStatement::Delete(raw) => {
                Self::modification(PreparedModification::delete_statement(&raw, schema, in_use, markers)?)?
            }
            CqlStatement::Batch(batch) => {
                Self::Batch(Box::new(PreparedBatch::prepare(&batch, schema, in_use, markers)?))
            }
            CqlStatement::Truncate(truncate) => Self::Truncate(truncate),
            CqlStatement::Describe(describe) => Self::Describe(describe),
            CqlStatement::Schema(SchemaStatement::Use(keyspace)) => Self::Use(keyspace.as_str().to_owned()),
            other => Self::Schema(Box::new(PreparedSchemaStatement::prepare(&other, in_use)?)),
        })
    }
}

impl Statement {
    pub(super) fn prepare(text: &str, schema: &Arc<Schema>, in_use: Option<&str>) -> QueryResult<Self> {
        let checked = Checked::new(text, schema, in_use)?;
        Ok(Self {
            text: text.into(),
            keyspace: in_use.map(Arc::from),
            checked: Arc::new(ArcSwap::from_pointee(checked)),
        })
    }

    /// It as it is with this schema.
    pub(super) fn checked(&self, schema: &Arc<Schema>) -> QueryResult<Arc<Checked>> {
        let checked = self.checked.load_full();
        if Arc::ptr_eq(&checked.schema, schema) {
            return Ok(checked);
        }
        let checked = Arc::new(Checked::new(&self.text, schema, self.keyspace.as_deref())?);
        self.checked.store(Arc::clone(&checked));
        Ok(checked)
    }

    /// It as it was checked last.
    pub(super) fn last_checked(&self) -> Arc<Checked> {
        self.checked.load_full()
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the bind markers stand for, in the order of the text.
    pub fn bind_markers(&self) -> Arc<[ColumnSpec]> {
        Arc::clone(&self.checked.load().markers)
    }

    /// The columns of the result, if it is a `SELECT`.
    pub fn result_columns(&self) -> Option<Arc<[ColumnSpec]>> {
        match &self.checked.load().plan {
            Plan::Select(select) => Some(Arc::clone(select.result_columns())),
            _ => None,
        }
    }
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Statement").field(&self.text).finish()
    }
}
