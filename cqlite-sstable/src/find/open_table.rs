//! Opening all SSTables of a table before the first row is read.

use super::found::FoundTable;
use crate::descriptor::Descriptor;
use crate::error::{Error, ErrorKind, Result};
use crate::reader::{Access, HeldFiles, Sstable};

/// How often the directories are listed again because a file went away.
const ATTEMPTS: usize = 10;

/// How many files of an SSTable stay open: data, index, summary or rows, filter, compression or checksums.
const FILES_OF_SSTABLE: u64 = 5;

/// How many descriptors are left to the rest of the process.
const RESERVED_DESCRIPTORS: u64 = 64;

/// A table of which all SSTables are open. What a node removes meanwhile can be read all the same.
#[derive(Debug)]
pub struct OpenTable {
    /// The table as it was when they were opened.
    pub table: FoundTable,
    /// In the order of the table's descriptors.
    pub sstables: Vec<Sstable>,
}

impl OpenTable {
    /// Opens all SSTables of `table`. Where one went away since it was found, because a node compacted it,
    /// the directories are listed again: all are of one moment. At most `descriptors` files are open at a
    /// time; [`descriptor_budget`] tells how many there may be.
    ///
    /// # Errors
    /// If they cannot be read as one table, an SSTable cannot be opened, or there are too many.
    pub fn open(mut table: FoundTable, access: Access, descriptors: u64) -> Result<Self> {
        let mut attempt = 0_usize;
        loop {
            if let Some(error) = table.obstacles.pop() {
                return Err(error);
            }
            check_budget(&table, descriptors)?;
            attempt = attempt.saturating_add(1);
            let opened: Result<Vec<Sstable>> =
                table.sstables.iter().map(|one| open_held(one, access)).collect();
            match opened {
                Ok(sstables) => return Ok(Self { table, sstables }),
                Err(error) if error.kind() != ErrorKind::Missing || attempt == ATTEMPTS => return Err(error),
                Err(error) => {
                    let again = table.listed_again()?;
                    // What is missing in a directory that stands still has been missing before.
                    if again.sstables == table.sstables {
                        return Err(error);
                    }
                    table = again;
                }
            }
        }
    }
}

/// Whether so many descriptors suffice to hold all SSTables of a table open.
pub(super) fn fits(sstables: usize, descriptors: u64) -> bool {
    (sstables as u64).saturating_mul(FILES_OF_SSTABLE) <= descriptors
}

fn check_budget(table: &FoundTable, descriptors: u64) -> Result<()> {
    let count = table.sstables.len();
    if fits(count, descriptors) {
        return Ok(());
    }
    let wanted = (count as u64).saturating_mul(FILES_OF_SSTABLE);
    Err(Error::new(
        ErrorKind::Io,
        format!(
            "the {count} SSTables of {} have {wanted} files to hold open, but only {descriptors} are allowed",
            table.title()
        ),
    )
    .at(table.place())
    .advise(format!("allow more with: ulimit -n {}", wanted.saturating_add(RESERVED_DESCRIPTORS))))
}

fn open_held(descriptor: &Descriptor, access: Access) -> Result<Sstable> {
    Sstable::open_files(Box::new(HeldFiles::open(descriptor, access)?), descriptor.version())
}

/// How many files this process may hold open for SSTables: its limit (`ulimit -n`) less some for the rest.
pub fn descriptor_budget() -> u64 {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    limit.current.map_or(u64::MAX, |limit| limit.saturating_sub(RESERVED_DESCRIPTORS))
}
