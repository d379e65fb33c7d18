//! The merged value of a counter.

use crate::error::{Error, Result};
use crate::row::{Cell, NO_DELETION_TIME};
use crate::types::{CounterContext, CounterShards};

/// Merges the shards of the versions of a counter into a buffer that is used again and again.
#[derive(Debug, Default)]
pub(super) struct CounterMerge {
    shards: CounterShards,
    bytes: Vec<u8>,
    timestamp: i64,
}

impl CounterMerge {
    /// Begins with two versions.
    pub(super) fn start(&mut self, one: &Cell<'_>, other: &Cell<'_>) -> Result<()> {
        self.shards.clear();
        self.timestamp = i64::MIN;
        self.add(one)?;
        self.add(other)
    }

    /// Adds another version.
    pub(super) fn add(&mut self, cell: &Cell<'_>) -> Result<()> {
        let context = CounterContext::decode(cell.value)
            .map_err(|error| Error::corrupt(format!("the value of a counter cannot be merged: {error}")))?;
        self.shards.merge(context);
        self.timestamp = self.timestamp.max(cell.timestamp);
        Ok(())
    }

    /// Writes the merged value.
    pub(super) fn finish(&mut self) {
        self.bytes.clear();
        self.shards.write(&mut self.bytes);
    }

    /// The merged cell.
    pub(super) fn cell(&self, column: usize) -> Cell<'_> {
        Cell {
            column,
            timestamp: self.timestamp,
            ttl_seconds: 0,
            local_deletion_time_seconds: NO_DELETION_TIME,
            path: None,
            value: &self.bytes,
        }
    }

    /// What decides between it and yet another version: that it is neither empty nor a tombstone.
    pub(super) fn stand_in(&self) -> Cell<'static> {
        Cell {
            column: 0,
            timestamp: self.timestamp,
            ttl_seconds: 0,
            local_deletion_time_seconds: NO_DELETION_TIME,
            path: None,
            value: b"merged",
        }
    }
}
