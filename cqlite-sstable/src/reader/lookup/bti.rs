//! Finding a partition through Partitions.db and Rows.db.

use std::sync::Arc;

use super::{Located, RowsPlace, SearchKey};
use crate::component::{Component, PartitionEntry, PartitionPosition, Partitions, Rows};
use crate::error::{Error, ErrorKind, Result};
use crate::io::{Source, SourcePages};
use crate::partitioner::{Partitioner, Token};
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

    pub(super) fn partitions(&self) -> &Partitions {
        &self.partitions
    }

    pub(super) fn rows(&self) -> (&Rows, &Arc<dyn Source>) {
        (&self.rows, &self.rows_source)
    }

    pub(super) fn find(&self, key: &SearchKey<'_>, pages: &mut BtiPages) -> Result<Option<Located>> {
        let mut form = std::mem::take(&mut pages.key);
        form.clear();
        self.partitioner.write_byte_comparable(key.key, &mut form);
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
                let located = Located { position: entry.data_position, rows, is_candidate: false };
                Ok((entry.key == key.key).then_some(located))
            }
        }
    }

    fn data_position(&self, entry: PartitionEntry, pages: &mut BtiPages) -> Result<u64> {
        match entry.position {
            PartitionPosition::Data(position) => Ok(position),
            PartitionPosition::Rows(offset) => Ok(self.rows.entry(&mut pages.rows, offset)?.data_position),
        }
    }

    /// Where a partition begins in Data.db behind which, or with which, all those of this token or a greater one
    /// come, and maybe one before.
    pub(super) fn position_of_token(&self, token: &Token) -> Result<Option<u64>> {
        let mut form = Vec::new();
        token.write_byte_comparable_start(&mut form);
        self.position_from(&form, &mut self.pages())
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
        self.partitioner.write_byte_comparable(self.partitions.first_key(), &mut first);
        self.partitioner.write_byte_comparable(self.partitions.last_key(), &mut last);
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
    pub(super) fn some_keys(&self) -> Result<Vec<Vec<u8>>> {
        Ok(vec![self.partitions.first_key().to_owned(), self.partitions.last_key().to_owned()])
    }

    /// An error about Partitions.db.
    pub(super) fn error(&self, what: impl Into<String>) -> Error {
        Error::corrupt(what).at(self.partitions_source.path())
    }
}
