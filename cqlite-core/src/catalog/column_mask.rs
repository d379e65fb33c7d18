//! Masks of columns.

use std::collections::BTreeMap;
use std::path::Path;

use cqlite_cql::parse_type;
use cqlite_sstable::schema::{SCHEMA_KEYSPACE, SchemaRow, SchemaTable};
use cqlite_sstable::types::{CqlType, Elements, parse_string, write_cql, write_string};
use cqlite_sstable::{Error, Result};

use super::Table;
use super::stored_values::frozen_list;

/// The keyspace of the functions that are built in.
const FUNCTIONS: &str = "system";

/// What readers without the permission to unmask see of a column (`functions.masking.ColumnMask`). Here everybody reads all;
/// it is kept for nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableMask {
    /// The function, one of those that are built in.
    pub(crate) function: String,
    /// The types of the function's arguments but the first, which is the column.
    pub(crate) types: Vec<CqlType>,
    /// The arguments, as their types serialize them.
    pub(crate) values: Vec<Option<Vec<u8>>>,
}

impl TableMask {
    fn to_row(&self, table: &str, column: &str) -> Result<SchemaRow> {
        let place = Path::new(SCHEMA_KEYSPACE).join(SchemaTable::ColumnMasks.name());
        let clustering = vec![table.as_bytes().to_vec(), column.as_bytes().to_vec()];
        let mut values = Vec::new();
        for (of, value) in self.types.iter().zip(&self.values) {
            let mut text = Vec::new();
            if let Some(value) = value {
                write_string(of, value, &mut text)
                    .map_err(|error| Error::invalid_input(error.to_string()))?;
            }
            values.push(text);
        }
        let types = self.types.iter().map(|of| of.cql_name().to_string());
        let nulls = self.values.iter().map(|value| [u8::from(value.is_none())]);
        let cells = BTreeMap::from([
            ("function_keyspace".to_owned(), FUNCTIONS.as_bytes().to_vec()),
            ("function_name".to_owned(), self.function.as_bytes().to_vec()),
            ("function_argument_types".to_owned(), frozen_list(types)),
            ("function_argument_values".to_owned(), frozen_list(values)),
            ("function_argument_nulls".to_owned(), frozen_list(nulls)),
        ]);
        Ok(SchemaRow::new(&place, clustering, cells))
    }
}

/// The arguments of a stored mask as CQL writes them; none if they are not understood.
fn arguments(row: &SchemaRow) -> Option<Vec<String>> {
    let types = row.text_list("function_argument_types").ok()?;
    let values = row.text_list("function_argument_values").ok()?;
    let nulls = Elements::of_collection(row.bytes("function_argument_nulls").unwrap_or(&[0; 4])).ok()?;
    let nulls: Vec<bool> = nulls.map(|null| Some(null.ok()?? == [1])).collect::<Option<_>>()?;
    let arguments = types.iter().zip(values).zip(nulls).map(|((of, value), is_null)| {
        if is_null {
            return Some("null".to_owned());
        }
        let of = CqlType::resolve("", [], &parse_type(of).ok()?).ok()?;
        let mut text = Vec::new();
        write_cql(&of, &parse_string(&of, &value).ok()?, &mut text).ok()?;
        String::from_utf8(text).ok()
    });
    arguments.collect()
}

impl Table {
    /// The masks of its columns: the column, the function with its keyspace, and the arguments as CQL writes them.
    pub(crate) fn masks(&self) -> Vec<(String, String, String)> {
        let masks = self.attached_rows(SchemaTable::ColumnMasks).filter_map(|row| {
            let text = |column: &str| row.text(column).ok().flatten();
            let function = format!("{}.{}", text("function_keyspace")?, text("function_name")?);
            Some((row.clustering_text(1).ok()?, function, arguments(row)?.join(", ")))
        });
        masks.collect()
    }

    /// The table with a column masked in another way, or not at all.
    ///
    /// # Errors
    /// If an argument of the mask is no value of its type.
    pub(crate) fn with_mask(&self, column: &str, mask: Option<&TableMask>) -> Result<Self> {
        let is_of_column = |of: SchemaTable, row: &SchemaRow| {
            of == SchemaTable::ColumnMasks && row.clustering_text(1).is_ok_and(|name| name == column)
        };
        let new = mask.map(|mask| mask.to_row(self.name(), column)).transpose()?;
        let mut masked = self.clone();
        let known = masked.attached.iter().position(|(of, row)| is_of_column(*of, row));
        match (known.and_then(|index| masked.attached.get_mut(index)), new) {
            (Some((_, row)), Some(new)) if row.cells() == new.cells() => {}
            (Some((_, row)), Some(new)) => *row = new,
            (None, Some(new)) => masked.attached.push((SchemaTable::ColumnMasks, new)),
            (_, None) => masked.attached.retain(|(of, row)| !is_of_column(*of, row)),
        }
        Ok(masked)
    }
}
