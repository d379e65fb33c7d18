//! The SSTables of a table as of one moment, while a node may be writing and compacting.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::listing::Listing;
use super::table_files::TableFiles;
use super::transaction_log::{self, FilesNow, Record, RecordKind, TransactionLog, Verdict};
use crate::descriptor::Descriptor;
use crate::error::{Error, ErrorKind, Result};

/// How often directories are listed before they are given up: a table is not compacted that often in a
/// moment.
const ATTEMPTS: u32 = 20;

/// How often directories in which nothing changes are listed before a log is believed to be broken.
const PATIENT_ATTEMPTS: u32 = 8;

/// The SSTables of a table's directories that are part of the table (`db.lifecycle.LogAwareFileLister`).
#[derive(Debug, Default)]
pub struct LiveSet {
    /// By age.
    pub sstables: Vec<Descriptor>,
    /// What is left out, a sentence for each transaction.
    pub left_out: Vec<Error>,
    /// Transactions of which nobody can tell what they left out: all of theirs is in `sstables`.
    pub undecided: Vec<Error>,
    /// SSTables that cannot be read.
    pub refused: Vec<Error>,
    /// All other transactions that have a log.
    pub transactions: Vec<ToldTransaction>,
}

/// A transaction as its log tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldTransaction {
    /// Its log, in each of the directories in which that lies.
    pub logs: Vec<PathBuf>,
    /// Whether it is committed.
    pub is_committed: bool,
    /// What is not part of the table and of which there still are files: if it is committed what it replaced, else what
    /// it made.
    pub hidden: Vec<Descriptor>,
}

impl LiveSet {
    /// Lists `directories`, all of one table.
    ///
    /// Neither reading a directory nor reading several files happens at one moment. So the files are listed
    /// first, then the logs are read, then the files are listed again: ids are never used again, so where
    /// both lists are alike, all of it was true when the logs were read.
    ///
    /// # Errors
    /// If a directory cannot be read, or never stays the same for that long.
    pub fn list(files: &dyn TableFiles, directories: &[PathBuf]) -> Result<Self> {
        let mut before: Option<State> = None;
        for attempt in 0..ATTEMPTS {
            thread::sleep(Duration::from_millis(u64::from(attempt)));
            let first = State::read(files, directories)?;
            let mut listed = first.judge(files);
            let again = read_all(files, directories)?;
            let is_steady = stems(&first.listings).eq(stems(&again));
            // What is undecided may be half of a step that the node is taking.
            let is_decided = listed.undecided.is_empty()
                || (attempt >= PATIENT_ATTEMPTS && before.as_ref().is_some_and(|one| one.is_same(&first)));
            if is_steady && is_decided {
                let listings = first.listings.into_iter();
                listed.refused = listings.flat_map(|(_, listing)| listing.refused).collect();
                return Ok(listed);
            }
            before = Some(first);
        }
        let directory = directories.first().map_or(Path::new(""), PathBuf::as_path);
        Err(Error::new(ErrorKind::Io, "SSTables come and go faster than the directory can be listed")
            .at(directory)
            .advise("take a snapshot (nodetool snapshot) and read that"))
    }
}

/// SSTables by their directory and what the names of their files have in common.
type Stems<'a> = BTreeSet<(&'a Path, &'a str)>;

/// Listings and logs of one attempt.
#[derive(Debug)]
struct State {
    listings: Vec<(PathBuf, Listing)>,
    logs: Vec<TransactionLog>,
    unreadable: Vec<Error>,
}

impl State {
    fn read(files: &dyn TableFiles, directories: &[PathBuf]) -> Result<Self> {
        let listings = read_all(files, directories)?;
        let mut logs: BTreeMap<String, TransactionLog> = BTreeMap::new();
        let mut unreadable = Vec::new();
        // The logs are listed after the files: a log goes last.
        for (directory, listing) in read_all(files, directories)? {
            for name in listing.logs {
                match lines(files, &directory.join(&name)) {
                    Ok(Some(lines)) => {
                        let log = logs
                            .entry(name.clone())
                            .or_insert_with(|| TransactionLog { name, replicas: Vec::new() });
                        log.replicas.push((directory.clone(), lines));
                    }
                    Ok(None) => {}
                    Err(error) => unreadable.push(error),
                }
            }
        }
        Ok(Self { listings, logs: logs.into_values().collect(), unreadable })
    }

