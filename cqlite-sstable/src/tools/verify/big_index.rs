//! Index.db against the partitions of Data.db.

use std::ops::Range;
use std::sync::Arc;

use super::summary::SummaryCheck;
use super::where_at::Where;
use super::{Check, Findings, Place};
use crate::component::{Component, IndexEntries};
use crate::io::Source;

const CHECK: Check = Check::PartitionIndex;

/// Follows Index.db beside Data.db.
pub(super) struct BigIndex<'a> {
    source: Arc<dyn Source>,
    entries: IndexEntries,
    summary: Option<SummaryCheck<'a>>,
    /// The entry that comes next, if `has_ahead`.
    ahead: Entry,
    has_ahead: bool,
    first_key: Option<Vec<u8>>,
    /// It is at its end, or damaged.
    ended: bool,
    damaged: bool,
}

#[derive(Default)]
struct Entry {
    key: Vec<u8>,
    position: u64,
    offset: u64,
    promoted: Range<u64>,
}

impl<'a> BigIndex<'a> {
    pub(super) fn new(source: Arc<dyn Source>, summary: Option<SummaryCheck<'a>>) -> Self {
        Self {
            entries: IndexEntries::new(Arc::clone(&source)),
            source,
            summary,
            ahead: Entry::default(),
            has_ahead: false,
            first_key: None,
            ended: false,
            damaged: false,
        }
    }

    /// Index.db.
    pub(super) fn source(&self) -> &Arc<dyn Source> {
        &self.source
    }

    /// Makes the next entry present, if there is one.
    fn peek(&mut self, findings: &mut Findings) -> bool {
        if self.has_ahead || self.ended {
            return self.has_ahead;
        }
        match self.entries.next_entry() {
            Ok(Some(entry)) => {
                if let Some(summary) = &mut self.summary {
                    summary.entry(&entry, findings);
                }
                self.first_key.get_or_insert_with(|| entry.key.to_owned());
                self.ahead.key.clear();
                self.ahead.key.extend_from_slice(entry.key);
                self.ahead.position = entry.position;
                self.ahead.offset = entry.offset;
                self.ahead.promoted = entry.promoted_offset..entry.end();
                self.has_ahead = true;
            }
            Ok(None) => self.ended = true,
            Err(error) => {
                findings.error(CHECK, Component::Index, &error);
                (self.ended, self.damaged) = (true, true);
            }
        }
        self.has_ahead
    }

    /// The partition of `key` comes. Returns where its promoted index lies, if it has one.
    pub(super) fn partition(
        &mut self,
        key: &[u8],
        at: &Where<'_>,
        findings: &mut Findings,
    ) -> Option<Range<u64>> {
        while self.peek(findings) {
            let entry = &self.ahead;
            let place = (Component::Index, Place::Offset(entry.offset));
            if entry.position < at.position && entry.key != key {
                self.extra(findings);
                continue;
            }
            if entry.position > at.position && entry.key != key {
                break;
            }
            if entry.key != key {
                let told = "the entry for this partition has another key".to_owned();
                at.tell_of(place, CHECK, told, findings);
            } else if entry.position != at.position {
                let told = format!(
                    "the entry leads to position {} of the uncompressed data, but the partition begins at {}",
                    entry.position, at.position
                );
                at.tell_of(place, CHECK, told, findings);
            }
            self.has_ahead = false;
            return Some(self.ahead.promoted.clone()).filter(|promoted| !promoted.is_empty());
        }
        if !self.damaged {
            let place = if self.has_ahead {
                Place::Offset(self.ahead.offset)
            } else {
                Place::Offset(self.source.len())
            };
            let told = format!(
                "no entry leads to the partition at position {} of the uncompressed data",
                at.position
            );
            at.tell_of((Component::Index, place), CHECK, told, findings);
        }
        None
    }

    /// The entry ahead belongs to no partition.
    fn extra(&mut self, findings: &mut Findings) {
        let (offset, position) = (self.ahead.offset, self.ahead.position);
        findings.damage(CHECK, (Component::Index, Place::Offset(offset)), || {
            format!(
                "the entry leads to position {position} of the uncompressed data, where its partition is not"
            )
        });
        self.has_ahead = false;
    }

    /// Where the first partition begins that the index knows behind `position`; entries in front of it are passed
    /// over.
    pub(super) fn next_behind(&mut self, position: u64, findings: &mut Findings) -> Option<u64> {
        while self.peek(findings) {
            if self.ahead.position > position {
                return Some(self.ahead.position);
            }
            self.has_ahead = false;
        }
        None
    }

    /// Data.db is at its end, or nothing more of it can be read.
    pub(super) fn finish(&mut self, is_whole: bool, findings: &mut Findings) {
        while self.peek(findings) {
            match is_whole {
                true => self.extra(findings),
                false => self.has_ahead = false,
            }
        }
        if let Some(summary) = &self.summary
            && !self.damaged
        {
            let ends = self.first_key.as_deref().map(|first| (first, self.ahead.key.as_slice()));
            summary.finish(ends, findings);
        }
        if self.damaged {
            findings.note(CHECK, (Component::Index, Place::Whole), || {
                format!("behind the damage the entries could not be compared with {}", Component::Data)
            });
        }
    }
}
