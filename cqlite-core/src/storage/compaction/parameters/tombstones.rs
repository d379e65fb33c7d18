//! What is done for tombstones alone (`AbstractCompactionStrategy`).

use cqlite_sstable::Result;

use super::options::{Options, invalid, parse_f32};

/// What is done for tombstones alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TombstoneParameters {
    /// From which share of droppable cells on an SSTable is compacted alone (`tombstone_threshold`).
    pub threshold: f32,
    /// How old an SSTable must be for that, in seconds (`tombstone_compaction_interval`).
    pub compaction_interval_seconds: i64,
    /// Whether that is done without asking what other SSTables have (`unchecked_tombstone_compaction`).
    pub is_unchecked: bool,
    /// Whether SSTables are compacted alone at all. In time windows they are not, unless one of the three
    /// above is given.
    pub are_compacted_alone: bool,
    /// Whether only what is repaired may be purged (`only_purge_repaired_tombstones`).
    pub purges_repaired_only: bool,
    /// Whether tombstones of other SSTables drop what they delete (`provide_overlapping_tombstones`).
    pub overlapping: OverlappingTombstones,
    /// Whether one of the first three is given, and is not `false`.
    pub(super) is_asked_for: bool,
}

/// What a compaction drops of its inputs because of tombstones in other SSTables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum OverlappingTombstones {
    /// Nothing.
    #[default]
    None,
    /// Deleted partitions, ranges and rows.
    Row,
    /// Deleted and overwritten cells, too.
    Cell,
}

impl Default for TombstoneParameters {
    fn default() -> Self {
        Self {
            threshold: 0.2,
            compaction_interval_seconds: 86_400,
            is_unchecked: false,
            are_compacted_alone: true,
            purges_repaired_only: false,
            overlapping: OverlappingTombstones::None,
            is_asked_for: false,
        }
    }
}

const THRESHOLD: &str = "tombstone_threshold";
const INTERVAL: &str = "tombstone_compaction_interval";
const UNCHECKED: &str = "unchecked_tombstone_compaction";

impl TombstoneParameters {
    pub(super) fn parse(options: &mut Options<'_>, overlapping: OverlappingTombstones) -> Result<Self> {
        let defaults = Self::default();
        let is_asked_for = [THRESHOLD, INTERVAL, UNCHECKED].iter().any(|name| options.is_set(name));
        let threshold = match options.take(THRESHOLD) {
            None => defaults.threshold,
            Some(text) => match parse_f32(text) {
                Some(threshold) if threshold < 0.0 => {
                    return Err(invalid(format!(
                        "{THRESHOLD} must be greater than 0, but was {:.6}",
                        f64::from(threshold)
                    )));
                }
                Some(threshold) => threshold,
                None => {
                    return Err(invalid(format!("{text} is not a parsable int (base10) for {THRESHOLD}")));
                }
            },
        };
        let compaction_interval_seconds =
            options.integer(INTERVAL)?.unwrap_or(defaults.compaction_interval_seconds);
        if compaction_interval_seconds < 0 {
            return Err(invalid(format!(
                "{INTERVAL} must be greater than 0, but was {compaction_interval_seconds}"
            )));
        }
        let is_unchecked = options.truth(UNCHECKED, |value| {
            format!("'{UNCHECKED}' should be either 'true' or 'false', not '{value}'")
        })?;
        Ok(Self {
            threshold,
            compaction_interval_seconds,
            is_unchecked: is_unchecked.unwrap_or(false),
            purges_repaired_only: options.is_true("only_purge_repaired_tombstones").unwrap_or(false),
            overlapping,
            is_asked_for,
            ..defaults
        })
    }
}

impl OverlappingTombstones {
    pub(super) fn parse(options: &mut Options<'_>) -> Result<Self> {
        let Some(text) = options.take("provide_overlapping_tombstones") else { return Ok(Self::None) };
        match text.to_uppercase().as_str() {
            "NONE" => Ok(Self::None),
            "ROW" => Ok(Self::Row),
            "CELL" => Ok(Self::Cell),
            other => Err(invalid(format!(
                "Invalid value {other} for 'provide_overlapping_tombstones' compaction sub-option - must be one of \
                 the following [NONE, ROW, CELL]."
            ))),
        }
    }
}
