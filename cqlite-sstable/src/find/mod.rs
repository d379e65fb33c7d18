//! Finding SSTables: any path works.
//!
//! A path may be a component of one SSTable, or any directory: of a table, a snapshot, backups, an index, a
//! keyspace, a data directory, a node's home. What lies below in Cassandra's layout (`db.Directories`) is put
//! together to tables: several data directories may hold parts of one. Transaction logs are honoured as a
//! node honours them (`db.lifecycle.LogAwareFileLister`), so that the files of an unfinished compaction never
//! show up twice. Nothing is ever modified.
//!
//! # Example
//! ```no_run
//! use cqlite_sstable::find::{FindOptions, find};
//!
//! let found = find(&["/var/lib/cassandra/data".into()], &FindOptions::default())?;
//! for table in &found.tables {
//!     println!("{}: {} SSTables", table.title(), table.sstables.len());
//! }
//! for error in &found.refused {
//!     eprintln!("{error}");
//! }
//! # Ok::<(), cqlite_sstable::Error>(())
//! ```

mod commit_log;
mod dropped;
mod found;
mod listing;
mod live_set;
mod manifest;
mod open_table;
mod place;
mod table_files;
pub(crate) mod transaction_log;
mod tree;

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cqlite_cql::Uuid;

pub use self::commit_log::CommitLog;
pub use self::found::{Found, FoundTable};
pub use self::live_set::{LiveSet, ToldTransaction};
pub use self::open_table::{OpenTable, descriptor_budget};
use self::place::{Inside, Place};
pub use self::table_files::{DiskTableFiles, TableFiles};
use self::tree::{Tree, absolute};
use crate::descriptor::Descriptor;
use crate::error::{Error, ErrorKind, Result};

/// How many directories or tags a sentence lists.
const LISTED: usize = 10;

/// What to find.
#[derive(Debug, Clone, Default)]
pub struct FindOptions {
    /// The tag of a snapshot: of each table its SSTables are meant, not those that a node reads.
    pub snapshot: Option<String>,
}

/// Finds the tables and SSTables that `paths` mean.
///
/// Paths below which there are SSTables of one table, by its id, are one table. Snapshots, backups and
/// indexes are left out unless a path points into them. A table that was dropped and created again is left
/// out where `system_schema` tells so.
///
/// # Errors
/// [`ErrorKind::Missing`] if nothing is at a path; [`ErrorKind::NotAnSstable`] if no SSTable is there or
/// below it; if a path may not be read, or has several snapshots of which one has to be chosen.
pub fn find(paths: &[PathBuf], options: &FindOptions) -> Result<Found> {
    let mut found = Found::default();
    for path in paths {
        add(path, options, &mut found)?;
    }
    for table in &mut found.tables {
        match table.list() {
            Ok(refused) => found.refused.extend(refused),
            Err(error) => found.refused.push(error),
        }
        let place = Place::of(&absolute(table.place()));
        let root = place.as_ref().filter(|place| place.inside == Inside::Live).and_then(Place::root);
        if let Some(root) = root.filter(|_| !table.directories.is_empty()) {
            table.commit_log = CommitLog::beside(root);
        }
        table.is_live |= table.commit_log == CommitLog::HasWrites;
    }
    // What only holds what cannot be read was told of.
    found.tables.retain(|table| {
        !table.sstables.is_empty() || !table.left_out.is_empty() || !table.obstacles.is_empty()
    });
    dropped::leave_out(&mut found);
    found.tables.sort_by(order);
    Ok(found)
}

/// The SSTables of one directory as a node reads them; none is fine.
///
/// # Errors
/// As [`find`].
pub(crate) fn table_in(directory: &Path) -> Result<FoundTable> {
    let mut table = FoundTable { directories: vec![directory.to_owned()], ..FoundTable::default() };
    match table.list()?.into_iter().next() {
        Some(error) => Err(error),
        None => Ok(table),
    }
}

/// Named tables first.
fn order(a: &FoundTable, b: &FoundTable) -> Ordering {
    let key = |table: &FoundTable| (table.keyspace.clone(), table.name.clone(), table.index.clone());
    let id = |table: &FoundTable| table.id.map(|Uuid(bytes)| bytes);
    let by_name = a.name.is_none().cmp(&b.name.is_none()).then_with(|| key(a).cmp(&key(b)));
    by_name.then_with(|| id(a).cmp(&id(b))).then_with(|| a.place().cmp(b.place()))
}

