//! Where a read ended.

use cqlite_sstable::encoding::{Bytes, DecodeError, write_uvint, write_vint_prefixed};
use cqlite_sstable::row::{ClusteringBuffer, ClusteringValue};
use cqlite_sstable::{Error, Result};

/// Where a read ended that was broken off: the same command goes on behind that row (`service.pager.PagingState`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagingState {
    /// The key of the last partition.
    pub(super) key: Vec<u8>,
    /// The clustering of the last row; none if the partition was read to its end, or has a static row alone.
    pub(super) clustering: Option<ClusteringBuffer>,
    /// Which of the keys it was.
    pub(super) key_number: usize,
    /// What is left of the limits.
    pub(super) remaining: Option<u64>,
    pub(super) remaining_in_partition: Option<u64>,
}

impl PagingState {
    /// Behind a row of a partition, or behind all of the partition.
    pub(crate) fn behind(key: Vec<u8>, clustering: Option<ClusteringBuffer>, key_number: usize) -> Self {
        Self { key, clustering, key_number, remaining: None, remaining_in_partition: None }
    }

    /// The key of the partition.
    pub(crate) fn key(&self) -> &[u8] {
        &self.key
    }

    /// What is left of the limits: of all rows, and of those of the partition.
    pub(crate) fn limits(&self) -> (Option<u64>, Option<u64>) {
        (self.remaining, self.remaining_in_partition)
    }

    /// The same place, with other limits left.
    pub(crate) fn with_limits(self, remaining: Option<u64>, remaining_in_partition: Option<u64>) -> Self {
        Self { remaining, remaining_in_partition, ..self }
    }

    /// Which of the keys that are read it is at.
    pub(crate) fn key_number(&self) -> usize {
        self.key_number
    }

    /// Whether there can be no more rows of its partition: it was read to its end, has one row alone, or as many came as
    /// were wanted.
    pub(crate) fn ends_partition(&self) -> bool {
        let is_one_row = |clustering: &ClusteringBuffer| clustering.as_clustering().is_empty();
        self.clustering.as_ref().is_none_or(is_one_row) || self.remaining_in_partition == Some(0)
    }

    /// It as bytes, for a client that asks for the next page.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        write_uvint(self.key_number as u64, &mut out);
        // A key has at most 64 KiB, and so a length.
        let _ = write_vint_prefixed(&self.key, &mut out);
        for limit in [self.remaining, self.remaining_in_partition] {
            write_uvint(limit.map_or(0, |rows| rows.saturating_add(1)), &mut out);
        }
        let Some(values) = &self.clustering else {
            out.push(0);
            return out;
        };
        out.push(1);
        for value in values.as_clustering().iter() {
            match value.bytes() {
                None => out.push(0),
                Some(value) => {
                    out.push(1);
                    let _ = write_vint_prefixed(value, &mut out);
                }
            }
        }
        out
    }

    /// It from bytes that a client gives back.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] if they are none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let invalid = |_: DecodeError| Error::invalid_input("the paging state is none that a read returned");
        Self::read(&mut Bytes::new(bytes)).map_err(invalid)
    }

    fn read(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        let key_number = bytes.length()?;
        let length = bytes.length()?;
        let key = bytes.take(length)?.to_owned();
        let remaining = bytes.uvint()?.checked_sub(1);
        let remaining_in_partition = bytes.uvint()?.checked_sub(1);
        let clustering = if bytes.u8()? == 0 {
            None
        } else {
            let mut values = ClusteringBuffer::default();
            while bytes.remaining() > 0 {
                if bytes.u8()? == 0 {
                    values.push(ClusteringValue::Null);
                } else {
                    let length = bytes.length()?;
                    values.push(ClusteringValue::Value(bytes.take(length)?));
                }
            }
            Some(values)
        };
        Ok(Self { key, clustering, key_number, remaining, remaining_in_partition })
    }
}
