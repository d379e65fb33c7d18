//! Partitions.db against the partitions of Data.db.

use super::where_at::Where;
use super::{Check, Findings, Place};
use crate::component::{Component, PartitionEntries, PartitionPosition, Partitions, Rows, RowsEntry};
use crate::error::Result;
use crate::io::SourcePages;
use crate::partitioner::{KeyPosition, Partitioner};
use crate::reader::Files;

const CHECK: Check = Check::PartitionIndex;

/// Follows Partitions.db beside Data.db.
pub(super) struct BtiIndex {
    partitions: Partitions,
    entries: PartitionEntries,
    walk_pages: SourcePages,
    find_pages: SourcePages,
    rows: Option<(Rows, SourcePages)>,
    partitioner: Partitioner,
    ahead: Option<Entry>,
    first_key: Option<Vec<u8>>,
    last_key: Vec<u8>,
    count: u64,
    ended: bool,
    damaged: bool,
    comparable: Vec<u8>,
}

struct Entry {
    at: PartitionPosition,
    position: u64,
    hash_byte: Option<u8>,
    prefix: Vec<u8>,
    /// The entry of its rows, and where that lies in Rows.db.
    rows: Option<(RowsEntry, u64)>,
    /// The node of its payload in Partitions.db.
    node: u64,
}

impl BtiIndex {
    pub(super) fn open(files: &dyn Files, partitioner: &Partitioner) -> Result<Self> {
        let source = files.open(Component::Partitions)?;
        let partitions = Partitions::open(&*source)?;
        let mut walk_pages = SourcePages::new(source.clone());
        let entries = partitions.entries(&mut walk_pages)?;
        let rows = files.open_if_there(Component::Rows)?;
        Ok(Self {
            entries,
            walk_pages,
            find_pages: SourcePages::new(source),
            rows: rows.map(|source| (Rows::new(&*source), SourcePages::new(source))),
            partitions,
            partitioner: partitioner.clone(),
            ahead: None,
            first_key: None,
            last_key: Vec::new(),
            count: 0,
            ended: false,
            damaged: false,
            comparable: Vec::new(),
        })
    }

    /// The pages of Rows.db.
    pub(super) fn rows_pages(&mut self) -> Option<&mut SourcePages> {
        self.rows.as_mut().map(|(_, pages)| pages)
    }

    /// Reads the next entry, if none is there.
    fn peek(&mut self, findings: &mut Findings) -> Option<&Entry> {
        while self.ahead.is_none() && !self.ended {
            match self.entries.next_entry(&mut self.walk_pages) {
                Ok(Some(entry)) => {
                    let rows = match (entry.position, &mut self.rows) {
                        (PartitionPosition::Rows(at), Some((rows, pages))) => {
                            Some(rows.entry(pages, at).map(|entry| (entry, at)))
                        }
                        (PartitionPosition::Rows(_), None) => continue,
                        (PartitionPosition::Data(_), _) => None,
                    };
                    let rows = match rows.transpose() {
                        Ok(rows) => rows,
                        // The partition will be missed; those behind it are found all the same.
                        Err(error) => {
                            findings.error(Check::RowIndex, Component::Rows, &error);
                            continue;
                        }
                    };
                    let position = match (entry.position, &rows) {
                        (PartitionPosition::Data(position), _) => position,
                        (_, Some((rows, _))) => rows.data_position,
                        (PartitionPosition::Rows(_), None) => continue,
                    };
                    let prefix = self.entries.prefix().to_owned();
                    let (at, hash_byte) = (entry.position, entry.hash_byte);
                    let node = self.entries.node();
                    self.ahead = Some(Entry { at, position, hash_byte, prefix, rows, node });
                }
                Ok(None) => self.ended = true,
                Err(error) => {
                    findings.error(CHECK, Component::Partitions, &error);
                    (self.ended, self.damaged) = (true, true);
                }
            }
        }
        self.ahead.as_ref()
    }

