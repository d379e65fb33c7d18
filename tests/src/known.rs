//! SSTables of which Cassandra's answers are known.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::error::{Doing as _, Result};

/// An SSTable and what Cassandra's tools say about it. All truth is as the tools printed it, byte for byte.
#[derive(Debug, Clone)]
pub struct KnownSstable {
    /// Its `Data.db`.
    pub data_path: PathBuf,
    /// The version in its name: `ma` ... `da`.
    pub version: String,
    /// The identifier in its name: a number or a UUID.
    pub id: String,
    /// What it belongs to: a set of the corpus, or the format of a fixture.
    pub set: String,
    /// Its keyspace, as far as its directory tells.
    pub keyspace: String,
    /// Its table, as far as its directory tells; for an index, the table that it is of.
    pub table: String,
    /// The index whose hidden table it belongs to.
    pub index: Option<String>,
    /// `sstabledump`, gzipped.
    pub truth_dump: Option<PathBuf>,
    /// `sstabledump -t` (raw times), gzipped.
    pub truth_dump_raw_time: Option<PathBuf>,
    /// `sstabledump -l` (a partition a line), gzipped.
    pub truth_dump_lines: Option<PathBuf>,
    /// `sstabledump -d` (internal representation), gzipped.
    pub truth_dump_internal: Option<PathBuf>,
    /// `sstabledump -e` (keys alone), gzipped.
    pub truth_dump_keys: Option<PathBuf>,
    /// What `sstabledump` printed until it died of a bug of its own, gzipped. The SSTable is sound.
    pub truth_failed: Option<PathBuf>,
    /// `sstablemetadata`, gzipped if its name ends so.
    pub metadata_txt: Option<PathBuf>,
}

impl KnownSstable {
    /// An SSTable by its `Data.db`, with the truth that is found under the stem `truth`.
    pub(crate) fn new(data_path: PathBuf, set: &str, truth: Option<&Path>) -> Self {
        let name = file_name(&data_path);
        let mut parts = name.split('-');
        let (version, id) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let (version, id) = (version.to_owned(), id.to_owned());
        let (keyspace, table, index) = place(&data_path);
        let found = |suffix: &str| {
            let truth = truth?;
            let path = truth.with_file_name(format!("{}.{suffix}", file_name(truth)));
            path.exists().then_some(path)
        };
        Self {
            version,
            id,
            set: set.to_owned(),
            keyspace,
            table,
            index,
            truth_dump: found("dump.json.gz"),
            truth_dump_raw_time: found("dump_t.json.gz"),
            truth_dump_lines: found("dump_l.jsonl.gz"),
            truth_dump_internal: found("dump_d.txt.gz"),
            truth_dump_keys: found("dump_e.json.gz"),
            truth_failed: found("dump.failed.json.gz"),
            metadata_txt: found("metadata.txt").or_else(|| found("metadata.txt.gz")),
            data_path,
        }
    }

    /// The directory that holds the components.
    pub fn directory(&self) -> &Path {
        self.data_path.parent().unwrap_or(Path::new(""))
    }

    /// The common start of the components' names: `nb-1-big`.
    pub fn stem(&self) -> String {
        file_name(&self.data_path).trim_end_matches("-Data.db").to_owned()
    }
}

/// A table and what `SELECT` says about it: the merge of all its SSTables.
#[derive(Debug, Clone)]
pub struct KnownTable {
    /// What it belongs to: a set of the corpus, or the format of a fixture.
    pub set: String,
    /// Its keyspace.
    pub keyspace: String,
    /// Its name, or a view's.
    pub table: String,
    /// The directory of its SSTables.
    pub directory: PathBuf,
    /// Its SSTables, without those of index tables, snapshots and backups.
    pub sstables: Vec<KnownSstable>,
    /// `SELECT JSON *`, gzipped: an array of rows; see [`KnownTable::json_rows`].
    pub rows_json: Option<PathBuf>,
    /// `SELECT *` as bytes, gzipped; see [`KnownTable::raw_rows`].
    pub raw_json: Option<PathBuf>,
    /// `SELECT JSON` of keys, and of `WRITETIME(c)` under the name of each other column `c`, gzipped.
    pub writetime_json: Option<PathBuf>,
    /// `DESCRIBE KEYSPACE`.
    pub schema_cql: Option<PathBuf>,
    /// `DESCRIBE KEYSPACE WITH INTERNALS`: table ids, dropped columns and when.
    pub schema_internals_cql: Option<PathBuf>,
}

/// The result of `SELECT *` as the server sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRows {
    /// Names of the columns, not quoted.
    pub columns: Vec<String>,
    /// Types of the columns in CQL.
    pub types: Vec<String>,
    /// The values, as serialized; `None` is null.
    pub rows: Vec<Vec<Option<Vec<u8>>>>,
}

impl KnownTable {
    /// The rows of `SELECT JSON *` in the order returned, each exactly the server's text.
    ///
    /// `None` if the server could not print them.
    pub fn json_rows(&self) -> Result<Option<Vec<String>>> {
        self.rows_json.as_deref().map(rows_of_lines).transpose()
    }

