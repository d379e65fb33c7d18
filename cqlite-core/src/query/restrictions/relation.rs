//! From relations as they are written to what they ask of columns.

use std::sync::Arc;

use cqlite_cql::Identifier;
use cqlite_cql::query::{InValues, Operator, Relation, Term};
use cqlite_sstable::schema::ColumnKind;
use cqlite_sstable::types::CqlType;

use super::relation_text::relation_text;
use super::tuple_term::{InTerms, TupleTerm};
use super::{Bound, Restriction, RestrictionKind, TermSlice};
use crate::catalog::references_duration;
use crate::query::scope::Scope;
use crate::query::term::{
    PreparedInValues, PreparedMultiColumn, PreparedMultiColumnIn, PreparedTerm, key_spec, value_spec,
};
use crate::query::{BindMarkers, ColumnSpec, QueryError, QueryResult, TableColumn, TableColumns};

/// Checks relations against the columns of a table (`cql3.Relation.toRestriction`).
pub(super) struct RelationReader<'a> {
    pub(super) scope: &'a Scope<'a>,
    pub(super) columns: &'a TableColumns,
}

impl RelationReader<'_> {
    /// What a relation but one on tokens asks.
    pub(super) fn restriction(
        &self,
        relation: &Relation,
        markers: &mut BindMarkers,
    ) -> QueryResult<Restriction> {
        match relation {
            Relation::SingleColumn { column, operator, value } => {
                self.single(relation, column, *operator, &value.node, markers)
            }
            Relation::Element { column, key, operator, value } => {
                self.element(relation, column, (&key.node, *operator, &value.node), markers)
            }
            Relation::In { column, values } => self.one_of(column, values, markers),
            Relation::MultiColumn { columns, operator, value } => {
                self.tuple(relation, columns, *operator, &value.node, markers)
            }
            Relation::MultiColumnIn { columns, values } => self.tuple_in(relation, columns, values, markers),
            Relation::IsNotNull(_) | Relation::Token { .. } => {
                Err(QueryError::invalid(format!("Unsupported restriction: {}", relation_text(relation))))
            }
        }
    }

    fn single(
        &self,
        relation: &Relation,
        column: &Identifier,
        operator: Operator,
        value: &Term,
        markers: &mut BindMarkers,
    ) -> QueryResult<Restriction> {
        if operator == Operator::NotEqual {
            return Err(QueryError::invalid(format!(
                "Unsupported \"!=\" relation: {}",
                relation_text(relation)
            )));
        }
        let column = self.columns.existing(column)?;
        if slice_bound(operator).is_some() {
            check_slice_type(column)?;
        }
        let receiver = receiver_of(column, operator)?;
        let term = PreparedTerm::prepare(value, &receiver, self.scope, markers)?;
        let kind = match operator {
            Operator::Contains => RestrictionKind::Contains {
                values: vec![Arc::new(term)],
                keys: Vec::new(),
                entries: Vec::new(),
            },
            Operator::ContainsKey => RestrictionKind::Contains {
                values: Vec::new(),
                keys: vec![Arc::new(term)],
                entries: Vec::new(),
            },
            Operator::Like => RestrictionKind::Like(term),
            operator => match slice_bound(operator) {
                Some((bound, is_inclusive)) => {
                    RestrictionKind::Slice(TermSlice::new(bound, is_inclusive, TupleTerm::One(term)))
                }
                None => RestrictionKind::Equal(TupleTerm::One(term)),
            },
        };
        Ok(Restriction { columns: vec![Arc::clone(column)], is_multi_column: false, kind })
    }

    fn element(
        &self,
        relation: &Relation,
        column: &Identifier,
        (key, operator, value): (&Term, Operator, &Term),
        markers: &mut BindMarkers,
    ) -> QueryResult<Restriction> {
        if operator == Operator::NotEqual {
            return Err(QueryError::invalid(format!(
                "Unsupported \"!=\" relation: {}",
                relation_text(relation)
            )));
        }
        let column = self.columns.existing(column)?;
        if slice_bound(operator).is_some() {
            check_slice_type(column)?;
        }
        let name = column.name();
        let told = |message: String| Err(QueryError::invalid(message));
        if column.is_descending {
            return told(format!("Column {name} cannot be used as a map"));
        }
        let CqlType::Map { key: key_type, value: value_type, frozen } = column.cql_type() else {
            return match column.cql_type() {
                CqlType::List { .. } => told(format!(
                    "Indexes on list entries ({name}[index] = value) are not currently supported."
                )),
                _ => told(format!("Column {name} cannot be used as a map")),
            };
        };
        if *frozen {
            return told(format!(
                "Map-entry equality predicates on frozen map column {name} are not supported"
            ));
        }
        if operator != Operator::Equal {
            return told("Only EQ relations are supported on map entries".to_owned());
        }
        let key = PreparedTerm::prepare(key, &key_spec(&column.spec, key_type), self.scope, markers)?;
        let value = PreparedTerm::prepare(value, &value_spec(&column.spec, value_type), self.scope, markers)?;
        let entries = vec![(Arc::new(key), Arc::new(value))];
        let kind = RestrictionKind::Contains { values: Vec::new(), keys: Vec::new(), entries };
        Ok(Restriction { columns: vec![Arc::clone(column)], is_multi_column: false, kind })
    }

    fn one_of(
        &self,
        column: &Identifier,
        values: &InValues,
        markers: &mut BindMarkers,
    ) -> QueryResult<Restriction> {
        let column = self.columns.existing(column)?;
        let receiver = in_receiver_of(column)?;
        let columns = vec![Arc::clone(column)];
        let kind = match PreparedInValues::prepare(values, &receiver, self.scope, markers)? {
            PreparedInValues::Terms(mut terms) if terms.len() == 1 => match terms.pop() {
                Some(only) => RestrictionKind::Equal(TupleTerm::One(only)),
                None => RestrictionKind::In(InTerms::One(PreparedInValues::Terms(terms))),
            },
            values => RestrictionKind::In(InTerms::One(values)),
        };
        Ok(Restriction { columns, is_multi_column: false, kind })
    }

    fn tuple(
        &self,
        relation: &Relation,
        names: &[Identifier],
        operator: Operator,
        value: &Term,
        markers: &mut BindMarkers,
    ) -> QueryResult<Restriction> {
        let told = |message: String| Err(QueryError::invalid(message));
        let slice = match operator {
            Operator::Contains | Operator::ContainsKey | Operator::Like => {
                return told(format!("{operator} cannot be used for multi-column relations"));
            }
            Operator::NotEqual => {
                return told(format!("Unsupported \"!=\" relation: {}", relation_text(relation)));
            }
            operator => slice_bound(operator),
        };
        let columns = self.clustering_columns(relation, names)?;
        let term = PreparedMultiColumn::prepare(value, &specs(&columns), self.scope, markers)?;
        let term = TupleTerm::Several(term, columns.len());
        let kind = match slice {
            Some((bound, is_inclusive)) => RestrictionKind::Slice(TermSlice::new(bound, is_inclusive, term)),
            None => RestrictionKind::Equal(term),
        };
        Ok(Restriction { columns, is_multi_column: true, kind })
    }

    fn tuple_in(
        &self,
        relation: &Relation,
        names: &[Identifier],
        values: &InValues,
        markers: &mut BindMarkers,
    ) -> QueryResult<Restriction> {
        let columns = self.clustering_columns(relation, names)?;
        let count = columns.len();
        let kind = match PreparedMultiColumnIn::prepare(values, &specs(&columns), self.scope, markers)? {
            PreparedMultiColumnIn::Tuples(mut tuples) if tuples.len() == 1 => match tuples.pop() {
                Some(only) => RestrictionKind::Equal(TupleTerm::Several(only, count)),
                None => RestrictionKind::In(InTerms::Several(PreparedMultiColumnIn::Tuples(tuples), count)),
            },
            values => RestrictionKind::In(InTerms::Several(values, count)),
        };
        Ok(Restriction { columns, is_multi_column: true, kind })
    }

    fn clustering_columns(
        &self,
        relation: &Relation,
        names: &[Identifier],
    ) -> QueryResult<Vec<Arc<TableColumn>>> {
        let mut columns: Vec<Arc<TableColumn>> = Vec::with_capacity(names.len());
        let told = |message: String| Err(QueryError::invalid(message));
        for name in names {
            let column = self.columns.existing(name)?;
            if column.kind != ColumnKind::Clustering {
                return told(format!(
                    "Multi-column relations can only be applied to clustering columns but was applied to: {}",
                    column.name()
                ));
            }
            if columns.contains(column) {
                return told(format!(
                    "Column \"{}\" appeared twice in a relation: {}",
                    column.name(),
                    relation_text(relation)
                ));
            }
            if columns.last().is_some_and(|before| before.place.saturating_add(1) != column.place) {
                return told(format!(
                    "Clustering columns must appear in the PRIMARY KEY order in multi-column relations: {}",
                    relation_text(relation)
                ));
            }
            columns.push(Arc::clone(column));
        }
        Ok(columns)
    }
}

