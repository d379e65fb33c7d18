//! Secondary indexes and views, which only nodes write.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cqlite_sstable::Result;
use cqlite_sstable::row::{ClusteringBuffer, ClusteringValue, DeletionTime, Row};
use cqlite_sstable::schema::SchemaTable;

use super::Database;
use crate::catalog::{Schema, Table};
use crate::storage::TableId;
use crate::storage::mutation::PartitionUpdateBuilder;
use crate::storage::read::ReadCommand;
use crate::storage::store::Store;

/// The tables of whose secondary indexes a node may know that they are whole.
#[derive(Debug, Default)]
pub(super) struct WholeIndexes {
    /// Looked at by every write: most databases have no such table.
    is_any: AtomicBool,
    tables: Mutex<BTreeSet<TableId>>,
}

impl WholeIndexes {
    /// All tables that have indexes, but for those of which rows were replayed.
    pub(super) fn of(schema: &Schema, replayed: &BTreeSet<TableId>) -> Self {
        let indexed = schema.tables().filter(|table| !table.attached_names(SchemaTable::Indexes).is_empty());
        let tables: BTreeSet<TableId> =
            indexed.map(|table| table.id()).filter(|id| !replayed.contains(id)).collect();
        Self { is_any: (!tables.is_empty()).into(), tables: tables.into() }
    }
}

impl Database {
    /// Before rows come to tables whose indexes they are not in, a node must not know these as whole any more.
    #[inline]
    pub(super) fn forget_indexes_of(&self, tables: impl Iterator<Item = TableId>) -> Result<()> {
        if self.whole_indexes.is_any.load(Ordering::Acquire) { self.forget_indexes(tables) } else { Ok(()) }
    }

    #[cold]
    fn forget_indexes(&self, tables: impl Iterator<Item = TableId>) -> Result<()> {
        let mut whole = self.whole_indexes.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let written: BTreeSet<TableId> = tables.filter(|id| whole.contains(id)).collect();
        if !written.is_empty() {
            forget_built_indexes(&self.store, &self.schema.load(), &written)?;
            whole.retain(|id| !written.contains(id));
        }
        self.whole_indexes.is_any.store(!whole.is_empty(), Ordering::Release);
        Ok(())
    }
}

/// Has a node build anew at its start, from the rows of their tables, the secondary indexes of these tables that it knows as whole:
/// what is replayed and written here is not in them (`SystemKeyspace.setIndexRemoved`). That is in an SSTable before any of it
/// is.
pub(super) fn forget_built_indexes(
    store: &Arc<Store>,
    schema: &Schema,
    tables: &BTreeSet<TableId>,
) -> Result<()> {
    let built = schema.system().index_info();
    let mut is_any = false;
    for keyspace in schema.keyspaces().values() {
        let of_keyspace = keyspace.tables().values().filter(|table| tables.contains(&table.id()));
        let names: Vec<String> =
            of_keyspace.flat_map(|table| table.attached_names(SchemaTable::Indexes)).collect();
        if names.is_empty() {
            continue;
        }
        let page = store.view().read(&ReadCommand::key(built.id(), keyspace.name()))?;
        let mut update = PartitionUpdateBuilder::new(built.layout(), keyspace.name().as_bytes());
        let deletion = DeletionTime::build(store.next_timestamp(), store.now_seconds());
        let rows = page.partitions().flat_map(|partition| partition.rows().collect::<Vec<_>>());
        for row in rows {
            let name = row.clustering().iter().next().and_then(ClusteringValue::bytes).unwrap_or_default();
            if !names.iter().any(|known| known.as_bytes() == name) {
                continue;
            }
            let mut clustering = ClusteringBuffer::default();
            clustering.push(ClusteringValue::Value(name));
            let row = Row {
                is_static: false,
                clustering: clustering.as_clustering(),
                liveness: None,
                deletion,
                shadowable_deletion: DeletionTime::LIVE,
            };
            update.row(&row, &[])?;
            is_any = true;
        }
        store.submit_one(&update.build()?)?.wait()?;
    }
    if is_any { store.flush(built.id()) } else { Ok(()) }
}

/// Whether a table is a view, or has views: what is written to it would have to be written to the other one as well.
pub(super) fn is_of_view(schema: &Schema, table: &Table) -> bool {
    let views = schema.keyspace(table.keyspace()).map(|keyspace| keyspace.views().values());
    let mut views = views.into_iter().flatten();
    table.is_view() || views.any(|view| view.base_table_id() == Some(table.id()))
}
