//! JSON as `INSERT JSON` and `from_json` take it (`cql3.Json`).

mod parser;
mod row;
#[cfg(test)]
mod tests;
mod value;
mod value_type;

pub(crate) use parser::JsonParser;
pub(crate) use row::JsonRow;
pub(crate) use value_type::{JsonValueError, value_from_json};
