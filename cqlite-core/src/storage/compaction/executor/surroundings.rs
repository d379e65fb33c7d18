//! What else there is of a table while some of its SSTables are compacted.

use std::fmt;
use std::sync::Arc;

use cqlite_sstable::Result;

use super::LiveSstable;

/// What there is of a table at the moment of the call: who keeps a view of it answers by the present one.
pub trait Surroundings: Send + Sync + fmt::Debug {
    /// The least timestamp of what memtables have of a partition, those that are being flushed among them; none if they
    /// have nothing of it. One that is too low keeps tombstones longer and does no harm.
    ///
    /// # Errors
    /// If it cannot be found out.
    fn memtables_have_of(&self, key: &[u8]) -> Result<Option<i64>>;

    /// The least timestamp in all memtables that are not empty.
    fn memtables_have(&self) -> Option<i64>;

    /// All live SSTables, those that are being compacted among them. What a memtable no longer has is in here before.
    fn live(&self) -> Arc<[Arc<LiveSstable>]>;
}
