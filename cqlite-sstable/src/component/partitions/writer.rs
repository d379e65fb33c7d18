//! Writing Partitions.db (`PartitionIndexBuilder`), in the layout of [`super`].

use super::super::trie::{TriePayload, TrieWriter, shared_bytes};
use super::{HASH_FLAG, PartitionPosition};
use crate::encoding::{sized_int_bytes, write_sized_int};
use crate::error::Result;
use crate::io::SequentialFile;
use crate::partitioner::{KeyPosition, Partitioner, hash3_x64_128};

/// Makes the trie of partition keys, each cut behind the first byte in which it differs from both neighbours.
#[derive(Debug)]
pub(crate) struct PartitionsWriter {
    partitioner: Partitioner,
    trie: TrieWriter<Stored>,
    first_key: Vec<u8>,
    last_key: Vec<u8>,
    /// Byte-comparable; it is added when the next one is known.
    last: Vec<u8>,
    next: Vec<u8>,
    last_stored: Option<Stored>,
    /// How many bytes tell the last key from the one before.
    last_difference: usize,
}

/// Where a partition lies, and a byte of its key's hash.
#[derive(Debug, Clone, Copy, Default)]
struct Stored {
    position: i64,
    hash_byte: u8,
}

impl TriePayload for Stored {
    fn bits(&self) -> u8 {
        HASH_FLAG.saturating_add(sized_int_bytes(self.position) as u8).saturating_sub(1)
    }

    fn bytes(&self) -> usize {
        sized_int_bytes(self.position).saturating_add(1)
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.push(self.hash_byte);
        write_sized_int(self.position, sized_int_bytes(self.position), out);
    }
}

impl PartitionsWriter {
    /// For keys in the order of `partitioner`.
    pub(crate) fn new(partitioner: Partitioner) -> Self {
        Self {
            partitioner,
            trie: TrieWriter::new(),
            first_key: Vec::new(),
            last_key: Vec::new(),
            last: Vec::new(),
            next: Vec::new(),
            last_stored: None,
            last_difference: 0,
        }
    }

    /// Whether there is no partition yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.last_stored.is_none()
    }

    /// Adds the next partition.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] if keys are not in order; a file that cannot be written.
    pub(crate) fn add(
        &mut self,
        key: &[u8],
        position: PartitionPosition,
        file: &mut SequentialFile,
    ) -> Result<()> {
        let hash = hash3_x64_128(key, 0);
        let [_, second] = hash;
        let position = match position {
            PartitionPosition::Rows(at) => at as i64,
            PartitionPosition::Data(at) => !(at as i64),
        };
        self.next.clear();
        self.partitioner.write_hashed_byte_comparable(key, hash, KeyPosition::At, &mut self.next);
        match self.last_stored.replace(Stored { position, hash_byte: second as u8 }) {
            None => self.first_key.extend_from_slice(key),
            Some(stored) => {
                let difference = shared_bytes(&self.last, &self.next).saturating_add(1);
                let cut = difference.max(self.last_difference);
                let prefix = self.last.get(..cut).unwrap_or(&self.last);
                self.trie.add(prefix, stored, file)?;
                self.last_difference = difference;
            }
        }
        std::mem::swap(&mut self.last, &mut self.next);
        self.last_key.clear();
        self.last_key.extend_from_slice(key);
        Ok(())
    }

    /// Writes what is left: the last key, the root, the end of the file.
    ///
    /// # Errors
    /// As [`PartitionsWriter::add`].
    pub(crate) fn finish(&mut self, file: &mut SequentialFile) -> Result<()> {
        if let Some(stored) = self.last_stored {
            let prefix = self.last.get(..self.last_difference).unwrap_or(&self.last);
            self.trie.add(prefix, stored, file)?;
        }
        let root = self.trie.finish(file)?;
        let keys_at = file.position();
        let out = file.buffer();
        for key in [&self.first_key, &self.last_key] {
            out.extend_from_slice(&(key.len() as u16).to_be_bytes());
            out.extend_from_slice(key);
        }
        for number in [keys_at, self.trie.count(), root] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        file.settle()
    }
}
