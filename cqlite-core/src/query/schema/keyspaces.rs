//! `CREATE KEYSPACE`, `ALTER KEYSPACE` and `DROP KEYSPACE`.

use std::collections::BTreeSet;

use cqlite_cql::{AlterKeyspace, CreateKeyspace};

use super::super::{ErrorClass, QueryError};
use super::{Applied, ChangeKind, SchemaChange, altered, no_keyspace, nothing};
use crate::catalog::{Keyspace, KeyspaceAttributes, Schema};
use crate::database::SchemaEffect;

/// The datacenter of a node that is told of none.
const DATACENTER: &str = "datacenter1";

/// The datacenters that keyspaces may have replicas in: those that some have, and if none has, that of a node that is told
/// of none.
fn datacenters(schema: &Schema) -> BTreeSet<String> {
    let keyspaces = schema.keyspaces().values();
    let named: BTreeSet<String> =
        keyspaces.flat_map(|keyspace| keyspace.replication().datacenters().cloned()).collect();
    if named.is_empty() { BTreeSet::from([DATACENTER.to_owned()]) } else { named }
}

/// `CreateKeyspaceStatement`
pub(super) fn create(create: &CreateKeyspace, schema: &Schema) -> Applied {
    let attributes = KeyspaceAttributes::checked(&create.properties)?;
    let name = create.name.as_str();
    let change = SchemaChange::of_keyspace(ChangeKind::Created, name);
    if schema.keyspace(name).is_some() {
        if create.if_not_exists {
            return nothing(change);
        }
        let told = format!("Cannot add existing keyspace \"{name}\"");
        return Err(QueryError::new(ErrorClass::AlreadyExists, told));
    }
    let durable_writes = attributes.durable_writes(true)?;
    let datacenters = datacenters(schema);
    let replication = attributes.new_replication(&datacenters)?;
    replication.check(name, &datacenters)?;
    let keyspace = Keyspace::new(name, replication, durable_writes)?;
    Ok((SchemaEffect::Keyspace(Box::new(keyspace)), change))
}

/// `AlterKeyspaceStatement`
pub(super) fn alter(alter: &AlterKeyspace, schema: &Schema) -> Applied {
    let attributes = KeyspaceAttributes::new(&alter.properties)?;
    let name = alter.name.as_str();
    let change = SchemaChange::of_keyspace(ChangeKind::Updated, name);
    let Some(before) = schema.keyspace(name) else {
        return if alter.if_exists { nothing(change) } else { Err(no_keyspace(name)) };
    };
    let durable_writes = attributes.durable_writes(before.durable_writes())?;
    let datacenters = datacenters(schema);
    let replication = attributes.replication(Some(before.replication()), &datacenters)?;
    let replication = replication.unwrap_or_else(|| before.replication().clone());
    replication.check(name, &datacenters)?;
    altered(before, before.with_parameters(replication, durable_writes), change)
}

/// `DropKeyspaceStatement`
pub(super) fn drop_keyspace(name: &str, if_exists: bool, schema: &Schema) -> Applied {
    let change = SchemaChange::of_keyspace(ChangeKind::Dropped, name);
    match schema.keyspace(name) {
        Some(_) => Ok((SchemaEffect::Dropped, change)),
        None if if_exists => nothing(change),
        None => Err(no_keyspace(name)),
    }
}
