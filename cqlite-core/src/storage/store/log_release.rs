//! Trimming the commit log, so that nothing is replayed of SSTables of which nothing is left.

use std::sync::Arc;
use std::time::Duration;

use cqlite_sstable::{Error, ErrorKind, Result};

use super::Store;
use crate::storage::TableId;
use crate::storage::commitlog::{CommitLog, CommitLogPosition};
use crate::storage::compaction::executor::LiveSstable;

/// How long is waited for segments to go: an archive may take its time.
const PATIENCE: Duration = Duration::from_secs(10);

/// After so long it is looked whether the store is stopped.
const LOOK: Duration = Duration::from_millis(100);

impl Store {
    /// Has the commit log forget what SSTables of a table had of it, which are about to go without others that say which
    /// stretches of it they had: a replay would bring back what was deleted in them.
    ///
    /// # Errors
    /// As [`Store::release_log_of`]. Then the SSTables have to stay.
    pub(super) fn release_log_behind(&self, id: TableId, sstables: &[Arc<LiveSstable>]) -> Result<()> {
        let ends = sstables.iter().filter_map(|one| self.own_intervals(one)?.upper_bound());
        ends.max().map_or(Ok(()), |end| self.release_log_of(id, Some(end)))
    }

    /// Has the commit log forget what was written to a table up to a place, or all of it. All tables are flushed that keep
    /// these segments.
    ///
    /// # Errors
    /// If the segments do not go: a flush or the archive fails, or takes long.
    pub fn release_log_of(&self, id: TableId, up_to: Option<CommitLogPosition>) -> Result<()> {
        let Some(log) = self.log.get() else { return Ok(()) };
        let up_to = up_to.unwrap_or_else(|| log.position());
        let Some(newest) = log.newest_with(id, up_to) else { return Ok(()) };
        if log.position().segment_id <= newest {
            log.rotate()?;
        }
        self.flush_segments(log, newest)?;
        for _ in 0..PATIENCE.as_millis() / LOOK.as_millis() {
            if log.wait_released(newest, LOOK)? {
                return Ok(());
            }
            if self.is_stopping() {
                break;
            }
        }
        let told = "the commit log still has what was deleted or dropped, and a replay would bring it back: its segments do not go";
        let advice = "look whether flushes or the archive of the log fail; it is tried again";
        Err(Error::new(ErrorKind::Output, told).advise(advice))
    }

    /// Flushes all tables with writes that are only in the log, in the segments up to one.
    fn flush_segments(&self, log: &CommitLog, newest: i64) -> Result<()> {
        for (_, tables) in log.dirty_tables().into_iter().filter(|(segment, _)| *segment <= newest) {
            for table in tables {
                let flushed = self.flush(table);
                // A table that was dropped meanwhile keeps no segment any more.
                if self.tables.load().by_id.contains_key(&table) {
                    flushed?;
                }
            }
        }
        Ok(())
    }
}
