//! A directory in memory: its names now, and those that are synced.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::super::DirectoryEntry;
use super::dice::Dice;
use super::file::MemoryFile;

/// What a name stands for.
#[derive(Debug, Clone)]
pub(super) enum Node {
    File(Arc<MemoryFile>),
    Directory(Arc<Directory>),
}

impl Node {
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File(one), Self::File(other)) => Arc::ptr_eq(one, other),
            (Self::Directory(one), Self::Directory(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    pub(super) fn entry(&self, name: &str) -> DirectoryEntry {
        let (is_directory, length_bytes, modified_millis) = match self {
            Self::File(file) => (false, file.length(), file.modified_millis()),
            Self::Directory(_) => (true, 0, 0),
        };
        DirectoryEntry { name: name.to_owned(), is_directory, length_bytes, modified_millis }
    }
}

pub(super) type Names = BTreeMap<OsString, Node>;

/// A directory, whatever its name is.
#[derive(Debug, Default)]
pub(super) struct Directory {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    live: Names,
    synced: Names,
    /// What the next sync writes, in order.
    changes: Vec<Change>,
}

/// What a step did to one name.
#[derive(Debug, Clone)]
struct Change {
    step: u64,
    name: OsString,
    node: Option<Node>,
}

impl Change {
    fn apply(self, names: &mut Names) {
        match self.node {
            Some(node) => names.insert(self.name, node),
            None => names.remove(&self.name),
        };
    }
}

impl Directory {
    /// One of which all is synced.
    pub(super) fn of_names(names: Names) -> Self {
        let state = State { live: names.clone(), synced: names, changes: Vec::new() };
        Self { state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, name: &OsStr) -> Option<Node> {
        self.state().live.get(name).cloned()
    }

    pub(super) fn all(&self) -> Names {
        self.state().live.clone()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.state().live.is_empty()
    }

    /// Gives a name to something, or takes it away.
    pub(super) fn set(&self, name: &OsStr, node: Option<Node>, step: u64) {
        let change = Change { step, name: name.to_owned(), node };
        let mut state = self.state();
        change.clone().apply(&mut state.live);
        state.changes.push(change);
    }

    pub(super) fn sync(&self) {
        let mut state = self.state();
        for change in std::mem::take(&mut state.changes) {
            change.apply(&mut state.synced);
        }
    }

    pub(super) fn lose_unsynced(&self) {
        self.state().changes.clear();
    }

    /// The names that a power cut leaves.
    pub(super) fn names_after_crash(&self, dice: &mut Dice) -> Names {
        let state = self.state();
        let mut names = state.synced.clone();
        for change in &state.changes {
            if dice.step(change.step) {
                change.clone().apply(&mut names);
            }
        }
        names
    }
}
