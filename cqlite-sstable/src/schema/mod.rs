//! Schemas: where the names of a table's columns come from, and what of its SSTables is visible.
//!
//! The header of an SSTable alone decides how its rows are decoded. It has no names of key and clustering columns,
//! and does not know what was dropped since. Those come from a [`TableSchema`], which [`resolve`] finds:
//!
//! 1. in the file of CQL that the caller names,
//! 2. in `schema.cql` beside the SSTables, as in a snapshot,
//! 3. in `system_schema` of the data directory in which the table lies,
//! 4. and else makes up from the headers of all SSTables together.
//!
//! [`ResolvedTable::maps`] then tells for each SSTable which column of the table a column of its header is.
//! [`write_cql`] prints the table as CQL that a node executes.
//!
//! # Example
//! ```no_run
//! use cqlite_sstable::reader::Sstable;
//! use cqlite_sstable::schema::{ColumnKind, SstableHeader, resolve};
//! use cqlite_sstable::find::{FindOptions, find};
//!
//! let found = find(&["data/shop/orders-5a1c395eb41f11e59f22ba0be0483c18".into()], &FindOptions::default())?;
//! let found: Vec<_> = found.sstables().collect();
//! let opened = found.iter().map(|one| Sstable::open_descriptor(one, Default::default()));
//! let opened = opened.collect::<Result<Vec<_>, _>>()?;
//! let headers: Vec<_> = found
//!     .iter()
//!     .zip(&opened)
//!     .map(|(descriptor, sstable)| SstableHeader { descriptor, header: sstable.header() })
//!     .collect();
//!
//! let table = resolve(&headers, None)?;
//! println!("names come from {}", table.source);
//! for column in &table.schema.partition_key {
//!     println!("key: {}", column.name);
//! }
//! // Which column of the table is the first regular column of the first SSTable, and is a cell of it there?
//! if let Some(mapped) = table.maps.first().and_then(|map| map.get(ColumnKind::Regular, 0)) {
//!     let column = mapped.index().and_then(|index| table.schema.regular_columns.get(index));
//!     println!("{:?}, {}", column, mapped.is_visible_at(1_700_000_000_000_000));
//! }
//! # Ok::<(), cqlite_sstable::Error>(())
//! ```

mod column;
mod column_map;
mod from_cql;
mod from_headers;
mod resolve;
mod resolved_table;
mod schema_search;
mod script;
mod script_table;
mod source;
mod sstable_header;
mod system_schema;
mod table_schema;
mod type_resolver;
mod user_types;
mod write_cql;

pub use column::{ClusteringColumn, Column, ColumnKind, DroppedColumn};
pub use column_map::{ColumnMap, MappedColumn};
pub use from_cql::TableHint;
pub use resolve::{resolve, resolve_with};
pub use resolved_table::ResolvedTable;
pub use schema_search::SchemaSearch;
pub use source::SchemaSource;
pub use sstable_header::SstableHeader;
pub use system_schema::{SCHEMA_KEYSPACE, SchemaRow, SchemaRows, SchemaTable, SystemSchema, system_table_id};
pub use table_schema::{TableKind, TableSchema, UNKNOWN_KEYSPACE, UNKNOWN_TABLE};
pub use write_cql::{describe_table, describe_type, write_cql, write_snapshot_cql};
