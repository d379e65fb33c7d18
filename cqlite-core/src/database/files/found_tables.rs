//! The tables under some paths.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_cql::Uuid;
use cqlite_sstable::find::{FindOptions, Found, find};
use cqlite_sstable::schema::{SCHEMA_KEYSPACE, SchemaRows, SchemaSearch, SystemSchema, TableSchema};
use cqlite_sstable::{Error, ErrorKind, Result};

use super::{FilesOptions, LogChoice};
use crate::catalog::SYSTEM_KEYSPACE;
use crate::storage::fs::FileSystem;

/// How far above a path its data directory is looked for: that of a table is two levels above it.
const LEVELS: usize = 3;

/// What lies under some paths.
pub(super) struct FoundTables {
    pub(super) found: Found,
    /// The data directories.
    pub(super) roots: Vec<PathBuf>,
    /// The paths, without links.
    above: Vec<PathBuf>,
}

impl FoundTables {
    /// Finds the tables under `paths`. A path of a node's directory without SSTables, of which `system_schema` may know tables,
    /// is none that is missing.
    pub(super) fn find(fs: &Arc<dyn FileSystem>, paths: &[PathBuf], options: &FilesOptions) -> Result<Self> {
        let wanted = FindOptions { snapshot: options.snapshot.clone() };
        let real = |path: &PathBuf| fs.real_path(path).unwrap_or_else(|_| path.clone());
        let above: Vec<PathBuf> = paths.iter().map(real).collect();
        let mut lasting = Vec::with_capacity(paths.len());
        let mut roots = Vec::new();
        for (path, real) in paths.iter().zip(&above) {
            match (find(std::slice::from_ref(path), &wanted), root_above(real)) {
                (Err(error), Some(root))
                    if error.kind() == ErrorKind::NotAnSstable && options.snapshot.is_none() =>
                {
                    let names = SystemSchema::find(&root).map(|schema| schema.rows()).transpose()?;
                    let is_known = names.is_some_and(|rows| !tables_below(&rows, &root, real).is_empty());
                    if !is_known {
                        return Err(error);
                    }
                    roots.push(root);
                }
                (Err(error), _) => return Err(error),
                (Ok(_), _) => lasting.push(path.clone()),
            }
        }
        // All together, as several directories may be of one table.
        let found = if lasting.is_empty() { Found::default() } else { find(&lasting, &wanted)? };
        let mut all = found.data_directories();
        all.extend(roots);
        all.sort();
        all.dedup();
        Ok(Self { found, roots: all, above })
    }

    /// The tables under the paths that `system_schema` knows, and of which there is no SSTable among what was found. Where a
    /// directory is missing, its SSTables may not have been copied, so that the table is no empty one; but where the commit log is
    /// read, all of it may be in there.
    pub(super) fn without_sstables(
        &self,
        fs: &Arc<dyn FileSystem>,
        search: &mut SchemaSearch,
        options: &FilesOptions,
    ) -> Result<Vec<(PathBuf, TableSchema)>> {
        let mut tables: Vec<(PathBuf, TableSchema)> = Vec::new();
        if options.snapshot.is_some() || options.schema.is_some() {
            return Ok(tables);
        }
        for root in &self.roots {
            let Some(rows) = search.rows(root)? else { continue };
            for above in &self.above {
                for (keyspace, name, directory) in tables_below(rows, root, above) {
                    let is_found = self.found.tables.iter().any(|table| {
                        table.keyspace.as_deref() == Some(&keyspace)
                            && table.name.as_deref() == Some(&name)
                            && table.index.is_none()
                    });
                    let is_there =
                        tables.iter().any(|(_, known)| known.keyspace == keyspace && known.name == name);
                    let is_empty = fs.entry(&directory).is_ok() || may_be_logged(&keyspace, options);
                    if is_found || is_there || !is_empty || !options.wants(&keyspace, &name) {
                        continue;
                    }
                    tables.extend(rows.table(&keyspace, &name)?.map(|schema| (directory, schema)));
                }
            }
        }
        Ok(tables)
    }

    /// Whether an error is about what lies in a directory of a table.
    pub(super) fn is_in(error: &Error, directories: &[PathBuf]) -> bool {
        error.path().is_some_and(|path| {
            directories.iter().any(|directory| path == directory || path.parent() == Some(directory))
        })
    }
}

/// Whether tables of a keyspace may have nothing but what is in the commit log that is read.
fn may_be_logged(keyspace: &str, options: &FilesOptions) -> bool {
    options.commit_log != LogChoice::Leave && keyspace != SCHEMA_KEYSPACE && keyspace != SYSTEM_KEYSPACE
}

/// The data directory that a path lies in, or is.
fn root_above(path: &Path) -> Option<PathBuf> {
    let root = path.ancestors().take(LEVELS).find_map(SystemSchema::find);
    root.map(|schema| schema.root().to_owned())
}

/// The keyspaces, names and directories of the tables that have theirs at or below a path.
fn tables_below(rows: &SchemaRows, root: &Path, above: &Path) -> Vec<(String, String, PathBuf)> {
    let mut tables = Vec::new();
    for keyspace in rows.keyspace_names().unwrap_or_default() {
        let names = rows.table_names(&keyspace).unwrap_or_default().into_iter();
        for name in names.chain(rows.view_names(&keyspace).unwrap_or_default()) {
            let Ok(Some(Uuid(id))) = rows.table_id(&keyspace, &name) else { continue };
            let digits: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
            let directory = root.join(&keyspace).join(format!("{name}-{digits}"));
            if directory.starts_with(above) {
                tables.push((keyspace.clone(), name, directory));
            }
        }
    }
    tables
}
