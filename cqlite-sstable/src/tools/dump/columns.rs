//! How the cells of each column are printed, decided once.

use std::sync::Arc;

use cqlite_cql::Identifier;

use super::json_writer::Layout;
use crate::component::statistics::{HeaderColumn, SerializationHeader};
use crate::types::{CqlType, JsonEscaped, TextSink as _, UserType};

/// One column of the header.
pub(super) struct DumpColumn {
    /// The name in CQL form, escaped for JSON, without the quotes of JSON.
    pub(super) json_name: Vec<u8>,
    /// How the object of a cell with a value begins, if the column has one cell.
    pub(super) cell_start: Vec<u8>,
    /// The name itself.
    pub(super) name: String,
    pub(super) column_type: CqlType,
    pub(super) cells: Cells,
}

/// What the cells of a column hold.
pub(super) enum Cells {
    /// One value.
    One,
    /// An element each: paths and values are of these types.
    Collection { path: CqlType, value: CqlType },
    /// A field each; the path is the field's index.
    Fields(Arc<UserType>),
}

impl DumpColumn {
    fn new(column: &HeaderColumn, layout: Layout) -> Self {
        let name = column.name_text().into_owned();
        let mut json_name = Vec::new();
        JsonEscaped::new(&mut json_name).push(Identifier::quote_if_needed(&name).as_bytes());
        let [before, behind] = match layout {
            Layout::Pretty => [r#"{ "name" : ""#, r#"", "value" : "#],
            Layout::Lines => [r#"{"name":""#, r#"","value":"#],
        };
        let cell_start = [before.as_bytes(), &json_name, behind.as_bytes()].concat();
        let column_type = column.column_type.clone();
        let collection =
            |path: &CqlType, value: &CqlType| Cells::Collection { path: path.clone(), value: value.clone() };
        let cells = match &column_type {
            CqlType::List { element, frozen: false } => collection(&CqlType::TimeUuid, element),
            CqlType::Set { element, frozen: false } => collection(element, &CqlType::Empty),
            CqlType::Map { key, value, frozen: false } => collection(key, value),
            CqlType::User(user) if !user.frozen => Cells::Fields(Arc::clone(user)),
            _ => Cells::One,
        };
        Self { json_name, cell_start, name, column_type, cells }
    }
}

/// The static and the regular columns.
pub(super) struct DumpColumns {
    statics: Vec<DumpColumn>,
    regulars: Vec<DumpColumn>,
}

impl DumpColumns {
    pub(super) fn new(header: &SerializationHeader, layout: Layout) -> Self {
        let columns = |columns: &[HeaderColumn]| columns.iter().map(|c| DumpColumn::new(c, layout)).collect();
        Self { statics: columns(&header.static_columns), regulars: columns(&header.regular_columns) }
    }

    /// The column at `index` among the static or the regular ones.
    pub(super) fn get(&self, is_static: bool, index: usize) -> Option<&DumpColumn> {
        if is_static { self.statics.get(index) } else { self.regulars.get(index) }
    }
}

/// The field that the path of a cell names, if there is one.
pub(super) fn field_of<'a>(user: &'a UserType, path: &[u8]) -> Option<&'a crate::types::Field> {
    let index = u16::from_be_bytes(path.try_into().ok()?);
    user.fields.get(usize::from(index))
}
