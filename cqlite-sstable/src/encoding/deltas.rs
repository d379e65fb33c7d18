//! Times and TTLs as differences to the bases of an SSTable (`db.rows.EncodingStats`).

use super::{Bytes, DecodeError, write_uvint, write_uvint32};
use crate::error::{Error, Result as WriteResult};
use crate::row::{
    DeletionTime, EXPIRED_LIVENESS_TTL, INVALID_DELETION_TIME, Liveness, MAX_DELETION_TIME, NO_DELETION_TIME,
};

/// What the newer form of a deletion has in place of one that deletes nothing.
const LIVE_FLAG: u8 = 0x80;

/// The bases against which an SSTable, or a commit log entry, stores its times.
///
/// They are estimates, not facts: a value below its base wraps around and still reads right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deltas {
    /// The base of timestamps, in microseconds.
    pub min_timestamp: i64,
    /// The base of local deletion times, in seconds.
    pub min_local_deletion_time_seconds: i64,
    /// The base of TTLs, in seconds.
    pub min_ttl_seconds: i32,
    /// Whether local deletion times are unsigned: see [`crate::Version::has_uint_deletion_time`].
    pub unsigned_deletion_times: bool,
    /// Whether differences of 32 bits may have 64: see [`crate::Version::has_wide_deltas`].
    pub wide_deltas: bool,
}

impl Deltas {
    /// `SerializationHeader.readTimestamp`
    ///
    /// # Errors
    /// As [`Bytes::uvint`].
    #[inline]
    pub fn timestamp(&self, bytes: &mut Bytes<'_>) -> Result<i64, DecodeError> {
        Ok((bytes.uvint()? as i64).wrapping_add(self.min_timestamp))
    }

    /// A local deletion time as stored: negative if it overflowed 31 bits.
    #[inline]
    fn stored_local_deletion_time(&self, bytes: &mut Bytes<'_>) -> Result<i64, DecodeError> {
        let raw = bytes.uvint()? as i64;
        match i32::try_from(raw) {
            Ok(delta) => {
                let seconds = i64::from(delta).wrapping_add(self.min_local_deletion_time_seconds);
                Ok(seconds.min(INVALID_DELETION_TIME))
            }
            Err(_) => self.wide_local_deletion_time(raw),
        }
    }

    #[cold]
    fn wide_local_deletion_time(&self, raw: i64) -> Result<i64, DecodeError> {
        if !self.wide_deltas {
            return Err(DecodeError::TOO_WIDE);
        }
        let seconds = raw.wrapping_add(self.min_local_deletion_time_seconds);
        let valid = (0..=MAX_DELETION_TIME).contains(&seconds);
        Ok(if valid { seconds } else { INVALID_DELETION_TIME })
    }

    #[inline]
    fn ttl(&self, bytes: &mut Bytes<'_>) -> Result<i32, DecodeError> {
        let raw = bytes.uvint()? as i64;
        let delta = match i32::try_from(raw) {
            Ok(delta) => delta,
            // What was cut off of the base, too, makes no difference.
            Err(_) if self.wide_deltas => raw as i32,
            Err(_) => return Err(DecodeError::TOO_WIDE),
        };
        match delta.wrapping_add(self.min_ttl_seconds) {
            ttl if ttl >= 0 => Ok(ttl),
            _ => Err(DecodeError::Invalid("a TTL is negative")),
        }
    }

    /// The deletion of a row, a range or a collection (`SerializationHeader.readDeletionTime`).
    ///
    /// # Errors
    /// As [`Bytes::uvint`].
    pub fn deletion_time(&self, bytes: &mut Bytes<'_>) -> Result<DeletionTime, DecodeError> {
        let marked_for_delete_at = self.timestamp(bytes)?;
        Ok(DeletionTime::build(marked_for_delete_at, self.stored_local_deletion_time(bytes)?))
    }

