//! The rows that an import refused.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use cqlite_sstable::tools::import::{RefusedRow, RefusedRows};
use cqlite_sstable::{Error, Result};

use crate::terminal;

/// Rows told to a person one by one; more are only counted.
const TOLD_ROWS: usize = 10;

/// The rows that were refused: the first of them are told, all go to a new file where one is wanted.
pub struct Refused {
    count: usize,
    told: Vec<String>,
    file: Option<(PathBuf, BufWriter<File>)>,
}

impl Refused {
    pub fn new(path: Option<&Path>) -> Result<Self> {
        let make = |path: &Path| -> Result<(PathBuf, BufWriter<File>)> {
            let file = File::create_new(path).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => {
                    Error::invalid_input("there is a file already, which the refused rows would replace")
                        .at(path)
                        .advise("name another one with --rejects, or move this one away")
                }
                _ => Error::output(error).at(path),
            })?;
            Ok((path.to_owned(), BufWriter::new(file)))
        };
        Ok(Self { count: 0, told: Vec::new(), file: path.map(make).transpose()? })
    }

    /// Tells of them, and completes the file; without refused rows there is none.
    pub fn finish(&mut self) -> Result<()> {
        self.told.iter().for_each(terminal::warning);
        if self.count > self.told.len() {
            terminal::warning(format!("{} more rows are refused", self.count - self.told.len()));
        }
        match &mut self.file {
            Some((path, _)) if self.count == 0 => {
                fs::remove_file(&*path).map_err(|error| Error::output(error).at(path))
            }
            Some((path, file)) => file.flush().map_err(|error| Error::output(error).at(path)),
            None => Ok(()),
        }
    }
}

impl RefusedRows for Refused {
    fn refused(&mut self, row: &RefusedRow<'_>) -> Result<()> {
        self.count += 1;
        if self.told.len() < TOLD_ROWS {
            self.told.push(format!("{}, line {}: {}", row.path.display(), row.line, row.message));
        }
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        let ends_line = row.text.ends_with(b"\n");
        let written =
            file.write_all(row.text).and_then(|()| file.write_all(if ends_line { b"" } else { b"\n" }));
        written.map_err(|error| Error::output(error).at(path.as_path()))
    }
}
