//! The bytes of a file.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, LazyLock};

/// What is written at once: the unit of which a power cut leaves the old or the new state.
pub(super) const PAGE_BYTES: usize = 4096;

/// What a disk writes at once: the unit by which a page can be torn.
const SECTOR_BYTES: usize = 512;

/// The bytes of a page, shared by all that hold the same ones.
pub(super) type Page = Arc<[u8; PAGE_BYTES]>;

static ZEROS: LazyLock<Page> = LazyLock::new(|| Arc::new([0; PAGE_BYTES]));

/// The bytes of a file. A page that is not there is zeros, and so is everything behind the end.
#[derive(Debug, Clone, Default)]
pub(super) struct Content {
    pages: Arc<BTreeMap<u64, Page>>,
    pub(super) length_bytes: u64,
    /// When it was changed last, in milliseconds since 1970.
    pub(super) modified_millis: i64,
}

impl Content {
    pub(super) fn page_count(&self) -> usize {
        self.pages.len()
    }

    pub(super) fn page(&self, number: u64) -> Option<&Page> {
        self.pages.get(&number)
    }

    /// Puts a page where it belongs, or takes it away.
    pub(super) fn put(&mut self, number: u64, page: Option<Page>) {
        match page {
            Some(page) => Arc::make_mut(&mut self.pages).insert(number, page),
            None if self.pages.contains_key(&number) => Arc::make_mut(&mut self.pages).remove(&number),
            None => None,
        };
    }

    /// Changes bytes of one page.
    pub(super) fn write(&mut self, part: &Part, bytes: &[u8]) {
        let pages = Arc::make_mut(&mut self.pages);
        let is_whole = bytes.len() == PAGE_BYTES;
        let page = pages.entry(part.page).or_insert_with(|| Arc::clone(&ZEROS));
        if is_whole && bytes.iter().all(|byte| *byte == 0) {
            *page = Arc::clone(&ZEROS);
            return;
        }
        let room = Arc::make_mut(page).get_mut(part.start..part.start.saturating_add(bytes.len()));
        room.unwrap_or_default().copy_from_slice(bytes);
    }

    /// Fills `buffer` from `offset` on.
    ///
    /// # Errors
    /// `UnexpectedEof` if there are fewer bytes.
    pub(super) fn read(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let end = offset.checked_add(buffer.len() as u64).filter(|end| *end <= self.length_bytes);
        if end.is_none() && !buffer.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut left = buffer;
        for part in parts(offset, left.len()) {
            let (piece, rest) = left.split_at_mut(part.length);
            match self.page(part.page).and_then(|page| page.get(part.start..)?.get(..part.length)) {
                Some(bytes) => piece.copy_from_slice(bytes),
                None => piece.fill(0),
            }
            left = rest;
        }
        Ok(())
    }

    /// Takes away what is behind the end, and tells which pages that changes.
    pub(super) fn cut(&mut self) -> Vec<u64> {
        let (whole, rest) = (self.length_bytes / PAGE_BYTES as u64, self.length_bytes % PAGE_BYTES as u64);
        let kept = usize::try_from(rest).unwrap_or(PAGE_BYTES);
        let is_cut = |page: &Page| page.get(kept..).is_some_and(|tail| tail.iter().any(|byte| *byte != 0));
        let changed = self.pages.range(whole..).filter(|(number, page)| {
            let is_last = **number == whole && kept > 0;
            !is_last || is_cut(page)
        });
        let changed: Vec<u64> = changed.map(|(number, _)| *number).collect();
        for number in &changed {
            let last = self.page(*number).filter(|_| *number == whole && kept > 0).cloned();
            let last = last.map(|mut page| {
                Arc::make_mut(&mut page).get_mut(kept..).unwrap_or_default().fill(0);
                page
            });
            self.put(*number, last);
        }
        changed
    }
}

/// A part of a page.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) page: u64,
    pub(super) start: usize,
    pub(super) length: usize,
}

/// The parts of pages that `length` bytes from `offset` on are in.
pub(super) fn parts(offset: u64, length: usize) -> impl Iterator<Item = Part> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let position = offset.saturating_add(done as u64);
        let start = usize::try_from(position % PAGE_BYTES as u64).unwrap_or_default();
        let part = Part {
            page: position / PAGE_BYTES as u64,
            start,
            length: length.saturating_sub(done).min(PAGE_BYTES.saturating_sub(start)),
        };
        done = done.saturating_add(part.length);
        (part.length > 0).then_some(part)
    })
}

/// A page of which each sector is that of the new one or of the old one.
pub(super) fn torn(old: Option<&Page>, new: Option<&Page>, mut is_new: impl FnMut() -> bool) -> Page {
    let (old, new) = (old.unwrap_or(&ZEROS), new.unwrap_or(&ZEROS));
    let mut page = Arc::clone(old);
    let sectors = Arc::make_mut(&mut page).chunks_mut(SECTOR_BYTES).zip(new.chunks(SECTOR_BYTES));
    for (sector, written) in sectors {
        if is_new() {
            sector.copy_from_slice(written);
        }
    }
    page
}
