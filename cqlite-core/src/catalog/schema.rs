//! All keyspaces at one time.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use cqlite_sstable::Result;
use cqlite_sstable::schema::SCHEMA_KEYSPACE;

use super::{Keyspace, Replication, SYSTEM_KEYSPACE, SystemTables, Table};
use crate::storage::TableId;

/// All keyspaces at one time (`schema.Keyspaces`). It does not change: a change makes another one, which shares with it
/// all that stays. Clones share everything.
#[derive(Debug, Clone)]
pub struct Schema {
    system: Arc<SystemTables>,
    keyspaces: Arc<BTreeMap<String, Arc<Keyspace>>>,
    by_id: Arc<HashMap<TableId, Arc<Table>>>,
}

impl Schema {
    /// That of a new directory: the tables of `system_schema` and `system.local`, and no others.
    ///
    /// # Errors
    /// None, as these are fixed; the type is that of what they are made by.
    pub fn new(system: Arc<SystemTables>) -> Result<Self> {
        Ok(Self::of(system, BTreeMap::new()))
    }

    /// These keyspaces, and what the catalogue itself is kept in: whatever is said of that there.
    pub(super) fn of(system: Arc<SystemTables>, mut keyspaces: BTreeMap<String, Keyspace>) -> Self {
        for name in [SCHEMA_KEYSPACE, SYSTEM_KEYSPACE] {
            keyspaces
                .entry(name.to_owned())
                .or_insert_with(|| Keyspace::empty(name, Replication::local(), true));
        }
        for table in system.all() {
            if let Some(keyspace) = keyspaces.get_mut(table.keyspace()) {
                keyspace.insert(table);
            }
        }
        let keyspaces = keyspaces.into_iter().map(|(name, keyspace)| (name, Arc::new(keyspace)));
        Self::indexed(system, keyspaces.collect())
    }

    fn indexed(system: Arc<SystemTables>, keyspaces: BTreeMap<String, Arc<Keyspace>>) -> Self {
        let tables = keyspaces
            .values()
            .flat_map(|keyspace| keyspace.tables().values().chain(keyspace.views().values()));
        let by_id = tables.map(|table| (table.id(), Arc::clone(table))).collect();
        Self { system, keyspaces: Arc::new(keyspaces), by_id: Arc::new(by_id) }
    }

    /// The tables in which the catalogue is kept.
    pub fn system(&self) -> &Arc<SystemTables> {
        &self.system
    }

    /// The keyspaces by name, Cassandra's own among them.
    pub fn keyspaces(&self) -> &BTreeMap<String, Arc<Keyspace>> {
        &self.keyspaces
    }

    /// The keyspace of a name.
    pub fn keyspace(&self, name: &str) -> Option<&Arc<Keyspace>> {
        self.keyspaces.get(name)
    }

    /// The table or view of a name.
    pub fn table(&self, keyspace: &str, name: &str) -> Option<&Arc<Table>> {
        self.keyspace(keyspace)?.table(name)
    }

    /// The table or view of an id.
    pub fn table_by_id(&self, id: TableId) -> Option<&Arc<Table>> {
        self.by_id.get(&id)
    }

    /// All tables and views, in the order of their keyspaces and names.
    pub fn tables(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.keyspaces
            .values()
            .flat_map(|keyspace| keyspace.tables().values().chain(keyspace.views().values()))
    }

    /// The schema with a keyspace, in the place of that of the same name if there is one.
    #[must_use]
    pub fn with_keyspace(&self, keyspace: Keyspace) -> Self {
        let mut keyspaces = BTreeMap::clone(&self.keyspaces);
        keyspaces.insert(keyspace.name().to_owned(), Arc::new(keyspace));
        Self::indexed(Arc::clone(&self.system), keyspaces)
    }

    /// The schema without a keyspace.
    #[must_use]
    pub fn without_keyspace(&self, name: &str) -> Self {
        let mut keyspaces = BTreeMap::clone(&self.keyspaces);
        keyspaces.remove(name);
        Self::indexed(Arc::clone(&self.system), keyspaces)
    }
}
