//! Finding a partition through Partitions.db and Rows.db.

use std::sync::Arc;

use super::token_entries::{IndexedPartition, TokenEntries};
use super::{Located, RowsPlace, SearchKey};
use crate::component::{Component, PartitionEntry, PartitionPosition, Partitions, Rows, RowsEntry};
use crate::error::{Error, ErrorKind, RESTORE, Result};
use crate::io::{Source, SourcePages};
use crate::partitioner::{KeyPosition, Partitioner, Token};
use crate::reader::Files;

/// The index of a BTI SSTable.
#[derive(Debug)]
pub(super) struct BtiIndex {
    partitions_source: Arc<dyn Source>,
    rows_source: Arc<dyn Source>,
    partitioner: Partitioner,
    partitions: Partitions,
    rows: Rows,
}

/// The pages that one user of a [`BtiIndex`] has for itself.
#[derive(Debug)]
pub(super) struct BtiPages {
    partitions: SourcePages,
    rows: SourcePages,
    /// The byte-comparable form of the key that is looked up.
    key: Vec<u8>,
}

impl BtiIndex {
    pub(super) fn open(files: &dyn Files, partitioner: &Partitioner) -> Result<Self> {
        let open = |component| {
            files.open(component).map_err(|error| match error.kind() {
                ErrorKind::Missing => error.advise("without it no key can be looked up: scan, or restore it"),
                _ => error,
            })
        };
        let (partitions_source, rows_source) = (open(Component::Partitions)?, open(Component::Rows)?);
        let partitions = Partitions::open(&*partitions_source)?;
        let rows = Rows::new(&*rows_source);
        Ok(Self { partitions_source, rows_source, partitioner: partitioner.clone(), partitions, rows })
    }

    pub(super) fn pages(&self) -> BtiPages {
        BtiPages {
            partitions: SourcePages::new(Arc::clone(&self.partitions_source)),
            rows: SourcePages::new(Arc::clone(&self.rows_source)),
            key: Vec::new(),
        }
    }

    /// The entry at an offset of Rows.db, and the pages of that file.
    pub(super) fn rows_entry(&self, offset: u64) -> Result<(RowsEntry, SourcePages)> {
        let mut pages = SourcePages::new(Arc::clone(&self.rows_source));
        Ok((self.rows.entry(&mut pages, offset)?, pages))
    }

    pub(super) fn find(&self, key: &SearchKey<'_>, pages: &mut BtiPages) -> Result<Option<Located>> {
        let mut form = std::mem::take(&mut pages.key);
        form.clear();
        self.partitioner.write_byte_comparable(key.key, KeyPosition::At, &mut form);
        let [_, high] = key.hash;
        let found = self.partitions.find(&mut pages.partitions, &form, high as u8);
        pages.key = form;
        match found? {
            None => Ok(None),
            Some(PartitionPosition::Data(position)) => {
                Ok(Some(Located { position, rows: RowsPlace::None, is_candidate: true }))
            }
            Some(PartitionPosition::Rows(offset)) => {
                let entry = self.rows.entry(&mut pages.rows, offset)?;
                let rows = RowsPlace::Trie { offset };
                // Where its key is another, Data.db decides.
                let is_candidate = entry.key != key.key;
                Ok(Some(Located { position: entry.data_position, rows, is_candidate }))
            }
        }
    }

    fn data_position(&self, entry: PartitionEntry, pages: &mut BtiPages) -> Result<u64> {
        match entry.position {
            PartitionPosition::Data(position) => Ok(position),
            PartitionPosition::Rows(offset) => Ok(self.rows.entry(&mut pages.rows, offset)?.data_position),
        }
    }

