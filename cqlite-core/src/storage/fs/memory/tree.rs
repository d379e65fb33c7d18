//! Directories below a root, and paths in them.

use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::directory::{Directory, Node};

/// All directories of a file system.
#[derive(Clone)]
pub(super) struct Tree {
    root: Arc<Directory>,
}

/// The directories on the way to a place, from the root on, with their names.
type Way<'a> = Vec<(&'a OsStr, Arc<Directory>)>;

/// Where a path leads to, whether anything is there or not.
struct Place<'a> {
    /// The directory, and all above it.
    above: Vec<Arc<Directory>>,
    directory: Arc<Directory>,
    name: &'a OsStr,
}

impl Place<'_> {
    /// Whether something is one of the directories that the place is in.
    fn is_in(&self, node: &Node) -> bool {
        self.above.iter().any(|one| node.is_same(&Node::Directory(Arc::clone(one))))
    }
}

impl Tree {
    pub(super) fn new(root: Directory) -> Self {
        Self { root: Arc::new(root) }
    }

    pub(super) fn root(&self) -> &Arc<Directory> {
        &self.root
    }

    /// What `path` stands for.
    ///
    /// # Errors
    /// `NotFound`, and `NotADirectory` if it goes on below a file.
    pub(super) fn find(&self, path: &Path) -> io::Result<Node> {
        self.walk(path).map(|(_, node)| node)
    }

    fn walk<'a>(&self, path: &'a Path) -> io::Result<(Way<'a>, Node)> {
        let mut way: Way<'a> = Vec::new();
        let mut here = Node::Directory(Arc::clone(&self.root));
        for component in path.components() {
            let Node::Directory(directory) = &here else { return Err(io::ErrorKind::NotADirectory.into()) };
            here = match component {
                Component::Normal(name) => {
                    let next = directory.get(name).ok_or(io::ErrorKind::NotFound)?;
                    way.push((name, Arc::clone(directory)));
                    next
                }
                Component::ParentDir => {
                    Node::Directory(way.pop().map_or_else(|| Arc::clone(&self.root), |(_, above)| above))
                }
                _ => continue,
            };
        }
        Ok((way, here))
    }

    /// The path from the root on.
    ///
    /// # Errors
    /// As [`Tree::find`].
    pub(super) fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
        let (way, _) = self.walk(path)?;
        let mut real = PathBuf::from("/");
        real.extend(way.iter().map(|(name, _)| name));
        Ok(real)
    }

    /// The directory in which `path` is, or would be, and its name there.
    ///
    /// # Errors
    /// As [`Tree::find`] of that directory.
    pub(super) fn parent<'a>(&self, path: &'a Path) -> io::Result<(Arc<Directory>, &'a OsStr)> {
        self.place(path).map(|place| (place.directory, place.name))
    }

    fn place<'a>(&self, path: &'a Path) -> io::Result<Place<'a>> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let (way, node) = self.walk(path.parent().unwrap_or(Path::new("")))?;
        let Node::Directory(directory) = node else { return Err(io::ErrorKind::NotADirectory.into()) };
        let mut above: Vec<Arc<Directory>> = way.into_iter().map(|(_, one)| one).collect();
        above.push(Arc::clone(&directory));
        Ok(Place { above, directory, name })
    }

    /// Renames; `step` gives the number of that, if it is done.
    ///
    /// # Errors
    /// Those of Linux, in its order.
    pub(super) fn rename(&self, from: &Path, to: &Path, step: impl FnOnce() -> u64) -> io::Result<()> {
        let (source, target) = (self.place(from)?, self.place(to)?);
        let node = source.directory.get(source.name).ok_or(io::ErrorKind::NotFound)?;
        if target.is_in(&node) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        match (target.directory.get(target.name), &node) {
            (Some(there), _) if there.is_same(&node) => return Ok(()),
            (Some(there), _) if source.is_in(&there) => {
                return Err(io::ErrorKind::DirectoryNotEmpty.into());
            }
            (Some(Node::File(_)), Node::Directory(_)) => return Err(io::ErrorKind::NotADirectory.into()),
            (Some(Node::Directory(_)), Node::File(_)) => return Err(io::ErrorKind::IsADirectory.into()),
            (Some(Node::Directory(there)), Node::Directory(_)) if !there.is_empty() => {
                return Err(io::ErrorKind::DirectoryNotEmpty.into());
            }
            _ => {}
        }
        let step = step();
        source.directory.set(source.name, None, step);
        target.directory.set(target.name, Some(node), step);
        Ok(())
    }
}
