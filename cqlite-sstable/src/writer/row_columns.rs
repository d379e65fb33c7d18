//! The columns of a row while its cells come.

use std::io;

use super::data::DataWriter;
use super::path_order::PathOrder;
use crate::encoding::{ColumnSet, Deltas, EncodeError, RowLayout, write_cell, write_complex_header};
use crate::error::Error;
use crate::io::Spill;
use crate::row::{Cell, DeletionTime, Liveness};

/// The cells of a row, encoded as they come. Its size stands in front of it, and the number of cells in front of those
/// of a collection: so the row is kept until its end, on disk if it is large.
#[derive(Debug)]
pub(super) struct RowColumns {
    is_static: bool,
    liveness: Option<Liveness>,
    paths: PathOrder,
    /// All cells, without what stands in front of those of a complex column.
    cells: Spill,
    pub(super) present: ColumnSet,
    complex: Vec<ComplexColumn>,
    /// The index that the next column has at least.
    next_column: usize,
    /// What stands in front of the cells of each complex column.
    heads: Vec<u8>,
}

#[derive(Debug)]
struct ComplexColumn {
    column: usize,
    deletion: DeletionTime,
    cell_count: u64,
    /// Where its cells begin among those of the row.
    start: u64,
    /// Where what stands in front of them ends.
    head_end: usize,
}

/// Why something cannot be a part of a row.
pub(super) enum RowError {
    /// It contradicts the format.
    Encode(EncodeError),
    /// It cannot be kept.
    Spill(io::Error),
}

impl From<EncodeError> for RowError {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}

const ORDER: EncodeError = EncodeError::Refused("the cells of a row are not in the order of its columns");
const UNKNOWN: EncodeError = EncodeError::Refused("a cell is of a column that the header does not have");

impl RowColumns {
    pub(super) fn new(paths: PathOrder, cells: Spill) -> Self {
        Self {
            is_static: false,
            liveness: None,
            paths,
            cells,
            present: ColumnSet::default(),
            complex: Vec::new(),
            next_column: 0,
            heads: Vec::new(),
        }
    }

    /// A row begins.
    pub(super) fn start(
        &mut self,
        is_static: bool,
        liveness: Option<Liveness>,
        layout: &RowLayout,
    ) -> io::Result<()> {
        self.is_static = is_static;
        self.liveness = liveness;
        self.present.clear(layout.columns(is_static).len());
        self.complex.clear();
        self.next_column = 0;
        if self.cells.is_empty() { Ok(()) } else { self.cells.clear() }
    }

    /// A complex column begins with a deletion.
    pub(super) fn complex_deletion(
        &mut self,
        column: usize,
        deletion: DeletionTime,
        layout: &RowLayout,
    ) -> Result<(), RowError> {
        let known = layout.columns(self.is_static).get(column).ok_or(UNKNOWN)?;
        if !known.complex {
            return Err(EncodeError::Refused("a column of one cell has a deletion of many").into());
        }
        if column < self.next_column {
            return Err(ORDER.into());
        }
        self.start_complex(column, deletion);
        Ok(())
    }

    fn start_complex(&mut self, column: usize, deletion: DeletionTime) {
        self.add_column(column);
        self.paths.start();
        let start = self.cells.len();
        self.complex.push(ComplexColumn { column, deletion, cell_count: 0, start, head_end: 0 });
    }

    #[inline]
    fn add_column(&mut self, column: usize) {
        self.present.insert(column);
        self.next_column = column.saturating_add(1);
    }

    /// A cell comes.
    #[inline]
    pub(super) fn cell(&mut self, cell: &Cell<'_>, layout: &RowLayout) -> Result<(), RowError> {
        let column = layout.columns(self.is_static).get(cell.column).ok_or(UNKNOWN)?;
        if column.complex {
            self.count_cell(cell.column)?;
            self.paths.advance(self.is_static, cell.column, cell.path.unwrap_or_default())?;
        } else if cell.column < self.next_column {
            return Err(ORDER.into());
        } else {
            self.add_column(cell.column);
        }
        write_cell(cell, column, &layout.deltas, self.liveness.as_ref(), self.cells.tail())?;
        self.cells.settle().map_err(RowError::Spill)
    }

    fn count_cell(&mut self, column: usize) -> Result<(), RowError> {
        if self.complex.last().is_none_or(|last| last.column != column) {
            if column < self.next_column {
                return Err(ORDER.into());
            }
            self.start_complex(column, DeletionTime::LIVE);
        }
        if let Some(complex) = self.complex.last_mut() {
            complex.cell_count = complex.cell_count.saturating_add(1);
        }
        Ok(())
    }

    /// Whether one of the complex columns has a deletion.
    pub(super) fn has_complex_deletions(&self) -> bool {
        self.complex.iter().any(|complex| !complex.deletion.is_live())
    }

    /// The row ends: how many bytes its columns have.
    pub(super) fn finish(&mut self, has_deletions: bool, deltas: &Deltas) -> u64 {
        self.heads.clear();
        for complex in &mut self.complex {
            let deletion = has_deletions.then_some(complex.deletion);
            write_complex_header(deletion, complex.cell_count, deltas, &mut self.heads);
            complex.head_end = self.heads.len();
        }
        self.cells.len().saturating_add(self.heads.len() as u64)
    }

    /// Appends the columns to the stream.
    pub(super) fn write(&self, data: &mut DataWriter) -> Result<(), WriteError> {
        let mut heads = self.complex.iter().peekable();
        let (mut position, mut head_start) = (0_u64, 0);
        self.cells.drain_into(|piece| {
            let mut piece = piece;
            // A column without cells begins where the next one does.
            while let Some(complex) = heads.peek() {
                let before = complex.start.saturating_sub(position);
                let Some((front, rest)) =
                    usize::try_from(before).ok().and_then(|before| piece.split_at_checked(before))
                else {
                    break;
                };
                data.write(front)?;
                data.write(self.heads.get(head_start..complex.head_end).unwrap_or_default())?;
                head_start = complex.head_end;
                position = position.saturating_add(front.len() as u64);
                piece = rest;
                heads.next();
            }
            position = position.saturating_add(piece.len() as u64);
            data.write(piece).map_err(WriteError::Output)
        })
    }
}

/// Which side of writing a row failed.
pub(super) enum WriteError {
    /// The stream.
    Output(Error),
    /// What was kept of the row.
    Spill(io::Error),
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        Self::Spill(error)
    }
}

impl From<Error> for WriteError {
    fn from(error: Error) -> Self {
        Self::Output(error)
    }
}
