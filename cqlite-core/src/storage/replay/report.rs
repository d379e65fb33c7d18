//! What became of a log.

use std::collections::BTreeMap;
use std::path::PathBuf;

use cqlite_sstable::component::statistics::CommitLogInterval;

use crate::storage::TableId;
use crate::storage::commitlog::{CommitLogPosition, Damage, MissingSegments};

/// No more damage is kept than this; the rest is only counted.
const KEPT_DAMAGE: usize = 1000;

/// Damage of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentDamage {
    /// The segment.
    pub path: PathBuf,
    /// What is wrong with it, and where.
    pub damage: Damage,
}

/// What was found in a log, and what became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplayReport {
    /// Segments that were scanned.
    pub segments: u64,
    /// Segments that are certain to be missing between others.
    pub missing: Box<[MissingSegments]>,
    /// Sections that were applied: each of them as a whole.
    pub sections: u64,
    /// Sound mutations in those sections.
    pub mutations: u64,
    /// Partition updates that are replayed.
    pub replayed_updates: u64,
    /// Their bytes.
    pub replayed_bytes: u64,
    /// Updates that SSTables have already.
    pub flushed_updates: u64,
    /// Updates of tables that were truncated later.
    pub truncated_updates: u64,
    /// Mutations that are later than the point in time to which is restored.
    pub late_mutations: u64,
    /// Mutations with updates of tables that are not known, by the first such table: none of such a mutation can be read.
    pub unknown_tables: BTreeMap<TableId, u64>,
    /// Sound mutations in sections that are not whole, which are left out with them.
    pub left_out_mutations: u64,
    /// Mutations with good checksums that cannot be decoded. They are damage, too.
    pub undecodable_mutations: u64,
    /// Updates with a counter's value that is none, so that nothing could be merged with it.
    pub unmergeable_updates: u64,
    /// Damage, the first thousand places of it.
    pub damage: Vec<SegmentDamage>,
    /// How many damaged places there are.
    pub damage_count: u64,
    /// Where the replay stopped, if damage made it stop.
    pub stopped_at: Option<CommitLogPosition>,
    /// The greatest timestamp in the log, in microseconds, of mutations that are left out, too: clocks go on behind it.
    pub newest_micros: Option<i64>,
    /// The span of the log; none if it has no sections.
    pub interval: Option<CommitLogInterval>,
}

impl ReplayReport {
    /// Whether anything was left out that a sound log of known tables would have had replayed. A torn tail counts.
    pub fn is_incomplete(&self) -> bool {
        self.damage_count > 0
            || !self.missing.is_empty()
            || self.unmergeable_updates > 0
            || !self.unknown_tables.is_empty()
            || self.stopped_at.is_some()
    }

    pub(super) fn push_damage(&mut self, damage: SegmentDamage) {
        self.damage_count = self.damage_count.saturating_add(1);
        if self.damage.len() < KEPT_DAMAGE {
            self.damage.push(damage);
        }
    }

    pub(super) fn saw(&mut self, newest_micros: i64) {
        if newest_micros > i64::MIN {
            self.newest_micros = self.newest_micros.max(Some(newest_micros));
        }
    }

    pub(super) fn widen(&mut self, interval: CommitLogInterval) {
        let CommitLogInterval { start, end } = interval;
        let known = self.interval.get_or_insert(interval);
        (known.start, known.end) = (known.start.min(start), known.end.max(end));
    }

    /// Takes in what another thread found.
    pub(super) fn add(&mut self, other: Self) {
        for (into, more) in [
            (&mut self.segments, other.segments),
            (&mut self.sections, other.sections),
            (&mut self.mutations, other.mutations),
            (&mut self.replayed_updates, other.replayed_updates),
            (&mut self.replayed_bytes, other.replayed_bytes),
            (&mut self.flushed_updates, other.flushed_updates),
            (&mut self.truncated_updates, other.truncated_updates),
            (&mut self.late_mutations, other.late_mutations),
            (&mut self.left_out_mutations, other.left_out_mutations),
            (&mut self.undecodable_mutations, other.undecodable_mutations),
            (&mut self.unmergeable_updates, other.unmergeable_updates),
        ] {
            *into = into.saturating_add(more);
        }
        for (id, count) in other.unknown_tables {
            let known = self.unknown_tables.entry(id).or_default();
            *known = known.saturating_add(count);
        }
        let unkept = other.damage_count.saturating_sub(other.damage.len() as u64);
        other.damage.into_iter().for_each(|damage| self.push_damage(damage));
        self.damage_count = self.damage_count.saturating_add(unkept);
        self.stopped_at = other.stopped_at.or(self.stopped_at);
        self.newest_micros = self.newest_micros.max(other.newest_micros);
        if let Some(interval) = other.interval {
            self.widen(interval);
        }
    }
}
