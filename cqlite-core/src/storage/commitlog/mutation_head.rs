//! The first bytes of a mutation.

use cqlite_sstable::encoding::{Bytes, DecodeError};

use super::TableId;

/// What a mutation begins with: how many tables it touches, the first of them, and the partition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MutationHead<'a> {
    /// How many partition updates there are, each of another table.
    pub updates: u32,
    /// The table of the first one.
    pub table: TableId,
    /// The partition key as bytes. All updates have the same.
    pub key: &'a [u8],
}

impl<'a> MutationHead<'a> {
    /// Reads the head of a mutation (`Mutation.MutationSerializer`).
    ///
    /// # Errors
    /// If the bytes end too early, or there are no updates.
    pub fn parse(mutation: &'a [u8]) -> Result<Self, DecodeError> {
        let mut bytes = Bytes::new(mutation);
        let updates = u32::try_from(bytes.uvint32()?).unwrap_or_default();
        if updates == 0 {
            return Err(DecodeError::Invalid("the mutation has no updates"));
        }
        let table = TableId::from_bytes(bytes.array()?);
        Ok(Self { updates, table, key: bytes.vint_prefixed()? })
    }
}
