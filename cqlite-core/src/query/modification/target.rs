//! Which partitions and rows a modification is about.

use std::sync::Arc;

use cqlite_cql::query::{Operator, Relation, WhereClause};
use cqlite_sstable::reader::Slice;
use cqlite_sstable::row::{ClusteringBuffer, ClusteringValue};

use super::operand::{Inputs, Operand};
use super::preparation::Preparation;
use crate::query::restrictions::{Restrictions, StatementKind, WhereOptions, check_key};
use crate::query::{QueryError, QueryResult, TableColumn, TableColumns, Value};
use crate::storage::mutation::KEY_LIMIT_BYTES;

/// Which partitions and rows a modification is about.
#[derive(Debug)]
pub(super) struct Target {
    /// What the statement asks for; none if the plan is all.
    restrictions: Option<Restrictions>,
    /// Where the values of the key are, if there is one for each of its columns.
    plan: Option<RowPlan>,
    has_clustering: bool,
    /// Whether it is ranges of rows (`ModificationStatement.hasSlices`).
    has_slices: bool,
}

/// The rows of each partition that a modification is about.
#[derive(Debug)]
pub(super) enum TargetRows {
    /// All of them, or the static one.
    Whole,
    /// These.
    Clusterings(Vec<ClusteringBuffer>),
    /// Those in these ranges.
    Slices(Vec<Slice>),
}

/// One row, by a value for each column of its key.
#[derive(Debug)]
pub(super) struct RowPlan {
    key: Vec<KeyOperand>,
    clustering: Vec<KeyOperand>,
}

#[derive(Debug)]
struct KeyOperand {
    column: Arc<TableColumn>,
    operand: Operand,
}

impl Target {
    /// That of a `WHERE`.
    ///
    /// # Errors
    /// As [`Restrictions::prepare`].
    pub(super) fn prepare(
        kind: StatementKind,
        where_clause: &WhereClause,
        is_on_statics_alone: bool,
        preparation: &mut Preparation<'_>,
    ) -> QueryResult<Self> {
        let options = WhereOptions { selects_only_statics: is_on_statics_alone, ..WhereOptions::default() };
        let of = (preparation.table, &preparation.columns);
        let markers = &mut *preparation.markers;
        let restrictions =
            Restrictions::prepare(kind, &preparation.scope, of, where_clause, &options, markers)?;
        let has_clustering = restrictions.has_clustering_restrictions();
        let has_slices = kind.allows_slices() && has_clustering && restrictions.is_column_range();
        let plan = RowPlan::prepare(where_clause, has_clustering, preparation)?;
        Ok(Self { restrictions: Some(restrictions), plan, has_clustering, has_slices })
    }

    /// That of a row of which all values of the key are given, in the order of its columns.
    pub(super) fn of_row(columns: &TableColumns, operands: Vec<Operand>) -> Self {
        let mut key: Vec<KeyOperand> = columns
            .primary_key()
            .iter()
            .zip(operands)
            .map(|(column, operand)| KeyOperand { column: Arc::clone(column), operand })
            .collect();
        let clustering = key.split_off(columns.partition_key().len().min(key.len()));
        let has_clustering = !clustering.is_empty();
        Self {
            restrictions: None,
            plan: Some(RowPlan { key, clustering }),
            has_clustering,
            has_slices: false,
        }
    }

    /// Whether clustering columns are restricted.
    pub(super) fn has_clustering(&self) -> bool {
        self.has_clustering
    }

    /// Whether there may be several partitions.
    pub(super) fn key_is_in(&self) -> bool {
        self.restrictions.as_ref().is_some_and(Restrictions::key_is_in)
    }

    /// Whether there may be several rows.
    pub(super) fn clustering_is_in(&self) -> bool {
        self.restrictions.as_ref().is_some_and(Restrictions::clustering_has_in)
    }

    /// Whether all columns of the primary key are restricted by equalities.
    pub(super) fn has_whole_primary_key(&self) -> bool {
        self.restrictions.as_ref().is_none_or(Restrictions::has_whole_primary_key)
    }

    /// The one row that it is, if it is one.
    pub(super) fn plan(&self) -> Option<&RowPlan> {
        self.plan.as_ref()
    }

    /// The serialized keys of the partitions.
    ///
    /// # Errors
    /// If a value is null or unset, or a key is empty or too long.
    pub(super) fn keys(&self, inputs: &Inputs<'_>) -> QueryResult<Vec<Vec<u8>>> {
        if let Some(plan) = &self.plan {
            let mut key = Vec::new();
            plan.write_key(inputs, &mut key)?;
            return Ok(vec![key]);
        }
        match &self.restrictions {
            Some(restrictions) => {
                let keys = restrictions.partition_keys(&inputs.bindings)?;
                keys.iter().try_for_each(|key| check_key(key))?;
                Ok(keys)
            }
            None => Ok(Vec::new()),
        }
    }

