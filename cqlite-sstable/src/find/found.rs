//! What is found.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cqlite_cql::Uuid;

use super::CommitLog;
use super::live_set::LiveSet;
use super::manifest;
use super::place::Place;
use super::table_files::DiskTableFiles;
use super::tree::absolute;
use crate::descriptor::Descriptor;
use crate::error::{Error, Result};

/// The tables under some paths.
#[derive(Debug, Default)]
pub struct Found {
    /// By keyspace, name, id and index; those without a name are last, by directory.
    pub tables: Vec<FoundTable>,
    /// What is there and cannot be read: SSTables of versions that are not supported, directories without
    /// permission, files that a snapshot should have. The tables are without them.
    pub refused: Vec<Error>,
    /// What was left out on purpose, such as dropped tables.
    pub warnings: Vec<Error>,
}

/// A table, or the hidden table of an index, and its SSTables.
#[derive(Debug, Default)]
pub struct FoundTable {
    /// The keyspace, where the directories are in Cassandra's layout.
    pub keyspace: Option<String>,
    /// The name of the table, likewise.
    pub name: Option<String>,
    /// The id in the name of its directory.
    pub id: Option<Uuid>,
    /// The name of the index, if this is the hidden table of one.
    pub index: Option<String>,
    /// The directories all of whose SSTables are meant; none if single ones were named.
    pub directories: Vec<PathBuf>,
    /// By age. Where there are no [`FoundTable::obstacles`], they are those that Cassandra would read.
    pub sstables: Vec<Descriptor>,
    /// Whether a node may be writing to it, or has left something in its commit log.
    pub is_live: bool,
    /// What is known of the commit log of its node. It is looked for where directories are meant, not where single
    /// SSTables were named.
    pub commit_log: CommitLog,
    /// What was left out, a sentence for each transaction.
    pub(super) left_out: Vec<Error>,
    /// Why the SSTables cannot be read as one table.
    pub(super) obstacles: Vec<Error>,
    /// SSTables that were named themselves.
    pub(super) named: Vec<Descriptor>,
    /// Whether a path points to the table or into it, not only to a directory above.
    pub(super) is_pointed_to: bool,
}

impl Found {
    /// All SSTables, table by table.
    pub fn sstables(&self) -> impl Iterator<Item = &Descriptor> {
        self.tables.iter().flat_map(|table| &table.sstables)
    }

    /// The data directories in which the tables lie: those that have keyspaces in them.
    pub fn data_directories(&self) -> Vec<PathBuf> {
        let whole = self.tables.iter().flat_map(|table| &table.directories).map(PathBuf::as_path);
        let directories = whole.chain(self.sstables().map(Descriptor::directory));
        let directories: BTreeSet<PathBuf> = directories.map(absolute).collect();
        let places = directories.iter().filter_map(|directory| Place::of(directory));
        let roots: BTreeSet<PathBuf> = places.filter_map(|place| place.root().map(Path::to_owned)).collect();
        roots.into_iter().collect()
    }
}

impl FoundTable {
    /// What was left out because of transaction logs, a sentence for each.
    pub fn left_out(&self) -> &[Error] {
        &self.left_out
    }

    /// Why the SSTables must not be read together as one table: another one has its name, or nobody can tell
    /// which of them are part of it. Reading one after another is right all the same.
    pub fn obstacles(&self) -> &[Error] {
        &self.obstacles
    }

    /// The name for messages: `shop.orders`, or the directory.
    pub fn title(&self) -> String {
        match (&self.keyspace, &self.name, &self.index) {
            (Some(keyspace), Some(name), None) => format!("{keyspace}.{name}"),
            (Some(keyspace), Some(name), Some(index)) => format!("{keyspace}.{name}, index {index}"),
            _ => self.place().display().to_string(),
        }
    }

    /// The first of its directories.
    pub fn place(&self) -> &Path {
        let directory = self.directories.first().map(PathBuf::as_path);
        directory.or_else(|| self.sstables.first().map(Descriptor::directory)).unwrap_or(Path::new(""))
    }

    /// The table as it is now, where a file went away since it was found: its directories are listed again.
    ///
    /// # Errors
    /// If a directory cannot be read, or one of its SSTables is of a version that is not supported.
    pub fn listed_again(&self) -> Result<Self> {
        let mut again = self.unlisted();
        match again.list()?.pop() {
            Some(refused) => Err(refused),
            None => Ok(again),
        }
    }

    /// The same table, to be listed.
    pub(super) fn unlisted(&self) -> Self {
        Self {
            keyspace: self.keyspace.clone(),
            name: self.name.clone(),
            id: self.id,
            index: self.index.clone(),
            directories: self.directories.clone(),
            is_live: self.is_live,
            commit_log: self.commit_log,
            named: self.named.clone(),
            is_pointed_to: self.is_pointed_to,
            ..Self::default()
        }
    }

    /// Looks at what is in its directories, and returns what cannot be read of it.
    ///
    /// # Errors
    /// If a directory cannot be read.
    pub(super) fn list(&mut self) -> Result<Vec<Error>> {
        let LiveSet { mut sstables, left_out, undecided, mut refused, transactions } =
            LiveSet::list(&DiskTableFiles, &self.directories)?;
        for named in &self.named {
            if !sstables.contains(named) {
                sstables.push(named.clone());
            }
        }
        sstables.sort_by(|a, b| (a.id(), a.directory(), a.stem()).cmp(&(b.id(), b.directory(), b.stem())));
        refused.extend(manifest::check(&self.directories).err());
        self.sstables = sstables;
        self.left_out = left_out;
        self.is_live |= !(transactions.is_empty() && undecided.is_empty());
        self.obstacles = undecided;
        Ok(refused)
    }
}