fn specs(columns: &[Arc<TableColumn>]) -> Vec<ColumnSpec> {
    columns.iter().map(|column| column.spec.clone()).collect()
}

/// Which side of a slice an operator gives, and whether the value is in it.
pub(super) fn slice_bound(operator: Operator) -> Option<(Bound, bool)> {
    match operator {
        Operator::Less => Some((Bound::End, false)),
        Operator::LessOrEqual => Some((Bound::End, true)),
        Operator::Greater => Some((Bound::Start, false)),
        Operator::GreaterOrEqual => Some((Bound::Start, true)),
        _ => None,
    }
}

fn check_slice_type(column: &TableColumn) -> QueryResult<()> {
    // Cassandra does not look into the type of a descending column.
    if column.is_descending || !references_duration(column.cql_type()) {
        return Ok(());
    }
    let what = match column.cql_type() {
        CqlType::List { .. } | CqlType::Set { .. } | CqlType::Map { .. } => {
            "collections containing durations"
        }
        CqlType::Tuple(_) => "tuples containing durations",
        CqlType::User(_) => "UDTs containing durations",
        _ => "duration columns",
    };
    Err(QueryError::invalid(format!("Slice restrictions are not supported on {what}")))
}

/// What a value is compared with (`SingleColumnRelation.toReceivers`).
fn receiver_of(column: &TableColumn, operator: Operator) -> QueryResult<ColumnSpec> {
    let (name, of) = (column.name(), column.cql_type());
    let told = |message: String| Err(QueryError::invalid(message));
    // Cassandra takes the values of a descending column for those of no collection.
    let is_collection = !column.is_descending
        && matches!(of, CqlType::List { .. } | CqlType::Set { .. } | CqlType::Map { .. });
    if operator == Operator::ContainsKey && !(is_collection && matches!(of, CqlType::Map { .. })) {
        return told(format!("Cannot use CONTAINS KEY on non-map column {name}"));
    }
    if operator == Operator::Contains && !is_collection {
        return told(format!("Cannot use CONTAINS on non-collection column {name}"));
    }
    check_multi_cell(column, &operator.to_string())?;
    let element = match (operator, of) {
        (Operator::ContainsKey, CqlType::Map { key, .. }) => key_spec(&column.spec, key),
        (
            Operator::Contains,
            CqlType::Map { value, .. }
            | CqlType::List { element: value, .. }
            | CqlType::Set { element: value, .. },
        ) => value_spec(&column.spec, value),
        _ => column.spec.clone(),
    };
    Ok(element)
}

fn in_receiver_of(column: &TableColumn) -> QueryResult<ColumnSpec> {
    check_multi_cell(column, "IN")?;
    Ok(column.spec.clone())
}

/// Columns of many cells are asked for their elements alone.
fn check_multi_cell(column: &TableColumn, operator: &str) -> QueryResult<()> {
    let (name, of) = (column.name(), column.cql_type());
    let is_legal = matches!(operator, "CONTAINS" | "CONTAINS KEY");
    match of {
        CqlType::User(user) if !user.frozen => Err(QueryError::invalid(format!(
            "Non-frozen UDT column '{name}' ({}) cannot be restricted by any relation",
            of.cql_name()
        ))),
        _ if of.is_multi_cell() && !is_legal => Err(QueryError::invalid(format!(
            "Collection column '{name}' ({}) cannot be restricted by a '{operator}' relation",
            of.cql_name()
        ))),
        _ => Ok(()),
    }
}
