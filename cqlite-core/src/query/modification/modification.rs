//! `INSERT`, `UPDATE` and `DELETE`, prepared.

use std::sync::{Arc, Mutex, PoisonError};

use cqlite_sstable::reader::Slice;
use cqlite_sstable::row::ClusteringBuffer;
use cqlite_sstable::schema::ColumnKind;

use super::attributes::PreparedAttributes;
use super::cas_request::CasRequest;
use super::conditions::PreparedConditions;
use super::existing_partition::ExistingPartition;
use super::json_source::JsonSource;
use super::operand::Inputs;
use super::operation::Operation;
use super::row_writer::{RowWriter, WriteTimes};
use super::target::{Target, TargetRows};
use super::updates::Updates;
use crate::catalog::Table;
use crate::database::{CounterAddition, Database};
use crate::query::restrictions::{StatementKind, check_key_values};
use crate::query::{Bindings, QueryError, QueryResult, RowSet, TableColumns, Value};
use crate::storage::mutation::PartitionUpdateBuilder;
use crate::storage::read::ReadCommand;

/// An `INSERT`, `UPDATE` or `DELETE` (`cql3.statements.ModificationStatement`).
#[derive(Debug)]
pub(crate) struct PreparedModification {
    pub(super) kind: StatementKind,
    pub(super) table: Arc<Table>,
    is_counter: bool,
    pub(super) columns: Arc<TableColumns>,
    pub(super) attributes: PreparedAttributes,
    /// What is done to regular columns, in the order of the statement.
    pub(super) regulars: Vec<Operation>,
    /// What is done to static ones.
    pub(super) statics: Vec<Operation>,
    pub(super) conditions: PreparedConditions,
    pub(super) target: Target,
    /// Where a row of JSON comes from that is bound.
    pub(super) json: Option<JsonSource>,
    requires_read: bool,
    /// Memory that executions leave to those that follow.
    pool: Mutex<Vec<Scratch>>,
}

/// Memory that more was written by than so much is not kept.
const SCRATCH_LIMIT_BYTES: usize = 64 << 10;

/// Memory that is used again.
#[derive(Debug)]
struct Scratch {
    builder: PartitionUpdateBuilder,
    additions: Vec<CounterAddition>,
    key: Vec<u8>,
    clustering: ClusteringBuffer,
}

/// The parts of a modification.
pub(super) struct Parts {
    pub(super) kind: StatementKind,
    pub(super) attributes: PreparedAttributes,
    pub(super) operations: Vec<Operation>,
    pub(super) conditions: PreparedConditions,
    pub(super) target: Target,
    pub(super) json: Option<JsonSource>,
}

impl PreparedModification {
    /// One of these parts.
    ///
    /// # Errors
    /// If a conditional one is on counters or states its time.
    pub(super) fn of_parts(
        table: &Arc<Table>,
        columns: &Arc<TableColumns>,
        parts: Parts,
    ) -> QueryResult<Self> {
        let Parts { kind, attributes, operations, conditions, target, json } = parts;
        if !conditions.is_none() {
            if table.is_counter() {
                return Err(QueryError::invalid("Conditional updates are not supported on counter tables"));
            }
            check_no_timestamp(&attributes)?;
        }
        let requires_read = operations.iter().any(Operation::requires_read);
        let (mut statics, mut regulars): (Vec<_>, Vec<_>) =
            operations.into_iter().partition(|operation| operation.column.kind == ColumnKind::Static);
        if !requires_read {
            // Nobody can tell in which order they are done, and rows have their columns in this one.
            for operations in [&mut statics, &mut regulars] {
                operations.sort_by_key(|operation| operation.column.place);
            }
        }
        let is_counter = table.is_counter();
        let (table, columns, pool) = (Arc::clone(table), Arc::clone(columns), Mutex::default());
        Ok(Self {
            kind,
            table,
            is_counter,
            columns,
            attributes,
            regulars,
            statics,
            conditions,
            target,
            json,
            requires_read,
            pool,
        })
    }

