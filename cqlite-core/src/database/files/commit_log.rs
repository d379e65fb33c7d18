//! What is in the commit log of a node and in no SSTable.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_cql::Uuid;
use cqlite_sstable::component::statistics::{CommitLogPosition, IntervalSet};
use cqlite_sstable::schema::SchemaRows;
use cqlite_sstable::{Error, ErrorKind, Partitioner, Result};

use super::ReplayedLog;
use crate::catalog::{Schema, TruncationRecord};
use crate::storage::TableId;
use crate::storage::commitlog::FoundSegments;
use crate::storage::fs::FileSystem;
use crate::storage::mutation::{Decoded, Mutation, TableLayout};
use crate::storage::replay::{FollowedMutation, LogFollower};
use crate::storage::store::Store;

/// How often the log is read again while a node takes segments away.
const ATTEMPTS: usize = 10;

/// Reads the commit log of a node into the memtables of a store.
pub(super) struct LogReplay<'a> {
    pub(super) fs: &'a Arc<dyn FileSystem>,
    pub(super) store: &'a Store,
    /// What the mutations may be of, by id.
    pub(super) layouts: BTreeMap<TableId, Arc<TableLayout>>,
    /// The tables that `system_schema` knows besides.
    pub(super) others: BTreeSet<TableId>,
    pub(super) truncated: BTreeMap<TableId, TruncationRecord>,
    pub(super) memtable_bytes: usize,
}

impl LogReplay<'_> {
    /// Reads all of a log. What is read twice changes nothing.
    pub(super) fn read(&self, directory: &Path) -> Result<ReplayedLog> {
        if let Some(missing) = FoundSegments::list(&**self.fs, directory)?.missing().first() {
            return Err(missing.to_error().at(directory));
        }
        let shown = self.store.table_ids().into_iter();
        let flushed: BTreeMap<TableId, IntervalSet> =
            shown.filter_map(|id| Some((id, self.store.flushed_intervals(id)?))).collect();
        for _ in 0..ATTEMPTS {
            let mut replayed = ReplayedLog { directory: directory.to_owned(), ..ReplayedLog::default() };
            let mut follower = LogFollower::new(Arc::clone(self.fs), directory);
            let followed = follower.poll(&mut |logged| self.take(logged, &flushed, &mut replayed))?;
            if !followed.has_gap {
                return Ok(replayed);
            }
        }
        let told = "the node takes segments of its commit log away faster than they can be read";
        Err(Error::new(ErrorKind::Io, told).at(directory).advise("try again"))
    }

    fn take(
        &self,
        logged: FollowedMutation<'_>,
        flushed: &BTreeMap<TableId, IntervalSet>,
        replayed: &mut ReplayedLog,
    ) -> Result<()> {
        let layout = |id: TableId| self.layouts.get(&id).cloned();
        replayed.mutations = replayed.mutations.saturating_add(1);
        let decoded = Mutation::decode(logged.mutation.to_owned(), logged.version, layout);
        let mutation = match decoded.map_err(|error| error.at(&replayed.directory))? {
            Decoded::Mutation(mutation) => mutation,
            Decoded::UnknownTable(id) => {
                let count = if self.is_known(id) { &mut replayed.passed } else { &mut replayed.unknown };
                *count = count.saturating_add(1);
                return Ok(());
            }
        };
        let is_passed = |id: TableId| {
            self.is_truncated(id, logged.position)
                || flushed.get(&id).is_none_or(|flushed| flushed.contains(logged.position))
        };
        if mutation.updates().all(|update| is_passed(update.table_id())) {
            replayed.passed = replayed.passed.saturating_add(1);
            return Ok(());
        }
        self.store.apply_logged(&mutation, is_passed)?;
        self.check_memory(&replayed.directory)
    }

    /// Whether a table that is not shown is there all the same: one of another keyspace, or of Cassandra's own, whose ids are
    /// made of their names.
    fn is_known(&self, id: TableId) -> bool {
        let Uuid([_, _, _, _, _, _, version, ..]) = id.0;
        version >> 4 == 3 || self.others.contains(&id)
    }

    fn is_truncated(&self, id: TableId, position: CommitLogPosition) -> bool {
        self.truncated.get(&id).is_some_and(|record| position <= record.position)
    }

    fn check_memory(&self, directory: &Path) -> Result<()> {
        let (held, limit) = (self.store.memtable_bytes(), self.memtable_bytes);
        if held <= limit {
            return Ok(());
        }
        let told = format!(
            "what the commit log has besides SSTables takes more than {limit} bytes of memory, which is the limit"
        );
        let advice = "run nodetool flush, read without the commit log, or let more memory be taken";
        Err(Error::invalid_input(told).at(directory).advise(advice))
    }
}

/// The layouts of all tables of the keyspaces of those that are shown, as one mutation may be of several tables; and the ids
/// of those of other keyspaces.
pub(super) fn layouts(
    schema: &Schema,
    rows: &[&SchemaRows],
    partitioner: &Partitioner,
) -> (BTreeMap<TableId, Arc<TableLayout>>, BTreeSet<TableId>) {
    let (mut layouts, mut others) = (BTreeMap::new(), BTreeSet::new());
    for rows in rows {
        for keyspace in rows.keyspace_names().unwrap_or_default() {
            let names = rows.table_names(&keyspace).unwrap_or_default().into_iter();
            for name in names.chain(rows.view_names(&keyspace).unwrap_or_default()) {
                others.extend(rows.table_id(&keyspace, &name).ok().flatten().map(TableId));
                if schema.keyspace(&keyspace).is_some()
                    && let Ok(Some(table)) = rows.table(&keyspace, &name)
                    && let Ok(layout) = TableLayout::new(&table, partitioner.clone())
                {
                    layouts.insert(layout.id(), layout);
                }
            }
        }
    }
    layouts.extend(schema.tables().map(|table| (table.id(), Arc::clone(table.layout()))));
    (layouts, others)
}

/// The commit logs beside data directories.
pub(super) fn beside(fs: &Arc<dyn FileSystem>, roots: &[PathBuf]) -> Vec<PathBuf> {
    let logs = roots.iter().filter_map(|root| Some(root.parent()?.join("commitlog")));
    let mut logs: Vec<PathBuf> =
        logs.filter(|log| fs.entry(log).is_ok_and(|entry| entry.is_directory)).collect();
    logs.dedup();
    logs
}
