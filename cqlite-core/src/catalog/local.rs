//! What a node keeps of itself in `system.local` (`db.SystemKeyspace`).

use std::collections::BTreeMap;

use cqlite_cql::Uuid;
use cqlite_sstable::component::statistics::{CommitLogPosition, HeaderColumn};

use cqlite_sstable::row::{
    Cell, ClusteringBuffer, DeletionTime, Liveness, NO_DELETION_TIME, Row, RowItem, Unfiltered,
    UnfilteredPartitions,
};
use cqlite_sstable::{Error, Result};

use super::SystemTables;
use crate::storage::TableId;
use crate::storage::mutation::{Mutation, PartitionUpdateBuilder};

/// The key of the only partition.
const KEY: &[u8] = b"local";
const TRUNCATED_AT: &str = "truncated_at";

/// The release whose system tables these are.
const RELEASE_VERSION: &str = "5.0.9";
const CQL_VERSION: &str = "3.4.7";
const NATIVE_PROTOCOL_VERSION: &str = "5";

/// What a new directory says of the node it belongs to.
///
/// A node of Cassandra that starts on the directory keeps the host id, which the SSTables and the commit log name; it
/// refuses to start if its own cluster has another name. Everything that has to agree with a node's configuration and is
/// not needed is left out: addresses, data centre, rack and tokens are written by the node when it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalNode {
    /// The id of the node, a UUID of version 4.
    pub host_id: Uuid,
    /// The name of the cluster; [`LocalNode::DEFAULT_CLUSTER_NAME`] is that of a node that is not told another one.
    pub cluster_name: String,
}

impl LocalNode {
    /// The name of the cluster in the configuration that Cassandra comes with.
    pub const DEFAULT_CLUSTER_NAME: &'static str = "Test Cluster";

    /// The mutation of `system.local` that a new directory begins with.
    ///
    /// # Errors
    /// If the timestamp cannot be written.
    pub fn mutation(&self, system: &SystemTables, timestamp_micros: i64) -> Result<Mutation> {
        let partitioner = system.partitioner().class_name();
        let values: [(&str, &[u8]); 6] = [
            ("cluster_name", self.cluster_name.as_bytes()),
            ("cql_version", CQL_VERSION.as_bytes()),
            ("host_id", &self.host_id.0),
            ("native_protocol_version", NATIVE_PROTOCOL_VERSION.as_bytes()),
            ("partitioner", partitioner.as_bytes()),
            ("release_version", RELEASE_VERSION.as_bytes()),
        ];
        let columns = system.local().layout().header_columns(false).iter().enumerate();
        let cells = columns.filter_map(|(column, named)| {
            let (_, value) = values.iter().find(|(name, _)| name.as_bytes() == named.name)?;
            Some(RowItem::Cell(cell(column, None, value, timestamp_micros)))
        });
        let items: Vec<_> = cells.collect();
        mutation(system, Some(Liveness::new(timestamp_micros)), &items)
    }
}

/// Up to where a table was emptied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TruncationRecord {
    /// Writes that the commit log has at this place or in front of it are not to be replayed.
    pub position: CommitLogPosition,
    /// When it was, in milliseconds since 1970.
    pub truncated_at_millis: i64,
}

