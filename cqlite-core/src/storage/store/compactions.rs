//! What compactions need of a store, and what becomes of their outputs.

use std::sync::{Arc, Weak};

use cqlite_sstable::writer::CommitFailure;
use cqlite_sstable::{Error, Result, SstableId};

use super::janitor::Chore;
use super::{Store, TableSstable, TableView};
use crate::storage::TableId;
use crate::storage::compaction::executor::{CompactedOutputs, CompactionTask, LiveSstable, Surroundings};
use crate::storage::compaction::scheduler::{CompactionEvent, CompactionHost, HostedTable};
use crate::storage::compaction::{Choice, OverlappingTombstones, SstableSummary};

/// A store, for the scheduler of its compactions.
#[derive(Debug)]
pub(super) struct StoreHost {
    store: Weak<Store>,
}

/// What else there is of a table, at any moment.
#[derive(Debug)]
struct TableSurroundings {
    store: Weak<Store>,
    id: TableId,
}

impl StoreHost {
    pub(super) fn of(store: &Arc<Store>) -> Self {
        Self { store: Arc::downgrade(store) }
    }

    fn view(&self, id: TableId) -> Option<(Arc<Store>, Arc<TableView>)> {
        let store = self.store.upgrade()?;
        let view = store.tables.load().by_id.get(&id).cloned()?;
        Some((store, view))
    }
}

fn closed() -> Error {
    Error::invalid_input("the table was dropped, or the database closed")
}

impl TableView {
    /// The least timestamp in all memtables that are not empty.
    fn memtable_min_timestamp(&self) -> Option<i64> {
        let filled = self.memtables().filter(|memtable| !memtable.is_empty());
        filled.map(|memtable| memtable.statistics().least.deltas(false).min_timestamp).min()
    }

    fn summaries(&self, gc_before_seconds: i64) -> Vec<SstableSummary> {
        self.sstables.iter().map(|sstable| sstable.live().summary(gc_before_seconds)).collect()
    }
}

impl CompactionHost for StoreHost {
    fn tables(&self) -> Vec<TableId> {
        self.store
            .upgrade()
            .map_or_else(Vec::new, |store| store.tables.load().by_id.keys().copied().collect())
    }

    fn table(&self, id: TableId) -> Option<HostedTable> {
        let (store, view) = self.view(id)?;
        let settings = view.table.settings();
        let gc_before_seconds = settings.compacted.gc_before_seconds(store.now_seconds());
        Some(HostedTable {
            parameters: Arc::clone(&settings.compaction),
            live: view.summaries(gc_before_seconds),
            gc_before_seconds,
            memtable_min_timestamp: view.memtable_min_timestamp(),
            flushed_bytes: view.table.flushed_bytes(),
            shard_space: Arc::clone(&view.table.shard_space),
        })
    }

    fn start(
        &self,
        id: TableId,
        choice: &Choice,
        garbage: Option<OverlappingTombstones>,
    ) -> Result<CompactionTask> {
        let (store, view) = self.view(id).ok_or_else(closed)?;
        let settings = view.table.settings();
        let input = |id: &SstableId| {
            let found = view.sstables.iter().find(|sstable| sstable.live().id() == id);
            found
                .map(|sstable| Arc::clone(sstable.live()))
                .ok_or_else(|| Error::invalid_input(format!("the table has no SSTable {id} any more")))
        };
        let inputs = choice.inputs.iter().map(input).collect::<Result<Vec<_>>>()?;
        let table = Arc::clone(&view.table);
        Ok(CompactionTask {
            files: Arc::clone(&store.fs),
            directory: table.directory.clone(),
            table: Arc::clone(&settings.compacted),
            choice: choice.clone(),
            inputs,
            surroundings: Arc::new(TableSurroundings { store: self.store.clone(), id }),
            ids: Arc::new(move || table.next_id()),
            garbage: garbage.unwrap_or(settings.compaction.tombstones.overlapping),
            now_seconds: store.now_seconds(),
        })
    }

    fn install(&self, id: TableId, outputs: CompactedOutputs) -> Result<Vec<SstableSummary>, CommitFailure> {
        let (store, view) = self.view(id).ok_or_else(|| CommitFailure::Undone(closed()))?;
        if outputs.leaves_nothing() {
            store.release_log_behind(id, outputs.inputs()).map_err(CommitFailure::Undone)?;
        }
        let mut replaced = outputs.commit().map_err(|failure| store.judge(failure))?;
        let outputs = replaced.take_outputs();
        view.table.note_compacted(outputs.iter().map(|live| live.files().data_bytes).sum());
        let inputs: Vec<SstableId> = replaced.inputs().to_vec();
        let shown: Vec<Arc<TableSstable>> = outputs.into_iter().map(|live| store.shown(live)).collect();
        let removal = store.removal(id, Chore::Remove(replaced));
        let changed = store.change_table(id, |view| {
            let is_input = |sstable: &&Arc<TableSstable>| inputs.contains(sstable.live().id());
            for sstable in view.sstables.iter().filter(is_input) {
                if let Some(removal) = &removal {
                    sstable.replace(Arc::clone(removal));
                }
            }
            view.sstables.retain(|sstable| !inputs.contains(sstable.live().id()));
            view.sstables.extend(shown);
            view.summaries(view.table.settings().compacted.gc_before_seconds(store.now_seconds()))
        });
        // Where the table was dropped meanwhile, there is nothing to show.
        Ok(changed.unwrap_or_default())
    }

    fn free_bytes(&self) -> Option<u64> {
        let store = self.store.upgrade()?;
        store.fs.free_bytes(&store.options.data_directory).ok().flatten()
    }

    fn now_millis(&self) -> i64 {
        self.store.upgrade().map_or(0, |store| store.options.clock.now_micros().div_euclid(1_000))
    }

    fn tell(&self, event: CompactionEvent<'_>) {
        if let Some(store) = self.store.upgrade() {
            store.compaction_told(&event);
            if matches!(event, CompactionEvent::Completed { .. }) {
                store.note_debt();
            }
        }
    }
}

impl Surroundings for TableSurroundings {
    fn memtables_have_of(&self, key: &[u8]) -> Result<Option<i64>> {
        let store = self.store.upgrade().ok_or_else(closed)?;
        let tables = store.tables.load();
        let view = tables.get(self.id)?;
        if !view.table.quarantine.is_empty() {
            // Nobody knows what a damaged SSTable has that is still deleted.
            return Ok(Some(i64::MIN));
        }
        let token = view.layout().partitioner().token(key);
        let having = view.memtables().filter(|memtable| memtable.find(key, &token).is_some());
        Ok(having.map(|memtable| memtable.statistics().least.deltas(false).min_timestamp).min())
    }

    fn memtables_have(&self) -> Option<i64> {
        let store = self.store.upgrade()?;
        let view = store.tables.load().by_id.get(&self.id).cloned()?;
        if view.table.quarantine.is_empty() { view.memtable_min_timestamp() } else { Some(i64::MIN) }
    }

    fn live(&self) -> Arc<[Arc<LiveSstable>]> {
        let view = self.store.upgrade().and_then(|store| store.tables.load().by_id.get(&self.id).cloned());
        view.map_or_else(
            || Arc::from([]),
            |view| view.sstables.iter().map(|sstable| Arc::clone(sstable.live())).collect(),
        )
    }
}
