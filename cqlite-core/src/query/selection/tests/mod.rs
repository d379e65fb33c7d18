//! Clauses over rows that are made by hand. What is expected was answered by Cassandra 5.0.9.

mod columns;
mod composed;
mod functions;
mod parts;
mod refused;
mod table;

use table::{Answer, Table};