    fn is_same(&self, other: &Self) -> bool {
        let names = |one: &Self| -> Vec<Vec<String>> {
            one.listings.iter().map(|(_, listing)| listing.names.clone()).collect()
        };
        self.logs == other.logs && names(self) == names(other)
    }

    fn judge(&self, files: &dyn TableFiles) -> LiveSet {
        let mut set = LiveSet::default();
        let mut hidden: Stems<'_> = BTreeSet::new();
        for log in &self.logs {
            match self.hidden_by(files, log) {
                Ok((verdict, by_log)) => {
                    let count = by_log.difference(&hidden).count();
                    if count > 0 {
                        set.left_out.push(left_out(log, &verdict, count));
                    }
                    set.transactions.push(self.told(log, &verdict, &by_log));
                    hidden.extend(by_log);
                }
                Err(why) => set.undecided.push(undecided(log, &why)),
            }
        }
        set.undecided.extend(self.unreadable.iter().map(unreadable_log));
        for (directory, listing) in &self.listings {
            let visible = listing.sstables.iter();
            let visible = visible.filter(|(stem, _)| !hidden.contains(&(directory.as_path(), stem.as_str())));
            set.sstables.extend(visible.map(|(_, descriptor)| descriptor.clone()));
        }
        set.sstables
            .sort_by(|a, b| (a.id(), a.directory(), a.stem()).cmp(&(b.id(), b.directory(), b.stem())));
        set
    }

    fn told(&self, log: &TransactionLog, verdict: &Verdict, hidden: &Stems<'_>) -> ToldTransaction {
        let all = self.listings.iter().flat_map(|(_, listing)| listing.sstables.values());
        let is_hidden = |one: &&Descriptor| hidden.contains(&(one.directory(), one.stem()));
        ToldTransaction {
            logs: log.replicas.iter().map(|(directory, _)| directory.join(&log.name)).collect(),
            is_committed: *verdict == Verdict::HideRemoved,
            hidden: all.filter(is_hidden).cloned().collect(),
        }
    }

    /// The SSTables that `log` leaves out; as an error, why nobody can tell.
    fn hidden_by(
        &self,
        files: &dyn TableFiles,
        log: &TransactionLog,
    ) -> Result<(Verdict, Stems<'_>), String> {
        let records = log.records()?;
        let places = Places::new(files, log, &records);
        let now = |record: &Record| places.files_now(record, &self.listings);
        let verdict = transaction_log::judge(&records, now);
        let kind = match &verdict {
            Verdict::HideRemoved => RecordKind::Remove,
            Verdict::HideAdded => RecordKind::Add,
            Verdict::Undecided(why) => return Err(why.clone()),
        };
        let mut hidden = BTreeSet::new();
        for record in records.iter().filter(|record| record.is_valid() && record.kind() == Some(kind)) {
            for (directory, listing) in &self.listings {
                if places.may_hold(record, directory) {
                    let stem = record.file_prefix().strip_suffix('-').unwrap_or_default();
                    let known = listing.sstables.get_key_value(stem);
                    hidden.extend(known.map(|(stem, _)| (directory.as_path(), stem.as_str())));
                }
            }
        }
        Ok((verdict, hidden))
    }
}

/// In which directories the files of a log's records are looked for.
///
/// A record names the directory by its absolute path. Where that is one of those in which the log lies, only
/// files in there are meant. Where none is, all of it has been copied from elsewhere, and the names of files
/// alone tell: an id is used once in all directories of a table.
struct Places<'a> {
    files: &'a dyn TableFiles,
    replicas: Vec<(&'a Path, PathBuf)>,
    is_moved: bool,
    /// More directories than are here: files may lie in the others.
    is_part: bool,
}

