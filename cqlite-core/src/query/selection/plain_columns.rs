//! Rows of which columns are shown as they are.

use std::ops::Range;

use super::column_reader::ColumnReader;
use crate::query::{InputRow, RowWriter};

/// Columns with whose values nothing is done. Those that stand side by side in rows, too, are put into the result at once.
#[derive(Debug)]
pub(super) struct PlainColumns(Vec<Stretch>);

#[derive(Debug)]
struct Stretch {
    readers: Vec<ColumnReader>,
    /// The places of the columns among the regular ones, if there are several and each has one cell.
    places: Option<Range<usize>>,
}

impl PlainColumns {
    /// These columns, in this order.
    pub(super) fn new(readers: impl IntoIterator<Item = ColumnReader>) -> Self {
        let mut stretches: Vec<Stretch> = Vec::new();
        for reader in readers {
            let place = reader.regular_cell();
            if let (Some(place), Some(last)) = (place, stretches.last_mut())
                && let Some(places) = last.places.as_mut().filter(|places| places.end == place)
            {
                places.end = place.saturating_add(1);
                last.readers.push(reader);
                continue;
            }
            let places = place.map(|place| place..place.saturating_add(1));
            stretches.push(Stretch { readers: vec![reader], places });
        }
        for stretch in &mut stretches {
            stretch.places = stretch.places.take().filter(|places| places.len() > 1);
        }
        Self(stretches)
    }

    /// Puts the values of a row into one of a result.
    #[inline]
    pub(super) fn write(&self, row: &InputRow<'_>, into: &mut RowWriter<'_>) {
        for Stretch { readers, places } in &self.0 {
            let is_written = places.as_ref().is_some_and(|places| row.regulars.write(places.clone(), into));
            if !is_written {
                readers.iter().for_each(|reader| reader.write(row, into));
            }
        }
    }
}
