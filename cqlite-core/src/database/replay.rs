//! What the commit log holds, at the opening.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use cqlite_sstable::component::statistics::CommitLogPosition;
use cqlite_sstable::schema::SCHEMA_KEYSPACE;
use cqlite_sstable::{Error, Result};

use super::indexes::forget_built_indexes;
use super::open::Opened;
use super::places::Places;
use super::{DatabaseBuilder, Event};
use crate::catalog::{Schema, TruncationRecord};
use crate::storage::TableId;
use crate::storage::mutation::{Decoded, Mutation};
use crate::storage::replay::{
    FollowedMutation, LogFollower, ProgressListener, Replay, ReplayOptions, ReplayReport, ReplayTable,
    Scanned,
};
use crate::storage::store::Store;

/// The share of the memory that a replay may take: nothing else needs any.
const REPLAY_SHARE: usize = 2;

impl Opened {
    /// Brings what the commit log holds into SSTables, which are installed. None, and nothing is done, if changes of the
    /// schema are among that, by which all else has to be read, or indexes that became whole, which have to be forgotten.
    pub(super) fn replay(
        &mut self,
        builder: &DatabaseBuilder,
        places: &Places,
    ) -> Result<Option<ReplayReport>> {
        let scanned = self.log(builder, places).scan(&|id| self.replay_table(id))?;
        let index_info = self.schema.system().index_info().id();
        if scanned.tables().any(|(layout, ..)| self.is_of_schema(layout.id()) || layout.id() == index_info) {
            return Ok(None);
        }
        // Before any row is installed: a node that finds it there passes over the log, and would not write its index.
        let replayed: BTreeSet<TableId> = scanned.tables().map(|(layout, ..)| layout.id()).collect();
        forget_built_indexes(&self.store, &self.schema, &replayed)?;
        self.replayed = replayed;
        self.install(builder, scanned).map(Some)
    }

    /// Brings what the commit log holds of the tables of the database itself into SSTables.
    pub(super) fn replay_catalogue(&self, builder: &DatabaseBuilder, places: &Places) -> Result<()> {
        let is_own = |id: TableId| self.schema.system().get(id).is_some();
        let of_own = |id: TableId| if is_own(id) { self.replay_table(id) } else { None };
        self.install(builder, self.log(builder, places).scan(&of_own)?).map(|_| ())
    }

    fn log(&self, builder: &DatabaseBuilder, places: &Places) -> Replay {
        let progress = builder.listener.clone().map(|listener| -> ProgressListener {
            Arc::new(move |progress| listener.tell(&Event::Replaying(progress)))
        });
        let options = ReplayOptions {
            memory_bytes: builder.memory_bytes / REPLAY_SHARE,
            policy: builder.replay_policy,
            restore_point_micros: builder.restore_point_micros,
            progress,
            ..ReplayOptions::default()
        };
        Replay::new(Arc::clone(&builder.fs), &places.commit_log, options)
    }

    fn install(&self, builder: &DatabaseBuilder, scanned: Scanned) -> Result<ReplayReport> {
        let installer = self.store.replay_installer();
        scanned.write(&installer)?;
        scanned.segments().sync(&*builder.fs)?;
        installer.install()?;
        Ok(scanned.into_segments().1)
    }

    /// Whether a table is one of those that the schema is kept in.
    fn is_of_schema(&self, id: TableId) -> bool {
        let system = self.schema.system();
        system.get(id).is_some_and(|table| table.keyspace() == SCHEMA_KEYSPACE)
    }

    fn replay_table(&self, id: TableId) -> Option<ReplayTable> {
        let layout = Arc::clone(self.schema.table_by_id(id)?.layout());
        let flushed = self.store.flushed_intervals(id)?;
        let truncated_at = self.truncated.get(&id).map(|record| record.position);
        Some(ReplayTable { layout, flushed, truncated_at })
    }

    /// Reads what is only in the commit log into memtables.
    pub(super) fn follow(&self, builder: &DatabaseBuilder, places: &Places) -> Result<Followed> {
        let mut follower = LogFollower::new(Arc::clone(&builder.fs), &places.commit_log);
        let reading = LogReading {
            store: &self.store,
            schema: &self.schema,
            truncated: &self.truncated,
            builder,
            log: &places.commit_log,
        };
        let mut changes_schema = false;
        let followed = follower.poll(&mut |logged| {
            let Some(mutation) = reading.take(logged)? else { return Ok(()) };
            let changes = |id: TableId| self.is_of_schema(id) && !reading.is_passed(id, logged.position);
            changes_schema |= mutation.updates().any(|update| changes(update.table_id()));
            Ok(())
        })?;
        let is_complete = !followed.has_gap && self.store.has_all_files();
        Ok(Followed { is_complete, changes_schema, follower })
    }
}

/// What was read of a commit log that may still be written.
pub(super) struct Followed {
    /// False if a writer took files away meanwhile.
    pub(super) is_complete: bool,
    /// Whether changes of the schema are among it.
    pub(super) changes_schema: bool,
    /// What goes on with it.
    pub(super) follower: LogFollower,
}

/// How a commit log is read that may still be written.
pub(super) struct LogReading<'a> {
    pub(super) store: &'a Store,
    pub(super) schema: &'a Schema,
    pub(super) truncated: &'a BTreeMap<TableId, TruncationRecord>,
    pub(super) builder: &'a DatabaseBuilder,
    pub(super) log: &'a Path,
}

impl LogReading<'_> {
    /// Puts a mutation into memtables, as far as no SSTable has it. Returned is what was put there.
    ///
    /// # Errors
    /// If it cannot be read, or takes more memory than memtables may.
    pub(super) fn take(&self, logged: FollowedMutation<'_>) -> Result<Option<Mutation>> {
        let layout = |id: TableId| self.schema.table_by_id(id).map(|table| Arc::clone(table.layout()));
        let at_log = |error: Error| error.at(self.log);
        let newest = Mutation::newest_micros(logged.mutation, logged.version, layout).map_err(at_log)?;
        if newest.zip(self.builder.restore_point_micros).is_some_and(|(newest, point)| newest > point) {
            return Ok(None);
        }
        let decoded = Mutation::decode(logged.mutation.to_owned(), logged.version, layout).map_err(at_log)?;
        let Decoded::Mutation(mutation) = decoded else { return Ok(None) };
        self.store.apply_logged(&mutation, |id| self.is_passed(id, logged.position))?;
        self.check_memory()?;
        Ok(Some(mutation))
    }

    /// Whether SSTables of a table have what stands in front of a position, or it was emptied behind it.
    pub(super) fn is_passed(&self, id: TableId, position: CommitLogPosition) -> bool {
        let truncated = self.truncated.get(&id);
        truncated.is_some_and(|record| position <= record.position)
            || self.store.flushed_intervals(id).is_some_and(|flushed| flushed.contains(position))
    }

    /// A reader can only keep in memory what is in no SSTable.
    fn check_memory(&self) -> Result<()> {
        let (held, limit) = (self.store.memtable_bytes(), self.builder.memtable_budget());
        if held <= limit {
            return Ok(());
        }
        let told = format!(
            "what the commit log has besides SSTables takes more than {held} bytes of memory, where memtables may have {limit}"
        );
        let advice = "give it more by `memtable_memory`, or open the database to write, which brings the log into SSTables";
        Err(Error::invalid_input(told).at(self.log).advise(advice))
    }
}