    /// The deletion of a collection or user-defined type. One at the least timestamp deletes nothing, whatever
    /// its local time.
    ///
    /// # Errors
    /// As [`Bytes::uvint`].
    pub fn complex_deletion(&self, bytes: &mut Bytes<'_>) -> Result<DeletionTime, DecodeError> {
        let marked_for_delete_at = self.timestamp(bytes)?;
        let local = self.stored_local_deletion_time(bytes)?;
        Ok(if marked_for_delete_at == i64::MIN {
            DeletionTime::LIVE
        } else {
            DeletionTime::build(marked_for_delete_at, local)
        })
    }

    /// The liveness of a row: TTL before expiry (`UnfilteredSerializer`).
    ///
    /// # Errors
    /// As [`Bytes::uvint`], and if the TTL is negative.
    #[inline]
    pub fn liveness(&self, bytes: &mut Bytes<'_>, expiring: bool) -> Result<Liveness, DecodeError> {
        let timestamp = self.timestamp(bytes)?;
        if !expiring {
            return Ok(Liveness::new(timestamp));
        }
        let ttl_seconds = self.ttl(bytes)?;
        let stored = self.stored_local_deletion_time(bytes)?;
        let expires_at_seconds = self.decode_local_deletion_time(stored, ttl_seconds);
        Ok(Liveness { timestamp, ttl_seconds, expires_at_seconds })
    }

    /// The local deletion time and TTL of a cell: expiry before TTL (`Cell.Serializer`).
    #[inline]
    pub(super) fn cell_expiry(
        &self,
        bytes: &mut Bytes<'_>,
        deleted: bool,
        expiring: bool,
    ) -> Result<(i64, i32), DecodeError> {
        if !deleted && !expiring {
            return Ok((NO_DELETION_TIME, 0));
        }
        let stored = self.stored_local_deletion_time(bytes)?;
        let ttl_seconds = if expiring { self.ttl(bytes)? } else { 0 };
        Ok((self.decode_local_deletion_time(stored, ttl_seconds), ttl_seconds))
    }

    /// `Cell.decodeLocalDeletionTime`
    #[inline]
    fn decode_local_deletion_time(&self, stored: i64, ttl_seconds: i32) -> i64 {
        if stored >= i64::from(ttl_seconds) {
            stored
        } else if stored < 0 {
            if self.unsigned_deletion_times { i64::from(stored as u32) } else { INVALID_DELETION_TIME }
        } else if ttl_seconds == EXPIRED_LIVENESS_TTL {
            stored
        } else {
            INVALID_DELETION_TIME
        }
    }

    /// The deletion of a partition, or one in an index: not a difference, and in two forms
    /// (`DeletionTime.Serializer` and `LegacySerializer`).
    ///
    /// # Errors
    /// As [`Bytes::take`], and if the flags of the newer form are none that exist.
    pub fn partition_deletion(&self, bytes: &mut Bytes<'_>) -> Result<DeletionTime, DecodeError> {
        const LIVE_LOCAL: i32 = i32::MAX;
        if self.unsigned_deletion_times {
            return newer_deletion_time(bytes);
        }
        let local = bytes.i32()?;
        let marked_for_delete_at = bytes.i64()?;
        Ok(if local == LIVE_LOCAL && marked_for_delete_at == i64::MIN {
            DeletionTime::LIVE
        } else {
            DeletionTime::build(marked_for_delete_at, i64::from(local))
        })
    }
}

/// The greatest local deletion time of versions whose times are signed, in 2038
/// (`Cell.MAX_DELETION_TIME_2038_LEGACY_CAP`).
pub const MAX_SIGNED_DELETION_TIME: i64 = i32::MAX as i64 - 1;

/// Writing.
impl Deltas {
    /// Writes what [`Deltas::timestamp`] reads.
    #[inline]
    pub fn write_timestamp(&self, timestamp: i64, out: &mut Vec<u8>) {
        write_uvint(timestamp.wrapping_sub(self.min_timestamp) as u64, out);
    }

    /// A difference of 32 bits, which is one of 64 where the base is.
    #[inline]
    fn write_local_deletion_time(&self, seconds: i64, out: &mut Vec<u8>) {
        let delta = seconds.wrapping_sub(self.min_local_deletion_time_seconds);
        match i32::try_from(self.min_local_deletion_time_seconds) {
            Err(_) if self.wide_deltas => write_uvint(delta as u64, out),
            _ => write_uvint32(delta as i32, out),
        }
    }

