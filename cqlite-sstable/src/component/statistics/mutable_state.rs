//! What changes in a Statistics.db after it was written.

use super::frame::{self, ComponentType};
use super::{Statistics, StatsMetadata};
use crate::component::field_writer::FieldWriter;
use crate::error::{Error, Result};
use crate::version::Version;

/// The fields of Statistics.db that Cassandra changes in the course of time (`StatsMetadata.mutateLevel`,
/// `mutateRepairedMetadata`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MutableState {
    /// The level in leveled compaction.
    pub sstable_level: i32,
    /// When the data was repaired, in milliseconds since 1970; 0 if it was not.
    pub repaired_at_millis: i64,
    /// The session (a time UUID) of a repair that is not yet finished.
    pub pending_repair: Option<[u8; 16]>,
    /// Whether the data is a transient replica's.
    pub is_transient: bool,
}

impl MutableState {
    /// What `stats` say.
    pub fn of(stats: &StatsMetadata) -> Self {
        Self {
            sstable_level: stats.sstable_level,
            repaired_at_millis: stats.repaired_at_millis,
            pending_repair: stats.pending_repair,
            is_transient: stats.is_transient,
        }
    }

    /// The bytes of a Statistics.db that says this, and all else that `file` says: the other bytes are those of `file`.
    ///
    /// # Errors
    /// If `file` is none, or its version does not record a pending repair that there is to be; and if the state is one
    /// that Cassandra does not allow (`SSTable.validateRepairedMetadata`).
    pub fn write_into(&self, file: &[u8], version: Version) -> Result<Vec<u8>> {
        let read = Statistics::parse(file, version)?;
        let version = read.version;
        self.check(version)?;
        let at = |field| (read.stats_fields.of(field).saturating_sub(read.stats_offset)) as usize;
        let mut reader = frame::Frame::parse(file, version)?.component(ComponentType::Stats)?;
        let length = reader.remaining();
        let old = reader.read("STATS", |bytes| bytes.take(length))?;
        let between = |from: usize, to: usize| old.get(from..to).unwrap_or_default();
        let mut new = FieldWriter::default();
        let (level, repaired_at) = (at("sstableLevel"), at("repairedAt"));
        new.raw(between(0, level));
        new.i32(self.sstable_level);
        new.i64(self.repaired_at_millis);
        let mut kept = repaired_at.saturating_add(8);
        if version.has_pending_repair() {
            let pending = at("pendingRepair");
            new.raw(between(kept, pending));
            new.boolean(self.pending_repair.is_some());
            new.raw(self.pending_repair.as_ref().map_or(&[], <[u8; 16]>::as_slice));
            kept = pending.saturating_add(if read.stats.pending_repair.is_some() { 17 } else { 1 });
        }
        if version.has_is_transient() {
            new.boolean(self.is_transient);
            kept = kept.saturating_add(1);
        }
        new.raw(between(kept, old.len()));
        frame::replace(file, version, ComponentType::Stats, &new.into_bytes())
    }

    fn check(&self, version: Version) -> Result<()> {
        if self.pending_repair.is_some() && self.repaired_at_millis != 0 {
            return Err(Error::invalid_input("an SSTable that is repaired cannot have a pending repair"));
        }
        if self.is_transient && self.pending_repair.is_none() {
            return Err(Error::invalid_input("an SSTable is transient only while a repair is pending"));
        }
        if self.pending_repair.is_some() && !version.has_pending_repair() {
            return Err(Error::unsupported(format!(
                "the version '{version}' does not record pending repairs"
            )));
        }
        Ok(())
    }
}
