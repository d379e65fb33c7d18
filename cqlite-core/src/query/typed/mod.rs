//! Values of Rust for bind markers, and values of results for Rust.

mod bind;
mod bind_collections;
mod column_index;
mod from_value;
mod from_value_collections;
mod params;
mod row_deserializer;
mod value_deserializer;

pub use bind::{Bind, Unset};
pub use column_index::ColumnIndex;
pub use from_value::FromValue;
pub use params::Params;
pub(super) use row_deserializer::RowDeserializer;
