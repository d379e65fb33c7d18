//! What is asked of the partition key.

use std::sync::Arc;

use cqlite_cql::query::{Operator, Term};
use cqlite_cql::{Identifier, Spanned};
use cqlite_sstable::Partitioner;
use cqlite_sstable::partitioner::Token;
use cqlite_sstable::types::compare;

use super::bounds::Prefixes;
use super::clustering::append;
use super::relation::slice_bound;
use super::token_bounds::{TokenBounds, token_of, token_type};
use super::tuple_term::Element;
use super::tuple_term::TupleTerm;
use super::{Bound, Restriction, RestrictionSet, TermSlice};
use crate::query::input_row::PartitionKey;
use crate::query::scope::Scope;
use crate::query::term::{PreparedTerm, validate_value};
use crate::query::{BindMarkers, Bindings, QueryError, QueryResult, TableColumn, TableColumns, Value};

/// What is asked of the columns of the partition key, and of its token (`restrictions.PartitionKeyRestrictions`,
/// `TokenFilter`).
#[derive(Debug, Default)]
pub(super) struct PartitionKeyRestrictions {
    pub(super) set: RestrictionSet,
    pub(super) token: Option<TokenRestriction>,
}

/// What is asked of the token (`restrictions.TokenRestriction`).
#[derive(Debug)]
pub(super) enum TokenRestriction {
    /// `=`
    Equal(PreparedTerm),
    /// `<`, `<=`, `>`, `>=`
    Slice(TermSlice),
}

impl PartitionKeyRestrictions {
    /// Adds what is asked of a column.
    pub(super) fn add(&mut self, restriction: Restriction) -> QueryResult<()> {
        self.set.add(restriction)
    }

