//! From the columns of a header to those of a table.

use super::ColumnKind;

/// What the static and regular columns of one SSTable's header are in the table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnMap {
    /// For each static column of the header, by its index.
    pub statics: Vec<MappedColumn>,
    /// For each regular column of the header, by its index.
    pub regulars: Vec<MappedColumn>,
}

/// What a column of a header is in the table.
///
/// A cell or a complex deletion that is not [visible](Self::is_visible_at) counts as not there: a row that has
/// nothing else, no liveness nor deletion of its own, is no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MappedColumn {
    /// A column of the table.
    Column {
        /// Its index among the table's static or regular columns.
        index: usize,
        /// It was dropped at this time in microseconds, and added again: older cells are gone.
        hidden_until_micros: Option<i64>,
    },
    /// A column that the schema does not have, though it does not say that it was dropped. It is shown:
    /// [`super::ResolvedTable`] adds it to the table's columns.
    Extra {
        /// Its index among the table's static or regular columns.
        index: usize,
    },
    /// A column that was dropped. Nothing shows it.
    Dropped {
        /// Cells of this time in microseconds and older ones are gone, for compaction, too.
        until_micros: i64,
    },
}

impl ColumnMap {
    /// What a column of the header is.
    pub fn get(&self, kind: ColumnKind, header_index: usize) -> Option<MappedColumn> {
        match kind {
            ColumnKind::Static => self.statics.get(header_index).copied(),
            ColumnKind::Regular => self.regulars.get(header_index).copied(),
            ColumnKind::PartitionKey | ColumnKind::Clustering => None,
        }
    }
}

impl MappedColumn {
    /// The index among the table's static or regular columns, if it is one of them.
    pub fn index(self) -> Option<usize> {
        match self {
            Self::Column { index, .. } | Self::Extra { index } => Some(index),
            Self::Dropped { .. } => None,
        }
    }

    /// Whether a cell written at this time in microseconds, or a complex deletion of it, has not gone with a drop
    /// of the column.
    pub fn is_visible_at(self, timestamp: i64) -> bool {
        match self {
            Self::Column { hidden_until_micros: Some(until), .. } | Self::Dropped { until_micros: until } => {
                timestamp > until
            }
            Self::Column { hidden_until_micros: None, .. } | Self::Extra { .. } => true,
        }
    }
}
