//! What the names of directories say.

use std::path::{Path, PathBuf};

use cqlite_cql::Uuid;

use crate::descriptor::split_table_directory;

/// The directory of a table in which Cassandra keeps snapshots.
pub(super) const SNAPSHOTS: &str = "snapshots";

/// The directory of a table in which Cassandra keeps incremental backups.
pub(super) const BACKUPS: &str = "backups";

/// What a directory is in Cassandra's layout (`db.Directories`):
/// `<root>/<keyspace>/<table>-<32 hex digits>[/backups | /snapshots/<tag>][/.<index>]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The directory of the table.
    pub(super) table_directory: PathBuf,
    pub(super) keyspace: String,
    pub(super) table: String,
    pub(super) id: Uuid,
    pub(super) inside: Inside,
    /// The index whose hidden table lies there.
    pub(super) index: Option<String>,
}

/// In which of the directories of a table something lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Inside {
    /// In the table's own: what a node reads.
    Live,
    Backups,
    Snapshot(String),
}

impl Place {
    /// The place of an absolute `directory`; none if it is not in Cassandra's layout.
    pub(super) fn of(directory: &Path) -> Option<Self> {
        // An index in a snapshot is four levels deep.
        let table_directory = directory.ancestors().take(4).find(|above| is_table_directory(above))?;
        let (table, digits) = split_table_directory(file_name(table_directory))?;
        let id = u128::from_str_radix(digits, 16).ok()?;
        let below = directory.strip_prefix(table_directory).ok()?;
        let mut below: Vec<&str> = below.iter().filter_map(|part| part.to_str()).collect();
        let index = below.last().and_then(|last| last.strip_prefix('.')).map(str::to_owned);
        if index.is_some() {
            below.pop();
        }
        let inside = match below.as_slice() {
            [] => Inside::Live,
            [BACKUPS] => Inside::Backups,
            [SNAPSHOTS, tag] => Inside::Snapshot((*tag).to_owned()),
            _ => return None,
        };
        Some(Self {
            keyspace: file_name(table_directory.parent()?).to_owned(),
            table: table.to_owned(),
            id: Uuid(id.to_be_bytes()),
            table_directory: table_directory.to_owned(),
            inside,
            index,
        })
    }

    /// The data directory: the one that has keyspaces in it.
    pub(super) fn root(&self) -> Option<&Path> {
        self.table_directory.parent()?.parent()
    }
}

/// Whether a directory is named as that of a table.
pub(super) fn is_table_directory(directory: &Path) -> bool {
    split_table_directory(file_name(directory)).is_some()
}

/// The last part of a path; nothing if it is not text.
pub(super) fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "/data/shop/orders-0123456789abcdef0123456789abcdef";

    #[test]
    fn a_directory_tells_table_snapshot_and_index() {
        let tag = || Inside::Snapshot("s1".to_owned());
        for (below, inside, index) in [
            ("", Inside::Live, None),
            ("/.by_name", Inside::Live, Some("by_name")),
            ("/backups", Inside::Backups, None),
            ("/backups/.by_name", Inside::Backups, Some("by_name")),
            ("/snapshots/s1", tag(), None),
            ("/snapshots/s1/.by_name", tag(), Some("by_name")),
        ] {
            let place = Place::of(Path::new(&format!("{TABLE}{below}"))).unwrap();
            assert_eq!((place.keyspace.as_str(), place.table.as_str()), ("shop", "orders"), "{below}");
            assert_eq!((place.inside.clone(), place.index.as_deref()), (inside, index), "{below}");
            assert_eq!(place.root(), Some(Path::new("/data")));
        }
    }

    #[test]
    fn other_directories_have_no_place() {
        for path in
            ["/", "/data/shop", "/some/where", &format!("{TABLE}/snapshots"), &format!("{TABLE}/other")]
        {
            assert_eq!(Place::of(Path::new(path)), None, "{path}");
        }
    }
}
