//! CQL: statements are read ([`cqlite_cql`]), checked against the catalogue, and carried out.
//!
//! ```text
//! text -> syntax tree -> prepared statement (names, types and restrictions are known) -> mutations or a ReadCommand -> rows
//! ```
//! What is accepted, what is refused and with which words, and what comes back, are those of Cassandra 5.0
//! (`cql3.QueryProcessor`).

mod answer;
mod assignable;
mod bind_markers;
mod bindings;
mod column_spec;
pub(crate) mod describe;
mod error;
pub(crate) mod functions;
mod input_row;
pub(crate) mod json;
mod modification;
mod query_trace;
mod restrictions;
mod row_set;
pub(crate) mod schema;
mod scope;
mod select;
pub(crate) mod selection;
mod session;
mod statement;
mod statement_batch;
mod table_columns;
mod table_name;
pub(crate) mod term;
#[cfg(test)]
pub(crate) mod test_schema;
mod type_compatibility;
pub(crate) mod type_text;
mod typed;
mod value;

pub use answer::{Answer, Rows};
pub(crate) use assignable::{Assignable, Assignment};
pub(crate) use bind_markers::BindMarkers;
pub(crate) use bindings::Bindings;
pub use column_spec::ColumnSpec;
pub use error::{ErrorClass, QueryError, QueryResult};
pub use functions::function_names;
pub(crate) use input_row::{IndexedCells, InputRow, PartitionKey, append_cells, compose_cells};
pub use query_trace::{QueryTrace, TraceEvent};
pub(crate) use row_set::RowWriter;
pub use row_set::{RowSet, RowView};
pub use schema::{ChangeKind, ChangeTarget, SchemaChange};
pub(crate) use scope::Scope;
pub use session::{ExecuteOptions, Session};
pub use statement::Statement;
pub use statement_batch::StatementBatch;
pub(crate) use table_columns::{TableColumn, TableColumns};
pub(crate) use table_name::{find_table, find_written_table, keyspace_of};
pub(crate) use term::PreparedTerm;
pub(crate) use type_compatibility::{
    common_type, function_type, is_equal, is_value_compatible, test_result, test_type,
};
pub use typed::{Bind, ColumnIndex, FromValue, Params, Unset};
pub use value::Value;
