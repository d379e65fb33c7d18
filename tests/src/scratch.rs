//! Where tests write what is gone when they end.

use std::path::Path;

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
