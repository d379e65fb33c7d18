//! Where a page ends.

use cqlite_sstable::encoding::{Bytes, write_uvint};

use crate::query::{QueryError, QueryResult};
use crate::storage::read::PagingState;

/// Where a page of a `SELECT` ends, and what is left of its limits (`service.pager.PagingState`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SelectPagingState {
    /// Behind which row.
    pub(super) read: PagingState,
    /// How many rows or groups are still wanted, and of the partition of the last row.
    pub(super) remaining: Option<u64>,
    pub(super) remaining_in_partition: Option<u64>,
}

impl SelectPagingState {
    /// It as bytes, for a client that asks for the next page.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for limit in [self.remaining, self.remaining_in_partition] {
            write_uvint(limit.map_or(0, |rows| rows.saturating_add(1)), &mut out);
        }
        out.extend_from_slice(&self.read.to_bytes());
        out
    }

    /// It from bytes that a client gives back.
    ///
    /// # Errors
    /// If they are none.
    pub(crate) fn from_bytes(bytes: &[u8]) -> QueryResult<Self> {
        let invalid = || QueryError::invalid("Invalid value for the paging state");
        let mut head = Bytes::new(bytes);
        let mut limit = || head.uvint().map(|rows| rows.checked_sub(1)).map_err(|_| invalid());
        let (remaining, remaining_in_partition) = (limit()?, limit()?);
        let rest = bytes.get(bytes.len().saturating_sub(head.remaining())..).unwrap_or_default();
        let read = PagingState::from_bytes(rest).map_err(|_| invalid())?;
        Ok(Self { read, remaining, remaining_in_partition })
    }
}
