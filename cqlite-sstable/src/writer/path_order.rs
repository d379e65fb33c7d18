//! The order of the cells within a collection or user-defined type, checked while they come.

use crate::component::statistics::{HeaderColumn, SerializationHeader};
use crate::encoding::EncodeError;
use crate::types::{CqlType, compare};

/// Paths ascend by the type that the column's type has for them.
#[derive(Debug)]
pub(super) struct PathOrder {
    /// Of the static and of the regular columns; none for a column of one cell.
    types: [Vec<Option<CqlType>>; 2],
    last: Vec<u8>,
    is_first: bool,
}

impl PathOrder {
    pub(super) fn new(header: &SerializationHeader) -> Self {
        let types = |columns: &[HeaderColumn]| {
            columns.iter().map(|column| column.column_type.cell_path_type().cloned()).collect()
        };
        Self {
            types: [types(&header.static_columns), types(&header.regular_columns)],
            last: Vec::new(),
            is_first: true,
        }
    }

    /// The cells of another column, or of another row, come.
    pub(super) fn start(&mut self) {
        self.is_first = true;
    }

    /// The next cell of the column has this path.
    pub(super) fn advance(&mut self, is_static: bool, column: usize, path: &[u8]) -> Result<(), EncodeError> {
        let [statics, regulars] = &self.types;
        let types = if is_static { statics } else { regulars };
        if !self.is_first
            && let Some(Some(of)) = types.get(column)
            && compare(of, &self.last, path).is_ge()
        {
            return Err(EncodeError::Refused(
                "the cells of a collection or user-defined type are not in the order of their paths",
            ));
        }
        self.last.clear();
        self.last.extend_from_slice(path);
        self.is_first = false;
        Ok(())
    }
}
