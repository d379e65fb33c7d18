//! `manifest.json` of a snapshot: the files that were in it when it was taken.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::place::{Inside, Place, file_name};
use super::tree::absolute;
use crate::error::{Error, ErrorKind, Result};

const MANIFEST: &str = "manifest.json";

/// No manifest is larger: a line is the name of a file.
const LIMIT_BYTES: u64 = 64 * 1024 * 1024;

/// Compares the manifests of those `directories`, all of one table, that are snapshots with what is there.
///
/// # Errors
/// If an SSTable is listed that is in none of them, or a manifest cannot be read.
pub(super) fn check(directories: &[PathBuf]) -> Result<()> {
    for directory in directories {
        let Some(Place { inside: Inside::Snapshot(_), index, .. }) = Place::of(&absolute(directory)) else {
            continue;
        };
        let (path, prefix) = match &index {
            Some(index) => (directory.parent().map(|above| above.join(MANIFEST)), format!(".{index}/")),
            None => (Some(directory.join(MANIFEST)), String::new()),
        };
        let Some(path) = path else { continue };
        let Some(listed) = listed(&path)? else { continue };
        let names =
            listed.iter().filter_map(|name| name.strip_prefix(&prefix)).filter(|name| !name.contains('/'));
        let missing: BTreeSet<&str> =
            names.filter(|name| !directories.iter().any(|one| one.join(name).exists())).collect();
        if let Some(first) = missing.first() {
            let files = if missing.len() == 1 { "it is" } else { "they are" };
            return Err(Error::new(
                ErrorKind::Missing,
                format!(
                    "{} files of the snapshot are not there, such as {first}: {files} not read",
                    missing.len()
                ),
            )
            .at(&path)
            .advise(
                "where the table has several data directories, name them all; else the \
                     snapshot is incomplete",
            ));
        }
    }
    Ok(())
}

/// The files that a manifest lists; none if there is no manifest.
fn listed(path: &Path) -> Result<Option<Vec<String>>> {
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(|error| Error::io(path, error))?,
    };
    let broken = || {
        Error::corrupt("it is not a list of the files of a snapshot")
            .at(path)
            .advise("whether SSTables are missing cannot be told")
    };
    if !metadata.is_file() || metadata.len() > LIMIT_BYTES {
        return Err(broken());
    }
    let bytes = fs::read(path).map_err(|error| Error::io(path, error))?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| broken())?;
    let files = value.get("files").and_then(Value::as_array).ok_or_else(broken)?;
    let names = files.iter().filter_map(Value::as_str);
    Ok(Some(names.filter(|name| !file_name(Path::new(name)).is_empty()).map(str::to_owned).collect()))
}
