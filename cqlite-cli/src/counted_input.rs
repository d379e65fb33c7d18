//! An input that tells how far it is read.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use cqlite_sstable::{Error, Result};

use crate::progress::Progress;

/// What is read at once.
const BUFFER_BYTES: usize = 128 * 1024;

/// A file, or standard input, with a bar where its length is known.
pub struct CountedInput<'p> {
    input: Box<dyn Read>,
    progress: &'p mut Progress,
    read_bytes: u64,
    total_bytes: Option<u64>,
}

impl<'p> CountedInput<'p> {
    /// Opens a file; `-` is standard input.
    pub fn open(file: &Path, progress: &'p mut Progress) -> Result<BufReader<Self>> {
        let (input, total_bytes): (Box<dyn Read>, _) = if file.as_os_str() == "-" {
            (Box::new(io::stdin().lock()), None)
        } else {
            progress.begin(format!("reading {}", file.display()));
            (Box::new(File::open(file).map_err(|error| Error::io(file, error))?), length_bytes(file))
        };
        let counted = Self { input, progress, read_bytes: 0, total_bytes };
        Ok(BufReader::with_capacity(BUFFER_BYTES, counted))
    }
}

/// The length of a regular file; nobody knows that of a pipe.
pub fn length_bytes(file: &Path) -> Option<u64> {
    file.metadata().ok().filter(std::fs::Metadata::is_file).map(|metadata| metadata.len())
}

impl Read for CountedInput<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(into)?;
        self.read_bytes = self.read_bytes.saturating_add(read as u64);
        match self.total_bytes {
            Some(total) if read > 0 => self.progress.at(self.read_bytes.min(total), total),
            _ => self.progress.hide(),
        }
        Ok(read)
    }
}
