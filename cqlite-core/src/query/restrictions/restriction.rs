//! What is asked of one column, or of several together.

use std::sync::Arc;

use cqlite_cql::query::Operator;

use super::tuple_term::{InTerms, TupleTerm};
use super::{IndexInfo, indexes::IndexOperator};
use crate::query::term::PreparedTerm;
use crate::query::{QueryError, QueryResult, TableColumn};

/// A side of a slice (`cql3.statements.Bound`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    /// Where it starts.
    Start,
    /// Where it ends.
    End,
}

impl Bound {
    /// Both, the start first.
    pub(crate) const BOTH: [Self; 2] = [Self::Start, Self::End];

    /// The other one.
    pub(crate) fn reverse(self) -> Self {
        match self {
            Self::Start => Self::End,
            Self::End => Self::Start,
        }
    }

    /// The side that this one is of the values of a column, which may be in descending order.
    pub(crate) fn of_column(self, column: &TableColumn) -> Self {
        if column.is_descending { self.reverse() } else { self }
    }
}

/// A value for one or both sides of a slice, and whether it is in it (`restrictions.TermSlice`).
#[derive(Debug, Clone, Default)]
pub(crate) struct TermSlice {
    start: Option<(Arc<TupleTerm>, bool)>,
    end: Option<(Arc<TupleTerm>, bool)>,
}

impl TermSlice {
    /// One with a value for one side.
    pub(crate) fn new(bound: Bound, is_inclusive: bool, term: TupleTerm) -> Self {
        let side = Some((Arc::new(term), is_inclusive));
        match bound {
            Bound::Start => Self { start: side, end: None },
            Bound::End => Self { start: None, end: side },
        }
    }

    fn side(&self, bound: Bound) -> Option<&(Arc<TupleTerm>, bool)> {
        match bound {
            Bound::Start => self.start.as_ref(),
            Bound::End => self.end.as_ref(),
        }
    }

    /// The value on a side.
    pub(crate) fn term(&self, bound: Bound) -> Option<&TupleTerm> {
        self.side(bound).map(|(term, _)| &**term)
    }

    /// Whether a side has a value.
    pub(crate) fn has(&self, bound: Bound) -> bool {
        self.side(bound).is_some()
    }

    /// Whether the value of a side is in the slice; so it is if there is none.
    pub(crate) fn is_inclusive(&self, bound: Bound) -> bool {
        self.side(bound).is_none_or(|(_, is_inclusive)| *is_inclusive)
    }

    /// The sides of both, of which no two are the same.
    pub(crate) fn merge(&self, other: &Self) -> Self {
        Self {
            start: self.start.clone().or(other.start.clone()),
            end: self.end.clone().or(other.end.clone()),
        }
    }

    /// The operator that a side was written with.
    pub(crate) fn operator(&self, bound: Bound) -> Operator {
        match (bound, self.is_inclusive(bound)) {
            (Bound::Start, true) => Operator::GreaterOrEqual,
            (Bound::Start, false) => Operator::Greater,
            (Bound::End, true) => Operator::LessOrEqual,
            (Bound::End, false) => Operator::Less,
        }
    }
}

/// What is asked (`restrictions.SingleRestriction`).
#[derive(Debug)]
pub(crate) enum RestrictionKind {
    /// `=`
    Equal(TupleTerm),
    /// `IN`
    In(InTerms),
    /// `<`, `<=`, `>`, `>=`
    Slice(TermSlice),
    /// `CONTAINS`, `CONTAINS KEY` and `map[key] = value`: any of them together.
    Contains {
        /// The values.
        values: Vec<Arc<PreparedTerm>>,
        /// The keys.
        keys: Vec<Arc<PreparedTerm>>,
        /// The entries.
        entries: Vec<(Arc<PreparedTerm>, Arc<PreparedTerm>)>,
    },
    /// `LIKE`
    Like(PreparedTerm),
    /// `ORDER BY column ANN OF vector`: the vector is no matter of restrictions.
    Ann,
}

