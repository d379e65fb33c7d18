//! Outputs that become visible together, or not at all (`db.lifecycle.LogTransaction`).
//!
//! A log beside the SSTables says what is new and what goes away. As long as it has no record of a commit, a reader
//! leaves the new ones out, and as soon as it has one, the old ones: [`crate::find`] and Cassandra decide alike, by
//! the same records. So the order of steps is all there is to it; each is synced before the next one begins:
//!
//! 1. the record ADD of an SSTable, and with the first one the directory, in which the log is new;
//! 2. the files of the SSTable;
//! 3. the directory, in which those are new;
//! 4. the record REMOVE of each SSTable that goes away;
//! 5. the record COMMIT;
//! 6. the files that go away are removed but for the one of each SSTable that was changed last: as long as others are
//!    there, it tells that nobody has put them there anew;
//! 7. the directory, then those that were left, the directory again, and only then the log.

mod commit_failure;
mod obsolete;
mod operation;

use std::fmt;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use super::TimeUuid;
use crate::component::Component;
use crate::descriptor::{Descriptor, SstableId};
use crate::error::{Error, ErrorKind, Result};
use crate::find::transaction_log::{Record, RecordKind, log_name};
use crate::io::{OutputDirectory, OutputFile};
use crate::version::Version;

pub use commit_failure::CommitFailure;
pub use obsolete::Obsolete;
pub use operation::Operation;

/// New SSTables of one directory, and old ones that they replace. Dropped without [`Transaction::commit`], it removes
/// what is new.
pub struct Transaction {
    directory: Arc<dyn OutputDirectory>,
    /// The directory as records name it.
    place: String,
    name: String,
    log: Option<Box<dyn OutputFile>>,
    /// Whether the last line of the log may be there in part: nothing may follow it.
    is_cut_off: bool,
    /// What the names of new files begin with: `nb-5-big-`.
    added: Vec<String>,
    obsolete: Vec<Obsolete>,
    /// Whether nothing is left to do when it is dropped.
    has_ended: bool,
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Transaction({} of {:?})", self.name, self.added)
    }
}

impl Transaction {
    /// A transaction in `directory`; `version` is that of the SSTables. No file is made yet.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] if the path of the directory cannot stand in a log: with a comma, a line break, or
    /// if it is not text.
    ///
    /// # Example
    /// ```
    /// use std::sync::Arc;
    /// use cqlite_sstable::io::{MemoryDirectory, OutputDirectory as _};
    /// use cqlite_sstable::writer::{Operation, SstableIds, Transaction};
    /// use cqlite_sstable::{Component, Format, Version};
    ///
    /// let (directory, version) = (MemoryDirectory::new("/table"), Version::parse("nb", Format::Big)?);
    /// let mut transaction = Transaction::begin(Arc::new(directory.clone()), Operation::Write, version)?;
    /// let sstable = transaction.add(version, SstableIds::from(7).next_id()?)?;
    /// assert_eq!(sstable.file(Component::Data).to_str(), Some("/table/nb-7-big-Data.db"));
    /// assert_eq!(directory.names().unwrap().len(), 1, "the log");
    /// drop(transaction);
    /// assert!(directory.names().unwrap().is_empty());
    /// # Ok::<(), cqlite_sstable::Error>(())
    /// ```
    pub fn begin(
        directory: Arc<dyn OutputDirectory>,
        operation: Operation,
        version: Version,
    ) -> Result<Self> {
        let place = place_of(&*directory)?;
        let name = log_name(version, operation.name(), TimeUuid::next().to_uuid());
        let (added, obsolete) = (Vec::new(), Vec::new());
        Ok(Self { directory, place, name, log: None, is_cut_off: false, added, obsolete, has_ended: false })
    }

    /// The directory.
    pub fn directory(&self) -> &Arc<dyn OutputDirectory> {
        &self.directory
    }

