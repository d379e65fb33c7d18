//! A schema for tests: the keyspace `gold` with a type and a table.

use std::sync::Arc;

use cqlite_cql::Statement;
use cqlite_sstable::partitioner::Partitioner;
use cqlite_sstable::types::CqlType;

use super::Scope;
use crate::catalog::{Keyspace, Replication, Schema, SystemTables, Table};

/// The keyspace `gold`, with `ut (a int, b text)` and `t (k int, c int, .., PRIMARY KEY (k, c))`.
pub(crate) struct TestSchema {
    schema: Schema,
    table: Arc<Table>,
}

impl TestSchema {
    pub(crate) fn new() -> Self {
        let partitioner = Partitioner::Murmur3;
        let system = Arc::new(SystemTables::new(&partitioner).unwrap());
        let keyspace = Keyspace::new("gold", Replication::simple(1), true).unwrap();
        let create = cqlite_cql::parse_script("CREATE TYPE ut (a int, b text)").unwrap().remove(0).node;
        let Statement::CreateType(create) = create else { panic!("{create}") };
        let declared = keyspace.declare_type(&create).unwrap();
        let keyspace = keyspace.with_type(declared).unwrap();
        let table = keyspace
            .table_from_cql(
                "CREATE TABLE gold.t (k int, c int, i8 tinyint, PRIMARY KEY (k, c))",
                &partitioner,
            )
            .unwrap();
        let keyspace = keyspace.with_table(table).unwrap();
        let table = Arc::clone(keyspace.table("t").unwrap());
        Self { schema: Schema::new(system).unwrap().with_keyspace(keyspace), table }
    }

    /// The keyspace and its table.
    pub(crate) fn scope(&self) -> Scope<'_> {
        Scope { schema: &self.schema, keyspace: "gold", table: Some(&self.table) }
    }

    /// A type as CQL writes it.
    pub(crate) fn cql_type(&self, text: &str) -> CqlType {
        self.scope().resolve_type(&cqlite_cql::parse_type(text).unwrap()).unwrap()
    }
}