impl TruncationRecord {
    fn to_bytes(self) -> [u8; 20] {
        let mut bytes = [0; 20];
        let (segment, rest) = bytes.split_at_mut(8);
        let (position, truncated_at) = rest.split_at_mut(4);
        segment.copy_from_slice(&self.position.segment_id.to_be_bytes());
        position.copy_from_slice(&self.position.position.to_be_bytes());
        truncated_at.copy_from_slice(&self.truncated_at_millis.to_be_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (segment_id, rest) = bytes.split_first_chunk()?;
        let (position, rest) = rest.split_first_chunk()?;
        let segment_id = i64::from_be_bytes(*segment_id);
        let position = i32::from_be_bytes(*position);
        let truncated_at_millis = match rest {
            // Releases of long ago did not write when it was.
            [] => i64::MIN,
            time => i64::from_be_bytes(time.try_into().ok()?),
        };
        Some(Self { position: CommitLogPosition { segment_id, position }, truncated_at_millis })
    }
}

/// The mutation of `system.local` that keeps or, with none, forgets up to where a table was emptied
/// (`SystemKeyspace.saveTruncationRecord`, `removeTruncationRecord`).
///
/// # Errors
/// If the timestamp is past what a deletion can have.
pub fn truncation_mutation(
    system: &SystemTables,
    table: TableId,
    record: Option<TruncationRecord>,
    timestamp_micros: i64,
) -> Result<Mutation> {
    let columns = system.local().layout().header_columns(false);
    let column = columns.iter().position(|column| column.name == TRUNCATED_AT.as_bytes());
    let column = column.ok_or_else(|| Error::invalid_input("system.local has no column truncated_at"))?;
    let bytes = record.map(TruncationRecord::to_bytes);
    let value = bytes.as_ref().map(<[u8; 20]>::as_slice);
    let mut item = cell(column, Some(table.as_bytes()), value.unwrap_or_default(), timestamp_micros);
    if value.is_none() {
        item.local_deletion_time_seconds = timestamp_micros.div_euclid(1_000_000);
    }
    mutation(system, None, &[RowItem::Cell(item)])
}

fn cell<'a>(column: usize, path: Option<&'a [u8]>, value: &'a [u8], timestamp: i64) -> Cell<'a> {
    let local_deletion_time_seconds = NO_DELETION_TIME;
    Cell { column, timestamp, ttl_seconds: 0, local_deletion_time_seconds, path, value }
}

fn mutation(system: &SystemTables, liveness: Option<Liveness>, items: &[RowItem<'_>]) -> Result<Mutation> {
    let clustering = ClusteringBuffer::default();
    let row = Row {
        is_static: false,
        clustering: clustering.as_clustering(),
        liveness,
        deletion: DeletionTime::LIVE,
        shadowable_deletion: DeletionTime::LIVE,
    };
    let mut builder = PartitionUpdateBuilder::new(system.local().layout(), KEY);
    builder.row(&row, items)?;
    builder.build()
}

/// What `system.local` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredLocal {
    /// The id of the node.
    pub host_id: Option<Uuid>,
    /// The name of its cluster.
    pub cluster_name: Option<String>,
    /// The class of its partitioner, with the package.
    pub partitioner: Option<String>,
    /// The release that it was last.
    pub release_version: Option<String>,
    /// Up to where tables were emptied.
    pub truncated: BTreeMap<TableId, TruncationRecord>,
}

impl StoredLocal {
    /// Reads what is live at `now_seconds` in a source that shows all there is of `system.local`, a merge where there is
    /// more than one. `columns` are the regular columns that its cells name; those that nobody knows are passed over.
    ///
    /// # Errors
    /// Those of the source; and if a value is none of its column.
    pub fn read(
        source: &mut impl UnfilteredPartitions,
        columns: &[HeaderColumn],
        now_seconds: i64,
    ) -> Result<Self> {
        let mut local = Self::default();
        while source.advance_partition()? {
            if source.partition().key != KEY {
                continue;
            }
            let partition = source.partition().deletion;
            while source.advance_unfiltered()? {
                let Unfiltered::Row(row) = source.unfiltered() else { continue };
                let deletion = partition.max(row.deletion);
                local.read_row(source, columns, deletion, now_seconds)?;
            }
        }
        Ok(local)
    }

    fn read_row(
        &mut self,
        source: &mut impl UnfilteredPartitions,
        columns: &[HeaderColumn],
        deletion: DeletionTime,
        now_seconds: i64,
    ) -> Result<()> {
        let mut of_map = (usize::MAX, DeletionTime::LIVE);
        while source.advance_item()? {
            match source.item() {
                RowItem::ComplexDeletion { column, deletion } => of_map = (column, deletion),
                RowItem::Cell(cell) => {
                    let Some(column) = columns.get(cell.column) else { continue };
                    let covering = if of_map.0 == cell.column { deletion.max(of_map.1) } else { deletion };
                    if cell.is_live(now_seconds) && !covering.deletes(cell.timestamp) {
                        self.set(&column.name, &cell)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn set(&mut self, column: &[u8], cell: &Cell<'_>) -> Result<()> {
        let broken = |what: &str| {
            let column = String::from_utf8_lossy(column).into_owned();
            Error::corrupt(format!("the value of {column} in system.local is not {what}"))
        };
        let text = || String::from_utf8(cell.value.to_vec()).map_err(|_| broken("UTF-8"));
        match column {
            b"host_id" => {
                let id: [u8; 16] = cell.value.try_into().map_err(|_| broken("a UUID"))?;
                self.host_id = Some(Uuid(id));
            }
            b"cluster_name" => self.cluster_name = Some(text()?),
            b"partitioner" => self.partitioner = Some(text()?),
            b"release_version" => self.release_version = Some(text()?),
            b"truncated_at" => {
                let id: Option<[u8; 16]> = cell.path.and_then(|path| path.try_into().ok());
                let id = id.ok_or_else(|| broken("a map of UUIDs"))?;
                let record = TruncationRecord::from_bytes(cell.value);
                let record = record.ok_or_else(|| broken("a truncation record of 20 bytes"))?;
                self.truncated.insert(TableId::from_bytes(id), record);
            }
            _ => {}
        }
        Ok(())
    }
}
