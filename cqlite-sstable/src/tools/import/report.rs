//! What an import took and what it refused.

use std::path::Path;

use crate::error::Result;

/// What an import met with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Rows of the input that were taken. Several may be of one row of the table.
    pub rows: u64,
    /// Rows of the input that were refused.
    pub refused: u64,
}

/// A row of the input that was refused.
#[derive(Debug, Clone, Copy)]
pub struct RefusedRow<'a> {
    /// The file.
    pub path: &'a Path,
    /// The line in which the row begins.
    pub line: u64,
    /// What is wrong with it: a sentence without a full stop, with the column where one is wrong.
    pub message: &'a str,
    /// The row as it stands in the file, with the end of its line.
    pub text: &'a [u8],
}

/// Where rows go that were refused.
pub trait RefusedRows {
    /// Takes a row.
    ///
    /// # Errors
    /// If it cannot be kept. The import stops then.
    fn refused(&mut self, row: &RefusedRow<'_>) -> Result<()>;
}
