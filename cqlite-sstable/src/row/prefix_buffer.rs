//! A clustering or a bound with its values.

use super::{ClusteringBuffer, ClusteringKind, ClusteringPrefix, ClusteringValue};

/// The clustering of a row, or the bound of a slice or range tombstone, with values of its own
/// (`db.ClusteringPrefix`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrefixBuffer {
    /// What it stands for.
    pub kind: ClusteringKind,
    /// The values: all for a row, maybe fewer for a bound.
    pub values: ClusteringBuffer,
}

impl PrefixBuffer {
    /// The bound in front of everything in a partition.
    pub fn bottom() -> Self {
        Self { kind: ClusteringKind::InclStartBound, values: ClusteringBuffer::default() }
    }

    /// The bound behind everything in a partition.
    pub fn top() -> Self {
        Self { kind: ClusteringKind::InclEndBound, values: ClusteringBuffer::default() }
    }

    /// It, borrowed.
    pub fn as_prefix(&self) -> ClusteringPrefix<'_> {
        (self.kind, self.values.as_clustering())
    }

    /// Takes over another's kind and values.
    #[inline]
    pub fn set(&mut self, (kind, values): ClusteringPrefix<'_>) {
        self.kind = kind;
        self.values.copy_from(values);
    }

    /// A prefix of this kind and these values.
    pub fn new<'a>(kind: ClusteringKind, values: impl IntoIterator<Item = ClusteringValue<'a>>) -> Self {
        let mut buffer = ClusteringBuffer::default();
        values.into_iter().for_each(|value| buffer.push(value));
        Self { kind, values: buffer }
    }
}
