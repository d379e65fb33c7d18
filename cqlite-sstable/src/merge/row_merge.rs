//! The merge of several versions of one row.

use std::sync::Arc;

use super::head::Head;
use super::heads::Heads;
use super::merged_row::MergedRow;
use super::{RowHead, SharedColumns};
use crate::error::Result;
use crate::partitioner::Token;
use crate::row::{DeletionTime, Partition, Row, RowItem, Unfiltered, UnfilteredPartitions};

/// One version of a row, with its items.
pub trait RowVersion {
    /// The row.
    fn row(&self) -> Row<'_>;

    /// Moves to the next complex deletion or cell. False at the end of the row.
    ///
    /// # Errors
    /// If the version cannot be read.
    fn advance_item(&mut self) -> Result<bool>;

    /// The complex deletion or cell moved to last.
    fn item(&self) -> RowItem<'_>;
}

/// Merges versions of a row as [`Merge`](super::Merge) merges those of several SSTables (`db.rows.Row.Merger`).
///
/// Versions are put into places that are kept from one row to the next, by [`RowMerge::version_mut`], so that nothing is
/// allocated for a row.
pub struct RowMerge<V> {
    columns: Arc<SharedColumns>,
    heads: Heads<Standing<V>>,
    versions: Vec<usize>,
    row: MergedRow,
}

impl<V: RowVersion> RowMerge<V> {
    /// Without versions. The columns of all are those of the first header of `columns`.
    pub fn new(columns: Arc<SharedColumns>) -> Self {
        Self { columns, heads: Heads::new(), versions: Vec::new(), row: MergedRow::default() }
    }

    /// Adds a place behind the others, and a version in it.
    pub fn push(&mut self, version: V) {
        let head = Head::new(Standing(version), 0, Token::Murmur3(0), &self.columns);
        self.heads.push(head);
    }

    /// The version in the place of this number, if there is one.
    pub fn version_mut(&mut self, number: usize) -> Option<&mut V> {
        (number < self.heads.len()).then(|| &mut self.heads.get_mut(number).source.0)
    }

    /// The version in the place of this number, if there is one.
    pub fn version(&self, number: usize) -> Option<&V> {
        (number < self.heads.len()).then(|| &self.heads.get(number).source.0)
    }

    /// Merges the versions in the first so many places, which stand in front of their items. `active` deletes parts of
    /// them. False if nothing is left.
    ///
    /// # Errors
    /// As the versions; also if counters cannot be merged.
    pub fn start(&mut self, versions: usize, is_static: bool, active: DeletionTime) -> Result<bool> {
        self.versions.clear();
        self.versions.extend(0..versions.min(self.heads.len()));
        let head = |version: &Standing<V>| Some(RowHead::of(&version.0.row()));
        self.row.start(&mut self.heads, &self.columns, &self.versions, (is_static, active), head)?;
        self.row.has_content(&mut self.heads, &self.columns)
    }

    /// What is left of the row without its items.
    pub fn head(&self) -> RowHead {
        self.row.head
    }

    /// Moves to the next complex deletion or cell that is left.
    ///
    /// # Errors
    /// As [`RowMerge::start`].
    #[inline]
    pub fn advance_item(&mut self) -> Result<bool> {
        self.row.advance_item(&mut self.heads, &self.columns)
    }

    /// The complex deletion or cell moved to last. Its column is a place among the shared ones.
    #[inline]
    pub fn item(&self) -> RowItem<'_> {
        self.row.item(&self.heads)
    }
}

/// A version as a source that stands at its only row.
struct Standing<V>(V);

impl<V: RowVersion> UnfilteredPartitions for Standing<V> {
    fn advance_partition(&mut self) -> Result<bool> {
        Ok(false)
    }

    fn partition(&self) -> Partition<'_> {
        Partition { key: &[], deletion: DeletionTime::LIVE, static_row: None }
    }

    fn advance_unfiltered(&mut self) -> Result<bool> {
        Ok(false)
    }

    fn unfiltered(&self) -> Unfiltered<'_> {
        Unfiltered::Row(self.0.row())
    }

    #[inline]
    fn advance_item(&mut self) -> Result<bool> {
        self.0.advance_item()
    }

    #[inline]
    fn item(&self) -> RowItem<'_> {
        self.0.item()
    }
}
