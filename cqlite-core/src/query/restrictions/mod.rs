//! What a `WHERE` asks for: which partitions, which of their rows, and what has to be looked at row by row
//! (`cql3.restrictions`).

mod bounds;
mod clustering;
mod indexes;
mod partition_key;
mod relation;
mod relation_text;
mod restriction;
mod restriction_set;
mod row_filter;
mod sasi;
mod statement_kind;
mod statement_restrictions;
mod token_bounds;
mod tuple_term;

pub(crate) use indexes::IndexInfo;
pub(crate) use partition_key::{check_key, check_key_values};
pub(crate) use restriction::{Bound, Restriction, RestrictionKind, TermSlice};
pub(crate) use restriction_set::RestrictionSet;
pub(crate) use row_filter::RowFilter;
pub(crate) use statement_kind::StatementKind;
pub(crate) use statement_restrictions::{Restrictions, WhereOptions};
pub(crate) use token_bounds::TokenBounds;
