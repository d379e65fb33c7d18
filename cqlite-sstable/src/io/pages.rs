//! Pages of a file, for what is laid out in pages: the tries of the BTI format.

use std::sync::Arc;

use super::{Source, SourceExt as _};
use crate::error::{Error, RESTORE, Result};

/// The length of a page in bytes (`PageAware.PAGE_SIZE`).
pub const PAGE_BYTES: usize = 1 << PAGE_BITS;

const PAGE_BITS: u32 = 12;

/// How many pages [`SourcePages`] keeps: a path from the root of a trie to a leaf crosses fewer.
const KEPT_PAGES: usize = 16;

/// Gives the pages of one file.
pub trait Pages {
    /// The page that begins at byte `number` * [`PAGE_BYTES`]. It is that long; the last one of a file may be
    /// shorter, and is never empty.
    ///
    /// # Errors
    /// A failed read, or a page behind the end of the file.
    fn page(&mut self, number: u64) -> Result<&[u8]>;

    /// Fills `buffer` with the bytes from `offset` on, across pages.
    ///
    /// # Errors
    /// As [`Pages::page`], and if the file ends before.
    fn read_exact(&mut self, buffer: &mut [u8], offset: u64) -> Result<()> {
        let mut left = buffer;
        let mut at = offset;
        while !left.is_empty() {
            let (number, place) = page_of(at);
            let page = self.page(number)?.get(place..).unwrap_or_default();
            let length = page.len().min(left.len());
            let (Some(from), Some((to, rest))) = (page.get(..length), left.split_at_mut_checked(length))
            else {
                break;
            };
            if from.is_empty() {
                return Err(Error::corrupt("the file ends too early; it has been cut off")
                    .offset(at)
                    .advise(RESTORE));
            }
            to.copy_from_slice(from);
            left = rest;
            at = at.saturating_add(length as u64);
        }
        Ok(())
    }
}

/// The number of the page that holds the byte at `offset`, and the place of the byte in it.
pub fn page_of(offset: u64) -> (u64, usize) {
    const PLACE: u64 = PAGE_BYTES as u64 - 1;
    (offset >> PAGE_BITS, (offset & PLACE) as usize)
}

/// Pages of a [`Source`]. Where that is mapped or in memory, they are borrowed; otherwise the pages that were used
/// last are kept, 64 KiB of them.
#[derive(Debug)]
pub struct SourcePages {
    source: Arc<dyn Source>,
    kept: Vec<Kept>,
    /// Counts the uses of pages.
    uses: u64,
}

#[derive(Debug)]
struct Kept {
    /// None if the last read failed.
    number: Option<u64>,
    last_use: u64,
    bytes: Vec<u8>,
}

impl SourcePages {
    /// Reads pages of `source`.
    pub fn new(source: Arc<dyn Source>) -> Self {
        Self { source, kept: Vec::new(), uses: 0 }
    }

    /// Where page `number` lies among the kept ones. What was there before is the one whose use is longest ago.
    fn place_of(&mut self, number: u64) -> (usize, bool) {
        if let Some(place) = self.kept.iter().position(|kept| kept.number == Some(number)) {
            return (place, true);
        }
        if self.kept.len() < KEPT_PAGES {
            self.kept.push(Kept { number: None, last_use: 0, bytes: Vec::new() });
            return (self.kept.len().saturating_sub(1), false);
        }
        let oldest = self.kept.iter().enumerate().min_by_key(|(_, kept)| kept.last_use);
        (oldest.map_or(0, |(place, _)| place), false)
    }
}

impl Pages for SourcePages {
    fn page(&mut self, number: u64) -> Result<&[u8]> {
        let start = number.saturating_mul(PAGE_BYTES as u64);
        let length = self.source.len().saturating_sub(start).min(PAGE_BYTES as u64) as usize;
        let behind = |source: &dyn Source| {
            Error::corrupt("a page is wanted that lies behind the end of the file")
                .at(source.path())
                .offset(start)
                .advise(RESTORE)
        };
        if length == 0 {
            return Err(behind(&*self.source));
        }
        if self.source.as_slice().is_none() {
            let (place, found) = self.place_of(number);
            self.uses = self.uses.saturating_add(1);
            let kept = self.kept.get_mut(place).ok_or_else(|| behind(&*self.source))?;
            kept.last_use = self.uses;
            if !found {
                kept.number = None;
                kept.bytes.resize(length, 0);
                self.source.read_exact(&mut kept.bytes, start)?;
                kept.number = Some(number);
            }
            return Ok(&kept.bytes);
        }
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        let page = self.source.as_slice().and_then(|all| all.get(start..start.saturating_add(length)));
        page.ok_or_else(|| behind(&*self.source))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::io::MemorySource;

    /// A source that cannot be borrowed, and counts its reads.
    #[derive(Debug)]
    struct Counting(MemorySource, AtomicU64);

    impl Source for Counting {
        fn len(&self) -> u64 {
            self.0.len()
        }

        fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<()> {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.read_at(buffer, offset)
        }

        fn path(&self) -> &Path {
            self.0.path()
        }
    }

    fn bytes() -> Vec<u8> {
        (0..40 * PAGE_BYTES + 100).map(|index| (index / 7 % 251) as u8).collect()
    }

    fn all_sources() -> [Arc<dyn Source>; 2] {
        let memory = MemorySource::new("Rows.db", bytes());
        [Arc::new(memory.clone()), Arc::new(Counting(memory, AtomicU64::new(0)))]
    }

    #[test]
    fn pages_are_those_of_the_file_and_the_last_is_shorter() {
        let bytes = bytes();
        for source in all_sources() {
            let mut pages = SourcePages::new(source);
            for number in (0..41).chain([3, 40, 0, 17]) {
                let start = number * PAGE_BYTES;
                let expected = &bytes[start..bytes.len().min(start + PAGE_BYTES)];
                assert_eq!(pages.page(number as u64).unwrap(), expected);
            }
            for number in [41, 42, u64::MAX] {
                assert!(pages.page(number).unwrap_err().to_string().starts_with("Rows.db, offset "));
            }
        }
    }

    #[test]
    fn bytes_are_read_across_pages_and_not_past_the_end() {
        let bytes = bytes();
        for source in all_sources() {
            let mut pages = SourcePages::new(source);
            let mut buffer = vec![0; 2 * PAGE_BYTES];
            pages.read_exact(&mut buffer, 4000).unwrap();
            assert_eq!(buffer, bytes[4000..4000 + 2 * PAGE_BYTES]);
            assert!(pages.read_exact(&mut buffer, 39 * PAGE_BYTES as u64).is_err());
        }
    }

    #[test]
    fn a_page_that_was_used_lately_is_not_read_again() {
        let source = Arc::new(Counting(MemorySource::new("Rows.db", bytes()), AtomicU64::new(0)));
        let mut pages = SourcePages::new(Arc::clone(&source) as Arc<dyn Source>);
        for number in 1..41 {
            pages.page(0).unwrap();
            pages.page(number).unwrap();
        }
        assert_eq!(source.1.load(Ordering::Relaxed), 41);
        assert_eq!(pages.kept.len(), KEPT_PAGES);
    }
}
