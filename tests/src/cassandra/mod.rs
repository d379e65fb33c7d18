//! Real Apache Cassandra: its [`Tools`], its [`Node`]s, and a [`Connection`] to them.

mod config;
mod cql;
mod jars;
mod java;
mod node;
mod server;
mod tools;

pub use config::Format;
pub use cql::{Column, Connection, CqlError, Rows};
pub use jars::{Cassandra, VERSION};
pub use node::{Node, NodeBuilder};
pub use server::ToolOutput;
pub use tools::Tools;
