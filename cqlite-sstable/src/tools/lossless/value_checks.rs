//! Whether the bytes of a line are values of their types.

use super::line::ParsedItem;
use crate::component::statistics::{HeaderColumn, SerializationHeader};
use crate::row::{Clustering, ClusteringValue};
use crate::tools::verify::value_check::{ColumnCheck, Fault, ValueCheck};

/// The checks of one table's values: those of `cqlite verify`, and of the partition key.
#[derive(Debug)]
pub(super) struct ValueChecks {
    key: ValueCheck,
    clustering: Vec<ValueCheck>,
    statics: Vec<ColumnCheck>,
    regulars: Vec<ColumnCheck>,
}

impl ValueChecks {
    pub(super) fn new(header: &SerializationHeader) -> Self {
        let columns = |columns: &[HeaderColumn]| columns.iter().map(ColumnCheck::of).collect();
        Self {
            key: ValueCheck::of_element(&header.key_type),
            clustering: header.clustering_types.iter().map(ValueCheck::of).collect(),
            statics: columns(&header.static_columns),
            regulars: columns(&header.regular_columns),
        }
    }

    pub(super) fn key(&self, key: &[u8]) -> Result<(), String> {
        told(self.key.check(key), "the field 'key'")
    }

    pub(super) fn clustering(&self, values: Clustering<'_>) -> Result<(), String> {
        for (value, check) in values.iter().zip(&self.clustering) {
            if let ClusteringValue::Value(value) = value {
                told(check.check(value), "the field 'clustering'")?;
            }
        }
        Ok(())
    }

    pub(super) fn item(&self, item: &ParsedItem, is_static: bool) -> Result<(), String> {
        let columns = if is_static { &self.statics } else { &self.regulars };
        let check = columns.get(item.column).filter(|_| item.deletion.is_none());
        check.map_or(Ok(()), |check| told(check.check(&item.as_cell()), "its path or value"))
    }
}

/// What Cassandra reads as null it may go on to read so.
fn told(checked: Result<(), Fault>, what: &str) -> Result<(), String> {
    match checked {
        Ok(()) | Err(Fault::Odd(_)) => Ok(()),
        Err(Fault::Invalid(error)) => Err(format!("{what} is not valid: {error}")),
    }
}
