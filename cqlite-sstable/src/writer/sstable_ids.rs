//! Ids for new SSTables.

use std::fs;
use std::path::{Path, PathBuf};

use super::TimeUuid;
use crate::descriptor::SstableId;
use crate::error::{Error, ErrorKind, Result};
use crate::find::transaction_log::{Record, is_log_name};

/// Cassandra keeps ids in 32 bits with a sign.
const LAST: u32 = i32::MAX as u32;

/// The ids of the SSTables that are written next, each later than those before (`SSTableIdFactory`).
#[derive(Debug)]
pub struct SstableIds {
    next: Next,
}

#[derive(Debug)]
enum Next {
    Sequence(u32),
    Uuid,
}

impl SstableIds {
    /// Numbers from `first` on.
    pub fn from(first: u32) -> Self {
        Self { next: Next::Sequence(first) }
    }

    /// Time UUIDs.
    pub fn uuids() -> Self {
        Self { next: Next::Uuid }
    }

    /// Numbers behind all that are used in these directories, or time UUIDs. A number is used if any file is
    /// named by it, also a temporary one, or a record of a transaction log. A directory that is not there uses none.
    ///
    /// # Errors
    /// If a directory or a log cannot be read.
    pub fn free_in(directories: &[PathBuf], uuids: bool) -> Result<Self> {
        if uuids {
            return Ok(Self::uuids());
        }
        let mut last = 0;
        for directory in directories {
            last = last.max(last_used(directory)?);
        }
        Ok(Self::from(last.saturating_add(1)))
    }

    /// The next id.
    ///
    /// # Errors
    /// If there are no more numbers.
    pub fn next_id(&mut self) -> Result<SstableId> {
        match &mut self.next {
            Next::Uuid => Ok(TimeUuid::next().to_sstable_id()),
            Next::Sequence(number) if *number <= LAST => {
                let id = SstableId::Sequence(*number);
                *number = number.saturating_add(1);
                Ok(id)
            }
            Next::Sequence(number) => {
                let told = format!("{number} is no id of an SSTable: the last one is {LAST}");
                Err(Error::new(ErrorKind::Output, told).advise("begin with a lower one, by --first-id"))
            }
        }
    }
}

fn last_used(directory: &Path) -> Result<u32> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        entries => entries.map_err(|error| Error::io(directory, error))?,
    };
    let mut last = 0;
    for entry in entries {
        let entry = entry.map_err(|error| Error::io(directory, error))?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        last = last.max(number_in(name).unwrap_or(0));
        if is_log_name(name) {
            let path = entry.path();
            let text = fs::read(&path).map_err(|error| Error::io(&path, error))?;
            last = last.max(last_in_log(&String::from_utf8_lossy(&text)));
        }
    }
    Ok(last)
}

fn last_in_log(text: &str) -> u32 {
    let records = text.lines().map(Record::parse);
    records.filter_map(|record| number_in(record.file_prefix())).max().unwrap_or(0)
}

/// The number in the name of a component, finished or not: `nb-12-big-Data.db.tmp`.
fn number_in(name: &str) -> Option<u32> {
    let mut parts = name.split('-');
    let (letters, id, _) = (parts.next()?, parts.next()?, parts.next()?);
    let is_version = letters.len() == 2 && letters.bytes().all(|letter| letter.is_ascii_lowercase());
    match SstableId::parse(id)? {
        SstableId::Sequence(number) if is_version => Some(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::find::transaction_log::RecordKind;

    fn next_after(names: &[(&str, &str)]) -> String {
        let place = tempfile::tempdir().unwrap();
        for (name, text) in names {
            fs::write(place.path().join(name), text).unwrap();
        }
        let directories = [place.path().to_owned(), place.path().join("missing")];
        SstableIds::free_in(&directories, false).unwrap().next_id().unwrap().to_string()
    }

    #[test]
    fn a_number_is_free_if_no_file_and_no_log_names_it() {
        assert_eq!(next_after(&[]), "1");
        assert_eq!(next_after(&[("nb-3-big-Data.db", ""), ("da-10-bti-Rows.db", "")]), "11");
        assert_eq!(next_after(&[("nb-3-big-Statistics.db.tmp", "")]), "4");
        assert_eq!(next_after(&[("backup-77-of-yesterday", ""), ("nb-1-big-TOC.txt", "")]), "2");
        let log = Record::line(RecordKind::Add, "/data/ks/t-1/nb-41-big-", 0, 8);
        assert_eq!(next_after(&[("nb_txn_write_d7b7a170-e57b-11f1-bdff-5d016f48fe5f.log", &log)]), "42");
    }

    #[test]
    fn uuids_do_not_count_and_are_made_where_they_are_wanted() {
        assert_eq!(next_after(&[("nb-3h5p_0ies_0ecze2l62lvb2dhkpi-big-Data.db", "")]), "1");
        let mut ids = SstableIds::free_in(&[], true).unwrap();
        assert!(ids.next_id().unwrap() < ids.next_id().unwrap());
    }

    #[test]
    fn behind_the_last_number_there_is_none() {
        let mut ids = SstableIds::from(LAST);
        assert_eq!(ids.next_id().unwrap(), SstableId::Sequence(LAST));
        assert_eq!(ids.next_id().unwrap_err().kind(), ErrorKind::Output);
    }
}
