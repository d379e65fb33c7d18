//! What the shell is opened on.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cqlite_core::{Database, FilesReport};
use cqlite_sstable::{Error, ErrorKind, Result};

use super::Arguments;
use crate::terminal;

/// The file by which a directory is known as that of a database.
const LOCK: &str = "cqlite.lock";

/// What the shell is opened on.
pub struct Place {
    /// The database, or files as one.
    pub db: Database,
    /// What it is called.
    pub title: String,
}

impl Place {
    /// Opens what the arguments name, and tells how far it is only read.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn open(arguments: &Arguments) -> Result<Self> {
        if arguments.memory {
            let db = Database::in_memory()?.open()?;
            return Ok(Self { db, title: "a database in memory".to_owned() });
        }
        let first = arguments.paths.first().map(PathBuf::as_path);
        match (arguments.paths.as_slice(), first) {
            ([_], Some(path)) if is_database(path)? || arguments.write => {
                if arguments.files.are_given() {
                    let message =
                        "the directory is that of a database: options for somebody's files make no sense";
                    return Err(Error::invalid_input(message).at(path));
                }
                Self::database(path, arguments)
            }
            _ => Self::files(arguments),
        }
    }

    fn database(path: &Path, arguments: &Arguments) -> Result<Self> {
        let title = path.display().to_string();
        if arguments.read_only {
            return Ok(Self { db: Database::open_read_only(path)?, title });
        }
        match Database::open(path) {
            Ok(db) => Ok(Self { db, title }),
            Err(error)
                if error.path() == Some(&path.join(LOCK)) && error.kind() == ErrorKind::InvalidInput =>
            {
                terminal::warning(format!("{}: {}; it is only read here", path.display(), error.message()));
                Ok(Self { db: Database::open_read_only(path)?, title })
            }
            Err(error) => Err(error),
        }
    }

    fn files(arguments: &Arguments) -> Result<Self> {
        let options = arguments.files.options(Vec::new());
        let (db, report) = Database::open_files(&arguments.paths, &options)?;
        tell(&report);
        let paths: Vec<String> = arguments.paths.iter().map(|path| path.display().to_string()).collect();
        Ok(Self { db, title: format!("{} (files, only read)", paths.join(", ")) })
    }
}

/// Whether there is a database, or nothing at all, so that a new one can be made.
fn is_database(path: &Path) -> Result<bool> {
    let mut entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(!is_of_sstable(path)),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(false),
        Err(error) => return Err(Error::io(path, error)),
    };
    Ok(path.join(LOCK).exists() || entries.next().is_none())
}

/// Whether a path that is not there looks as if a file of an SSTable was meant.
fn is_of_sstable(path: &Path) -> bool {
    path.extension().is_some_and(|extension| matches!(extension.to_str(), Some("db" | "crc32" | "txt")))
}

/// Tells what was found of files and cannot be shown.
fn tell(report: &FilesReport) {
    report.warnings.iter().for_each(terminal::warning);
    let refused = report.refused.iter().map(|refused| &refused.error);
    report.errors.iter().chain(refused).for_each(terminal::error);
}
