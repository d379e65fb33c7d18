//! `BEGIN BATCH`

use cqlite_cql::query::{BatchKind, BatchStatement, ModificationStatement};

use super::attributes::PreparedAttributes;
use super::cas_request::CasRequest;
use super::modification::PreparedModification;
use super::operand::Inputs;
use super::planned_rows::updates_of_planned_rows;
use super::updates::Updates;
use crate::catalog::Schema;
use crate::database::Database;
use crate::query::{BindMarkers, Bindings, QueryError, QueryResult, RowSet, Scope, keyspace_of};

/// A batch (`cql3.statements.BatchStatement`).
#[derive(Debug)]
pub(crate) struct PreparedBatch {
    attributes: PreparedAttributes,
    statements: Vec<PreparedModification>,
    has_conditions: bool,
}

impl PreparedBatch {
    /// Checks a batch.
    ///
    /// # Errors
    /// If a statement of it is refused, or cannot be in this batch.
    pub(crate) fn prepare(
        raw: &BatchStatement,
        schema: &Schema,
        in_use: Option<&str>,
        markers: &mut BindMarkers,
    ) -> QueryResult<Self> {
        for statement in &raw.statements {
            let table = match &statement.node {
                ModificationStatement::Insert(insert) => &insert.table,
                ModificationStatement::Update(update) => &update.table,
                ModificationStatement::Delete(delete) => &delete.table,
            };
            keyspace_of(table, in_use)?;
        }
        let mut statements = Vec::with_capacity(raw.statements.len());
        for statement in &raw.statements {
            statements.push(PreparedModification::prepare(&statement.node, schema, in_use, markers)?);
        }
        let scope = Scope { schema, keyspace: in_use.unwrap_or("system"), table: None };
        let names = ("[batch]", "[batch]");
        let attributes = PreparedAttributes::prepare(&raw.attributes, names, &scope, markers)?;
        check_batch(raw.kind, &attributes, statements.iter())?;
        let has_conditions = statements.iter().any(PreparedModification::has_conditions);
        statements.iter().try_for_each(PreparedModification::validate)?;
        Ok(Self { attributes, statements, has_conditions })
    }

    /// Makes it, all or nothing. A conditional one answers with rows that tell whether it was made.
    ///
    /// # Errors
    /// If a value cannot be written, or the storage fails.
    pub(crate) fn execute(&self, db: &Database, bindings: &Bindings<'_>) -> QueryResult<Option<RowSet>> {
        let statements: Vec<_> = self.statements.iter().map(|statement| (statement, *bindings)).collect();
        execute_batch(db, &statements, self.has_conditions, || self.attributes.stated_timestamp(bindings))
    }
}

/// Checks prepared statements that are to be made together, with values of their own (`transport.messages.BatchMessage`).
///
/// # Errors
/// If they cannot be in one batch.
pub(crate) fn check_statements<'s>(
    kind: BatchKind,
    statements: impl Iterator<Item = &'s PreparedModification> + Clone,
) -> QueryResult<()> {
    check_batch(kind, &PreparedAttributes::default(), statements)
}

/// `BatchStatement.validate`
fn check_batch<'s>(
    kind: BatchKind,
    attributes: &PreparedAttributes,
    statements: impl Iterator<Item = &'s PreparedModification> + Clone,
) -> QueryResult<()> {
    let told = |message: &str| Err(QueryError::invalid(message));
    if attributes.has_ttl() {
        return told("Global TTL on the BATCH statement is not supported.");
    }
    let any = |check: fn(&PreparedModification) -> bool| statements.clone().any(check);
    let has_conditions = any(PreparedModification::has_conditions);
    let has_timestamp = attributes.has_timestamp();
    let is_counter = kind == BatchKind::Counter;
    if has_timestamp && has_conditions {
        return told("Cannot provide custom timestamp for conditional BATCH");
    }
    if has_timestamp && is_counter {
        return told("Cannot provide custom timestamp for counter BATCH");
    }
    if has_timestamp && any(|statement| statement.attributes.has_timestamp()) {
        return told("Timestamp must be set either on BATCH or individual statements");
    }
    let has_counters = any(PreparedModification::is_counter);
    let has_others = any(|statement| !statement.is_counter());
    if has_timestamp && has_counters {
        return told("Cannot provide custom timestamp for a BATCH containing counters");
    }
    if is_counter && has_others {
        return told("Cannot include non-counter statement in a counter batch");
    }
    if has_counters && has_others {
        return told("Counter and non-counter mutations cannot exist in the same batch");
    }
    if kind == BatchKind::Logged && has_counters {
        return told("Cannot include a counter statement in a logged batch");
    }
    let mut tables = statements.clone().map(|statement| statement.table().id());
    let first = tables.next();
    if has_conditions && tables.any(|table| Some(table) != first) {
        return told("Batch with conditions cannot span multiple tables");
    }
    Ok(())
}

/// Makes statements, each with its values, all or nothing. If there are conditions, the answer is rows that tell whether they were made.
/// `timestamp` is that of the batch, if it has one.
///
/// # Errors
/// If a value cannot be written, or the storage fails.
pub(crate) fn execute_batch(
    db: &Database,
    statements: &[(&PreparedModification, Bindings<'_>)],
    has_conditions: bool,
    timestamp: impl Fn() -> QueryResult<Option<i64>>,
) -> QueryResult<Option<RowSet>> {
    let json = statements.iter().map(|(statement, bindings)| statement.json_values(bindings));
    let json = json.collect::<QueryResult<Vec<_>>>()?;
    let with_inputs = || {
        statements.iter().zip(&json).map(|((statement, bindings), json)| {
            let inputs = Inputs { bindings: *bindings, json };
            (*statement, inputs)
        })
    };
    if has_conditions {
        let request = CasRequest::of_batch(with_inputs())?;
        return request.map(|request| request.execute(db)).transpose();
    }
    let now = || Ok::<_, QueryError>(timestamp()?.unwrap_or_else(|| db.next_timestamp()));
    if statements.iter().all(|(statement, _)| statement.writes_planned_row()) {
        let statements: Vec<_> = with_inputs().collect();
        // What is wrong with several of them is found below in the order in which Cassandra finds it.
        if let Ok(batch) = now().and_then(|now| updates_of_planned_rows(db, &statements, now)) {
            db.submit(&batch)?.wait()?;
            return Ok(None);
        }
    }
    // As in Cassandra, all keys are known before the time of the batch, and before anything is read for a statement.
    let keys = with_inputs().map(|(statement, inputs)| statement.target.keys(&inputs));
    let keys = keys.collect::<QueryResult<Vec<_>>>()?;
    if keys.is_empty() {
        return Ok(None);
    }
    let now = now()?;
    let mut updates = Updates::default();
    for ((statement, inputs), keys) in with_inputs().zip(&keys) {
        statement.add_updates(db, (&mut updates, keys), &inputs, now)?;
    }
    updates.write(db)?;
    Ok(None)
}
