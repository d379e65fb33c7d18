//! What can go wrong with an SSTable, told in one sentence: what, where, and what to do.

use std::fmt::{self, Write as _};
use std::io;
use std::path::{Path, PathBuf};

/// What can be done about most damage.
pub(crate) const RESTORE: &str = "restore the file from a snapshot or replica";

/// What the operating system says when a process, or the machine, has too many files open: `EMFILE`, `ENFILE`.
const TOO_MANY_FILES: [i32; 2] = [24, 23];

/// What can be done about that.
const MORE_FILES: &str = "let the process have more files open (ulimit -n)";

/// How much of a partition key an error shows: a key may have 64 KiB.
const SHOWN_KEY_CHARACTERS: usize = 100;

/// The result of everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of trouble an [`Error`] tells of. It decides the exit code of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operating system refused or failed: a permission, a vanished file, a device.
    Io,
    /// A file that is needed is not there.
    Missing,
    /// The bytes contradict the format or a checksum.
    Corrupt,
    /// Sound as far as can be told, but of a version, compressor or type that is not supported.
    Unsupported,
    /// The path is not what was expected there: no SSTable, or the wrong level of a directory tree.
    NotAnSstable,
    /// What was to be printed or written cannot be: a full disk, a closed pipe.
    Output,
    /// The caller asked for something that makes no sense for this SSTable or schema.
    InvalidInput,
}

/// An error with the place where it happened. Its `Display` is a complete sentence for a person.
///
/// # Example
/// ```
/// use cqlite_sstable::{Error, ErrorKind};
/// let error = Error::corrupt("the chunk fails its checksum").at("nb-1-big-Data.db").offset(4096);
/// assert_eq!(error.kind(), ErrorKind::Corrupt);
/// assert_eq!(error.to_string(), "nb-1-big-Data.db, offset 4096: the chunk fails its checksum");
/// ```
pub struct Error(Box<Detail>);

#[derive(Debug)]
struct Detail {
    kind: ErrorKind,
    message: String,
    path: Option<PathBuf>,
    offset: Option<u64>,
    partition: Option<String>,
    advice: Option<String>,
    source: Option<io::Error>,
}

impl Error {
    /// An error of `kind`; `message` has no full stop at its end and does not name the file.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Detail {
            kind,
            message: message.into(),
            path: None,
            offset: None,
            partition: None,
            advice: None,
            source: None,
        }))
    }

    /// Bytes that contradict the format or a checksum.
    pub fn corrupt(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Corrupt, message)
    }

    /// Something that is named but not supported.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    /// A request that makes no sense here.
    pub fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// A failed system call on `path`.
    pub fn io(path: &Path, error: io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::NotFound => ErrorKind::Missing,
            _ => ErrorKind::Io,
        };
        let message = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            io::ErrorKind::PermissionDenied => "the file may not be read (permission denied)".to_owned(),
            io::ErrorKind::NotADirectory => "a part of the path is a file, not a directory".to_owned(),
            io::ErrorKind::IsADirectory => "it is a directory where a file is expected".to_owned(),
            _ => format!("reading failed: {error}"),
        };
        let advice = match error.kind() {
            _ if is_out_of_files(&error) => Some(MORE_FILES),
            io::ErrorKind::NotFound => None,
            io::ErrorKind::PermissionDenied => Some("run this as a user who may read it"),
            io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => Some("check the path"),
            _ => Some("look for failures of the disk in the system's log"),
        };
        let mut made = Self::new(kind, message).at(path);
        made.0.advice = advice.map(str::to_owned);
        made.0.source = Some(error);
        made
    }

    /// A failed write of output. A closed pipe can be told by [`Error::is_closed_pipe`].
    pub fn output(error: io::Error) -> Self {
        let advice = match is_out_of_files(&error) {
            true => MORE_FILES,
            false => "check the place that it goes to, and start again",
        };
        let mut made =
            Self::new(ErrorKind::Output, format!("the output cannot be written: {error}")).advise(advice);
        made.0.source = Some(error);
        made
    }

    /// Whether the reader of the output went away, as `head` does when it has enough.
    pub fn is_closed_pipe(&self) -> bool {
        self.0.source.as_ref().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Says by which failed system call it came, unless that is known already.
    #[must_use]
    pub fn because(mut self, source: io::Error) -> Self {
        self.0.source.get_or_insert(source);
        self
    }

    /// Whether there was no room left on the disk.
    pub fn is_full_disk(&self) -> bool {
        let is_full = |error: &io::Error| {
            matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
        };
        self.0.source.as_ref().is_some_and(is_full)
    }

    /// Names the file, unless one is named already: the place nearest to the trouble wins.
    #[must_use]
    pub fn at(mut self, path: impl AsRef<Path>) -> Self {
        self.0.path.get_or_insert_with(|| path.as_ref().to_owned());
        self
    }

    /// Names the byte offset in the file, unless one is named already.
    #[must_use]
    pub fn offset(mut self, offset: u64) -> Self {
        self.0.offset.get_or_insert(offset);
        self
    }

    /// Names the partition key, as text, unless one is named already.
    #[must_use]
    pub fn partition(mut self, key: impl Into<String>) -> Self {
        self.0.partition.get_or_insert_with(|| {
            let key: String = key.into();
            match key.char_indices().nth(SHOWN_KEY_CHARACTERS) {
                Some((end, _)) => format!("{}...", key.get(..end).unwrap_or_default()),
                None => key,
            }
        });
        self
    }

    /// Says what a person can do about it: a sentence without a full stop at its end.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.0.advice.get_or_insert_with(|| advice.into());
        self
    }

    /// What kind of trouble this is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The file in which it happened, where one is known.
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// The byte offset in that file, where one is known.
    pub fn byte_offset(&self) -> Option<u64> {
        self.0.offset
    }

    /// The partition key as text, where one is known.
    pub fn partition_key(&self) -> Option<&str> {
        self.0.partition.as_deref()
    }

    /// What can be done about it, where that is known.
    pub fn advice(&self) -> Option<&str> {
        self.0.advice.as_deref()
    }

    /// The sentence without place and advice.
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

