//! From syntax trees to modifications.

use std::collections::BTreeSet;
use std::sync::Arc;

use cqlite_cql::query::{
    DeleteStatement, InsertStatement, InsertValues, ModificationStatement, Operator, Relation, Term,
    UpdateStatement, WhereClause,
};
use cqlite_cql::{Identifier, Spanned};
use cqlite_sstable::schema::ColumnKind;

use super::attributes::PreparedAttributes;
use super::conditions::PreparedConditions;
use super::json_source::prepare_json;
use super::modification::{Parts, PreparedModification, is_on_statics_alone};
use super::operation::Operation;
use super::operation_preparation::{prepare_assignment, prepare_deletion, prepare_set};
use super::preparation::Preparation;
use super::target::Target;
use crate::catalog::Schema;
use crate::query::restrictions::StatementKind;
use crate::query::{BindMarkers, QueryError, QueryResult, find_written_table};

fn refuse<T>(message: String) -> QueryResult<T> {
    Err(QueryError::invalid(message))
}

impl PreparedModification {
    /// A statement, maybe of a batch. A table without a keyspace is one of that in use. What is told of it as a whole is checked by
    /// [`Self::validate`], of a batch behind all its statements.
    ///
    /// # Errors
    /// Those of Cassandra, in its words.
    pub(super) fn prepare(
        raw: &ModificationStatement,
        schema: &Schema,
        in_use: Option<&str>,
        markers: &mut BindMarkers,
    ) -> QueryResult<Self> {
        match raw {
            ModificationStatement::Insert(raw) => Self::insert(raw, schema, in_use, markers),
            ModificationStatement::Update(raw) => Self::update(raw, schema, in_use, markers),
            ModificationStatement::Delete(raw) => Self::delete_statement(raw, schema, in_use, markers),
        }
    }

    /// Checks an `INSERT`, as [`Self::prepare`] does.
    pub(crate) fn insert(
        raw: &InsertStatement,
        schema: &Schema,
        in_use: Option<&str>,
        markers: &mut BindMarkers,
    ) -> QueryResult<Self> {
        let table = find_written_table(schema, &raw.table, in_use)?;
        let mut preparation = Preparation::new(schema, &table, markers);
        let attributes = preparation.attributes(&raw.attributes)?;
        let conditions =
            if raw.if_not_exists { PreparedConditions::NotExists } else { PreparedConditions::None };
        if preparation.table.is_counter() {
            return refuse(
                "INSERT statements are not allowed on counter tables, use UPDATE instead".to_owned(),
            );
        }
        match &raw.values {
            InsertValues::Columns { columns, values } => {
                insert_columns(columns, values, attributes, conditions, &mut preparation)
            }
            InsertValues::Json { value, default_unset } => {
                let (operations, target, json) = prepare_json(value, *default_unset, &mut preparation)?;
                let kind = StatementKind::Insert;
                let parts = Parts { kind, attributes, operations, conditions, target, json };
                Self::of_parts(preparation.table, &preparation.columns, parts)
            }
        }
    }

    /// Checks an `UPDATE`, as [`Self::prepare`] does.
    pub(crate) fn update(
        raw: &UpdateStatement,
        schema: &Schema,
        in_use: Option<&str>,
        markers: &mut BindMarkers,
    ) -> QueryResult<Self> {
        let table = find_written_table(schema, &raw.table, in_use)?;
        let mut preparation = Preparation::new(schema, &table, markers);
        let attributes = preparation.attributes(&raw.attributes)?;
        let conditions =
            PreparedConditions::prepare(&raw.conditions, attributes.has_timestamp(), &mut preparation)?;
        let mut operations = Vec::with_capacity(raw.assignments.len());
        for assignment in &raw.assignments {
            let column = Arc::clone(preparation.columns.existing(&assignment.node.column)?);
            if column.is_key() {
                return refuse(format!("PRIMARY KEY part {} found in SET part", column.name()));
            }
            let operation = &assignment.node.operation;
            operations.push(prepare_assignment(&column, operation, !conditions.is_none(), &mut preparation)?);
        }
        let kind = StatementKind::Update;
        let target = preparation.target(kind, &raw.where_clause, &operations, &conditions)?;
        let parts = Parts { kind, attributes, operations, conditions, target, json: None };
        Self::of_parts(preparation.table, &preparation.columns, parts)
    }

