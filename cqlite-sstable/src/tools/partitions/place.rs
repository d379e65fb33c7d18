//! Where an SSTable lies, as `sstablepartitions` tells.

use std::fs;
use std::path::{Path, PathBuf};

use crate::component::Component;
use crate::descriptor::{Descriptor, split_table_directory};
use crate::error::{Error, Result};

/// What the path of an SSTable tells (`SSTablePartitions.ExtendedDescriptor`), in the order in which that tool takes
/// them: by directory, then by the ids as texts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SstablePlace {
    /// The directory without links, as text.
    directory: String,
    /// Empty where the directories do not tell it, as all that follow.
    pub(super) keyspace: String,
    pub(super) table: String,
    pub(super) index: String,
    pub(super) snapshot: String,
    pub(super) backup: String,
    pub(super) id: String,
    pub(super) data_file: PathBuf,
    pub(super) format: &'static str,
    pub(super) version: String,
}

impl SstablePlace {
    /// The place of an SSTable.
    ///
    /// # Errors
    /// If its directory is not there.
    pub fn of(descriptor: &Descriptor) -> Result<Self> {
        let given = descriptor.directory();
        let directory = fs::canonicalize(given).map_err(|error| Error::io(given, error))?;
        let data = descriptor.file(Component::Data);
        let absolute = std::path::absolute(given).map_err(|error| Error::io(given, error))?;
        let mut above = absolute.as_path();
        let (mut index, mut snapshot, mut backup) = (String::new(), String::new(), String::new());
        if let Some(name) = name(above).strip_prefix('.').filter(|name| !name.is_empty()) {
            index = name.to_owned();
            above = parent(above);
        }
        if name(above) == "backups" {
            backup = name(above).to_owned();
            above = parent(above);
        }
        if name(parent(above)) == "snapshots" {
            snapshot = name(above).to_owned();
            above = parent(parent(above));
        }
        let table =
            split_table_directory(name(above)).map(|(table, _)| table).filter(|table| !table.is_empty());
        Ok(Self {
            data_file: directory.join(data.file_name().unwrap_or_default()),
            directory: directory.display().to_string(),
            keyspace: table.map_or("", |_| name(parent(above))).to_owned(),
            table: table.unwrap_or_default().to_owned(),
            index,
            snapshot,
            backup,
            id: descriptor.id().to_string(),
            format: descriptor.version().format().name(),
            version: descriptor.version().to_string(),
        })
    }
}

fn parent(directory: &Path) -> &Path {
    directory.parent().unwrap_or(Path::new(""))
}

fn name(directory: &Path) -> &str {
    directory.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}