    /// The entries whose keys have `token`. The trie has beginnings of keys: `key_at` reads the key of the partition
    /// at a position.
    pub(super) fn entries_of(
        &self,
        token: &Token,
        key_at: &mut impl FnMut(u64) -> Result<Vec<u8>>,
    ) -> Result<TokenEntries> {
        let mut form = Vec::new();
        Partitioner::write_byte_comparable_token(token, &mut form);
        let mut pages = self.pages();
        let mut entries = self.partitions.entries_from(&mut pages.partitions, &form)?;
        let mut found = TokenEntries::default();
        while let Some(entry) = entries.next_entry(&mut pages.partitions)? {
            let prefix = entries.prefix();
            let is_behind =
                !form.starts_with(prefix) && !prefix.starts_with(&form) && prefix > form.as_slice();
            if is_behind && !found.found.is_empty() {
                break;
            }
            let position = self.data_position(entry, &mut pages)?;
            let index_position = match entry.position {
                PartitionPosition::Data(_) => None,
                PartitionPosition::Rows(offset) => Some(offset),
            };
            let indexed = IndexedPartition { key: key_at(position)?, position, index_position };
            if !found.push(&self.partitioner, token, indexed) {
                return Err(Error::corrupt(
                    "it leads to partitions that are not in the order of their tokens",
                )
                .at(self.partitions_source.path())
                .advise(RESTORE));
            }
            if found.after.is_some() {
                break;
            }
        }
        let has_none = found.last().is_none();
        if has_none && self.partitioner.token(self.partitions.last_key()) >= *token {
            return Err(Error::corrupt("the trie ends in front of the last key that the file names")
                .at(self.partitions_source.path())
                .advise(RESTORE));
        }
        Ok(found)
    }

    /// Where in Data.db the first partition with a greater token begins. `key_at` reads the key of the partition at
    /// a position.
    pub(super) fn position_behind(
        &self,
        token: &Token,
        mut key_at: impl FnMut(u64) -> Result<Vec<u8>>,
    ) -> Result<Option<u64>> {
        // Greater than all keys with this token: what follows the token in them is less than this byte.
        const BEHIND: u8 = 0xFF;
        let mut form = Vec::new();
        Partitioner::write_byte_comparable_token(token, &mut form);
        form.push(BEHIND);
        let mut pages = self.pages();
        let mut entries = self.partitions.entries_from(&mut pages.partitions, &form)?;
        // The trie has beginnings of keys: only the first partition may still be one with a lesser token.
        while let Some(entry) = entries.next_entry(&mut pages.partitions)? {
            let position = self.data_position(entry, &mut pages)?;
            if self.partitioner.token(&key_at(position)?) > *token {
                return Ok(Some(position));
            }
        }
        Ok(None)
    }

    fn position_from(&self, form: &[u8], pages: &mut BtiPages) -> Result<Option<u64>> {
        let mut entries = self.partitions.entries_from(&mut pages.partitions, form)?;
        match entries.next_entry(&mut pages.partitions)? {
            Some(entry) => self.data_position(entry, pages).map(Some),
            None => Ok(None),
        }
    }

    /// As [`super::big::BigIndex::positions_between`], by trying beginnings of keys between the first and the last.
    pub(super) fn positions_between(&self, parts: u64, length: u64) -> Result<Vec<u64>> {
        let (mut first, mut last) = (Vec::new(), Vec::new());
        self.partitioner.write_byte_comparable(self.partitions.first_key(), KeyPosition::At, &mut first);
        self.partitioner.write_byte_comparable(self.partitions.last_key(), KeyPosition::At, &mut last);
        let shared = first.iter().zip(&last).take_while(|(a, b)| a == b).count();
        let number = |form: &[u8]| {
            let mut bytes = [0; 8];
            bytes.iter_mut().zip(form.iter().skip(shared)).for_each(|(to, from)| *to = *from);
            u64::from_be_bytes(bytes)
        };
        let (from, to) = (number(&first), number(&last));
        let mut pages = self.pages();
        let mut form: Vec<u8> = first.get(..shared).unwrap_or_default().to_vec();
        let mut position_at = |number: u64| -> Result<Option<u64>> {
            form.truncate(shared);
            form.extend(number.to_be_bytes());
            self.position_from(&form, &mut pages)
        };
        let mut positions = Vec::new();
        for part in 1..parts {
            let wanted = super::share(length, part, parts);
            let (mut low, mut high) = (from, to);
            while low < high {
                let middle = low.midpoint(high);
                let reached = position_at(middle)?.is_none_or(|position| position >= wanted);
                if reached { high = middle } else { low = middle.saturating_add(1) }
            }
            positions.extend(position_at(low)?);
        }
        Ok(positions)
    }

    /// The first and the last key.
    pub(super) fn ends(&self) -> [&[u8]; 2] {
        [self.partitions.first_key(), self.partitions.last_key()]
    }
}
