//! The tries of BTI: damaged as they may be, work is bounded by the length of the file.

use std::{fs, sync::Arc};

use cqlite_sstable::{
    Error, Result,
    component::{Partitions, Rows, RowsEntry},
    io::{MemorySource, Pages, SourcePages},
};

use crate::{cassandra::Format, fixtures, known::KnownSstable};

/// Counts how often a page is asked for: once or a few times for each node that is looked at.
struct CountedPages {
    pages: SourcePages,
    asked: usize,
}

impl CountedPages {
    fn new(source: MemorySource) -> Self {
        Self { pages: SourcePages::new(Arc::new(source)), asked: 0 }
    }

    /// Runs `work` and checks that it looked at nodes at most a few times for each byte that there is.
    fn bounded<T>(&mut self, bytes: usize, work: impl FnOnce(&mut Self) -> Result<T>) -> Option<T> {
        self.asked = 0;
        let done = work(self);
        assert!(self.asked <= 8 * bytes + 64, "{} pages for {bytes} bytes", self.asked);
        if let Err(error) = &done {
            check_error(error);
        }
        done.ok()
    }
}

impl Pages for CountedPages {
    fn page(&mut self, number: u64) -> Result<&[u8]> {
        self.asked += 1;
        self.pages.page(number)
    }
}

/// An error names the file, and says what to do.
fn check_error(error: &Error) {
    let told = error.to_string();
    assert!(error.path().is_some() && told.contains("; ") && !told.contains('\n'), "{told}");
}

/// Partitions.db. All entries, and searches for keys in it.
pub fn partitions_trie(data: &[u8]) {
    let source = MemorySource::new("Partitions.db", data);
    let partitions = match Partitions::open(&source) {
        Ok(partitions) => partitions,
        Err(error) => return check_error(&error),
    };
    let mut pages = CountedPages::new(source);
    let mut prefixes = vec![partitions.first_key().to_vec(), vec![0x40; 20], vec![0xFF; 300]];
    pages.bounded(data.len(), |pages| {
        let mut entries = partitions.entries(pages)?;
        while entries.next_entry(pages)?.is_some() {
            prefixes.truncate(40);
            prefixes.push(entries.prefix().to_vec());
        }
        Ok(())
    });
    for prefix in prefixes {
        for tail in [&[][..], &[0], &[0xFF, 0xFF]] {
            let key = [&prefix, tail].concat();
            pages.bounded(key.len(), |pages| partitions.find(pages, &key, 7));
            pages.bounded(data.len() + key.len(), |pages| {
                let mut entries = partitions.entries_from(pages, &key)?;
                while entries.next_entry(pages)?.is_some() {}
                Ok(())
            });
        }
    }
}

/// `u16` position of an entry, Rows.db. All blocks of the entry in both directions, and searches for bounds.
pub fn rows_trie(data: &[u8]) {
    let Some((position, data)) = data.split_first_chunk::<2>() else { return };
    let source = MemorySource::new("Rows.db", data);
    let rows = Rows::new(&source);
    let mut pages = CountedPages::new(source);
    let position = u64::from(u16::from_be_bytes(*position));
    let entry = pages.bounded(1 << 16, |pages| rows.entry(pages, position));
    if let Some(entry) = entry {
        walk_rows(&entry, &mut pages, data.len());
    }
}

fn walk_rows(entry: &RowsEntry, pages: &mut CountedPages, length: usize) {
    let mut bounds = vec![vec![], vec![0x40, 0x80], vec![0xFF; 300]];
    pages.bounded(length, |pages| {
        let mut blocks = entry.blocks(pages)?;
        while blocks.next_block(pages)?.is_some() {
            bounds.truncate(40);
            bounds.push(blocks.end_separator().to_vec());
        }
        Ok(())
    });
    pages.bounded(length, |pages| {
        let mut blocks = entry.blocks_backward();
        while blocks.next_block(pages)?.is_some() {}
        Ok(())
    });
    for bound in bounds {
        let size = length + bound.len();
        let floor = pages.bounded(size, |pages| entry.floor(pages, &bound)).flatten();
        assert!(floor.is_none_or(|block| block.start_offset < block.end_offset));
        pages.bounded(size, |pages| {
            let mut blocks = entry.blocks_backward_from(pages, &bound)?;
            while blocks.next_block(pages)?.is_some() {}
            Ok(())
        });
    }
}

fn component(sstable: &KnownSstable, name: &str) -> Vec<u8> {
    let path = sstable.directory().join(format!("{}-{name}", sstable.stem()));
    fs::read(path).expect("the fixture is there")
}

fn sstables() -> Vec<KnownSstable> {
    let mut all = fixtures::sstables().expect("the fixtures can be listed");
    all.retain(|sstable| sstable.version == Format::Da.version());
    all
}

pub(super) fn partitions_seeds() -> Vec<Vec<u8>> {
    sstables().iter().map(|sstable| component(sstable, "Partitions.db")).collect()
}

/// Each entry of each Rows.db.
pub(super) fn rows_seeds() -> Vec<Vec<u8>> {
    use cqlite_sstable::component::PartitionPosition::Rows;
    let mut seeds = Vec::new();
    for sstable in sstables() {
        let source = MemorySource::new("Partitions.db", component(&sstable, "Partitions.db"));
        let partitions = Partitions::open(&source).expect("the fixture is sound");
        let pages = &mut SourcePages::new(Arc::new(source));
        let mut entries = partitions.entries(pages).expect("the fixture is sound");
        while let Some(entry) = entries.next_entry(pages).expect("the fixture is sound") {
            if let Rows(position) = entry.position {
                let head = (position as u16).to_be_bytes();
                seeds.push([&head[..], &component(&sstable, "Rows.db")].concat());
            }
        }
    }
    seeds
}