    #[inline]
    fn write_ttl(&self, ttl_seconds: i32, out: &mut Vec<u8>) {
        write_uvint32(ttl_seconds.wrapping_sub(self.min_ttl_seconds), out);
    }

    /// Writes what [`Deltas::deletion_time`] and [`Deltas::complex_deletion`] read.
    pub fn write_deletion_time(&self, deletion: DeletionTime, out: &mut Vec<u8>) {
        self.write_timestamp(deletion.marked_for_delete_at, out);
        self.write_local_deletion_time(deletion.local_deletion_time_seconds, out);
    }

    /// Writes what [`Deltas::liveness`] reads.
    #[inline]
    pub fn write_liveness(&self, liveness: &Liveness, out: &mut Vec<u8>) {
        self.write_timestamp(liveness.timestamp, out);
        if liveness.is_expiring() {
            self.write_ttl(liveness.ttl_seconds, out);
            self.write_local_deletion_time(liveness.expires_at_seconds, out);
        }
    }

    /// Writes the local deletion time of a cell that has one, and its TTL if it expires.
    pub(super) fn write_cell_expiry(&self, local_deletion_time: i64, ttl_seconds: i32, out: &mut Vec<u8>) {
        self.write_local_deletion_time(local_deletion_time, out);
        if ttl_seconds != 0 {
            self.write_ttl(ttl_seconds, out);
        }
    }

    /// Whether the expiry or deletion time of a cell or of a row's liveness reads back as it is. One that is invalid
    /// stays so.
    #[inline]
    pub fn holds_expiry(&self, seconds: i64) -> bool {
        let greatest =
            if self.unsigned_deletion_times { MAX_DELETION_TIME } else { MAX_SIGNED_DELETION_TIME };
        (0..=greatest).contains(&seconds) || seconds == INVALID_DELETION_TIME
    }

    /// Whether the deletion of a row, a range or a collection reads back as it is. One that is live does so for
    /// collections alone.
    #[inline]
    pub fn holds_deletion(&self, deletion: DeletionTime) -> bool {
        let seconds = deletion.local_deletion_time_seconds;
        // Unlike a cell's, the difference is not read as an unsigned one: it must have 31 bits.
        let base = self.min_local_deletion_time_seconds;
        let is_near = i32::try_from(seconds.saturating_sub(base)).is_ok() || i32::try_from(base).is_err();
        seconds == INVALID_DELETION_TIME || (self.holds_expiry(seconds) && is_near)
    }

    /// Whether the deletion of a partition, or one in an index, reads back as it is: the sign of the timestamp is a
    /// flag in the newer form.
    pub fn holds_partition_deletion(&self, deletion: DeletionTime) -> bool {
        let is_signed = !self.unsigned_deletion_times;
        deletion.is_live()
            || (self.holds_expiry(deletion.local_deletion_time_seconds)
                && (is_signed || deletion.marked_for_delete_at >= 0))
    }
}

/// A deletion that is no difference, in the form of the versions `oa` and `da` (`DeletionTime.Serializer`).
///
/// # Errors
/// As [`Bytes::take`], and if the flags are none that exist.
pub fn newer_deletion_time(bytes: &mut Bytes<'_>) -> Result<DeletionTime, DecodeError> {
    match bytes.peek() {
        Some(LIVE_FLAG) => {
            bytes.u8()?;
            Ok(DeletionTime::LIVE)
        }
        Some(flags) if flags > LIVE_FLAG => {
            Err(DecodeError::Invalid("the flags of a partition deletion are none that exist"))
        }
        _ => {
            let marked_for_delete_at = bytes.i64()?;
            Ok(DeletionTime::build(marked_for_delete_at, i64::from(bytes.u32()?)))
        }
    }
}

