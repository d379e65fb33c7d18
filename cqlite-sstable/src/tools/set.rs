//! Changing the level and the repair state of an SSTable in place, in its Statistics.db: what Cassandra's
//! `sstablelevelreset` and `sstablerepairedset` do (`MetadataSerializer.mutateLevel`, `mutateRepairMetadata`).
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use std::fmt;
use std::io::{self, Write as _};

use crate::component::statistics::{MutableState, Statistics};
use crate::error::{Error, Result};
use crate::io::{OutputDirectory, SourceExt as _};
use crate::tools::metadata::uuid_text;
use crate::version::Version;

/// Leveled compaction has these levels (`LeveledGenerations.MAX_LEVEL_COUNT`).
const LAST_LEVEL: i32 = 8;

/// The most bytes of a Statistics.db that is changed.
const LIMIT_BYTES: u64 = 64 * 1024 * 1024;

/// How the repair state is to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepairChange {
    /// Repaired at this time, in milliseconds since 1970; no repair is pending.
    Repaired(i64),
    /// Not repaired, and no repair is pending.
    Unrepaired,
    /// Not yet repaired: a repair of this session (a time UUID) is pending.
    Pending([u8; 16]),
    /// No repair is pending; when the SSTable was repaired stays as it is.
    NoPending,
}

/// What is to change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Change {
    /// The level in leveled compaction.
    pub level: Option<i32>,
    /// The repair state.
    pub repair: Option<RepairChange>,
}

impl Change {
    /// The state after the change. What is transient is so only while a repair is pending.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] if there is no such level or time.
    pub fn apply(&self, before: MutableState) -> Result<MutableState> {
        let mut after = before;
        if let Some(level) = self.level {
            if !(0..=LAST_LEVEL).contains(&level) {
                return Err(Error::invalid_input(format!(
                    "there is no level {level}: it is 0 to {LAST_LEVEL}"
                )));
            }
            after.sstable_level = level;
        }
        match self.repair {
            Some(RepairChange::Repaired(millis)) if millis <= 0 => {
                return Err(Error::invalid_input(format!("{millis} is no time of a repair")).advise(
                    "it is in milliseconds since 1970; what is not repaired is set with --unrepaired",
                ));
            }
            Some(RepairChange::Repaired(millis)) => {
                (after.repaired_at_millis, after.pending_repair) = (millis, None);
            }
            Some(RepairChange::Unrepaired) => (after.repaired_at_millis, after.pending_repair) = (0, None),
            Some(RepairChange::Pending(session)) => {
                (after.repaired_at_millis, after.pending_repair) = (0, Some(session));
            }
            Some(RepairChange::NoPending) => after.pending_repair = None,
            None => {}
        }
        after.is_transient &= after.pending_repair.is_some();
        Ok(after)
    }
}

/// A change that was worked out, but not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What the file says.
    pub before: MutableState,
    /// What it is to say.
    pub after: MutableState,
    name: String,
    bytes: Vec<u8>,
}

impl Plan {
    /// Reads the Statistics.db of this name, and works out what it is to be.
    ///
    /// # Errors
    /// If it cannot be read, and as [`Change::apply`] and [`MutableState::write_into`].
    pub fn new(
        directory: &dyn OutputDirectory,
        name: &str,
        version: Version,
        change: &Change,
    ) -> Result<Self> {
        let source = directory.open(name)?;
        let work_out = || {
            let file = source.read_all(LIMIT_BYTES)?;
            let before = MutableState::of(&Statistics::parse(&file, version)?.stats);
            let after = change.apply(before)?;
            let bytes = if after == before { file } else { after.write_into(&file, version)? };
            Ok(Self { before, after, name: name.to_owned(), bytes })
        };
        work_out().map_err(|error: Error| error.at(source.path()))
    }

    /// Whether there is something to change.
    pub fn changes(&self) -> bool {
        self.before != self.after
    }

    /// Makes the change: the new file is written beside the old one, with its owner and mode, synced, and takes its name.
    /// Whatever fails before that leaves the old file as it was.
    ///
    /// # Errors
    /// If the directory cannot be written. Where its own sync fails, the file has changed, but may not have after a power
    /// cut.
    pub fn carry_out(&self, directory: &dyn OutputDirectory) -> Result<()> {
        if !self.changes() {
            return Ok(());
        }
        let temporary = format!("{}.tmp", self.name);
        let written =
            self.write_as(&temporary, directory).and_then(|()| directory.rename(&temporary, &self.name));
        if let Err(error) = written {
            // It is of no use to anybody, and Cassandra removes it when it starts.
            let _ = directory.remove(&temporary);
            return Err(Error::io(&directory.path().join(&self.name), error)
                .advise("the file is as it was; make room or get permission to write there"));
        }
        directory.sync().map_err(|error| {
            Error::io(directory.path(), error)
                .advise("Statistics.db has changed, but that may not survive a power cut: look at it then")
        })
    }

    /// The fields that change, before and after.
    fn changed_fields(&self) -> impl Iterator<Item = (&'static str, String, String)> {
        let shown = |state: &MutableState| {
            [
                ("level", state.sstable_level.to_string()),
                ("repaired at", state.repaired_at_millis.to_string()),
                (
                    "pending repair",
                    state.pending_repair.map_or_else(|| "none".to_owned(), |id| uuid_text(&id)),
                ),
                ("transient", state.is_transient.to_string()),
            ]
        };
        let pairs = shown(&self.before).into_iter().zip(shown(&self.after));
        pairs.filter_map(|((field, before), (_, after))| (before != after).then_some((field, before, after)))
    }

    fn write_as(&self, temporary: &str, directory: &dyn OutputDirectory) -> io::Result<()> {
        // One that was left by a change that did not come to its end.
        match directory.remove(temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = directory.create(temporary)?;
        file.write_all(&self.bytes)?;
        file.flush()?;
        directory.copy_owner_and_mode(&self.name, temporary)?;
        file.sync()
    }
}

/// What changes: `level 3 -> 0, repaired at 0 -> 1700000000000`.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.changes() {
            return f.write_str("nothing to change");
        }
        for (place, (field, before, after)) in self.changed_fields().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{field} {before} -> {after}")?;
        }
        Ok(())
    }
}
