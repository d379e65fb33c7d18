//! The order of rows and bounds within a partition.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Clustering, ClusteringKind, ClusteringValue};
use crate::types::{CqlType, Separator, compare_nullable, write_component};

/// A row's or a bound's place: its kind and its values (`db.ClusteringPrefix`).
pub type ClusteringPrefix<'a> = (ClusteringKind, Clustering<'a>);

/// Compares clusterings by the types of the clustering columns (`db.ClusteringComparator`).
///
/// # Example
/// ```
/// use cqlite_sstable::row::{ClusteringBuffer, ClusteringKind, ClusteringOrder, ClusteringValue};
/// use cqlite_sstable::types::CqlType;
/// let order = ClusteringOrder::new([CqlType::Text, CqlType::Int]);
/// let (mut row, mut bound) = (ClusteringBuffer::default(), ClusteringBuffer::default());
/// row.push(ClusteringValue::Value(b"a"));
/// row.push(ClusteringValue::Value(&[0, 0, 0, 1]));
/// bound.push(ClusteringValue::Value(b"a"));
/// let row = (ClusteringKind::Clustering, row.as_clustering());
/// assert!(order.compare((ClusteringKind::InclStartBound, bound.as_clustering()), row).is_lt());
/// assert!(order.compare((ClusteringKind::ExclStartBound, bound.as_clustering()), row).is_gt());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusteringOrder {
    types: Arc<[CqlType]>,
}

impl ClusteringOrder {
    /// The order of these columns, as the header of an SSTable names their types: descending ones are
    /// [`CqlType::Reversed`].
    pub fn new(types: impl Into<Arc<[CqlType]>>) -> Self {
        Self { types: types.into() }
    }

    /// The types of the clustering columns.
    pub fn types(&self) -> &[CqlType] {
        &self.types
    }

    /// Compares two places (`ClusteringComparator.compare`). A prefix with fewer values stands in front of all
    /// that begins with them or behind it, by its kind. Kinds that mean the same place, such as the end `< x` and
    /// the start `>= x`, are equal.
    pub fn compare(&self, a: ClusteringPrefix<'_>, b: ClusteringPrefix<'_>) -> Ordering {
        let ((kind_a, a), (kind_b, b)) = (a, b);
        self.compare_shared(a, b).then_with(|| match a.len().cmp(&b.len()) {
            Ordering::Equal => kind_a.compare(kind_b),
            Ordering::Less => kind_a.compared_to_clustering(),
            Ordering::Greater => kind_b.compared_to_clustering().reverse(),
        })
    }

    /// Compares two rows, which have as many values as there are columns.
    pub fn compare_rows(&self, a: Clustering<'_>, b: Clustering<'_>) -> Ordering {
        self.compare((ClusteringKind::Clustering, a), (ClusteringKind::Clustering, b))
    }

    /// Compares two values of the column at `column`. Null is less than every value, in descending columns too.
    /// Values of a column that does not exist are compared as bytes.
    pub fn compare_values(&self, column: usize, a: ClusteringValue<'_>, b: ClusteringValue<'_>) -> Ordering {
        compare_nullable(self.types.get(column).unwrap_or(&CqlType::Blob), a.bytes(), b.bytes())
    }

    /// Whether a place is in the slice from `start` to `end` (`Slice.includes`). The bounds of a slice are places
    /// themselves, so that what lies between them is told by their kinds.
    pub fn slice_includes(
        &self,
        start: ClusteringPrefix<'_>,
        end: ClusteringPrefix<'_>,
        place: ClusteringPrefix<'_>,
    ) -> bool {
        self.compare(start, place).is_le() && self.compare(place, end).is_le()
    }

    /// Whether no row can be in the slice from `start` to `end` (`Slice.isEmpty`).
    pub fn slice_is_empty(&self, start: ClusteringPrefix<'_>, end: ClusteringPrefix<'_>) -> bool {
        self.compare(start, end).is_ge()
    }

    /// Appends the byte-comparable form of a place (`ClusteringComparator.asByteComparable`), of which the tries in
    /// Rows.db hold prefixes. None is a prefix of another one, and their unsigned order is that of
    /// [`ClusteringOrder::compare`] apart from what [`write_byte_comparable`](crate::types::write_byte_comparable)
    /// names, and from the static row: it is in no trie, and its form stands in front of all bounds.
    pub fn write_byte_comparable(&self, place: ClusteringPrefix<'_>, out: &mut Vec<u8>) {
        let (kind, values) = place;
        for (column, value) in values.iter().enumerate() {
            match (value, self.types.get(column).unwrap_or(&CqlType::Blob)) {
                (ClusteringValue::Null, _) => out.push(Separator::NextNull.into()),
                (ClusteringValue::Value(value), descending @ CqlType::Reversed(_)) => {
                    write_component(descending, Some(value), Separator::NextEmptyReversed, out);
                }
                (ClusteringValue::Value(value), ascending) => {
                    write_component(ascending, Some(value), Separator::NextEmpty, out);
                }
            }
        }
        let end = match kind {
            ClusteringKind::Clustering => Separator::Terminator,
            ClusteringKind::Static => Separator::Excluded,
            bound if bound.compared_to_clustering().is_lt() => Separator::LessThanNext,
            _ => Separator::GreaterThanNext,
        };
        out.push(end.into());
    }

