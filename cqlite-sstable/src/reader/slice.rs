//! Stretches of a partition.

use crate::row::{ClusteringKind, ClusteringValue, PrefixBuffer};

/// The rows from one bound to another (`db.Slice`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// Where it starts: an [`ClusteringKind::InclStartBound`] or [`ClusteringKind::ExclStartBound`].
    pub start: PrefixBuffer,
    /// Where it ends: an [`ClusteringKind::InclEndBound`] or [`ClusteringKind::ExclEndBound`].
    pub end: PrefixBuffer,
}

impl Slice {
    /// All rows.
    pub fn all() -> Self {
        Self { start: PrefixBuffer::bottom(), end: PrefixBuffer::top() }
    }

    /// The rows whose clusterings begin with these values: a single one if there is a value for each column.
    ///
    /// # Example
    /// ```
    /// use cqlite_sstable::reader::Slice;
    /// use cqlite_sstable::row::ClusteringValue;
    /// let of_day_three = Slice::of_prefix([ClusteringValue::Value(&3_i32.to_be_bytes())]);
    /// assert!(of_day_three.start.kind.is_inclusive() && of_day_three.end.kind.is_inclusive());
    /// ```
    pub fn of_prefix<'a>(values: impl IntoIterator<Item = ClusteringValue<'a>>) -> Self {
        let start = PrefixBuffer::new(ClusteringKind::InclStartBound, values);
        let end = PrefixBuffer { kind: ClusteringKind::InclEndBound, values: start.values.clone() };
        Self { start, end }
    }
}

/// In which order the rows of a slice come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// As they are stored.
    #[default]
    Forward,
    /// The last one first.
    Reversed,
}
