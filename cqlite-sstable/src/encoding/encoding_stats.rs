//! The least times of some rows, against which they are encoded.

use super::{Bytes, DecodeError, Deltas, write_uvint, write_uvint32};
use crate::row::{DeletionTime, Liveness, NO_DELETION_TIME, Row, RowItem};

/// Timestamps lie in files relative to this, 2015-09-22, in microseconds (`EncodingStats.TIMESTAMP_EPOCH`).
pub(crate) const TIMESTAMP_EPOCH: i64 = 1_442_880_000_000_000;
/// As [`TIMESTAMP_EPOCH`], in seconds (`EncodingStats.DELETION_TIME_EPOCH`).
pub(crate) const DELETION_TIME_EPOCH_SECONDS: i64 = 1_442_880_000;

/// The least timestamp, local deletion time and TTL of some rows (`db.rows.EncodingStats`). They have to be known before
/// the first row is written, and are estimates: what lies below them reads right as well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EncodingStats {
    /// The least write time in microseconds, if anything has one.
    pub min_timestamp: Option<i64>,
    /// The least expiry or local deletion time, if anything has one.
    pub min_local_deletion_time_seconds: Option<i64>,
    /// The least TTL, if anything has one.
    pub min_ttl_seconds: Option<i32>,
}

#[inline]
fn lower<N: Ord + Copy>(least: &mut Option<N>, value: N) {
    *least = Some(least.map_or(value, |least| least.min(value)));
}

impl EncodingStats {
    /// Takes in a row without its items.
    #[inline]
    pub fn add_row(&mut self, row: &Row<'_>) {
        self.add_deletion(&row.deletion);
        self.add_deletion(&row.shadowable_deletion);
        if let Some(liveness) = &row.liveness {
            self.add_liveness(liveness);
        }
    }

    /// Takes in a cell or a complex deletion.
    #[inline]
    pub fn add_item(&mut self, item: &RowItem<'_>) {
        match item {
            RowItem::ComplexDeletion { deletion, .. } => self.add_deletion(deletion),
            RowItem::Cell(cell) => {
                self.add_times(cell.timestamp, cell.local_deletion_time_seconds, cell.ttl_seconds);
            }
        }
    }

    /// Takes in a deletion, unless it is live.
    #[inline]
    pub fn add_deletion(&mut self, deletion: &DeletionTime) {
        if !deletion.is_live() {
            self.add_times(deletion.marked_for_delete_at, deletion.local_deletion_time_seconds, 0);
        }
    }

    #[inline]
    fn add_liveness(&mut self, liveness: &Liveness) {
        self.add_times(liveness.timestamp, liveness.expires_at_seconds, liveness.ttl_seconds);
    }

    #[inline]
    fn add_times(&mut self, timestamp: i64, local_deletion_time_seconds: i64, ttl_seconds: i32) {
        lower(&mut self.min_timestamp, timestamp);
        if local_deletion_time_seconds != NO_DELETION_TIME {
            lower(&mut self.min_local_deletion_time_seconds, local_deletion_time_seconds);
        }
        if ttl_seconds != 0 {
            lower(&mut self.min_ttl_seconds, ttl_seconds);
        }
    }

    /// Takes in those of other rows (`EncodingStats.mergeWith`).
    #[inline]
    pub fn add(&mut self, other: &Self) {
        if let Some(timestamp) = other.min_timestamp {
            lower(&mut self.min_timestamp, timestamp);
        }
        if let Some(seconds) = other.min_local_deletion_time_seconds {
            lower(&mut self.min_local_deletion_time_seconds, seconds);
        }
        if let Some(seconds) = other.min_ttl_seconds {
            lower(&mut self.min_ttl_seconds, seconds);
        }
    }

    /// The bases of these. What nothing has counts as Cassandra's epoch; a local deletion time past 2038 as the last
    /// one of 31 bits, so that no base wraps.
    #[inline]
    pub fn deltas(&self, unsigned_deletion_times: bool) -> Deltas {
        let seconds = self.min_local_deletion_time_seconds.unwrap_or(DELETION_TIME_EPOCH_SECONDS);
        Deltas {
            min_timestamp: self.min_timestamp.unwrap_or(TIMESTAMP_EPOCH),
            min_local_deletion_time_seconds: seconds.min(i64::from(i32::MAX)),
            min_ttl_seconds: self.min_ttl_seconds.unwrap_or(0),
            unsigned_deletion_times,
            wide_deltas: false,
        }
    }

    /// What bases tell; an epoch tells that nothing has such a time (`EncodingStats.merge`).
    #[inline]
    pub fn of(deltas: &Deltas) -> Self {
        let known = |epoch: i64, value: i64| (value != epoch).then_some(value);
        Self {
            min_timestamp: known(TIMESTAMP_EPOCH, deltas.min_timestamp),
            min_local_deletion_time_seconds: known(
                DELETION_TIME_EPOCH_SECONDS,
                deltas.min_local_deletion_time_seconds,
            ),
            min_ttl_seconds: (deltas.min_ttl_seconds != 0).then_some(deltas.min_ttl_seconds),
        }
    }
}

/// The bases as rows without a header of their own have them in front: in messages and in the commit log
/// (`EncodingStats.Serializer`).
impl Deltas {
    /// Writes the bases, relative to Cassandra's epochs.
    #[inline]
    pub fn write_bases(&self, out: &mut Vec<u8>) {
        write_uvint(self.min_timestamp.wrapping_sub(TIMESTAMP_EPOCH) as u64, out);
        let seconds = self.min_local_deletion_time_seconds.wrapping_sub(DELETION_TIME_EPOCH_SECONDS);
        write_uvint32(seconds as i32, out);
        write_uvint32(self.min_ttl_seconds, out);
    }

    /// Reads what [`Deltas::write_bases`] writes. `unsigned_deletion_times` is told by the version of the messages.
    ///
    /// # Errors
    /// As [`Bytes::uvint`], and if a number of 32 bits has more.
    #[inline]
    pub fn read_bases(bytes: &mut Bytes<'_>, unsigned_deletion_times: bool) -> Result<Self, DecodeError> {
        let min_timestamp = (bytes.uvint()? as i64).wrapping_add(TIMESTAMP_EPOCH);
        let seconds = bytes.uvint32()?.wrapping_add(DELETION_TIME_EPOCH_SECONDS as i32);
        Ok(Self {
            min_timestamp: if min_timestamp == i64::MIN { TIMESTAMP_EPOCH } else { min_timestamp },
            min_local_deletion_time_seconds: i64::from(seconds),
            min_ttl_seconds: bytes.uvint32()?,
            unsigned_deletion_times,
            wide_deltas: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_are_read_as_they_were_written_and_tell_what_nothing_has() {
        for min_timestamp in [None, Some(-7), Some(1_800_000_000_000_001)] {
            for min_local_deletion_time_seconds in [None, Some(5), Some(2_000_000_000)] {
                for min_ttl_seconds in [None, Some(86_400)] {
                    let stats =
                        EncodingStats { min_timestamp, min_local_deletion_time_seconds, min_ttl_seconds };
                    let (deltas, mut out) = (stats.deltas(true), Vec::new());
                    deltas.write_bases(&mut out);
                    let read = Deltas::read_bases(&mut Bytes::new(&out), true);
                    assert_eq!(read, Ok(deltas));
                    assert_eq!(EncodingStats::of(&deltas), stats);
                }
            }
        }
        let mut none = Vec::new();
        EncodingStats::default().deltas(false).write_bases(&mut none);
        assert_eq!(none, [0, 0, 0]);
    }
}