    /// The rows in each of the partitions.
    ///
    /// # Errors
    /// If a value is null or unset, or values are too long.
    pub(super) fn rows(&self, inputs: &Inputs<'_>) -> QueryResult<TargetRows> {
        if !self.has_clustering {
            return Ok(TargetRows::Whole);
        }
        if let Some(plan) = &self.plan {
            let mut clustering = ClusteringBuffer::default();
            plan.write_clustering(inputs, &mut clustering)?;
            return Ok(TargetRows::Clusterings(vec![clustering]));
        }
        let Some(restrictions) = &self.restrictions else { return Ok(TargetRows::Whole) };
        if self.has_slices {
            return restrictions.slices(&inputs.bindings).map(TargetRows::Slices);
        }
        let rows = restrictions.clusterings(&inputs.bindings)?;
        rows.iter().try_for_each(check_clustering)?;
        Ok(TargetRows::Clusterings(rows))
    }
}

impl RowPlan {
    /// That of a `WHERE` that has been found to be sound: none if it has anything but equalities of single columns, or some of the
    /// clustering columns alone.
    fn prepare(
        where_clause: &WhereClause,
        has_clustering: bool,
        preparation: &mut Preparation<'_>,
    ) -> QueryResult<Option<Self>> {
        let columns = Arc::clone(&preparation.columns);
        let mut parts = |of: &[Arc<TableColumn>]| -> QueryResult<Option<Vec<KeyOperand>>> {
            let mut operands = Vec::with_capacity(of.len());
            for column in of {
                let mut relations = where_clause.relations.iter().map(|relation| &relation.node);
                let value = relations.find_map(|relation| match relation {
                    Relation::SingleColumn { column: of, operator: Operator::Equal, value }
                        if of.as_str() == column.name() =>
                    {
                        Some(value)
                    }
                    _ => None,
                });
                let Some(value) = value else { return Ok(None) };
                // A tuple in the place of a user type is one for a restriction alone.
                let Ok(operand) = preparation.operand(value, &column.spec) else { return Ok(None) };
                operands.push(KeyOperand { column: Arc::clone(column), operand });
            }
            Ok(Some(operands))
        };
        let Some(key) = parts(columns.partition_key())? else { return Ok(None) };
        let clustering = if has_clustering { parts(columns.clustering())? } else { Some(Vec::new()) };
        let Some(clustering) = clustering else { return Ok(None) };
        let is_all = where_clause.relations.len() == key.len().saturating_add(clustering.len());
        Ok(is_all.then_some(Self { key, clustering }))
    }

    /// Puts the serialized key of the partition in the place of what is there.
    ///
    /// # Errors
    /// If a value is null or unset, or the key is empty or too long.
    pub(super) fn write_key(&self, inputs: &Inputs<'_>, key: &mut Vec<u8>) -> QueryResult<()> {
        key.clear();
        let mut value_bytes = 0_usize;
        if let [only] = self.key.as_slice() {
            key.extend_from_slice(only.evaluate(inputs)?.bytes().unwrap_or_default());
            value_bytes = key.len();
        } else {
            for part in &self.key {
                let value = part.evaluate(inputs)?;
                let bytes = value.bytes().unwrap_or_default();
                value_bytes = value_bytes.saturating_add(bytes.len());
                key.extend_from_slice(&(bytes.len() as u16).to_be_bytes());
                key.extend_from_slice(bytes);
                key.push(0);
            }
        }
        check_length(value_bytes)?;
        check_key(key)
    }

    /// Puts the values of the clustering columns in the place of what is there.
    ///
    /// # Errors
    /// If a value is null or unset, or they are too long.
    pub(super) fn write_clustering(
        &self,
        inputs: &Inputs<'_>,
        clustering: &mut ClusteringBuffer,
    ) -> QueryResult<()> {
        clustering.clear();
        let mut bytes = 0_usize;
        for part in &self.clustering {
            let value = part.evaluate(inputs)?;
            let value = value.bytes().unwrap_or_default();
            bytes = bytes.saturating_add(value.len());
            clustering.push(ClusteringValue::Value(value));
        }
        check_length(bytes)
    }
}

impl KeyOperand {
    /// The value: some bytes.
    #[inline]
    fn evaluate<'v>(&'v self, inputs: &Inputs<'v>) -> QueryResult<Value<'v>> {
        let value = self.operand.evaluate(inputs)?;
        let told = match &value {
            Value::Bytes(_) => return Ok(value),
            Value::Null => "Invalid null value in condition for column",
            Value::Unset => "Invalid unset value for column",
        };
        Err(QueryError::invalid(format!("{told} {}", self.column.name())))
    }
}

/// `ClusteringPrefix.validate`
fn check_clustering(clustering: &ClusteringBuffer) -> QueryResult<()> {
    let values = clustering.as_clustering().iter();
    check_length(values.filter_map(ClusteringValue::bytes).map(<[u8]>::len).sum())
}

#[inline]
fn check_length(bytes: usize) -> QueryResult<()> {
    if bytes <= KEY_LIMIT_BYTES {
        return Ok(());
    }
    Err(QueryError::invalid(format!("Key length of {bytes} is longer than maximum of {KEY_LIMIT_BYTES}")))
}
