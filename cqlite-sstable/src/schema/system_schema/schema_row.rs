//! A row of a schema table.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cqlite_cql::Uuid;

use crate::error::{Error, Result};
use crate::types::{Elements, InvalidValue};

/// A live row of a table of `system_schema`: its values by column, as they are stored. Where one is asked for as a type
/// that its bytes are none of, the error names row and column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaRow {
    /// The directory of the table, for messages.
    directory: PathBuf,
    clustering: Vec<Vec<u8>>,
    cells: BTreeMap<String, Vec<u8>>,
}

impl SchemaRow {
    /// A row. `directory` is how messages call its table.
    pub fn new(directory: &Path, clustering: Vec<Vec<u8>>, cells: BTreeMap<String, Vec<u8>>) -> Self {
        Self { directory: directory.to_owned(), clustering, cells }
    }

    /// Says where the trouble is.
    pub(super) fn locate(&self, error: Error) -> Error {
        error.at(&self.directory)
    }

    /// The error that the value of `column` is not what it should be.
    pub fn broken(&self, column: &str, what: &str) -> Error {
        let row: Vec<_> = self.clustering.iter().map(|value| String::from_utf8_lossy(value)).collect();
        self.locate(Error::corrupt(format!("the value of {column} in the row {} {what}", row.join(", "))))
    }

    /// The clustering values.
    pub fn clustering(&self) -> &[Vec<u8>] {
        &self.clustering
    }

    /// The columns that have a value, and what it is.
    pub fn cells(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.cells
    }

    /// The value of a column.
    pub fn bytes(&self, column: &str) -> Option<&[u8]> {
        self.cells.get(column).map(Vec::as_slice)
    }

    /// The value of a clustering column.
    pub fn clustering_text(&self, index: usize) -> Result<String> {
        let text = self.clustering.get(index).cloned().and_then(|value| String::from_utf8(value).ok());
        text.ok_or_else(|| self.broken("a clustering column", "is not UTF-8"))
    }

    /// The value of a column as `decode` understands it; none if the row has none.
    fn value<T>(&self, column: &str, what: &str, decode: impl Fn(&[u8]) -> Option<T>) -> Result<Option<T>> {
        let Some(bytes) = self.bytes(column) else { return Ok(None) };
        match decode(bytes) {
            Some(value) => Ok(Some(value)),
            None => Err(self.broken(column, what)),
        }
    }

    /// The value of a column as text.
    pub fn text(&self, column: &str) -> Result<Option<String>> {
        self.value(column, "is not UTF-8", text)
    }

    /// The value of a column as truth.
    pub fn boolean(&self, column: &str) -> Result<Option<bool>> {
        self.value(column, "is not a boolean", |bytes| match bytes {
            [byte] => Some(*byte != 0),
            _ => None,
        })
    }

    /// The value of a column as a number of 32 bits.
    pub fn int(&self, column: &str) -> Result<Option<i32>> {
        self.value(column, "is not an int", |bytes| bytes.try_into().ok().map(i32::from_be_bytes))
    }

    /// The value of a column as a number of 64 bits.
    pub fn long(&self, column: &str) -> Result<Option<i64>> {
        self.value(column, "is not a timestamp", |bytes| bytes.try_into().ok().map(i64::from_be_bytes))
    }

    /// The value of a column as a number with a fraction.
    pub fn double(&self, column: &str) -> Result<Option<f64>> {
        self.value(column, "is not a double", |bytes| bytes.try_into().ok().map(f64::from_be_bytes))
    }

    /// The value of a column as a UUID.
    pub fn uuid(&self, column: &str) -> Result<Option<Uuid>> {
        self.value(column, "is not a UUID", |bytes| bytes.try_into().ok().map(Uuid))
    }

    /// A list or set of texts; an empty one if there is none.
    pub fn text_list(&self, column: &str) -> Result<Vec<String>> {
        let decode = |bytes: &[u8]| present(Elements::of_collection(bytes))?.into_iter().map(text).collect();
        Ok(self.value(column, "is not a list of texts", decode)?.unwrap_or_default())
    }

    /// A map of texts to texts; an empty one if there is none.
    pub fn text_map(&self, column: &str) -> Result<Vec<(String, String)>> {
        let map = self.blob_map(column)?.into_iter();
        let map = map.map(|(key, value)| Some((key, text(&value)?)));
        map.collect::<Option<_>>().ok_or_else(|| self.broken(column, "is not a map of texts"))
    }

    /// A map of texts to blobs; an empty one if there is none.
    pub fn blob_map(&self, column: &str) -> Result<Vec<(String, Vec<u8>)>> {
        let decode = |bytes: &[u8]| {
            let elements = present(Elements::of_map(bytes))?;
            let entries = elements.chunks_exact(2).map(|entry| match entry {
                [key, value] => Some((text(key)?, value.to_vec())),
                _ => None,
            });
            entries.collect()
        };
        Ok(self.value(column, "is not a map", decode)?.unwrap_or_default())
    }
}

fn text(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

/// The elements of a frozen collection; none if it is broken, or one of them is null.
fn present<'a>(elements: Result<Elements<'a>, InvalidValue>) -> Option<Vec<&'a [u8]>> {
    elements.ok()?.map(|element| element.ok().flatten()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: &[u8]) -> SchemaRow {
        let cells = BTreeMap::from([("options".to_owned(), value.to_vec())]);
        SchemaRow::new(Path::new("system_schema/indexes"), vec![b"t".to_vec(), b"i".to_vec()], cells)
    }

    #[test]
    fn a_map_is_read_and_a_broken_one_is_told_with_row_and_column() {
        let map = b"\0\0\0\x01\0\0\0\x01k\0\0\0\x02vv";
        assert_eq!(row(map).text_map("options").unwrap(), [("k".to_owned(), "vv".to_owned())]);
        assert!(row(map).text_map("nothing").unwrap().is_empty());
        for broken in [&map[..3], &map[..9], &map[..14], b"\x7f\xff\xff\xff", b"\0\0\0\x01\xff\xff\xff\xff"] {
            let error = row(broken).text_map("options").unwrap_err().to_string();
            assert_eq!(error, "system_schema/indexes: the value of options in the row t, i is not a map");
        }
    }
}
