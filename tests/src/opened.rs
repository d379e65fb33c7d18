//! Tables of the corpus as `Database::open_files` opens them.

use std::fs;
use std::path::{Path, PathBuf};

use cqlite_core::{FilesOptions, LogChoice};
use serde_json::Value;

use crate::known::KnownTable;

/// Tables of the corpus that its scripts of CQL do not create: DESCRIBE shows them as comments.
pub const DECLARED_HERE: [(&str, &str); 5] = [
    ("x_dense", "CREATE TABLE x_dense (pk int, ck text, v blob, PRIMARY KEY (pk, ck))"),
    ("x_dense2", "CREATE TABLE x_dense2 (pk int, a int, b text, v int, PRIMARY KEY (pk, a, b))"),
    ("x_dense_prefix", "CREATE TABLE x_dense_prefix (pk int, a int, b text, v int, PRIMARY KEY (pk, a, b))"),
    (
        "x_keyonly",
        "CREATE TABLE x_keyonly (pk int, ck int, value 'org.apache.cassandra.db.marshal.EmptyType', \
         PRIMARY KEY (pk, ck)) WITH COMPACT STORAGE",
    ),
    (
        "x_sparse",
        "CREATE TABLE x_sparse (pk text, column1 text, a int static, b text static, value blob, \
         PRIMARY KEY (pk, column1)) WITH COMPACT STORAGE",
    ),
];

/// When the answers about a set of the corpus were given, in seconds since 1970.
///
/// # Panics
/// If the set does not tell.
pub fn selected_at(set: &Path) -> i64 {
    let told: Value = serde_json::from_slice(&fs::read(set.join("truth.json")).unwrap()).unwrap();
    told["selected_at"].as_i64().unwrap()
}

/// The path and the options by which a table of the corpus is opened as its truth has it. `place` takes a schema that has to
/// be written.
///
/// # Panics
/// If the corpus is not as it should be.
pub fn opening(table: &KnownTable, place: &Path) -> (PathBuf, FilesOptions) {
    let data = table.directory.parent().and_then(Path::parent).unwrap();
    let set = data.parent().unwrap();
    let mut options = FilesOptions { now_seconds: Some(selected_at(set)), ..FilesOptions::default() };
    if set.join("commitlog").is_dir() {
        options.commit_log = LogChoice::Beside;
        options.tables = vec![cqlite_cql::QualifiedName::new(&*table.keyspace, &*table.table)];
        return (data.to_owned(), options);
    }
    options.schema = Some(match DECLARED_HERE.iter().find(|(name, _)| *name == table.table) {
        Some((name, cql)) => {
            let file = place.join(name);
            fs::write(&file, cql).unwrap();
            file
        }
        None => set.join("schema_internals.cql"),
    });
    (table.directory.clone(), options)
}
