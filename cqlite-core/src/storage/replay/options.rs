//! How a commit log is replayed.

use std::fmt;
use std::sync::Arc;

/// What becomes of damage that is not a torn tail. Torn tails are left out under each of these, and reported; what stands behind
/// something torn in the last segment is taken by [`ReplayPolicy::Skip`] alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ReplayPolicy {
    /// The replay ends with an error and leaves nothing, as Cassandra refuses to start.
    #[default]
    Refuse,
    /// What stands in front of the damage is replayed, and nothing behind it: what is there then is what was there at one moment.
    /// Segments are scanned one after the other.
    Stop,
    /// What is damaged is left out, and the replay goes on behind, as Cassandra does with
    /// `cassandra.commitlog.ignorereplayerrors`.
    Skip,
}

/// What a replay is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReplayStage {
    /// Segments are read, checked and sorted.
    Scanning,
    /// SSTables are written.
    Writing,
}

/// How far a replay has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayProgress {
    /// What it is doing.
    pub stage: ReplayStage,
    /// Bytes of segments that were scanned, or of updates that were written.
    pub done_bytes: u64,
    /// How many there are in this stage.
    pub total_bytes: u64,
}

/// Is told of progress, from several threads.
pub type ProgressListener = Arc<dyn Fn(ReplayProgress) + Send + Sync>;

/// How a commit log is replayed.
#[derive(Clone)]
pub struct ReplayOptions {
    /// The most memory for updates that are being sorted and merged, in bytes. Beside it each thread holds one section of a segment,
    /// and what an SSTable that is written takes.
    pub memory_bytes: usize,
    /// How many threads scan segments, and how many write SSTables then; at least one.
    pub threads: usize,
    /// What becomes of damage.
    pub policy: ReplayPolicy,
    /// Mutations with a timestamp behind this one, in microseconds, are left out (`restore_point_in_time`). All of a mutation
    /// goes by its greatest timestamp. That of a deletion of a row counts, too, which Cassandra overlooks: there such a
    /// deletion is replayed in any case.
    pub restore_point_micros: Option<i64>,
    /// Whom to tell of progress.
    pub progress: Option<ProgressListener>,
}

impl Default for ReplayOptions {
    fn default() -> Self {
        Self {
            memory_bytes: 48 << 20,
            threads: 2,
            policy: ReplayPolicy::default(),
            restore_point_micros: None,
            progress: None,
        }
    }
}

impl ReplayOptions {
    /// How many threads scan.
    pub(super) fn scanning_threads(&self) -> usize {
        if self.policy == ReplayPolicy::Stop { 1 } else { self.threads.max(1) }
    }

    /// How much a scanning thread collects before it sorts it.
    pub(super) fn load_bytes(&self) -> usize {
        (self.memory_bytes / 4).saturating_mul(3) / self.scanning_threads()
    }

    /// How much of one partition a writing thread merges at a time.
    pub(super) fn partition_bytes(&self, has_spilled: bool) -> usize {
        let share = self.memory_bytes / 4 / self.threads.max(1);
        if has_spilled { share.saturating_mul(3) } else { share }
    }
}

impl fmt::Debug for ReplayOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayOptions")
            .field("memory_bytes", &self.memory_bytes)
            .field("threads", &self.threads)
            .field("policy", &self.policy)
            .field("restore_point_micros", &self.restore_point_micros)
            .finish_non_exhaustive()
    }
}
