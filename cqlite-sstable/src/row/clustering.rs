//! Clusterings, and the bounds of slices and range tombstones.

use std::cmp::Ordering;
use std::ops::Range;

/// What a clustering prefix stands for (`ClusteringPrefix.Kind`). The discriminant is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ClusteringKind {
    /// `... < x`
    ExclEndBound = 0,
    /// `>= x ...`
    InclStartBound = 1,
    /// Closes `< x` and opens `>= x`.
    ExclEndInclStartBoundary = 2,
    /// The static row; never on disk.
    Static = 3,
    /// A row.
    Clustering = 4,
    /// Closes `<= x` and opens `> x`.
    InclEndExclStartBoundary = 5,
    /// `... <= x`
    InclEndBound = 6,
    /// `> x ...`
    ExclStartBound = 7,
}

impl ClusteringKind {
    /// The kind of this ordinal, if it is one that can be on disk.
    pub fn from_ordinal(ordinal: u8) -> Option<Self> {
        Some(match ordinal {
            0 => Self::ExclEndBound,
            1 => Self::InclStartBound,
            2 => Self::ExclEndInclStartBoundary,
            4 => Self::Clustering,
            5 => Self::InclEndExclStartBoundary,
            6 => Self::InclEndBound,
            7 => Self::ExclStartBound,
            _ => return None,
        })
    }

    /// The name that Cassandra's tools print.
    pub fn name(self) -> &'static str {
        match self {
            Self::ExclEndBound => "EXCL_END_BOUND",
            Self::InclStartBound => "INCL_START_BOUND",
            Self::ExclEndInclStartBoundary => "EXCL_END_INCL_START_BOUNDARY",
            Self::Static => "STATIC_CLUSTERING",
            Self::Clustering => "CLUSTERING",
            Self::InclEndExclStartBoundary => "INCL_END_EXCL_START_BOUNDARY",
            Self::InclEndBound => "INCL_END_BOUND",
            Self::ExclStartBound => "EXCL_START_BOUND",
        }
    }

    /// Whether it closes one range and opens the next at the same place.
    pub fn is_boundary(self) -> bool {
        matches!(self, Self::ExclEndInclStartBoundary | Self::InclEndExclStartBoundary)
    }

    /// Whether a bound opens a range. Boundaries do both and are asked by [`Self::open`] and [`Self::close`].
    pub fn is_start(self) -> bool {
        matches!(self, Self::InclStartBound | Self::ExclStartBound)
    }

    /// Whether a bound contains its own prefix.
    pub fn is_inclusive(self) -> bool {
        matches!(self, Self::InclStartBound | Self::InclEndBound)
    }

    /// Whether a bound closes a range. Boundaries do both and are asked by [`Self::open`] and [`Self::close`].
    pub fn is_end(self) -> bool {
        matches!(self, Self::InclEndBound | Self::ExclEndBound)
    }

    /// The bound on the other side of the same place: `>= x` for `< x` (`ClusteringPrefix.Kind.invert`).
    #[must_use]
    pub fn invert(self) -> Self {
        match self {
            Self::ExclEndBound => Self::InclStartBound,
            Self::InclStartBound => Self::ExclEndBound,
            Self::InclEndBound => Self::ExclStartBound,
            Self::ExclStartBound => Self::InclEndBound,
            Self::ExclEndInclStartBoundary => Self::InclEndExclStartBoundary,
            Self::InclEndExclStartBoundary => Self::ExclEndInclStartBoundary,
            Self::Static | Self::Clustering => self,
        }
    }

    /// Where a prefix of this kind stands against all that begins with its values: in front of them or behind
    /// them; equal for a row (`ClusteringPrefix.Kind.comparedToClustering`).
    pub fn compared_to_clustering(self) -> Ordering {
        match self {
            Self::ExclEndBound | Self::InclStartBound | Self::ExclEndInclStartBoundary | Self::Static => {
                Ordering::Less
            }
            Self::Clustering => Ordering::Equal,
            Self::InclEndExclStartBoundary | Self::InclEndBound | Self::ExclStartBound => Ordering::Greater,
        }
    }

    /// The order of prefixes that have the same values (`ClusteringPrefix.Kind.compare`): bounds in front, the
    /// static row, rows, bounds behind. Kinds that mean one place are equal.
    pub fn compare(self, other: Self) -> Ordering {
        self.weight().cmp(&other.weight())
    }

    fn weight(self) -> u8 {
        match self {
            Self::ExclEndBound | Self::InclStartBound | Self::ExclEndInclStartBoundary => 0,
            Self::Static => 1,
            Self::Clustering => 2,
            Self::InclEndExclStartBoundary | Self::InclEndBound | Self::ExclStartBound => 3,
        }
    }

    /// The bound that a boundary opens.
    pub fn open(self) -> Option<Self> {
        match self {
            Self::ExclEndInclStartBoundary => Some(Self::InclStartBound),
            Self::InclEndExclStartBoundary => Some(Self::ExclStartBound),
            _ => None,
        }
    }

    /// The bound that a boundary closes.
    pub fn close(self) -> Option<Self> {
        match self {
            Self::ExclEndInclStartBoundary => Some(Self::ExclEndBound),
            Self::InclEndExclStartBoundary => Some(Self::InclEndBound),
            _ => None,
        }
    }
}

