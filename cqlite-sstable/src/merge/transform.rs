//! What is done to rows on their way.

use super::RowHead;
use super::open_range::MarkerHead;
use crate::error::Result;
use crate::row::{
    Cell, ClusteringBuffer, DeletionTime, Marker, Partition, Row, RowItem, Unfiltered, UnfilteredPartitions,
};

/// What a [`Transformed`] does to each part of the rows that pass it (`db.transform.Transformation`).
pub trait Transformation {
    /// The deletion of a partition as it goes on; none leaves the whole partition out.
    ///
    /// # Errors
    /// Whatever keeps this from being decided.
    fn partition(&mut self, partition: &Partition<'_>) -> Result<Option<DeletionTime>>;

    /// The head of a row or of the static row as it goes on; none leaves the whole row out.
    ///
    /// # Errors
    /// As [`Transformation::partition`].
    fn row(&mut self, row: &Row<'_>) -> Result<Option<RowHead>>;

    /// Whether one side of a range tombstone marker goes on. It has to be the same for both ends of a range.
    ///
    /// # Errors
    /// As [`Transformation::partition`].
    fn range(&mut self, deletion: &DeletionTime) -> Result<bool>;

    /// Whether the deletion of a complex column goes on.
    ///
    /// # Errors
    /// As [`Transformation::partition`].
    fn complex_deletion(&mut self, is_static: bool, column: usize, deletion: &DeletionTime) -> Result<bool>;

    /// What becomes of a cell.
    ///
    /// # Errors
    /// As [`Transformation::partition`].
    fn cell(&mut self, is_static: bool, cell: &Cell<'_>) -> Result<CellChange>;

    /// Is told of a row or partition that goes on no further, since nothing is left of it.
    fn left_empty(&mut self, _what: Emptied) {}
}

/// What becomes of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellChange {
    /// It goes on as it is.
    Kept,
    /// It goes on as a tombstone of the same write time, deleted at this second.
    Tombstone(i64),
    /// It is left out.
    Dropped,
}

/// What nothing is left of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emptied {
    /// A row.
    Row,
    /// A partition.
    Partition,
}

/// A source of rows with a [`Transformation`] in front of it. Rows and partitions of which nothing is left are not shown;
/// to find that out, it looks one item ahead and no further.
pub struct Transformed<S, T> {
    source: S,
    transformation: T,
    deletion: DeletionTime,
    static_head: Option<RowHead>,
    row: RowHead,
    marker: MarkerHead,
    /// It stands at the head of the partition, in the static row.
    in_static: bool,
    /// The items of the current row are left out with it.
    skips_items: bool,
    item: CellChange,
    item_is_ahead: bool,
    unfiltered_is_ahead: bool,
    no_clustering: ClusteringBuffer,
}

impl<S: UnfilteredPartitions, T: Transformation> Transformed<S, T> {
    /// `source` with a transformation in front of it.
    pub fn new(source: S, transformation: T) -> Self {
        Self {
            source,
            transformation,
            deletion: DeletionTime::LIVE,
            static_head: None,
            row: RowHead::default(),
            marker: MarkerHead::none(),
            in_static: false,
            skips_items: true,
            item: CellChange::Kept,
            item_is_ahead: false,
            unfiltered_is_ahead: false,
            no_clustering: ClusteringBuffer::default(),
        }
    }

    /// The transformation, with what it found.
    pub fn transformation(&self) -> &T {
        &self.transformation
    }

    /// The source.
    pub fn source(&self) -> &S {
        &self.source
    }

    /// Whether anything is left of the partition that the source stands on.
    fn has_content(&mut self) -> Result<bool> {
        if !self.deletion.is_live() || self.static_head.is_some_and(|head| !head.is_empty()) {
            return Ok(true);
        }
        self.item_is_ahead = self.next_item()?;
        if self.item_is_ahead {
            return Ok(true);
        }
        self.unfiltered_is_ahead = self.next_unfiltered()?;
        Ok(self.unfiltered_is_ahead)
    }

