//! Places in the commit log.

use std::collections::BTreeMap;
use std::fmt;

use super::super::field_reader::FieldReader;
use super::super::field_writer::FieldWriter;
use crate::encoding::{Bytes, DecodeError};
use crate::error::Result;

/// A place in the commit log of the node that wrote the SSTable (`CommitLogPosition`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitLogPosition {
    /// The segment's id: it is in the file name.
    pub segment_id: i64,
    /// The byte in the segment behind a mutation.
    pub position: i32,
}

impl CommitLogPosition {
    /// No place: before all that exist.
    pub const NONE: Self = Self { segment_id: -1, position: 0 };

    /// Bytes of the serialized form.
    pub(super) const SERIALIZED_BYTES: usize = 12;

    pub(super) fn read(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        Ok(Self { segment_id: bytes.i64()?, position: bytes.i32()? })
    }

    pub(super) fn write(self, writer: &mut FieldWriter) {
        writer.i64(self.segment_id);
        writer.i32(self.position);
    }
}

impl fmt::Display for CommitLogPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CommitLogPosition(segmentId={}, position={})", self.segment_id, self.position)
    }
}

/// A span of the commit log, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CommitLogInterval {
    /// The first position.
    pub start: CommitLogPosition,
    /// The last position.
    pub end: CommitLogPosition,
}

/// The spans of the commit log whose writes an SSTable holds, in ascending order (`IntervalSet`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IntervalSet {
    intervals: Vec<CommitLogInterval>,
}

impl IntervalSet {
    /// The set of one interval.
    pub fn of(start: CommitLogPosition, end: CommitLogPosition) -> Self {
        Self { intervals: vec![CommitLogInterval { start, end }] }
    }

    /// Adds an interval; those that it meets or overlaps become one with it (`IntervalSet.Builder.add`).
    pub fn insert(&mut self, mut interval: CommitLogInterval) {
        let apart = |known: &CommitLogInterval| known.end < interval.start || interval.end < known.start;
        let (mut kept, met): (Vec<_>, Vec<_>) = self.intervals.iter().copied().partition(apart);
        for known in met {
            interval.start = interval.start.min(known.start);
            interval.end = interval.end.max(known.end);
        }
        kept.insert(kept.partition_point(|known| known.start < interval.start), interval);
        self.intervals = kept;
    }

    pub(super) fn parse(reader: &mut FieldReader<'_>, field: &'static str) -> Result<Self> {
        const ENTRY_BYTES: usize = 2 * CommitLogPosition::SERIALIZED_BYTES;
        let count = reader.count(field, ENTRY_BYTES)?;
        let mut ordered = BTreeMap::new();
        for _ in 0..count {
            let start = reader.read(field, CommitLogPosition::read)?;
            let end = reader.read(field, CommitLogPosition::read)?;
            ordered.insert(start, end);
        }
        let interval = |(start, end)| CommitLogInterval { start, end };
        Ok(Self { intervals: ordered.into_iter().map(interval).collect() })
    }

    pub(super) fn write(&self, writer: &mut FieldWriter, field: &str) -> Result<()> {
        writer.count(field, self.intervals.len())?;
        for interval in &self.intervals {
            interval.start.write(writer);
            interval.end.write(writer);
        }
        Ok(())
    }

    /// The intervals in ascending order.
    pub fn intervals(&self) -> &[CommitLogInterval] {
        &self.intervals
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.intervals.is_empty()
    }

    /// Whether a write that ends at `position` is in the SSTable.
    pub fn contains(&self, position: CommitLogPosition) -> bool {
        let after = self.intervals.partition_point(|interval| interval.start <= position);
        let before = after.checked_sub(1).and_then(|index| self.intervals.get(index));
        before.is_some_and(|interval| position <= interval.end)
    }

    /// The least position.
    pub fn lower_bound(&self) -> Option<CommitLogPosition> {
        self.intervals.first().map(|interval| interval.start)
    }

    /// The greatest position.
    pub fn upper_bound(&self) -> Option<CommitLogPosition> {
        self.intervals.last().map(|interval| interval.end)
    }
}

/// As Java prints a map.
impl fmt::Display for IntervalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (i, CommitLogInterval { start, end }) in self.intervals.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{start}={end}")?;
        }
        f.write_str("}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(segment_id: i64, position: i32) -> CommitLogPosition {
        CommitLogPosition { segment_id, position }
    }

    #[test]
    fn both_ends_of_an_interval_are_inside_and_gaps_are_not() {
        let mut set = IntervalSet::of(at(1, 10), at(1, 20));
        set.intervals.push(CommitLogInterval { start: at(2, 0), end: at(3, 5) });
        for inside in [at(1, 10), at(1, 20), at(2, 99), at(3, 5)] {
            assert!(set.contains(inside), "{inside}");
        }
        for outside in [CommitLogPosition::NONE, at(1, 9), at(1, 21), at(3, 6)] {
            assert!(!set.contains(outside), "{outside}");
        }
        assert_eq!((set.lower_bound(), set.upper_bound()), (Some(at(1, 10)), Some(at(3, 5))));
    }

    #[test]
    fn an_interval_becomes_one_with_those_it_meets() {
        let mut set = IntervalSet::of(at(1, 10), at(1, 20));
        for (start, end) in [(at(3, 0), at(3, 9)), (at(0, 5), at(0, 6)), (at(1, 20), at(2, 1))] {
            set.insert(CommitLogInterval { start, end });
        }
        let spans = |set: &IntervalSet| -> Vec<_> {
            set.intervals().iter().map(|interval| (interval.start, interval.end)).collect()
        };
        assert_eq!(spans(&set), [(at(0, 5), at(0, 6)), (at(1, 10), at(2, 1)), (at(3, 0), at(3, 9))]);
        set.insert(CommitLogInterval { start: at(0, 6), end: at(3, 1) });
        assert_eq!(spans(&set), [(at(0, 5), at(3, 9))]);
    }

    #[test]
    fn a_set_prints_as_a_java_map() {
        assert_eq!(IntervalSet::default().to_string(), "{}");
        assert_eq!(
            IntervalSet::of(CommitLogPosition::NONE, at(7, 8)).to_string(),
            "{CommitLogPosition(segmentId=-1, position=0)=CommitLogPosition(segmentId=7, position=8)}"
        );
    }
}
