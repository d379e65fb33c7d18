//! Summary.db against Index.db.

use super::{Check, Findings, Place, Severity};
use crate::component::{Component, IndexEntry, Summary};
use crate::error::ErrorKind;
use crate::io::SourceExt as _;
use crate::reader::Files;

const CHECK: Check = Check::Summary;
const LIMIT_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// Where in the file the least interval, the sampling level and the size at full sampling lie.
const INTERVAL_AT: u64 = 0;
const SAMPLING_AT: u64 = 16;
const SIZE_AT: u64 = 20;

/// The sampling level at which nothing was left out.
const FULL_SAMPLING: i32 = 128;

/// Follows the entries of Index.db, and compares those that Summary.db names.
pub(super) struct SummaryCheck<'a> {
    summary: Summary<'a>,
    /// Which entry comes next.
    next: usize,
    /// Entries of Index.db since the last that is in the summary.
    since_sample: u64,
    entries: u64,
}

/// The bytes of Summary.db, if there is one that can be read.
pub(super) fn read(files: &dyn Files, findings: &mut Findings) -> Option<Vec<u8>> {
    let source = files.open_if_there(Component::Summary);
    let bytes = source.and_then(|source| source.map(|source| source.read_all(LIMIT_BYTES)).transpose());
    bytes.unwrap_or_else(|error| {
        findings.error(CHECK, Component::Summary, &error);
        None
    })
}

impl<'a> SummaryCheck<'a> {
    /// A check of these bytes, unless they are damaged.
    pub(super) fn new(bytes: &'a [u8], findings: &mut Findings) -> Option<Self> {
        match Summary::parse(bytes) {
            Ok(summary) => Some(Self { summary, next: 0, since_sample: 0, entries: 0 }),
            // Cassandra sets such a summary aside, too, and makes it anew.
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                findings.error_as(Severity::Note, CHECK, (Component::Summary, Place::Whole), &error);
                None
            }
            Err(error) => {
                findings.error(CHECK, Component::Summary, &error);
                None
            }
        }
    }

    fn damage(offset: u64, findings: &mut Findings, message: impl FnOnce() -> String) {
        findings.damage(CHECK, (Component::Summary, Place::Offset(offset)), message);
    }

    /// The next entry of Index.db comes.
    pub(super) fn entry(&mut self, entry: &IndexEntry<'_>, findings: &mut Findings) {
        let summary = &self.summary;
        self.entries = self.entries.saturating_add(1);
        while let Some(sample) = summary.get(self.next).filter(|sample| sample.index_position < entry.offset)
        {
            let (number, position) = (self.next, sample.index_position);
            Self::damage(summary.offset_of(number), findings, || {
                format!("entry {number} leads to byte {position} of Index.db, where no entry begins")
            });
            self.next = self.next.saturating_add(1);
        }
        match summary.get(self.next).filter(|sample| sample.index_position == entry.offset) {
            Some(sample) => {
                if sample.key != entry.key {
                    let (number, position) = (self.next, entry.offset);
                    Self::damage(summary.offset_of(number), findings, || {
                        format!(
                            "entry {number} has another key than that at byte {position} of Index.db, where it leads"
                        )
                    });
                }
                self.next = self.next.saturating_add(1);
                self.since_sample = 0;
            }
            None if entry.offset == 0 => {
                Self::damage(summary.offset_of(0), findings, || {
                    "the first entry of Index.db is not in it: its key is not found".to_owned()
                });
            }
            None => {
                self.since_sample = self.since_sample.saturating_add(1);
                let interval = u64::try_from(summary.min_index_interval).unwrap_or(0);
                if summary.sampling_level == FULL_SAMPLING && self.since_sample == interval {
                    let position = entry.offset;
                    Self::damage(summary.offset_of(self.next.saturating_sub(1)), findings, || {
                        format!(
                            "the key at byte {position} of Index.db is {interval} behind the entry before it: so far Cassandra does not look"
                        )
                    });
                }
            }
        }
    }

    /// Index.db is at its end; `first` and `last` are its keys.
    pub(super) fn finish(&self, ends: Option<(&[u8], &[u8])>, findings: &mut Findings) {
        let summary = &self.summary;
        let left = summary.len().saturating_sub(self.next);
        if left > 0 {
            Self::damage(summary.offset_of(self.next), findings, || {
                format!("{left} entries lead to no entry of Index.db, or are not in order")
            });
        }
        if let Some((first, last)) = ends {
            if summary.first_key != first {
                Self::damage(summary.first_key_offset(), findings, || {
                    "its first key is not that of the first partition".to_owned()
                });
            }
            if summary.last_key != last {
                Self::damage(summary.last_key_offset(), findings, || {
                    "its last key is not that of the last partition".to_owned()
                });
            }
        }
        let interval = u64::try_from(summary.min_index_interval).unwrap_or(0);
        let expected = self.entries.checked_div(interval).map(|_| self.entries.div_ceil(interval));
        let stated = summary.size_at_full_sampling;
        if expected != u64::try_from(stated).ok() {
            findings.note(CHECK, (Component::Summary, Place::Offset(SIZE_AT)), || {
                format!("a full sample would have {stated} entries of one in {interval}, which is not so for {} partitions", self.entries)
            });
        }
        if !(1..=FULL_SAMPLING).contains(&summary.sampling_level) || interval == 0 {
            let offset = if interval == 0 { INTERVAL_AT } else { SAMPLING_AT };
            Self::damage(offset, findings, || {
                format!(
                    "the sampling level {} or the interval {interval} is none that exists",
                    summary.sampling_level
                )
            });
        }
    }
}
