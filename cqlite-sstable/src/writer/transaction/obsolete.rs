//! SSTables that others take the place of.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::component::Component;
use crate::descriptor::Descriptor;
use crate::error::{Error, ErrorKind, Result};

/// The end of the names of files that are being written.
const TEMPORARY: &str = ".tmp";

/// An SSTable that goes away when a transaction is committed, with what the log has to tell of its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obsolete {
    /// What the names of its files begin with: `nb-3-big-`.
    pub(super) prefix: String,
    /// When its files were last changed, but for Statistics.db, which tools change in place; in milliseconds since
    /// 1970.
    pub(super) modified_millis: i64,
    /// The names of its components, the oldest first: as long as one of them is left, the time above can be compared.
    /// Other files whose names begin alike are somebody else's.
    pub(super) names: Vec<String>,
}

impl Obsolete {
    /// The SSTable as its files are now.
    ///
    /// # Errors
    /// If there are none, or they cannot be looked at.
    pub fn of(descriptor: &Descriptor) -> Result<Self> {
        let directory = descriptor.directory();
        let prefix = format!("{}-", descriptor.stem());
        let mut files = Vec::new();
        for entry in fs::read_dir(directory).map_err(|error| Error::io(directory, error))? {
            let entry = entry.map_err(|error| Error::io(directory, error))?;
            match entry.file_name().into_string() {
                Ok(name) if name.starts_with(&prefix) => files.push((modified(&entry.path())?, name)),
                _ => {}
            }
        }
        Self::of_files(descriptor, files)
    }

    /// The SSTable, whose files have these names and were last changed at these times, in milliseconds since 1970.
    ///
    /// # Errors
    /// If there are none.
    pub fn of_files(descriptor: &Descriptor, files: impl IntoIterator<Item = (i64, String)>) -> Result<Self> {
        let prefix = format!("{}-", descriptor.stem());
        let mut files: Vec<(i64, String)> =
            files.into_iter().filter(|(_, name)| name.starts_with(&prefix)).collect();
        files.sort();
        let lasting = files.iter().filter(|(_, name)| is_lasting(name));
        let Some(modified_millis) = lasting.map(|(millis, _)| *millis).max() else {
            let message = "there is no file of the SSTable that is to be removed";
            return Err(Error::new(ErrorKind::Missing, message).at(PathBuf::from(descriptor.to_string())));
        };
        let names = files.into_iter().map(|(_, name)| name);
        let names = names.filter(|name| is_component(name, &prefix)).collect();
        Ok(Self { prefix, modified_millis, names })
    }

    /// The file by which the time in the log can be compared.
    pub(super) fn last_name(&self) -> Option<&str> {
        self.names.iter().rev().find(|name| is_lasting(name)).map(String::as_str)
    }
}

/// Whether a file is a component of the SSTable whose files' names begin with `prefix`, or one that is being written.
pub(super) fn is_component(name: &str, prefix: &str) -> bool {
    let end = name.strip_prefix(prefix).map(|end| end.strip_suffix(TEMPORARY).unwrap_or(end));
    end.is_some_and(Component::is_end_of_name)
}

fn is_lasting(name: &str) -> bool {
    !name.ends_with(Component::Statistics.file_name())
}

fn modified(path: &Path) -> Result<i64> {
    let time = fs::metadata(path).and_then(|file| file.modified()).map_err(|error| Error::io(path, error))?;
    Ok(time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64))
}
