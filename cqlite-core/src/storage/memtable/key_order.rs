//! How partitions and rows are ordered in the indexes.

use std::cmp::Ordering;
use std::sync::Arc;

use cqlite_sstable::row::{ClusteringBuffer, ClusteringKind, ClusteringOrder, ClusteringPrefix};
use cqlite_sstable::types::CqlType;
use cqlite_sstable::{Partitioner, Token};

use super::stored_row::read_stored_clustering;
use crate::storage::mutation::TableLayout;

const PREFIX_BYTES: usize = size_of::<u128>();

/// The order of partitions and rows, with the prefixes by which indexes are searched.
#[derive(Debug)]
pub(super) struct KeyOrder {
    layout: Arc<TableLayout>,
    /// Whether byte-comparable forms of clusterings tell their order in all cases.
    has_exact_forms: bool,
}

/// A place among rows: of a row, or a bound of a slice.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowKey<'a> {
    pub(super) prefix: u128,
    /// The byte-comparable form; nothing where forms do not tell the order.
    pub(super) form: &'a [u8],
    /// The place itself, where forms do not tell the order.
    pub(super) place: Option<ClusteringPrefix<'a>>,
}

impl RowKey<'_> {
    /// What of the form has to be kept to compare rows: nothing if the prefix has all of it. No form is a prefix of
    /// another one, so that zeros behind it make no difference.
    pub(super) fn kept_form(&self) -> &[u8] {
        if self.form.len() > PREFIX_BYTES { self.form } else { &[] }
    }
}

impl KeyOrder {
    pub(super) fn new(layout: Arc<TableLayout>) -> Self {
        let has_exact_forms = layout.clustering_types().iter().all(has_exact_form);
        Self { layout, has_exact_forms }
    }

    pub(super) fn layout(&self) -> &Arc<TableLayout> {
        &self.layout
    }

    /// Whether there are clustering columns: else a partition has one row.
    pub(super) fn has_clusterings(&self) -> bool {
        !self.layout.clustering_types().is_empty()
    }

    /// The prefix of a stored row.
    pub(super) fn stored_prefix(&self, stored: &[u8]) -> u128 {
        let (mut values, mut form) = (ClusteringBuffer::default(), Vec::new());
        read_stored_clustering(stored, &self.layout, &mut values);
        self.write_form((ClusteringKind::Clustering, values.as_clustering()), &mut form)
    }

    pub(super) fn clustering_order(&self) -> &ClusteringOrder {
        self.layout.order()
    }

    /// Whether a [`RowKey`] needs the place itself.
    pub(super) fn needs_places(&self) -> bool {
        !self.has_exact_forms
    }

    /// Writes the byte-comparable form of a place, if it tells the order, and returns its prefix.
    #[inline]
    pub(super) fn write_form(&self, place: ClusteringPrefix<'_>, form: &mut Vec<u8>) -> u128 {
        if !self.has_exact_forms {
            return 0;
        }
        let start = form.len();
        self.layout.order().write_byte_comparable(place, form);
        let mut prefix = [0; PREFIX_BYTES];
        for (into, byte) in prefix.iter_mut().zip(form.iter().skip(start)) {
            *into = *byte;
        }
        u128::from_be_bytes(prefix)
    }

    /// How a row, by its kept form and its newest version, compares to a place with the same prefix.
    pub(super) fn compare_row(&self, form: &[u8], stored: &[u8], key: &RowKey<'_>) -> Ordering {
        match key.place {
            None if form.is_empty() => Ordering::Equal,
            None => form.cmp(key.form),
            Some(place) => {
                let mut values = ClusteringBuffer::default();
                read_stored_clustering(stored, &self.layout, &mut values);
                let row = (ClusteringKind::Clustering, values.as_clustering());
                self.layout.order().compare(row, place)
            }
        }
    }

    /// The prefix of a partition: of its token, or of what orders keys in its place.
    #[inline]
    pub(super) fn partition_prefix(&self, key: &[u8]) -> u64 {
        match self.layout.partitioner() {
            Partitioner::ByteOrdered => first_bytes(key),
            Partitioner::Local(_) => 0,
            hashing => Self::token_prefix(&hashing.token(key)),
        }
    }

    /// The prefix of the partitions with a token.
    pub(super) fn token_prefix(token: &Token) -> u64 {
        const SIGN: u64 = 1 << 63;
        match token {
            Token::Murmur3(token) => (*token as u64) ^ SIGN,
            Token::Random(token) => token.map_or(0, |token| (token >> 64) as u64),
            Token::ByteOrdered(key) => first_bytes(key),
            Token::Local { .. } => 0,
        }
    }

    /// How two partition keys with the same prefix compare.
    #[inline]
    pub(super) fn compare_keys(&self, a: &[u8], b: &[u8]) -> Ordering {
        match a == b {
            true => Ordering::Equal,
            false => self.layout.partitioner().compare_keys(a, b),
        }
    }

    /// How the token of a partition key compares to another token.
    pub(super) fn compare_token(&self, key: &[u8], token: &Token) -> Ordering {
        self.layout.partitioner().token(key).partial_cmp(token).unwrap_or(Ordering::Equal)
    }
}

fn first_bytes(key: &[u8]) -> u64 {
    let mut first = [0; 8];
    for (into, byte) in first.iter_mut().zip(key) {
        *into = *byte;
    }
    u64::from_be_bytes(first)
}

/// Whether values of a type compare as their byte-comparable forms do: not so where several forms are the same value,
/// such as NaNs, or one form is several values, as within composed types.
fn has_exact_form(of: &CqlType) -> bool {
    match of {
        CqlType::Reversed(of) => has_exact_form(of),
        CqlType::Ascii
        | CqlType::Text
        | CqlType::Blob
        | CqlType::Int
        | CqlType::BigInt
        | CqlType::SmallInt
        | CqlType::TinyInt
        | CqlType::Timestamp
        | CqlType::Date
        | CqlType::Time
        | CqlType::Uuid
        | CqlType::TimeUuid
        | CqlType::Inet => true,
        _ => false,
    }
}