impl<'a> Places<'a> {
    fn new(files: &'a dyn TableFiles, log: &'a TransactionLog, records: &[Record]) -> Self {
        let canonical = |path: &Path| files.real_path(path).unwrap_or_else(|_| path.to_owned());
        let replicas: Vec<(&Path, PathBuf)> =
            log.replicas.iter().map(|(directory, _)| (directory.as_path(), canonical(directory))).collect();
        let named: BTreeSet<PathBuf> = records.iter().filter_map(Record::directory).collect();
        let is_here = |path: &PathBuf| replicas.iter().any(|(_, known)| known == path);
        let is_moved = !named.iter().any(is_here);
        let is_part = named.len() > replicas.len();
        Self { files, replicas, is_moved, is_part }
    }

    fn may_hold(&self, record: &Record, directory: &Path) -> bool {
        self.replicas.iter().any(|(known, canonical)| {
            *known == directory && (self.is_moved || record.directory().as_ref() == Some(canonical))
        })
    }

    fn files_now(&self, record: &Record, listings: &[(PathBuf, Listing)]) -> FilesNow {
        let held = listings.iter().filter(|(directory, _)| self.may_hold(record, directory));
        let all =
            held.map(|(directory, listing)| listing.files_now(self.files, directory, record.file_prefix()));
        let most = all.max_by_key(|now| now.listed).unwrap_or_default();
        let is_elsewhere = self.is_moved && self.is_part && most.listed == 0;
        FilesNow { is_known: most.is_known && !is_elsewhere, ..most }
    }
}

fn left_out(log: &TransactionLog, verdict: &Verdict, count: usize) -> Error {
    let sstables = if count == 1 { "1 SSTable".to_owned() } else { format!("{count} SSTables") };
    let operation = log.operation();
    let message = match verdict {
        Verdict::HideRemoved if count == 1 => {
            format!("{sstables} that a finished {operation} replaced is left out")
        }
        Verdict::HideRemoved => format!("{sstables} that a finished {operation} replaced are left out"),
        _ if count == 1 => format!("{sstables} of an unfinished {operation} is left out"),
        _ => format!("{sstables} of an unfinished {operation} are left out"),
    };
    let directory = log.replicas.first().map(|(directory, _)| directory.join(&log.name)).unwrap_or_default();
    Error::invalid_input(message).at(directory)
}

fn undecided(log: &TransactionLog, why: &str) -> Error {
    let path = log.replicas.first().map(|(directory, _)| directory.join(&log.name)).unwrap_or_default();
    Error::corrupt(format!("the transaction log cannot be followed: {why}")).at(path).advise(
        "a node does not start on it either: compare its lines with the files, \
                 and remove what is not wanted",
    )
}

fn unreadable_log(error: &Error) -> Error {
    Error::new(error.kind(), format!("the transaction log cannot be followed: {}", error.message()))
        .at(error.path().unwrap_or(Path::new("")))
        .advise("without it nobody can tell which SSTables are part of the table")
}

fn read_all(files: &dyn TableFiles, directories: &[PathBuf]) -> Result<Vec<(PathBuf, Listing)>> {
    directories.iter().map(|directory| Ok((directory.clone(), Listing::read(files, directory)?))).collect()
}

fn stems(listings: &[(PathBuf, Listing)]) -> impl Iterator<Item = (&Path, &String)> {
    listings
        .iter()
        .flat_map(|(directory, listing)| listing.sstables.keys().map(|stem| (directory.as_path(), stem)))
}

/// No transaction log is larger: a line is a path, and a transaction has some thousand SSTables.
const LOG_LIMIT_BYTES: u64 = 256 * 1024 * 1024;

/// The lines of a log; none if it went away.
fn lines(files: &dyn TableFiles, path: &Path) -> Result<Option<Vec<String>>> {
    match files.read(path, LOG_LIMIT_BYTES) {
        Ok(bytes) => String::from_utf8(bytes)
            .map(|text| Some(text.lines().map(str::to_owned).collect()))
            .map_err(|_| Error::corrupt("it is not text").at(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            Err(Error::new(ErrorKind::Io, "it is too large for a log").at(path))
        }
        Err(error) => Err(Error::io(path, error)),
    }
}
