//! One entry of Index.db.

use crate::encoding::{Bytes, DecodeError};

/// An entry of Index.db.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexEntry<'a> {
    /// The serialized partition key.
    pub key: &'a [u8],
    /// Where the partition begins in the uncompressed Data.db.
    pub position: u64,
    /// Where in Index.db the entry begins.
    pub offset: u64,
    /// Where in Index.db its promoted index would begin.
    pub promoted_offset: u64,
    /// The bytes of the promoted index: none if the partition is short.
    pub promoted_length_bytes: u64,
}

impl<'a> IndexEntry<'a> {
    /// Decodes the entry at the front of `bytes`, which lie at `offset` of the file.
    ///
    /// # Errors
    /// If the bytes end in front of its promoted index.
    #[inline]
    pub fn parse(bytes: &'a [u8], offset: u64) -> Result<Self, DecodeError> {
        let mut bytes = Bytes::new(bytes);
        let key = bytes.short_prefixed()?;
        let position = bytes.uvint()?;
        let promoted_length_bytes = bytes.length()? as u64;
        let promoted_offset = offset.saturating_add(bytes.position() as u64);
        Ok(Self { key, position, offset, promoted_offset, promoted_length_bytes })
    }

    /// Where in Index.db the next entry begins.
    pub fn end(&self) -> u64 {
        self.promoted_offset.saturating_add(self.promoted_length_bytes)
    }
}
