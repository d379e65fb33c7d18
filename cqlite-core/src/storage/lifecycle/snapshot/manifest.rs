//! `manifest.json`: what is in a snapshot (`SnapshotManifest`).

use std::io;
use std::path::Path;

use cqlite_sstable::{Error, Result};
use serde_json::Value;

use super::instant;
use crate::storage::fs::FileSystem;

/// No manifest is larger: a line is the name of a file.
const LIMIT_BYTES: u64 = 64 * 1024 * 1024;

/// What is in a snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The Data.db of all SSTables, those of an index with its directory in front.
    pub files: Vec<String>,
    /// When it was taken, in milliseconds since 1970.
    pub created_at_millis: Option<i64>,
    /// When it may be removed.
    pub expires_at_millis: Option<i64>,
    /// Whether it was taken for a repair, and may go with a restart.
    pub is_ephemeral: bool,
}

impl Manifest {
    /// The text, as Cassandra writes it.
    ///
    /// # Example
    /// ```
    /// use cqlite_core::storage::lifecycle::Manifest;
    /// let manifest = Manifest {
    ///     files: vec!["nb-1-big-Data.db".to_owned()],
    ///     created_at_millis: Some(1_795_245_693_485),
    ///     ..Manifest::default()
    /// };
    /// assert_eq!(
    ///     manifest.to_json(),
    ///     r#"{
    ///   "files" : [ "nb-1-big-Data.db" ],
    ///   "created_at" : "2026-11-21T07:21:33.485Z",
    ///   "expires_at" : null,
    ///   "ephemeral" : false
    /// }"#
    /// );
    /// ```
    pub fn to_json(&self) -> String {
        let files: Vec<String> =
            self.files.iter().map(|name| Value::from(name.as_str()).to_string()).collect();
        let files = if files.is_empty() { "[ ]".to_owned() } else { format!("[ {} ]", files.join(", ")) };
        let time = |millis: Option<i64>| {
            millis.map_or_else(|| "null".to_owned(), |millis| format!("\"{}\"", instant::to_text(millis)))
        };
        format!(
            "{{\n  \"files\" : {files},\n  \"created_at\" : {},\n  \"expires_at\" : {},\n  \"ephemeral\" : {}\n}}",
            time(self.created_at_millis),
            time(self.expires_at_millis),
            self.is_ephemeral
        )
    }

    /// Reads a text. Fields that are missing are none: old releases wrote nothing but the files.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::Corrupt`] if it is no manifest.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let broken = || Error::corrupt("it is not a list of the files of a snapshot");
        let value: Value = serde_json::from_slice(bytes).map_err(|_| broken())?;
        let listed = value.get("files").and_then(Value::as_array).ok_or_else(broken)?;
        let files: Option<Vec<String>> = listed.iter().map(|name| name.as_str().map(str::to_owned)).collect();
        let time = |field: &str| match value.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(text) => text.as_str().and_then(instant::parse).map(Some).ok_or_else(broken),
        };
        Ok(Self {
            files: files.ok_or_else(broken)?,
            created_at_millis: time("created_at")?,
            expires_at_millis: time("expires_at")?,
            is_ephemeral: value.get("ephemeral").and_then(Value::as_bool).unwrap_or(false),
        })
    }

    /// Reads a file; none if it is not there.
    pub(super) fn read(files: &dyn FileSystem, path: &Path) -> Result<Option<Self>> {
        let source = match files.open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            source => source.map_err(|error| Error::io(path, error))?,
        };
        let length = usize::try_from(source.len()).ok().filter(|_| source.len() <= LIMIT_BYTES);
        let length = length.ok_or_else(|| Error::corrupt("it is too large for a manifest").at(path))?;
        let mut bytes = vec![0; length];
        source.read_at(&mut bytes, 0).map_err(|error| Error::io(path, error))?;
        Self::parse(&bytes).map(Some).map_err(|error| error.at(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_what_is_none_is_refused() {
        let manifest = Manifest {
            files: vec!["nb-1-big-Data.db".to_owned(), ".by_name/nb-2-big-Data.db".to_owned()],
            created_at_millis: Some(1_000),
            expires_at_millis: Some(61_001),
            is_ephemeral: true,
        };
        assert_eq!(Manifest::parse(manifest.to_json().as_bytes()).unwrap(), manifest);
        let empty = Manifest::default();
        assert!(empty.to_json().contains("\"files\" : [ ],"));
        assert_eq!(Manifest::parse(empty.to_json().as_bytes()).unwrap(), empty);
        let old = r#"{"files":["ma-1-big-Data.db"]}"#;
        assert_eq!(Manifest::parse(old.as_bytes()).unwrap().files, ["ma-1-big-Data.db"]);
        for broken in ["", "{}", r#"{"files":[1]}"#, r#"{"files":[],"created_at":"yesterday"}"#] {
            Manifest::parse(broken.as_bytes()).unwrap_err();
        }
    }
}