fn add(path: &Path, options: &FindOptions, found: &mut Found) -> Result<()> {
    let metadata = fs::metadata(path).map_err(|error| missing(path, error))?;
    if !metadata.is_dir() {
        match Descriptor::from_file(path) {
            Ok(one) => add_named(one, found),
            Err(error) if error.kind() == ErrorKind::Unsupported => found.refused.push(error),
            Err(error) => return Err(error),
        }
        return Ok(());
    }
    let tree = Tree::walk(path, options.snapshot.as_deref())?;
    if tree.directories.is_empty() && tree.refused.is_empty() {
        let is_named_as_file = Descriptor::from_file(path).is_ok();
        let directory = || Error::io(path, io::ErrorKind::IsADirectory.into());
        return Err(if is_named_as_file { directory() } else { none_in(path, &tree, options) });
    }
    let above = absolute(path);
    for directory in tree.directories {
        let place = absolute(&directory);
        let table = table_of(&place, found);
        let is_known = table.directories.iter().any(|known| absolute(known) == place);
        if !is_known {
            table.directories.push(directory);
        }
        table.is_pointed_to |=
            Place::of(&place).is_none_or(|place| above.starts_with(&place.table_directory));
    }
    found.refused.extend(tree.refused);
    Ok(())
}

fn add_named(one: Descriptor, found: &mut Found) {
    let table = table_of(&absolute(one.directory()), found);
    table.is_pointed_to = true;
    let is_same = |known: &Descriptor| {
        known.stem() == one.stem() && absolute(known.directory()) == absolute(one.directory())
    };
    if !table.named.iter().any(is_same) {
        table.named.push(one);
    }
}

/// The table that the SSTables in a directory belong to.
fn table_of<'a>(directory: &Path, found: &'a mut Found) -> &'a mut FoundTable {
    let place = Place::of(directory);
    let is_it = |table: &FoundTable| match &place {
        Some(place) => {
            let names = (Some(&place.keyspace), Some(&place.table), Some(place.id), place.index.as_ref());
            names == (table.keyspace.as_ref(), table.name.as_ref(), table.id, table.index.as_ref())
        }
        None => {
            let known = table.directories.first().map(PathBuf::as_path);
            let known = known.or_else(|| table.named.first().map(Descriptor::directory));
            table.name.is_none() && known.is_some_and(|known| absolute(known) == directory)
        }
    };
    let index = found.tables.iter().position(is_it).unwrap_or_else(|| {
        let (keyspace, name, id, index) = match place {
            Some(place) => (Some(place.keyspace), Some(place.table), Some(place.id), place.index),
            None => (None, None, None, None),
        };
        found.tables.push(FoundTable { keyspace, name, id, index, ..FoundTable::default() });
        found.tables.len().saturating_sub(1)
    });
    // The index is that of an element.
    #[expect(clippy::indexing_slicing, reason = "it was found, or just pushed")]
    &mut found.tables[index]
}

fn missing(path: &Path, error: io::Error) -> Error {
    let told = Error::io(path, error);
    // A path that goes on below a file of an SSTable is one level too deep.
    let above = path.ancestors().skip(1).find(|above| above.is_file());
    match above {
        Some(file) => {
            Error::new(ErrorKind::NotAnSstable, format!("'{}' is a file, not a directory", file.display()))
                .at(path)
                .advise("name that file itself")
        }
        None => told.advise("check the path"),
    }
}

/// Why nothing was found, and what could be meant instead.
fn none_in(path: &Path, tree: &Tree, options: &FindOptions) -> Error {
    let error = |message: String| Error::new(ErrorKind::NotAnSstable, message).at(path);
    let tags: Vec<&str> = tree.tags.iter().take(LISTED).map(String::as_str).collect();
    if let Some(tag) = &options.snapshot {
        let error = error(format!("no table here has a snapshot {tag}"));
        return match tags.as_slice() {
            [] => error.advise("snapshots lie in the directory of a table, in snapshots/<tag>"),
            tags => error.advise(format!("there are: {}", tags.join(", "))),
        };
    }
    let left_out: BTreeSet<&PathBuf> = tree
        .left_out
        .iter()
        .filter(|directory| Tree::walk(directory, None).is_ok_and(|tree| !tree.directories.is_empty()))
        .collect();
    let error = error("the directory holds no SSTable, and none lies below it".to_owned());
    match (tags.as_slice(), left_out.first()) {
        ([], None) => error.advise("files of an SSTable have names like nb-1-big-Data.db"),
        ([], Some(first)) => {
            error.advise(format!("backups and indexes are left out: name {}", first.display()))
        }
        (tags, _) => {
            error.advise(format!("choose a snapshot with --snapshot: there are {}", tags.join(", ")))
        }
    }
}
