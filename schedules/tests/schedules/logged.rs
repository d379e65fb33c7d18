//! What stands in a commit log.

use std::path::Path;

use super::storage::commitlog::{CommitLogPosition, FoundSegments, Tail};
use super::storage::fs::MemoryFileSystem;

pub const LOG: &str = "/log";

/// The mutations with their positions, in their order, and whether all sections are whole and no tail is torn.
pub fn logged(files: &MemoryFileSystem) -> (Vec<(CommitLogPosition, Vec<u8>)>, bool) {
    let (mut all, mut is_sound) = (Vec::new(), true);
    for segment in FoundSegments::list(files, Path::new(LOG)).unwrap().segments() {
        let mut reader = segment.open(files).unwrap();
        while let Some(section) = reader.next_section().unwrap() {
            is_sound &= section.is_whole();
            let entries = section.entries().filter(|entry| !entry.is_padding());
            all.extend(entries.map(|entry| (entry.position, entry.mutation.to_vec())));
        }
        is_sound &= matches!(reader.tail(), Some(Tail::Clean { .. }));
    }
    assert!(all.is_sorted_by_key(|(position, _)| *position), "positions ascend");
    (all, is_sound)
}