/// What is asked of one column or of several together.
#[derive(Debug)]
pub(crate) struct Restriction {
    /// The columns; at least one.
    pub(crate) columns: Vec<Arc<TableColumn>>,
    /// Whether it is written as a tuple, perhaps of one.
    pub(crate) is_multi_column: bool,
    /// What is asked.
    pub(crate) kind: RestrictionKind,
}

impl Restriction {
    /// The first column.
    pub(crate) fn first(&self) -> QueryResult<&Arc<TableColumn>> {
        self.columns.first().ok_or_else(|| QueryError::invalid("a relation has no columns"))
    }

    /// The place of the first column among those of the key.
    pub(crate) fn first_place(&self) -> usize {
        self.columns.first().map_or(0, |column| column.place)
    }

    /// The place behind the last column.
    pub(crate) fn end_place(&self) -> usize {
        self.columns.last().map_or(0, |column| column.place.saturating_add(1))
    }

    /// The name of the first column.
    pub(crate) fn name(&self) -> &str {
        self.columns.first().map_or("", |column| column.name())
    }

    pub(crate) fn is_equal(&self) -> bool {
        matches!(self.kind, RestrictionKind::Equal(_))
    }

    pub(crate) fn is_in(&self) -> bool {
        matches!(self.kind, RestrictionKind::In(_))
    }

    pub(crate) fn is_slice(&self) -> bool {
        matches!(self.kind, RestrictionKind::Slice(_))
    }

    pub(crate) fn is_contains(&self) -> bool {
        matches!(self.kind, RestrictionKind::Contains { .. })
    }

    pub(crate) fn is_like(&self) -> bool {
        matches!(self.kind, RestrictionKind::Like(_))
    }

    pub(crate) fn is_ann(&self) -> bool {
        matches!(self.kind, RestrictionKind::Ann)
    }

    /// The operators by which an index would be asked.
    fn index_operators(&self) -> Vec<IndexOperator> {
        match &self.kind {
            RestrictionKind::Equal(_) => vec![IndexOperator::Equal],
            RestrictionKind::In(_) => vec![IndexOperator::In],
            RestrictionKind::Slice(slice) => Bound::BOTH
                .into_iter()
                .filter(|bound| slice.has(*bound))
                .map(|_| IndexOperator::Range)
                .collect(),
            RestrictionKind::Contains { values, keys, entries } => {
                let of = |is_any: bool, operator| is_any.then_some(operator);
                [
                    of(!values.is_empty(), IndexOperator::Contains),
                    of(!keys.is_empty(), IndexOperator::ContainsKey),
                    of(!entries.is_empty(), IndexOperator::Equal),
                ]
                .into_iter()
                .flatten()
                .collect()
            }
            RestrictionKind::Like(_) => vec![IndexOperator::Like],
            RestrictionKind::Ann => vec![IndexOperator::Ann],
        }
    }

    /// Whether an index could answer some of it.
    pub(crate) fn is_supported_by(&self, index: &IndexInfo) -> bool {
        let operators = self.index_operators();
        self.columns.iter().any(|column| operators.iter().any(|operator| index.supports(column, *operator)))
    }

    /// Whether an index could.
    pub(crate) fn has_index(&self, indexes: &[IndexInfo]) -> bool {
        indexes.iter().any(|index| self.is_supported_by(index))
    }

    /// Whether a group of indexes that are asked together leaves something to be filtered.
    pub(crate) fn needs_filtering(&self, group: &[&IndexInfo]) -> bool {
        if self.is_multi_column {
            let operators = self.index_operators();
            let is_supported = |column: &Arc<TableColumn>| {
                group.iter().any(|index| operators.iter().any(|operator| index.supports(column, *operator)))
            };
            return !self.columns.iter().all(is_supported);
        }
        let has_several = match &self.kind {
            RestrictionKind::Contains { values, keys, entries } => {
                values.len() + keys.len() + entries.len() > 1
            }
            _ => false,
        };
        !group
            .iter()
            .any(|index| self.is_supported_by(index) && !(has_several && index.filters_multiple_contains()))
    }
}