    /// The partition of `key` comes. Returns the entry of its rows, if it has one, and where that lies in Rows.db.
    pub(super) fn partition(
        &mut self,
        key: &[u8],
        [_, hash]: [u64; 2],
        at: &Where<'_>,
        findings: &mut Findings,
    ) -> Option<(RowsEntry, u64)> {
        self.count = self.count.saturating_add(1);
        self.first_key.get_or_insert_with(|| key.to_owned());
        self.last_key.clear();
        self.last_key.extend_from_slice(key);
        let mut comparable = std::mem::take(&mut self.comparable);
        comparable.clear();
        self.partitioner.write_byte_comparable(key, KeyPosition::At, &mut comparable);
        let rows = self.compare(&comparable, hash as u8, at, findings);
        self.comparable = comparable;
        rows
    }

    fn compare(
        &mut self,
        comparable: &[u8],
        hash_byte: u8,
        at: &Where<'_>,
        findings: &mut Findings,
    ) -> Option<(RowsEntry, u64)> {
        while self
            .peek(findings)
            .is_some_and(|entry| entry.position < at.position && !comparable.starts_with(&entry.prefix))
        {
            self.extra(findings);
        }
        let is_ours = |entry: &Entry| entry.position == at.position || comparable.starts_with(&entry.prefix);
        let Some(entry) = self.ahead.take_if(|entry| is_ours(entry)) else {
            if !self.damaged {
                let next = self.ahead.as_ref().map_or_else(|| self.partitions.root(), |entry| entry.node);
                let place = (Component::Partitions, Place::Offset(next));
                at.tell_of(place, CHECK, "no entry leads to the partition".to_owned(), findings);
            }
            return None;
        };
        let mut node = entry.node;
        let wrong = if entry.position != at.position {
            Some(format!(
                "the entry leads to position {} of the uncompressed data, but the partition begins at {}",
                entry.position, at.position
            ))
        } else if !comparable.starts_with(&entry.prefix) {
            Some("the entry for the partition is under another key".to_owned())
        } else if entry.hash_byte.is_some_and(|byte| byte != hash_byte) {
            Some("the entry has another hash than the key: it is not found".to_owned())
        } else {
            match self.partitions.find(&mut self.find_pages, comparable, hash_byte) {
                Ok(found) if found == Some(entry.at) => None,
                Ok(_) => Some("the key is not found where its entry is".to_owned()),
                Err(error) => {
                    node = error.byte_offset().unwrap_or(node);
                    Some(error.message().to_owned())
                }
            }
        };
        if let Some(wrong) = wrong {
            let place = match entry.at {
                PartitionPosition::Rows(offset) if entry.position != at.position => {
                    (Component::Rows, Place::Offset(offset))
                }
                _ => (Component::Partitions, Place::Offset(node)),
            };
            at.tell_of(place, CHECK, wrong, findings);
        }
        entry.rows
    }

    fn extra(&mut self, findings: &mut Findings) {
        if let Some(entry) = self.ahead.take() {
            findings.damage(CHECK, (Component::Partitions, Place::Offset(entry.node)), || {
                let position = entry.position;
                format!("an entry leads to position {position} of the uncompressed data, where its partition is not")
            });
        }
    }

    /// As [`super::big_index::BigIndex::next_behind`].
    pub(super) fn next_behind(&mut self, position: u64, findings: &mut Findings) -> Option<u64> {
        while let Some(next) = self.peek(findings).map(|entry| entry.position) {
            if next > position {
                return Some(next);
            }
            self.ahead = None;
        }
        None
    }

    /// Data.db is at its end, or nothing more of it can be read.
    pub(super) fn finish(&mut self, is_whole: bool, findings: &mut Findings) {
        while self.peek(findings).is_some() {
            match is_whole {
                true => self.extra(findings),
                false => self.ahead = None,
            }
        }
        if !is_whole {
            return;
        }
        let partitions = &self.partitions;
        let mut damage = |offset: u64, message: &str| {
            findings.damage(CHECK, (Component::Partitions, Place::Offset(offset)), || message.to_owned());
        };
        if self.partitions.key_count() != self.count {
            damage(partitions.key_count_offset(), "it counts another number of partitions than there are");
        }
        if self.first_key.as_deref().is_some_and(|first| first != self.partitions.first_key()) {
            damage(partitions.first_key_offset(), "its first key is not that of the first partition");
        }
        if self.last_key != self.partitions.last_key() {
            damage(partitions.last_key_offset(), "its last key is not that of the last partition");
        }
    }
}
