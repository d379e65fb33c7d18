//! The repository's own SSTables, in `fixtures/`; see the README there.

use std::path::{Path, PathBuf};

use crate::{
    cassandra::{Format, OldVersion},
    error::Result,
    known::{KnownSstable, KnownTable, data_files, entries, file_name, table_name},
    repository,
};

/// The directory of the fixtures.
pub fn root() -> PathBuf {
    repository().join("fixtures")
}

/// A data directory as a node has it, `system_schema` included.
pub fn data(format: Format) -> PathBuf {
    root().join(format.version())
}

/// The truth about a table, or about an index's hidden table (`<table>/.<index>`).
pub fn truth(format: Format, keyspace: &str, table: &str) -> PathBuf {
    truth_of(format.version(), keyspace, table)
}

/// As [`truth`], by the letters of a version.
pub fn truth_of(version: &str, keyspace: &str, table: &str) -> PathBuf {
    root().join("truth").join(version).join(keyspace).join(table)
}

/// Every fixture SSTable, of all formats and older versions. Those of `system_schema` have no truth and are left out.
pub fn sstables() -> Result<Vec<KnownSstable>> {
    let mut all = Vec::new();
    for format in Format::ALL {
        for keyspace in keyspaces(format)? {
            for path in data_files(&keyspace)? {
                all.push(sstable(format.version(), path));
            }
        }
    }
    for version in OldVersion::ALL {
        for path in data_files(&root().join(version.letters))? {
            all.push(sstable(version.letters, path));
        }
    }
    Ok(all)
}

/// Every table of the fixtures, of all formats, views included.
pub fn tables() -> Result<Vec<KnownTable>> {
    let mut all = Vec::new();
    for format in Format::ALL {
        for keyspace in keyspaces(format)? {
            for directory in entries(&keyspace)? {
                all.push(known_table(format, file_name(&keyspace), &directory)?);
            }
        }
    }
    Ok(all)
}

/// One table.
///
/// # Panics
/// If there is none of that name.
pub fn table(format: Format, keyspace: &str, table: &str) -> KnownTable {
    let directories = entries(&data(format).join(keyspace)).expect("the fixtures are there");
    let found = directories.iter().find(|directory| table_name(file_name(directory)) == table);
    let directory = found.unwrap_or_else(|| panic!("no table {keyspace}.{table} in fixtures/{format}"));
    known_table(format, keyspace, directory).expect("the fixture can be listed")
}

fn keyspaces(format: Format) -> Result<Vec<PathBuf>> {
    let mut keyspaces = entries(&data(format))?;
    keyspaces.retain(|path| file_name(path) != "system_schema");
    Ok(keyspaces)
}

fn sstable(set: &str, path: PathBuf) -> KnownSstable {
    let known = KnownSstable::new(path, set, None);
    let mut folder = truth_of(set, &known.keyspace, &known.table);
    folder.extend(known.index.as_ref().map(|index| format!(".{index}")));
    KnownSstable::new(known.data_path, set, Some(&folder.join(&known.id)))
}

fn known_table(format: Format, keyspace: &str, directory: &Path) -> Result<KnownTable> {
    let table = table_name(file_name(directory));
    let folder = truth(format, keyspace, table);
    let existing = |path: PathBuf| path.exists().then_some(path);
    let sstables = data_files(directory)?.into_iter().map(|path| sstable(format.version(), path));
    Ok(KnownTable {
        set: format.version().to_owned(),
        keyspace: keyspace.to_owned(),
        table: table.to_owned(),
        directory: directory.to_owned(),
        sstables: sstables.filter(|sstable| sstable.index.is_none()).collect(),
        rows_json: existing(folder.join("rows.json.gz")),
        raw_json: existing(folder.join("raw.json.gz")),
        writetime_json: None,
        schema_cql: existing(folder.with_file_name("schema.cql")),
        schema_internals_cql: existing(folder.with_file_name("schema_internals.cql")),
    })
}