    /// Announces a new SSTable. Only then may its files be made.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] if there is an SSTable of this id already, and if the log cannot be written.
    pub fn add(&mut self, version: Version, id: SstableId) -> Result<Descriptor> {
        let descriptor = Descriptor::new(self.directory.path(), version, id);
        self.refuse_existing(&descriptor)?;
        let prefix = format!("{}-", descriptor.stem());
        let components = Component::ALL.into_iter().filter(|one| one.is_of(version.format()));
        // Of the two that tell of chunks, each SSTable has one.
        let files = components.count().saturating_sub(1);
        self.append(RecordKind::Add, &prefix, 0, files)?;
        self.added.push(prefix);
        Ok(descriptor)
    }

    fn refuse_existing(&self, new: &Descriptor) -> Result<()> {
        let names = self.directory.names().map_err(|error| Error::io(self.directory.path(), error))?;
        let is_it = |name: &String| {
            Descriptor::from_file(Path::new(name)).is_ok_and(|known| known.id() == new.id())
                || name.strip_prefix(new.stem()).is_some_and(|rest| rest.starts_with('-'))
        };
        match names.iter().find(|name| is_it(name)) {
            None => Ok(()),
            Some(name) => {
                Err(Error::invalid_input(format!("there is an SSTable with the id {} already", new.id()))
                    .at(self.directory.path().join(name))
                    .advise("it is not written over: choose another directory, or other ids by --first-id"))
            }
        }
    }

    /// Announces that an SSTable goes away with the commit. Its files are removed by [`Committed::finish`].
    ///
    /// # Errors
    /// If the log cannot be written.
    pub fn remove(&mut self, obsolete: Obsolete) -> Result<()> {
        self.append(RecordKind::Remove, &obsolete.prefix, obsolete.modified_millis, obsolete.names.len())?;
        self.obsolete.push(obsolete);
        Ok(())
    }

    /// Makes the new SSTables visible in place of the old ones. All their files must be complete and synced.
    ///
    /// # Errors
    /// If the directory cannot be synced or the log cannot be written: the new SSTables are removed. One case is left
    /// to the next reader, [`CommitFailure::Undecided`]: where only the sync of the last record failed, nobody knows
    /// whether it lasts, and the files stay as the log says that they are.
    pub fn commit(mut self) -> Result<Committed, CommitFailure> {
        let synced = self.directory.sync().map_err(|error| unwritten(self.directory.path(), error));
        synced.map_err(CommitFailure::Undone)?;
        match self.append(RecordKind::Commit, "", 0, 0) {
            Ok(()) => {}
            Err(error) if self.is_cut_off => return Err(CommitFailure::Undone(error)),
            Err(error) => {
                self.has_ended = true;
                return Err(CommitFailure::Undecided(error.advise(
                    "the SSTables are complete, but whether they are there after a power cut is not known: check the disk",
                )));
            }
        }
        self.has_ended = true;
        Ok(Committed {
            directory: Arc::clone(&self.directory),
            log: self.log.take().map(|_| self.name.clone()),
            obsolete: std::mem::take(&mut self.obsolete),
        })
    }

    /// Gives the transaction up: what is new is removed, and the log.
    ///
    /// # Errors
    /// If a file cannot be removed: the log stays, and hides what is left.
    pub fn abort(mut self) -> Result<()> {
        self.undo()
    }

    fn undo(&mut self) -> Result<()> {
        self.has_ended = true;
        if self.log.is_none() {
            return Ok(());
        }
        if !self.is_cut_off {
            // The log says the same without it.
            let _ = self.append(RecordKind::Abort, "", 0, 0);
        }
        let is_new = |name: &str| self.added.iter().any(|prefix| obsolete::is_component(name, prefix));
        remove_files(&*self.directory, is_new, &self.name).map_err(|(name, error)| {
            Error::new(ErrorKind::Output, format!("what is not complete cannot be removed: {error}"))
                .at(self.directory.path().join(name))
                .advise("the transaction log beside it hides it from Cassandra; remove both")
        })
    }

    /// Writes a record, and makes sure that it stays.
    fn append(&mut self, kind: RecordKind, prefix: &str, modified_millis: i64, files: usize) -> Result<()> {
        let path = self.directory.path().join(&self.name);
        if self.is_cut_off {
            return Err(Error::new(ErrorKind::Output, "the transaction log is cut off since a write failed")
                .at(path)
                .advise("give the transaction up"));
        }
        let prefix = if prefix.is_empty() { String::new() } else { format!("{}{prefix}", self.place) };
        let line = Record::line(kind, &prefix, modified_millis, i32::try_from(files).unwrap_or(i32::MAX));
        let is_first = self.log.is_none();
        let written = self.write_line(&line);
        let written = if is_first { written.and_then(|()| self.directory.sync()) } else { written };
        written.map_err(|error| unwritten(&path, error))
    }