    /// The write times, in the order of the rows; see [`KnownTable::writetime_json`].
    pub fn write_times(&self) -> Result<Option<Vec<String>>> {
        self.writetime_json.as_deref().map(rows_of_lines).transpose()
    }

    /// The rows of `SELECT *`, in the order returned.
    pub fn raw_rows(&self) -> Result<Option<RawRows>> {
        let Some(path) = &self.raw_json else { return Ok(None) };
        let json: Value = serde_json::from_slice(&read_gz(path)?)
            .map_err(std::io::Error::from)
            .doing(|| format!("parse {}", path.display()))?;
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let texts = |value: &Value| {
            list(value).iter().map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
        };
        let row = |row: &Value| list(row).iter().map(|value| value.as_str().map(unhex)).collect();
        Ok(Some(RawRows {
            columns: texts(&json["columns"]),
            types: texts(&json["types"]),
            rows: list(&json["rows"]).iter().map(row).collect(),
        }))
    }
}

/// The rows of an array that has a row a line.
fn rows_of_lines(path: &Path) -> Result<Vec<String>> {
    let text = read_gz_text(path)?;
    // A row a line between "[" and "]", with a comma after each but the last.
    let lines = text.split('\n').filter(|line| !matches!(*line, "[" | "]" | ""));
    Ok(lines.map(|line| line.strip_suffix(',').unwrap_or(line).to_owned()).collect())
}

fn unhex(hex: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    hex.as_bytes().chunks(2).map(|pair| byte(pair).expect("pairs of hex digits")).collect()
}

/// Reads a gzipped file.
pub fn read_gz(path: &Path) -> Result<Vec<u8>> {
    let doing = || format!("read {}", path.display());
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(File::open(path).doing(doing)?).read_to_end(&mut bytes).doing(doing)?;
    Ok(bytes)
}

/// Reads a text, gzipped if the file's name says so.
pub fn read_gz_text(path: &Path) -> Result<String> {
    let bytes = match path.extension() == Some(OsStr::new("gz")) {
        true => read_gz(path)?,
        false => fs::read(path).doing(|| format!("read {}", path.display()))?,
    };
    String::from_utf8(bytes).map_err(std::io::Error::other).doing(|| format!("read {}", path.display()))
}

/// All `Data.db` under a directory, but for snapshots and backups, in the order of their paths.
pub fn data_files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for path in entries(&directory)? {
            if path.is_dir() {
                if !matches!(file_name(&path), "snapshots" | "backups") {
                    directories.push(path);
                }
            } else if file_name(&path).ends_with("-Data.db") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// What is in a directory, in the order of names; nothing if it is not a directory.
pub(crate) fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let doing = || format!("list {}", directory.display());
    if !directory.is_dir() {
        return Ok(Vec::new());
    }
    let listed = fs::read_dir(directory).doing(doing)?;
    let mut paths =
        listed.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>().doing(doing)?;
    paths.sort();
    Ok(paths)
}

/// The last part of a path, as text.
pub(crate) fn file_name(path: &Path) -> &str {
    path.file_name().and_then(OsStr::to_str).unwrap_or_default()
}

/// A table's name without the id that follows it in the name of its directory.
pub(crate) fn table_name(directory: &str) -> &str {
    match directory.rsplit_once('-') {
        Some((name, id)) if id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()) => name,
        _ => directory,
    }
}

/// Keyspace, table and index by `<keyspace>/<table>-<id>/[.<index>/]<file>`.
fn place(data_path: &Path) -> (String, String, Option<String>) {
    let directory = data_path.parent().unwrap_or(Path::new(""));
    let (directory, index) = match file_name(directory).strip_prefix('.') {
        Some(index) => (directory.parent().unwrap_or(Path::new("")), Some(index.to_owned())),
        None => (directory, None),
    };
    let keyspace = directory.parent().map_or("", file_name);
    (keyspace.to_owned(), table_name(file_name(directory)).to_owned(), index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_says_keyspace_table_and_index() {
        let id = "d7b7a170e57b11f1bdff5d016f48fe5f";
        let known = |path: String| KnownSstable::new(path.into(), "", None);
        let index = known(format!("data/ks/a-b-{id}/.a_idx/nb-1-big-Data.db"));
        assert_eq!((index.keyspace.as_str(), index.table.as_str()), ("ks", "a-b"));
        assert_eq!(index.index.as_deref(), Some("a_idx"));
        let uuid = known(format!("data/ks/t-{id}/da-3h5p_0ies_0ecze2l62lvb2dhkpi-bti-Data.db"));
        assert_eq!((uuid.version.as_str(), uuid.id.as_str()), ("da", "3h5p_0ies_0ecze2l62lvb2dhkpi"));
        assert_eq!(uuid.stem(), "da-3h5p_0ies_0ecze2l62lvb2dhkpi-bti");
        assert_eq!(uuid.index, None);
    }
}
