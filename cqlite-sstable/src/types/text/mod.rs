//! The text forms of values: JSON, Cassandra's strings, literals of CQL.

mod big;
mod calendar;
mod cql;
mod decimal;
mod digits;
mod escape;
mod floating;
#[cfg(test)]
mod golden_tests;
mod hex;
mod json;
mod parse;
mod parse_time;
mod plain;
mod sink;
mod string;
mod time;
pub(super) mod varint;

pub use cql::write_cql;
pub use escape::JsonEscaped;
pub(crate) use hex::parse_hex;
pub use hex::push_hex;
pub use json::{JsonStyle, write_json};
pub use parse::parse_string;
pub use sink::TextSink;
pub use string::write_string;
pub use time::{TimeUnit, write_instant, write_metadata_date};
