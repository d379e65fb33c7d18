//! The catalogue: keyspaces, tables and user-defined types, kept in the tables of `system_schema` as Cassandra keeps them,
//! and what a node keeps of itself in `system.local`.
//!
//! All of it is values and functions of values; nothing here reads or writes a file. A [`Schema`] is read from the live
//! rows of `system_schema` ([`cqlite_sstable::schema::SchemaRows`]). A change of the schema is a change of one
//! [`Keyspace`]; the [`SchemaWriter`] says by which [`Mutation`](crate::storage::mutation::Mutation) the stored rows follow.
//! [`LocalNode`] and [`TruncationRecord`] do the same for `system.local`.
//!
//! # Example
//! ```
//! use std::sync::Arc;
//! use cqlite_core::catalog::{Keyspace, Replication, Schema, SchemaWriter, SystemTables};
//! use cqlite_sstable::Partitioner;
//!
//! let system = Arc::new(SystemTables::new(&Partitioner::Murmur3)?);
//! let schema = Schema::new(Arc::clone(&system))?;
//! let writer = SchemaWriter::new(&system, 1_700_000_000_000_000);
//!
//! let shop = Keyspace::new("shop", Replication::simple(1), true)?;
//! let created = writer.change(None, Some(&shop))?;
//! assert_eq!(created.key(), b"shop");
//!
//! let orders = shop.table_from_cql("CREATE TABLE orders (id uuid, line int, PRIMARY KEY (id, line))", &Partitioner::Murmur3)?;
//! let with_orders = shop.with_table(orders)?;
//! let mutation = writer.change(Some(&shop), Some(&with_orders))?;
//! assert_eq!(mutation.updates().count(), 4);
//!
//! let schema = schema.with_keyspace(with_orders);
//! assert!(schema.table("shop", "orders").is_some());
//! # Ok::<(), cqlite_sstable::Error>(())
//! ```

mod altered;
mod column_mask;
mod definitions;
mod files;
mod java;
mod keyspace;
mod keyspace_attributes;
mod local;
mod parameters;
mod read;
mod replication;
mod schema;
mod schema_writer;
mod secondary_index;
mod select_order;
mod snapshot;
mod stored_rows;
mod stored_values;
mod system_tables;
mod table;
mod table_rules;
mod type_users;

pub(crate) use column_mask::TableMask;
pub(crate) use java::{copied_hash_order, hash_order, identifier_hash};
pub use keyspace::Keyspace;
pub(crate) use keyspace_attributes::KeyspaceAttributes;
pub use local::{LocalNode, StoredLocal, TruncationRecord, truncation_mutation};
pub use parameters::{CachingParameters, MAX_TIME_TO_LIVE_SECONDS, TableParameters};
pub use replication::Replication;
pub use schema::Schema;
pub use schema_writer::SchemaWriter;
pub use secondary_index::SecondaryIndex;
pub use snapshot::{snapshot_manifest, snapshot_schema};
pub use system_tables::{SYSTEM_KEYSPACE, SystemTables};
pub use table::Table;
pub(crate) use table_rules::{
    check_counters, check_key_column, check_keyspace_name, check_table_name, references_duration,
};
