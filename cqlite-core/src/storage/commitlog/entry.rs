//! Entries: a mutation with its length and two checksums (`CommitLog.add`).

use cqlite_sstable::encoding::Bytes;
use crc32fast::Hasher;

/// What an entry has besides its mutation: the length, its checksum, and the checksum of both.
pub const ENTRY_OVERHEAD_BYTES: u32 = 12;

/// No mutation has fewer bytes (`CommitLogReader.readSection`).
const LEAST_MUTATION_BYTES: u32 = 10;

/// The checksums of an entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct EntryChecksums {
    size: u32,
    body: u32,
}

impl EntryChecksums {
    /// Those of a mutation of less than 2 GiB.
    pub(super) fn of(mutation: &[u8]) -> Self {
        let mut hasher = Hasher::new();
        hasher.update(&(mutation.len() as u32).to_be_bytes());
        let size = hasher.clone().finalize();
        hasher.update(mutation);
        Self { size, body: hasher.finalize() }
    }

    /// Appends the entry.
    pub(super) fn push_entry(self, mutation: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(&(mutation.len() as u32).to_be_bytes());
        out.extend_from_slice(&self.size.to_be_bytes());
        out.extend_from_slice(mutation);
        out.extend_from_slice(&self.body.to_be_bytes());
    }
}

/// What [`next_entry`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// The section ends here.
    End,
    /// A sound entry: its mutation is there, and the next entry begins behind.
    Mutation {
        /// Where the mutation begins, in the bytes of the section.
        start: usize,
        /// How many bytes it has.
        length: usize,
    },
    /// The length is sound and the mutation is not: the next entry is behind.
    BadMutation {
        /// Where the next entry begins.
        next: usize,
    },
    /// Nothing behind can be found.
    Lost(&'static str),
}

/// Judges the entry at `position` of a section.
pub(super) fn next_entry(section: &[u8], position: usize) -> Found {
    let mut bytes = Bytes::from(section, position);
    if bytes.remaining() == 0 {
        return Found::End;
    }
    let Ok(size) = bytes.u32() else {
        return Found::Lost("it has too few bytes for the length of a mutation");
    };
    if size == 0 {
        return Found::Lost("there are zeros where an entry should be");
    }
    if size < LEAST_MUTATION_BYTES || i32::try_from(size).is_err() {
        return Found::Lost("no mutation can have the length that is stated");
    }
    let mut hasher = Hasher::new();
    hasher.update(&size.to_be_bytes());
    let Ok(size_checksum) = bytes.u32() else { return Found::Lost("it ends within an entry") };
    if hasher.clone().finalize() != size_checksum {
        return Found::Lost("the length of a mutation fails its checksum");
    }
    let start = bytes.position();
    let Ok(mutation) = bytes.take(size as usize) else { return Found::Lost("it ends within an entry") };
    let Ok(checksum) = bytes.u32() else { return Found::Lost("it ends within an entry") };
    hasher.update(mutation);
    if hasher.finalize() == checksum {
        Found::Mutation { start, length: mutation.len() }
    } else {
        Found::BadMutation { next: bytes.position() }
    }
}

/// Where the entry behind a mutation begins.
pub(super) fn behind(start: usize, length: usize) -> usize {
    start.saturating_add(length).saturating_add(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_comes_back_and_any_changed_byte_is_noticed() {
        let mutation = b"a mutation of some bytes";
        let mut section = Vec::new();
        EntryChecksums::of(mutation).push_entry(mutation, &mut section);
        assert_eq!(section.len(), mutation.len() + ENTRY_OVERHEAD_BYTES as usize);
        let sound = Found::Mutation { start: 8, length: mutation.len() };
        assert_eq!(next_entry(&section, 0), sound);
        assert_eq!(next_entry(&section, behind(8, mutation.len())), Found::End);
        for at in 0..section.len() {
            let mut changed = section.clone();
            changed[at] ^= 0x10;
            assert_ne!(next_entry(&changed, 0), sound, "byte {at}");
            assert!(matches!(next_entry(&section[..at], 0), Found::Lost(_) | Found::End), "{at} bytes");
        }
    }

    #[test]
    fn lengths_that_no_mutation_has_are_not_believed_even_with_a_good_checksum() {
        for size in [1_u32, 9, 0x8000_0000, u32::MAX] {
            let mut section = size.to_be_bytes().to_vec();
            section.extend_from_slice(&crc32fast::hash(&size.to_be_bytes()).to_be_bytes());
            section.extend_from_slice(&[0; 100]);
            let lost = Found::Lost("no mutation can have the length that is stated");
            assert_eq!(next_entry(&section, 0), lost);
        }
    }
}