/// One value of a clustering. Null is rare (compact storage, static entries of an index); empty is zero bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClusteringValue<'a> {
    /// No value.
    Null,
    /// The serialized value, maybe of zero bytes.
    Value(&'a [u8]),
}

impl<'a> ClusteringValue<'a> {
    /// The bytes, or none for null.
    pub fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Self::Null => None,
            Self::Value(bytes) => Some(bytes),
        }
    }
}

/// The values of one clustering prefix in a buffer that is filled again and again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClusteringBuffer {
    bytes: Vec<u8>,
    values: Vec<Option<Range<usize>>>,
}

impl ClusteringBuffer {
    /// One without values.
    pub const EMPTY: Self = Self { bytes: Vec::new(), values: Vec::new() };

    /// The memory that it holds.
    pub fn capacity_bytes(&self) -> usize {
        let values = self.values.capacity().saturating_mul(size_of::<Option<Range<usize>>>());
        self.bytes.capacity().saturating_add(values)
    }

    /// Removes all values and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.values.clear();
    }

    /// Appends a value.
    pub fn push(&mut self, value: ClusteringValue<'_>) {
        let range = value.bytes().map(|bytes| {
            let start = self.bytes.len();
            self.bytes.extend_from_slice(bytes);
            start..self.bytes.len()
        });
        self.values.push(range);
    }

    /// Takes over another's values.
    #[inline]
    pub fn copy_from(&mut self, values: Clustering<'_>) {
        self.clear();
        self.bytes.extend_from_slice(&values.buffer.bytes);
        self.values.extend_from_slice(&values.buffer.values);
    }

    /// The values now in it.
    pub fn as_clustering(&self) -> Clustering<'_> {
        Clustering { buffer: self }
    }
}

/// The values of one clustering prefix, borrowed: as many as the table has clustering columns for a row,
/// maybe fewer for a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clustering<'a> {
    buffer: &'a ClusteringBuffer,
}

impl<'a> Clustering<'a> {
    /// How many values there are.
    pub fn len(&self) -> usize {
        self.buffer.values.len()
    }

    /// Whether there are no values: the only row of a partition, or a bound at its very end.
    pub fn is_empty(&self) -> bool {
        self.buffer.values.is_empty()
    }

    /// The value at `index`, or none behind the last.
    pub fn get(&self, index: usize) -> Option<ClusteringValue<'a>> {
        let range = self.buffer.values.get(index)?;
        Some(match range {
            Some(range) => ClusteringValue::Value(self.buffer.bytes.get(range.clone()).unwrap_or_default()),
            None => ClusteringValue::Null,
        })
    }

    /// All values in order.
    pub fn iter(&self) -> impl Iterator<Item = ClusteringValue<'a>> + use<'a> {
        let clustering = *self;
        (0..self.len()).filter_map(move |index| clustering.get(index))
    }
}