    /// Checks what Cassandra checks of a statement as a whole (`ModificationStatement.validate`).
    ///
    /// # Errors
    /// In its words.
    pub(crate) fn validate(&self) -> QueryResult<()> {
        let told = |message: &str| Err(QueryError::invalid(message));
        if self.is_counter() && self.attributes.has_timestamp() {
            return told("Cannot provide custom timestamp for counter updates");
        }
        if self.is_counter() && self.attributes.has_ttl() {
            return told("Cannot provide custom TTL for counter updates");
        }
        if self.table.is_view() {
            return told("Cannot directly modify a materialized view");
        }
        Ok(())
    }

    /// The table.
    pub(crate) fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// Whether the table is one of counters.
    pub(super) fn is_counter(&self) -> bool {
        self.is_counter
    }

    /// Whether it is made only if what is there satisfies conditions.
    pub(crate) fn has_conditions(&self) -> bool {
        !self.conditions.is_none()
    }

    /// Whether what is there has to be read before it is written.
    pub(super) fn requires_read(&self) -> bool {
        self.requires_read
    }

    /// Whether rows that are not static are changed (`ModificationStatement.updatesRegularRows`).
    pub(super) fn updates_regular_rows(&self) -> bool {
        self.columns.clustering().is_empty() || self.target.has_clustering()
    }

    /// Whether static columns are changed.
    pub(super) fn updates_static_row(&self) -> bool {
        !self.statics.is_empty()
    }

    /// Whether it is about the static row alone.
    pub(super) fn is_on_statics_alone(&self) -> bool {
        is_on_statics_alone(self.kind, (&self.regulars, &self.statics), &self.conditions)
    }

