//! One line of a transaction log.

use std::path::{Path, PathBuf};

/// What a record says (`LogRecord.Type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RecordKind {
    /// A new SSTable, to be kept if the transaction is committed.
    Add,
    /// An old SSTable, to be kept if it is not.
    Remove,
    /// The transaction is done.
    Commit,
    /// The transaction was given up.
    Abort,
}

impl RecordKind {
    fn parse(word: &str) -> Option<Self> {
        [Self::Add, Self::Remove, Self::Commit, Self::Abort]
            .into_iter()
            .find(|kind| kind.name().eq_ignore_ascii_case(word))
    }

    /// The word as it goes into the checksum.
    fn name(self) -> &'static str {
        match self {
            Self::Add => "ADD",
            Self::Remove => "REMOVE",
            Self::Commit => "COMMIT",
            Self::Abort => "ABORT",
        }
    }

    /// Whether nothing may follow.
    pub(super) fn is_final(self) -> bool {
        matches!(self, Self::Commit | Self::Abort)
    }
}

/// A record: `REMOVE:[/data/ks/t-5a1c/nb-3-big-,1700000000000,8][1234567]` (`LogRecord`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// None for a line that is no record.
    pub(super) kind: Option<RecordKind>,
    /// What the paths of all files of the SSTable begin with; empty for final records.
    pub(super) prefix: String,
    /// When the files of a removed SSTable were last changed, in milliseconds since 1970.
    pub(super) modified_millis: i64,
    /// How many files the SSTable has.
    pub(super) file_count: i32,
    /// Whether the checksum is that of the other fields.
    pub(super) is_sound: bool,
    /// Whether one of the replicas has only a part of the line.
    pub(super) is_partial: bool,
}

impl Record {
    /// Writes a record as a line, its end included: of a new SSTable without a time, of one that is removed with when its
    /// files were last changed, of the end of a transaction with neither prefix, time nor files.
    pub(crate) fn line(kind: RecordKind, prefix: &str, modified_millis: i64, file_count: i32) -> String {
        let record = Self {
            kind: Some(kind),
            prefix: prefix.to_owned(),
            modified_millis,
            file_count,
            is_sound: true,
            is_partial: false,
        };
        let checksum = record.checksum(kind);
        format!("{}:[{prefix},{modified_millis},{file_count}][{checksum}]\n", kind.name())
    }

    /// Reads a line; what is no record has no kind.
    pub(crate) fn parse(line: &str) -> Self {
        Self::fields(line).unwrap_or(Self {
            kind: None,
            prefix: String::new(),
            modified_millis: 0,
            file_count: 0,
            is_sound: false,
            is_partial: false,
        })
    }

    fn fields(line: &str) -> Option<Self> {
        let (word, rest) = line.split_once(":[")?;
        let kind = RecordKind::parse(word)?;
        let (fields, checksum) = rest.strip_suffix(']')?.rsplit_once("][")?;
        let mut fields = fields.split(',');
        let (prefix, modified, count) = (fields.next()?, fields.next()?, fields.next()?);
        if fields.next().is_some() || !checksum.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (modified, count): (i64, i32) = (modified.parse().ok()?, count.parse().ok()?);
        let checksum: i64 = checksum.parse().ok()?;
        let mut record = Self {
            kind: Some(kind),
            prefix: if kind.is_final() { String::new() } else { prefix.to_owned() },
            modified_millis: if kind == RecordKind::Remove { modified } else { 0 },
            file_count: if kind.is_final() { 0 } else { count },
            is_sound: false,
            is_partial: false,
        };
        record.is_sound = i64::from(record.checksum(kind)) == checksum;
        Some(record)
    }

    fn checksum(&self, kind: RecordKind) -> u32 {
        let mut crc = crc32fast::Hasher::new();
        crc.update(self.prefix.as_bytes());
        crc.update(kind.name().as_bytes());
        crc.update(&(self.modified_millis as i32).to_be_bytes());
        crc.update(&((self.modified_millis >> 32) as i32).to_be_bytes());
        crc.update(&self.file_count.to_be_bytes());
        crc.finalize()
    }

    /// Whether it was read as a whole and has the right checksum.
    pub(in crate::find) fn is_valid(&self) -> bool {
        self.kind.is_some() && self.is_sound
    }

    /// What Cassandra compares to tell that a record is there twice.
    pub(super) fn identity(&self) -> (Option<RecordKind>, String, i32, i64) {
        (self.kind, self.prefix.clone(), self.file_count, self.modified_millis)
    }

    /// The directory in which the files were when the record was written.
    pub(in crate::find) fn directory(&self) -> Option<PathBuf> {
        let path = Path::new(&self.prefix);
        (!self.prefix.is_empty()).then(|| path.parent().map(Path::to_owned)).flatten()
    }

    /// What the names of all its files begin with: `nb-3-big-`.
    pub(crate) fn file_prefix(&self) -> &str {
        self.prefix.rsplit_once('/').map_or(self.prefix.as_str(), |(_, name)| name)
    }

    /// What it says, if that is understood.
    pub(in crate::find) fn kind(&self) -> Option<RecordKind> {
        self.kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines that a node of Cassandra 5.0.9 wrote.
    const COMMIT: &str = "COMMIT:[,0,0][2613697770]";
    const REAL: [&str; 2] = [
        "ADD:[/tmp/.tmpkSsGGq/data/system_schema/keyspaces-abac5682dea631c5b535b3d6cffd0fb6/da-141-bti-,0,8]\
         [3949775258]",
        "REMOVE:[/tmp/.tmpkSsGGq/data/system_schema/keyspaces-abac5682dea631c5b535b3d6cffd0fb6/da-140-bti-,\
         1795269323124,8][3766100503]",
    ];

    #[test]
    fn a_record_of_cassandra_is_read_and_a_changed_one_is_not_valid() {
        let record = Record::parse(COMMIT);
        assert!(record.is_valid() && record.kind == Some(RecordKind::Commit));
        assert!(Record::parse("commit:[,0,0][2613697770]").is_valid());
        assert!(!Record::parse("COMMIT:[,0,0][2613697771]").is_valid());
        assert!(!Record::parse("ABORT:[,0,0][2613697770]").is_valid());
    }

    #[test]
    fn what_is_written_is_what_cassandra_writes_and_is_read_again() {
        assert_eq!(Record::line(RecordKind::Commit, "", 0, 0).trim_end(), COMMIT);
        for line in REAL {
            let read = Record::parse(line);
            assert!(read.is_valid(), "{line}");
            let kind = read.kind.unwrap();
            let written = Record::line(kind, &read.prefix, read.modified_millis, read.file_count);
            assert_eq!(written, format!("{line}\n"));
        }
    }

    #[test]
    fn every_part_of_a_line_is_no_record() {
        for length in 0..COMMIT.len() {
            assert!(!Record::parse(&COMMIT[..length]).is_valid(), "{length}");
        }
        for line in ["", "ADD", "ADD:[][]", "ADD:[/a,b,0,0][1]", "ADD:[/a-,x,0][1]", "DROP:[,0,0][1]"] {
            assert!(!Record::parse(line).is_valid(), "{line}");
        }
    }
}