    /// Adds what is asked of the token of these columns.
    pub(super) fn add_token(
        &mut self,
        names: &[Identifier],
        (operator, value): (Operator, &Spanned<Term>),
        (columns, scope): (&TableColumns, &Scope<'_>),
        partitioner: &Partitioner,
        markers: &mut BindMarkers,
    ) -> QueryResult<()> {
        let told = |message: String| Err(QueryError::invalid(message));
        match operator {
            Operator::Contains | Operator::ContainsKey | Operator::Like => {
                return told(format!("{operator} cannot be used with the token function"));
            }
            Operator::NotEqual => {
                let names: Vec<String> = names.iter().map(ToString::to_string).collect();
                return told(format!("Unsupported \"!=\" relation: token({}) != {value}", names.join(", ")));
            }
            _ => {}
        }
        let named: Vec<&Arc<TableColumn>> =
            names.iter().map(|name| columns.existing(name)).collect::<QueryResult<_>>()?;
        check_token_columns(&named, columns)?;
        let receiver = columns.pseudo_column("partition key token", token_type(partitioner));
        let term = PreparedTerm::prepare(&value.node, &receiver, scope, markers)?;
        let new = match slice_bound(operator) {
            Some((bound, is_in)) => {
                TokenRestriction::Slice(TermSlice::new(bound, is_in, TupleTerm::One(term)))
            }
            None => TokenRestriction::Equal(term),
        };
        let key: Vec<&str> = columns.partition_key().iter().map(|column| column.name()).collect();
        self.token = Some(match self.token.take() {
            None => new,
            Some(before) => before.merge(new, &key.join(", "))?,
        });
        Ok(())
    }

    /// Whether partitions are named by their tokens: not if there is a value for each column, which then are filtered
    /// by their tokens.
    pub(super) fn is_on_token(&self, columns: &TableColumns) -> bool {
        self.token.is_some()
            && (self.set.is_empty()
                || self.columns_need_filtering(columns)
                || self.set.len() < columns.partition_key().len())
    }

    /// Whether nothing is asked.
    pub(super) fn is_empty(&self) -> bool {
        self.set.is_empty() && self.token.is_none()
    }

    /// Whether there are columns of which nothing is asked, and no token.
    pub(super) fn has_unrestricted_columns(&self, columns: &TableColumns) -> bool {
        if self.set.is_empty() && self.token.is_some() {
            return false;
        }
        self.set.len() < columns.partition_key().len()
    }

    fn columns_need_filtering(&self, columns: &TableColumns) -> bool {
        !self.set.is_empty()
            && (self.set.len() < columns.partition_key().len()
                || self.set.has_slice()
                || self.set.has_contains())
    }

    /// Whether what is asked of the columns names no partitions, so that they have to be looked at.
    pub(super) fn needs_filtering(&self, columns: &TableColumns) -> bool {
        self.columns_need_filtering(columns)
    }

    /// Whether a column has several values that name partitions.
    pub(super) fn has_in(&self, columns: &TableColumns) -> bool {
        !self.is_on_token(columns) && self.set.has_in()
    }

    /// Whether all columns are asked for by `=` and `IN`.
    pub(super) fn has_only_equalities(&self, columns: &TableColumns) -> bool {
        !self.is_on_token(columns) && self.set.has_only_equalities()
    }

    /// The keys that are named, in the order of their values.
    pub(super) fn keys(
        &self,
        columns: &TableColumns,
        partitioner: &Partitioner,
        bindings: &Bindings<'_>,
    ) -> QueryResult<Vec<Vec<u8>>> {
        let mut prefixes = Prefixes::new();
        for restriction in self.set.iter() {
            append(restriction, &mut prefixes, bindings)?;
            if prefixes.has_missing() {
                break;
            }
        }
        let mut lists = prefixes.into_lists();
        let key_columns = columns.partition_key();
        if lists.len() > 1 {
            lists.sort_by(|a, b| compare_keys(key_columns, a, b));
            lists.dedup_by(|a, b| compare_keys(key_columns, a, b).is_eq());
        }
        let mut keys = lists.iter().map(|list| serialize_key(list)).collect::<QueryResult<Vec<_>>>()?;
        if self.token.is_some() {
            let ranges = self.token_ranges(partitioner, bindings)?;
            keys.retain(|key| {
                let token = partitioner.token(key);
                ranges.iter().any(|range| range.contains(&token))
            });
        }
        Ok(keys)
    }

    /// The tokens by which named keys are filtered (`TokenFilter.toRangeSet`): a range that ends in front of its start wraps
    /// around.
    fn token_ranges(
        &self,
        partitioner: &Partitioner,
        bindings: &Bindings<'_>,
    ) -> QueryResult<Vec<TokenBounds>> {
        let Some((start, end)) = self.token_sides(partitioner, bindings)? else {
            return Ok(vec![TokenBounds::default()]);
        };
        if let (Some((from, _)), Some((to, _))) = (&start, &end)
            && from > to
        {
            let ranges = [TokenBounds::new(None, end), TokenBounds::new(start, None)];
            return Ok(ranges.into_iter().flatten().collect());
        }
        Ok(TokenBounds::new(start, end).into_iter().collect())
    }

    /// The range of tokens that is asked for; none if there can be no token in it.
    pub(super) fn token_bounds(
        &self,
        partitioner: &Partitioner,
        bindings: &Bindings<'_>,
    ) -> QueryResult<Option<TokenBounds>> {
        match self.token_sides(partitioner, bindings)? {
            None => Ok(Some(TokenBounds::default())),
            Some((start, end)) => Ok(TokenBounds::new(start, end)),
        }
    }

    fn token_sides(
        &self,
        partitioner: &Partitioner,
        bindings: &Bindings<'_>,
    ) -> QueryResult<Option<(Side, Side)>> {
        let value = |term: &PreparedTerm| match term.evaluate(bindings)? {
            Value::Bytes(bytes) => token_of(partitioner, &bytes),
            Value::Null | Value::Unset => Err(QueryError::invalid("Invalid null token value")),
        };
        let Some(restriction) = &self.token else { return Ok(None) };
        Ok(Some(match restriction {
            TokenRestriction::Equal(term) => {
                let token = value(term)?;
                (Some((token.clone(), true)), Some((token, true)))
            }
            TokenRestriction::Slice(slice) => {
                let side = |bound: Bound| match slice.term(bound) {
                    Some(TupleTerm::One(term)) => Ok(Some((value(term)?, slice.is_inclusive(bound)))),
                    _ => Ok::<_, QueryError>(None),
                };
                (side(Bound::Start)?, side(Bound::End)?)
            }
        }))
    }
}

type Side = Option<(Token, bool)>;

impl TokenRestriction {
    fn merge(self, other: Self, names: &str) -> QueryResult<Self> {
        let told = |message: String| Err(QueryError::invalid(message));
        match (self, other) {
            (Self::Equal(_), _) => told(format!(
                "{names} cannot be restricted by more than one relation if it includes an Equal"
            )),
            (Self::Slice(_), Self::Equal(_)) => told(format!(
                "Columns \"{names}\" cannot be restricted by both an equality and an inequality relation"
            )),
            (Self::Slice(slice), Self::Slice(other)) => {
                for (bound, side) in [(Bound::Start, "start"), (Bound::End, "end")] {
                    if slice.has(bound) && other.has(bound) {
                        return told(format!(
                            "More than one restriction was found for the {side} bound on {names}"
                        ));
                    }
                }
                Ok(Self::Slice(slice.merge(&other)))
            }
        }
    }
}

/// `token()` is of all columns of the partition key, in their order.
fn check_token_columns(named: &[&Arc<TableColumn>], columns: &TableColumns) -> QueryResult<()> {
    let key = columns.partition_key();
    if named.iter().copied().eq(key) {
        return Ok(());
    }
    let told = |message: String| Err(QueryError::invalid(message));
    if !key.iter().all(|column| named.contains(&column)) {
        return told(
            "The token() function must be applied to all partition key components or none of them".to_owned(),
        );
    }
    let has_double =
        named.iter().enumerate().any(|(place, column)| named.iter().take(place).any(|one| one == column));
    if has_double {
        return told("The token() function contains duplicate partition key components".to_owned());
    }
    if !named.iter().all(|column| key.contains(column)) {
        return told("The token() function must contains only partition key components".to_owned());
    }
    let names: Vec<&str> = key.iter().map(|column| column.name()).collect();
    told(format!("The token function arguments must be in the partition key order: {}", names.join(", ")))
}

fn compare_keys(columns: &[Arc<TableColumn>], a: &[Element<'_>], b: &[Element<'_>]) -> std::cmp::Ordering {
    let bytes = |element: &Element<'_>| element.as_ref().map_or_else(Vec::new, |bytes| bytes.to_vec());
    let pairs = columns.iter().zip(a.iter().zip(b));
    let mut orders = pairs.map(|(column, (a, b))| compare(column.cql_type(), &bytes(a), &bytes(b)));
    orders.find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
}

/// A key of these values, as partitions have it (`ClusteringPrefix.serializeAsPartitionKey`).
fn serialize_key(values: &[Element<'_>]) -> QueryResult<Vec<u8>> {
    if let [only] = values {
        return Ok(only.as_ref().map_or_else(Vec::new, |bytes| bytes.to_vec()));
    }
    let mut key = Vec::new();
    for value in values {
        let bytes = value.as_deref().unwrap_or_default();
        let length = u16::try_from(bytes.len()).map_err(|_| too_long(bytes.len()))?;
        key.extend_from_slice(&length.to_be_bytes());
        key.extend_from_slice(bytes);
        key.push(0);
    }
    Ok(key)
}

/// Whether partitions can have a key (`QueryProcessor.validateKey`).
pub(crate) fn check_key(key: &[u8]) -> QueryResult<()> {
    match key.len() {
        0 => Err(QueryError::invalid("Key may not be empty")),
        1..=0xFFFF => Ok(()),
        length => Err(too_long(length)),
    }
}

/// Whether the values in a key are of the types of its columns, as Cassandra asks where it writes (`Validation.validateKey`).
///
/// # Errors
/// With what is wrong of the first that is none.
pub(crate) fn check_key_values(columns: &[Arc<TableColumn>], key: &[u8]) -> QueryResult<()> {
    let mut parts = Vec::new();
    PartitionKey::split(key, columns.len(), &mut parts);
    let mut values = columns.iter().zip(parts);
    values.try_for_each(|(column, part)| validate_value(column.cql_type(), key.get(part).unwrap_or_default()))
}

fn too_long(length: usize) -> QueryError {
    QueryError::invalid(format!("Key length of {length} is longer than maximum of 65535"))
}
