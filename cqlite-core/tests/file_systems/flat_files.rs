//! What may be in files after a power cut, told in the plainest way: whole files of bytes, and lists of what each name
//! has stood for.

use std::collections::{BTreeMap, BTreeSet};

const PAGE_BYTES: usize = 4096;
const SECTOR_BYTES: usize = 512;

/// A file: what is in it, what of that is synced, and which pages the next sync writes.
#[derive(Debug, Clone, Default)]
pub struct FlatFile {
    pub live: Vec<u8>,
    synced: Vec<u8>,
    unsynced_pages: BTreeSet<usize>,
    lengths: Vec<usize>,
}

impl FlatFile {
    /// One of which all is synced.
    pub fn of_bytes(bytes: Vec<u8>) -> Self {
        Self { synced: bytes.clone(), live: bytes, ..Self::default() }
    }

    pub fn write(&mut self, bytes: &[u8], offset: usize) {
        if bytes.is_empty() {
            return;
        }
        let end = offset + bytes.len();
        if self.live.len() < end {
            // Each page may have been added on its own.
            let pages = (offset / PAGE_BYTES + 1..=end / PAGE_BYTES).map(|page| page * PAGE_BYTES);
            self.lengths.extend(pages.filter(|length| *length > self.live.len()));
            self.lengths.push(end);
            self.live.resize(end, 0);
        }
        self.live[offset..end].copy_from_slice(bytes);
        self.unsynced_pages.extend(offset / PAGE_BYTES..=(end - 1) / PAGE_BYTES);
    }

    pub fn set_length(&mut self, length: usize) {
        if length < self.live.len() {
            self.unsynced_pages.extend(length / PAGE_BYTES..=self.live.len() / PAGE_BYTES);
        }
        self.live.resize(length, 0);
        self.lengths.push(length);
    }

    pub fn sync(&mut self) {
        let length = self.live.len();
        self.synced.resize(length, 0);
        for page in std::mem::take(&mut self.unsynced_pages) {
            let start = (page * PAGE_BYTES).min(length);
            let end = (start + PAGE_BYTES).min(length);
            self.synced[start..end].copy_from_slice(&self.live[start..end]);
        }
        self.lengths.clear();
    }

    pub fn lose_unsynced(&mut self) {
        self.unsynced_pages.clear();
    }

    /// Whether a power cut may leave these bytes; as an error, why not.
    pub fn allows(&self, bytes: &[u8]) -> Result<(), String> {
        if bytes.len() != self.synced.len() && !self.lengths.contains(&bytes.len()) {
            return Err(format!("it never had {} bytes since it was synced", bytes.len()));
        }
        let part = |all: &[u8], start: usize, end: usize| {
            let mut part = all.get(start.min(all.len())..end.min(all.len())).unwrap_or_default().to_vec();
            part.resize(end - start, 0);
            part
        };
        for start in (0..bytes.len()).step_by(SECTOR_BYTES) {
            let end = (start + SECTOR_BYTES).min(bytes.len());
            let is_old = bytes[start..end] == part(&self.synced, start, end);
            let is_new = bytes[start..end] == part(&self.live, start, end);
            let may_be_new = self.unsynced_pages.contains(&(start / PAGE_BYTES));
            if !(is_old || (may_be_new && is_new)) {
                return Err(format!("the bytes from {start} on are neither synced nor written later"));
            }
        }
        Ok(())
    }
}

/// The number of a file.
pub type Id = usize;

/// The names of a directory: what each stood for when it was synced, and since.
#[derive(Debug, Clone, Default)]
pub struct FlatNames {
    pub live: BTreeMap<String, Id>,
    synced: BTreeMap<String, Id>,
    since: Vec<(String, Option<Id>)>,
}

impl FlatNames {
    /// Those of which all is synced.
    pub fn of_names(names: BTreeMap<String, Id>) -> Self {
        Self { synced: names.clone(), live: names, since: Vec::new() }
    }

    pub fn set(&mut self, name: &str, id: Option<Id>) {
        match id {
            Some(id) => self.live.insert(name.to_owned(), id),
            None => self.live.remove(name),
        };
        self.since.push((name.to_owned(), id));
    }

    pub fn sync(&mut self) {
        for (name, id) in std::mem::take(&mut self.since) {
            match id {
                Some(id) => self.synced.insert(name, id),
                None => self.synced.remove(&name),
            };
        }
    }

    pub fn lose_unsynced(&mut self) {
        self.since.clear();
    }

    /// What a name may stand for after a power cut; none is that it is not there.
    pub fn choices(&self, name: &str) -> Vec<Option<Id>> {
        let since = self.since.iter().filter(|(known, _)| known == name).map(|(_, id)| *id);
        [self.synced.get(name).copied()].into_iter().chain(since).collect()
    }
}
