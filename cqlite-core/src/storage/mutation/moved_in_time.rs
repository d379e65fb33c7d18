//! The time of a mutation, and the same changes at another time.

use std::sync::Arc;

use cqlite_sstable::encoding::{Bytes, Deltas, write_uvint};
use cqlite_sstable::{Error, Result};

use super::decode::{Decoded, decode_heads};
use super::update::UpdateHead;
use super::{MessagingVersion, Mutation, TableId, TableLayout};

impl Mutation {
    /// The greatest timestamp in the body of a commit log's entry, in microseconds; none if nothing in it has one, or a table is
    /// not known.
    ///
    /// # Errors
    /// As [`Mutation::decode`].
    pub fn newest_micros(
        bytes: &[u8],
        version: MessagingVersion,
        tables: impl Fn(TableId) -> Option<Arc<TableLayout>>,
    ) -> Result<Option<i64>> {
        greatest_timestamp(bytes, version, tables, &mut Vec::new())
    }

    fn layout_of(&self, id: TableId) -> Option<Arc<TableLayout>> {
        self.updates().find(|update| update.table_id() == id).map(|update| Arc::clone(update.layout()))
    }

    /// The same changes with other timestamps: the greatest one becomes `newest_micros`, and all others are as far from it as
    /// before (`PartitionUpdate.withUpdatedTimestamps`). Times of expiry and deletion stay.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] if its timestamps are too far apart for that.
    pub fn moved_to(&self, newest_micros: i64) -> Result<Self> {
        let mut heads = Vec::new();
        let version = MessagingVersion::default();
        let newest = greatest_timestamp(self.bytes(), version, |id| self.layout_of(id), &mut heads)?;
        let Some(newest) = newest else { return Ok(self.clone()) };
        let mut bytes = Vec::with_capacity(self.bytes().len().saturating_add(heads.len()));
        write_uvint(heads.len() as u64, &mut bytes);
        for head in &heads {
            let shift = i128::from(newest_micros) - i128::from(newest);
            push_moved(self.bytes(), head, version, shift, &mut bytes)?;
        }
        match Self::decode(bytes, version, |id| self.layout_of(id))? {
            Decoded::Mutation(moved) => Ok(moved),
            Decoded::UnknownTable(_) => Ok(self.clone()),
        }
    }
}

fn greatest_timestamp(
    bytes: &[u8],
    version: MessagingVersion,
    tables: impl Fn(TableId) -> Option<Arc<TableLayout>>,
    heads: &mut Vec<UpdateHead>,
) -> Result<Option<i64>> {
    let decoded = decode_heads(bytes, version, tables, heads)?;
    Ok(decoded.ok().filter(|newest| *newest > i64::MIN))
}

/// Timestamps are relative to a base that stands in front of the rows: the base is all that changes.
fn push_moved(
    bytes: &[u8],
    head: &UpdateHead,
    version: MessagingVersion,
    shift: i128,
    out: &mut Vec<u8>,
) -> Result<()> {
    // The flags stand between the key and the bases.
    let bases = if head.is_empty() { head.end } else { head.key.end.saturating_add(1) };
    out.extend_from_slice(bytes.get(head.start..bases).unwrap_or_default());
    if head.is_empty() {
        return Ok(());
    }
    let mut reader = Bytes::from(bytes, bases);
    let read = Deltas::read_bases(&mut reader, version.has_uint_deletion_time());
    let mut deltas = read.map_err(|error| Error::corrupt(error.to_string()))?;
    // The least number stands for no time.
    let moved =
        i64::try_from(i128::from(deltas.min_timestamp) + shift).ok().filter(|moved| *moved > i64::MIN);
    deltas.min_timestamp = moved.ok_or_else(|| {
        Error::invalid_input("the timestamps of a mutation are too far apart to be moved to another time")
    })?;
    deltas.write_bases(out);
    out.extend_from_slice(bytes.get(reader.position()..head.end).unwrap_or_default());
    Ok(())
}