    /// Checks a `DELETE`, as [`Self::prepare`] does.
    pub(crate) fn delete_statement(
        raw: &DeleteStatement,
        schema: &Schema,
        in_use: Option<&str>,
        markers: &mut BindMarkers,
    ) -> QueryResult<Self> {
        let table = find_written_table(schema, &raw.table, in_use)?;
        let mut preparation = Preparation::new(schema, &table, markers);
        let attributes = preparation.attributes(&raw.attributes)?;
        let conditions =
            PreparedConditions::prepare(&raw.conditions, attributes.has_timestamp(), &mut preparation)?;
        let mut operations = Vec::with_capacity(raw.deletions.len());
        for deletion in &raw.deletions {
            let column = Arc::clone(preparation.columns.existing(&deletion.node.column)?);
            if column.is_key() {
                return refuse(format!(
                    "Invalid identifier {} for deletion (should not be a PRIMARY KEY part)",
                    column.name()
                ));
            }
            operations.push(prepare_deletion(&column, &deletion.node, &mut preparation)?);
        }
        let kind = StatementKind::Delete;
        let target = preparation.target(kind, &raw.where_clause, &operations, &conditions)?;
        let parts = Parts { kind, attributes, operations, conditions, target, json: None };
        let delete = Self::of_parts(preparation.table, &preparation.columns, parts)?;
        if delete.has_conditions() && !delete.target.has_whole_primary_key() {
            let told =
                "DELETE statements must restrict all PRIMARY KEY columns with equality relations in order to";
            if !delete.regulars.is_empty() || delete.statics.is_empty() {
                return refuse(format!("{told} delete non static columns"));
            }
            if delete.conditions.is_on_regulars() {
                return refuse(format!("{told} use IF condition on non static columns"));
            }
        }
        Ok(delete)
    }
}

impl Preparation<'_> {
    fn attributes(&mut self, raw: &cqlite_cql::query::Attributes) -> QueryResult<PreparedAttributes> {
        let names = (self.table.keyspace(), self.table.name());
        PreparedAttributes::prepare(raw, names, &self.scope, self.markers)
    }

    /// The target of an `UPDATE` or `DELETE` (`ModificationStatement.Parsed.newRestrictions`).
    fn target(
        &mut self,
        kind: StatementKind,
        where_clause: &WhereClause,
        operations: &[Operation],
        conditions: &PreparedConditions,
    ) -> QueryResult<Target> {
        if !where_clause.expressions.is_empty() {
            let told =
                "Custom index expressions cannot be used in WHERE clauses for UPDATE or DELETE statements";
            return refuse(told.to_owned());
        }
        let is_on_statics = are_on_statics_alone(kind, operations, conditions);
        Target::prepare(kind, where_clause, is_on_statics, self)
    }
}

/// As [`is_on_statics_alone`], before operations are parted.
fn are_on_statics_alone(
    kind: StatementKind,
    operations: &[Operation],
    conditions: &PreparedConditions,
) -> bool {
    let is_static = |operation: &Operation| operation.column.kind == ColumnKind::Static;
    let has_regulars = operations.iter().any(|operation| !is_static(operation));
    let of = if has_regulars { (operations, &[][..]) } else { (&[][..], operations) };
    is_on_statics_alone(kind, of, conditions)
}

/// `UpdateStatement.ParsedInsert.prepareInternal`
fn insert_columns(
    names: &[Spanned<Identifier>],
    values: &[Spanned<Term>],
    attributes: PreparedAttributes,
    conditions: PreparedConditions,
    preparation: &mut Preparation<'_>,
) -> QueryResult<PreparedModification> {
    if names.len() != values.len() {
        return refuse("Unmatched column names/values".to_owned());
    }
    let distinct: BTreeSet<&str> = names.iter().map(|name| name.node.as_str()).collect();
    if distinct.len() != names.len() {
        return refuse("The column names contains duplicates".to_owned());
    }
    let mut where_clause = WhereClause::default();
    let mut operations = Vec::with_capacity(names.len());
    let mut has_clustering = false;
    for (name, value) in names.iter().zip(values) {
        let column = Arc::clone(preparation.columns.existing(&name.node)?);
        has_clustering |= column.kind == ColumnKind::Clustering;
        if column.is_key() {
            let relation = Relation::SingleColumn {
                column: name.node.clone(),
                operator: Operator::Equal,
                value: value.clone(),
            };
            where_clause.relations.push(Spanned { node: relation, span: name.span });
        } else {
            let action = prepare_set(&column, value, preparation)?;
            operations.push(Operation { column, action });
        }
    }
    let kind = StatementKind::Insert;
    let is_on_statics = !has_clustering && are_on_statics_alone(kind, &operations, &conditions);
    let target = Target::prepare(kind, &where_clause, is_on_statics, preparation)?;
    let parts = Parts { kind, attributes, operations, conditions, target, json: None };
    PreparedModification::of_parts(preparation.table, &preparation.columns, parts)
}
