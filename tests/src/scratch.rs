//! Where tests write what is gone when they end.

use std::{fs, path::Path};

use tempfile::TempDir;

/// The file system in memory that Linux has.
const IN_MEMORY: &str = "/dev/shm";

/// A new directory, removed when dropped: in memory where the system has a place for that, since what the library and
/// a node write they also sync, and thousands of small files cost a disk more time than all else in a test.
///
/// # Panics
/// If none can be made.
pub fn directory() -> TempDir {
    let in_memory = Path::new(IN_MEMORY).is_dir().then(|| tempfile::tempdir_in(IN_MEMORY).ok()).flatten();
    in_memory.unwrap_or_else(|| tempfile::tempdir().expect("a temporary directory can be made"))
}

/// Copies a directory with all that is in it, and when that was changed last, by which transaction logs know files.
///
/// # Panics
/// If a file cannot be read or written.
pub fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory can be made");
    for entry in fs::read_dir(from).expect("the directory can be listed").flatten() {
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy_all(&entry.path(), &target),
            // Not its mode: what is copied may be for readers only.
            false => {
                let bytes = fs::read(entry.path()).expect("a file can be read");
                fs::write(&target, bytes).expect("there is room for a copy");
                let modified = entry.metadata().and_then(|file| file.modified()).expect("a file has a time");
                let copy = fs::File::options().write(true).open(target).expect("the copy can be opened");
                copy.set_modified(modified).expect("a file's time can be set");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_new_and_can_be_written_to() {
        let (one, other) = (directory(), directory());
        assert_ne!(one.path(), other.path());
        std::fs::write(one.path().join("file"), "x").unwrap();
    }
}
