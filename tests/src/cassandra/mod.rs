//! Real Apache Cassandra: its [`Tools`], its [`Node`]s, and a [`Connection`] to them.

mod answers;
mod bench_table;
mod compactions;
mod config;
mod cql;
mod indexed_tables;
mod jars;
mod java;
mod node;
mod old;
mod order;
mod request;
mod response;
mod server;
mod statements;
mod tools;
mod wire;

pub use bench_table::bench_table;
pub use compactions::compactions;
pub use config::Format;
pub use cql::{Column, Connection, CqlError, Rows, quoted};
pub use indexed_tables::IndexedTable;
pub use jars::{Cassandra, VERSION};
pub use node::{Node, NodeBuilder};
pub use old::OldVersion;
pub use order::order;
pub use request::{Bound, Request};
pub use response::{Page, Prepared, Response, SchemaChange, full_type};
pub use server::ToolOutput;
pub use statements::statements;
pub use tools::Tools;
