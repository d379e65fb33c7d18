//! Modifications that are made only if what is there satisfies conditions.

use std::collections::BTreeSet;
use std::sync::Arc;

use cqlite_sstable::reader::Slice;
use cqlite_sstable::row::ClusteringBuffer;
use cqlite_sstable::schema::ColumnKind;

use super::cas_result::{applied, refused};
use super::condition_check::BoundCondition;
use super::conditions::PreparedConditions;
use super::existing_partition::ExistingPartition;
use super::modification::PreparedModification;
use super::operand::Inputs;
use super::row_writer::{RowWriter, WriteTimes};
use super::target::TargetRows;
use crate::catalog::Table;
use crate::database::Database;
use crate::query::restrictions::check_key_values;
use crate::query::{QueryError, QueryResult, RowSet, TableColumn, TableColumns};
use crate::storage::mutation::{Mutation, PartitionUpdateBuilder};
use crate::storage::read::ReadCommand;
use crate::storage::store::View;

/// Conditions on rows of one partition, and what is done to it if they hold (`cql3.statements.CQL3CasRequest`).
#[derive(Debug)]
pub(super) struct CasRequest<'c> {
    table: &'c Table,
    columns: &'c Arc<TableColumns>,
    /// The serialized key of the partition; none before the first statement.
    key: Vec<u8>,
    is_batch: bool,
    on_static_row: Option<RowCondition<'c>>,
    /// In clustering order.
    on_rows: Vec<(ClusteringBuffer, RowCondition<'c>)>,
    changes: Vec<Change<'c>>,
    ranges: Vec<(Slice, Change<'c>)>,
    /// The columns that clients are told of if it is not done; all if a condition is on a row as a whole.
    told: Option<Vec<Arc<TableColumn>>>,
    read: ReadColumns,
}

/// The columns that are read for the conditions.
#[derive(Debug, Default)]
struct ReadColumns {
    has_all_statics: bool,
    has_all_regulars: bool,
    statics: BTreeSet<usize>,
    regulars: BTreeSet<usize>,
}

/// A condition on a row.
#[derive(Debug)]
enum RowCondition<'c> {
    NotExists,
    Exists,
    Columns(Vec<BoundCondition<'c>>),
}

/// A statement that is carried out if the conditions hold.
#[derive(Debug, Clone)]
struct Change<'c> {
    statement: &'c PreparedModification,
    inputs: Inputs<'c>,
    rows: Option<ClusteringBuffer>,
}

impl<'c> CasRequest<'c> {
    /// That of one statement (`ModificationStatement.makeCasRequest`).
    ///
    /// # Errors
    /// If it is about several partitions or rows, or a value is none that can be compared.
    pub(super) fn of_statement(statement: &'c PreparedModification, inputs: Inputs<'c>) -> QueryResult<Self> {
        let mut request = Self::new(statement, false);
        request.read.add(statement);
        request.read.has_all_statics = statement.updates_static_row();
        request.read.has_all_regulars = statement.updates_regular_rows();
        let keys = statement.target.keys(&inputs)?;
        if statement.target.key_is_in() {
            return Err(in_refused("partition key", statement));
        }
        request.key = keys.into_iter().next().unwrap_or_default();
        request.add(statement, inputs)?;
        Ok(request)
    }

    /// That of a batch (`BatchStatement.makeCasRequest`).
    ///
    /// # Errors
    /// As [`Self::of_statement`].
    pub(super) fn of_batch(
        statements: impl Iterator<Item = (&'c PreparedModification, Inputs<'c>)>,
    ) -> QueryResult<Option<Self>> {
        let mut request: Option<Self> = None;
        for (statement, inputs) in statements {
            let keys = statement.target.keys(&inputs)?;
            if statement.target.key_is_in() {
                return Err(QueryError::invalid(
                    "Batch with conditions cannot span multiple partitions (you cannot use IN on the partition key)",
                ));
            }
            let key = keys.into_iter().next().unwrap_or_default();
            let request = match &mut request {
                Some(request) if request.key != key => {
                    return Err(QueryError::invalid("Batch with conditions cannot span multiple partitions"));
                }
                Some(request) => request,
                none => none.insert(Self { key, ..Self::new(statement, true) }),
            };
            request.read.has_all_regulars |= statement.updates_regular_rows();
            if statement.has_conditions() {
                request.read.add(statement);
                request.read.has_all_statics |= statement.updates_static_row();
            }
            request.add(statement, inputs)?;
        }
        Ok(request)
    }

    fn new(statement: &'c PreparedModification, is_batch: bool) -> Self {
        Self {
            table: &statement.table,
            columns: &statement.columns,
            key: Vec::new(),
            is_batch,
            on_static_row: None,
            on_rows: Vec::new(),
            changes: Vec::new(),
            ranges: Vec::new(),
            told: Some(Vec::new()),
            read: ReadColumns::default(),
        }
    }