    /// Compares the values that both have.
    fn compare_shared(&self, a: Clustering<'_>, b: Clustering<'_>) -> Ordering {
        for (column, (a, b)) in a.iter().zip(b.iter()).enumerate() {
            let order = self.compare_values(column, a, b);
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
    }
}

#[cfg(test)]
mod tests {
    use super::super::ClusteringBuffer;
    use super::*;
    use ClusteringKind::{
        Clustering as Row, ExclEndBound, ExclEndInclStartBoundary, ExclStartBound, InclEndBound,
        InclEndExclStartBoundary, InclStartBound, Static,
    };

    fn buffer(values: &[Option<&[u8]>]) -> ClusteringBuffer {
        let mut buffer = ClusteringBuffer::default();
        for value in values {
            buffer.push(value.map_or(ClusteringValue::Null, ClusteringValue::Value));
        }
        buffer
    }

    type Place = (ClusteringKind, &'static [Option<&'static [u8]>]);

    #[test]
    fn bounds_stand_in_front_of_and_behind_the_rows_that_begin_with_their_values() {
        let order = ClusteringOrder::new([CqlType::Text, CqlType::Reversed(CqlType::Text.into())]);
        let ascending: [&[Place]; 13] = [
            &[(InclStartBound, &[]), (ExclEndBound, &[])],
            &[(Static, &[])],
            &[(Row, &[None, Some(b"x")])],
            &[(Row, &[Some(b""), Some(b"x")])],
            &[(InclStartBound, &[Some(b"a")]), (ExclEndInclStartBoundary, &[Some(b"a")])],
            &[(Row, &[Some(b"a"), None])],
            &[(InclStartBound, &[Some(b"a"), Some(b"y")]), (ExclEndBound, &[Some(b"a"), Some(b"y")])],
            &[(Row, &[Some(b"a"), Some(b"y")])],
            &[(InclEndBound, &[Some(b"a"), Some(b"y")]), (ExclStartBound, &[Some(b"a"), Some(b"y")])],
            &[(Row, &[Some(b"a"), Some(b"x")])],
            &[(InclEndBound, &[Some(b"a")]), (InclEndExclStartBoundary, &[Some(b"a")])],
            &[(Row, &[Some(b"b"), Some(b"z")])],
            &[(InclEndBound, &[]), (ExclStartBound, &[])],
        ];
        let ranked: Vec<(usize, ClusteringKind, ClusteringBuffer)> = (0..)
            .zip(ascending)
            .flat_map(|(rank, group)| group.iter().map(move |(kind, values)| (rank, *kind, buffer(values))))
            .collect();
        for (rank_a, kind_a, a) in &ranked {
            for (rank_b, kind_b, b) in &ranked {
                let compared = order.compare((*kind_a, a.as_clustering()), (*kind_b, b.as_clustering()));
                assert_eq!(compared, rank_a.cmp(rank_b), "{kind_a:?} {a:?} {kind_b:?} {b:?}");
            }
        }
    }

    #[test]
    fn a_slice_includes_what_lies_between_its_bounds() {
        let order = ClusteringOrder::new([CqlType::Int]);
        let [one, two, three] = [1_i32, 2, 3].map(i32::to_be_bytes);
        let [one, two, three] = [&one, &two, &three].map(|value| buffer(&[Some(value)]));
        let includes = |start, end, row: &ClusteringBuffer| {
            let (start, end) = ((start, one.as_clustering()), (end, three.as_clustering()));
            order.slice_includes(start, end, (Row, row.as_clustering()))
        };
        for inside in [&one, &two, &three] {
            assert!(includes(InclStartBound, InclEndBound, inside));
            assert_eq!(includes(ExclStartBound, ExclEndBound, inside), inside == &two);
        }
        let is_empty = |start, a: &ClusteringBuffer, end, b: &ClusteringBuffer| {
            order.slice_is_empty((start, a.as_clustering()), (end, b.as_clustering()))
        };
        assert!(!is_empty(InclStartBound, &two, InclEndBound, &two));
        assert!(is_empty(InclStartBound, &two, ExclEndBound, &two));
        assert!(is_empty(ExclStartBound, &two, InclEndBound, &two));
        assert!(is_empty(InclStartBound, &three, InclEndBound, &one));
    }

    #[test]
    fn inverting_a_kind_twice_gives_it_back_and_keeps_its_place() {
        for ordinal in 0..8 {
            let Some(kind) = ClusteringKind::from_ordinal(ordinal) else { continue };
            assert_eq!(kind.invert().invert(), kind);
            if !kind.is_boundary() {
                assert_eq!(kind.invert().compare(kind), Ordering::Equal, "{kind:?}");
            }
        }
    }
}
