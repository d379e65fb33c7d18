//! What the commit log holds, at the opening.

use std::sync::Arc;

use cqlite_sstable::{Error, Result};

use super::DatabaseBuilder;
use super::open::Opened;
use super::places::Places;
use crate::catalog::Table;
use crate::storage::TableId;
use crate::storage::mutation::{Decoded, Mutation};
use crate::storage::replay::{LogFollower, Replay, ReplayOptions, ReplayReport, ReplayTable};

/// The share of the memory that a replay may take: nothing else needs any.
const REPLAY_SHARE: usize = 2;

impl Opened {
    /// Brings what the commit log holds into SSTables, which are installed. Returned is what happened, and whether tables of
    /// the schema were among what it held; none if there was no log.
    pub(super) fn replay(
        &mut self,
        builder: &DatabaseBuilder,
        places: &Places,
    ) -> Result<Option<(ReplayReport, bool)>> {
        let options = ReplayOptions {
            memory_bytes: builder.memory_bytes / REPLAY_SHARE,
            policy: builder.replay_policy,
            restore_point_micros: builder.restore_point_micros,
            ..ReplayOptions::default()
        };
        let replay = Replay::new(Arc::clone(&builder.fs), &places.commit_log, options);
        let scanned = replay.scan(&|id| self.replay_table(id))?;
        if scanned.report().segments == 0 {
            return Ok(None);
        }
        let system = self.schema.system();
        let is_of_schema =
            |table: &Arc<Table>, id: TableId| table.id() == id && table.id() != system.local().id();
        let changes_schema =
            scanned.tables().any(|(layout, ..)| system.all().any(|table| is_of_schema(table, layout.id())));
        let installer = self.store.replay_installer();
        scanned.write(&installer)?;
        installer.install()?;
        let (_, report) = scanned.into_segments();
        Ok(Some((report, changes_schema)))
    }

    fn replay_table(&self, id: TableId) -> Option<ReplayTable> {
        let layout = Arc::clone(self.schema.table_by_id(id)?.layout());
        let flushed = self.store.flushed_intervals(id)?;
        let truncated_at = self.truncated.get(&id).map(|record| record.position);
        Some(ReplayTable { layout, flushed, truncated_at })
    }

    /// Reads what is only in the commit log into memtables. False if a writer took away segments meanwhile.
    pub(super) fn follow(&mut self, builder: &DatabaseBuilder, places: &Places) -> Result<bool> {
        let mut follower = LogFollower::new(Arc::clone(&builder.fs), &places.commit_log);
        let layout = |id: TableId| self.schema.table_by_id(id).map(|table| Arc::clone(table.layout()));
        let followed = follower.poll(&mut |logged| {
            let decoded = Mutation::decode(logged.mutation.to_owned(), logged.version, layout)
                .map_err(|error: Error| error.at(&places.commit_log))?;
            let Decoded::Mutation(mutation) = decoded else { return Ok(()) };
            self.store.apply_logged(&mutation, |id| {
                let is_flushed =
                    self.store.flushed_intervals(id).is_some_and(|flushed| flushed.contains(logged.position));
                let truncated = self.truncated.get(&id);
                is_flushed || truncated.is_some_and(|record| logged.position <= record.position)
            })
        })?;
        Ok(!followed.has_gap && self.store.has_all_files())
    }
}
