//! A dump in the lossless form.

use super::output::Output;
use crate::component::statistics::SerializationHeader;
use crate::error::Result;
use crate::reader::Cursor;
use crate::row::Unfiltered;
use crate::tools::lossless::LosslessPrinter;

/// Prints partitions as lines of JSON that keep everything.
pub(super) struct LosslessDump<'o, 'w> {
    out: &'o mut Output<'w>,
    printer: LosslessPrinter,
}

impl<'o, 'w> LosslessDump<'o, 'w> {
    pub(super) fn new(header: &SerializationHeader, out: &'o mut Output<'w>) -> Self {
        Self { out, printer: LosslessPrinter::new(header) }
    }

    pub(super) fn partition(&mut self, cursor: &mut Cursor) -> Result<()> {
        let partition = cursor.partition();
        self.printer.partition(partition.key, Some(partition.deletion), self.out);
        let static_row = partition.static_row;
        let has_static = static_row.is_some_and(|row| {
            row.liveness.is_some() || !row.deletion.is_live() || !row.shadowable_deletion.is_live()
        });
        if static_row.is_some() && (has_static || cursor.has_item()?) {
            self.row(cursor)?;
        }
        while cursor.advance_unfiltered()? {
            match cursor.unfiltered() {
                Unfiltered::Marker(marker) => self.printer.marker(&marker, self.out),
                Unfiltered::Row(_) => self.row(cursor)?,
            }
            self.out.check()?;
        }
        self.out.check()
    }

    fn row(&mut self, cursor: &mut Cursor) -> Result<()> {
        let Some(row) = cursor.current_row() else { return Ok(()) };
        self.printer.start_row(&row, self.out);
        while cursor.advance_item()? {
            self.printer.item(&cursor.item(), self.out);
            self.out.check()?;
        }
        self.printer.end_row(self.out);
        Ok(())
    }
}
