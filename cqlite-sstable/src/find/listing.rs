//! What is in one directory.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::table_files::TableFiles;
use super::transaction_log::{FilesNow, is_log_name};
use crate::component::Component;
use crate::descriptor::Descriptor;
use crate::error::{Error, ErrorKind, Result};

/// The end of the names of files that are being written; Cassandra removes them when it starts.
const TEMPORARY: &str = ".tmp";

/// The SSTables and transaction logs of a directory, as they were when it was listed.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// The names of all files, sorted.
    pub(super) names: Vec<String>,
    /// The SSTables of which there is any component, by what the names of their files have in common.
    pub(super) sstables: BTreeMap<String, Descriptor>,
    /// The names of the transaction logs, sorted.
    pub(super) logs: Vec<String>,
    /// SSTables that cannot be read, one for each reason.
    pub(super) refused: Vec<Error>,
}

impl Listing {
    /// Lists `directory`; one that is not there is empty.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) fn read(files: &dyn TableFiles, directory: &Path) -> Result<Self> {
        match files.names(directory) {
            Ok(names) => Ok(Self::of_names(directory, names)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Error::io(directory, error)),
        }
    }

    /// Sorts out what files of these names in `directory` are.
    pub(super) fn of_names(directory: &Path, mut names: Vec<String>) -> Self {
        names.sort_unstable();
        let mut listing = Self::default();
        let mut refused: BTreeMap<String, Error> = BTreeMap::new();
        for name in &names {
            if is_log_name(name) {
                listing.logs.push(name.clone());
                continue;
            }
            let Some(stem) = stem(name) else { continue };
            if listing.sstables.contains_key(stem) {
                continue;
            }
            match Descriptor::from_file(&directory.join(name)) {
                Ok(one) => {
                    listing.sstables.insert(stem.to_owned(), one);
                }
                Err(error) if error.kind() == ErrorKind::Unsupported => {
                    refused.entry(error.message().to_owned()).or_insert(error);
                }
                Err(_) => {}
            }
        }
        listing.refused = refused.into_values().collect();
        listing.names = names;
        listing
    }

    /// Whether nothing of an SSTable is here.
    pub(super) fn is_empty(&self) -> bool {
        self.sstables.is_empty() && self.refused.is_empty() && self.logs.is_empty()
    }

    /// The names that begin with `prefix`.
    fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a String> {
        let start = self.names.partition_point(|name| name.as_str() < prefix);
        self.names.iter().skip(start).take_while(move |name| name.starts_with(prefix))
    }

    /// The files of the SSTable whose names begin with `prefix`, as they are now.
    pub(super) fn files_now(&self, files: &dyn TableFiles, directory: &Path, prefix: &str) -> FilesNow {
        let mut now = FilesNow { is_known: true, ..FilesNow::default() };
        for name in self.with_prefix(prefix) {
            now.listed = now.listed.saturating_add(1);
            if name.ends_with(TEMPORARY) {
                continue;
            }
            let Ok(modified) = files.modified_millis(&directory.join(name)) else { continue };
            now.there = now.there.saturating_add(1);
            now.has_data |= name.ends_with(Component::Data.file_name());
            now.modified_with_statistics_millis = now.modified_with_statistics_millis.max(modified);
            if !name.ends_with(Component::Statistics.file_name()) {
                now.modified_millis = now.modified_millis.max(modified);
            }
        }
        now
    }
}

/// What the name of a component has in common with those of the others: `nb-1-big`. None for other names.
pub(super) fn stem(name: &str) -> Option<&str> {
    let (stem, component) = name.rsplit_once('-')?;
    Component::is_end_of_name(component).then_some(stem)
}
