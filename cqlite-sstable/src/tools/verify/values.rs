//! Cells against the types of their columns.

use super::collected::Collected;
use super::value_check::{ColumnCheck, Fault, ValueCheck};
use super::where_at::Where;
use super::{Check, Findings, Severity};
use crate::component::statistics::{HeaderColumn, SerializationHeader};
use crate::error::Result;
use crate::reader::{Cursor, RowItem};
use crate::row::{Cell, Clustering, ClusteringValue};
use crate::types::CounterContext;

/// Checks values, and hands on what Statistics.db tells of cells.
pub(super) struct Values {
    key: ValueCheck,
    clustering: Vec<ValueCheck>,
    statics: Vec<ColumnCheck>,
    regulars: Vec<ColumnCheck>,
    /// The path of the last cell of the current complex column.
    last_path: Vec<u8>,
}

impl Values {
    pub(super) fn new(header: &SerializationHeader) -> Self {
        let columns = |columns: &[HeaderColumn]| columns.iter().map(ColumnCheck::of).collect();
        Self {
            key: ValueCheck::of(&header.key_type),
            clustering: header.clustering_types.iter().map(ValueCheck::of).collect(),
            statics: columns(&header.static_columns),
            regulars: columns(&header.regular_columns),
            last_path: Vec::new(),
        }
    }

    /// Checks a partition key.
    pub(super) fn key(&self, key: &[u8], at: &Where<'_>, findings: &mut Findings) {
        if let Err(fault) = self.key.check(key) {
            tell(fault, "the partition key", at, findings);
        }
    }

    /// Checks the values of a clustering or bound.
    #[inline]
    pub(super) fn clustering(&self, values: Clustering<'_>, at: &Where<'_>, findings: &mut Findings) {
        for (value, check) in values.iter().zip(&self.clustering) {
            if let ClusteringValue::Value(value) = value
                && let Err(fault) = check.check(value)
            {
                tell(fault, "a value of the clustering", at, findings);
            }
        }
    }

    /// Goes through the cells of the current row. Returns how many columns have cells, or none if there is nothing.
    pub(super) fn cells(
        &mut self,
        cursor: &mut Cursor,
        is_static: bool,
        at: &Where<'_>,
        (collected, findings): (&mut Collected, &mut Findings),
    ) -> Result<Option<u64>> {
        let Self { statics, regulars, last_path, .. } = self;
        let columns = if is_static { statics } else { regulars };
        let mut set = None;
        let mut last_column = None;
        while cursor.advance_item()? {
            match cursor.item() {
                RowItem::ComplexDeletion { deletion, .. } => {
                    set = set.or(Some(0));
                    collected.deletion(deletion);
                }
                RowItem::Cell(cell) => {
                    let is_plain = collected.cell(&cell);
                    let is_new = last_column != Some(cell.column);
                    if is_new {
                        last_column = Some(cell.column);
                        set = Some(set.unwrap_or(0_u64).saturating_add(1));
                    }
                    let Some(column) = columns.get(cell.column) else { continue };
                    if is_plain && column.is_surely_valid(cell.value) {
                        continue;
                    }
                    if let Err(fault) = column.check(&cell) {
                        let name = at.column(is_static, cell.column);
                        tell(fault, &format!("the value of the column {name}"), at, findings);
                    }
                    if let Some(path) = cell.path {
                        if !is_new && column.compare_paths(last_path, path).is_ge() {
                            out_of_order(&cell, is_static, at, findings);
                        }
                        last_path.clear();
                        last_path.extend_from_slice(path);
                    }
                    if column.is_counter() && has_legacy_shards(&cell) {
                        collected.legacy_counter_shards();
                    }
                }
            }
        }
        Ok(set)
    }
}

#[cold]
fn out_of_order(cell: &Cell<'_>, is_static: bool, at: &Where<'_>, findings: &mut Findings) {
    let name = at.column(is_static, cell.column);
    let told = format!("the elements of the column {name} are not in order, or one is there twice");
    at.tell(Severity::Damage, Check::RowOrder, told, findings);
}

#[cold]
fn tell(fault: Fault, what: &str, at: &Where<'_>, findings: &mut Findings) {
    let (severity, message) = match fault {
        Fault::Odd(error) => (Severity::Note, format!("{what} is odd, and reads as null: {error}")),
        Fault::Invalid(error) => (Severity::Damage, format!("{what} is not valid: {error}")),
    };
    at.tell(severity, Check::Values, message, findings);
}

/// Whether a counter has shards that are local or remote, as they were before Cassandra 2.1.
fn has_legacy_shards(cell: &Cell<'_>) -> bool {
    !cell.is_tombstone()
        && CounterContext::decode(cell.value).is_ok_and(|context| context.has_legacy_shards())
}
