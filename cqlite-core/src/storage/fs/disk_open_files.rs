//! How many files are open to be read.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use quick_cache::sync::Cache;
use rustix::process::{Resource, getrlimit};

/// No more are kept open, however many the process may have.
const MOST: u64 = 4096;

/// So many are kept open, however few it may have.
const FEWEST: u64 = 8;

/// The files of this process that are open to be read. The limit on descriptors is that of the process, and so is this.
static OPEN: LazyLock<OpenFiles> = LazyLock::new(OpenFiles::within_limit);

/// Files that are open to be read, at most so many that half of the descriptors of the process are left for others. One that
/// was not read for long is closed, and opened again when it is read.
#[derive(Debug)]
pub(super) struct OpenFiles {
    files: Cache<u64, Arc<File>>,
    next: AtomicU64,
    /// How many more files may be held open beside them, whatever is read.
    holdable: AtomicU64,
}

impl OpenFiles {
    /// Those of this process.
    pub(super) fn of_process() -> &'static Self {
        &OPEN
    }

    fn within_limit() -> Self {
        let limit = getrlimit(Resource::Nofile).current.unwrap_or(2 * MOST);
        Self::with_capacity((limit / 2).clamp(FEWEST, MOST))
    }

    fn with_capacity(files: u64) -> Self {
        let capacity = usize::try_from(files).unwrap_or(usize::MAX);
        let holdable = AtomicU64::new(files / 2);
        Self { files: Cache::new(capacity), next: AtomicU64::new(0), holdable }
    }

    /// Takes in a file that was opened, under a number that no other has.
    pub(super) fn insert(&self, file: File) -> u64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.files.insert(number, Arc::new(file));
        number
    }

    /// The file of a number. If it was closed, it is opened again.
    ///
    /// # Errors
    /// What the operating system says when it is opened.
    #[inline]
    pub(super) fn get(&self, number: u64, path: &Path) -> io::Result<Arc<File>> {
        match self.files.get(&number) {
            Some(file) => Ok(file),
            None => self.open_again(number, path),
        }
    }

    #[cold]
    fn open_again(&self, number: u64, path: &Path) -> io::Result<Arc<File>> {
        let file = Arc::new(File::open(path)?);
        self.files.insert(number, Arc::clone(&file));
        Ok(file)
    }

    /// Counts a file that is held open from now on. False, and it is not to be held, if there are too many.
    pub(super) fn hold(&self) -> bool {
        let less = |holdable: u64| holdable.checked_sub(1);
        self.holdable.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }

    /// A file is not held open any more.
    pub(super) fn release(&self) {
        self.holdable.fetch_add(1, Ordering::Relaxed);
    }

    /// Closes a file that nobody reads any more.
    pub(super) fn remove(&self, number: u64) {
        self.files.remove(&number);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt as _;

    use super::*;

    #[test]
    fn more_files_can_be_read_than_are_open() {
        let place = tempfile::tempdir().unwrap();
        let open = OpenFiles::with_capacity(8);
        let path = |number: u8| place.path().join(number.to_string());
        let numbers: Vec<(u8, u64)> = (0..100)
            .map(|number| {
                std::fs::write(path(number), [number; 10]).unwrap();
                (number, open.insert(File::open(path(number)).unwrap()))
            })
            .collect();
        for _ in 0..3 {
            for (content, number) in &numbers {
                let mut read = [0; 10];
                open.get(*number, &path(*content)).unwrap().read_exact_at(&mut read, 0).unwrap();
                assert_eq!(read, [*content; 10]);
                assert!(open.files.len() <= 8);
            }
        }
        for (_, number) in numbers {
            open.remove(number);
        }
        assert_eq!(open.files.len(), 0);
    }

    #[test]
    fn no_more_files_are_held_than_leave_room_for_others() {
        let open = OpenFiles::with_capacity(8);
        let held = (0..10).filter(|_| open.hold()).count();
        assert_eq!(held, 4);
        open.release();
        assert!(open.hold() && !open.hold());
    }
}
