//! Secondary indexes and views, which only nodes write.

use cqlite_sstable::Result;
use cqlite_sstable::row::{ClusteringBuffer, ClusteringValue, DeletionTime, Row};
use cqlite_sstable::schema::SchemaTable;

use super::open::Opened;
use crate::catalog::{Schema, Table};
use crate::storage::mutation::PartitionUpdateBuilder;
use crate::storage::read::ReadCommand;

impl Opened {
    /// Has a node build anew at its start, from the rows of their tables, the secondary indexes that it knows as whole:
    /// what is replayed and written here is not in them (`SystemKeyspace.setIndexRemoved`). That is in an SSTable before
    /// any of it is.
    pub(super) fn forget_built_indexes(&self) -> Result<()> {
        let built = self.schema.system().index_info();
        let mut is_any = false;
        for keyspace in self.schema.keyspaces().values() {
            let tables = keyspace.tables().values();
            let names: Vec<String> =
                tables.flat_map(|table| table.attached_names(SchemaTable::Indexes)).collect();
            if names.is_empty() {
                continue;
            }
            let page = self.store.view().read(&ReadCommand::key(built.id(), keyspace.name()))?;
            let mut update = PartitionUpdateBuilder::new(built.layout(), keyspace.name().as_bytes());
            let deletion = DeletionTime::build(self.store.next_timestamp(), self.store.now_seconds());
            let rows = page.partitions().flat_map(|partition| partition.rows().collect::<Vec<_>>());
            for row in rows {
                let name =
                    row.clustering().iter().next().and_then(ClusteringValue::bytes).unwrap_or_default();
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
            self.store.submit_one(&update.build()?)?.wait()?;
        }
        if is_any { self.store.flush(built.id()) } else { Ok(()) }
    }
}

/// Whether a table is a view, or has views: what is written to it would have to be written to the other one as well.
pub(super) fn is_of_view(schema: &Schema, table: &Table) -> bool {
    let views = schema.keyspace(table.keyspace()).map(|keyspace| keyspace.views().values());
    let mut views = views.into_iter().flatten();
    table.is_view() || views.any(|view| view.base_table_id() == Some(table.id()))
}