    fn write_line(&mut self, line: &str) -> io::Result<()> {
        let log = match &mut self.log {
            Some(log) => log,
            None => self.log.insert(self.directory.create(&self.name)?),
        };
        self.is_cut_off = true;
        log.write_all(line.as_bytes())?;
        log.flush()?;
        self.is_cut_off = false;
        log.sync()
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if !self.has_ended {
            // What stays is hidden by the log.
            let _ = self.undo();
        }
    }
}

/// A transaction whose new SSTables are visible. Until [`Committed::finish`], the old ones are still there for those
/// who read them, and the log hides them from everyone else.
#[derive(Debug)]
#[must_use = "the log stays until it is finished"]
pub struct Committed {
    directory: Arc<dyn OutputDirectory>,
    log: Option<String>,
    obsolete: Vec<Obsolete>,
}

impl Committed {
    /// One that was found: `log` in `directory` says that it is committed, and these SSTables in there go away with it.
    pub fn found(directory: Arc<dyn OutputDirectory>, log: String, obsolete: Vec<Obsolete>) -> Self {
        Self { directory, log: Some(log), obsolete }
    }

    /// Removes what was replaced, then the log.
    ///
    /// # Errors
    /// If a file cannot be removed. Nothing is lost: the log stays, and says the same.
    pub fn finish(self) -> Result<()> {
        let Some(log) = self.log else { return Ok(()) };
        let failed = |name: &str, error: io::Error| {
            Error::new(ErrorKind::Output, format!("what is replaced cannot be removed: {error}"))
                .at(self.directory.path().join(name))
                .advise("the new SSTables are in place; a node removes the rest when it starts")
        };
        let remove = |name: &str| match self.directory.remove(name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(name, error)),
            _ => Ok(()),
        };
        let is_last = |one: &Obsolete, name: &String| one.last_name() == Some(name.as_str());
        for one in &self.obsolete {
            one.names.iter().filter(|name| !is_last(one, name)).try_for_each(|name| remove(name))?;
        }
        if !self.obsolete.is_empty() {
            self.directory.sync().map_err(|error| failed(&log, error))?;
        }
        self.obsolete.iter().filter_map(Obsolete::last_name).try_for_each(remove)?;
        remove_log(&*self.directory, &log).map_err(|error| failed(&log, error))
    }
}

/// Removes the files that are meant, and then the log that told of them.
fn remove_files(
    directory: &dyn OutputDirectory,
    is_meant: impl Fn(&str) -> bool,
    log: &str,
) -> Result<(), (String, io::Error)> {
    let names = directory.names().map_err(|error| (String::new(), error))?;
    for name in names.into_iter().filter(|name| is_meant(name)) {
        directory.remove(&name).map_err(|error| (name, error))?;
    }
    remove_log(directory, log).map_err(|error| (log.to_owned(), error))
}

/// The removals of files must last before that of the log.
fn remove_log(directory: &dyn OutputDirectory, log: &str) -> io::Result<()> {
    directory.sync()?;
    directory.remove(log)?;
    directory.sync()
}

/// The path that records begin with: without links, as Cassandra compares it with that of the directory it reads.
fn place_of(directory: &dyn OutputDirectory) -> Result<String> {
    let real = directory.real_path().map_err(|error| Error::io(directory.path(), error))?;
    match real.to_str() {
        Some(path) if !path.contains([',', '\n', '\r']) => Ok(format!("{}/", path.trim_end_matches('/'))),
        _ => Err(Error::invalid_input(
            "the path of the directory cannot stand in a transaction log of Cassandra",
        )
        .at(directory.path())
        .advise("choose one without commas and line breaks")),
    }
}

fn unwritten(path: &Path, error: io::Error) -> Error {
    Error::output(error).at(path)
}

#[cfg(test)]
mod tests;