fn is_out_of_files(error: &io::Error) -> bool {
    error.raw_os_error().is_some_and(|number| TOO_MANY_FILES.contains(&number))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = OneLine(f);
        let mut place = Vec::new();
        if let Some(path) = &self.0.path {
            place.push(path.display().to_string());
        }
        if let Some(offset) = self.0.offset {
            place.push(format!("offset {offset}"));
        }
        if let Some(key) = &self.0.partition {
            place.push(format!("partition {key}"));
        }
        if !place.is_empty() {
            write!(f, "{}: ", place.join(", "))?;
        }
        f.write_str(&self.0.message)?;
        if let Some(advice) = &self.0.advice {
            write!(f, "; {advice}")?;
        }
        Ok(())
    }
}

/// Names and keys come from files: what would break the line, or command a terminal, is shown escaped.
struct OneLine<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl fmt::Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|character| match character {
            control if control.is_control() => write!(self.0, "{}", control.escape_default()),
            '\u{2028}' | '\u{2029}' => write!(self.0, "{}", character.escape_default()),
            other => self.0.write_char(other),
        })
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.0.kind)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|e| e as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_place_wins_and_advice_comes_last() {
        let error = Error::corrupt("the row runs past its end")
            .offset(7)
            .at("inner")
            .offset(9)
            .at("outer")
            .partition("k1")
            .advise("restore the file");
        assert_eq!(
            error.to_string(),
            "inner, offset 7, partition k1: the row runs past its end; restore the file"
        );
    }

    #[test]
    fn what_names_and_keys_hold_stays_on_one_line() {
        let error = Error::corrupt("x").at("a\nb").partition(format!("\u{1b}[31m{}", "k".repeat(200)));
        let told = error.to_string();
        assert!(told.starts_with("a\\nb, partition \\u{1b}[31mkkk"), "{told}");
        assert!(!told.contains(char::is_control) && told.len() < 150, "{told}");
    }

    #[test]
    fn too_many_open_files_are_told_from_a_broken_disk() {
        for number in TOO_MANY_FILES {
            let error = || io::Error::from_raw_os_error(number);
            assert_eq!(Error::io(Path::new("x"), error()).advice(), Some(MORE_FILES));
            assert_eq!(Error::output(error()).advice(), Some(MORE_FILES));
        }
    }

    #[test]
    fn a_vanished_file_is_missing_and_any_other_failure_is_io() {
        let path = Path::new("x");
        assert_eq!(Error::io(path, io::ErrorKind::NotFound.into()).kind(), ErrorKind::Missing);
        assert_eq!(Error::io(path, io::ErrorKind::PermissionDenied.into()).kind(), ErrorKind::Io);
    }
}
