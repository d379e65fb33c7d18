//! Terms: what statements are given as values.
//!
//! A term of the text, with what it is for, becomes a [`PreparedTerm`]: its type is checked, and its bytes are known
//! unless they depend on bind markers or on functions (`cql3.Term`).

mod call;
mod collection;
mod duration_refusal;
#[cfg(test)]
mod golden_tests;
mod in_values;
#[cfg(test)]
mod list_tests;
mod literal;
mod map;
mod marker;
mod multi_column;
mod parse;
mod prepared;
mod raw;
mod recompose;
mod text;
mod tuple;
mod user_type;
mod validate;
mod vector;

pub(crate) use collection::{key_spec, list_index_spec, pack_map, pack_set, test_list, test_set, value_spec};
pub(crate) use in_values::{InList, PreparedInValues};
pub(crate) use map::test_map;
pub(crate) use multi_column::{PreparedMultiColumn, PreparedMultiColumnIn};
pub(crate) use parse::parse_text;
pub(crate) use prepared::PreparedTerm;
pub(crate) use tuple::test_tuple;
pub(crate) use user_type::{field_spec, test_user_type};
pub(crate) use validate::validate_value;
pub(crate) use vector::{push_unsigned_vint, test_vector};
