//! The first line.

use serde_json::{Map, Value, json};

use super::printer::name_field;
use crate::component::statistics::HeaderColumn;
use crate::reader::Sstable;
use crate::types::{CqlType, TextSink};

/// The version of the form; a reader refuses a greater one.
const FORM: u32 = 1;

/// Writes the header: what is needed to read the lines behind it, or to write them into an SSTable. `table` is
/// the keyspace and the name, where they are known.
pub fn write_lossless_header(sstable: &Sstable, table: Option<(&str, &str)>, out: &mut dyn TextSink) {
    let header = sstable.header();
    let mut line = Map::new();
    line.insert("cqlite_lossless".to_owned(), json!(FORM));
    if let Some((keyspace, name)) = table {
        line.insert("keyspace".to_owned(), json!(keyspace));
        line.insert("table".to_owned(), json!(name));
    }
    let marshal = |of: &CqlType| Value::from(of.marshal_name().to_string());
    let columns = |columns: &[HeaderColumn]| -> Value {
        columns.iter().map(|column| named(&column.name, marshal(&column.column_type))).collect()
    };
    line.insert("version".to_owned(), json!(sstable.version().to_string()));
    line.insert("partitioner".to_owned(), json!(sstable.statistics().validation.partitioner));
    line.insert("key_type".to_owned(), marshal(&header.key_type));
    line.insert("clustering_types".to_owned(), header.clustering_types.iter().map(marshal).collect());
    line.insert("static_columns".to_owned(), columns(&header.static_columns));
    line.insert("regular_columns".to_owned(), columns(&header.regular_columns));
    out.push(Value::Object(line).to_string().as_bytes());
    out.push(b"\n");
}

fn named(name: &[u8], marshal: Value) -> Value {
    let (field, text) = name_field(name, ["name", "name_hex"]);
    json!({ field: text, "type": marshal })
}
