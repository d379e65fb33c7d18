//! The file of earlier runs.

use std::{
    fs::{self, File},
    io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
};

use rustix::fs::{FlockOperation, flock};
use serde::Deserialize;

use super::HistoryEntry;
use crate::{Error, Result, error::Doing as _};

/// Earlier runs, one a line of a file, and what is wrong with lines that could not be read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// The runs, in the order in which they were appended.
    pub entries: Vec<HistoryEntry>,
    /// What is wrong with the other lines.
    pub problems: Vec<LineProblem>,
}

/// What is wrong with a line of the history. It is left where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineProblem {
    /// The number of the line, from one.
    pub line: usize,
    /// What is wrong.
    pub why: String,
}

impl History {
    /// Reads the file; one that is not there is an empty history.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = match fs::read(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            read => read.doing(|| format!("read {}", path.display()))?,
        };
        Ok(Self::parse(&bytes))
    }

    /// Reads the lines.
    pub fn parse(bytes: &[u8]) -> Self {
        let mut history = Self::default();
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            match entry(line) {
                Ok(entry) => history.entries.push(entry),
                Err(why) => history.problems.push(LineProblem { line: index + 1, why }),
            }
        }
        history
    }

    /// Appends a run to the file as one line, whole or not at all: others that append wait for each other, what could not be
    /// written whole is taken back, and a line that a killed run left unfinished does not swallow this one.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn append(path: &Path, entry: &HistoryEntry) -> Result<()> {
        let doing = || format!("append to {}", path.display());
        let mut line = serde_json::to_vec(entry).map_err(|error| Error::said(doing(), error.to_string()))?;
        line.push(b'\n');
        let mut file = File::options().read(true).append(true).create(true).open(path).doing(doing)?;
        flock(&file, FlockOperation::LockExclusive).doing(doing)?;
        let length = file.metadata().doing(doing)?.len();
        if length > 0 {
            let mut last = [0];
            file.seek(SeekFrom::Start(length - 1)).doing(doing)?;
            file.read_exact(&mut last).doing(doing)?;
            if last != *b"\n" {
                line.insert(0, b'\n');
            }
        }
        let written = file.write_all(&line).and_then(|()| file.sync_data());
        if written.is_err() {
            // What cannot be taken back is a damaged line, which the next reader tells of.
            let _left = file.set_len(length);
        }
        written.doing(doing)
    }
}

fn entry(line: &[u8]) -> Result<HistoryEntry, String> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let damaged = |error: serde_json::Error| format!("it is damaged: {error}");
    let Format { format } = serde_json::from_slice(line).map_err(damaged)?;
    if format > HistoryEntry::FORMAT {
        return Err(format!("its format {format} is newer than {}", HistoryEntry::FORMAT));
    }
    serde_json::from_slice(line).map_err(damaged)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::super::{Better, Spread, Unit};
    use super::super::HistoryFigure;
    use super::*;

    fn run(began_at: u64) -> HistoryEntry {
        let spread = Spread::of(&[1.0 / 3.0, 0.5]).map(|spread| Spread {
            median: 0.25,
            variation: 0.1,
            min: 0.2,
            ..spread
        });
        let figure =
            HistoryFigure { unit: Unit::Seconds, better: Some(Better::Lower), spread: spread.unwrap() };
        let figures = BTreeMap::from([("reads \"<&\n".to_owned(), figure)]);
        HistoryEntry::new(began_at, BTreeMap::new(), Some("machine".to_owned()), BTreeMap::new(), figures)
    }

    #[test]
    fn what_is_appended_is_read_again_in_its_order() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("history.jsonl");
        assert_eq!(History::read(&path).unwrap(), History::default());
        for began_at in 0..3 {
            History::append(&path, &run(began_at)).unwrap();
        }
        let history = History::read(&path).unwrap();
        assert_eq!(history.entries, [run(0), run(1), run(2)]);
        assert_eq!(history.problems, []);
    }

    #[test]
    fn a_damaged_or_newer_line_is_told_of_and_the_others_are_read() {
        let whole = serde_json::to_string(&run(7)).unwrap();
        let newer = whole.replacen("\"format\":1", "\"format\":2", 1);
        let text =
            [whole.as_bytes(), b"{\"format\":1,", newer.as_bytes(), b"", b"\xFF\xFE", whole.as_bytes()];
        let history = History::parse(&text.join(&b'\n'));
        assert_eq!(history.entries, [run(7), run(7)]);
        let told =
            history.problems.iter().map(|problem| (problem.line, problem.why.as_str())).collect::<Vec<_>>();
        assert!(
            matches!(
                told[..],
                [(2, damaged), (3, "its format 2 is newer than 1"), (5, other)]
                    if damaged.starts_with("it is damaged") && other.starts_with("it is damaged")
            ),
            "{told:?}"
        );
    }

    #[test]
    fn a_line_that_was_left_unfinished_does_not_swallow_the_next() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("history.jsonl");
        History::append(&path, &run(1)).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend_from_slice(br#"{"format":1,"began_at":2,"#);
        fs::write(&path, &bytes).unwrap();
        History::append(&path, &run(3)).unwrap();
        let history = History::read(&path).unwrap();
        assert_eq!(history.entries, [run(1), run(3)]);
        assert_eq!(history.problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn runs_that_append_at_once_lose_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("history.jsonl");
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    (0..10).for_each(|turn| History::append(path, &run(thread * 10 + turn)).unwrap());
                });
            }
        });
        let history = History::read(&path).unwrap();
        let mut began = history.entries.iter().map(|entry| entry.began_at).collect::<Vec<_>>();
        began.sort_unstable();
        assert_eq!(began, (0..80).collect::<Vec<_>>());
        assert_eq!(history.problems, []);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let error = History::append(directory.path(), &run(1)).unwrap_err();
        assert!(error.to_string().contains("append to"), "{error}");
    }
}