    /// The values of a row of JSON, if one is bound.
    ///
    /// # Errors
    /// If it is none of the table.
    pub(super) fn json_values(&self, bindings: &Bindings<'_>) -> QueryResult<Vec<Value<'static>>> {
        self.json.as_ref().map_or(Ok(Vec::new()), |json| json.values(&self.columns, bindings))
    }

    /// Makes it. A conditional one answers with a row that tells whether it was made.
    ///
    /// # Errors
    /// If a value cannot be written, or the storage fails.
    pub(crate) fn execute(&self, db: &Database, bindings: &Bindings<'_>) -> QueryResult<Option<RowSet>> {
        if self.has_conditions() {
            let json = self.json_values(bindings)?;
            let inputs = Inputs { bindings: *bindings, json: &json };
            return CasRequest::of_statement(self, inputs)?.execute(db).map(Some);
        }
        let stated = self.attributes.stated_timestamp(bindings)?;
        let json = self.json_values(bindings)?;
        let inputs = Inputs { bindings: *bindings, json: &json };
        let now = || stated.unwrap_or_else(|| db.next_timestamp());
        if self.writes_planned_row() {
            self.write_row_of_plan(db, &inputs, now())?;
        } else {
            let mut updates = Updates::default();
            let keys = self.target.keys(&inputs)?;
            self.add_updates(db, (&mut updates, &keys), &inputs, now())?;
            updates.write(db)?;
        }
        Ok(None)
    }

    /// Whether it writes one row that its values tell, without a look at what is there.
    pub(super) fn writes_planned_row(&self) -> bool {
        self.target.plan().is_some() && !self.requires_read && !self.is_counter()
    }

    /// Writes the one row that it is about.
    fn write_row_of_plan(&self, db: &Database, inputs: &Inputs<'_>, timestamp: i64) -> QueryResult<()> {
        let taken = self.pool.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut scratch = taken.unwrap_or_else(|| Scratch {
            builder: PartitionUpdateBuilder::new(self.table.layout(), &[]),
            additions: Vec::new(),
            key: Vec::new(),
            clustering: ClusteringBuffer::default(),
        });
        if self.write_row_into(db, inputs, timestamp, &mut scratch)? <= SCRATCH_LIMIT_BYTES {
            self.pool.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        }
        Ok(())
    }

    /// Returned is how many bytes were written.
    fn write_row_into(
        &self,
        db: &Database,
        inputs: &Inputs<'_>,
        timestamp: i64,
        scratch: &mut Scratch,
    ) -> QueryResult<usize> {
        let Scratch { builder, additions, key, clustering } = scratch;
        let Some(plan) = self.target.plan() else { return Ok(0) };
        plan.write_key(inputs, key)?;
        plan.write_clustering(inputs, clustering)?;
        let times = self.times(db, &inputs.bindings, timestamp)?;
        builder.restart(key);
        let mut writer = RowWriter::new(builder, additions, times, None);
        let written = self.write_row(clustering, inputs, &mut writer);
        let built = written.and_then(|()| Ok(builder.build()?));
        // What is wrong with a key is told before what is wrong with the row.
        let mutation = built.or_else(|error| self.check_key_values(key).and(Err(error)))?;
        db.write(&mutation)?;
        Ok(mutation.bytes().len())
    }

    pub(super) fn times(
        &self,
        db: &Database,
        bindings: &Bindings<'_>,
        timestamp: i64,
    ) -> QueryResult<WriteTimes> {
        let now_seconds = db.now_seconds();
        let ttl_seconds = self.attributes.ttl_seconds(&self.table, now_seconds, bindings)?;
        WriteTimes::new(timestamp, ttl_seconds, now_seconds)
    }

    /// Adds what it does to the updates of the partitions of these keys. The time is that of the batch, if it states none itself
    /// (`ModificationStatement.addUpdates`).
    ///
    /// # Errors
    /// If a value cannot be written, or what is there cannot be read.
    pub(super) fn add_updates(
        &self,
        db: &Database,
        (updates, keys): (&mut Updates, &[Vec<u8>]),
        inputs: &Inputs<'_>,
        now: i64,
    ) -> QueryResult<()> {
        let rows = self.target.rows(inputs)?;
        if matches!(&rows, TargetRows::Clusterings(rows) if rows.is_empty())
            || matches!(&rows, TargetRows::Slices(slices) if slices.is_empty())
        {
            return Ok(());
        }
        let timestamp = self.attributes.stated_timestamp(&inputs.bindings)?.unwrap_or(now);
        let times = self.times(db, &inputs.bindings, timestamp)?;
        for key in keys {
            let existing = if self.requires_read { Some(self.read(db, key, &rows)?) } else { None };
            self.check_key_values(key)?;
            let Some(update) = updates.of(self.table.layout(), key) else { continue };
            let mut writer =
                RowWriter::new(&mut update.builder, &mut update.additions, times, existing.as_ref());
            self.write_rows(&rows, inputs, &mut writer)?;
        }
        Ok(())
    }

    /// Whether the values of a key are of their types.
    ///
    /// # Errors
    /// In Cassandra's words.
    pub(super) fn check_key_values(&self, key: &[u8]) -> QueryResult<()> {
        check_key_values(self.columns.partition_key(), key)
    }

    /// Does what it does to these rows of one partition.
    pub(super) fn write_rows(
        &self,
        rows: &TargetRows,
        inputs: &Inputs<'_>,
        writer: &mut RowWriter<'_>,
    ) -> QueryResult<()> {
        match rows {
            TargetRows::Whole => self.write_row(&ClusteringBuffer::EMPTY, inputs, writer),
            TargetRows::Clusterings(rows) => {
                rows.iter().try_for_each(|row| self.write_row(row, inputs, writer))
            }
            TargetRows::Slices(slices) => {
                slices.iter().try_for_each(|slice| self.delete_slice(slice, writer))
            }
        }
    }

    /// Reads the rows that operations need (`ModificationStatement.readRequiredLists`).
    fn read(&self, db: &Database, key: &[u8], rows: &TargetRows) -> QueryResult<ExistingPartition> {
        let command = ReadCommand::key(self.table.id(), key).now_seconds(db.now_seconds());
        let has_statics = !self.statics.is_empty();
        match rows {
            TargetRows::Clusterings(rows) => {
                let slices = rows.iter().map(|row| Slice::of_prefix(row.as_clustering().iter()));
                ExistingPartition::read(&db.view(), &command, slices, has_statics)
            }
            TargetRows::Slices(slices) => {
                ExistingPartition::read(&db.view(), &command, slices.iter().cloned(), has_statics)
            }
            TargetRows::Whole => ExistingPartition::read_first(&db.view(), command, false),
        }
    }

    /// Does what it does to one row, or to the partition if there are no values of clustering columns
    /// (`addUpdateForKey`).
    pub(super) fn write_row(
        &self,
        clustering: &ClusteringBuffer,
        inputs: &Inputs<'_>,
        writer: &mut RowWriter<'_>,
    ) -> QueryResult<()> {
        if self.kind == StatementKind::Delete {
            return self.delete(clustering, inputs, writer);
        }
        if self.updates_regular_rows() {
            let is_inserted = self.kind == StatementKind::Insert;
            writer.begin_row(clustering, is_inserted)?;
            self.regulars.iter().try_for_each(|operation| operation.execute(inputs, writer))?;
            writer.end_row();
        }
        self.write_static_row(inputs, writer)
    }

    fn write_static_row(&self, inputs: &Inputs<'_>, writer: &mut RowWriter<'_>) -> QueryResult<()> {
        if self.statics.is_empty() {
            return Ok(());
        }
        writer.begin_static_row()?;
        self.statics.iter().try_for_each(|operation| operation.execute(inputs, writer))?;
        writer.end_row();
        Ok(())
    }

    fn delete(
        &self,
        clustering: &ClusteringBuffer,
        inputs: &Inputs<'_>,
        writer: &mut RowWriter<'_>,
    ) -> QueryResult<()> {
        let is_partition = clustering.as_clustering().is_empty();
        if self.regulars.is_empty() && self.statics.is_empty() {
            return if is_partition { writer.delete_partition() } else { writer.delete_row(clustering) };
        }
        if !self.regulars.is_empty() {
            if is_partition && !self.columns.clustering().is_empty() {
                return Err(range_of_columns());
            }
            writer.begin_row(clustering, false)?;
            self.regulars.iter().try_for_each(|operation| operation.execute(inputs, writer))?;
            writer.end_row();
        }
        self.write_static_row(inputs, writer)
    }

    /// Deletes a range of rows.
    pub(super) fn delete_slice(&self, slice: &Slice, writer: &mut RowWriter<'_>) -> QueryResult<()> {
        if !self.regulars.is_empty() || !self.statics.is_empty() {
            return Err(range_of_columns());
        }
        writer.delete_range(slice.start.as_prefix(), slice.end.as_prefix())
    }

    /// How long what it writes lives.
    pub(super) fn ttl_seconds(&self, now_seconds: i64, bindings: &Bindings<'_>) -> QueryResult<i32> {
        self.attributes.ttl_seconds(&self.table, now_seconds, bindings)
    }
}

fn range_of_columns() -> QueryError {
    QueryError::invalid("Range deletions are not supported for specific columns")
}

pub(super) fn check_no_timestamp(attributes: &PreparedAttributes) -> QueryResult<()> {
    match attributes.has_timestamp() {
        true => Err(QueryError::invalid("Cannot provide custom timestamp for conditional updates")),
        false => Ok(()),
    }
}

/// Whether operations and conditions are about static columns alone (`ModificationStatement.appliesOnlyToStaticColumns`).
pub(super) fn is_on_statics_alone(
    kind: StatementKind,
    (regulars, statics): (&[Operation], &[Operation]),
    conditions: &PreparedConditions,
) -> bool {
    let is_on_regulars = !regulars.is_empty() || (kind == StatementKind::Delete && statics.is_empty());
    !is_on_regulars && !conditions.is_on_regulars() && (!statics.is_empty() || conditions.is_on_statics())
}