    fn add(&mut self, statement: &'c PreparedModification, inputs: Inputs<'c>) -> QueryResult<()> {
        if statement.target.clustering_is_in() {
            return Err(in_refused("clustering key columns", statement));
        }
        let mut change = Change { statement, inputs, rows: None };
        let row = match statement.target.rows(&inputs)? {
            TargetRows::Slices(slices) => {
                self.ranges.extend(slices.into_iter().map(|slice| (slice, change.clone())));
                return Ok(());
            }
            TargetRows::Whole if statement.is_on_statics_alone() => None,
            TargetRows::Whole => Some(ClusteringBuffer::default()),
            TargetRows::Clusterings(rows) => rows.into_iter().next(),
        };
        self.add_conditions(row.as_ref(), statement, &inputs)?;
        change.rows = row;
        self.changes.push(change);
        Ok(())
    }

    fn add_conditions(
        &mut self,
        row: Option<&ClusteringBuffer>,
        statement: &'c PreparedModification,
        inputs: &Inputs<'c>,
    ) -> QueryResult<()> {
        let conditions = &statement.conditions;
        match conditions {
            PreparedConditions::None => return Ok(()),
            PreparedConditions::Exists => self.add_exists(row, RowCondition::Exists)?,
            PreparedConditions::NotExists => self.add_exists(row, RowCondition::NotExists)?,
            PreparedConditions::Columns { regulars, statics } => {
                for (row, conditions) in [(row, regulars), (None, statics)] {
                    if conditions.is_empty() {
                        continue;
                    }
                    let bound = conditions
                        .iter()
                        .map(|condition| condition.bind(&inputs.bindings))
                        .collect::<QueryResult<Vec<_>>>()?;
                    self.add_columns(row, bound)?;
                }
            }
        }
        match (conditions.columns(), &mut self.told) {
            (None, told) => *told = None,
            (Some(columns), Some(told)) => {
                for column in columns {
                    if !told.contains(column) {
                        told.push(Arc::clone(column));
                    }
                }
            }
            (Some(_), None) => {}
        }
        Ok(())
    }

    /// The condition on a row, and whether there was one before.
    fn condition_of(&mut self, row: Option<&ClusteringBuffer>, new: RowCondition<'c>) -> Placed<'_, 'c> {
        let Some(row) = row else {
            return match &mut self.on_static_row {
                Some(before) => Placed::Before(before, new),
                none => {
                    *none = Some(new);
                    Placed::New
                }
            };
        };
        let order = self.table.layout().order();
        let place = self
            .on_rows
            .binary_search_by(|(known, _)| order.compare_rows(known.as_clustering(), row.as_clustering()));
        match place {
            Ok(place) => match self.on_rows.get_mut(place) {
                Some((_, before)) => Placed::Before(before, new),
                None => Placed::New,
            },
            Err(place) => {
                self.on_rows.insert(place, (row.clone(), new));
                Placed::New
            }
        }
    }

    /// `CQL3CasRequest.addExistsCondition`
    fn add_exists(&mut self, row: Option<&ClusteringBuffer>, new: RowCondition<'c>) -> QueryResult<()> {
        let Placed::Before(before, new) = self.condition_of(row, new) else { return Ok(()) };
        let told = match (before, new) {
            (RowCondition::Exists, RowCondition::Exists)
            | (RowCondition::NotExists, RowCondition::NotExists) => return Ok(()),
            (RowCondition::Columns(_), RowCondition::NotExists) => {
                "Cannot mix IF conditions and IF NOT EXISTS for the same row"
            }
            (RowCondition::Columns(_), _) => "Cannot mix IF conditions and IF EXISTS for the same row",
            _ => "Cannot mix IF EXISTS and IF NOT EXISTS conditions for the same row",
        };
        Err(QueryError::invalid(told))
    }

    fn add_columns(
        &mut self,
        row: Option<&ClusteringBuffer>,
        conditions: Vec<BoundCondition<'c>>,
    ) -> QueryResult<()> {
        match self.condition_of(row, RowCondition::Columns(conditions)) {
            Placed::New => Ok(()),
            Placed::Before(RowCondition::Columns(before), RowCondition::Columns(mut new)) => {
                before.append(&mut new);
                Ok(())
            }
            Placed::Before(..) => {
                Err(QueryError::invalid("Cannot mix IF conditions and IF NOT EXISTS for the same row"))
            }
        }
    }

    /// Reads, and does it if the conditions hold. Returned is the row that tells which.
    ///
    /// # Errors
    /// If values cannot be compared or written, or the storage fails.
    pub(super) fn execute(&self, db: &Database) -> QueryResult<RowSet> {
        let partition = (self.table.id(), self.key.as_slice());
        db.decide(&[partition], |view| {
            let now_seconds = db.now_seconds();
            let present = self.read_present(view, now_seconds)?;
            if !self.is_met(&present)? {
                let told = self.told.as_deref();
                return Ok((None, refused(self.columns, &self.key, told, self.is_batch, &present)));
            }
            let mutation = self.make(&present, db.next_timestamp(), now_seconds)?;
            Ok((Some(mutation), applied(self.table)))
        })
    }