    fn next_unfiltered(&mut self) -> Result<bool> {
        self.in_static = false;
        while self.source.advance_unfiltered()? {
            self.item_is_ahead = false;
            match self.source.unfiltered() {
                Unfiltered::Marker(marker) => {
                    self.skips_items = true;
                    if let Some(marker) = transform_marker(&mut self.transformation, &marker)? {
                        self.marker = marker;
                        return Ok(true);
                    }
                }
                Unfiltered::Row(row) => {
                    let head = self.transformation.row(&row)?;
                    self.skips_items = head.is_none();
                    self.row = head.unwrap_or_default();
                    if head.is_none() {
                        continue;
                    }
                    if !self.row.is_empty() {
                        return Ok(true);
                    }
                    self.item_is_ahead = self.next_item()?;
                    if self.item_is_ahead {
                        return Ok(true);
                    }
                    self.transformation.left_empty(Emptied::Row);
                }
            }
        }
        self.skips_items = true;
        Ok(false)
    }

    #[inline]
    fn next_item(&mut self) -> Result<bool> {
        if self.skips_items {
            return Ok(false);
        }
        while self.source.advance_item()? {
            self.item = match self.source.item() {
                RowItem::Cell(cell) => self.transformation.cell(self.in_static, &cell)?,
                RowItem::ComplexDeletion { column, deletion } => {
                    match self.transformation.complex_deletion(self.in_static, column, &deletion)? {
                        true => CellChange::Kept,
                        false => CellChange::Dropped,
                    }
                }
            };
            if self.item != CellChange::Dropped {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The marker as far as its sides go on: of a boundary, maybe the end or the start alone.
fn transform_marker(
    transformation: &mut impl Transformation,
    marker: &Marker<'_>,
) -> Result<Option<MarkerHead>> {
    let Some(opened) = marker.opened else {
        return Ok(transformation.range(&marker.deletion)?.then(|| MarkerHead::of(marker)));
    };
    let mut of = |deletion| -> Result<DeletionTime> {
        Ok(if transformation.range(&deletion)? { deletion } else { DeletionTime::LIVE })
    };
    let (closes, opens) = (of(marker.deletion)?, of(opened)?);
    if closes == marker.deletion && opens == opened {
        return Ok(Some(MarkerHead::of(marker)));
    }
    Ok(MarkerHead::between(closes, opens, marker.kind.compared_to_clustering().is_lt()))
}

impl<S: UnfilteredPartitions, T: Transformation> UnfilteredPartitions for Transformed<S, T> {
    fn advance_partition(&mut self) -> Result<bool> {
        self.unfiltered_is_ahead = false;
        self.item_is_ahead = false;
        while self.source.advance_partition()? {
            let partition = self.source.partition();
            let Some(deletion) = self.transformation.partition(&partition)? else { continue };
            self.deletion = deletion;
            let head = match &partition.static_row {
                Some(row) => self.transformation.row(row)?,
                None => None,
            };
            self.skips_items = head.is_none();
            self.static_head = partition.static_row.is_some().then(|| head.unwrap_or_default());
            self.in_static = true;
            if self.has_content()? {
                return Ok(true);
            }
            self.transformation.left_empty(Emptied::Partition);
        }
        Ok(false)
    }

    fn partition(&self) -> Partition<'_> {
        let static_row = self.static_head.map(|head| head.row(true, self.no_clustering.as_clustering()));
        Partition { key: self.source.partition().key, deletion: self.deletion, static_row }
    }

    #[inline]
    fn advance_unfiltered(&mut self) -> Result<bool> {
        if std::mem::take(&mut self.unfiltered_is_ahead) {
            return Ok(true);
        }
        self.next_unfiltered()
    }

    fn unfiltered(&self) -> Unfiltered<'_> {
        match self.source.unfiltered() {
            Unfiltered::Row(row) => Unfiltered::Row(self.row.row(false, row.clustering)),
            Unfiltered::Marker(marker) => Unfiltered::Marker(self.marker.at(marker.clustering)),
        }
    }

    #[inline]
    fn advance_item(&mut self) -> Result<bool> {
        // The row that was found ahead is not the one that is asked about.
        if self.unfiltered_is_ahead {
            return Ok(false);
        }
        if std::mem::take(&mut self.item_is_ahead) {
            return Ok(true);
        }
        self.next_item()
    }

    #[inline]
    fn item(&self) -> RowItem<'_> {
        match (self.source.item(), self.item) {
            (RowItem::Cell(cell), CellChange::Tombstone(local_deletion_time_seconds)) => {
                RowItem::Cell(Cell { ttl_seconds: 0, local_deletion_time_seconds, value: &[], ..cell })
            }
            (item, _) => item,
        }
    }
}
