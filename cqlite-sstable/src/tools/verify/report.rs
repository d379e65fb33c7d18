//! What a run of `verify` found out.

use serde_json::{Value, json};

use super::{Check, Finding, Severity};

/// What can be said of an SSTable as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Nothing is wrong; there may be notes.
    Sound,
    /// Something is damaged.
    Damaged,
    /// Something is missing or cannot be read.
    Unreadable,
    /// It is of a version, or has a compressor or partitioner, that is not supported.
    Unsupported,
}

impl Verdict {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::Damaged => "damaged",
            Self::Unreadable => "unreadable",
            Self::Unsupported => "unsupported",
        }
    }
}

impl From<Severity> for Verdict {
    fn from(worst: Severity) -> Self {
        match worst {
            Severity::Note => Self::Sound,
            Severity::Unsupported => Self::Unsupported,
            Severity::Unreadable => Self::Unreadable,
            Severity::Damage => Self::Damaged,
        }
    }
}

/// The findings about one SSTable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What they come to.
    pub verdict: Verdict,
    /// Whether only checksums were looked at.
    pub quick: bool,
    /// Everything that was found, in the order in which it was.
    pub findings: Vec<Finding>,
    /// How many more there are of a kind than [`Report::findings`] has.
    pub omitted: Vec<(Check, Severity, u64)>,
    /// Partitions that were read.
    pub partitions: u64,
    /// Rows that were read, static ones that are not empty among them.
    pub rows: u64,
    /// The stored bytes of Data.db.
    pub data_bytes: u64,
}

impl Report {
    /// The findings that are not notes.
    pub fn damages(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity != Severity::Note)
    }

    /// The notes.
    pub fn notes(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Note)
    }

    /// It as a JSON object about the SSTable of this name.
    pub fn to_json(&self, sstable: &str) -> Value {
        let omitted = self.omitted.iter().map(|(check, severity, more)| {
            json!({ "severity": severity.name(), "check": check.name(), "more": more })
        });
        json!({
            "sstable": sstable,
            "verdict": self.verdict.name(),
            "checks": if self.quick { "checksums" } else { "all" },
            "partitions": self.partitions,
            "rows": self.rows,
            "data_bytes": self.data_bytes,
            "findings": self.findings.iter().map(Finding::to_json).collect::<Vec<_>>(),
            "omitted": omitted.collect::<Vec<_>>(),
        })
    }
}