    /// `CQL3CasRequest.readCommand`
    fn read_present(&self, view: &View, now_seconds: i64) -> QueryResult<ExistingPartition> {
        let [statics, regulars] = self.read.places(self.table);
        let has_statics = !statics.is_empty();
        let command =
            ReadCommand::key(self.table.id(), &*self.key).now_seconds(now_seconds).columns(statics, regulars);
        if self.on_rows.is_empty() {
            return ExistingPartition::read_first(view, command, !self.read.has_all_regulars);
        }
        let slices = self.on_rows.iter().map(|(row, _)| Slice::of_prefix(row.as_clustering().iter()));
        ExistingPartition::read(view, &command, slices, has_statics)
    }

    fn is_met(&self, present: &ExistingPartition) -> QueryResult<bool> {
        if let Some(condition) = &self.on_static_row
            && !condition.is_met(present.statics())?
        {
            return Ok(false);
        }
        let order = self.table.layout().order();
        for (row, condition) in &self.on_rows {
            let cells = present.row(row.as_clustering(), order).map(|row| row.cells());
            if !condition.is_met(cells)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// `CQL3CasRequest.makeUpdates`
    fn make(&self, present: &ExistingPartition, timestamp: i64, now_seconds: i64) -> QueryResult<Mutation> {
        check_key_values(self.columns.partition_key(), &self.key)?;
        let mut builder = PartitionUpdateBuilder::new(self.table.layout(), &self.key);
        let mut additions = Vec::new();
        let ranges = self.ranges.iter().map(|(slice, change)| (Some(slice), change));
        for (slice, change) in self.changes.iter().map(|change| (None, change)).chain(ranges) {
            let Change { statement, inputs, rows } = change;
            let ttl_seconds = statement.ttl_seconds(now_seconds, &inputs.bindings)?;
            let mut times = WriteTimes::new(timestamp, ttl_seconds, now_seconds)?;
            // Deletions of what is not named row by row are of the moment before.
            times.range_timestamp = timestamp.saturating_sub(1);
            let existing = statement.requires_read().then_some(present);
            let mut writer = RowWriter::new(&mut builder, &mut additions, times, existing);
            match (slice, rows) {
                (Some(slice), _) => statement.delete_slice(slice, &mut writer)?,
                (None, Some(row)) => statement.write_row(row, inputs, &mut writer)?,
                (None, None) => statement.write_row(&ClusteringBuffer::EMPTY, inputs, &mut writer)?,
            }
        }
        Ok(builder.build()?)
    }
}

/// What came of adding a condition to a row.
enum Placed<'r, 'c> {
    /// It is the first one.
    New,
    /// There is one, and here is the other.
    Before(&'r mut RowCondition<'c>, RowCondition<'c>),
}

impl RowCondition<'_> {
    fn is_met(&self, row: Option<crate::storage::read::Cells<'_>>) -> QueryResult<bool> {
        match self {
            Self::NotExists => Ok(row.is_none()),
            Self::Exists => Ok(row.is_some()),
            Self::Columns(conditions) => {
                for condition in conditions {
                    if !condition.is_met(row)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
        }
    }
}

impl ReadColumns {
    /// Those with conditions, and those that operations read (`ModificationStatement.conditionColumns`).
    fn add(&mut self, statement: &PreparedModification) {
        self.statics.append(&mut statement.conditions.places(ColumnKind::Static));
        self.regulars.append(&mut statement.conditions.places(ColumnKind::Regular));
        let read = |operations: &[super::operation::Operation]| {
            let read = operations.iter().filter(|operation| operation.requires_read());
            read.map(|operation| operation.column.place).collect::<BTreeSet<_>>()
        };
        self.statics.append(&mut read(&statement.statics));
        self.regulars.append(&mut read(&statement.regulars));
    }

    /// The places of static and regular columns.
    fn places(&self, table: &Table) -> [Vec<usize>; 2] {
        let all = |is_static: bool| (0..table.layout().header_columns(is_static).len()).collect();
        let some = |places: &BTreeSet<usize>| places.iter().copied().collect();
        [
            if self.has_all_statics { all(true) } else { some(&self.statics) },
            if self.has_all_regulars { all(false) } else { some(&self.regulars) },
        ]
    }
}

fn in_refused(what: &str, statement: &PreparedModification) -> QueryError {
    let is_update = statement.kind == crate::query::restrictions::StatementKind::Update;
    let kind = if is_update { "updates" } else { "deletions" };
    QueryError::invalid(format!("IN on the {what} is not supported with conditional {kind}"))
}
