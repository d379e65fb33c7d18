//! An image of what a power cut leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::dice::Dice;
use super::directory::{Directory, Names, Node};
use super::file::MemoryFile;
use super::medium::Medium;

/// An image that is being made.
pub(super) struct Crash<'a> {
    dice: Dice,
    medium: &'a Arc<Medium>,
    /// By where the original is: one with several names is one file in the image, too.
    files: BTreeMap<*const MemoryFile, Arc<MemoryFile>>,
    directories: BTreeSet<*const Directory>,
}

impl<'a> Crash<'a> {
    pub(super) fn new(seed: u64, medium: &'a Arc<Medium>) -> Self {
        let dice = Dice::new(seed, medium.steps());
        Self { dice, medium, files: BTreeMap::new(), directories: BTreeSet::new() }
    }

    /// What is left of a directory, and of all below it.
    pub(super) fn directory(&mut self, original: &Arc<Directory>) -> Directory {
        self.directories.insert(Arc::as_ptr(original));
        let mut left = Names::new();
        for (name, node) in original.names_after_crash(&mut self.dice) {
            let node = match node {
                Node::File(file) => Node::File(self.file(&file)),
                // Moved, and only half of that is there: a check of the file system takes one of the names away.
                Node::Directory(known) if self.directories.contains(&Arc::as_ptr(&known)) => continue,
                Node::Directory(directory) => Node::Directory(Arc::new(self.directory(&directory))),
            };
            left.insert(name, node);
        }
        Directory::of_names(left)
    }

    fn file(&mut self, original: &Arc<MemoryFile>) -> Arc<MemoryFile> {
        let (medium, dice) = (self.medium, &mut self.dice);
        let make = || Arc::new(original.crash_image(medium, dice));
        Arc::clone(self.files.entry(Arc::as_ptr(original)).or_insert_with(make))
    }
}