/// Appends a deletion that is no difference, as [`Deltas::partition_deletion`] reads it. `unsigned` is
/// [`crate::Version::has_uint_deletion_time`]: the versions `oa` and `da` have a form of their own.
///
/// # Errors
/// [`crate::ErrorKind::Unsupported`] for what this form cannot hold: before `oa` a local deletion time past
/// 2038-01-19, from `oa` on a negative timestamp.
pub fn write_deletion_time(deletion: DeletionTime, unsigned: bool, out: &mut Vec<u8>) -> WriteResult<()> {
    let DeletionTime { marked_for_delete_at, local_deletion_time_seconds: seconds } = deletion;
    if !unsigned {
        let local = match i32::try_from(seconds) {
            _ if seconds == NO_DELETION_TIME => i32::MAX,
            // Cassandra takes the negative number for an invalid time, as it takes this one.
            _ if seconds == INVALID_DELETION_TIME => INVALID_DELETION_TIME as i32,
            Ok(local) if local < i32::MAX => local,
            _ => return Err(too_late(seconds)),
        };
        out.extend_from_slice(&local.to_be_bytes());
        out.extend_from_slice(&marked_for_delete_at.to_be_bytes());
        return Ok(());
    }
    if deletion.is_live() {
        out.push(LIVE_FLAG);
        return Ok(());
    }
    let local = u32::try_from(seconds).ok().filter(|_| marked_for_delete_at >= 0);
    let local = local.ok_or_else(|| negative(marked_for_delete_at))?;
    out.extend_from_slice(&marked_for_delete_at.to_be_bytes());
    out.extend_from_slice(&local.to_be_bytes());
    Ok(())
}

#[cold]
fn too_late(seconds: i64) -> Error {
    Error::unsupported(format!(
        "a deletion at {seconds} seconds since 1970 is past what this version can hold"
    ))
    .advise("write the version oa or da")
}

#[cold]
fn negative(marked_for_delete_at: i64) -> Error {
    let told = format!("a deletion at the timestamp {marked_for_delete_at} has no form in this version");
    Error::unsupported(told).advise("write the version nb")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deltas(min_local_deletion_time_seconds: i64, min_ttl_seconds: i32, wide_deltas: bool) -> Deltas {
        Deltas {
            min_timestamp: 0,
            min_local_deletion_time_seconds,
            min_ttl_seconds,
            unsigned_deletion_times: false,
            wide_deltas,
        }
    }

    fn vint(raw: i64) -> Vec<u8> {
        [&[0xFF][..], &raw.to_be_bytes()].concat()
    }

    #[test]
    fn times_against_the_base_that_scylla_writes_for_none_are_read() {
        let wide = deltas(i64::MAX, i64::MAX as i32, true);
        for seconds in [0, 1_700_000_000, 3_000_000_000, MAX_DELETION_TIME] {
            let bytes = vint(seconds.wrapping_sub(i64::MAX));
            assert_eq!(wide.stored_local_deletion_time(&mut Bytes::new(&bytes)), Ok(seconds));
        }
        for ttl in [0, 86_400, i32::MAX] {
            let bytes = vint(i64::from(ttl).wrapping_sub(i64::MAX));
            assert_eq!(wide.ttl(&mut Bytes::new(&bytes)), Ok(ttl));
        }
    }

    #[test]
    fn a_time_after_2038_is_read_where_it_has_64_bits() {
        let wide = deltas(100, 0, true);
        let bytes = vint(4_000_000_000 - 100);
        assert_eq!(wide.stored_local_deletion_time(&mut Bytes::new(&bytes)), Ok(4_000_000_000));
        let strict = deltas(100, 0, false);
        let refused = Err(DecodeError::TOO_WIDE);
        assert_eq!(strict.stored_local_deletion_time(&mut Bytes::new(&bytes)), refused);
        assert_eq!(strict.ttl(&mut Bytes::new(&vint(i64::MAX))), Err(DecodeError::TOO_WIDE));
    }

    #[test]
    fn what_is_no_time_is_an_invalid_one() {
        for (base, raw) in [(i64::MAX, i64::MIN), (i64::MAX, -1), (0, i64::MAX), (0, 1 << 40)] {
            let read = deltas(base, 0, true).stored_local_deletion_time(&mut Bytes::new(&vint(raw)));
            assert_eq!(read, Ok(INVALID_DELETION_TIME), "{base} {raw}");
        }
    }
}
